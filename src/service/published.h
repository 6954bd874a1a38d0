/* SPDX-License-Identifier: Apache-2.0
 * The registry as gateways read it now, opened by the manager that publishes it. */
#pragma once

#include "service/service.h"
#include "view/view.h"

struct published {
	int dirfd;
	struct registry_reader *registry;
	struct view view; /* of one subaccount */
};

/** Open it for a subaccount, whose name is borrowed. published_fini() it whatever the outcome. RC_AGAIN, RC_IO, RC_INVALID. */
MUST_USE enum rc published_init(struct published *ret, struct service *service, const char *tenant,
				struct err *reterr);
/** Close. */
void published_fini(struct published *published);
