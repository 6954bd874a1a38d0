/* SPDX-License-Identifier: Apache-2.0
 * What all revocation lists together say of one certificate. */
#pragma once

#include "pki/chain/crl.h"

/** An unchanging set of lists, with what is known of who signed them. May be asked by several threads. */
struct revocations;

/**
 * Make a set of n lists. A list speaks for the name and key that signed it;
 * known are certificates whose keys are tried already now, the others when they are asked about. Lists and
 * certificates are shared by counting. Never NULL.
 */
struct revocations *revocations_new(struct crl *const *lists, size_t n, const struct cert_list *known);
/** Free; accepts NULL. */
void revocations_free(struct revocations *set);
DEFINE_CLEANUP(struct revocations, revocations_free);

enum revocation_status {
	REVOCATION_UNKNOWN, /* no list says anything of the certificate */
	REVOCATION_GOOD,    /* a complete list in force is about it and does not name it */
	REVOCATION_STALE,   /* as good, but a list that is about it is past its next update */
	REVOCATION_REVOKED,
};

/** The answer for one certificate. */
struct revocation {
	enum revocation_status status;
	const struct crl *list; /* that decided, borrowed from the set; NULL when unknown */
	bool hold;              /* revoked: with certificateHold, which may be undone */
	struct wall since;      /* revoked: the entry's date */
	/* when the lists alone may change the answer: a next update, or a list's time that comes */
	struct wall until;
};

/**
 * Ask all lists that issuer's name and key made; of issuer nothing else counts, so any certificate of that
 * name and key will do, and c must be issued by them.
 *
 * - A list is in force until another one, whose time has come, replaces it: crl_replaces().
 * - A list in force that names the serial number revokes, whatever its scope and its unknown extensions are:
 *   a serial number is given once by an issuer. A list that is not understood says of no certificate that it
 *   is good, and replaces nothing.
 * - A hold is undone by removeFromCRL in a delta that is in force and counts on a complete list that is
 *   there.
 * - Which of several lists is the evidence does not depend on their order.
 *
 * Pure: no clock, no I/O. Source: RFC 5280 §5.2.3 to §5.2.5, §5.3.1, §6.3.3;
 * X.509 §7.3 for unknown critical extensions.
 */
void revocation_judge(struct revocations *set, const struct cert *c, const struct cert *issuer,
		      struct wall now, struct revocation *ret);

/* What becomes of one list beside the others. issuer is a certificate of the name and key that made it. */
/** The list that took its place; NULL where it is in force. Borrowed from the set. */
const struct crl *revocation_replaced_by(struct revocations *set, const struct crl *list,
					 const struct cert *issuer, struct wall now);
/** Whether a complete list is there that the delta counts on. */
bool revocation_has_base(struct revocations *set, const struct crl *delta, const struct cert *issuer);
/** Takes a serial number in upper-case hex, borrowed for the call. */
typedef void (*revocation_fn)(void *context, const char *serial);
/**
 * Tell the serial numbers that are revoked by this list alone:
 * without it the others of the set would let them in. issuer
 * NULL: it is not known who made the list; then all that it names are told.
 */
void revocation_each_only_by(struct revocations *set, const struct crl *list, const struct cert *issuer,
			     struct wall now, revocation_fn fn, void *context);
