/* SPDX-License-Identifier: Apache-2.0
 * Handlers of /destination-configuration. Where a path begins with "subaccount", the same handler serves
 * "instance". */
#pragma once

#include "api/core/call.h"

/** GET /v1/subaccountDestinations, subaccountDestinationFragments, subaccountCertificates. */
void destination_api_list(struct call *call);
/** GET /v1/subaccountDestinations/{name}, and of the other two. */
void destination_api_get(struct call *call);
/** POST /v1/subaccountDestinations, subaccountDestinationFragments. */
void destination_api_create(struct call *call);
/** PUT of both. */
void destination_api_update(struct call *call);
/** PATCH of both. */
void destination_api_patch(struct call *call);
/** DELETE /v1/subaccountDestinations/{name}, and of the other two. */
void destination_api_delete(struct call *call);
/** DELETE /v1/subaccountDestinations?$filter=…, and of subaccountCertificates. */
void destination_api_delete_many(struct call *call);
/** GET /v1/subaccountDestinations/{name}/labels, and of the other two. */
void destination_api_label_get(struct call *call);
/** PUT of the same. */
void destination_api_label_put(struct call *call);
/** PATCH of the same. */
void destination_api_label_patch(struct call *call);

/** GET /v1/destinations/{name}: of the instance, else of the subaccount. */
void destination_find_api_find(struct call *call);
/** GET /v2/destinations/{name}@{level}: of that level, of the instance where none is given. */
void destination_find_api_consume(struct call *call);

/** POST /v1/subaccountCertificates: an upload, several, or attributes to make one from. */
void destination_certificate_api_create(struct call *call);
/** PUT of the same. */
void destination_certificate_api_update(struct call *call);
/** GET /v1/subaccountCertificates/{name}/publicKeys. */
void destination_certificate_api_public_keys(struct call *call);

/** GET /v1/saml2Metadata. */
void destination_trust_api_metadata(struct call *call);
/** GET /v1/saml2Metadata/certificate and /passive. */
void destination_trust_api_get(struct call *call);
/** POST of the same: generates or renews. */
void destination_trust_api_make(struct call *call);
/** DELETE /v1/saml2Metadata/certificate/passive. */
void destination_trust_api_delete(struct call *call);
/** POST /v1/saml2Metadata/rotateCertificate. */
void destination_trust_api_rotate(struct call *call);
/** DELETE /maintenance/v1/caches/ias: there is no such cache. */
void destination_trust_api_clear(struct call *call);
