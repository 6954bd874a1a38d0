/* SPDX-License-Identifier: Apache-2.0
 * Java properties, the format in which destinations are exported. Pure. */
#pragma once

#include "base/buf.h"
#include "json/value.h"

/**
 * Parse "key=value" lines with #-comments, continuation lines and escapes; all values are strings.
 * RC_INVALID a line without a key, or with bytes or escapes that are no text, by its number.
 * Source: java.util.Properties.load.
 */
MUST_USE enum rc properties_parse(struct value **ret, struct str text, struct err *reterr);
/** Append the members of an object as lines. */
void properties_format(const struct value *object, struct buf *out);
