/* SPDX-License-Identifier: Apache-2.0
 * The objects of /admin/v1: what requests carry and answers tell, field by field. */
#pragma once

#include "model/field.h"

/* Certificates, the built-in CA, the keystore: object_certificate.c. */
extern const struct object object_certificate_order;
extern const struct object object_certificate_sign;
extern const struct object object_certificate_revoke;
extern const struct object object_server_certificate;
extern const struct object object_keystore_create;
extern const struct object object_keystore_import;
extern const struct object object_keystore_rename;
extern const struct object object_signing_response;
extern const struct object object_certificate;
extern const struct object object_authority;
extern const struct object object_authority_crl;
extern const struct object object_issued;
extern const struct object object_issued_certificate;
extern const struct object object_revoked;
extern const struct object object_server_certificate_state;
extern const struct object object_server_certificates;
extern const struct object object_keystore_entry;
extern const struct object object_keystore_imported;
extern const struct object object_replaced_list;
extern const struct object object_revocation_list;
extern const struct object object_let_in;
extern const struct object object_list_deleted;
extern const struct object object_keystore_import_done;
extern const struct object object_keystore_backup;
extern const struct object object_pem;
extern const struct object object_signing_request;

/* Service instances, their keys, bindings: object_service.c. */
extern const struct object object_service_instance_parameters;
extern const struct object object_service_instance;
extern const struct object object_service_instance_update;
extern const struct object object_service_key_x509;
extern const struct object object_service_key_parameters;
extern const struct object object_service_key;
extern const struct object object_service_key_certificate;
extern const struct object object_binding;
extern const struct object object_certificate_details;
extern const struct object object_oauth_credentials;
extern const struct object object_destination_credentials;
extern const struct object object_service_key_credentials;
extern const struct object object_binding_made;

/* Flows, messages, doctors: object_flow.c. */
extern const struct object object_artifact_file;
extern const struct object object_artifact;
extern const struct object object_doctor_file;
extern const struct object object_message;
extern const struct object object_finding;
extern const struct object object_report_step;
extern const struct object object_report;
extern const struct object object_destination_check;

/* The rest, and the queries of requests: object.c. */
extern const struct object object_credential;
extern const struct object object_subaccount;
extern const struct object object_token_key;
extern const struct object object_role;
extern const struct object object_setting;
extern const struct object object_worker;
extern const struct object object_status;
extern const struct object object_address;
extern const struct object object_openapi;
extern const struct object object_error;
extern const struct object object_refusal;
extern const struct object object_path;
extern const struct object object_force;
extern const struct object object_page;
extern const struct object object_keystore_export;
extern const struct object object_message_filter;
extern const struct object object_nothing; /* a body without a member of its own */
extern const struct object
	object_settings; /* its members are the rows of settings.def, which whoever describes it adds */

/** Every object, for openapi.json and tests; ends with NULL. */
extern const struct object *const object_table[];
