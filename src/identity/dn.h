/* SPDX-License-Identifier: Apache-2.0
 * Distinguished names that people typed, compared with those of certificates. */
#pragma once

#include "base/str.h"

/**
 * Whether two names in text form are the same: order of parts kept; blanks around "," "+" "=" and the case of types and
 * values do not count; "S" is "ST", "E" and "EMAIL" are "emailAddress". Neither needs to be well-formed; two
 * empty names are not equal. Source: RFC 4514 §3, RFC 5280 §7.1 (caseIgnoreMatch).
 */
bool dn_equal(struct str a, struct str b);
