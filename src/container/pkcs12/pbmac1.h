/* SPDX-License-Identifier: Apache-2.0
 * PBMAC1, the MAC of newer PKCS#12 files, which OpenSSL before 3.4 does not know. */
#pragma once

#include "container/container.h"

#include <openssl/x509.h>

/** Whether a MAC's algorithm is PBMAC1. */
bool pbmac1_is(const X509_ALGOR *algorithm);
/**
 * Judge the parameters, deriving nothing: PBKDF2 with a key length of 20 to 64 bytes that stands in the file,
 * HMAC with SHA-1 or SHA-2 for both. Its iterations are counted in c.
 *
 * RC_INVALID (P116) malformed, or a key length that is missing or lets anybody make the MAC;
 * RC_UNSUPPORTED (P115) another function; RC_LIMIT (P117).
 * Source: RFC 9579 and RFC 9879, sections 4 and 5; RFC 8018 A.5.
 */
MUST_USE enum rc pbmac1_check(struct container *c, const X509_ALGOR *algorithm, struct err *reterr);
/** Whether mac is that of content under the password (bytes as they are; UTF-8 by the RFC).
 * Parameters checked before. */
bool pbmac1_verify(const X509_ALGOR *algorithm, struct str password, struct str content, struct str mac);
