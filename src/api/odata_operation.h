/* SPDX-License-Identifier: Apache-2.0
 * Handlers of the operations of the OData API, by family; each answers its call, at once or later. */
#pragma once

#include "api/odata.h"

/* odata_service.c: the service itself. */
void odata_service_root(struct odata_call *oc);
void odata_service_metadata(struct odata_call *oc);

/* odata_keystore.c: what the keystore tells. */
void odata_keystore_entries(struct odata_call *oc);
void odata_keystore_entry(struct odata_call *oc);
void odata_keystore_certificate(struct odata_call *oc);
void odata_keystore_chain(struct odata_call *oc);
void odata_keystore_chain_resource(struct odata_call *oc);
void odata_keystore_ssh(struct odata_call *oc);
void odata_keystore_signing_request(struct odata_call *oc);
void odata_keystore_whole(struct odata_call *oc);
void odata_keystore_whole_entries(struct odata_call *oc);
void odata_keystore_size(struct odata_call *oc);
void odata_keystore_public(struct odata_call *oc);
void odata_keystore_history(struct odata_call *oc);
void odata_keystore_history_entry(struct odata_call *oc);
