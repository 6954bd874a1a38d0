/* SPDX-License-Identifier: Apache-2.0
 * What each client needs beside a binding: told by `postern bind`, as tried in tests/clients. */
#pragma once

#include "cmd/line/command.h"

/** The i-th --client as the server knows it, without its version; owned, NULL behind the last. */
char *bind_client_name(const struct command_line *line, size_t i);
/** RC_INVALID (usage): a version that is no number. */
MUST_USE enum rc bind_client_check(const struct command_line *line, struct err *reterr);
/**
 * Say on standard error what the clients named with --client need, or with --x509 what every client needs.
 *
 * ca  file of the own CA; NULL where the server is elsewhere
 */
void bind_client_say(const struct command_line *line, const char *ca);
