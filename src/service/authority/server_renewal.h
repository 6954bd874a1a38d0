/* SPDX-License-Identifier: Apache-2.0
 * The server's own certificates from the CA of `default`:
 * which names they have, when they are due, how they are made anew. */
#pragma once

#include "helper/job_key.h"
#include "pki/request.h"
#include "service/core/service.h"

/** Most names that one of them has; who asks for a subaccount beyond them gets no certificate for its
 * name. */
#define SERVER_RENEWAL_NAMES_MAX REQUEST_MAX_SANS

/**
 * Which keys are needed, for a helper to make before the change begins:
 * of each certificate that is absent, near its end or lacks a name. What the operator brought is not due.
 *
 * also  a subaccount that is about to be there; NULL: none
 * ret   they are appended
 *
 * RC_STORE
 */
MUST_USE enum rc server_renewal_order(struct session *session, const char *also, struct job_key_order *ret,
				      struct err *reterr);
/** The same where all are to be made anew, whatever there is. */
void server_renewal_order_all(struct job_key_order *ret);
/**
 * Make anew what is due. Inside the caller's transaction.
 *
 * keys         made by a helper, of which each serves for a certificate of its kind;
 *              one that is needed and not among them, at the first start say, is made here
 * ret_renewed  whether there was one; may be NULL
 *
 * RC_STORE
 */
MUST_USE enum rc server_renewal_make(struct session *session, struct key *const *keys, size_t n_keys,
				     bool *ret_renewed, struct err *reterr);
