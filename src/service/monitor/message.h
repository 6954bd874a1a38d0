/* SPDX-License-Identifier: Apache-2.0
 * The monitor: journal records become rows, rows become answers. Values are those of /admin/v1/messages. */
#pragma once

#include "service/core/service.h"

/** Most rows kept for a tenant, and given in one answer. */
#define MESSAGE_KEEP 100000

/** Take over some of what the gateways have written since, so much that the rest of the server does not
 * notice; records that would be trimmed at once are let go unread. Called again and again.
 * RC_STORE, RC_IO as below. */
MUST_USE enum rc service_message_ingest_some(struct session *session, struct err *reterr);
/** A slice of what gateways have written, taken over by the session that changes. */
struct message_slice {
	bool many; /* for somebody who waits; else as service_message_ingest_some() */
	bool more; /* there is more to take over */
	enum rc rc;
	struct err err;
};
/** Take over one slice. RC_STORE, RC_IO: it stays in the journal. */
void service_message_take_slice(struct session *session, struct message_slice *slice);
/** Whether gateways have written something that is not in the store yet. Any session. */
bool service_message_waits(struct session *session);
/** Take over all of it. Cheap when there is nothing. RC_STORE, RC_IO: it stays in the journal. */
MUST_USE enum rc service_message_ingest(struct session *session, struct err *reterr);
/**
 * Newest first, of what is in the store.
 * query  {"limit"?:50,"after"?,"status"?,"artifact"?,"code"?}, members as texts or numbers; NULL for none
 * RC_INVALID (err->field), RC_STORE
 */
MUST_USE enum rc service_message_list(struct session *session, const char *tenant, const struct value *query,
				      struct value **ret, struct err *reterr);
/** One message with "presented", "expected", "text" and "fix". RC_NOT_FOUND. */
MUST_USE enum rc service_message_get(struct session *session, const char *tenant, const char *id,
				     struct value **ret, struct err *reterr);
