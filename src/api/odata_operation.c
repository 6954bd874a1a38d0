/* SPDX-License-Identifier: Apache-2.0
 * The table of operations of the OData API: method, path, roles, handler. */
#include "api/odata_operation.h"

/* Roles of plan api. Source: SAP Cloud Integration, "Tasks and Permissions". */
#define MONITOR "MonitoringDataRead"
#define SECURITY "SecurityMaterialEdit"

#define READ "WorkspacePackagesRead WorkspacePackagesEdit"
#define EDIT "WorkspacePackagesEdit"
#define CONFIGURE "WorkspacePackagesConfigure WorkspacePackagesEdit"
#define DEPLOY "WorkspaceArtifactsDeploy"
#define WATCH "MonitoringDataRead WorkspaceArtifactsDeploy"

#define POST(shape, roles, handle) \
	{ \
		"POST", shape, roles, false, handle \
	}
#define PUT(shape, roles, handle) \
	{ \
		"PUT", shape, roles, false, handle \
	}
#define DELETE(shape, roles, handle) \
	{ \
		"DELETE", shape, roles, false, handle \
	}
#define GET(shape, roles, handle) \
	{ \
		"GET", shape, roles, false, handle \
	}

#define MESSAGES(shape, handle) \
	{ \
		"GET", shape, MONITOR, false, handle, true \
	}

#define PUT_BYTES(shape, roles, handle) \
	{ \
		"PUT", shape, roles, true, handle \
	}

#define CREDENTIALS "SecurityMaterialEdit CredentialsEdit"
#define MATERIAL(set) \
	GET(set, MONITOR, odata_material_list), POST(set, CREDENTIALS, odata_material_create), \
		GET(set "(*)", MONITOR, odata_material_get), \
		PUT(set "(*)", CREDENTIALS, odata_material_update), \
		DELETE(set "(*)", CREDENTIALS, odata_material_delete)

/* The four kinds of artifacts are handled alike; name is without the plural. */
#define ARTIFACTS(name) \
	GET(name "s", READ, odata_designtime_list), POST(name "s", EDIT, odata_designtime_create), \
		GET(name "s(*)", READ, odata_designtime_get), \
		PUT(name "s(*)", EDIT, odata_designtime_update), \
		DELETE(name "s(*)", EDIT, odata_designtime_delete), \
		GET(name "s(*)/$value", READ, odata_designtime_download), \
		POST(name SAVE_AS, EDIT, odata_designtime_save_as), \
		POST("Deploy" name, DEPLOY, odata_deployment_start), \
		GET("IntegrationPackages(*)/" name "s", READ, odata_designtime_of_package), \
		GET("IntegrationPackages(*)/" name "s(*)", READ, odata_designtime_get_of_package), \
		GET(name "s(*)/Resources", READ, odata_resource_list), \
		POST(name "s(*)/Resources", EDIT, odata_resource_create), \
		GET(name "s(*)/Resources(*)", READ, odata_resource_get), \
		GET(name "s(*)/Resources(*)/$value", READ, odata_resource_download), \
		PUT(name "s(*)/$links/Resources(*)", EDIT, odata_resource_update), \
		DELETE(name "s(*)/$links/Resources(*)", EDIT, odata_resource_delete)
#define SAVE_AS "SaveAsVersion"

const struct odata_operation odata_operations[] = {
	GET("", NULL, odata_service_root),
	GET("$metadata", NULL, odata_service_metadata),

	GET("KeystoreEntries", MONITOR, odata_keystore_entries),
	GET("KeystoreEntries(*)", MONITOR, odata_keystore_entry),
	GET("KeystoreEntries(*)/Certificate/$value", MONITOR, odata_keystore_certificate),
	GET("KeystoreEntries(*)/ChainCertificates", MONITOR, odata_keystore_chain),
	GET("KeystoreEntries(*)/ChainResource/$value", MONITOR, odata_keystore_chain_resource),
	GET("KeystoreEntries(*)/Sshkey/$value", MONITOR, odata_keystore_ssh),
	GET("KeystoreEntries(*)/SigningRequest/$value", MONITOR, odata_keystore_signing_request),
	GET("Keystores(*)", MONITOR, odata_keystore_whole),
	GET("Keystores(*)/Entries", MONITOR, odata_keystore_whole_entries),
	GET("Keystores(*)/Size/$value", MONITOR, odata_keystore_size),
	GET("KeystoreResources(*)", MONITOR, odata_keystore_public),
	PUT("KeystoreEntries(*)", SECURITY, odata_keystore_rename),
	DELETE("KeystoreEntries(*)", SECURITY, odata_keystore_delete),
	PUT_BYTES("CertificateResources(*)/$value", SECURITY, odata_keystore_put_certificate),
	PUT_BYTES("CertificateChainResources(*)/$value", SECURITY, odata_keystore_put_chain),
	POST("KeyPairResources", SECURITY, odata_keystore_put_key_pair),
	POST("KeyPairGenerationRequests", SECURITY, odata_keystore_generate),
	POST("RSAKeyGenerationRequests", SECURITY, odata_keystore_put_rsa),
	POST("SSHKeyGenerationRequests", SECURITY, odata_keystore_put_ssh),
	POST("KeystoreResources", SECURITY, odata_keystore_import),
	PUT("KeystoreResources(*)", SECURITY, odata_keystore_manage),
	GET("HistoryKeystoreEntries", MONITOR, odata_keystore_history),
	GET("HistoryKeystoreEntries(*)", MONITOR, odata_keystore_history_entry),
	PUT("HistoryKeystoreEntries(*)", SECURITY, odata_keystore_history_entry),

	GET("UserCredentials", MONITOR, odata_credential_list),
	POST("UserCredentials", CREDENTIALS, odata_credential_create),
	GET("UserCredentials(*)", MONITOR, odata_credential_get),
	PUT("UserCredentials(*)", CREDENTIALS, odata_credential_update),
	DELETE("UserCredentials(*)", CREDENTIALS, odata_credential_delete),
	MATERIAL("SecureParameters"),
	MATERIAL("OAuth2ClientCredentials"),
	GET("AccessPolicies", MONITOR " AccessPoliciesRead", odata_access_policy_list),
	GET("AccessPolicies(*)", MONITOR " AccessPoliciesRead", odata_access_policy_get),
	GET("ArtifactReferences", MONITOR " AccessPoliciesRead", odata_access_policy_list),

	GET("IntegrationPackages", READ, odata_package_list),
	POST("IntegrationPackages", EDIT, odata_package_create),
	GET("IntegrationPackages(*)", READ, odata_package_get),
	PUT("IntegrationPackages(*)", EDIT, odata_package_update),
	DELETE("IntegrationPackages(*)", EDIT, odata_package_delete),
	ARTIFACTS("IntegrationDesigntimeArtifact"),
	GET("IntegrationDesigntimeArtifacts(*)/Configurations", READ, odata_configuration_list),
	GET("IntegrationDesigntimeArtifacts(*)/Configurations(*)", READ, odata_configuration_get),
	PUT("IntegrationDesigntimeArtifacts(*)/$links/Configurations(*)", CONFIGURE,
	    odata_configuration_update),
	ARTIFACTS("MessageMappingDesigntimeArtifact"),
	ARTIFACTS("ValueMappingDesigntimeArtifact"),
	ARTIFACTS("ScriptCollectionDesigntimeArtifact"),

	GET("BuildAndDeployStatus(*)", WATCH " WorkspacePackagesRead", odata_deployment_status),
	GET("IntegrationRuntimeArtifacts", WATCH, odata_runtime_list),
	GET("IntegrationRuntimeArtifacts(*)", WATCH, odata_runtime_get),
	DELETE("IntegrationRuntimeArtifacts(*)", DEPLOY, odata_runtime_undeploy),
	GET("IntegrationRuntimeArtifacts(*)/ErrorInformation", WATCH, odata_runtime_error),
	GET("IntegrationRuntimeArtifacts(*)/ErrorInformation/$value", WATCH, odata_runtime_error_value),
	GET("ServiceEndpoints", WATCH, odata_endpoint_list),
	GET("ServiceEndpoints(*)", WATCH, odata_endpoint_get),
	GET("ServiceEndpoints(*)/EntryPoints", WATCH, odata_endpoint_points),
	GET("ServiceEndpoints(*)/ApiDefinitions", WATCH, odata_endpoint_definitions),

	MESSAGES("MessageProcessingLogs", odata_message_list),
	MESSAGES("MessageProcessingLogs(*)", odata_message_get),
	MESSAGES("MessageProcessingLogs(*)/ErrorInformation", odata_message_error),
	MESSAGES("MessageProcessingLogs(*)/ErrorInformation/$value", odata_message_error_value),
	MESSAGES("MessageProcessingLogs(*)/CustomHeaderProperties", odata_message_headers),
	MESSAGES("MessageProcessingLogs(*)/AdapterAttributes", odata_message_attributes),
	MESSAGES("MessageProcessingLogs(*)/Attachments", odata_message_attachments),
	MESSAGES("MessageProcessingLogs(*)/MessageStoreEntries", odata_message_store),
	{ 0 },
};
