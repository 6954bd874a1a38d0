/* SPDX-License-Identifier: Apache-2.0
 * Integration flow bundles: the zip with manifest, parameters and .iflw, opened in memory with limits. */
#pragma once

#include "flow/bundle/bundle_limits.h"
#include "flow/plan.h"

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
