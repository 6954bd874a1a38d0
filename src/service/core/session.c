/* SPDX-License-Identifier: Apache-2.0
 * Sessions of clerks. */
#include "service/core/session.h"

#include "base/memory.h"
#include "service/core/destination_memory.h"
#include "service/core/published.h"

enum rc session_open_reading(struct session **ret, struct service *service, struct err *reterr)
{
	struct session *session = session_new_memory(service);
	AUTO_FREE char *path = service_path(session, "postern.db");
	enum rc rc = store_open_reading(&session->store, path, reterr);
	if (rc != RC_OK) {
		session_close(session);
		return rc;
	}
	*ret = session;
	return RC_OK;
}

struct session *session_new_memory(struct service *service)
{
	struct session *session = mem_alloc(sizeof(*session));
	session->service = service;
	return session;
}

void session_fini(struct session *session)
{
	destination_memory_let_go(session);
	published_free(session->published);
	registry_writer_close(session->registry);
	store_close(session->store);
}

void session_close(struct session *session)
{
	if (!session) {
		return;
	}
	session_fini(session);
	mem_free(session);
}

static bool only_reads(const struct session *session)
{
	return session->store && !session->registry;
}

void session_begin(struct session *session, const struct actor *actor)
{
	session->actor = actor;
	if (only_reads(session)) {
		store_snapshot_begin(session->store);
	}
}

void session_end(struct session *session)
{
	if (only_reads(session)) {
		store_snapshot_end(session->store);
	}
	destination_memory_let_go(session);
	session->actor = NULL;
}

enum rc session_check_store(const struct session *session, struct err *reterr)
{
	return session->store ? RC_OK : err_set(reterr, RC_AGAIN, "Memory alone does not answer this.");
}
