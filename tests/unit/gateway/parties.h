/* SPDX-License-Identifier: Apache-2.0
 * The people of the gateway's tests by name: each has a key and a certificate with at most one thing
 * wrong. */
#pragma once

#include "pki/cert.h"
#include "pki/key.h"

/** A certificate with its key, and what is sent along with it. */
struct party {
	char *name;
	struct key *key;
	struct cert_list chain; /* its own first */
};

/** The party of a name in the table of parties.c, made when it is asked for first;
 * or "twin-N", one of many CAs of one name. */
const struct party *party_get(const char *name);
/** Who issued a party's certificate; itself where it has signed itself. */
const struct party *party_issuer(const struct party *party);
/** Free all of them. */
void parties_free(void);
