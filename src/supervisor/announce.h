/* SPDX-License-Identifier: Apache-2.0
 * What people and the command line are told of a running server. */
#pragma once

#include "supervisor/state.h"

/** Compute the URLs of the listeners. */
void announce_urls(struct supervisor *s);
/** Write endpoints.json; a failure is logged. */
void announce_endpoints(const struct supervisor *s);
/** endpoints.json goes with the server. */
void announce_end(const struct supervisor *s);
/** The server is ready for the first time: log, and in dev print its block. */
void announce_ready(const struct supervisor *s);
