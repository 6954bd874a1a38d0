/* SPDX-License-Identifier: Apache-2.0
 * One gateway process: from its descriptors and settings to serving, until it is drained. */
#pragma once

#include "json/value.h"

/** Descriptors a gateway is started with. */
enum gateway_fd {
	GATEWAY_FD_CONTROL = 3,  /* SEQPACKET socket to the supervisor */
	GATEWAY_FD_LISTENER = 4, /* TCP, listening, shared with the other workers */
	GATEWAY_FD_REGISTRY = 5, /* folder STATE/registry */
	GATEWAY_FD_JOURNAL = 6,  /* folder STATE/journal */
	GATEWAY_FD_SESSIONS = 7, /* of session_store_create(); where it is missing, no session is kept */
};

/**
 * Be a gateway: wait for the secrets key on the control socket and for a published registry, enter the sandbox, report
 * READY, serve, and on DRAIN finish what is under way.
 *
 * settings  what gateways read of src/setting/settings.def, and {"worker","drain_grace_ms","stranger_limit"}; those absent
 *           take their defaults
 *
 * Returns RC_OK after a drain, or when the supervisor is gone; else why it cannot serve.
 */
MUST_USE enum rc gateway_run(const struct value *settings, struct err *reterr);
