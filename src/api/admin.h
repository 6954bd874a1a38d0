/* SPDX-License-Identifier: Apache-2.0
 * Handlers of /admin/v1; each answers its call, at once or later. */
#pragma once

#include "api/call.h"

void admin_status(struct call *call);
void admin_ca_show(struct call *call);
void admin_ca_issue(struct call *call);
void admin_ca_sign(struct call *call);
void admin_ca_revoke(struct call *call);
void admin_ca_crl(struct call *call);
void admin_ca_certificates(struct call *call);
void admin_keystore_list(struct call *call);
void admin_keystore_get(struct call *call);
void admin_keystore_import(struct call *call);
void admin_keystore_create(struct call *call);
void admin_keystore_rename(struct call *call);
void admin_keystore_delete(struct call *call);
void admin_keystore_export(struct call *call);
void admin_keystore_request(struct call *call);
void admin_keystore_signing_response(struct call *call);
void admin_keystore_backup(struct call *call);
void admin_keystore_restore(struct call *call);
void admin_keystore_crls(struct call *call);
void admin_credential_list(struct call *call);
void admin_credential_put(struct call *call);
void admin_credential_delete(struct call *call);
void admin_role_list(struct call *call);
void admin_role_create(struct call *call);
void admin_role_delete(struct call *call);
void admin_instance_list(struct call *call);
void admin_instance_get(struct call *call);
void admin_instance_create(struct call *call);
void admin_instance_update(struct call *call);
void admin_instance_delete(struct call *call);
void admin_key_list(struct call *call);
void admin_key_get(struct call *call);
void admin_key_credentials(struct call *call);
void admin_key_create(struct call *call);
void admin_key_add_certificate(struct call *call);
void admin_key_remove_certificate(struct call *call);
void admin_key_delete(struct call *call);
void admin_artifact_list(struct call *call);
void admin_artifact_get(struct call *call);
void admin_artifact_deploy(struct call *call);
void admin_artifact_create(struct call *call);
void admin_artifact_undeploy(struct call *call);
void admin_message_list(struct call *call);
void admin_message_get(struct call *call);
void admin_setting_list(struct call *call);
void admin_setting_put(struct call *call);
void admin_destination_check(struct call *call);
void admin_destination_doctor(struct call *call);
void admin_message_doctor(struct call *call);
void admin_file_doctor(struct call *call);
void admin_binding_create(struct call *call);
