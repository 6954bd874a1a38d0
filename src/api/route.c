/* SPDX-License-Identifier: Apache-2.0
 * The table of management routes; nothing is served that does not stand here. */
#include "api/route.h"

#include "api/admin.h"
#include "api/broker_api.h"
#include "api/destination_api.h"
#include "api/odata.h"
#include "api/token_api.h"

#define KIB ((size_t)1024)
#define MIB ((size_t)1024 * 1024)

/* What asks with GET reads; what does not, changes, unless its row says otherwise. */
#define PLACE(method) ((method)[0] == 'G' ? CALL_READ : CALL_CHANGE)
#define RUN(method, handle) #handle, PLACE(method), handle
#define ADMIN(method, path, max_body, handle) \
	{ \
		method, "/admin/v1" path, ROUTE_ADMIN, ROUTE_SHAPE_ADMIN, max_body, RUN(method, handle) \
	}
/* A question that has a body. */
#define ADMIN_ASK(path, max_body, handle) \
	{ \
		"POST", "/admin/v1" path, ROUTE_ADMIN, ROUTE_SHAPE_ADMIN, max_body, #handle, CALL_READ, \
			handle \
	}
#define PUBLIC(method, path, max_body, shape, place, handle) \
	{ \
		method, path, ROUTE_PUBLIC, shape, max_body, #handle, place, handle \
	}
#define FIND(path, handle) \
	{ \
		"GET", "/destination-configuration" path, ROUTE_DESTINATION_READ, ROUTE_SHAPE_DESTINATION, \
			0, #handle, CALL_MEMORY, handle \
	}
#define READ(path, handle) \
	{ \
		"GET", "/destination-configuration" path, ROUTE_DESTINATION_READ, ROUTE_SHAPE_DESTINATION, \
			0, RUN("GET", handle) \
	}
#define WRITE(method, path, max_body, handle) \
	{ \
		method, "/destination-configuration" path, ROUTE_DESTINATION_WRITE, ROUTE_SHAPE_DESTINATION, \
			max_body, RUN(method, handle) \
	}
#define BROKER(method, path, max_body, handle) \
	{ \
		method, "/v2" path, ROUTE_ADMIN, ROUTE_SHAPE_BROKER, max_body, RUN(method, handle) \
	}

/* Paths with keys are taken apart behind the route; each operation has its own roles: odata_operations. */
#define ODATA(method) \
	{ \
		method, "/api/v1/{*}", ROUTE_ROLE, ROUTE_SHAPE_ODATA, 16 * MIB, RUN(method, odata_handle), \
			NULL, odata_admit \
	}
/* A subaccount and an instance have the same. */
#define DESTINATION_LABELS(path) \
	READ(path "/{name}/labels", destination_api_label_get), \
		WRITE("PUT", path "/{name}/labels", 256 * KIB, destination_api_label_put), \
		WRITE("PATCH", path "/{name}/labels", 256 * KIB, destination_api_label_patch)
#define DESTINATION_ENTITY(path, size, create, update) \
	READ(path, destination_api_list), WRITE("POST", path, size, create), \
		WRITE("PUT", path, size, update), READ(path "/{name}", destination_api_get), \
		WRITE("DELETE", path "/{name}", 0, destination_api_delete), DESTINATION_LABELS(path)
#define DESTINATION_LEVEL(level) \
	DESTINATION_ENTITY("/v1/" level "Destinations", 4 * MIB, destination_api_create, \
			   destination_api_update), \
		WRITE("PATCH", "/v1/" level "Destinations", 4 * MIB, destination_api_patch), \
		WRITE("DELETE", "/v1/" level "Destinations", 0, destination_api_delete_many), \
		DESTINATION_ENTITY("/v1/" level "DestinationFragments", 4 * MIB, destination_api_create, \
				   destination_api_update), \
		WRITE("PATCH", "/v1/" level "DestinationFragments", 4 * MIB, destination_api_patch), \
		DESTINATION_ENTITY("/v1/" level "Certificates", 16 * MIB, \
				   destination_certificate_api_create, destination_certificate_api_update), \
		WRITE("DELETE", "/v1/" level "Certificates", 0, destination_api_delete_many), \
		READ("/v1/" level "Certificates/{name}/publicKeys", destination_certificate_api_public_keys)

#define SERVER(method, path, max_body, handle) \
	{ \
		method, "/admin/v1" path, ROUTE_SERVER, ROUTE_SHAPE_ADMIN, max_body, RUN(method, handle) \
	}

const struct route route_table[] = {
	PUBLIC("GET", "/livez", 0, ROUTE_SHAPE_ADMIN, CALL_MEMORY, token_api_live),
	PUBLIC("GET", "/readyz", 0, ROUTE_SHAPE_ADMIN, CALL_MEMORY, token_api_ready),
	PUBLIC("GET", "/metrics", 0, ROUTE_SHAPE_ADMIN, CALL_MEMORY, token_api_metrics),
	{ "POST", "/oauth/token", ROUTE_PUBLIC, ROUTE_SHAPE_TOKEN, 64 * KIB, "token_api_issue", CALL_READ,
	  token_api_issue, NULL, token_api_admit },
	PUBLIC("GET", "/token_keys", 0, ROUTE_SHAPE_TOKEN, CALL_READ, token_api_keys),
	/* Clients probe them, and take 401 for the end: what is not there says so to everybody. Source: RFC 8414 §3. */
	PUBLIC("GET", "/.well-known/oauth-authorization-server", 0, ROUTE_SHAPE_TOKEN, CALL_MEMORY,
	       token_api_configuration),
	PUBLIC("GET", "/.well-known/oauth-authorization-server/oauth/token", 0, ROUTE_SHAPE_TOKEN,
	       CALL_MEMORY, token_api_configuration),
	PUBLIC("GET", "/.well-known/openid-configuration", 0, ROUTE_SHAPE_TOKEN, CALL_MEMORY,
	       token_api_configuration),
	/* The issuer is ".../oauth/token", as of XSUAA; discovery appends to it. */
	PUBLIC("GET", "/oauth/token/.well-known/openid-configuration", 0, ROUTE_SHAPE_TOKEN, CALL_MEMORY,
	       token_api_configuration),
	PUBLIC("GET", "/.well-known/{*}", 0, ROUTE_SHAPE_TOKEN, CALL_MEMORY, token_api_absent),
	PUBLIC("GET", "/token_key", 0, ROUTE_SHAPE_TOKEN, CALL_MEMORY, token_api_absent),
	{ "GET", "/", ROUTE_ADMIN, ROUTE_SHAPE_ADMIN, 0, "token_api_page", CALL_MEMORY, token_api_page },

	{ "GET", "/admin/v1/status", ROUTE_ADMIN, ROUTE_SHAPE_ADMIN, 0, "admin_status", CALL_MEMORY,
	  admin_status },
	ADMIN("GET", "/ca", 0, admin_ca_show),
	ADMIN("POST", "/ca/issue", 64 * KIB, admin_ca_issue),
	ADMIN("POST", "/ca/sign", 256 * KIB, admin_ca_sign),
	ADMIN("POST", "/ca/revoke", 256 * KIB, admin_ca_revoke),
	ADMIN("GET", "/ca/crl", 0, admin_ca_crl),
	ADMIN("GET", "/ca/certificates", 0, admin_ca_certificates),
	SERVER("GET", "/ca/server-certificates", 0, admin_ca_server_certificates),
	SERVER("POST", "/ca/server-certificates", 4 * MIB, admin_ca_server_replace),
	SERVER("DELETE", "/ca/server-certificates", 0, admin_ca_server_reset),

	ADMIN("GET", "/keystore", 0, admin_keystore_list),
	ADMIN("GET", "/keystore/crls", 0, admin_keystore_crls),
	ADMIN("DELETE", "/keystore/crls/{sha256}", 0, admin_keystore_crl_delete),
	ADMIN("POST", "/keystore/import", 16 * MIB, admin_keystore_import),
	ADMIN("POST", "/keystore/create", 64 * KIB, admin_keystore_create),
	ADMIN("POST", "/keystore/rename", 64 * KIB, admin_keystore_rename),
	ADMIN("POST", "/keystore/backup", 0, admin_keystore_backup),
	ADMIN("POST", "/keystore/restore", 0, admin_keystore_restore),
	ADMIN("GET", "/keystore/{alias}", 0, admin_keystore_get),
	ADMIN("DELETE", "/keystore/{alias}", 0, admin_keystore_delete),
	ADMIN("GET", "/keystore/{alias}/export", 0, admin_keystore_export),
	ADMIN("POST", "/keystore/{alias}/request", 64 * KIB, admin_keystore_request),
	ADMIN("POST", "/keystore/{alias}/signing-response", MIB, admin_keystore_signing_response),

	ADMIN("GET", "/credentials", 0, admin_credential_list),
	ADMIN("POST", "/credentials", 64 * KIB, admin_credential_put),
	ADMIN("GET", "/credentials/{name}", 0, admin_credential_get),
	ADMIN("DELETE", "/credentials/{name}", 0, admin_credential_delete),

	SERVER("GET", "/subaccounts", 0, admin_subaccount_list),
	SERVER("POST", "/subaccounts", 64 * KIB, admin_subaccount_create),
	SERVER("GET", "/subaccounts/{name}", 0, admin_subaccount_get),
	SERVER("DELETE", "/subaccounts/{name}", 0, admin_subaccount_delete),

	ADMIN("GET", "/token-keys", 0, admin_token_key_list),
	ADMIN("POST", "/token-keys", 64 * KIB, admin_token_key_rotate),

	ADMIN("GET", "/roles", 0, admin_role_list),
	ADMIN("POST", "/roles", 64 * KIB, admin_role_create),
	ADMIN("GET", "/roles/{name}", 0, admin_role_get),
	ADMIN("DELETE", "/roles/{name}", 0, admin_role_delete),

	ADMIN("GET", "/service-instances", 0, admin_instance_list),
	ADMIN("POST", "/service-instances", 256 * KIB, admin_instance_create),
	ADMIN("GET", "/service-instances/{instance}", 0, admin_instance_get),
	ADMIN("PATCH", "/service-instances/{instance}", 256 * KIB, admin_instance_update),
	ADMIN("DELETE", "/service-instances/{instance}", 0, admin_instance_delete),
	ADMIN("GET", "/service-instances/{instance}/service-keys", 0, admin_key_list),
	ADMIN("POST", "/service-instances/{instance}/service-keys", 512 * KIB, admin_key_create),
	ADMIN("GET", "/service-instances/{instance}/service-keys/{key}", 0, admin_key_get),
	ADMIN("DELETE", "/service-instances/{instance}/service-keys/{key}", 0, admin_key_delete),
	ADMIN("GET", "/service-instances/{instance}/service-keys/{key}/credentials", 0,
	      admin_key_credentials),
	ADMIN("POST", "/service-instances/{instance}/service-keys/{key}/certificates", 512 * KIB,
	      admin_key_add_certificate),
	ADMIN("DELETE", "/service-instances/{instance}/service-keys/{key}/certificates/{sha256}", 0,
	      admin_key_remove_certificate),

	ADMIN("GET", "/artifacts", 0, admin_artifact_list),
	ADMIN("POST", "/artifacts", 16 * MIB, admin_artifact_deploy),
	ADMIN("POST", "/artifacts/create", MIB, admin_artifact_create),
	ADMIN("GET", "/artifacts/{id}", 0, admin_artifact_get),
	ADMIN("DELETE", "/artifacts/{id}", 0, admin_artifact_undeploy),

	ADMIN("GET", "/messages", 0, admin_message_list),
	ADMIN("GET", "/messages/{id}", 0, admin_message_get),
	ADMIN("GET", "/messages/{id}/doctor", 0, admin_message_doctor),

	ADMIN("GET", "/settings", 0, admin_setting_list),
	ADMIN("POST", "/settings", 64 * KIB, admin_setting_put),

	ADMIN_ASK("/destinations/{name}/check", 64 * KIB, admin_destination_check),
	ADMIN_ASK("/destinations/{name}/doctor", 64 * KIB, admin_destination_doctor),
	ADMIN_ASK("/doctor/file", 16 * MIB, admin_file_doctor),
	ADMIN("POST", "/bindings", 64 * KIB, admin_binding_create),

	FIND("/v1/destinations/{name}", destination_find_api_find),
	FIND("/v2/destinations/{name}", destination_find_api_consume),
	DESTINATION_LEVEL("subaccount"),
	DESTINATION_LEVEL("instance"),
	READ("/v1/saml2Metadata", destination_trust_api_metadata),
	READ("/v1/saml2Metadata/certificate", destination_trust_api_get),
	WRITE("POST", "/v1/saml2Metadata/certificate", 0, destination_trust_api_make),
	READ("/v1/saml2Metadata/certificate/passive", destination_trust_api_get),
	WRITE("POST", "/v1/saml2Metadata/certificate/passive", 0, destination_trust_api_make),
	WRITE("DELETE", "/v1/saml2Metadata/certificate/passive", 0, destination_trust_api_delete),
	WRITE("POST", "/v1/saml2Metadata/rotateCertificate", 0, destination_trust_api_rotate),
	WRITE("DELETE", "/maintenance/v1/caches/ias", 0, destination_trust_api_clear),

	BROKER("GET", "/catalog", 0, broker_api_catalog),
	BROKER("PUT", "/service_instances/{id}", 256 * KIB, broker_api_provision),
	BROKER("GET", "/service_instances/{id}", 0, broker_api_instance),
	BROKER("PATCH", "/service_instances/{id}", 256 * KIB, broker_api_update),
	BROKER("DELETE", "/service_instances/{id}", 0, broker_api_deprovision),
	BROKER("GET", "/service_instances/{id}/last_operation", 0, broker_api_instance_operation),
	BROKER("PUT", "/service_instances/{id}/service_bindings/{binding}", 512 * KIB, broker_api_bind),
	BROKER("GET", "/service_instances/{id}/service_bindings/{binding}", 0, broker_api_binding),
	BROKER("DELETE", "/service_instances/{id}/service_bindings/{binding}", 0, broker_api_unbind),
	BROKER("GET", "/service_instances/{id}/service_bindings/{binding}/last_operation", 0,
	       broker_api_binding_operation),
	ODATA("GET"),
	ODATA("POST"),
	ODATA("PUT"),
	ODATA("PATCH"),
	ODATA("DELETE"),

	{ 0 },
};
