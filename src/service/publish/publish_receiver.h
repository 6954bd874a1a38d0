/* SPDX-License-Identifier: Apache-2.0
 * What receivers of deployed flows need: noted when a flow is deployed, published for the gateways. */
#pragma once

#include "flow/plan.h"
#include "service/publish/change.h"
#include "store/content/artifact_receiver.h"

/** Credentials and keys that receivers of any deployed flow name, and no others. */
MUST_USE enum rc publish_receivers(struct change *change, const char *tenant, struct err *reterr);
/** Note what an artifact's receivers name, in the place of what they named before; its row is there. */
MUST_USE enum rc publish_note_receivers(struct session *session, const char *tenant, const char *artifact,
					const struct flow_plan *plan, struct err *reterr);
/** Of credentials and keys that an artifact named: those that no flow names any more leave the registry. */
MUST_USE enum rc publish_unused(struct change *change, const struct store_artifact_receiver_list *named,
				struct err *reterr);
/** Whether a deployed flow names the credential or, with is_alias, the key pair;
 * ret_artifact (owned) says which. */
MUST_USE enum rc publish_find_user(struct session *session, const char *tenant, const char *name,
				   bool is_alias, char **ret_artifact, struct err *reterr);
