/* SPDX-License-Identifier: Apache-2.0
 * Settings that are changed at run time: tell_reason, crl_stale, offer_ca_names. */
#pragma once

#include "service/service.h"

/** {"tell_reason","crl_stale","offer_ca_names"} in force. RC_STORE. */
MUST_USE enum rc service_setting_list(struct session *session, const char *tenant, struct value **ret,
				      struct err *reterr);
/** Change one: {"name","value"}; value null goes back to the server's. In force at the next request. RC_INVALID. */
MUST_USE enum rc service_setting_put(struct session *session, const char *tenant, const struct value *input,
				     struct err *reterr);
