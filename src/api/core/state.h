/* SPDX-License-Identifier: Apache-2.0
 * What the management listeners of one manager share. */
#pragma once

#include "http/server/server.h"
#include "journal/counters.h"
#include "metrics/metrics.h"

/** Which listener a request came to. */
enum api_listener { API_LISTENER_TCP, API_LISTENER_ADMIN, API_LISTENER_INTERNAL, API_LISTENER_COUNT };

struct api;
struct auth_tokens;

/** One listener's server, as context of its callbacks. */
struct api_server {
	struct api *api;
	enum api_listener listener;
	struct http_server *http;
};

struct api {
	struct loop *loop;
	struct session *memory; /* of the loop: what memory answers */
	struct clerks *clerks;
	struct works *works;
	struct job_pool *jobs;
	struct auth_tokens *auth_tokens; /* of OAuth destinations */
	struct throttle *throttle;
	const struct value *settings; /* borrowed */
	char *management_host; /* "localhost": what Host may say, and one label below it, beside loopback */
	uint16_t management_port;
	bool ready;
	struct value *workers; /* by process id: what the supervisor told of each gateway; NULL before */
	uint64_t started_us, n_refused, n_denied;
	struct metrics metrics;           /* of the listeners */
	struct budget *bodies;            /* of all listeners */
	struct counters_history counters; /* of gateways that are gone */
	struct api_server servers[API_LISTENER_COUNT];
};
