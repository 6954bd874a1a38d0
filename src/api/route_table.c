/* SPDX-License-Identifier: Apache-2.0
 * The table of management routes; nothing is served that does not stand here. */
#include "api/core/route.h"

#include "api/admin/admin.h"
#include "api/broker_api.h"
#include "api/destination/destination_api.h"
#include "api/odata/odata.h"
#include "api/token_api.h"

#define KIB ((size_t)1024)
#define MIB ((size_t)1024 * 1024)

/* What asks with GET reads; what does not, changes, unless its row says otherwise. */
#define PLACE(method) ((method)[0] == 'G' ? CALL_READ : CALL_CHANGE)
#define ADMIN(name, method, path, max_body, handle, ...) \
	{ \
		method, "/admin/v1" path, SUBJECTS_ADMIN, ROUTE_SHAPE_ADMIN, max_body, name, PLACE(method), \
			handle, __VA_ARGS__ \
	}
#define SERVER(name, method, path, max_body, handle, ...) \
	{ \
		method, "/admin/v1" path, SUBJECTS_SERVER, ROUTE_SHAPE_ADMIN, max_body, name, PLACE(method), \
			handle, __VA_ARGS__ \
	}
/* A question that has a body. */
#define ADMIN_ASK(name, path, max_body, handle, ...) \
	{ \
		"POST", "/admin/v1" path, SUBJECTS_ADMIN, ROUTE_SHAPE_ADMIN, max_body, name, CALL_READ, \
			handle, __VA_ARGS__ \
	}
/* What stands behind a row of /admin/v1: its query, its body, and its answer. */
#define ASKS(object) .query = &object_##object
#define TAKES(object) .takes = &object_##object
#define GIVES(code, object) .status = code, .gives = &object_##object
#define LISTS(object, member) .status = 200, .gives = &object_##object, .key = member
#define GIVES_NOTHING .status = 204
/* What memory alone answers. */
#define MEMORY(name, path, serves, shape, handle) \
	{ \
		"GET", path, serves, shape, 0, name, CALL_MEMORY, handle \
	}
#define ADMIN_MEMORY(name, path, handle, ...) \
	{ \
		"GET", "/admin/v1" path, SUBJECTS_ADMIN, ROUTE_SHAPE_ADMIN, 0, name, CALL_MEMORY, handle, \
			__VA_ARGS__ \
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

/* Paths with keys are taken apart behind the route; each operation has its own right and name:
 * odata_operations. */
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
	/* Clients probe them, and take 401 for the end: what is not there says so to everybody.
	 * Source: RFC 8414 §3. */
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

	ADMIN_MEMORY("server.status", "/status", admin_status, GIVES(200, status)),
	ADMIN_MEMORY("server.openapi", "/openapi.json", admin_openapi, GIVES(200, openapi)),
	ADMIN("ca.show", "GET", "/ca", 0, admin_ca_show, GIVES(200, authority)),
	ADMIN("ca.issue", "POST", "/ca/issue", 64 * KIB, admin_ca_issue, TAKES(certificate_order),
	      GIVES(201, issued)),
	ADMIN("ca.sign", "POST", "/ca/sign", 256 * KIB, admin_ca_sign, TAKES(certificate_sign),
	      GIVES(200, issued)),
	ADMIN("ca.revoke", "POST", "/ca/revoke", 256 * KIB, admin_ca_revoke, TAKES(certificate_revoke),
	      GIVES(200, revoked)),
	ADMIN("ca.crl", "GET", "/ca/crl", 0, admin_ca_crl, GIVES(200, authority_crl)),
	ADMIN("ca.certificates", "GET", "/ca/certificates", 0, admin_ca_certificates, ASKS(page),
	      LISTS(issued_certificate, "sha256")),
	SERVER("server-certificate.list", "GET", "/ca/server-certificates", 0, admin_ca_server_certificates,
	       ASKS(page), LISTS(server_certificate_state, "kind")),
	SERVER("server-certificate.replace", "POST", "/ca/server-certificates", 4 * MIB,
	       admin_ca_server_replace, TAKES(server_certificate), GIVES(200, server_certificates)),
	SERVER("server-certificate.reset", "DELETE", "/ca/server-certificates", 0, admin_ca_server_reset,
	       GIVES(200, server_certificates)),

	ADMIN("keystore.list", "GET", "/keystore", 0, admin_keystore_list, ASKS(page),
	      LISTS(keystore_entry, "alias")),
	ADMIN("keystore.crls", "GET", "/keystore/crls", 0, admin_keystore_crls, ASKS(page),
	      LISTS(revocation_list, "sha256")),
	ADMIN("keystore.delete-crl", "DELETE", "/keystore/crls/{sha256}", 0, admin_keystore_crl_delete,
	      ASKS(force), GIVES(200, list_deleted)),
	ADMIN("keystore.import", "POST", "/keystore/import", 16 * MIB, admin_keystore_import,
	      TAKES(keystore_import), GIVES(200, keystore_import_done)),
	ADMIN("keystore.create", "POST", "/keystore/create", 64 * KIB, admin_keystore_create,
	      TAKES(keystore_create), GIVES(201, keystore_entry)),
	ADMIN("keystore.rename", "POST", "/keystore/rename", 64 * KIB, admin_keystore_rename,
	      TAKES(keystore_rename), GIVES(200, keystore_entry)),
	ADMIN("keystore.backup", "POST", "/keystore/backup", 0, admin_keystore_backup,
	      GIVES(200, keystore_backup)),
	ADMIN("keystore.restore", "POST", "/keystore/restore", 0, admin_keystore_restore,
	      GIVES(200, keystore_backup)),
	ADMIN("keystore.get", "GET", "/keystore/{alias}", 0, admin_keystore_get, GIVES(200, keystore_entry)),
	ADMIN("keystore.delete", "DELETE", "/keystore/{alias}", 0, admin_keystore_delete, GIVES_NOTHING),
	ADMIN("keystore.export", "GET", "/keystore/{alias}/export", 0, admin_keystore_export,
	      ASKS(keystore_export), GIVES(200, pem)),
	ADMIN("keystore.request", "POST", "/keystore/{alias}/request", 64 * KIB, admin_keystore_request,
	      TAKES(nothing), GIVES(200, signing_request)),
	ADMIN("keystore.signing-response", "POST", "/keystore/{alias}/signing-response", MIB,
	      admin_keystore_signing_response, TAKES(signing_response), GIVES(200, keystore_entry)),

	ADMIN("credential.list", "GET", "/credentials", 0, admin_credential_list, ASKS(page),
	      LISTS(credential, "name")),
	ADMIN("credential.create", "POST", "/credentials", 64 * KIB, admin_credential_put, TAKES(credential),
	      GIVES(200, credential)),
	ADMIN("credential.get", "GET", "/credentials/{name}", 0, admin_credential_get,
	      GIVES(200, credential)),
	ADMIN("credential.delete", "DELETE", "/credentials/{name}", 0, admin_credential_delete,
	      GIVES_NOTHING),

	SERVER("subaccount.list", "GET", "/subaccounts", 0, admin_subaccount_list, ASKS(page),
	       LISTS(subaccount, "name")),
	SERVER("subaccount.create", "POST", "/subaccounts", 64 * KIB, admin_subaccount_create,
	       TAKES(subaccount), GIVES(201, subaccount)),
	SERVER("subaccount.get", "GET", "/subaccounts/{name}", 0, admin_subaccount_get,
	       GIVES(200, subaccount)),
	SERVER("subaccount.delete", "DELETE", "/subaccounts/{name}", 0, admin_subaccount_delete, ASKS(force),
	       GIVES_NOTHING),

	ADMIN("token-key.list", "GET", "/token-keys", 0, admin_token_key_list, ASKS(page),
	      LISTS(token_key, "kid")),
	ADMIN("token-key.rotate", "POST", "/token-keys", 64 * KIB, admin_token_key_rotate, TAKES(token_key),
	      .status = 201, .gives = &object_token_key, .key = "kid"),

	ADMIN("role.list", "GET", "/roles", 0, admin_role_list, ASKS(page), LISTS(role, "name")),
	ADMIN("role.create", "POST", "/roles", 64 * KIB, admin_role_create, TAKES(role), GIVES(201, role)),
	ADMIN("role.get", "GET", "/roles/{name}", 0, admin_role_get, GIVES(200, role)),
	ADMIN("role.delete", "DELETE", "/roles/{name}", 0, admin_role_delete, GIVES_NOTHING),

	ADMIN("service-instance.list", "GET", "/service-instances", 0, admin_instance_list, ASKS(page),
	      LISTS(service_instance, "name")),
	ADMIN("service-instance.create", "POST", "/service-instances", 256 * KIB, admin_instance_create,
	      TAKES(service_instance), GIVES(201, service_instance)),
	ADMIN("service-instance.get", "GET", "/service-instances/{instance}", 0, admin_instance_get,
	      GIVES(200, service_instance)),
	ADMIN("service-instance.update", "PATCH", "/service-instances/{instance}", 256 * KIB,
	      admin_instance_update, TAKES(service_instance_update), GIVES(200, service_instance)),
	ADMIN("service-instance.delete", "DELETE", "/service-instances/{instance}", 0, admin_instance_delete,
	      GIVES_NOTHING),
	ADMIN("service-key.list", "GET", "/service-instances/{instance}/service-keys", 0, admin_key_list,
	      ASKS(page), LISTS(service_key, "name")),
	ADMIN("service-key.create", "POST", "/service-instances/{instance}/service-keys", 512 * KIB,
	      admin_key_create, TAKES(service_key), GIVES(201, service_key)),
	ADMIN("service-key.get", "GET", "/service-instances/{instance}/service-keys/{key}", 0, admin_key_get,
	      GIVES(200, service_key)),
	ADMIN("service-key.delete", "DELETE", "/service-instances/{instance}/service-keys/{key}", 0,
	      admin_key_delete, GIVES_NOTHING),
	ADMIN("service-key.credentials", "GET",
	      "/service-instances/{instance}/service-keys/{key}/credentials", 0, admin_key_credentials,
	      GIVES(200, service_key_credentials)),
	ADMIN("service-key.add-certificate", "POST",
	      "/service-instances/{instance}/service-keys/{key}/certificates", 512 * KIB,
	      admin_key_add_certificate, TAKES(service_key_certificate), GIVES(200, service_key)),
	ADMIN("service-key.remove-certificate", "DELETE",
	      "/service-instances/{instance}/service-keys/{key}/certificates/{sha256}", 0,
	      admin_key_remove_certificate, GIVES_NOTHING),

	ADMIN("artifact.list", "GET", "/artifacts", 0, admin_artifact_list, ASKS(page),
	      LISTS(artifact, "id")),
	ADMIN("artifact.deploy", "POST", "/artifacts", 16 * MIB, admin_artifact_deploy, TAKES(artifact_file),
	      GIVES(201, artifact)),
	ADMIN("artifact.create", "POST", "/artifacts/create", MIB, admin_artifact_create, TAKES(artifact),
	      GIVES(201, artifact)),
	ADMIN("artifact.get", "GET", "/artifacts/{id}", 0, admin_artifact_get, GIVES(200, artifact)),
	ADMIN("artifact.undeploy", "DELETE", "/artifacts/{id}", 0, admin_artifact_undeploy, GIVES_NOTHING),

	ADMIN("message.list", "GET", "/messages", 0, admin_message_list, ASKS(message_filter),
	      LISTS(message, "id")),
	ADMIN("message.get", "GET", "/messages/{id}", 0, admin_message_get, GIVES(200, message)),
	ADMIN("doctor.message", "GET", "/messages/{id}/doctor", 0, admin_message_doctor, GIVES(200, report)),

	ADMIN("setting.list", "GET", "/settings", 0, admin_setting_list, GIVES(200, settings)),
	ADMIN("setting.set", "POST", "/settings", 64 * KIB, admin_setting_put, TAKES(setting), GIVES_NOTHING),

	ADMIN_ASK("destination.check", "/destinations/{name}/check", 64 * KIB, admin_destination_check,
		  TAKES(nothing), GIVES(200, destination_check)),
	ADMIN_ASK("doctor.destination", "/destinations/{name}/doctor", 64 * KIB, admin_destination_doctor,
		  TAKES(nothing), GIVES(200, report)),
	ADMIN_ASK("doctor.file", "/doctor/file", 16 * MIB, admin_file_doctor, TAKES(doctor_file),
		  GIVES(200, report)),
	ADMIN("binding.create", "POST", "/bindings", 64 * KIB, admin_binding_create, TAKES(binding),
	      GIVES(201, binding_made), .other_status = 200),

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
