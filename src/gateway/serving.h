/* SPDX-License-Identifier: Apache-2.0
 * A gateway's life: its parts are made, it serves, it is drained, it ends. */
#pragma once

#include "gateway/gateway.h"

/**
 * Make the process's parts, without serving yet.
 *
 * registry_fd, journal_fd  folders; borrowed until serving_fini()
 * sessions_fd              of session_store_create(); borrowed; -1: no session is kept
 * secrets                  the key that opens sealed records
 *
 * RC_AGAIN the registry is not published or holds no server key; call serving_fini() and try again.
 */
MUST_USE enum rc serving_init(struct gateway *g, const struct value *settings, int registry_fd,
			      int sessions_fd, const struct seal_key *secrets, struct err *reterr);
/** Open the journal and accept connections. listener is borrowed; -1: none, http_server_adopt() gives them.
 * RC_IO. */
MUST_USE enum rc serving_listen(struct gateway *g, int listener, int journal_fd, struct err *reterr);
/** Stop accepting (with take_waiting only after what waits in the queue), wait idle_ms [ms] for callers that
 * hold an idle connection, then at most drain_grace_ms for what is under way, then stop the loop.
 * Again: with another idle_ms. */
void serving_drain(struct gateway *g, uint32_t idle_ms, bool take_waiting);
/** End everything; accepts a zeroed one. */
void serving_fini(struct gateway *g);
