/* SPDX-License-Identifier: Apache-2.0
 * A certificate as its files see it. */
#pragma once

#include "pki/cert.h"

#include <stdatomic.h>

/** Names in an order, owned. */
struct cert_names {
	char **items;
	size_t n;
};

/** One certificate and its facts. */
struct cert {
	atomic_int owners;
	X509 *x509;
	struct str der;
	char *subject, *issuer;
	struct str subject_name, issuer_name; /* canonical */
	char serial[2 * 64 + 1];
	uint8_t sha256_bytes[32];
	char sha256[65], sha1[41], sha512[129], public_key_sha256[65];
	struct wall not_before, not_after;
	char key_text[48], signature_text[64];
	bool is_ca, has_eku, client_auth, server_auth, weak_key, weak_digest;
	/* enum of cert.c: SELF_UNKNOWN until somebody asks: it costs a signature check */
	atomic_int *self_signed;
	struct cert_names eku, san;
};

/* cert_facts.c */

/** Fill what c->x509 and c->der tell. False: a malformed name, date or serial number. */
bool cert_facts_read(struct cert *c);
