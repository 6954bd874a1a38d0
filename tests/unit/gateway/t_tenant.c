/* SPDX-License-Identifier: Apache-2.0
 * Tests of choosing the subaccount by host name. */
#include "test.h"

#include "gateway/tenant.h"

static void the_host_s_label_before_the_own_name_is_the_subaccount(void **state)
{
	char own[] = "gw.example";
	const struct gateway g = { .settings = { .host = own } };
	const struct {
		const char *host, *name;
	} rows[] = {
		{ "gw.example", "default" },
		{ "gw.example:8443", "default" },
		{ "acme.gw.example", "acme" },
		{ "acme.GW.example:8443", "acme" },
		{ "127.0.0.1:8443", "default" },
		{ "[::1]:8443", "default" },
		{ "xgw.example", "default" },
		{ ".gw.example", "default" },
		{ "", "default" },
		{ ":1", "default" },
		{ "a.b.gw.example", "a.b" },
		{ "other.example", "default" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct str name = tenant_name(&g, str_of(rows[i].host));
		assert_int_equal(name.n, strlen(rows[i].name));
		assert_memory_equal(name.p, rows[i].name, name.n);
	}
}

RUN_TESTS(TEST(the_host_s_label_before_the_own_name_is_the_subaccount))
