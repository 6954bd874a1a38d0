/* SPDX-License-Identifier: Apache-2.0
 * The whole registry is put together anew, from the store. */
#include "log/log.h"
#include "service/publish/publish.h"

enum rc service_publish_all(struct session *session, struct err *reterr)
{
	AUTO_CHANGE change = { .session = session };
	session->stale = true;
	TRY(registry_writer_start_rebuild(session->registry, &change.batch, reterr));
	TRY(publish_everything(&change, reterr));
	TRY(registry_writer_apply(session->registry, change.batch, reterr));
	change_note_committed(&change);
	session->stale = false;
	return RC_OK;
}

void service_settle_registry(struct session *session)
{
	struct err err = { 0 };
	enum rc rc = registry_writer_settle(session->registry, false, &err);
	if (rc != RC_OK && rc != RC_AGAIN) {
		log_err(LOG_WARNING, "registry_not_compacted", &err);
	}
}
