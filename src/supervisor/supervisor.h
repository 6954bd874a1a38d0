/* SPDX-License-Identifier: Apache-2.0
 * The supervisor: holds the listening sockets, starts manager and gateways, replaces what dies, parses
 * nothing. */
#pragma once

#include "supervisor/options.h"

/**
 * Run a server until SIGTERM or SIGINT. SIGHUP reads settings and program anew:
 * this process then executes the program at its path, which goes on from here and replaces the children one
 * by one.
 *
 * options  borrowed while it runs
 *
 * RC_IO another server has the state folder, or a port is taken, or the folder cannot be made;
 * RC_CLOSED a part could not start (it has said why on standard error)
 */
MUST_USE enum rc supervisor_run(const struct supervisor_options *options, struct err *reterr);
