/* SPDX-License-Identifier: Apache-2.0
 * All settings of one server: as they were written, and what they say. */
#include "setting/settings.h"

#include "base/memory.h"

#define MS_PER_S 1000

_Static_assert(SETTING_state_dir == 0, "state_dir is another name of the first text");

void settings_fini(struct settings *s)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		mem_free(s->text[i]);
	}
	*s = (struct settings){ 0 };
}

/* A wrong value in the file is told with its line, even where a flag counts first. */
static enum rc check_line(enum setting setting, struct str value, unsigned line, struct err *reterr)
{
	struct err err = { 0 };
	uint64_t number;
	enum rc rc = setting_parse(setting, value, &number, &err);
	if (rc != RC_OK) {
		(void)err_set(reterr, rc, "Line %u of the settings: %s", line, err.text);
		(void)err_field(reterr, err.field);
	}
	return rc;
}

static enum rc parse_line(struct settings *s, struct str line, unsigned number, struct err *reterr)
{
	char shown[64];
	struct str name = line, value;
	enum setting setting;
	size_t equals = str_find(line, '=');
	if (equals == line.n) {
		return err_set(reterr, RC_INVALID, "Line %u of the settings is not \"key = value\".", number);
	}
	name.n = equals;
	name = str_trim(name);
	value = str_trim(str_skip(line, equals + 1));
	if (!setting_find(name, &setting)) {
		return err_set(reterr, RC_INVALID, "Line %u of the settings: there is no setting %s.", number,
			       str_printable(name, shown, sizeof(shown)));
	}
	if (!s->text[setting]) {
		s->text[setting] = str_dup(value);
	}
	return check_line(setting, value, number, reterr);
}

enum rc settings_parse(struct settings *s, struct str text, struct err *reterr)
{
	struct str line;
	for (unsigned number = 1; text.p && str_split(&text, '\n', &line); number++) {
		line = str_trim(line);
		if (line.n && line.p[0] != '#') {
			TRY(parse_line(s, line, number, reterr));
		}
	}
	return RC_OK;
}

enum rc settings_check(struct settings *s, struct err *reterr)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *row = &setting_rows[i];
		if (!s->text[i]) {
			s->text[i] = mem_strdup(s->dev ? row->dev : row->serve);
		}
		TRY(setting_parse((enum setting)i, str_of(s->text[i]), &s->number[i], reterr));
	}
	return RC_OK;
}

const char *settings_text(const struct settings *s, enum setting setting)
{
	ASSERT(setting_is_text(setting));
	return s->text[setting];
}

uint64_t settings_number(const struct settings *s, enum setting setting)
{
	ASSERT(!setting_is_text(setting));
	return setting_settle(setting, s->number[setting]);
}

uint32_t settings_ms(const struct settings *s, enum setting setting)
{
	ASSERT(setting_rows[setting].type == SETTING_TYPE_DURATION);
	return (uint32_t)s->number[setting] * MS_PER_S;
}

uint16_t settings_port(const struct settings *s, enum setting setting)
{
	ASSERT(setting_rows[setting].type == SETTING_TYPE_PORT);
	return (uint16_t)s->number[setting];
}

bool settings_is_on(const struct settings *s, enum setting setting)
{
	ASSERT(setting_rows[setting].type == SETTING_TYPE_SWITCH);
	return s->number[setting] != 0;
}

struct value *settings_to_value(const struct settings *s, enum setting_reader reader)
{
	struct value *v = value_object();
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *row = &setting_rows[i];
		enum setting setting = (enum setting)i;
		if ((row->readers & reader) && *s->text[i]) {
			uint64_t number = setting_settle(setting, s->number[i]);
			value_set(v, row->name, setting_to_value(setting, s->text[i], number));
		}
	}
	return v;
}

static void add_sentence(enum setting setting, struct buf *out)
{
	const struct setting_row *row = &setting_rows[setting];
	AUTO_BUF(limits, 256);
	setting_add_limits(setting, &limits);
	buf_printf(out, "\n# %c%s;\n# it takes %s.%s\n", row->help[0] & ~0x20, row->help + 1, buf_c(&limits),
		   row->when == SETTING_AT_RUN_TIME ? " postern setting set changes it at run time." : "");
}

void settings_add_sample(struct buf *out)
{
	buf_add_c(
		out,
		"# Settings of postern serve, each at its default: take its # away to change one.\n"
		"# A flag of the command line and an environment variable count before a line here;\n"
		"# postern help serve names them. postern validate checks the file, SIGHUP reads it anew.\n");
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *row = &setting_rows[i];
		add_sentence((enum setting)i, out);
		buf_printf(out, "#%s =%s%s\n", row->name, *row->serve ? " " : "", row->serve);
	}
}
