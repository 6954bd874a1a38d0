/* SPDX-License-Identifier: Apache-2.0
 * Handlers of the operations of the OData API, by family; each answers its call, at once or later. */
#pragma once

#include "api/odata/odata_call.h"

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

/* odata_keystore_change.c: what changes it. */
void odata_keystore_rename(struct odata_call *oc);
void odata_keystore_delete(struct odata_call *oc);
void odata_keystore_put_certificate(struct odata_call *oc);
void odata_keystore_put_key_pair(struct odata_call *oc);
void odata_keystore_put_chain(struct odata_call *oc);
void odata_keystore_generate(struct odata_call *oc);
void odata_keystore_put_rsa(struct odata_call *oc);
void odata_keystore_put_ssh(struct odata_call *oc);
void odata_keystore_import(struct odata_call *oc);
void odata_keystore_manage(struct odata_call *oc);

/* odata_package.c */
void odata_package_list(struct odata_call *oc);
void odata_package_get(struct odata_call *oc);
void odata_package_create(struct odata_call *oc);
void odata_package_update(struct odata_call *oc);
void odata_package_delete(struct odata_call *oc);

/* odata_designtime.c: integration flows, message and value mappings, script collections. */
void odata_designtime_list(struct odata_call *oc);
void odata_designtime_of_package(struct odata_call *oc);
void odata_designtime_get(struct odata_call *oc);
void odata_designtime_get_of_package(struct odata_call *oc);
void odata_designtime_download(struct odata_call *oc);
void odata_designtime_create(struct odata_call *oc);
void odata_designtime_update(struct odata_call *oc);
void odata_designtime_delete(struct odata_call *oc);
void odata_designtime_save_as(struct odata_call *oc);

/* odata_bundle_part.c: what stands inside them. */
void odata_configuration_list(struct odata_call *oc);
void odata_configuration_get(struct odata_call *oc);
void odata_configuration_update(struct odata_call *oc);
void odata_resource_list(struct odata_call *oc);
void odata_resource_get(struct odata_call *oc);
void odata_resource_download(struct odata_call *oc);
void odata_resource_create(struct odata_call *oc);
void odata_resource_update(struct odata_call *oc);
void odata_resource_delete(struct odata_call *oc);

/* odata_deployment.c: deployment, runtime artifacts, endpoints. */
void odata_deployment_start(struct odata_call *oc);
void odata_deployment_status(struct odata_call *oc);
void odata_runtime_list(struct odata_call *oc);
void odata_runtime_get(struct odata_call *oc);
void odata_runtime_undeploy(struct odata_call *oc);
void odata_runtime_error(struct odata_call *oc);
void odata_runtime_error_value(struct odata_call *oc);
void odata_endpoint_list(struct odata_call *oc);
void odata_endpoint_get(struct odata_call *oc);
void odata_endpoint_points(struct odata_call *oc);
void odata_endpoint_definitions(struct odata_call *oc);

/* odata_message.c */
void odata_message_list(struct odata_call *oc);
void odata_message_get(struct odata_call *oc);
void odata_message_error(struct odata_call *oc);
void odata_message_error_value(struct odata_call *oc);
void odata_message_headers(struct odata_call *oc);
void odata_message_attributes(struct odata_call *oc);
void odata_message_attachments(struct odata_call *oc);
void odata_message_store(struct odata_call *oc);

/* odata_credential.c */
void odata_credential_list(struct odata_call *oc);
void odata_credential_get(struct odata_call *oc);
void odata_credential_create(struct odata_call *oc);
void odata_credential_update(struct odata_call *oc);
void odata_credential_delete(struct odata_call *oc);
void odata_material_list(struct odata_call *oc);
void odata_material_get(struct odata_call *oc);
void odata_material_create(struct odata_call *oc);
void odata_material_update(struct odata_call *oc);
void odata_material_delete(struct odata_call *oc);
void odata_access_policy_list(struct odata_call *oc);
void odata_access_policy_get(struct odata_call *oc);
