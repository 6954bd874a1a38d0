/* SPDX-License-Identifier: Apache-2.0
 * JSON written piece by piece into a buffer, for records of a fixed shape: no tree, no allocation. */
#pragma once

#include "base/buf.h"

/** Append s as a JSON string; bytes that are no UTF-8, and NUL, become U+FFFD, as value_string() does it. */
void json_text_string(struct buf *out, struct str s);
/** Append ,"name":"text" without the comma where out is empty or ends in { or [.
 * name needs no escapes; NULL text gives "". */
void json_text_member(struct buf *out, const char *name, struct str text);
/** The same with a number. */
void json_text_member_int(struct buf *out, const char *name, int64_t number);
/** The same with true or false. */
void json_text_member_bool(struct buf *out, const char *name, bool value);
/** The same with JSON that is ready; empty json gives {}. */
void json_text_member_json(struct buf *out, const char *name, struct str json);
