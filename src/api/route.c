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
#define ADMIN(name, method, path, max_body, handle) \
	{ \
		method, "/admin/v1" path, SUBJECTS_ADMIN, ROUTE_SHAPE_ADMIN, max_body, name, PLACE(method), \
			handle \
	}
#define SERVER(name, method, path, max_body, handle) \
	{ \
		method, "/admin/v1" path, SUBJECTS_SERVER, ROUTE_SHAPE_ADMIN, max_body, name, PLACE(method), \
			handle \
	}
/* The same with what they take. */
#define ADMIN_TAKES(name, method, path, max_body, handle, object) \
	{ \
		method, "/admin/v1" path, SUBJECTS_ADMIN, ROUTE_SHAPE_ADMIN, max_body, name, PLACE(method), \
			handle, NULL, &object_##object \
	}
#define SERVER_TAKES(name, method, path, max_body, handle, object) \
	{ \
		method, "/admin/v1" path, SUBJECTS_SERVER, ROUTE_SHAPE_ADMIN, max_body, name, PLACE(method), \
			handle, NULL, &object_##object \
	}
/* A question that has a body. */
#define ADMIN_ASK(name, path, max_body, handle) \
	{ \
		"POST", "/admin/v1" path, SUBJECTS_ADMIN, ROUTE_SHAPE_ADMIN, max_body, name, CALL_READ, \
			handle \
	}
/* What memory alone answers. */
#define MEMORY(name, path, serves, shape, handle) \
	{ \
		"GET", path, serves, shape, 0, name, CALL_MEMORY, handle \
	}
#define PUBLIC(name, path, shape, handle) MEMORY(name, path, SUBJECT_ANYBODY, shape, handle)
#define FIND(name, path, handle) \
	MEMORY(name, "/destination-configuration" path, SUBJECTS_DESTINATION_READ, ROUTE_SHAPE_DESTINATION, \
	       handle)
#define READ(name, path, handle) \
	{ \
		"GET", "/destination-configuration" path, SUBJECTS_DESTINATION_READ, \
			ROUTE_SHAPE_DESTINATION, 0, name, CALL_READ, handle \
	}
#define WRITE(name, method, path, max_body, handle) \
	{ \
		method, "/destination-configuration" path, SUBJECTS_DESTINATION_MODIFY, \
			ROUTE_SHAPE_DESTINATION, max_body, name, CALL_CHANGE, handle \
	}
#define BROKER(name, method, path, max_body, handle) \
	{ \
		method, "/v2" path, SUBJECTS_ADMIN, ROUTE_SHAPE_BROKER, max_body, "broker." name, \
			PLACE(method), handle \
	}

/* Paths with keys are taken apart behind the route; each operation has its own right and name: odata_operations. */
#define ODATA(name, method) \
	{ \
		method, "/api/v1/{*}", SUBJECTS_API, ROUTE_SHAPE_ODATA, 16 * MIB, "odata." name, \
			PLACE(method), odata_handle, odata_admit \
	}
/* A subaccount and an instance have the same. */
#define DESTINATION_LABELS(noun, path) \
	READ(noun "-label.get", path "/{name}/labels", destination_api_label_get), \
		WRITE(noun "-label.set", "PUT", path "/{name}/labels", 256 * KIB, \
		      destination_api_label_put), \
		WRITE(noun "-label.patch", "PATCH", path "/{name}/labels", 256 * KIB, \
		      destination_api_label_patch)
#define DESTINATION_ENTITY(noun, path, size, create, update) \
	READ(noun ".list", path, destination_api_list), WRITE(noun ".create", "POST", path, size, create), \
		WRITE(noun ".update", "PUT", path, size, update), \
		READ(noun ".get", path "/{name}", destination_api_get), \
		WRITE(noun ".delete", "DELETE", path "/{name}", 0, destination_api_delete), \
		DESTINATION_LABELS(noun, path)
#define DESTINATION_LEVEL(prefix, level) \
	DESTINATION_ENTITY(prefix "destination", "/v1/" level "Destinations", 4 * MIB, \
			   destination_api_create, destination_api_update), \
		WRITE(prefix "destination.patch", "PATCH", "/v1/" level "Destinations", 4 * MIB, \
		      destination_api_patch), \
		WRITE(prefix "destination.delete-many", "DELETE", "/v1/" level "Destinations", 0, \
		      destination_api_delete_many), \
		DESTINATION_ENTITY(prefix "destination-fragment", "/v1/" level "DestinationFragments", \
				   4 * MIB, destination_api_create, destination_api_update), \
		WRITE(prefix "destination-fragment.patch", "PATCH", "/v1/" level "DestinationFragments", \
		      4 * MIB, destination_api_patch), \
		DESTINATION_ENTITY(prefix "destination-certificate", "/v1/" level "Certificates", 16 * MIB, \
				   destination_certificate_api_create, destination_certificate_api_update), \
		WRITE(prefix "destination-certificate.delete-many", "DELETE", "/v1/" level "Certificates", \
		      0, destination_api_delete_many), \
		READ(prefix "destination-certificate.public-keys", \
		     "/v1/" level "Certificates/{name}/publicKeys", destination_certificate_api_public_keys)

const struct route route_table[] = {
	PUBLIC("server.live", "/livez", ROUTE_SHAPE_ADMIN, token_api_live),
	PUBLIC("server.ready", "/readyz", ROUTE_SHAPE_ADMIN, token_api_ready),
	PUBLIC("server.metrics", "/metrics", ROUTE_SHAPE_ADMIN, token_api_metrics),
	{ "POST", "/oauth/token", SUBJECT_ANYBODY, ROUTE_SHAPE_TOKEN, 64 * KIB, "token.issue", CALL_READ,
	  token_api_issue, token_api_admit },
	{ "GET", "/token_keys", SUBJECT_ANYBODY, ROUTE_SHAPE_TOKEN, 0, "token.keys", CALL_READ,
	  token_api_keys },
	/* Clients probe them, and take 401 for the end: what is not there says so to everybody. Source: RFC 8414 §3. */
	PUBLIC("token.metadata", "/.well-known/oauth-authorization-server", ROUTE_SHAPE_TOKEN,
	       token_api_configuration),
	PUBLIC("token.metadata-of-issuer", "/.well-known/oauth-authorization-server/oauth/token",
	       ROUTE_SHAPE_TOKEN, token_api_configuration),
	PUBLIC("token.configuration", "/.well-known/openid-configuration", ROUTE_SHAPE_TOKEN,
	       token_api_configuration),
	/* The issuer is ".../oauth/token", as of XSUAA; discovery appends to it. */
	PUBLIC("token.configuration-of-issuer", "/oauth/token/.well-known/openid-configuration",
	       ROUTE_SHAPE_TOKEN, token_api_configuration),
	PUBLIC("server.no-metadata", "/.well-known/{*}", ROUTE_SHAPE_TOKEN, token_api_absent),
	PUBLIC("token.no-key", "/token_key", ROUTE_SHAPE_TOKEN, token_api_absent),
	MEMORY("server.page", "/", SUBJECTS_ADMIN, ROUTE_SHAPE_ADMIN, token_api_page),

	MEMORY("server.status", "/admin/v1/status", SUBJECTS_ADMIN, ROUTE_SHAPE_ADMIN, admin_status),
	MEMORY("server.openapi", "/admin/v1/openapi.json", SUBJECTS_ADMIN, ROUTE_SHAPE_ADMIN, admin_openapi),
	ADMIN("ca.show", "GET", "/ca", 0, admin_ca_show),
	ADMIN_TAKES("ca.issue", "POST", "/ca/issue", 64 * KIB, admin_ca_issue, certificate_order),
	ADMIN_TAKES("ca.sign", "POST", "/ca/sign", 256 * KIB, admin_ca_sign, certificate_sign),
	ADMIN_TAKES("ca.revoke", "POST", "/ca/revoke", 256 * KIB, admin_ca_revoke, certificate_revoke),
	ADMIN("ca.crl", "GET", "/ca/crl", 0, admin_ca_crl),
	ADMIN("ca.certificates", "GET", "/ca/certificates", 0, admin_ca_certificates),
	SERVER("server-certificate.list", "GET", "/ca/server-certificates", 0, admin_ca_server_certificates),
	SERVER_TAKES("server-certificate.replace", "POST", "/ca/server-certificates", 4 * MIB,
		     admin_ca_server_replace, server_certificate),
	SERVER("server-certificate.reset", "DELETE", "/ca/server-certificates", 0, admin_ca_server_reset),

	ADMIN("keystore.list", "GET", "/keystore", 0, admin_keystore_list),
	ADMIN("keystore.crls", "GET", "/keystore/crls", 0, admin_keystore_crls),
	ADMIN_TAKES("keystore.delete-crl", "DELETE", "/keystore/crls/{sha256}", 0, admin_keystore_crl_delete,
		    force),
	ADMIN_TAKES("keystore.import", "POST", "/keystore/import", 16 * MIB, admin_keystore_import,
		    keystore_import),
	ADMIN_TAKES("keystore.create", "POST", "/keystore/create", 64 * KIB, admin_keystore_create,
		    keystore_create),
	ADMIN_TAKES("keystore.rename", "POST", "/keystore/rename", 64 * KIB, admin_keystore_rename,
		    keystore_rename),
	ADMIN("keystore.backup", "POST", "/keystore/backup", 0, admin_keystore_backup),
	ADMIN("keystore.restore", "POST", "/keystore/restore", 0, admin_keystore_restore),
	ADMIN("keystore.get", "GET", "/keystore/{alias}", 0, admin_keystore_get),
	ADMIN("keystore.delete", "DELETE", "/keystore/{alias}", 0, admin_keystore_delete),
	ADMIN_TAKES("keystore.export", "GET", "/keystore/{alias}/export", 0, admin_keystore_export,
		    keystore_export),
	ADMIN("keystore.request", "POST", "/keystore/{alias}/request", 64 * KIB, admin_keystore_request),
	ADMIN_TAKES("keystore.signing-response", "POST", "/keystore/{alias}/signing-response", MIB,
		    admin_keystore_signing_response, signing_response),

	ADMIN("credential.list", "GET", "/credentials", 0, admin_credential_list),
	ADMIN_TAKES("credential.create", "POST", "/credentials", 64 * KIB, admin_credential_put, credential),
	ADMIN("credential.get", "GET", "/credentials/{name}", 0, admin_credential_get),
	ADMIN("credential.delete", "DELETE", "/credentials/{name}", 0, admin_credential_delete),

	SERVER("subaccount.list", "GET", "/subaccounts", 0, admin_subaccount_list),
	SERVER_TAKES("subaccount.create", "POST", "/subaccounts", 64 * KIB, admin_subaccount_create,
		     subaccount),
	SERVER("subaccount.get", "GET", "/subaccounts/{name}", 0, admin_subaccount_get),
	SERVER_TAKES("subaccount.delete", "DELETE", "/subaccounts/{name}", 0, admin_subaccount_delete, force),

	ADMIN("token-key.list", "GET", "/token-keys", 0, admin_token_key_list),
	ADMIN_TAKES("token-key.rotate", "POST", "/token-keys", 64 * KIB, admin_token_key_rotate, token_key),

	ADMIN("role.list", "GET", "/roles", 0, admin_role_list),
	ADMIN_TAKES("role.create", "POST", "/roles", 64 * KIB, admin_role_create, role),
	ADMIN("role.get", "GET", "/roles/{name}", 0, admin_role_get),
	ADMIN("role.delete", "DELETE", "/roles/{name}", 0, admin_role_delete),

	ADMIN("service-instance.list", "GET", "/service-instances", 0, admin_instance_list),
	ADMIN_TAKES("service-instance.create", "POST", "/service-instances", 256 * KIB, admin_instance_create,
		    service_instance),
	ADMIN("service-instance.get", "GET", "/service-instances/{instance}", 0, admin_instance_get),
	ADMIN_TAKES("service-instance.update", "PATCH", "/service-instances/{instance}", 256 * KIB,
		    admin_instance_update, service_instance_update),
	ADMIN("service-instance.delete", "DELETE", "/service-instances/{instance}", 0, admin_instance_delete),
	ADMIN("service-key.list", "GET", "/service-instances/{instance}/service-keys", 0, admin_key_list),
	ADMIN_TAKES("service-key.create", "POST", "/service-instances/{instance}/service-keys", 512 * KIB,
		    admin_key_create, service_key),
	ADMIN("service-key.get", "GET", "/service-instances/{instance}/service-keys/{key}", 0, admin_key_get),
	ADMIN("service-key.delete", "DELETE", "/service-instances/{instance}/service-keys/{key}", 0,
	      admin_key_delete),
	ADMIN("service-key.credentials", "GET",
	      "/service-instances/{instance}/service-keys/{key}/credentials", 0, admin_key_credentials),
	ADMIN_TAKES("service-key.add-certificate", "POST",
		    "/service-instances/{instance}/service-keys/{key}/certificates", 512 * KIB,
		    admin_key_add_certificate, service_key_certificate),
	ADMIN("service-key.remove-certificate", "DELETE",
	      "/service-instances/{instance}/service-keys/{key}/certificates/{sha256}", 0,
	      admin_key_remove_certificate),

	ADMIN("artifact.list", "GET", "/artifacts", 0, admin_artifact_list),
	ADMIN_TAKES("artifact.deploy", "POST", "/artifacts", 16 * MIB, admin_artifact_deploy, artifact_file),
	ADMIN_TAKES("artifact.create", "POST", "/artifacts/create", MIB, admin_artifact_create, artifact),
	ADMIN("artifact.get", "GET", "/artifacts/{id}", 0, admin_artifact_get),
	ADMIN("artifact.undeploy", "DELETE", "/artifacts/{id}", 0, admin_artifact_undeploy),

	ADMIN_TAKES("message.list", "GET", "/messages", 0, admin_message_list, message_filter),
	ADMIN("message.get", "GET", "/messages/{id}", 0, admin_message_get),
	ADMIN("doctor.message", "GET", "/messages/{id}/doctor", 0, admin_message_doctor),

	ADMIN("setting.list", "GET", "/settings", 0, admin_setting_list),
	ADMIN_TAKES("setting.set", "POST", "/settings", 64 * KIB, admin_setting_put, setting),

	ADMIN_ASK("destination.check", "/destinations/{name}/check", 64 * KIB, admin_destination_check),
	ADMIN_ASK("doctor.destination", "/destinations/{name}/doctor", 64 * KIB, admin_destination_doctor),
	{ "POST", "/admin/v1/doctor/file", SUBJECTS_ADMIN, ROUTE_SHAPE_ADMIN, 16 * MIB, "doctor.file",
	  CALL_READ, admin_file_doctor, NULL, &object_doctor_file },
	ADMIN_TAKES("binding.create", "POST", "/bindings", 64 * KIB, admin_binding_create, binding),

	FIND("destination.find", "/v1/destinations/{name}", destination_find_api_find),
	FIND("destination.consume", "/v2/destinations/{name}", destination_find_api_consume),
	DESTINATION_LEVEL("", "subaccount"),
	DESTINATION_LEVEL("instance-", "instance"),
	READ("saml.metadata", "/v1/saml2Metadata", destination_trust_api_metadata),
	READ("saml.certificate", "/v1/saml2Metadata/certificate", destination_trust_api_get),
	WRITE("saml.create", "POST", "/v1/saml2Metadata/certificate", 0, destination_trust_api_make),
	READ("saml.passive-certificate", "/v1/saml2Metadata/certificate/passive", destination_trust_api_get),
	WRITE("saml.create-passive", "POST", "/v1/saml2Metadata/certificate/passive", 0,
	      destination_trust_api_make),
	WRITE("saml.delete-passive", "DELETE", "/v1/saml2Metadata/certificate/passive", 0,
	      destination_trust_api_delete),
	WRITE("saml.rotate", "POST", "/v1/saml2Metadata/rotateCertificate", 0, destination_trust_api_rotate),
	WRITE("saml.clear-cache", "DELETE", "/maintenance/v1/caches/ias", 0, destination_trust_api_clear),

	BROKER("catalog", "GET", "/catalog", 0, broker_api_catalog),
	BROKER("provision", "PUT", "/service_instances/{id}", 256 * KIB, broker_api_provision),
	BROKER("instance", "GET", "/service_instances/{id}", 0, broker_api_instance),
	BROKER("update", "PATCH", "/service_instances/{id}", 256 * KIB, broker_api_update),
	BROKER("deprovision", "DELETE", "/service_instances/{id}", 0, broker_api_deprovision),
	BROKER("instance-operation", "GET", "/service_instances/{id}/last_operation", 0,
	       broker_api_instance_operation),
	BROKER("bind", "PUT", "/service_instances/{id}/service_bindings/{binding}", 512 * KIB,
	       broker_api_bind),
	BROKER("binding", "GET", "/service_instances/{id}/service_bindings/{binding}", 0, broker_api_binding),
	BROKER("unbind", "DELETE", "/service_instances/{id}/service_bindings/{binding}", 0,
	       broker_api_unbind),
	BROKER("binding-operation", "GET",
	       "/service_instances/{id}/service_bindings/{binding}/last_operation", 0,
	       broker_api_binding_operation),
	ODATA("get", "GET"),
	ODATA("post", "POST"),
	ODATA("put", "PUT"),
	ODATA("patch", "PATCH"),
	ODATA("delete", "DELETE"),

	{ 0 },
};
