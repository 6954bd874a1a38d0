/* SPDX-License-Identifier: Apache-2.0
 * The row of a setting, and one value of it: from text or JSON to a number that is checked once, and back. */
#include "setting/setting.h"

#include "http/host.h"
#include "os/process.h"
#include "os/socket.h"
#include "pki/chain/chain.h"

#include <unistd.h>

/* Of a value that an error tells [bytes]. */
#define SHOWN_MAX 80
/* The longest address that is one [bytes]. */
#define ADDRESS_MAX 64

#define ANY .unit = ""
#define RANGE(least_, most_, unit_) .least = (least_), .most = (most_), .unit = (unit_)
#define OR_ZERO(zero_) , .zero = (zero_)
#define WORDS(...) \
	.unit = "", .words = (const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}
#define SUPERVISOR SETTING_SUPERVISOR
#define MANAGER SETTING_MANAGER
#define GATEWAY SETTING_GATEWAY

const struct setting_row setting_rows[SETTING_COUNT] = {
#define SETTING(name_, flag_, env_, argument_, type_, limits_, serve_, dev_, when_, readers_, help_) \
	[SETTING_##name_] = { .name = #name_, \
			      .flag = flag_, \
			      .env = env_, \
			      .argument = argument_, \
			      .type = SETTING_TYPE_##type_, \
			      limits_, \
			      .serve = serve_, \
			      .dev = dev_, \
			      .when = SETTING_##when_, \
			      .readers = readers_, \
			      .help = help_ },
#include "setting/settings.def"
#undef SETTING
};

static const char byte_units[] = "KMGT";

bool setting_find(struct str name, enum setting *ret)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (str_is(name, setting_rows[i].name)) {
			*ret = (enum setting)i;
			return true;
		}
	}
	return false;
}

bool setting_is_text(enum setting setting)
{
	return setting_rows[setting].type <= SETTING_TYPE_FOLDER;
}

/* ---- what a setting takes, in words ---- */

/* Bytes as they are written: in the largest unit that leaves nothing over. */
static void add_number(const struct setting_row *row, uint64_t n, struct buf *out)
{
	unsigned unit = 0;
	while (row->type == SETTING_TYPE_BYTES && n > 0 && n % 1024 == 0 && unit < strlen(byte_units)) {
		n /= 1024;
		unit++;
	}
	buf_printf(out, "%llu%.1s", (unsigned long long)n, unit ? &byte_units[unit - 1] : "");
}

static void add_range(const struct setting_row *row, struct buf *out)
{
	add_number(row, row->least, out);
	buf_add_c(out, " to ");
	add_number(row, row->most, out);
	buf_printf(out, "%s%s", *row->unit ? " " : "", row->unit);
	if (row->zero) {
		buf_printf(out, ", or 0 for %s", row->zero);
	}
}

static void add_words(const char *const *words, struct buf *out)
{
	for (size_t i = 0; words[i]; i++) {
		buf_printf(out, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
	}
}

void setting_add_limits(enum setting setting, struct buf *out)
{
	const struct setting_row *row = &setting_rows[setting];
	switch (row->type) {
	case SETTING_TYPE_HOST: buf_add_c(out, "a host name or an address, without port"); break;
	case SETTING_TYPE_ADDRESS: buf_add_c(out, "localhost, an IP address, or * for all"); break;
	case SETTING_TYPE_PATH: buf_add_c(out, "a path"); break;
	case SETTING_TYPE_FOLDER: buf_add_c(out, "an absolute path"); break;
	case SETTING_TYPE_PORT:
	case SETTING_TYPE_COUNT:
	case SETTING_TYPE_DURATION:
	case SETTING_TYPE_BYTES: add_range(row, out); break;
	case SETTING_TYPE_CHOICE: add_words(row->words, out); break;
	case SETTING_TYPE_SWITCH: buf_add_c(out, "on or off"); break;
	}
}

/* Other programs' settings files have quotes; here they would be a part of the value. */
static enum rc refuse(enum setting setting, struct str value, const char *in_json, struct err *reterr)
{
	const char *quotes = str_find(value, '"') < value.n ? ", without quotes" : "";
	AUTO_BUF(limits, 256);
	char shown[SHOWN_MAX];
	setting_add_limits(setting, &limits);
	(void)err_set(reterr, RC_INVALID, "The setting %s is \"%s\"; it takes %s%s%s.",
		      setting_rows[setting].name, str_printable(value, shown, sizeof(shown)), buf_c(&limits),
		      in_json, quotes);
	return err_field(reterr, setting_rows[setting].name);
}

/* ---- from text ---- */

static bool parse_bytes(struct str s, uint64_t most, uint64_t *ret)
{
	unsigned shift = 0;
	for (unsigned i = 0; s.n > 0 && byte_units[i]; i++) {
		if ((s.p[s.n - 1] & ~0x20) == byte_units[i]) {
			shift = 10 * (i + 1);
			s = str_first(s, s.n - 1);
			break;
		}
	}
	if (str_parse_uint(s, most >> shift, ret) != RC_OK) {
		return false;
	}
	*ret <<= shift;
	return true;
}

static bool parse_switch(struct str s, uint64_t *ret)
{
	static const char *const words[][2] = {
		{ "off", "on" }, { "no", "yes" }, { "false", "true" }, { "0", "1" }
	};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (unsigned on = 0; on < 2; on++) {
			if (str_is(s, words[i][on])) {
				*ret = on;
				return true;
			}
		}
	}
	return false;
}

static bool parse_word(struct str s, const char *const *words, uint64_t *ret)
{
	for (size_t i = 0; words[i]; i++) {
		if (str_is(s, words[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool is_in_range(const struct setting_row *row, uint64_t n)
{
	return (n >= row->least && n <= row->most) || (n == 0 && row->zero);
}

/* What may stand in a URL as its host. */
static bool is_host(struct str s)
{
	struct host host;
	return host_split(s, &host) == RC_OK && host.port == 0 && s.p[s.n - 1] != ':';
}

/* As socket_listen_tcp() takes it. */
static bool is_address(struct str s)
{
	char text[ADDRESS_MAX]; /* a NUL within is escaped, and no address */
	struct socket_address address;
	if (s.n >= sizeof(text)) {
		return false;
	}
	(void)str_printable(s, text, sizeof(text));
	return str_is(s, "*") || str_is(s, "localhost") || socket_address_literal(text, 0, &address) == RC_OK;
}

static bool parse(const struct setting_row *row, struct str s, uint64_t *ret)
{
	*ret = 0;
	switch (row->type) {
	case SETTING_TYPE_HOST: return is_host(s);
	case SETTING_TYPE_ADDRESS: return is_address(s);
	case SETTING_TYPE_PATH: return str_is_text(s);
	case SETTING_TYPE_FOLDER: return str_is_text(s) && s.n > 0 && s.p[0] == '/';
	case SETTING_TYPE_PORT:
	case SETTING_TYPE_COUNT:
	case SETTING_TYPE_DURATION:
		return str_parse_uint(s, row->most, ret) == RC_OK && is_in_range(row, *ret);
	case SETTING_TYPE_BYTES: return parse_bytes(s, row->most, ret) && is_in_range(row, *ret);
	case SETTING_TYPE_CHOICE: return parse_word(s, row->words, ret);
	case SETTING_TYPE_SWITCH: return parse_switch(s, ret);
	}
	return false;
}

enum rc setting_parse(enum setting setting, struct str text, uint64_t *ret_number, struct err *reterr)
{
	uint64_t number;
	if (!parse(&setting_rows[setting], text, &number)) {
		return refuse(setting, text, "", reterr);
	}
	*ret_number = number;
	return RC_OK;
}

/* The default of a service as a number. */
static uint64_t default_of(enum setting setting)
{
	uint64_t number = 0;
	enum rc rc = setting_parse(setting, str_of(setting_rows[setting].serve), &number, NULL);
	ASSERT(rc == RC_OK);
	return number;
}

/* ---- JSON ---- */

static bool read_value(const struct setting_row *row, const struct value *v, uint64_t *ret)
{
	*ret = 0;
	if (row->type == SETTING_TYPE_SWITCH) {
		*ret = value_to_bool(v, false);
		return value_is_bool(v);
	}
	if (row->type <= SETTING_TYPE_FOLDER || row->type == SETTING_TYPE_CHOICE) {
		return value_is_string(v) && parse(row, value_str(v), ret);
	}
	*ret = (uint64_t)value_to_int(v, 0);
	return value_is_int(v) && is_in_range(row, *ret); /* a negative one is above any limit */
}

enum rc setting_of_value(enum setting setting, const struct value *v, uint64_t *ret_number,
			 struct err *reterr)
{
	uint64_t number;
	if (!read_value(&setting_rows[setting], v, &number)) {
		AUTO_BUF(text, 1024);
		bool is_string = value_is_string(v);
		bool fits = v && !is_string && value_format(v, &text) == RC_OK;
		struct str shown = is_string ? value_str(v) : fits ? buf_str(&text) : STR("");
		bool is_switch = setting_rows[setting].type == SETTING_TYPE_SWITCH;
		return refuse(setting, shown, is_switch ? ", true or false in JSON" : "", reterr);
	}
	*ret_number = number;
	return RC_OK;
}

struct value *setting_to_value(enum setting setting, const char *text, uint64_t number)
{
	const struct setting_row *row = &setting_rows[setting];
	if (setting_is_text(setting)) {
		return value_string(str_of(text));
	}
	if (row->type == SETTING_TYPE_CHOICE) {
		return value_string(str_of(row->words[number]));
	}
	return row->type == SETTING_TYPE_SWITCH ? value_bool(number != 0) : value_int((int64_t)number);
}

uint64_t setting_settle(enum setting setting, uint64_t number)
{
	if (setting == SETTING_body_memory && number == 0) {
		return process_memory() / 8;
	}
	if (setting == SETTING_workers && number == 0) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);
		uint64_t most = setting_rows[SETTING_workers].most;
		number = cores > 0 ? (uint64_t)cores : 1;
		return number < most ? number : most;
	}
	return number;
}

const char *setting_text_in(const struct value *role, enum setting setting)
{
	ASSERT(setting_is_text(setting));
	const char *text = value_get_c(role, setting_rows[setting].name);
	return text ? text : setting_rows[setting].serve;
}

uint64_t setting_number_in(const struct value *role, enum setting setting)
{
	uint64_t number;
	ASSERT(!setting_is_text(setting));
	if (setting_of_value(setting, value_get(role, setting_rows[setting].name), &number, NULL) != RC_OK) {
		number = default_of(setting);
	}
	return setting_settle(setting, number);
}
