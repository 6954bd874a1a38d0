/* SPDX-License-Identifier: Apache-2.0
 * What each change of /admin/v1 is about, and so what its If-Match is compared with. */
#include "api/core/precondition.h"

#include "api/admin/admin.h"

#define MAKES "It makes something new, and refuses where that is there."
#define IS_ITS_CONTENT "Its name is the digest of its content, which so cannot be another."
#define ASKS "It changes nothing that is told."

/* Every row of route_table that changes something in /admin/v1 stands here; t_precondition holds it. */
const struct precondition_object precondition_table[] = {
	{ admin_ca_issue, NULL, MAKES, NULL, false },
	{ admin_ca_sign, NULL, MAKES, NULL, false },
	{ admin_ca_revoke, NULL, "A certificate is revoked for good, whatever was read of it.", NULL, false },
	{ admin_ca_server_replace, admin_ca_server_certificates, NULL, NULL, false },
	{ admin_ca_server_reset, admin_ca_server_certificates, NULL, NULL, false },
	{ admin_keystore_crl_delete, NULL, IS_ITS_CONTENT, NULL, false },
	{ admin_keystore_import, admin_keystore_get, NULL, "alias", false },
	{ admin_keystore_create, admin_keystore_get, NULL, "alias", false },
	{ admin_keystore_rename, admin_keystore_get, NULL, "alias", false },
	{ admin_keystore_backup, admin_keystore_list, NULL, NULL, false },
	{ admin_keystore_restore, admin_keystore_list, NULL, NULL, false },
	{ admin_keystore_delete, admin_keystore_get, NULL, NULL, false },
	{ admin_keystore_request, admin_keystore_get, NULL, NULL, false },
	{ admin_keystore_signing_response, admin_keystore_get, NULL, NULL, false },
	{ admin_credential_put, admin_credential_get, NULL, "name", false },
	{ admin_credential_delete, admin_credential_get, NULL, NULL, false },
	{ admin_subaccount_create, admin_subaccount_get, NULL, "name", false },
	{ admin_subaccount_delete, admin_subaccount_get, NULL, NULL, false },
	{ admin_token_key_rotate, admin_token_key_list, NULL, NULL, false },
	{ admin_role_create, admin_role_get, NULL, "name", false },
	{ admin_role_delete, admin_role_get, NULL, NULL, false },
	{ admin_instance_create, admin_instance_get, NULL, "name", false },
	{ admin_instance_update, admin_instance_get, NULL, NULL, false },
	{ admin_instance_delete, admin_instance_get, NULL, NULL, false },
	{ admin_key_create, NULL, MAKES, NULL, false },
	{ admin_key_delete, admin_key_get, NULL, NULL, false },
	{ admin_key_add_certificate, admin_key_get, NULL, NULL, false },
	{ admin_key_remove_certificate, admin_key_get, NULL, NULL, false },
	{ admin_artifact_deploy, admin_artifact_get, NULL, "id", true },
	{ admin_artifact_create, admin_artifact_get, NULL, "id", false },
	{ admin_artifact_undeploy, admin_artifact_get, NULL, NULL, false },
	{ admin_setting_put, admin_setting_list, NULL, NULL, false },
	{ admin_destination_check, NULL, ASKS, NULL, false },
	{ admin_destination_doctor, NULL, ASKS, NULL, false },
	{ admin_file_doctor, NULL, ASKS, NULL, false },
	{ admin_binding_create, NULL, MAKES, NULL, false },
	{ 0 },
};
