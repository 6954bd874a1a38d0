/* SPDX-License-Identifier: Apache-2.0
 * The manager process: sole owner of the store, server of every management API. */
#pragma once

#include "json/value.h"

/**
 * Be the manager until SIGTERM or DRAIN: fd 3 control socket to the supervisor, 4 management listener, 5
 * admin.sock listener,
 * 6 internal.sock listener.
 *
 * settings  the part's settings; borrowed. "management_url" that is not loopback must be https.
 *
 * Returns the exit code: 0 after an orderly end. What went wrong is in the log.
 */
int manager_run(const struct value *settings);
