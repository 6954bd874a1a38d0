/* SPDX-License-Identifier: Apache-2.0
 * The tables of fields. What is checked beyond a row (that an alias is free, a certificate readable) the use case checks. */
#include "model/object.h"

/* The object NAME with the fields behind it. */
#define OBJECT(id, title, ...) \
	static const struct field id##_fields[] = { __VA_ARGS__, { 0 } }; \
	const struct object object_##id = { title, id##_fields };

#define KIB 1024
#define MIB (1024 * 1024)

static const char *const key_types[] = { "rsa-2048", "rsa-3072", "rsa-4096", "p-256", "p-384", NULL };
static const char *const usages[] = { "client", "server", "both", NULL };
static const char *const services[] = { "it-rt", "destination", NULL };
static const char *const plans[] = { "integration-flow", "api", "lite", NULL };
static const char *const parts[] = { "certificate", "chain", "root", NULL };
static const char *const clients[] = { "cap", "sdk-js", "approuter", "sdk-java", NULL };

#define KEY_TYPE \
	{ \
		.name = "key_type", .type = FIELD_CHOICE, .words = key_types, .initial = "rsa-2048", \
		.help = "Kind and size of the new key." \
	}
#define DAYS(highest, default_days) \
	{ \
		.name = "days", .type = FIELD_INTEGER, .least = 1, .most = highest, .initial = default_days, \
		.help = "Validity of the certificate in days." \
	}
#define SANS \
	{ \
		.name = "san", .type = FIELD_LIST, .most = 20, \
		.help = "Alternative names: host names, IP addresses, mail addresses and URIs." \
	}
#define USAGE \
	{ \
		.name = "usage", .type = FIELD_CHOICE, .words = usages, .initial = "client", \
		.help = "What the certificate may be used for." \
	}
#define ALIAS(needed, what) \
	{ \
		.name = "alias", .type = FIELD_LINE, .required = needed, .most = 250, .help = what \
	}
#define CONTENT(what) \
	{ \
		.name = "content", .type = FIELD_BASE64, .required = true, .help = what \
	}
#define PASSWORDS \
	{ .name = "password", \
	  .type = FIELD_TEXT, \
	  .secret = true, \
	  .help = "Password that the file was written with." }, \
		{ .name = "key_password", \
		  .type = FIELD_TEXT, \
		  .secret = true, \
		  .help = "Password of the key in it, where it is another one." }, \
	{ \
		.name = "file", .type = FIELD_TEXT, .help = "Name of the file, for sentences about it." \
	}
#define OVERWRITE \
	{ \
		.name = "overwrite", .type = FIELD_BOOLEAN, .initial = "false", \
		.help = "Replace an entry that has the alias." \
	}
#define ID \
	{ \
		.name = "id", .type = FIELD_TEXT, \
		.help = "Id of the new object, a UUID in lower case; one is made where none is given." \
	}
#define NAME_32(what) \
	{ \
		.name = "name", .type = FIELD_NAME, .required = true, .least = 1, .most = 32, \
		.characters = "A-Za-z0-9._-", .refusal = "name has to be 1 to 32 of A-Z a-z 0-9 . _ and -.", \
		.help = what \
	}

/* Certificates of the built-in CA. */
OBJECT(certificate_order, "certificate-order",
       { .name = "name",
	 .type = FIELD_TEXT,
	 .help = "Common name of 1 to 64 bytes; or say the whole subject." },
       { .name = "subject", .type = FIELD_TEXT, .help = "The whole subject, such as CN=x,O=y." }, USAGE,
       DAYS(3650, "365"), SANS, KEY_TYPE)
OBJECT(certificate_sign, "certificate-sign", USAGE, DAYS(3650, "365"), SANS,
       { .name = "csr_pem",
	 .type = FIELD_BYTES,
	 .required = true,
	 .most = 32 * KIB,
	 .help = "Certificate signing request as PEM or base64." })
OBJECT(certificate_revoke, "certificate-revoke",
       { .name = "certificate",
	 .type = FIELD_BYTES,
	 .most = 256 * KIB,
	 .help = "The certificate itself; or name it by one of the others." },
       { .name = "serial", .type = FIELD_TEXT, .help = "Its serial number in hexadecimal digits." },
       { .name = "sha256", .type = FIELD_TEXT, .help = "Its SHA-256 in hexadecimal digits." },
       { .name = "public_key_sha256",
	 .type = FIELD_TEXT,
	 .help = "SHA-256 of its public key in hexadecimal digits." })
OBJECT(server_certificate, "server-certificate", CONTENT("Certificate, chain and key in a file, as base64."),
       PASSWORDS)

/* The keystore. */
OBJECT(keystore_create, "keystore-create", ALIAS(true, "Alias of the new entry."),
       { .name = "subject", .type = FIELD_TEXT, .help = "Subject, such as CN=x,O=y; else CN and the alias." },
       DAYS(7300, "1095"),
       { .name = "not_before_ms",
	 .type = FIELD_INTEGER,
	 .most = INT64_MAX / 1000000,
	 .help = "When the certificate begins [ms since 1970]; 0: now." },
       KEY_TYPE, OVERWRITE)
OBJECT(keystore_import, "keystore-import",
       CONTENT("Certificates, key store or revocation list in a file, as base64."),
       ALIAS(false, "Alias of the new entry; else the file's, or the subject's name."), PASSWORDS, OVERWRITE)
OBJECT(keystore_rename, "keystore-rename", ALIAS(true, "Alias that the entry has."),
       { .name = "to", .type = FIELD_LINE, .required = true, .most = 250, .help = "Alias that it gets." })
OBJECT(signing_response, "signing-response",
       { .name = "content",
	 .type = FIELD_BYTES,
	 .required = true,
	 .most = 30720,
	 .help = "The signed certificate with its chain, in any form." })

OBJECT(credential, "credential",
       { .name = "name",
	 .type = FIELD_LINE,
	 .required = true,
	 .most = 200,
	 .help = "Name by which receivers use it; an older one of that name is replaced." },
       { .name = "user", .type = FIELD_LINE, .required = true, .most = 200, .help = "User to log in as." },
       { .name = "password",
	 .type = FIELD_LINE,
	 .required = true,
	 .secret = true,
	 .most = 200,
	 .help = "The user's password." },
       { .name = "kind", .type = FIELD_TEXT, .most = 1024, .help = "Kind as Cloud Integration names it." },
       { .name = "description", .type = FIELD_TEXT, .most = 1024, .help = "What it is for." },
       { .name = "company", .type = FIELD_TEXT, .most = 1024, .help = "Company, of SuccessFactors." })

OBJECT(subaccount, "subaccount",
       { .name = "name",
	 .type = FIELD_LINE,
	 .required = true,
	 .most = 255,
	 .help = "Label of its host name: 1 to 63 of a-z 0-9 and -, neither first nor last a -." })

OBJECT(token_key, "token-key",
       { .name = "revoke",
	 .type = FIELD_BOOLEAN,
	 .initial = "false",
	 .help = "End every token of the former keys." })

OBJECT(role, "role",
       { .name = "name",
	 .type = FIELD_NAME,
	 .required = true,
	 .least = 1,
	 .most = 100,
	 .characters = "A-Za-z0-9_.",
	 .refusal = "The name of a role has to be 1 to 100 of a-z A-Z 0-9 _ and .",
	 .help = "Name of the role." },
       { .name = "description", .type = FIELD_TEXT, .most = 500, .help = "What it is for." })

/* Service instances and their keys, as `cf create-service` has them. */
OBJECT(service_instance_parameters, "service-instance-parameters",
       { .name = "grant-types", .type = FIELD_LIST, .help = "OAuth grant types, of it-rt." },
       { .name = "roles", .type = FIELD_LIST, .help = "Roles that its keys have, of it-rt." },
       { .name = "redirect-uris",
	 .type = FIELD_LIST,
	 .most = 20,
	 .help = "Addresses of authorization_code." },
       { .name = "token-validity",
	 .type = FIELD_INTEGER,
	 .least = 3600,
	 .most = 86400,
	 .help = "Validity of tokens [s]; the default is the plan's." },
       { .name = "HTML5Runtime_enabled", .type = FIELD_ANY, .help = "Of destination; changes nothing." },
       { .name = "version", .type = FIELD_ANY, .help = "Of destination; changes nothing." })
#define INSTANCE_PARAMETERS \
	{ \
		.name = "parameters", .type = FIELD_OBJECT, .fields = service_instance_parameters_fields, \
		.help = "What the plan takes; others are refused." \
	}
OBJECT(service_instance, "service-instance", NAME_32("Name of the instance."), ID,
       { .name = "service",
	 .type = FIELD_CHOICE,
	 .required = true,
	 .words = services,
	 .refusal = "There is no such service; there are it-rt and destination.",
	 .help = "The service." },
       { .name = "plan",
	 .type = FIELD_CHOICE,
	 .required = true,
	 .words = plans,
	 .help = "Plan of the service: integration-flow or api of it-rt, lite of destination." },
       INSTANCE_PARAMETERS)
OBJECT(service_instance_update, "service-instance-update", INSTANCE_PARAMETERS)

#define KEY_VALIDITY \
	{ .name = "validity", \
	  .type = FIELD_INTEGER, \
	  .least = 1, \
	  .most = 365, \
	  .initial = "365", \
	  .help = "Validity of a certificate that is made, in days." }, \
		{ .name = "validity-type", .type = FIELD_TEXT, .help = "DAYS." }, \
		{ .name = "key-length", \
		  .type = FIELD_INTEGER, \
		  .least = 2048, \
		  .most = 4096, \
		  .initial = "2048", \
		  .help = "Bits of an RSA key that is made: 2048, 3072 or 4096." }, \
	{ \
		.name = "certificate-pinning", .type = FIELD_BOOLEAN, .initial = "true", \
		.help = "As pin, the name of XSUAA." \
	}
static const struct field key_x509[] = { KEY_VALIDITY, { 0 } };
OBJECT(service_key_parameters, "service-key-parameters",
       { .name = "key-type",
	 .type = FIELD_TEXT,
	 .help = "certificate: one is made, or X.509 has it; else client id and secret." },
       { .name = "credential-type",
	 .type = FIELD_TEXT,
	 .help = "XSUAA's word for the kind: x509, binding-secret or instance-secret." },
       { .name = "X.509", .type = FIELD_TEXT, .help = "The sender's own certificate as PEM." },
       { .name = "pin",
	 .type = FIELD_BOOLEAN,
	 .initial = "true",
	 .help = "Only this certificate counts, no later one of its subject and issuer." },
       KEY_VALIDITY,
       { .name = "x509",
	 .type = FIELD_OBJECT,
	 .fields = key_x509,
	 .help = "Where XSUAA and the Destination service have them." })
OBJECT(service_key, "service-key", NAME_32("Name of the key."), ID,
       { .name = "certificate", .type = FIELD_TEXT, .help = "The sender's own certificate, in any form." },
       { .name = "parameters",
	 .type = FIELD_OBJECT,
	 .fields = service_key_parameters_fields,
	 .help = "What the key is to be; others are refused." })
OBJECT(service_key_certificate, "service-key-certificate",
       { .name = "certificate",
	 .type = FIELD_TEXT,
	 .required = true,
	 .help = "One more certificate of the sender, in any form." })

/* Integration flows. */
OBJECT(artifact_file, "artifact-file",
       CONTENT("The integration flow as Cloud Integration exports it (ZIP), as base64."), PASSWORDS)
OBJECT(artifact, "artifact",
       { .name = "name", .type = FIELD_LINE, .required = true, .most = 120, .help = "Name of the flow." },
       { .name = "max_body_mb",
	 .type = FIELD_INTEGER,
	 .most = 1024,
	 .help = "Largest body that its endpoint takes [MiB]; 0: the server's setting." },
       { .name = "version", .type = FIELD_TEXT, .help = "Version; 1.0.0 where none is given." },
       { .name = "address",
	 .type = FIELD_TEXT,
	 .required = true,
	 .help = "Address below /http of the gateway, such as /orders." },
       { .name = "role", .type = FIELD_TEXT, .help = "User role that callers need; else ESBMessaging.send." },
       { .name = "csrf", .type = FIELD_BOOLEAN, .initial = "false", .help = "Ask for a CSRF token." },
       { .name = "to",
	 .type = FIELD_TEXT,
	 .help = "URL of a receiver that each message is sent on to and whose answer is given." },
       { .name = "reply", .type = FIELD_TEXT, .help = "Text to answer with; else what was sent." })

OBJECT(setting, "setting",
       { .name = "name", .type = FIELD_TEXT, .required = true, .help = "Name of the setting." },
       { .name = "value", .type = FIELD_ANY, .help = "Its value; null: back to the default." })
OBJECT(doctor_file, "doctor-file", CONTENT("The key store as base64."), PASSWORDS)
OBJECT(binding, "binding",
       { .name = "instance",
	 .type = FIELD_TEXT,
	 .help = "Instance of the Destination service; else the only one there is, or one that is made." },
       { .name = "clients",
	 .type = FIELD_LIST,
	 .words = clients,
	 .help = "Clients whose key stores are looked at; else all." },
       { .name = "x509",
	 .type = FIELD_BOOLEAN,
	 .initial = "false",
	 .help = "Log in with a certificate in the place of a secret." })

OBJECT(force, "force",
       { .name = "force",
	 .type = FIELD_BOOLEAN,
	 .initial = "false",
	 .help = "Also where that takes something with it." })
OBJECT(page, "page",
       { .name = "limit",
	 .type = FIELD_INTEGER,
	 .least = 1,
	 .most = 1000,
	 .help = "How many at most; all where none is given." },
       { .name = "after", .type = FIELD_TEXT, .help = "Those behind this one, in the order of its key." })
OBJECT(keystore_export, "keystore-export",
       { .name = "what",
	 .type = FIELD_CHOICE,
	 .words = parts,
	 .initial = "certificate",
	 .help = "What of the entry." })
OBJECT(message_filter, "message-filter",
       { .name = "limit",
	 .type = FIELD_INTEGER,
	 .least = 1,
	 .most = 10000,
	 .initial = "50",
	 .help = "How many at most, the newest." },
       { .name = "after", .type = FIELD_TEXT, .help = "Those that came after this id." },
       { .name = "status", .type = FIELD_TEXT, .help = "Those of this status." },
       { .name = "artifact", .type = FIELD_TEXT, .help = "Those of this flow." },
       { .name = "code", .type = FIELD_TEXT, .help = "Those refused with this reason code." })

const struct object *const object_table[] = { &object_certificate_order,
					      &object_certificate_sign,
					      &object_certificate_revoke,
					      &object_server_certificate,
					      &object_keystore_create,
					      &object_keystore_import,
					      &object_keystore_rename,
					      &object_signing_response,
					      &object_credential,
					      &object_subaccount,
					      &object_token_key,
					      &object_role,
					      &object_service_instance,
					      &object_service_instance_update,
					      &object_service_instance_parameters,
					      &object_service_key,
					      &object_service_key_parameters,
					      &object_service_key_certificate,
					      &object_artifact_file,
					      &object_artifact,
					      &object_setting,
					      &object_doctor_file,
					      &object_binding,
					      &object_page,
					      &object_force,
					      &object_keystore_export,
					      &object_message_filter,
					      NULL };
