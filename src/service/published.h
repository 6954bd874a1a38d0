/* SPDX-License-Identifier: Apache-2.0
 * The registry as gateways read it now, for the manager that publishes it. */
#pragma once

#include "service/service.h"
#include "view/view.h"

struct published;

/** What is published of a subaccount (its name is borrowed) at this moment; good until the next call. RC_AGAIN, RC_IO, RC_INVALID. */
MUST_USE enum rc published_view(struct session *session, const char *tenant, struct view *ret,
				struct err *reterr);
/** Close what published_view() opened; accepts NULL. */
void published_free(struct published *published);
