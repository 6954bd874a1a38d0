/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as expression, date pattern, header list, address and distinguished name:
 * what is checked good is good. */
#include "flow/address.h"
#include "flow/expression.h"
#include "flow/filter.h"
#include "model/dn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str lookup(void *context, struct str name)
{
	return name;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_from(data, size);
	const struct expression_scope scope = { .header = lookup,
						.property = lookup,
						.body = STR("body"),
						.now = { INT64_C(1798277405123456) } };
	AUTO_BUF(out, 1 << 20);
	AUTO_BUF(date, 1 << 16);
	AUTO_BUF(path, ADDRESS_PATH_MAX);
	struct str rest;
	bool good = expression_check(text, NULL) == RC_OK;
	enum rc rc = expression_format(text, &scope, &out, NULL);
	ASSERT(good == (rc == RC_OK || (good && rc == RC_LIMIT)));
	(void)!expression_date(text, scope.now, &date, NULL);
	(void)!filter_check(text, NULL);
	(void)filter_match(text, STR("X-Order-Id"));
	if (address_check(text, NULL) == RC_OK) {
		ASSERT(address_conflicts(text, text));
	}
	(void)!address_path(text, &path);
	(void)address_match(STR("/a/*"), text, &rest);
	(void)dn_equal(text, STR("CN=a, O=b"));
	return 0;
}
