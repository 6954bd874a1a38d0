/* SPDX-License-Identifier: Apache-2.0
 * Whether a server could start with settings: the files that they name, looked at before anything is handed
 * over. */
#pragma once

#include "cmd/server/settings.h"

/**
 * Look at the master key that the settings lead to.
 *
 * running_fd  sealed memory with the key that the running gateways have (slot 0), to see that the new one is
 *             the same; -1: none
 *
 * RC_NOT_FOUND it is named and not there, or the store is there and it is not; RC_IO it cannot be read;
 * RC_DENIED it is no key, or not that of the running server
 */
MUST_USE enum rc preflight(const struct settings *settings, int running_fd, struct err *reterr);
