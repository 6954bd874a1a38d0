/* SPDX-License-Identifier: Apache-2.0
 * The public half of a key, in a certificate or beside its private one. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

/** Describe a public key: "RSA 2048", "EC P-256"; out has size [bytes]. key may be NULL. */
void public_key_describe(const EVP_PKEY *key, char *out, size_t size);
/** Whether a public key is strong enough to be certified: RSA from 2048 bit, EC from 224 bit, Ed25519, Ed448;
 * NULL is not. */
bool public_key_is_strong(const EVP_PKEY *key);
