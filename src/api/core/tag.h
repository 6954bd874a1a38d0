/* SPDX-License-Identifier: Apache-2.0
 * ETags: what is told of an object is its state. */
#pragma once

#include "pki/digest.h"

/** A strong ETag with its quotes, and NUL. */
#define TAG_SIZE (DIGEST_SHA256_TEXT_SIZE + 2)

/** The ETag of what is told of an object: SHA-256 of its JSON. */
void tag_make(struct str body, char ret[TAG_SIZE]);
