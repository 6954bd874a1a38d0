/* SPDX-License-Identifier: Apache-2.0
 * Sealing secrets at rest: AES-256-GCM bound to the place where they stand. */
#pragma once

#include "base/buf.h"

#define SEAL_KEY_BYTES 32
/** What sealing adds to the plain text [bytes]: format, nonce, tag. */
#define SEAL_OVERHEAD 29

/** A key that seals. Wipe with mem_wipe() after use. */
struct seal_key {
	uint8_t b[SEAL_KEY_BYTES];
};

/**
 * Seal plain and append format byte, nonce, ciphertext and tag to out.
 * associated  names the place ("tenant/table/row"); opening at another place fails
 * RC_LIMIT at out's maximum. Source: NIST SP 800-38D, 96-bit random nonce.
 */
MUST_USE enum rc seal_close(const struct seal_key *key, struct str plain, struct str associated,
			    struct buf *out);

/** Open what seal_close() made and append the plain text to out (make it secret).
 * RC_DENIED another key or place, or altered. */
MUST_USE enum rc seal_open(const struct seal_key *key, struct str sealed, struct str associated,
			   struct buf *out, struct err *reterr);

/** Derive a key for one purpose from a master key. Source: RFC 5869 with SHA-256, label as info. */
void seal_derive(const struct seal_key *master, const char *label, struct seal_key *ret);
