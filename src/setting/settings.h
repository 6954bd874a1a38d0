/* SPDX-License-Identifier: Apache-2.0
 * All settings of one server: as they were written, and what they say. */
#pragma once

#include "setting/setting.h"

/** The settings of one server. Zeroed, then filled by who reads flags and files; settings_fini() it. */
struct settings {
	bool dev; /* its defaults are those of `postern dev` */
	union {
		char *text[SETTING_COUNT]; /* as written, owned; NULL where nothing is yet */
		char *state_dir;           /* the first of them */
	};
	uint64_t number[SETTING_COUNT]; /* what settings_check() read of each that is no text */
};

/** Give back; accepts a zeroed one. */
void settings_fini(struct settings *s);
/**
 * Read the lines "key = value" of a settings file into s where s has no value yet. Pure.
 * RC_INVALID with the line: no such line or setting, or a value that it does not take, even where s has one
 * already.
 */
MUST_USE enum rc settings_parse(struct settings *s, struct str text, struct err *reterr);
/** Put the default where nothing is written, then read every number. RC_INVALID as setting_parse(). */
MUST_USE enum rc settings_check(struct settings *s, struct err *reterr);

/* What a checked one says. Each is for settings of its type; another is a programmer's error. */

/** A host, an address or a path; "" where none is named. Borrowed. */
const char *settings_text(const struct settings *s, enum setting setting);
/** A number or the place of a word, settled (setting_settle()). */
uint64_t settings_number(const struct settings *s, enum setting setting);
/** A duration [ms]. */
uint32_t settings_ms(const struct settings *s, enum setting setting);
/** A port; 0 for any. */
uint16_t settings_port(const struct settings *s, enum setting setting);
/** A switch. */
bool settings_is_on(const struct settings *s, enum setting setting);

/** What a process is told: {"name": value} of every setting that it reads, without empty texts. Owned. */
struct value *settings_to_value(const struct settings *s, enum setting_reader reader);
/** A settings file with every setting at its default, each behind a # and with what it takes. Appended. */
void settings_add_sample(struct buf *out);
