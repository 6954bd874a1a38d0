/* SPDX-License-Identifier: Apache-2.0
 * Finding an absurd iteration count in DER that strict parsers refuse to read. */
#pragma once

#include "base/str.h"

/**
 * Whether an INTEGER that follows an OCTET STRING in one sequence (salt, then count:
 * PBEParameter, PBKDF2-params and MacData all have it so) is negative, empty or above max, however it is
 * padded. Looks into octet strings too. Reads BER as far as it goes; what cannot be read counts for nothing.
 *
 * Bounded: each byte is looked at once a level, at most 24 levels. Source: RFC 8018 A.2 and A.3, RFC 7292 §4.
 */
bool count_is_absurd(struct str der, uint64_t max);
