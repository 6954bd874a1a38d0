/* SPDX-License-Identifier: Apache-2.0
 * System query options: $filter, $orderby, $top, $skip, $inlinecount, $expand, $select, $format. */
#pragma once

#include "odata/filter.h"

/** Most names in $orderby, $expand and $select. */
#define ODATA_MAX_ORDERS 4
#define ODATA_MAX_EXPANDS 8
#define ODATA_MAX_SELECTS 64

enum odata_format { ODATA_FORMAT_ANY, ODATA_FORMAT_JSON, ODATA_FORMAT_XML };

struct odata_order {
	char *member; /* "LogEnd", "IntegrationArtifact/Id"; owned */
	bool descending;
};

/** The options of one request; release with odata_query_fini(). */
struct odata_query {
	struct odata_filter *filter; /* NULL: none */
	struct odata_order orders[ODATA_MAX_ORDERS];
	size_t n_orders;
	bool has_top;
	uint64_t top, skip;
	bool count; /* $inlinecount=allpages */
	char *expands[ODATA_MAX_EXPANDS];
	size_t n_expands;
	char *selects[ODATA_MAX_SELECTS];
	size_t n_selects;
	enum odata_format format;
};
/** Release; accepts a zeroed one. */
void odata_query_fini(struct odata_query *query);

/**
 * Parse the system query options of a raw query (p NULL: none);
 * parameters without "$" are left to the operation.
 *
 * RC_INVALID an unknown "$" option, one given twice, or a malformed one   RC_LIMIT too many names, or as in
 * filter.h
 * Source: OData 2.0, "URI Conventions" §4.
 */
MUST_USE enum rc odata_query_parse(struct odata_query *ret, struct str raw, struct err *reterr);

/** Whether a navigation property is to be expanded. */
bool odata_query_expands(const struct odata_query *query, const char *navigation);
/** Whether a property is asked for: named in $select, or there is none. */
bool odata_query_selects(const struct odata_query *query, const char *property);

/**
 * Filter, sort and page entities as the options say.
 *
 * take_all   array of entities; taken
 * ret_count  how many passed the filter
 * Returns the page as a new array. The order of equal entities is kept.
 */
struct value *odata_query_apply(const struct odata_query *query, struct value *take_all, uint64_t *ret_count);
