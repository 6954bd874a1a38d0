/* SPDX-License-Identifier: Apache-2.0
 * Loose keys and certificates of a file, put together into entries. */
#pragma once

#include "container/container.h"

/** One piece of a file; alias may be NULL. */
struct assembly_key {
	struct key *key;
	char *alias;
};
struct assembly_cert {
	struct cert *cert;
	char *alias;
	bool trusted; /* said to be a trusted certificate of its own */
};
struct assembly {
	struct assembly_key *keys;
	size_t n_keys;
	struct assembly_cert *certs;
	size_t n_certs;
	size_t verifications; /* of signatures, so far */
};

/** Add a key; takes it over. RC_LIMIT (P116) more than CONTAINER_MAX_ENTRIES. */
MUST_USE enum rc assembly_add_key(struct assembly *a, struct key *take_key, const char *alias,
				  struct err *reterr);
/** Add a certificate; takes it over. RC_LIMIT (P116) more than CONTAINER_MAX_ENTRIES. */
MUST_USE enum rc assembly_add_cert(struct assembly *a, struct cert *take_cert, const char *alias,
				   bool trusted, struct err *reterr);
/**
 * Make entries: each key with its certificate and that one's issuers; then trusted certificates;
 * then what is left, each head of a chain with its issuers.
 * A key without its certificate gets the first leaf that no other key has, so that
 * `examine` can say that they do not match.
 */
void assembly_finish(struct assembly *a, struct container *c);
/** Free what it holds; accepts a zeroed one. */
void assembly_fini(struct assembly *a);
