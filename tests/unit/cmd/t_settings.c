/* SPDX-License-Identifier: Apache-2.0
 * Settings come from flags, environment and file, and bad ones are named. */
#include "base/memory.h"
#include "cmd/line/command_line.h"
#include "cmd/server/settings.h"
#include "unit/test.h"

static enum rc read_with(const char *noun, int argc, char *argv[], bool dev, struct settings *ret,
			 struct err *err)
{
	struct command_line line = { 0 };
	enum rc rc = command_line_parse(&line, command_find(noun, NULL), argc, argv, err);
	if (rc == RC_OK) {
		rc = settings_read(ret, &line, dev, err);
	}
	command_line_fini(&line);
	return rc;
}

static void a_file_sets_what_no_flag_has_set(void **state)
{
	AUTO(settings_fini) struct settings s = { 0 };
	s.text[SETTING_gateway_port] = mem_strdup("1");
	assert_int_equal(
		settings_parse(&s,
			       STR("# comment\ngateway_port = 2\n management_port=3 \r\n\nstate_dir = /x\n"),
			       NULL),
		RC_OK);
	assert_string_equal(s.text[SETTING_gateway_port], "1");
	assert_string_equal(s.text[SETTING_management_port], "3");
	assert_string_equal(s.state_dir, "/x");
}

static void an_unknown_key_is_named_with_its_line(void **state)
{
	AUTO(settings_fini) struct settings s = { 0 };
	struct err err = { 0 };
	assert_int_equal(settings_parse(&s, STR("\ngateway_prot = 2\n"), &err), RC_INVALID);
	assert_non_null(strstr(err.text, "Line 2"));
	assert_non_null(strstr(err.text, "gateway_prot"));
}

static void memory_for_bodies_is_a_number_of_bytes(void **state)
{
	static const struct {
		const char *text;
		enum rc rc;
		uint64_t bytes;
	} rows[] = {
		{ "0", RC_OK, 0 },
		{ "1048576", RC_OK, 1048576 },
		{ "64M", RC_OK, 67108864 },
		{ "2g", RC_OK, UINT64_C(2147483648) },
		{ "1024K", RC_OK, 1048576 },
		{ "1023K", RC_INVALID, 0 },
		{ "1", RC_INVALID, 0 },
		{ "M", RC_INVALID, 0 },
		{ "", RC_INVALID, 0 },
		{ "-1M", RC_INVALID, 0 },
		{ "64MB", RC_INVALID, 0 },
		{ "99999999T", RC_INVALID, 0 },
		{ "\"64M\"", RC_INVALID, 0 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t bytes = 0;
		assert_int_equal(setting_parse(SETTING_body_memory, str_of(rows[i].text), &bytes, NULL),
				 rows[i].rc);
		assert_true(rows[i].rc != RC_OK || bytes == rows[i].bytes);
	}
}

static void management_beyond_loopback_needs_tls(void **state)
{
	AUTO(settings_fini) struct settings s = { 0 };
	struct err err = { 0 };
	char *plain[] = { (char[]){ "--management-host" }, (char[]){ "0.0.0.0" } };
	char *tls[] = { (char[]){ "--management-host" }, (char[]){ "0.0.0.0" },
			(char[]){ "--management-tls" }, (char[]){ "on" } };
	assert_int_equal(read_with("serve", 2, plain, false, &s, &err), RC_INVALID);
	assert_string_equal(err.field, "management_host");
	assert_int_equal(read_with("serve", 4, tls, false, &s, &err), RC_OK);
}

static void dev_listens_on_loopback_only(void **state)
{
	AUTO(settings_fini) struct settings s = { 0 };
	struct err err = { 0 };
	char *argv[] = { (char[]){ "--gateway-host" }, (char[]){ "*" } };
	assert_int_equal(read_with("dev", 2, argv, true, &s, &err), RC_INVALID);
}

static void values_out_of_range_are_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "--gateway-port", "65536" }, { "--gateway-port", "x" }, { "--tell-reason", "sometimes" },
		{ "--crl-stale", "ignore" },   { "--workers", "65" },     { "--offer-ca-names", "maybe" }
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO(settings_fini) struct settings s = { 0 };
		struct err err = { 0 };
		AUTO_FREE char *name = mem_strdup(bad[i][0]);
		AUTO_FREE char *value = mem_strdup(bad[i][1]);
		assert_int_equal(read_with("serve", 2, (char *[]){ name, value }, false, &s, &err),
				 RC_INVALID);
	}
}

RUN_TESTS(TEST(memory_for_bodies_is_a_number_of_bytes), TEST(a_file_sets_what_no_flag_has_set),
	  TEST(an_unknown_key_is_named_with_its_line), TEST(management_beyond_loopback_needs_tls),
	  TEST(dev_listens_on_loopback_only), TEST(values_out_of_range_are_refused))
