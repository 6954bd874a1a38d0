/* SPDX-License-Identifier: Apache-2.0
 * Users of a subaccount and their passwords. */
#pragma once

#include "service/core/service.h"

/**
 * Check a user's password; takes a while on purpose, but where the same was good before.
 * RC_DENIED there is no such user, or it has another password; RC_AGAIN memory does not know it;
 * RC_STORE, RC_AWAY
 */
MUST_USE enum rc user_login(struct session *session, const char *tenant, const char *user,
			    struct str password, struct err *reterr);
/** Make the user `admin` of a subaccount that is being made. RC_STORE. */
MUST_USE enum rc user_make_admin(struct session *session, const char *tenant, const char *password,
				 struct wall now, struct err *reterr);
