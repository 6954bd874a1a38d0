/* SPDX-License-Identifier: Apache-2.0
 * The numbers of the descriptors that a gateway is started with. */
#pragma once

/** Descriptors a gateway is started with. */
enum gateway_fd {
	GATEWAY_FD_CONTROL = 3,  /* SEQPACKET socket to the supervisor */
	GATEWAY_FD_LISTENER = 4, /* TCP, listening, shared with the other workers */
	GATEWAY_FD_REGISTRY = 5, /* folder STATE/registry */
	GATEWAY_FD_JOURNAL = 6,  /* folder STATE/journal */
	GATEWAY_FD_SESSIONS = 7, /* of session_store_create(); where it is missing, no session is kept */
};
