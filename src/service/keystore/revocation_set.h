/* SPDX-License-Identifier: Apache-2.0
 * The imported revocation lists of a subaccount, read and ready to be asked. */
#pragma once

#include "pki/chain/revocation.h"
#include "service/core/service.h"
#include "store/keystore/crl.h"

/** Release with revocation_set_fini(). */
struct revocation_set {
	struct store_crl_list rows;
	struct crl **lists; /* one a row */
	struct cert_list known;
	struct revocations *all;
};

/** What a list is beside the others, worst first. */
enum revocation_state {
	REVOCATION_STATE_WAITING,  /* none of the known keys signed it */
	REVOCATION_STATE_REPLACED, /* another took its place */
	REVOCATION_STATE_FUTURE,   /* its time is to come */
	REVOCATION_STATE_STALE,    /* past its next update */
	REVOCATION_STATE_LIMITED,  /* in force, but it cannot say all */
	REVOCATION_STATE_IN_FORCE,
};

/**
 * Read the lists of a tenant and the certificates that are known: own CA, keystore, and more (may be NULL).
 * RC_STORE; RC_INVALID a row is damaged.
 */
MUST_USE enum rc revocation_set_read(struct revocation_set *ret, struct session *session, const char *tenant,
				     const struct cert_list *more, struct err *reterr);
/** Release; accepts a zeroed one. */
void revocation_set_fini(struct revocation_set *set);
#define AUTO_REVOCATION_SET AUTO(revocation_set_fini) struct revocation_set

/** The known certificate whose name and key made the list, borrowed; NULL: none did. */
const struct cert *revocation_set_find_signer(const struct revocation_set *set, const struct crl *list);
/** "in force", "waiting" ... */
const char *revocation_set_state_name(enum revocation_state state);
/** Append "number 4 of 2026-01-31T00:00:00Z", or "the one of ..." where it has no number. */
void revocation_set_describe(const struct crl *list, struct buf *out);
/** The members that every answer gives of a list; owned. */
struct value *revocation_set_value(const struct revocation_set *set, const struct crl *list,
				   const char *sha256, struct wall now);
