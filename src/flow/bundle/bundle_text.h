/* SPDX-License-Identifier: Apache-2.0
 * The two text formats inside a bundle: Java properties and the manifest. */
#pragma once

#include "json/value.h"

/** Parse Java properties into an object name → string. RC_INVALID, RC_LIMIT.
 * Source: java.util.Properties.load. */
MUST_USE enum rc bundle_parse_properties(struct str text, struct value **ret, struct err *reterr);

/** Parse a manifest's main section, continuation lines unfolded, into an object. RC_INVALID, RC_LIMIT.
 * Source: JAR File Specification, "JAR Manifest". */
MUST_USE enum rc bundle_parse_manifest(struct str text, struct value **ret, struct err *reterr);

/** Append a key or a value with Java's escapes. Source: java.util.Properties.store. */
void bundle_escape_property(struct buf *out, struct str text, bool is_key);
