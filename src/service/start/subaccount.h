/* SPDX-License-Identifier: Apache-2.0
 * Subaccounts: each served under its own host name, nothing of one visible in another. */
#pragma once

#include "helper/job_key.h"
#include "service/core/service.h"

/** Most subaccounts of a server. */
#define SUBACCOUNT_MAX 1000

/** [{"name","id","gateway","management","created"}], by name. RC_STORE. */
MUST_USE enum rc service_subaccount_list(struct session *session, struct value **ret, struct err *reterr);
/** One of them. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc service_subaccount_get(struct session *session, const char *name, struct value **ret,
					struct err *reterr);
/**
 * Which keys the one to be made needs, for a helper to make before:
 * its own, and those of the server's certificates where these lack its name.
 * RC_INVALID, RC_EXISTS, RC_LIMIT as of making it; RC_STORE.
 */
MUST_USE enum rc service_subaccount_key_order(struct session *session, const struct value *input,
					      struct job_key_order *ret, struct err *reterr);
/**
 * Make one of keys that service_subaccount_key_order() told: {"name"} gives the same as the list, and
 * "admin", "admin_password": told this once.
 * keys  zeroed: made here, which takes seconds
 *
 * RC_INVALID no label of a host name, RC_EXISTS, RC_LIMIT, RC_STORE, RC_IO
 */
MUST_USE enum rc service_subaccount_create(struct session *session, const struct value *input,
					   const struct job_keys *keys, struct value **ret,
					   struct err *reterr);
/** Delete one with all that is in it. RC_NOT_FOUND; RC_INVALID the default one;
 * RC_CONFLICT something is in it, and force is not set; RC_STORE, RC_IO. */
MUST_USE enum rc service_subaccount_delete(struct session *session, const char *name, bool force,
					   struct err *reterr);
