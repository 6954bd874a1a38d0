/* SPDX-License-Identifier: Apache-2.0
 * Resource paths of OData: segments with keys in parentheses. */
#pragma once

#include "base/buf.h"

/** Limits of a path from outside. */
#define ODATA_MAX_PATH ((size_t)8192)
#define ODATA_MAX_SEGMENTS 6
#define ODATA_MAX_KEYS 6
#define ODATA_MAX_NAME 100

/** One key predicate; both owned. */
struct odata_key {
	char *name;  /* NULL where the key stands alone: Set('x') */
	char *value; /* text; a number as it was written */
};

/** One segment: a name and its keys. */
struct odata_segment {
	char *name; /* "KeystoreEntries", "$value"; owned */
	struct odata_key keys[ODATA_MAX_KEYS];
	size_t n_keys;
};

/** A path; release with odata_path_fini(). */
struct odata_path {
	struct odata_segment segments[ODATA_MAX_SEGMENTS];
	size_t n;
};
/** Release; accepts a zeroed one. */
void odata_path_fini(struct odata_path *path);

/**
 * Parse the part of a path behind the service's root.
 *
 * raw  "KeystoreEntries('414243')/Certificate/$value", percent escapes as they came; "" and "/" are the root
 *
 * RC_INVALID malformed: an empty segment, an open parenthesis or quote, a name with other characters, a key
 * twice
 * RC_LIMIT   more segments or keys than above, or a longer text
 * Source: OData 2.0, "URI Conventions" §2.2.
 */
MUST_USE enum rc odata_path_parse(struct odata_path *ret, struct str raw, struct err *reterr);

/** A key of a segment by name; one that stands alone has every name.
 * NULL when absent or there is no such segment. */
const char *odata_path_key(const struct odata_path *path, size_t segment, const char *name);

/** Append the path's shape: "KeystoreEntries(*)/Certificate/$value". */
void odata_path_shape(const struct odata_path *path, struct buf *out);
