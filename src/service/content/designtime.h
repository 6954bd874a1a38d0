/* SPDX-License-Identifier: Apache-2.0
 * Design-time artifacts: what tools upload, in versions, before it is deployed.
 * Values are as the OData API has them. */
#pragma once

#include "service/core/service.h"

/** The version that always names the one that is worked on. */
#define DESIGNTIME_ACTIVE "active"
/** Most artifacts of a subaccount, and versions of one of them. */
#define DESIGNTIME_MAX 2000
#define DESIGNTIME_MAX_VERSIONS 50

/** What identifies a version; all borrowed. */
struct designtime_name {
	const char *tenant;
	const char *kind; /* the entity set: "IntegrationDesigntimeArtifacts" */
	const char *id;
	const char *version; /* "active" (any case), or a version */
};

/** The active versions of a kind, of one package or ("") of all. RC_NOT_FOUND no such package. */
MUST_USE enum rc service_designtime_list(struct session *session, const char *tenant, const char *kind,
					 const char *package, struct value **ret, struct err *reterr);
/** One version; ret may also be given the facts of the bundle: {…, "facts":{}, "modified_us"}.
 * RC_NOT_FOUND. */
MUST_USE enum rc service_designtime_get(struct session *session, const struct designtime_name *name,
					struct value **ret, struct err *reterr);
/** Append its bytes. RC_NOT_FOUND. */
MUST_USE enum rc service_designtime_content(struct session *session, const struct designtime_name *name,
					    struct buf *out, struct err *reterr);

/** A version to be written; all borrowed. */
struct designtime_draft {
	const char *package;       /* NULL: the one it is in */
	const char *title;         /* "Name"; NULL: the bundle's, or the one it has */
	const char *description;   /* NULL likewise */
	struct str content;        /* the zip */
	const struct value *facts; /* bundle_inspect()'s of the zip */
	int64_t modified_us;       /* of the version that was changed; 0: whatever it is */
	const char *user;
};

/**
 * Make an artifact; its version is the bundle's.
 * RC_EXISTS, RC_NOT_FOUND no such package (err->field "PackageId"), RC_INVALID the bundle is of another type,
 * RC_LIMIT
 */
MUST_USE enum rc service_designtime_create(struct session *session, const struct designtime_name *name,
					   const struct designtime_draft *draft, struct value **ret,
					   struct err *reterr);
/**
 * Replace the content; the version that the bundle names becomes the active one.
 * RC_NOT_FOUND, RC_INVALID the bundle is another artifact's or of another type, RC_AGAIN it was changed
 * meanwhile, RC_LIMIT
 */
MUST_USE enum rc service_designtime_update(struct session *session, const struct designtime_name *name,
					   const struct designtime_draft *draft, struct value **ret,
					   struct err *reterr);
/** Delete it with all versions; what is deployed stays deployed. RC_NOT_FOUND. */
MUST_USE enum rc service_designtime_delete(struct session *session, const struct designtime_name *name,
					   struct err *reterr);
