/* SPDX-License-Identifier: Apache-2.0
 * The supervisor: holds the listening sockets, starts manager and gateways, replaces what dies, parses nothing. */
#pragma once

#include "setting/settings.h"

/** Largest number of descriptors that are kept for later gateways. */
#define SUPERVISOR_SLOTS 64

/** What the program above lends the supervisor, which talks to nobody and knows no master key. */
struct supervisor_options {
	const struct settings *settings; /* checked; borrowed while it runs */
	/** Show a person who started `postern dev` where it listens; text has a new store's password and is wiped behind. */
	void (*tell)(struct str text);
	/**
	 * Before a handover, in the process that may take over: whether a server could start with these settings.
	 * running_fd  sealed memory with the key that the running gateways have; -1: none
	 */
	enum rc (*look)(const struct settings *settings, int running_fd, struct err *reterr);
};

/**
 * Run a server until SIGTERM or SIGINT. SIGHUP reads settings and program anew: this process then executes the program at
 * its path, which goes on from here and replaces the children one by one.
 *
 * options  borrowed while it runs
 *
 * RC_IO another server has the state folder, or a port is taken, or the folder cannot be made; RC_CLOSED a part could not start
 * (it has said why on standard error)
 */
MUST_USE enum rc supervisor_run(const struct supervisor_options *options, struct err *reterr);
