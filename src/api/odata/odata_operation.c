/* SPDX-License-Identifier: Apache-2.0
 * The table of operations of the OData API: method, path, roles, handler. */
#include "api/odata/odata.h"
#include "api/odata/odata_handler.h"

/* Who may, beside administrators: keys of plan api with one of some roles. */
#define MONITOR (SUBJECTS_ADMIN | SUBJECT_MONITORING_DATA_READ)
#define SECURITY (SUBJECTS_ADMIN | SUBJECT_SECURITY_MATERIAL_EDIT)

#define EDIT (SUBJECTS_ADMIN | SUBJECT_PACKAGES_EDIT)
#define READ (EDIT | SUBJECT_PACKAGES_READ)
#define CONFIGURE (EDIT | SUBJECT_PACKAGES_CONFIGURE)
#define DEPLOY (SUBJECTS_ADMIN | SUBJECT_ARTIFACTS_DEPLOY)
#define WATCH (MONITOR | DEPLOY)

#define POLICIES (MONITOR | SUBJECT_ACCESS_POLICIES_READ)

#define POST(name, shape, serves, handle) \
	{ \
		"POST", shape, serves, "odata." name, false, handle \
	}
#define PUT(name, shape, serves, handle) \
	{ \
		"PUT", shape, serves, "odata." name, false, handle \
	}
#define DELETE(name, shape, serves, handle) \
	{ \
		"DELETE", shape, serves, "odata." name, false, handle \
	}
#define GET(name, shape, serves, handle) \
	{ \
		"GET", shape, serves, "odata." name, false, handle \
	}

#define MESSAGES(name, shape, handle) \
	{ \
		"GET", shape, MONITOR, "odata." name, false, handle, true \
	}

#define PUT_BYTES(name, shape, serves, handle) \
	{ \
		"PUT", shape, serves, "odata." name, true, handle \
	}

#define CREDENTIALS (SECURITY | SUBJECT_CREDENTIALS_EDIT)
#define MATERIAL(noun, set) \
	GET(noun ".list", set, MONITOR, odata_material_list), \
		POST(noun ".create", set, CREDENTIALS, odata_material_create), \
		GET(noun ".get", set "(*)", MONITOR, odata_material_get), \
		PUT(noun ".update", set "(*)", CREDENTIALS, odata_material_update), \
		DELETE(noun ".delete", set "(*)", CREDENTIALS, odata_material_delete)

/* The four kinds of artifacts are handled alike; name is without the plural. */
#define ARTIFACTS(noun, name) \
	GET(noun ".list", name "s", READ, odata_designtime_list), \
		POST(noun ".create", name "s", EDIT, odata_designtime_create), \
		GET(noun ".get", name "s(*)", READ, odata_designtime_get), \
		PUT(noun ".update", name "s(*)", EDIT, odata_designtime_update), \
		DELETE(noun ".delete", name "s(*)", EDIT, odata_designtime_delete), \
		GET(noun ".download", name "s(*)/$value", READ, odata_designtime_download), \
		POST(noun ".save-as", name SAVE_AS, EDIT, odata_designtime_save_as), \
		POST(noun ".deploy", "Deploy" name, DEPLOY, odata_deployment_start), \
		GET(noun ".list-of-package", "IntegrationPackages(*)/" name "s", READ, \
		    odata_designtime_of_package), \
		GET(noun ".get-of-package", "IntegrationPackages(*)/" name "s(*)", READ, \
		    odata_designtime_get_of_package), \
		GET(noun "-resource.list", name "s(*)/Resources", READ, odata_resource_list), \
		POST(noun "-resource.create", name "s(*)/Resources", EDIT, odata_resource_create), \
		GET(noun "-resource.get", name "s(*)/Resources(*)", READ, odata_resource_get), \
		GET(noun "-resource.download", name "s(*)/Resources(*)/$value", READ, \
		    odata_resource_download), \
		PUT(noun "-resource.update", name "s(*)/$links/Resources(*)", EDIT, odata_resource_update), \
		DELETE(noun "-resource.delete", name "s(*)/$links/Resources(*)", EDIT, \
		       odata_resource_delete)
#define SAVE_AS "SaveAsVersion"

const struct odata_operation odata_operations[] = {
	GET("service.get", "", SUBJECTS_API, odata_service_root),
	GET("service.metadata", "$metadata", SUBJECTS_API, odata_service_metadata),

	GET("keystore-entry.list", "KeystoreEntries", MONITOR, odata_keystore_entries),
	GET("keystore-entry.get", "KeystoreEntries(*)", MONITOR, odata_keystore_entry),
	GET("keystore-entry.certificate", "KeystoreEntries(*)/Certificate/$value", MONITOR,
	    odata_keystore_certificate),
	GET("keystore-entry.chain", "KeystoreEntries(*)/ChainCertificates", MONITOR, odata_keystore_chain),
	GET("keystore-entry.chain-file", "KeystoreEntries(*)/ChainResource/$value", MONITOR,
	    odata_keystore_chain_resource),
	GET("keystore-entry.ssh-key", "KeystoreEntries(*)/Sshkey/$value", MONITOR, odata_keystore_ssh),
	GET("keystore-entry.signing-request", "KeystoreEntries(*)/SigningRequest/$value", MONITOR,
	    odata_keystore_signing_request),
	GET("keystore.get", "Keystores(*)", MONITOR, odata_keystore_whole),
	GET("keystore.entries", "Keystores(*)/Entries", MONITOR, odata_keystore_whole_entries),
	GET("keystore.size", "Keystores(*)/Size/$value", MONITOR, odata_keystore_size),
	GET("keystore.export", "KeystoreResources(*)", MONITOR, odata_keystore_public),
	PUT("keystore-entry.rename", "KeystoreEntries(*)", SECURITY, odata_keystore_rename),
	DELETE("keystore-entry.delete", "KeystoreEntries(*)", SECURITY, odata_keystore_delete),
	PUT_BYTES("certificate.import", "CertificateResources(*)/$value", SECURITY,
		  odata_keystore_put_certificate),
	PUT_BYTES("certificate-chain.import", "CertificateChainResources(*)/$value", SECURITY,
		  odata_keystore_put_chain),
	POST("key-pair.import", "KeyPairResources", SECURITY, odata_keystore_put_key_pair),
	POST("key-pair.create", "KeyPairGenerationRequests", SECURITY, odata_keystore_generate),
	POST("rsa-key.create", "RSAKeyGenerationRequests", SECURITY, odata_keystore_put_rsa),
	POST("ssh-key.create", "SSHKeyGenerationRequests", SECURITY, odata_keystore_put_ssh),
	POST("keystore.import", "KeystoreResources", SECURITY, odata_keystore_import),
	PUT("keystore.manage", "KeystoreResources(*)", SECURITY, odata_keystore_manage),
	GET("keystore-history.list", "HistoryKeystoreEntries", MONITOR, odata_keystore_history),
	GET("keystore-history.get", "HistoryKeystoreEntries(*)", MONITOR, odata_keystore_history_entry),
	PUT("keystore-history.restore", "HistoryKeystoreEntries(*)", SECURITY, odata_keystore_history_entry),

	GET("credential.list", "UserCredentials", MONITOR, odata_credential_list),
	POST("credential.create", "UserCredentials", CREDENTIALS, odata_credential_create),
	GET("credential.get", "UserCredentials(*)", MONITOR, odata_credential_get),
	PUT("credential.update", "UserCredentials(*)", CREDENTIALS, odata_credential_update),
	DELETE("credential.delete", "UserCredentials(*)", CREDENTIALS, odata_credential_delete),
	MATERIAL("secure-parameter", "SecureParameters"),
	MATERIAL("oauth2-credential", "OAuth2ClientCredentials"),
	GET("access-policy.list", "AccessPolicies", POLICIES, odata_access_policy_list),
	GET("access-policy.get", "AccessPolicies(*)", POLICIES, odata_access_policy_get),
	GET("artifact-reference.list", "ArtifactReferences", POLICIES, odata_access_policy_list),

	GET("package.list", "IntegrationPackages", READ, odata_package_list),
	POST("package.create", "IntegrationPackages", EDIT, odata_package_create),
	GET("package.get", "IntegrationPackages(*)", READ, odata_package_get),
	PUT("package.update", "IntegrationPackages(*)", EDIT, odata_package_update),
	DELETE("package.delete", "IntegrationPackages(*)", EDIT, odata_package_delete),
	ARTIFACTS("integration-flow", "IntegrationDesigntimeArtifact"),
	GET("configuration.list", "IntegrationDesigntimeArtifacts(*)/Configurations", READ,
	    odata_configuration_list),
	GET("configuration.get", "IntegrationDesigntimeArtifacts(*)/Configurations(*)", READ,
	    odata_configuration_get),
	PUT("configuration.update", "IntegrationDesigntimeArtifacts(*)/$links/Configurations(*)", CONFIGURE,
	    odata_configuration_update),
	ARTIFACTS("message-mapping", "MessageMappingDesigntimeArtifact"),
	ARTIFACTS("value-mapping", "ValueMappingDesigntimeArtifact"),
	ARTIFACTS("script-collection", "ScriptCollectionDesigntimeArtifact"),

	GET("deployment.status", "BuildAndDeployStatus(*)", WATCH | SUBJECT_PACKAGES_READ,
	    odata_deployment_status),
	GET("runtime-artifact.list", "IntegrationRuntimeArtifacts", WATCH, odata_runtime_list),
	GET("runtime-artifact.get", "IntegrationRuntimeArtifacts(*)", WATCH, odata_runtime_get),
	DELETE("runtime-artifact.undeploy", "IntegrationRuntimeArtifacts(*)", DEPLOY, odata_runtime_undeploy),
	GET("runtime-artifact.error", "IntegrationRuntimeArtifacts(*)/ErrorInformation", WATCH,
	    odata_runtime_error),
	GET("runtime-artifact.error-text", "IntegrationRuntimeArtifacts(*)/ErrorInformation/$value", WATCH,
	    odata_runtime_error_value),
	GET("endpoint.list", "ServiceEndpoints", WATCH, odata_endpoint_list),
	GET("endpoint.get", "ServiceEndpoints(*)", WATCH, odata_endpoint_get),
	GET("endpoint.entry-points", "ServiceEndpoints(*)/EntryPoints", WATCH, odata_endpoint_points),
	GET("endpoint.definitions", "ServiceEndpoints(*)/ApiDefinitions", WATCH, odata_endpoint_definitions),

	MESSAGES("message.list", "MessageProcessingLogs", odata_message_list),
	MESSAGES("message.get", "MessageProcessingLogs(*)", odata_message_get),
	MESSAGES("message.error", "MessageProcessingLogs(*)/ErrorInformation", odata_message_error),
	MESSAGES("message.error-text", "MessageProcessingLogs(*)/ErrorInformation/$value",
		 odata_message_error_value),
	MESSAGES("message.headers", "MessageProcessingLogs(*)/CustomHeaderProperties", odata_message_headers),
	MESSAGES("message.attributes", "MessageProcessingLogs(*)/AdapterAttributes",
		 odata_message_attributes),
	MESSAGES("message.attachments", "MessageProcessingLogs(*)/Attachments", odata_message_attachments),
	MESSAGES("message.store-entries", "MessageProcessingLogs(*)/MessageStoreEntries",
		 odata_message_store),
	{ 0 },
};
