/* SPDX-License-Identifier: Apache-2.0
 * One step over tags and lengths of DER or BER that believes nothing. */
#pragma once

#include "base/str.h"

struct der_element {
	uint8_t tag;
	struct str content;
};

/** The next element of *rest, which then stands behind it;
 * a length past the end, or none, takes all there is. False where none can be read. */
bool der_next(struct str *rest, struct der_element *ret);
