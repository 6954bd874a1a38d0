/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as a bundle, and as the two text formats inside one. */
#include "flow/bundle.h"

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
	(void)!bundle_parse_properties(bytes, &properties, &err);
	(void)!bundle_parse_manifest(bytes, &manifest, &err);
	return 0;
}
