/* SPDX-License-Identifier: Apache-2.0
 * Users of a subaccount and their passwords. */
#pragma once

#include "service/service.h"

/** Whether name and password belong to a user of the subaccount; takes a while on purpose. */
bool service_login(struct session *session, const char *tenant, const char *user, struct str password);
/** Make the user `admin` of a subaccount that is being made. RC_STORE. */
MUST_USE enum rc user_make_admin(struct session *session, const char *tenant, const char *password,
				 struct wall now, struct err *reterr);
