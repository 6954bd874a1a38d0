/* SPDX-License-Identifier: Apache-2.0
 * A setting is one row: what it takes, what is said when it does not, its JSON, its sample line. */
#include "base/memory.h"
#include "os/process.h"
#include "setting/settings.h"
#include "unit/test.h"

#include <ctype.h>

/* number: what is read of good ones; text types give 0. */
struct row {
	enum setting setting;
	const char *text;
	bool good;
	uint64_t number;
};

static const struct row rows[] = {
	/* host */
	{ SETTING_host, "localhost", true, 0 },
	{ SETTING_host, "gw.example.com", true, 0 },
	{ SETTING_host, "gw.example.com.", true, 0 },
	{ SETTING_host, "192.0.2.1", true, 0 },
	{ SETTING_host, "[::1]", true, 0 },
	{ SETTING_host, "", false, 0 },
	{ SETTING_host, "\"localhost\"", false, 0 },
	{ SETTING_host, "localhost:8443", false, 0 },
	{ SETTING_host, "localhost:", false, 0 },
	{ SETTING_host, "local host", false, 0 },
	{ SETTING_host, "::1", false, 0 },
	{ SETTING_host, "a..b", false, 0 },
	/* address */
	{ SETTING_gateway_host, "localhost", true, 0 },
	{ SETTING_gateway_host, "*", true, 0 },
	{ SETTING_gateway_host, "0.0.0.0", true, 0 },
	{ SETTING_gateway_host, "::", true, 0 },
	{ SETTING_gateway_host, "[::1]", true, 0 },
	{ SETTING_gateway_host, "", false, 0 },
	{ SETTING_gateway_host, "example.com", false, 0 },
	{ SETTING_gateway_host, "\"localhost\"", false, 0 },
	{ SETTING_gateway_host, "127.0.0.1:80", false, 0 },
	{ SETTING_gateway_host, "127.0.0.1 ", false, 0 },
	{ SETTING_gateway_host, "**", false, 0 },
	{ SETTING_gateway_host,
	  "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", false, 0 },
	/* path, of a file that need not be named, and of a folder that must be */
	{ SETTING_master_key_file, "", true, 0 },
	{ SETTING_master_key_file, "keys/master", true, 0 },
	{ SETTING_master_key_file, "/etc/postern/sch\xC3\xBCssel", true, 0 },
	{ SETTING_master_key_file, "/etc/\xFF", false, 0 },
	{ SETTING_state_dir, "/", true, 0 },
	{ SETTING_state_dir, "/var/lib/my postern", true, 0 },
	{ SETTING_state_dir, "", false, 0 },
	{ SETTING_state_dir, "state", false, 0 },
	{ SETTING_state_dir, "/\xFF", false, 0 },
	/* port */
	{ SETTING_gateway_port, "0", true, 0 },
	{ SETTING_gateway_port, "1", true, 1 },
	{ SETTING_gateway_port, "65535", true, 65535 },
	{ SETTING_gateway_port, "08443", true, 8443 },
	{ SETTING_gateway_port, "65536", false, 0 },
	{ SETTING_gateway_port, "99999999999999999999", false, 0 },
	{ SETTING_gateway_port, "", false, 0 },
	{ SETTING_gateway_port, "-1", false, 0 },
	{ SETTING_gateway_port, "+1", false, 0 },
	{ SETTING_gateway_port, "1.0", false, 0 },
	{ SETTING_gateway_port, "0x10", false, 0 },
	{ SETTING_gateway_port, "https", false, 0 },
	{ SETTING_gateway_port, "\"8443\"", false, 0 },
	/* count */
	{ SETTING_workers, "0", true, 0 },
	{ SETTING_workers, "1", true, 1 },
	{ SETTING_workers, "64", true, 64 },
	{ SETTING_workers, "65", false, 0 },
	{ SETTING_workers, "many", false, 0 },
	{ SETTING_workers, "", false, 0 },
	/* duration: a number of seconds, whose 0 is one as any */
	{ SETTING_drain_timeout, "0", true, 0 },
	{ SETTING_drain_timeout, "3600", true, 3600 },
	{ SETTING_drain_timeout, "3601", false, 0 },
	{ SETTING_drain_timeout, "1h", false, 0 },
	{ SETTING_drain_timeout, "1.5", false, 0 },
	{ SETTING_drain_timeout, "", false, 0 },
	/* bytes */
	{ SETTING_body_memory, "0", true, 0 },
	{ SETTING_body_memory, "1M", true, UINT64_C(1) << 20 },
	{ SETTING_body_memory, "1024k", true, UINT64_C(1) << 20 },
	{ SETTING_body_memory, "1048577", true, (UINT64_C(1) << 20) + 1 },
	{ SETTING_body_memory, "1024T", true, UINT64_C(1) << 50 },
	{ SETTING_body_memory, "1048575", false, 0 },
	{ SETTING_body_memory, "1025T", false, 0 },
	{ SETTING_body_memory, "18014398509481984K", false, 0 },
	{ SETTING_body_memory, "16777216T", false, 0 }, /* 2^64: 0 were it not checked before the shift */
	{ SETTING_body_memory, "64MB", false, 0 },
	{ SETTING_body_memory, "M", false, 0 },
	{ SETTING_body_memory, "1 M", false, 0 },
	{ SETTING_body_memory, "-1M", false, 0 },
	{ SETTING_body_memory, "", false, 0 },
	/* choice */
	{ SETTING_tell_reason, "never", true, SETTING_TELL_NEVER },
	{ SETTING_tell_reason, "trusted", true, SETTING_TELL_TRUSTED },
	{ SETTING_tell_reason, "always", true, SETTING_TELL_ALWAYS },
	{ SETTING_tell_reason, "Always", false, 0 },
	{ SETTING_tell_reason, "alwaysx", false, 0 },
	{ SETTING_tell_reason, "always ", false, 0 },
	{ SETTING_tell_reason, "1", false, 0 },
	{ SETTING_tell_reason, "", false, 0 },
	/* switch */
	{ SETTING_http2, "on", true, 1 },
	{ SETTING_http2, "yes", true, 1 },
	{ SETTING_http2, "true", true, 1 },
	{ SETTING_http2, "1", true, 1 },
	{ SETTING_http2, "off", true, 0 },
	{ SETTING_http2, "no", true, 0 },
	{ SETTING_http2, "false", true, 0 },
	{ SETTING_http2, "0", true, 0 },
	{ SETTING_http2, "ON", false, 0 },
	{ SETTING_http2, "perhaps", false, 0 },
	{ SETTING_http2, "2", false, 0 },
	{ SETTING_http2, "", false, 0 },
};

static void each_type_takes_what_it_says_and_nothing_else(void **state)
{
	unsigned types = 0;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		struct err err = { 0 };
		uint64_t number = 77;
		enum rc rc = setting_parse(r->setting, str_of(r->text), &number, &err);
		if (rc != (r->good ? RC_OK : RC_INVALID) || number != (r->good ? r->number : 77)) {
			fail_msg("%s = \"%s\": %s, %llu", setting_rows[r->setting].name, r->text, err.text,
				 (unsigned long long)number);
		}
		assert_string_equal(err.field, r->good ? "" : setting_rows[r->setting].name);
		types |= 1U << setting_rows[r->setting].type;
	}
	assert_int_equal(types, (1U << (SETTING_TYPE_SWITCH + 1)) - 1);
}

static void a_bad_value_is_told_with_its_setting_limits_and_unit(void **state)
{
	static const struct {
		enum setting setting;
		const char *text, *told;
	} refused[] = {
		{ SETTING_gateway_port, "65536",
		  "The setting gateway_port is \"65536\"; it takes 1 to 65535, or 0 for any free one." },
		{ SETTING_workers, "65",
		  "The setting workers is \"65\"; it takes 1 to 64 processes, or 0 for one a core." },
		{ SETTING_drain_timeout, "1h",
		  "The setting drain_timeout is \"1h\"; it takes 0 to 3600 seconds." },
		{ SETTING_body_memory, "1k",
		  "The setting body_memory is \"1k\"; it takes 1M to 1024T bytes, or 0 for an eighth of the "
		  "memory." },
		{ SETTING_tell_reason, "maybe",
		  "The setting tell_reason is \"maybe\"; it takes never, trusted or always." },
		{ SETTING_http2, "\xFF", "The setting http2 is \"\\xFF\"; it takes on or off." },
		{ SETTING_host, "a:1",
		  "The setting host is \"a:1\"; it takes a host name or an address, without port." },
		{ SETTING_gateway_host, "\"*\"",
		  "The setting gateway_host is \"\"*\"\"; it takes localhost, an IP address, or * for all, "
		  "without "
		  "quotes." },
		{ SETTING_state_dir, "x", "The setting state_dir is \"x\"; it takes an absolute path." },
	};
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct err err = { 0 };
		uint64_t number;
		assert_int_equal(setting_parse(refused[i].setting, str_of(refused[i].text), &number, &err),
				 RC_INVALID);
		assert_string_equal(err.text, refused[i].told);
	}
}

static void json_has_the_type_of_the_setting_and_comes_back(void **state)
{
	static const struct {
		enum setting setting;
		const char *json;
		bool good;
		uint64_t number;
	} values[] = {
		{ SETTING_tell_reason, "\"trusted\"", true, SETTING_TELL_TRUSTED },
		{ SETTING_tell_reason, "\"maybe\"", false, 0 },
		{ SETTING_tell_reason, "1", false, 0 },
		{ SETTING_tell_reason, "null", false, 0 },
		{ SETTING_http2, "true", true, 1 },
		{ SETTING_http2, "false", true, 0 },
		{ SETTING_http2, "\"on\"", false, 0 },
		{ SETTING_http2, "1", false, 0 },
		{ SETTING_workers, "0", true, 0 },
		{ SETTING_workers, "64", true, 64 },
		{ SETTING_workers, "65", false, 0 },
		{ SETTING_workers, "-1", false, 0 },
		{ SETTING_workers, "\"1\"", false, 0 },
		{ SETTING_drain_timeout, "30", true, 30 },
		{ SETTING_body_memory, "1048576", true, 1048576 },
		{ SETTING_body_memory, "1048575", false, 0 },
		{ SETTING_body_memory, "-9223372036854775807", false, 0 },
		{ SETTING_host, "\"gw.example\"", true, 0 },
		{ SETTING_host, "\"gw example\"", false, 0 },
		{ SETTING_host, "[]", false, 0 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		AUTO_VALUE *v = NULL;
		uint64_t number = 0;
		struct err err = { 0 };
		assert_int_equal(value_parse(&v, str_of(values[i].json), 1000, NULL), RC_OK);
		enum rc rc = setting_of_value(values[i].setting, v, &number, &err);
		assert_int_equal(rc, values[i].good ? RC_OK : RC_INVALID);
		assert_int_equal(number, values[i].number);
		assert_true(values[i].good || strstr(err.text, setting_rows[values[i].setting].name));
		if (values[i].good) {
			AUTO_VALUE *again = setting_to_value(values[i].setting, value_c(v), number);
			assert_true(value_equal(v, again));
		}
	}
}

/* The flag and the variable are the name in other letters. */
static void a_row_is_spelled_in_one_way(void **state)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *row = &setting_rows[i];
		char flag[64], env[64];
		size_t n = 0;
		for (; row->name[n]; n++) {
			flag[n] = row->name[n] == '_' ? '-' : row->name[n];
			env[n] = (char)toupper((unsigned char)row->name[n]);
		}
		flag[n] = env[n] = '\0';
		assert_string_equal(row->flag, flag);
		assert_memory_equal(row->env, "POSTERN_", 8);
		assert_string_equal(row->env + 8, env);
		assert_true(row->readers && row->help[0] >= 'a' && row->help[0] <= 'z');
		assert_true(row->type != SETTING_TYPE_CHOICE || row->words);
		assert_true(row->least <= row->most);
	}
}

static void defaults_are_good_and_read_as_their_type(void **state)
{
	AUTO(settings_fini) struct settings service = { 0 };
	AUTO(settings_fini) struct settings dev = { .dev = true, .text = { mem_strdup("/state") } };
	assert_int_equal(settings_check(&service, NULL), RC_OK);
	assert_int_equal(settings_check(&dev, NULL), RC_OK);
	assert_string_equal(service.state_dir, "/var/lib/postern");
	assert_string_equal(dev.state_dir, "/state");
	assert_int_equal(settings_port(&service, SETTING_gateway_port), 8443);
	assert_int_equal(settings_ms(&service, SETTING_drain_timeout), 30000);
	assert_int_equal(settings_ms(&dev, SETTING_drain_timeout), 1000);
	assert_string_equal(settings_text(&service, SETTING_gateway_host), "*");
	assert_string_equal(settings_text(&dev, SETTING_gateway_host), "localhost");
	assert_int_equal(settings_number(&service, SETTING_tell_reason), SETTING_TELL_TRUSTED);
	assert_int_equal(settings_number(&dev, SETTING_tell_reason), SETTING_TELL_ALWAYS);
	assert_true(settings_is_on(&service, SETTING_http2));
	assert_false(settings_is_on(&service, SETTING_management_tls));
}

static void what_0_stands_for_is_worked_out_on_this_machine(void **state)
{
	AUTO(settings_fini) struct settings s = { 0 };
	assert_int_equal(settings_check(&s, NULL), RC_OK);
	assert_in_range(settings_number(&s, SETTING_workers), 1, 64);
	assert_int_equal(settings_number(&s, SETTING_body_memory), process_memory() / 8);
	assert_int_equal(setting_settle(SETTING_workers, 3), 3);
	assert_int_equal(setting_settle(SETTING_body_memory, 1 << 20), 1 << 20);
	assert_int_equal(setting_settle(SETTING_gateway_port, 0), 0);
}

static void a_role_is_told_what_it_reads_and_reads_the_same(void **state)
{
	AUTO(settings_fini) struct settings s = { 0 };
	assert_int_equal(settings_parse(&s, STR("host = gw.example\ntell_reason = never\nhttp2 = no\n"),
					NULL),
			 RC_OK);
	assert_int_equal(settings_check(&s, NULL), RC_OK);
	AUTO_VALUE *gateway = settings_to_value(&s, SETTING_GATEWAY);
	AUTO_VALUE *manager = settings_to_value(&s, SETTING_MANAGER);
	AUTO_VALUE *nothing = value_object();
	assert_string_equal(setting_text_in(gateway, SETTING_host), "gw.example");
	assert_int_equal(setting_number_in(gateway, SETTING_tell_reason), SETTING_TELL_NEVER);
	assert_int_equal(setting_number_in(gateway, SETTING_http2), 0);
	assert_int_equal(setting_number_in(gateway, SETTING_body_memory), process_memory() / 8);
	assert_null(value_get(gateway, "gateway_port"));
	assert_null(value_get(gateway, "master_key_file"));
	/* Not named: the default, which is where the state folder is. */
	assert_null(value_get(manager, "master_key_file"));
	assert_string_equal(setting_text_in(manager, SETTING_master_key_file), "");
	assert_string_equal(setting_text_in(nothing, SETTING_host), "localhost");
	assert_int_equal(setting_number_in(nothing, SETTING_tell_reason), SETTING_TELL_TRUSTED);
}

static void same_settings(const struct settings *a, const struct settings *b)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		assert_string_equal(a->text[i], b->text[i]);
		assert_int_equal(a->number[i], b->number[i]);
	}
}

/* "#key = value" without its mark; a sentence has a space behind it. */
static void take_marks_away(const char *sample, struct buf *out, size_t *ret_lines)
{
	struct str text = str_of(sample), line;
	while (text.p && str_split(&text, '\n', &line)) {
		bool is_setting = line.n > 1 && line.p[0] == '#' && line.p[1] != ' ';
		buf_add(out, str_skip(line, is_setting));
		buf_add_char(out, '\n');
		*ret_lines += is_setting;
	}
}

static void the_sample_says_every_default(void **state)
{
	AUTO_BUF(sample, 65536);
	AUTO_BUF(bare, 65536);
	AUTO(settings_fini) struct settings defaults = { 0 };
	AUTO(settings_fini) struct settings as_is = { 0 };
	AUTO(settings_fini) struct settings set = { 0 };
	size_t lines = 0;
	struct err err = { 0 };
	settings_add_sample(&sample);
	take_marks_away(buf_c(&sample), &bare, &lines);
	assert_int_equal(lines, SETTING_COUNT);
	assert_int_equal(settings_check(&defaults, NULL), RC_OK);
	assert_int_equal(settings_parse(&as_is, buf_str(&sample), &err), RC_OK);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		assert_null(as_is.text[i]);
	}
	assert_int_equal(settings_parse(&set, buf_str(&bare), &err), RC_OK);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		assert_non_null(set.text[i]);
	}
	assert_int_equal(settings_check(&as_is, NULL), RC_OK);
	assert_int_equal(settings_check(&set, NULL), RC_OK);
	same_settings(&as_is, &defaults);
	same_settings(&set, &defaults);
}

RUN_TESTS(TEST(each_type_takes_what_it_says_and_nothing_else),
	  TEST(a_bad_value_is_told_with_its_setting_limits_and_unit),
	  TEST(json_has_the_type_of_the_setting_and_comes_back), TEST(a_row_is_spelled_in_one_way),
	  TEST(defaults_are_good_and_read_as_their_type),
	  TEST(what_0_stands_for_is_worked_out_on_this_machine),
	  TEST(a_role_is_told_what_it_reads_and_reads_the_same), TEST(the_sample_says_every_default))
