/* SPDX-License-Identifier: Apache-2.0
 * Distinguished names, compared: the one truth for certificates, lists, service keys and what people type. */
#pragma once

#include "base/buf.h"

/**
 * Append the form of a name in text (RFC 2253, 4514 or 1779) that is the same for all ways of writing it:
 * types by one name, values without case and insignificant blanks, the attributes of one part in one order;
 * the order of parts is kept. It is for comparing alone, not for showing. text need not be well-formed; an
 * empty name appends nothing. out gets at most a little more than text has. Source: RFC 5280 §7.1, RFC 4518
 * (case folding of Latin, Greek and Cyrillic letters; no composing).
 */
void dn_canonical(struct str text, struct buf *out);

/** The same of a text that may be NULL, as an owned copy: free its bytes. */
struct str dn_canonical_dup(const char *text);

/** Whether two names in text form are the same by dn_canonical(); two empty names are not equal. */
bool dn_equal(struct str a, struct str b);
