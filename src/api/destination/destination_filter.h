/* SPDX-License-Identifier: Apache-2.0
 * The part of OData's $filter that the Destination service knows. */
#pragma once

#include "json/value.h"

/**
 * Keep the elements of a list whose "Name" fits.
 *
 * filter  decoded once: Name in ('a','b') | startswith(Name,'p') | endswith(Name,'s'); spaces do not count
 *
 * RC_INVALID another filter. Source: SAP, OpenAPI of the Destination service, $filter.
 */
MUST_USE enum rc destination_filter_apply(struct str filter, const struct value *list, struct value **ret,
					  struct err *reterr);
/** The minutes (1 to 1440) of modifiedwithin('30', 'minutes');
 * false: it is another filter, or not that range. */
bool destination_filter_minutes(struct str filter, uint64_t *ret);
/** The names of Name in ('a','b'), at most 1000. RC_INVALID. */
MUST_USE enum rc destination_filter_names(struct str filter, struct value **ret, struct err *reterr);
