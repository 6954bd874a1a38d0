/* SPDX-License-Identifier: Apache-2.0
 * The server as the supervisor sees it: what its files share. */
#pragma once

#include "os/loop.h"
#include "supervisor/options.h"

#include <sys/types.h>

struct child;

/** Largest number of descriptors that are kept for later gateways. */
#define SUPERVISOR_SLOTS 64

/** The server. */
struct supervisor {
	const struct supervisor_options *options;
	const struct settings *settings; /* of options */
	struct loop *loop;
	int lock, gateway, management, admin, internal, registry, journal, sessions;
	uint16_t gateway_port, management_port;
	char *gateway_listen, *management_listen; /* "host port" that the sockets were asked for */
	char *gateway_url, *management_url;
	struct child *children;
	void (*child_ready)(struct child *child); /* one that was awaited has said READY */
	size_t n_workers;                         /* gateways wanted */
	int slots[SUPERVISOR_SLOTS];              /* -1 empty */
	struct loop_timer *deadline;              /* of starting, then of stopping */
	uint64_t generation;                      /* of this program and these settings; counts the reloads */
	bool ready, draining, failed;
	/* replacement.c */
	bool replacing;
	struct child *candidate; /* the successor that is being started, or NULL */
	/* reload.c */
	bool reload_wanted;
	pid_t check_pid; /* a copy of the next program that looks whether it can take over; 0 none */
	int check_control;
	int check_handover;
	struct loop_timer *check_timer;
};
