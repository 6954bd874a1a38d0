/* SPDX-License-Identifier: Apache-2.0
 * Zips in memory, bounded: opened, read, and written anew with changes. */
#pragma once

#include "base/buf.h"
#include "flow/bundle/bundle_limits.h"

#include <zip.h>

#define BUNDLE_MANIFEST "META-INF/MANIFEST.MF"
#define BUNDLE_PARAMETERS "src/main/resources/parameters.prop"
#define BUNDLE_PARAMETER_DEFINITIONS "src/main/resources/parameters.propdef"

/** An open zip whose directory was checked. */
struct bundle_archive {
	zip_t *zip;
	zip_uint64_t n; /* entries */
	size_t total;   /* inflated so far [bytes] */
};

/** Open a zip and check names, sizes and ciphers of all entries; bytes are borrowed until the end.
 * Errors of bundle_open(). */
MUST_USE enum rc bundle_archive_open(struct bundle_archive *ret, struct str bytes, struct err *reterr);
/** Release; accepts a zeroed one. */
void bundle_archive_fini(struct bundle_archive *a);
/** Name of the i-th entry as it was opened; borrowed. */
struct str bundle_archive_name(const struct bundle_archive *a, zip_uint64_t i);
/** Append an entry inflated. RC_INVALID damaged, RC_LIMIT at out's maximum or BUNDLE_MAX_TOTAL in all. */
MUST_USE enum rc bundle_archive_read(struct bundle_archive *a, zip_int64_t index, struct buf *out,
				     struct err *reterr);
/** A change of one entry: new bytes, or away with it. All borrowed. */
struct bundle_archive_change {
	const char *name;
	struct str bytes;
	bool remove;
};
/** Append the zip with its changes, written anew. RC_INVALID it cannot be, RC_LIMIT at out's maximum. */
MUST_USE enum rc bundle_archive_rewrite(struct bundle_archive *a, const struct bundle_archive_change *changes,
					size_t n, struct buf *out, struct err *reterr);
/** Append what zip_close() left in a source. RC_LIMIT, RC_BUG. */
MUST_USE enum rc bundle_archive_take(zip_source_t *source, struct buf *out, struct err *reterr);
