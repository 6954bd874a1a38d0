/* SPDX-License-Identifier: Apache-2.0
 * The ways in which the letters of a password become bytes:
 * people see letters, files hold what a program made of them. */
#pragma once

#include "container/container.h"

#define PASSWORD_MAX_WAYS 8

/** One way; called is NULL for the password as it was given. */
struct password_way {
	/* owned, NUL-terminated; NULL is the absent password of PKCS#12, another thing than the empty one */
	char *text;
	size_t n;
	const char *called; /* static: "as UTF-8" */
};

/** Those of the file's password first, then those of the key's own. */
struct password_ways {
	struct password_way items[PASSWORD_MAX_WAYS];
	size_t n_file, n;
	bool is_given;   /* a password was given, be it empty */
	size_t last;     /* the way that fitted last, tried first next time */
	bool has_fitted; /* whether any did */
};

/**
 * List the ways, in a fixed order: as given; where it is UTF-8 beyond ASCII as Windows-1252, then each byte
 * as a letter of its own; where it is no UTF-8 as the UTF-8 of its Windows-1252 reading.
 *
 * absent_too  PKCS#12: no password, or an empty one, may stand for the absent and for the empty one
 */
void password_ways_init(struct password_ways *w, const struct container_secrets *secrets, bool absent_too);
/** Wipe and free; accepts a zeroed one. */
void password_ways_fini(struct password_ways *w);

/**
 * One try. RC_OK it fits; RC_DENIED it does not, the next is tried;
 * any other ends the trying and is what is returned. way->text may be NULL.
 */
typedef enum rc (*password_try)(void *context, const struct password_way *way, struct err *reterr);

/**
 * Try until one fits, and note in c where it is not the one that was given.
 * A key is tried with its own password first, all else with the file's. The file's work, times the tries,
 * stays below CONTAINER_MAX_ALL_ITERATIONS.
 * RC_DENIED none fits (reterr is not filled); else what try returned.
 */
MUST_USE enum rc password_ways_try(struct password_ways *w, struct container *c, bool is_key,
				   password_try try, void *context, struct err *reterr);
