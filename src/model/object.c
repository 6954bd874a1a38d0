/* SPDX-License-Identifier: Apache-2.0
 * The tables of fields. What is checked beyond a row (that an alias is free, a certificate readable) the use
 * case checks. */
#include "model/object_row.h"

static const char *const parts[] = { "certificate", "chain", "root", NULL };

OBJECT(credential, "credential", FIELD_BOTH,
       { .name = "name",
	 .always = true,
	 .type = FIELD_LINE,
	 .required = true,
	 .most = 200,
	 .help = "Name by which receivers use it; an older one of that name is replaced." },
       { .name = "user",
	 .always = true,
	 .type = FIELD_LINE,
	 .required = true,
	 .most = 200,
	 .help = "User to log in as." },
       { .name = "password",
	 .type = FIELD_LINE,
	 .way = FIELD_IN,
	 .required = true,
	 .secret = true,
	 .most = 200,
	 .help = "The user's password." },
       { .name = "kind",
	 .always = true,
	 .type = FIELD_TEXT,
	 .most = 1024,
	 .help = "Kind as Cloud Integration names it." },
       { .name = "description", .always = true, .type = FIELD_TEXT, .most = 1024, .help = "What it is for." },
       { .name = "company",
	 .always = true,
	 .type = FIELD_TEXT,
	 .most = 1024,
	 .help = "Company, of SuccessFactors." },
       TOLD("last_modified", TIME, "When it was changed last."))

OBJECT(subaccount, "subaccount", FIELD_BOTH,
       { .name = "name",
	 .always = true,
	 .type = FIELD_LINE,
	 .required = true,
	 .most = 255,
	 .help = "Label of its host name: 1 to 63 of a-z 0-9 and -, neither first nor last a -." },
       TOLD("id", TEXT, "Its id."), TOLD("gateway", TEXT, "URL of its gateway."),
       TOLD("management", TEXT, "URL of its management API."), TOLD("created", TIME, "When it was made."),
       TOLD_SOMETIMES("admin", TEXT, "Its first administrator, where it was made."),
       { .name = "admin_password",
	 .type = FIELD_TEXT,
	 .way = FIELD_OUT,
	 .secret = true,
	 .help = "The administrator's password; it is told once." })

static const char *const states[] = { "signing", "verifying", "announced", NULL };
OBJECT(token_key, "token-key", FIELD_BOTH,
       { .name = "revoke",
	 .way = FIELD_IN,
	 .type = FIELD_BOOLEAN,
	 .initial = "false",
	 .help = "End every token of the former keys." },
       TOLD("kid", TEXT, "Its id, as tokens name it."), TOLD_WORD("state", states, "What it does."),
       TOLD("created", TIME, "When it was made."),
       TOLD_OR_NULL("retired", TIME, "Since when it signs no more."),
       TOLD_OR_NULL("ends", TIME, "When what it signed is no longer good."))

OBJECT(role, "role", FIELD_BOTH,
       { .name = "name",
	 .always = true,
	 .type = FIELD_NAME,
	 .required = true,
	 .least = 1,
	 .most = 100,
	 .characters = "A-Za-z0-9_.",
	 .refusal = "The name of a role has to be 1 to 100 of a-z A-Z 0-9 _ and .",
	 .help = "Name of the role." },
       { .name = "description", .always = true, .type = FIELD_TEXT, .most = 500, .help = "What it is for." },
       TOLD("owner", TEXT, "Whose it is: SAP's are there from the beginning."),
       TOLD("created", TIME, "When it was made."))
OBJECT(setting, "setting", FIELD_IN,
       { .name = "name", .type = FIELD_TEXT, .required = true, .help = "Name of the setting." },
       { .name = "value", .type = FIELD_ANY, .help = "Its value; null: back to the default." })

/* The server itself. */
OBJECT(worker, "worker", FIELD_OUT, TOLD("worker", INTEGER, "Its number."),
       TOLD("generation", INTEGER, "How often it was started."), TOLD("pid", INTEGER, "Its process."),
       TOLD("state", TEXT, "What it does."))
OBJECT(status, "status", FIELD_OUT, TOLD("version", TEXT, "Version of Postern."),
       TOLD("ready", BOOLEAN, "Whether it serves."), TOLD_OR_NULL("gateway", TEXT, "URL of the gateway."),
       TOLD_OR_NULL("management", TEXT, "URL of the management API."),
       TOLD("subaccount", TEXT, "The subaccount worked in."),
       TOLD_OR_NULL("ca_pem", TEXT, "Root certificate of the built-in CA as PEM."),
       TOLD_LIST("workers", worker, "The gateways' processes."))
OBJECT(address, "address", FIELD_OUT, TOLD("url", TEXT, "Where it is."))
OBJECT(openapi, "openapi", FIELD_OUT, TOLD("openapi", TEXT, "Version of OpenAPI."),
       TOLD("info", OBJECT, "What this is."), TOLD_LIST("servers", address, "Where it is."),
       TOLD("paths", OBJECT, "The routes."), TOLD("components", OBJECT, "What they share."))
/* Every answer that is none. */
OBJECT(error, "error", FIELD_OUT,
       TOLD("code", TEXT, "Reason code such as K205, or kind of error such as invalid."),
       TOLD("field", TEXT, "The member or parameter that it is about; else empty."),
       TOLD("text", TEXT, "What is wrong, in a sentence."), TOLD("fix", TEXT, "What mends it; else empty."))
OBJECT(refusal, "refusal", FIELD_OUT, TOLD_OBJECT("error", error, "The error."))

/* Bodies without a member, and names in paths. */
static const struct field no_fields[] = { { 0 } };
const struct object object_nothing = { "nothing", FIELD_IN, no_fields };
const struct object object_settings = { "settings", FIELD_OUT, no_fields };
#define NAMED(member, what) \
	{ \
		.name = member, .type = FIELD_LINE, .required = true, .most = 1024, .help = what \
	}
OBJECT(path, "path", FIELD_IN, NAMED("alias", "Alias of the entry."),
       NAMED("sha256", "SHA-256 in hexadecimal digits."), NAMED("name", "Name of what is meant."),
       NAMED("instance", "Name of the service instance."), NAMED("key", "Name of the service key."),
       NAMED("id", "Id of what is meant."))

/* Queries. */
OBJECT(force, "force", FIELD_IN,
       { .name = "force",
	 .type = FIELD_BOOLEAN,
	 .initial = "false",
	 .help = "Also where that takes something with it." })
OBJECT(page, "page", FIELD_IN,
       { .name = "limit",
	 .type = FIELD_INTEGER,
	 .least = 1,
	 .most = 1000,
	 .help = "How many at most; all where none is given." },
       { .name = "after", .type = FIELD_TEXT, .help = "Those behind this one, in the order of its key." })
OBJECT(keystore_export, "keystore-export", FIELD_IN,
       { .name = "what",
	 .type = FIELD_CHOICE,
	 .words = parts,
	 .initial = "certificate",
	 .help = "What of the entry." })
OBJECT(message_filter, "message-filter", FIELD_IN,
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

#define ROW(id) &object_##id
const struct object *const object_table[] = { ROW(certificate_order),
					      ROW(certificate_sign),
					      ROW(certificate_revoke),
					      ROW(server_certificate),
					      ROW(keystore_create),
					      ROW(keystore_import),
					      ROW(keystore_rename),
					      ROW(signing_response),
					      ROW(certificate),
					      ROW(authority),
					      ROW(authority_crl),
					      ROW(issued),
					      ROW(issued_certificate),
					      ROW(revoked),
					      ROW(server_certificate_state),
					      ROW(server_certificates),
					      ROW(keystore_entry),
					      ROW(keystore_imported),
					      ROW(replaced_list),
					      ROW(revocation_list),
					      ROW(let_in),
					      ROW(list_deleted),
					      ROW(keystore_import_done),
					      ROW(keystore_backup),
					      ROW(pem),
					      ROW(signing_request),
					      ROW(service_instance_parameters),
					      ROW(service_instance),
					      ROW(service_instance_update),
					      ROW(service_key_x509),
					      ROW(service_key_parameters),
					      ROW(service_key),
					      ROW(service_key_certificate),
					      ROW(binding),
					      ROW(certificate_details),
					      ROW(oauth_credentials),
					      ROW(destination_credentials),
					      ROW(service_key_credentials),
					      ROW(binding_made),
					      ROW(artifact_file),
					      ROW(artifact),
					      ROW(doctor_file),
					      ROW(message),
					      ROW(finding),
					      ROW(report_step),
					      ROW(report),
					      ROW(destination_check),
					      ROW(credential),
					      ROW(subaccount),
					      ROW(token_key),
					      ROW(role),
					      ROW(setting),
					      ROW(worker),
					      ROW(status),
					      ROW(address),
					      ROW(openapi),
					      ROW(settings),
					      ROW(error),
					      ROW(refusal),
					      ROW(path),
					      ROW(force),
					      ROW(page),
					      ROW(keystore_export),
					      ROW(message_filter),
					      ROW(nothing),
					      NULL };
