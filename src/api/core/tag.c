/* SPDX-License-Identifier: Apache-2.0
 * ETags: what is told of an object is its state. */
#include "api/core/tag.h"

#include <stdio.h>

void tag_make(struct str body, char ret[TAG_SIZE])
{
	char digest[DIGEST_SHA256_TEXT_SIZE];
	(void)snprintf(ret, TAG_SIZE, "\"%s\"", digest_sha256_text(body, digest));
}
