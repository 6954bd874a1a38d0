/* SPDX-License-Identifier: Apache-2.0
 * Settings of the server: from flags, environment, file and defaults, in this order. */
#pragma once

#include "cmd/line/command.h"
#include "setting/settings.h"

/** The option table of `serve`: every setting, --config and --sample. Ends with an empty row. */
extern const struct command_option settings_serve_options[];
/** The option table of `validate`: every setting, and --config. */
extern const struct command_option settings_validate_options[];
/** The option table of `dev`: every setting, with its defaults there. */
extern const struct command_option settings_dev_options[];

/**
 * Read and check all. dev reads no file.
 * RC_INVALID with the setting's name (exit 1): unknown key, bad value, management beyond loopback without
 * TLS.
 */
MUST_USE enum rc settings_read(struct settings *ret, struct command_line *line, bool dev, struct err *reterr);
