/* SPDX-License-Identifier: Apache-2.0
 * Sealing: secrets at rest, bound to the place where they belong. */
#pragma once

#include "base/buf.h"

/** A key of 256 bits; wipe it with seal_key_wipe(). */
struct seal_key {
	uint8_t b[32];
};
/** What sealing adds [bytes]: format, nonce, tag. */
#define SEAL_OVERHEAD 29
/** Largest secret that is sealed [bytes]. */
#define SEAL_MAX_BYTES ((size_t)64 * 1024 * 1024)

/**
 * Encrypt and authenticate with AES-256-GCM under a fresh random nonce, appended to out.
 * associated  where the secret belongs ("tenant/table/row"); opening needs the same. RC_LIMIT plain or out too large.
 * Format: 0x01, nonce [12 bytes], ciphertext, tag [16 bytes]. Source: NIST SP 800-38D.
 */
MUST_USE enum rc seal_close(const struct seal_key *key, struct str plain, struct str associated,
			    struct buf *out);
/** Check and decrypt, appended to out (make it secret). RC_DENIED another key, another place, or altered; RC_LIMIT. */
MUST_USE enum rc seal_open(const struct seal_key *key, struct str sealed, struct str associated,
			   struct buf *out, struct err *reterr);
/** Derive a key for one purpose with HKDF-SHA256 (no salt, label as info). Source: RFC 5869. */
void seal_derive(const struct seal_key *master, const char *label, struct seal_key *ret);
/** Overwrite the key. */
void seal_key_wipe(struct seal_key *key);
