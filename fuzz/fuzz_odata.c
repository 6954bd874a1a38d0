/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as OData path, query options and filter: path, then a line feed, then the query. */
#include "base/memory.h"
#include "odata/entity.h"
#include "odata/path.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct value *entity;
	struct str in = str_from(data, size);
	struct str path_text = str_first(in, str_find(in, '\n')), query_text = str_skip(in, path_text.n + 1);
	AUTO(odata_path_fini) struct odata_path path = { 0 };
	AUTO(odata_query_fini) struct odata_query query = { 0 };
	AUTO(odata_filter_free_cleanup) struct odata_filter *filter = NULL;
	AUTO_BUF(shape, 4096);
	uint64_t count = 0;
	if (!entity &&
	    value_parse(&entity, STR("{\"A\":\"x\",\"B\":1,\"C\":{\"D\":null}}"), 100, NULL) != RC_OK) {
		abort();
	}
	if (odata_path_parse(&path, path_text, NULL) == RC_OK) {
		odata_path_shape(&path, &shape);
		if (path.n > ODATA_MAX_SEGMENTS) {
			abort();
		}
	}
	if (odata_query_parse(&query, query_text, NULL) == RC_OK) {
		struct value *list = value_array();
		value_append(list, value_ref(entity));
		value_free(odata_query_apply(&query, list, &count));
		if (count > 1) {
			abort();
		}
		(void)!odata_entity_check(odata_entities, &query, NULL);
	}
	if (odata_filter_parse(&filter, query_text, NULL) == RC_OK) {
		(void)odata_filter_match(filter, entity);
	}
	return 0;
}
