/* SPDX-License-Identifier: Apache-2.0
 * Settings of the server: from flags, environment, file and defaults, in this order. */
#pragma once

#include "cmd/command.h"

enum setting {
#define SETTING(name, flag, env, argument, dev, serve, check, help) SETTING_##name,
#include "cmd/settings.def"
#undef SETTING
	SETTING_COUNT,
};

/** The value of each setting as text. */
struct settings {
	bool dev;
	char *state_dir;
	char *text[SETTING_COUNT]; /* owned, never NULL once read */
};

/** The option table of `serve` and `validate`: every setting, and --config. Ends with an empty row. */
extern const struct command_option settings_options[];
/** The option table of `dev`: every setting. */
extern const struct command_option settings_dev_options[];

/**
 * Read and check all. dev reads no file.
 * RC_INVALID with the setting's name (exit 1): unknown key, bad value, management beyond loopback without TLS.
 */
MUST_USE enum rc settings_read(struct settings *ret, struct command_line *line, bool dev, struct err *reterr);
/** Give back; accepts a zeroed one. */
void settings_fini(struct settings *s);
/** Whether a host is loopback: localhost, 127.0.0.0/8, ::1. */
bool settings_is_loopback(const char *host);
/** Bytes from text as "65536", "64M" or "2G". RC_INVALID anything else, and more than 0 but less than 1M. */
MUST_USE enum rc settings_parse_bytes(const char *text, uint64_t *ret);
/** Read the lines "key = value" of a settings file into s where s has no value yet. Pure. For tests. */
MUST_USE enum rc settings_parse(struct settings *s, struct str text, struct err *reterr);
