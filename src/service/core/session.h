/* SPDX-License-Identifier: Apache-2.0
 * Sessions of clerks: opened once a thread, begun and ended around each use case. */
#pragma once

#include "service/core/service.h"

/**
 * Open one that reads: its own connection to the store, no registry and no journal.
 *
 * service  borrowed until session_close()
 *
 * RC_STORE, RC_IO, RC_AWAY
 */
MUST_USE enum rc session_open_reading(struct session **ret, struct service *service, struct err *reterr);
/**
 * Make one without a store: what memory answers goes with it, everything else is RC_AGAIN, to be asked with a
 * session that has a store. For the manager's loop.
 */
struct session *session_new_memory(struct service *service);
/** For session_close() and service_close(): free what a session holds but the session itself. */
void session_fini(struct session *session);
/** Close one that session_open_reading() or session_new_memory() gave; accepts NULL. */
void session_close(struct session *session);

/**
 * Begin a use case. A session that reads sees the store as it is at its first statement until session_end():
 * a caller sees what was acknowledged before, and never half of a change.
 *
 * actor  borrowed until session_end()
 */
void session_begin(struct session *session, const struct actor *actor);
/** End it. What it holds of memories is given back. */
void session_end(struct session *session);
/** RC_OK where the session has a store; else RC_AGAIN: memory alone does not answer this. */
MUST_USE enum rc session_check_store(const struct session *session, struct err *reterr);
