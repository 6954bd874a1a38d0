/* SPDX-License-Identifier: Apache-2.0
 * SHA-256 of bytes, and the slow form of it for passwords that people choose. */
#pragma once

#include "base/buf.h"

#define DIGEST_SHA256_SIZE 32
#define DIGEST_SHA256_TEXT_SIZE 65

/** SHA-256. Source: FIPS 180-4. */
void digest_sha256(struct str bytes, uint8_t out[DIGEST_SHA256_SIZE]);
/** The same as 64 upper-case hex digits and a NUL. Returns out. */
const char *digest_sha256_text(struct str bytes, char out[DIGEST_SHA256_TEXT_SIZE]);
/** PBKDF2-HMAC-SHA256 with 200000 rounds as hex; for stored logins. Returns out. Source: RFC 8018 §5.2. */
const char *digest_password(struct str password, struct str salt, char out[DIGEST_SHA256_TEXT_SIZE]);
