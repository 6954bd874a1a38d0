/* SPDX-License-Identifier: Apache-2.0
 * Integration flow bundles: the zip with manifest, parameters and .iflw, opened in memory with limits, and written. */
#pragma once

#include "flow/plan.h"

/** Limits of a bundle from outside [bytes, entries]. */
#define BUNDLE_MAX_ZIP ((size_t)10 * 1024 * 1024)
#define BUNDLE_MAX_ENTRIES 2000
#define BUNDLE_MAX_NAME 512
#define BUNDLE_MAX_ENTRY ((size_t)16 * 1024 * 1024)
#define BUNDLE_MAX_TOTAL ((size_t)64 * 1024 * 1024)

/** What a bundle says. Owns all it points to. */
struct bundle {
	char *id;      /* Bundle-SymbolicName without directives */
	char *name;    /* Bundle-Name, else id */
	char *version; /* Bundle-Version, else "1.0.0" */
	char *file;    /* name of the .iflw in the zip */
	char *iflw;    /* its text, n_iflw [bytes] and a NUL */
	size_t n_iflw;
	struct value *parameters; /* object name → string */
};

/**
 * Open a bundle.
 *
 * zip  all bytes of the file, at most BUNDLE_MAX_ZIP
 *
 * RC_INVALID no zip, no manifest, no or several .iflw, a name with ".." or absolute, a malformed manifest
 * RC_LIMIT one of the limits above; sizes are checked as declared and, of what is read, as really inflated
 * RC_UNSUPPORTED an encrypted entry, or a bundle of another type than IntegrationFlow
 */
MUST_USE enum rc bundle_open(struct bundle **ret, struct str zip, struct err *reterr);

/** Open a bundle and read its flow: what a deployment does. ret_bundle may be NULL. Errors of both. */
MUST_USE enum rc bundle_read(struct str zip, struct bundle **ret_bundle, struct flow_plan **ret_plan,
			     struct err *reterr);

/** Free a bundle; accepts NULL. */
void bundle_free(struct bundle *bundle);
DEFINE_CLEANUP(struct bundle, bundle_free);

/** What `artifact create` is told. Members are borrowed. */
struct bundle_spec {
	struct str name;    /* id and name: 1 to 120 of A-Z a-z 0-9 _ . - and space */
	struct str version; /* "1.0.0" when empty */
	struct str address; /* "/orders" */
	struct str role;    /* "ESBMessaging.send" when empty */
	bool csrf;
	uint32_t max_body_mb; /* [MB], 40 when 0 */
	struct str to;        /* URL to pass the request on to; p NULL for none */
	struct str reply;     /* text to answer with, an expression where it holds "${"; p NULL for none */
};

/**
 * Write a bundle as the ecosystem has it, the same bytes for the same spec. Without `to` and `reply` the flow
 * answers with what it was sent. RC_INVALID (err->field names the member), RC_LIMIT at out's maximum.
 */
MUST_USE enum rc bundle_write(const struct bundle_spec *spec, struct buf *out, struct err *reterr);

/** Parse Java properties into an object name → string. RC_INVALID, RC_LIMIT. Source: java.util.Properties.load. */
MUST_USE enum rc bundle_parse_properties(struct str text, struct value **ret, struct err *reterr);

/** Parse a manifest's main section, continuation lines unfolded, into an object. RC_INVALID, RC_LIMIT.
 * Source: JAR File Specification, "JAR Manifest". */
MUST_USE enum rc bundle_parse_manifest(struct str text, struct value **ret, struct err *reterr);
/** Append a key or a value with Java's escapes. Source: java.util.Properties.store. */
void bundle_escape_property(struct buf *out, struct str text, bool is_key);
