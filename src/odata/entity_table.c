/* SPDX-License-Identifier: Apache-2.0
 * The entity sets of Cloud Integration's OData API that are served, as SAP's API specifications name them. */
#include "odata/entity.h"

#define KEY(name, max) \
	{ \
		#name, ODATA_STRING, true, false, max, NULL \
	}
#define INT_KEY(name) \
	{ \
		#name, ODATA_INT64, true, false, 0, NULL \
	}
#define TEXT(name, max) \
	{ \
		#name, ODATA_STRING, false, true, max, NULL \
	}
#define INT(name) \
	{ \
		#name, ODATA_INT32, false, true, 0, NULL \
	}
#define LONG(name) \
	{ \
		#name, ODATA_INT64, false, true, 0, NULL \
	}
#define TIME(name) \
	{ \
		#name, ODATA_DATETIME, false, true, 0, NULL \
	}
#define ZONED(name) \
	{ \
		#name, ODATA_DATETIMEOFFSET, false, true, 0, NULL \
	}
#define COMPLEX(name, type) \
	{ \
		#name, ODATA_COMPLEX, false, true, 0, &type \
	}

#define ONE(name, set) \
	{ \
		#name, set, false \
	}
#define MANY(name, set) \
	{ \
		#name, set, true \
	}

/* clang-format off */

static const struct odata_property integration_artifact[] = {
	TEXT(Id, 120), TEXT(Name, 120), TEXT(Type, 60), TEXT(PackageId, 120), TEXT(PackageName, 120),
};
static const struct odata_complex integration_artifact_type =
	{ "IntegrationArtifact", integration_artifact, ARRAY_SIZE(integration_artifact) };

static const struct odata_property descriptor[] = {
	TEXT(Type, 60), TEXT(DeployedBy, 150), TIME(DeployedOn), TEXT(Status, 60),
};
static const struct odata_complex descriptor_type =
	{ "SecurityArtifactDescriptor", descriptor, ARRAY_SIZE(descriptor) };

#define CERTIFICATE_PART \
	TEXT(KeyType, 30), INT(KeySize), ZONED(ValidNotBefore), ZONED(ValidNotAfter), \
	TEXT(SerialNumber, 256), \
	TEXT(SignatureAlgorithm, 60), TEXT(EllipticCurve, 80), TEXT(Validity, 1000), TEXT(SubjectDN, 5000), \
	TEXT(IssuerDN, 5000), INT(Version), TEXT(FingerprintSha1, 200), TEXT(FingerprintSha256, 200), \
	TEXT(FingerprintSha512, 200)
#define ENTRY_PART \
	TEXT(Type, 30), TEXT(Owner, 30), TEXT(LastModifiedBy, 150), ZONED(LastModifiedTime), \
	TEXT(CreatedBy, 150), ZONED(CreatedTime), TEXT(Status, 500)

static const struct odata_property keystore_entry[] = {
	KEY(Hexalias, 2000), TEXT(Alias, 250), CERTIFICATE_PART, ENTRY_PART,
};
static const struct odata_navigation keystore_entry_navigation[] = {
	MANY(ChainCertificates, "ChainCertificates"), ONE(Certificate, "CertificateResources"),
	ONE(Sshkey, "SSHKeyResources"), ONE(Keystore, "Keystores"),
	ONE(ChainResource, "CertificateChainResources"), ONE(SigningRequest, "CertificateSigningRequests"),
};
static const struct odata_property history_entry[] = {
	KEY(Hexalias, 2000), TEXT(Alias, 250), CERTIFICATE_PART, ENTRY_PART, TEXT(ActivatedBy, 150),
	ZONED(ActiveFrom),
	TEXT(DeactivatedBy, 150), ZONED(ActiveUntil), INT(ActivationSequenceNumber), TEXT(OriginalAlias, 250),
};
static const struct odata_property chain_certificate[] = {
	KEY(Hexalias, 2000), { "Index", ODATA_INT32, true, false, 0, NULL }, TEXT(Alias, 250),
	CERTIFICATE_PART,
};
static const struct odata_property alias_resource[] = { KEY(Hexalias, 2000), TEXT(Alias, 250) };
static const struct odata_navigation alias_resource_navigation[] = { ONE(KeystoreEntry, "KeystoreEntries") };
static const struct odata_property keystore[] = {
	KEY(Name, 100), TEXT(LastModifiedBy, 150), ZONED(LastModifiedTime), INT(Size),
};
static const struct odata_navigation keystore_navigation[] = { MANY(Entries, "KeystoreEntries") };
static const struct odata_property keystore_resource[] = {
	KEY(Name, 100), TEXT(Resource, 0), TEXT(Password, 500), TEXT(Aliases, 0),
};
#define SUBJECT_PART \
	TEXT(CommonName, 500), TEXT(OrganizationUnit, 500), TEXT(Organization, 500), TEXT(Locality, 500), \
	TEXT(State, 500), TEXT(Country, 2), TEXT(Email, 500)
static const struct odata_property key_pair_generation[] = {
	KEY(Hexalias, 2000), TEXT(Alias, 250), TEXT(KeyType, 30), INT(KeySize), TEXT(SignatureAlgorithm, 60),
	TEXT(KeyAlgorithmParameter, 500), TEXT(SerialNumber, 256), ZONED(ValidNotBefore),
	ZONED(ValidNotAfter),
	SUBJECT_PART,
};
static const struct odata_property ssh_generation[] = {
	KEY(Alias, 250), TEXT(SSHFile, 10000), TEXT(Password, 500), SUBJECT_PART, ZONED(ValidNotBefore),
	ZONED(ValidNotAfter),
};
static const struct odata_property rsa_generation[] = {
	KEY(Hexalias, 250), TEXT(Alias, 250), TEXT(RSAFile, 10000), TEXT(SignatureAlgorithm, 60),
	SUBJECT_PART,
	ZONED(ValidNotBefore), ZONED(ValidNotAfter),
};
static const struct odata_property key_pair_resource[] = {
	KEY(Hexalias, 2000), TEXT(Alias, 250), TEXT(Resource, 40960), TEXT(Password, 500),
};
static const struct odata_property user_credential[] = {
	KEY(Name, 150), TEXT(Kind, 30), TEXT(Description, 1024), TEXT(User, 200), TEXT(Password, 200),
	TEXT(CompanyId, 200), COMPLEX(SecurityArtifactDescriptor, descriptor_type),
};
static const struct odata_property secure_parameter[] = {
	KEY(Name, 150), TEXT(Description, 1024), TEXT(SecureParam, 32768), TEXT(DeployedBy, 150),
	TIME(DeployedOn),
	TEXT(Status, 60),
};
static const struct odata_property oauth_credential[] = {
	KEY(Name, 150), TEXT(Description, 1024), TEXT(TokenServiceUrl, 2048), TEXT(ClientId, 500),
	TEXT(ClientSecret, 2048), TEXT(ClientAuthentication, 30), TEXT(Scope, 2048),
	TEXT(ScopeContentType, 60),
	TEXT(Resource, 2048), TEXT(Audience, 2048), COMPLEX(SecurityArtifactDescriptor, descriptor_type),
};
static const struct odata_navigation oauth_credential_navigation[] = {
	MANY(CustomParameters, "OAuth2ClientCredentialCustomParameters"),
};
static const struct odata_property oauth_parameter[] = {
	KEY(Key, 500), TEXT(Value, 2048), TEXT(SendAsPartOf, 30),
};
static const struct odata_property access_policy[] = {
	INT_KEY(Id), TEXT(RoleName, 120), TEXT(Description, 1024),
};
static const struct odata_navigation access_policy_navigation[] = {
	MANY(ArtifactReferences, "ArtifactReferences"),
};
static const struct odata_property artifact_reference[] = {
	INT_KEY(Id), TEXT(Name, 120), TEXT(Description, 1024), TEXT(Type, 60), TEXT(ConditionAttribute, 60),
	TEXT(ConditionValue, 1024), TEXT(ConditionType, 60),
};

static const struct odata_property package[] = {
	KEY(Id, 120), TEXT(Name, 120), TEXT(Description, 4096), TEXT(ShortText, 1024), TEXT(Version, 60),
	TEXT(Vendor, 120), TEXT(Mode, 30), TEXT(SupportedPlatform, 120), TEXT(ModifiedBy, 150),
	TEXT(CreationDate, 30), TEXT(ModifiedDate, 30), TEXT(CreatedBy, 150), TEXT(Products, 1024),
	TEXT(Keywords, 1024), TEXT(Countries, 1024), TEXT(Industries, 1024), TEXT(LineOfBusiness, 1024),
};
static const struct odata_navigation package_navigation[] = {
	MANY(IntegrationDesigntimeArtifacts, "IntegrationDesigntimeArtifacts"),
	MANY(MessageMappingDesigntimeArtifacts, "MessageMappingDesigntimeArtifacts"),
	MANY(ValueMappingDesigntimeArtifacts, "ValueMappingDesigntimeArtifacts"),
	MANY(ScriptCollectionDesigntimeArtifacts, "ScriptCollectionDesigntimeArtifacts"),
};
static const struct odata_property designtime_artifact[] = {
	KEY(Id, 200), KEY(Version, 60), TEXT(PackageId, 120), TEXT(Name, 200), TEXT(Description, 4096),
	TEXT(ArtifactContent, 0), TEXT(CreatedBy, 150), TEXT(CreatedAt, 30), TEXT(ModifiedBy, 150),
	TEXT(ModifiedAt, 30),
};
static const struct odata_navigation designtime_navigation[] = {
	MANY(Configurations, "Configurations"), MANY(Resources, "Resources"),
};
static const struct odata_navigation resources_only[] = { MANY(Resources, "Resources") };
static const struct odata_property configuration[] = {
	KEY(ParameterKey, 512), TEXT(ParameterValue, 0), TEXT(DataType, 60), TEXT(Description, 1024),
};
static const struct odata_property resource[] = {
	KEY(Name, 512), KEY(ResourceType, 30), TEXT(ReferencedResourceType, 30), TEXT(ResourceContent, 0),
};
static const struct odata_property build_status[] = { KEY(TaskId, 60), TEXT(Status, 30) };
static const struct odata_property runtime_artifact[] = {
	KEY(Id, 200), TEXT(Version, 60), TEXT(Name, 200), TEXT(Type, 60), TEXT(DeployedBy, 150),
	TIME(DeployedOn),
	TEXT(Status, 30),
};
static const struct odata_navigation runtime_navigation[] = {
	ONE(ErrorInformation, "RuntimeArtifactErrorInformations"),
};
static const struct odata_property runtime_error[] = { KEY(Id, 200) };
static const struct odata_property service_endpoint[] = {
	KEY(Id, 400), TEXT(Name, 200), TEXT(Title, 200), TEXT(Version, 60), TEXT(Summary, 1024),
	TEXT(Description, 4096), TIME(LastUpdated), TEXT(Protocol, 30),
};
static const struct odata_navigation endpoint_navigation[] = {
	MANY(EntryPoints, "EntryPoints"), MANY(ApiDefinitions, "APIDefinitions"),
};
static const struct odata_property entry_point[] = {
	KEY(Url, 2048), TEXT(Name, 200), TEXT(Type, 30), TEXT(AdditionalInformation, 1024),
};
static const struct odata_property api_definition[] = { KEY(Url, 2048), TEXT(Name, 200) };

static const struct odata_property message_log[] = {
	KEY(MessageGuid, 60), TEXT(CorrelationId, 60), TEXT(ApplicationMessageId, 120),
	TEXT(ApplicationMessageType, 60), TIME(LogStart), TIME(LogEnd), TEXT(Sender, 120),
	TEXT(Receiver, 120),
	TEXT(IntegrationFlowName, 200), TEXT(Status, 30), TEXT(AlternateWebLink, 2048),
	COMPLEX(IntegrationArtifact, integration_artifact_type), TEXT(LogLevel, 20), TEXT(CustomStatus, 40),
	TEXT(ArchivingStatus, 30), { "ArchivingSenderChannelMessages", ODATA_BOOLEAN, false, true, 0, NULL },
	{ "ArchivingReceiverChannelMessages", ODATA_BOOLEAN, false, true, 0, NULL },
	{ "ArchivingLogAttachments", ODATA_BOOLEAN, false, true, 0, NULL },
	{ "ArchivingPersistedMessages", ODATA_BOOLEAN, false, true, 0, NULL }, TEXT(TransactionId, 60),
	TEXT(PreviousComponentName, 60), TEXT(LocalComponentName, 60), TEXT(OriginComponentName, 60),
};
static const struct odata_navigation message_log_navigation[] = {
	MANY(CustomHeaderProperties, "MessageProcessingLogCustomHeaderProperties"),
	MANY(MessageStoreEntries, "MessageStoreEntries"),
	ONE(ErrorInformation, "MessageProcessingLogErrorInformations"),
	MANY(AdapterAttributes, "MessageProcessingLogAdapterAttributes"),
	MANY(Attachments, "MessageProcessingLogAttachments"),
};
static const struct odata_property message_error[] = {
	KEY(MessageGuid, 60), TEXT(Type, 60), TEXT(LastErrorModelStepId, 200),
};
static const struct odata_property adapter_attribute[] = {
	KEY(Id, 120), TEXT(AdapterId, 120), TEXT(AdapterMessageId, 120), TEXT(Name, 200), TEXT(Value, 4096),
};
static const struct odata_property custom_header[] = { KEY(Id, 120), TEXT(Name, 200), TEXT(Value, 4096) };
static const struct odata_property attachment[] = {
	KEY(Id, 200), TEXT(MessageGuid, 60), TIME(TimeStamp), TEXT(Name, 200), TEXT(ContentType, 120),
	LONG(PayloadSize),
};
static const struct odata_property message_store_entry[] = {
	KEY(Id, 200), TEXT(MessageGuid, 60), TEXT(MessageStoreId, 120), TIME(TimeStamp),
	{ "HasAttachments", ODATA_BOOLEAN, false, true, 0, NULL },
};

#define SET(set, type, properties, media) { set, type, properties, ARRAY_SIZE(properties), NULL, 0, media }
#define SET_WITH(set, type, properties, navigations, media) \
	{ set, type, properties, ARRAY_SIZE(properties), navigations, ARRAY_SIZE(navigations), media }

const struct odata_entity odata_entities[] = {
	SET_WITH("KeystoreEntries", "KeystoreEntry", keystore_entry, keystore_entry_navigation, NULL),
	SET("HistoryKeystoreEntries", "HistoryKeystoreEntry", history_entry, NULL),
	SET("ChainCertificates", "ChainCertificate", chain_certificate, NULL),
	SET_WITH("CertificateResources", "CertificateResource", alias_resource, alias_resource_navigation,
		 "application/pkix-cert"),
	SET_WITH("CertificateChainResources", "CertificateChainResource", alias_resource,
		alias_resource_navigation,
		 "application/x-pkcs7-certificates"),
	SET_WITH("CertificateSigningRequests", "CertificateSigningRequest", alias_resource,
		alias_resource_navigation,
		 "application/pkcs10"),
	SET_WITH("SSHKeyResources", "SSHKeyResource", alias_resource, alias_resource_navigation,
		"text/plain"),
	SET_WITH("Keystores", "Keystore", keystore, keystore_navigation, NULL),
	SET("KeystoreResources", "KeystoreResource", keystore_resource, NULL),
	SET("KeyPairGenerationRequests", "KeyPairGenerationRequest", key_pair_generation, NULL),
	SET("SSHKeyGenerationRequests", "SSHKeyGenerationRequest", ssh_generation, NULL),
	SET("RSAKeyGenerationRequests", "RSAKeyGenerationRequest", rsa_generation, NULL),
	SET("KeyPairResources", "KeyPairResource", key_pair_resource, NULL),
	SET("UserCredentials", "UserCredential", user_credential, NULL),
	SET("SecureParameters", "SecureParameter", secure_parameter, NULL),
	SET_WITH("OAuth2ClientCredentials", "OAuth2ClientCredential", oauth_credential,
		oauth_credential_navigation,
		 NULL),
	SET("OAuth2ClientCredentialCustomParameters", "OAuth2ClientCredentialCustomParameter",
		oauth_parameter, NULL),
	SET_WITH("AccessPolicies", "AccessPolicy", access_policy, access_policy_navigation, NULL),
	SET("ArtifactReferences", "ArtifactReference", artifact_reference, NULL),

	SET_WITH("IntegrationPackages", "IntegrationPackage", package, package_navigation, NULL),
	SET_WITH("IntegrationDesigntimeArtifacts", "IntegrationDesigntimeArtifact", designtime_artifact,
		 designtime_navigation, "application/octet-stream"),
	SET_WITH("MessageMappingDesigntimeArtifacts", "MessageMappingDesigntimeArtifact", designtime_artifact,
		 resources_only, "application/octet-stream"),
	SET_WITH("ValueMappingDesigntimeArtifacts", "ValueMappingDesigntimeArtifact", designtime_artifact,
		 resources_only, "application/octet-stream"),
	SET_WITH("ScriptCollectionDesigntimeArtifacts", "ScriptCollectionDesigntimeArtifact",
		designtime_artifact,
		 resources_only, "application/octet-stream"),
	SET("Configurations", "Configuration", configuration, NULL),
	SET("Resources", "Resource", resource, "application/octet-stream"),
	SET("BuildAndDeployStatus", "BuildAndDeployStatus", build_status, NULL),
	SET_WITH("IntegrationRuntimeArtifacts", "IntegrationRuntimeArtifact", runtime_artifact,
		runtime_navigation,
		 "application/octet-stream"),
	SET("RuntimeArtifactErrorInformations", "RuntimeArtifactErrorInformation", runtime_error,
		"application/json"),
	SET_WITH("ServiceEndpoints", "ServiceEndpoint", service_endpoint, endpoint_navigation, NULL),
	SET("EntryPoints", "EntryPoint", entry_point, NULL),
	SET("APIDefinitions", "APIDefinition", api_definition, NULL),

	SET_WITH("MessageProcessingLogs", "MessageProcessingLog", message_log, message_log_navigation, NULL),
	SET("MessageProcessingLogErrorInformations", "MessageProcessingLogErrorInformation", message_error,
	    "text/plain"),
	SET("MessageProcessingLogAdapterAttributes", "MessageProcessingLogAdapterAttribute",
		adapter_attribute, NULL),
	SET("MessageProcessingLogCustomHeaderProperties", "MessageProcessingLogCustomHeaderProperty",
		custom_header,
	    NULL),
	SET("MessageProcessingLogAttachments", "MessageProcessingLogAttachment", attachment,
	    "application/octet-stream"),
	SET("MessageStoreEntries", "MessageStoreEntry", message_store_entry, "application/octet-stream"),
	{ 0 },
};

const struct odata_function odata_functions[] = {
	{ "DeployIntegrationDesigntimeArtifact", "POST", "Id Version" },
	{ "DeployMessageMappingDesigntimeArtifact", "POST", "Id Version" },
	{ "DeployValueMappingDesigntimeArtifact", "POST", "Id Version" },
	{ "DeployScriptCollectionDesigntimeArtifact", "POST", "Id Version" },
	{ "IntegrationDesigntimeArtifactSaveAsVersion", "POST", "Id SaveAsVersion" },
	{ "MessageMappingDesigntimeArtifactSaveAsVersion", "POST", "Id SaveAsVersion" },
	{ "ValueMappingDesigntimeArtifactSaveAsVersion", "POST", "Id SaveAsVersion" },
	{ "ScriptCollectionDesigntimeArtifactSaveAsVersion", "POST", "Id SaveAsVersion" },
	{ 0 },
};
