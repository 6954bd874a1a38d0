/* SPDX-License-Identifier: Apache-2.0
 * What a supervisor is told before it runs. */
#pragma once

#include "setting/settings.h"

/** What the program above lends the supervisor, which talks to nobody and knows no master key. */
struct supervisor_options {
	const struct settings *settings; /* checked; borrowed while it runs */
	/** Show a person who started `postern dev` where it listens;
	 * text has a new store's password and is wiped behind. */
	void (*tell)(struct str text);
	/**
	 * Before a handover, in the process that may take over:
	 * whether a server could start with these settings.
	 * running_fd  sealed memory with the key that the running gateways have; -1: none
	 */
	enum rc (*look)(const struct settings *settings, int running_fd, struct err *reterr);
};
