/* SPDX-License-Identifier: Apache-2.0
 * The monitor: journal records become rows, rows become answers. Values are those of /admin/v1/messages. */
#pragma once

#include "service/service.h"

/** Most rows kept for a tenant, and given in one answer. */
#define MESSAGE_KEEP 100000
#define MESSAGE_MAX_LIMIT 10000

/** Take over some of what the gateways have written since, so much that the rest of the server does not notice; records that
 * would be trimmed at once are let go unread. Called again and again. RC_STORE, RC_IO as below. */
MUST_USE enum rc service_message_ingest_some(struct session *session, struct err *reterr);
/** Take over all of it. Cheap when there is nothing. RC_STORE, RC_IO: it stays in the journal. */
MUST_USE enum rc service_message_ingest(struct session *session, struct err *reterr);
/**
 * Newest first, ingested up to now.
 * query  {"limit"?:50,"after"?,"status"?,"artifact"?,"code"?}, members as texts or numbers; NULL for none
 * RC_INVALID (err->field), RC_STORE
 */
MUST_USE enum rc service_message_list(struct session *session, const char *tenant, const struct value *query,
				      struct value **ret, struct err *reterr);
/** One message with "presented", "expected", "text" and "fix". RC_NOT_FOUND. */
MUST_USE enum rc service_message_get(struct session *session, const char *tenant, const char *id,
				     struct value **ret, struct err *reterr);
