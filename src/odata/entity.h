/* SPDX-License-Identifier: Apache-2.0
 * The one table of entity sets: it shapes answers, checks the names in query options, and is told as
 * $metadata. */
#pragma once

#include "odata/query.h"

#define ODATA_NAMESPACE "com.sap.hci.api"

enum odata_type {
	ODATA_STRING,
	ODATA_INT32,
	ODATA_INT64, /* a text in JSON */
	ODATA_BOOLEAN,
	ODATA_DATETIME,       /* milliseconds inside, /Date(ms)/ outside */
	ODATA_DATETIMEOFFSET, /* milliseconds inside, /Date(ms+0000)/ outside */
	ODATA_COMPLEX,
};

struct odata_complex;

struct odata_property {
	const char *name;
	enum odata_type type;
	bool key;
	bool nullable;
	int max; /* longest text [characters]; 0 none */
	const struct odata_complex *complex;
};

/** A type without key that stands inside an entity. */
struct odata_complex {
	const char *name;
	const struct odata_property *properties;
	size_t n;
};

struct odata_navigation {
	const char *name;
	const char *set; /* where it leads to */
	bool many;
};

struct odata_entity {
	const char *set;  /* "KeystoreEntries" */
	const char *type; /* "KeystoreEntry" */
	const struct odata_property *properties;
	size_t n;
	const struct odata_navigation *navigations;
	size_t n_navigations;
	const char *media; /* content type behind $value; NULL: no media */
};

/** All entity sets; ends with a row without a set. */
extern const struct odata_entity odata_entities[];

/** An operation that is called like a set. */
struct odata_function {
	const char *name;
	const char *method;
	const char *parameters; /* names with a blank between */
};
/** All of them; ends with a row without a name. */
extern const struct odata_function odata_functions[];

/** The entity of a set; NULL when there is none. */
const struct odata_entity *odata_entity_find(const char *set);

/**
 * Check that each name in $filter, $orderby, $expand and $select is one of the entity's.
 * RC_INVALID another name, told.
 */
MUST_USE enum rc odata_entity_check(const struct odata_entity *entity, const struct odata_query *query,
				    struct err *reterr);

/** Append the service's description as EDMX. Source: [MC-CSDL] for version 2. RC_LIMIT at out's maximum. */
MUST_USE enum rc odata_entity_metadata(struct buf *out);
