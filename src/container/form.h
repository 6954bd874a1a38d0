/* SPDX-License-Identifier: Apache-2.0
 * What a file is like, and what each client makes of it: forms.def as code. */
#pragma once

#include "base/str.h"
#include "model/reason.h"

enum form_bit {
#define TRAIT(name, reason, sentence) FORM_BIT_##name,
#define CLIENT(trait, client, outcome, words)
#include "container/forms.def"
#undef TRAIT
#undef CLIENT
	FORM_TRAIT_COUNT,
};

/** A trait; a set of them is an or of these. */
enum form_trait {
#define TRAIT(name, reason, sentence) FORM_##name = 1 << FORM_BIT_##name,
#define CLIENT(trait, client, outcome, words)
#include "container/forms.def"
#undef TRAIT
#undef CLIENT
};

enum form_client { FORM_CLIENT_node, FORM_CLIENT_java, FORM_CLIENT_openssl, FORM_CLIENT_COUNT };
/** From good to bad. */
enum form_outcome { FORM_OPENS, FORM_WRONG, FORM_EMPTY, FORM_REFUSES };

struct form_verdict {
	enum form_outcome outcome;
	const char *sentence; /* static: the trait that decides; "" where it opens */
	const char *words;    /* static: what the client says or does */
};

/** The traits that are seen without a password: structure and identifiers that stand in the clear.
 * Believes nothing; bounded. */
unsigned form_of_bytes(struct str bytes);
/** What a client makes of a file with these traits: the worst of them. */
struct form_verdict form_judge(unsigned traits, enum form_client client);
/** Reason and sentence of one trait, with what the clients make of it: "The file has no MAC ...:
 * Node 18 and later refuses it (mac absent)." appended to out. REASON_NONE where others tell of it. */
enum reason form_finding(enum form_bit bit, struct buf *out);
/** "node", and "Node 18 and later". */
const char *form_client_name(enum form_client client);
const char *form_client_called(enum form_client client);
/** "opens", "wrong", "empty" or "refuses". */
const char *form_outcome_name(enum form_outcome outcome);
