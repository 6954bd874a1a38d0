/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as a bundle, opened, looked into and changed, and as the two text formats inside one. */
#include "flow/bundle/bundle_edit.h"
#include "flow/bundle/bundle_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = str_from(data, size);
	AUTO(bundle_free_cleanup) struct bundle *bundle = NULL;
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = NULL;
	AUTO_VALUE *properties = NULL;
	AUTO_VALUE *manifest = NULL;
	struct err err;
	(void)!bundle_read(bytes, &bundle, &plan, &err);
	AUTO_VALUE *facts = NULL;
	AUTO_BUF(changed, BUNDLE_MAX_ZIP);
	const struct bundle_edit edit = { .put = "src/main/resources/script/a.groovy",
					  .content = STR("x"),
					  .version = "2.0.0" };
	if (bundle_inspect(bytes, &facts, &err) == RC_OK) {
		(void)!bundle_apply(bytes, &edit, &changed, &err);
	}
	(void)!bundle_parse_properties(bytes, &properties, &err);
	(void)!bundle_parse_manifest(bytes, &manifest, &err);
	return 0;
}
