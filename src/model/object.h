/* SPDX-License-Identifier: Apache-2.0
 * The objects of /admin/v1: what each request carries, field by field. */
#pragma once

#include "model/field.h"

extern const struct object object_certificate_order; /* ca.issue */
extern const struct object object_certificate_sign;
extern const struct object object_certificate_revoke;
extern const struct object object_server_certificate;
extern const struct object object_keystore_create;
extern const struct object object_keystore_import;
extern const struct object object_keystore_rename;
extern const struct object object_signing_response;
extern const struct object object_credential;
extern const struct object object_subaccount;
extern const struct object object_token_key;
extern const struct object object_role;
extern const struct object object_service_instance;
extern const struct object object_service_instance_update;
extern const struct object
	object_service_instance_parameters; /* of both, and of what the service broker provisions */
extern const struct object object_service_key;
extern const struct object object_service_key_parameters; /* of that, and of what the service broker binds */
extern const struct object object_service_key_certificate;
extern const struct object object_artifact_file;
extern const struct object object_artifact;
extern const struct object object_setting;
extern const struct object object_doctor_file;
extern const struct object object_binding;

/* Queries of requests without body. */
extern const struct object object_page; /* of every list but that of messages */
extern const struct object object_force;
extern const struct object object_keystore_export;
extern const struct object object_message_filter;

/** Every object, for openapi.json and tests; ends with NULL. */
extern const struct object *const object_table[];
