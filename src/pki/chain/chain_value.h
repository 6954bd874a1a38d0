/* SPDX-License-Identifier: Apache-2.0
 * Chains in JSON: an array of the base64 of each certificate. */
#pragma once

#include "json/value.h"
#include "pki/cert.h"

/** The array of a chain; owned. */
struct value *chain_value_of(const struct cert_list *chain);
/** Read such an array and append it to ret. RC_LIMIT more than max; RC_INVALID one is no base64 or no
 * certificate. */
MUST_USE enum rc chain_value_read(const struct value *array, size_t max, struct cert_list *ret,
				  struct err *reterr);
