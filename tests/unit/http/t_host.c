/* SPDX-License-Identifier: Apache-2.0
 * One reading of hosts: what a Host field, an :authority, a server name and a URL's authority name. */
#include "http/host.h"
#include "unit/test.h"

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void hosts_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *name; /* name NULL: RC_INVALID */
		enum host_kind kind;
		unsigned port;
	} table[] = {
		{ "localhost", "localhost", HOST_NAME, 0 },
		{ "LocalHost:8443", "LocalHost", HOST_NAME, 8443 },
		{ "acme.localhost:1", "acme.localhost", HOST_NAME, 1 },
		{ "localhost.", "localhost", HOST_NAME, 0 },
		{ "acme.localhost.:8443", "acme.localhost", HOST_NAME, 8443 },
		{ "localhost:", "localhost", HOST_NAME, 0 },
		{ "localhost:65535", "localhost", HOST_NAME, 65535 },
		{ "localhost:00443", "localhost", HOST_NAME, 443 },
		{ "_a-b.c", "_a-b.c", HOST_NAME, 0 },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example", HOST_NAME, 0 },
		{ L63 ".a", L63 ".a", HOST_NAME, 0 },
		{ "127.0.0.1", "127.0.0.1", HOST_IP4, 0 },
		{ "127.0.0.1:8443", "127.0.0.1", HOST_IP4, 8443 },
		{ "127.0.0.1.", "127.0.0.1", HOST_NAME, 0 },
		{ "127.1", "127.1", HOST_NAME, 0 },
		{ "0x7f000001", "0x7f000001", HOST_NAME, 0 },
		{ "2130706433", "2130706433", HOST_NAME, 0 },
		{ "127.0.0.1.evil.example", "127.0.0.1.evil.example", HOST_NAME, 0 },
		{ "999.0.0.1", "999.0.0.1", HOST_NAME, 0 },
		{ "[::1]", "::1", HOST_IP6, 0 },
		{ "[::1]:8443", "::1", HOST_IP6, 8443 },
		{ "[::1]:", "::1", HOST_IP6, 0 },
		{ "[0:0:0:0:0:0:0:1]", "0:0:0:0:0:0:0:1", HOST_IP6, 0 },
		{ "[::ffff:127.0.0.1]", "::ffff:127.0.0.1", HOST_IP6, 0 },
		{ "", NULL, 0, 0 },
		{ ".", NULL, 0, 0 },
		{ "..", NULL, 0, 0 },
		{ ".localhost", NULL, 0, 0 },
		{ "a..localhost", NULL, 0, 0 },
		{ "localhost..", NULL, 0, 0 },
		{ "a" L63 ".b", NULL, 0, 0 },
		{ ":8443", NULL, 0, 0 },
		{ "localhost:0", NULL, 0, 0 },
		{ "localhost:65536", NULL, 0, 0 },
		{ "localhost:+1", NULL, 0, 0 },
		{ "localhost: 1", NULL, 0, 0 },
		{ "localhost:1:2", NULL, 0, 0 },
		{ "localhost:a", NULL, 0, 0 },
		{ "acme@localhost", NULL, 0, 0 },
		{ "u:p@localhost", NULL, 0, 0 },
		{ "localhost/", NULL, 0, 0 },
		{ "local host", NULL, 0, 0 },
		{ "localhost,evil.example", NULL, 0, 0 },
		{ "%6cocalhost", NULL, 0, 0 },
		{ "b\xc3\xbc"
		  "cher.example",
		  NULL, 0, 0 },
		{ "local\tost", NULL, 0, 0 },
		{ "::1", NULL, 0, 0 },
		{ "::1:8443", NULL, 0, 0 },
		{ "[::1", NULL, 0, 0 },
		{ "[]", NULL, 0, 0 },
		{ "[::1]x", NULL, 0, 0 },
		{ "[::1].localhost", NULL, 0, 0 },
		{ "[127.0.0.1]", NULL, 0, 0 },
		{ "[fe80::1%25eth0]", NULL, 0, 0 },
		{ "[v1.fe]", NULL, 0, 0 },
		{ "[:::1]", NULL, 0, 0 },
		{ "[1:2:3:4:5:6:7:8:9]", NULL, 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct host h = { 0 };
		enum rc rc = host_split(str_of(table[i].text), &h);
		if (rc != (table[i].name ? RC_OK : RC_INVALID)) {
			fail_msg("%s: %s", table[i].text, rc_name(rc));
		}
		if (rc == RC_OK &&
		    (!str_is(h.name, table[i].name) || h.kind != table[i].kind || h.port != table[i].port)) {
			fail_msg("%s: %.*s %d %u", table[i].text, STR_ARG(h.name), (int)h.kind, h.port);
		}
	}
	struct host h;
	assert_int_equal(host_split(str_from("local\0host", 10), &h), RC_INVALID);
}

static void what_lies_below_is_named(void **state)
{
	static const struct {
		const char *host, *own, *label; /* label NULL: not below */
	} table[] = {
		{ "acme.localhost", "localhost", "acme" },
		{ "ACME.LOCALHOST", "localhost", "ACME" },
		{ "acme.localhost.", "localhost", "acme" },
		{ "acme.localhost", "localhost.", "acme" },
		{ "acme.gw.example.com", "gw.example.com", "acme" },
		{ "a.b.localhost", "localhost", "a.b" },
		{ "localhost", "localhost", NULL },
		{ "localhost.", "localhost", NULL },
		{ ".localhost", "localhost", NULL },
		{ "acmelocalhost", "localhost", NULL },
		{ "acme-localhost", "localhost", NULL },
		{ "acme.localhost.evil.example", "localhost", NULL },
		{ "evil.example", "localhost", NULL },
		{ "acme.127.0.0.1", "127.0.0.1", NULL },
		{ "acme.::1", "::1", NULL },
		{ "acme", "", NULL },
		{ "", "localhost", NULL },
	};
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct str label = { 0 };
		bool is = host_below(str_of(table[i].host), str_of(table[i].own), &label);
		if (is != (table[i].label != NULL) || (is && !str_is(label, table[i].label))) {
			fail_msg("%s below %s: %d %.*s", table[i].host, table[i].own, is, STR_ARG(label));
		}
	}
}

static void hosts_are_compared_by_what_they_mean(void **state)
{
	assert_true(host_equal(STR("LocalHost"), STR("localhost")));
	assert_true(host_equal(STR("localhost."), STR("localhost")));
	assert_true(host_equal(STR("0:0:0:0:0:0:0:1"), STR("::1")));
	assert_false(host_equal(STR("::2"), STR("::1")));
	assert_false(host_equal(STR("localhos"), STR("localhost")));
	assert_false(host_equal(STR(""), STR("localhost")));
}

static void loopback_is_this_machine_alone(void **state)
{
	static const char *const yes[] = { "localhost",   "LOCALHOST.", "127.0.0.1",
					   "127.255.0.9", "::1",        "0::1" };
	static const char *const no[] = { "127.evil.example", "127.1",   "localhost.evil.example",
					  "acme.localhost",   "0.0.0.0", "::",
					  "128.0.0.1",        "",        "127.0.0.1.evil.example" };
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!host_is_loopback(str_of(yes[i]))) {
			fail_msg("%s", yes[i]);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		if (host_is_loopback(str_of(no[i]))) {
			fail_msg("%s", no[i]);
		}
	}
}

RUN_TESTS(TEST(hosts_are_taken_apart), TEST(what_lies_below_is_named),
	  TEST(hosts_are_compared_by_what_they_mean), TEST(loopback_is_this_machine_alone))
