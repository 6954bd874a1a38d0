/* SPDX-License-Identifier: Apache-2.0
 * Entities as documents: OData JSON with its metadata, and Atom. */
#pragma once

#include "odata/entity.h"

/** What a document is made for. */
struct odata_document {
	const char *root; /* "http://localhost:8080/api/v1", no slash at the end */
	const struct odata_entity *entity;
	const struct odata_query *query;
	struct wall now; /* what Atom tells as updated */
};

/**
 * One entity as OData JSON: __metadata, its properties as $select asks, navigation as __deferred or, where
 * $expand asks and the value holds that member, expanded. Owned. Source: OData 2.0, "JSON Format".
 */
struct value *odata_document_entity(const struct odata_document *document, const struct value *entity);

/** {"d":{…}} of one entity; owned. */
struct value *odata_document_one(const struct odata_document *document, const struct value *entity);
/** {"d":{"__count"?,"results":[…]}} of an array; with_count as $inlinecount asks; owned. */
struct value *odata_document_many(const struct odata_document *document, const struct value *entities,
				  bool with_count, uint64_t count);

/** Append one entity as Atom entry. RC_LIMIT at out's maximum. Source: OData 2.0, "AtomPub Format". */
MUST_USE enum rc odata_document_entry(const struct odata_document *document, const struct value *entity,
				      struct buf *out);
/** Append an array as Atom feed. RC_LIMIT. */
MUST_USE enum rc odata_document_feed(const struct odata_document *document, const struct value *entities,
				     bool with_count, uint64_t count, struct buf *out);
/** Append the service document as AtomPub. RC_LIMIT. */
MUST_USE enum rc odata_document_service(const char *root, struct buf *out);

/** Append text with XML's five characters escaped and control characters left out. */
void odata_document_escape(struct buf *out, struct str text);
