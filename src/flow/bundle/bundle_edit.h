/* SPDX-License-Identifier: Apache-2.0
 * Bundles at design time, of any type and whatever steps are in them: what is in one, and changes to it. */
#pragma once

#include "flow/bundle/bundle.h"

/** Longest name of a resource, and where resources stand. */
#define BUNDLE_RESOURCES "src/main/resources/"

/**
 * What is in a bundle:
 * {"id","name","version","type","description","parameters":[{"ParameterKey","ParameterValue","DataType",
 * "Description"}],
 *  "resources":[{"Name","ResourceType","path"}]}
 *
 * type is SAP-BundleType, "IntegrationFlow" when absent; resources are the files below BUNDLE_RESOURCES but
 * flow and parameters.
 * RC_INVALID, RC_LIMIT, RC_UNSUPPORTED as bundle_open(), but for the type and the flow
 */
MUST_USE enum rc bundle_inspect(struct str zip, struct value **ret, struct err *reterr);

/** Append one entry, named by its path. RC_NOT_FOUND, and as above. */
MUST_USE enum rc bundle_extract(struct str zip, const char *path, struct buf *out, struct err *reterr);

/** Changes to a bundle; a member that is NULL or p NULL leaves things as they are. All borrowed. */
struct bundle_edit {
	const char *parameter; /* set this one … */
	struct str value;      /* … to this */
	const char *put;       /* path of an entry to add or replace … */
	struct str content;    /* … with this */
	const char *remove;    /* path of an entry to remove */
	const char *version;   /* Bundle-Version */
};

/** Append the bundle with its changes. RC_NOT_FOUND no such parameter or entry, and as above. */
MUST_USE enum rc bundle_apply(struct str zip, const struct bundle_edit *edit, struct buf *out,
			      struct err *reterr);

/**
 * Where a resource of a type stands: "groovy" and "a.groovy" give "src/main/resources/script/a.groovy".
 * Owned.
 * RC_INVALID an unknown type, or a name with a path in it (err->field tells which)
 */
MUST_USE enum rc bundle_resource_path(const char *type, const char *name, char **ret, struct err *reterr);
