/* SPDX-License-Identifier: Apache-2.0
 * Lists of entity tags, as If-Match and If-None-Match have them. */
#pragma once

#include "base/str.h"

/**
 * Whether a list of entity tags names this one; "*" names each that there is.
 *
 * list  value of the field, of any length
 * tag   as the ETag field has it; "" where there is nothing to compare with: no list names that.
 *       One without quotes, as SAP's
 *       Destination service has them, is named with quotes and without.
 * weak  compare as If-None-Match does, where W/ makes no difference;
 *       else, as If-Match does, a weak one in the list is none
 *
 * Source: RFC 9110 §8.8.3, §13.1.1 and §13.1.2.
 */
bool http_etag_listed(struct str list, const char *tag, bool weak);
