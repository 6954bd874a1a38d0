/* SPDX-License-Identifier: Apache-2.0
 * Handlers of /destination-configuration/v1. */
#pragma once

#include "api/call.h"

/** GET /destination-configuration/v1/subaccountDestinations, and instanceDestinations likewise. */
void destination_api_list(struct call *call);
/** GET /destination-configuration/v1/subaccountDestinations/{name}, and instanceDestinations likewise. */
void destination_api_get(struct call *call);
/** POST /destination-configuration/v1/subaccountDestinations, and instanceDestinations likewise. */
void destination_api_create(struct call *call);
/** PUT /destination-configuration/v1/subaccountDestinations, and instanceDestinations likewise. */
void destination_api_update(struct call *call);
/** PATCH /destination-configuration/v1/subaccountDestinations, and instanceDestinations likewise. */
void destination_api_patch(struct call *call);
/** DELETE /destination-configuration/v1/subaccountDestinations/{name}, and instanceDestinations likewise. */
void destination_api_delete(struct call *call);
/** DELETE /destination-configuration/v1/subaccountDestinations, and instanceDestinations likewise. */
void destination_api_delete_many(struct call *call);
/** GET /destination-configuration/v1/destinations/{name}. */
void destination_api_find(struct call *call);
/** GET /destination-configuration/v1/subaccountCertificates, and instanceCertificates likewise. */
void destination_api_certificate_list(struct call *call);
/** GET /destination-configuration/v1/subaccountCertificates/{name}, and instanceCertificates likewise. */
void destination_api_certificate_get(struct call *call);
/** POST /destination-configuration/v1/subaccountCertificates, and instanceCertificates likewise. */
void destination_api_certificate_create(struct call *call);
/** PUT /destination-configuration/v1/subaccountCertificates, and instanceCertificates likewise. */
void destination_api_certificate_update(struct call *call);
/** DELETE /destination-configuration/v1/subaccountCertificates/{name}, and instanceCertificates likewise. */
void destination_api_certificate_delete(struct call *call);
/** DELETE /destination-configuration/v1/subaccountCertificates, and instanceCertificates likewise. */
void destination_api_certificate_delete_many(struct call *call);
