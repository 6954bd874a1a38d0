/* SPDX-License-Identifier: Apache-2.0
 * The row of a setting, and one value of it: from text or JSON to a number that is checked once, and back. */
#pragma once

#include "base/buf.h"
#include "json/value.h"

/** A setting by its name: SETTING_gateway_port. */
enum setting {
#define SETTING(name, flag, env, argument, type, limits, serve, dev, when, readers, help) SETTING_##name,
#include "setting/settings.def"
#undef SETTING
	SETTING_COUNT,
};

/** tell_reason: whom a refusal's code is told; what is not known is never. crl_stale is enum crl_stale. */
enum setting_tell { SETTING_TELL_NEVER, SETTING_TELL_TRUSTED, SETTING_TELL_ALWAYS };

/** What a setting takes. The first four are text and stay so, of the others a number is read. */
enum setting_type {
	SETTING_TYPE_HOST,     /* what may stand in a URL as its host */
	SETTING_TYPE_ADDRESS,  /* to listen on: localhost, an IP address, * */
	SETTING_TYPE_PATH,     /* of a file; empty where none is named */
	SETTING_TYPE_FOLDER,   /* its absolute path */
	SETTING_TYPE_PORT,     /* 0 to 65535 */
	SETTING_TYPE_COUNT,    /* how many */
	SETTING_TYPE_DURATION, /* whole seconds; setting_ms() reads them as milliseconds */
	SETTING_TYPE_BYTES,    /* "65536", "64M", "2G" [bytes] */
	SETTING_TYPE_CHOICE,   /* one of words; the number is its place there */
	SETTING_TYPE_SWITCH,   /* on or off; 1 or 0 */
};

enum setting_when { SETTING_AT_START, SETTING_AT_RUN_TIME };

/** Who reads a setting; a set of them. */
enum setting_reader { SETTING_SUPERVISOR = 1, SETTING_MANAGER = 2, SETTING_GATEWAY = 4 };

/** One row of settings.def. */
struct setting_row {
	const char *name;     /* line of the settings file, member of JSON */
	const char *flag;     /* without dashes */
	const char *env;      /* environment variable */
	const char *argument; /* name of its value in help */
	enum setting_type type;
	uint64_t least, most; /* of its number, both are taken */
	const char *unit;     /* of its number; "" where it has none */
	/* what 0 stands for, which is taken below least; NULL where it is as other numbers */
	const char *zero;
	const char *const *words; /* of a choice, at their numbers; ends with NULL */
	const char *serve, *dev;  /* defaults as text */
	enum setting_when when;
	unsigned readers; /* enum setting_reader */
	const char *help; /* one line, without full stop */
};

/** Every setting, in the order of enum setting. */
extern const struct setting_row setting_rows[SETTING_COUNT];

/** The setting with a name; false where there is none. */
bool setting_find(struct str name, enum setting *ret);
/** Whether its value is text; else it is a number. */
bool setting_is_text(enum setting setting);
/** What it takes, for help and errors: "1 to 64 processes, or 0 for one a core". Appended. */
void setting_add_limits(enum setting setting, struct buf *out);
/**
 * Read a value as it stands in a flag, a variable or a file.
 *
 * ret_number  what it says; 0 of a text      RC_INVALID with the setting, the value, the limits and their
 *             unit, field its name
 */
MUST_USE enum rc setting_parse(enum setting setting, struct str text, uint64_t *ret_number,
			       struct err *reterr);
/** Read a value as it stands in JSON: a word, a boolean or a number as setting_to_value() makes it.
 * RC_INVALID as setting_parse(). */
MUST_USE enum rc setting_of_value(enum setting setting, const struct value *v, uint64_t *ret_number,
				  struct err *reterr);
/** A value as JSON, owned; text counts for a text, number for the others. */
struct value *setting_to_value(enum setting setting, const char *text, uint64_t number);
/** What a number comes to on this machine where 0 stands for something that is worked out:
 * a process a core, an eighth of the memory
 * [bytes]. Any other number as it is. */
uint64_t setting_settle(enum setting setting, uint64_t number);

/** A text in the settings that a process was started with, or its default. Borrowed. */
const char *setting_text_in(const struct value *role, enum setting setting);
/** A number there, or its default, settled. */
uint64_t setting_number_in(const struct value *role, enum setting setting);
