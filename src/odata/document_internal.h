/* SPDX-License-Identifier: Apache-2.0
 * What the JSON and the Atom form of documents share. */
#pragma once

#include "odata/document.h"

/** The entity's own URI: "ROOT/KeystoreEntries('4142')"; owned. */
char *document_uri(const struct odata_document *document, const struct value *entity);

/**
 * Whether a navigation property is expanded; then ret and ret_query are what its entities are told with.
 * ret_query borrows from document->query and is not released.
 */
bool document_expanded(const struct odata_document *document, const struct odata_navigation *navigation,
		       const struct value *entity, struct odata_document *ret, struct odata_query *ret_query);
