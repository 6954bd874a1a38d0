/* SPDX-License-Identifier: Apache-2.0
 * $filter: parsed with limits, then asked about one entity after the other. */
#pragma once

#include "json/value.h"
#include "odata/literal.h"

/** Limits of a filter from outside [bytes, nodes, nesting]. */
#define ODATA_MAX_FILTER ((size_t)8192)
#define ODATA_MAX_NODES 256
#define ODATA_MAX_DEPTH 24

struct odata_filter;

/**
 * Parse a filter: or, and, not, parentheses; eq ne gt ge lt le;
 * substringof, startswith, endswith, indexof, length, tolower, toupper, trim, concat; members such as
 * IntegrationArtifact/Id; literals as in literal.h.
 *
 * RC_INVALID malformed, the place told   RC_LIMIT one of the limits above
 * Source: OData 2.0, "URI Conventions" §4.5.
 */
MUST_USE enum rc odata_filter_parse(struct odata_filter **ret, struct str text, struct err *reterr);
/** Free; accepts NULL. */
void odata_filter_free(struct odata_filter *filter);
DEFINE_CLEANUP(struct odata_filter, odata_filter_free);

/** Whether an entity passes. A member that is not there is null;
 * null passes no comparison but eq null and ne. Pure. */
bool odata_filter_match(const struct odata_filter *filter, const struct value *entity);

/** The i-th member named in it ("IntegrationArtifact/Id"), or NULL when there are no more; borrowed. */
const char *odata_filter_member(const struct odata_filter *filter, size_t i);

/** The text that a member has to equal for the whole filter to pass, for stores that can look up;
 * NULL when none. */
const char *odata_filter_required(const struct odata_filter *filter, const char *member);
