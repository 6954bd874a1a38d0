/* SPDX-License-Identifier: Apache-2.0
 * CSRF tokens of the OData API: asked for where a browser could send the credentials by itself. */
#pragma once

#include "api/odata/odata_call.h"

/** Texts of the fields that a fetched token is answered with. */
struct odata_csrf_fields {
	char *token;
	char *cookie;
};
/** Release; accepts a zeroed one. */
void odata_csrf_fields_fini(struct odata_csrf_fields *fields);

/** Whether a request may go on: it only reads, has a Bearer token or came by the socket, or bears a good
 * token. */
bool odata_csrf_good(const struct odata_call *oc);
/** Answer 403 with X-CSRF-Token: Required. */
void odata_csrf_refuse(struct odata_call *oc);
/** Where a token is fetched: make one. Returns how many fields (at most 2, borrowing from texts) were put
 * into out. */
size_t odata_csrf_fetch(const struct odata_call *oc, struct odata_csrf_fields *texts, struct http_field *out);
