/* SPDX-License-Identifier: Apache-2.0
 * Which entry of a container is meant where none is named. */
#pragma once

#include "container/container.h"

struct choice {
	const struct container_entry *entry; /* borrowed; a key may stand in it without its certificate */
	char told[400]; /* one sentence for the person where there were others, else "" */
};

/**
 * Choose among the key pairs; where there are none among the certificates that are no CA's;
 * where there are none among all.
 * Of several, the only one that a client can use now: valid, of its key, with clientAuth, no CA's.
 *
 * RC_INVALID (P126) several could be meant, or none of several can be used: all are named;
 * (P104) nothing holds a certificate.
 * Pure: the time is given.
 */
MUST_USE enum rc choice_make(const struct container *c, struct wall now, struct choice *ret,
			     struct err *reterr);
