/* SPDX-License-Identifier: Apache-2.0
 * The registry as gateways read it now, for the manager that publishes it. */
#pragma once

#include "service/core/service.h"
#include "view/view.h"

struct published;
struct key;

/** What is published of a subaccount (its name is borrowed) at this moment; good until the next call.
 * RC_AGAIN, RC_IO, RC_INVALID. */
MUST_USE enum rc published_view(struct session *session, const char *tenant, struct view *ret,
				struct err *reterr);
/**
 * One of the server's own certificates ("rsa", "ec") with its key, as it was published for gateways:
 * chain is appended to.
 * RC_NOT_FOUND, RC_DENIED, RC_AGAIN, RC_IO, RC_INVALID.
 */
MUST_USE enum rc published_server_key(struct session *session, const char *kind, struct cert_list *chain,
				      struct key **ret_key, struct err *reterr);
/** Close what published_view() opened; accepts NULL. */
void published_free(struct published *published);
