/* SPDX-License-Identifier: Apache-2.0
 * The tenant keystore on the command line. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

#include <unistd.h>

/* The server takes 2 MiB; a larger file is sent so that its own words refuse it, up to this [bytes]. */
#define IMPORT_MAX ((size_t)4 * 1024 * 1024)

static const struct print_column list_columns[] = {
	{ "ALIAS", "alias" },     { "TYPE", "type" },     { "VALID UNTIL", "valid_until" },
	{ "SUBJECT", "subject" }, { "ISSUER", "issuer" }, { "SHA-256", "sha256" },
	{ NULL, NULL },
};
static const struct print_column get_columns[] = {
	{ "Alias", "alias" },
	{ "Type", "type" },
	{ "Owner", "owner" },
	{ "Valid from", "valid_from" },
	{ "Valid until", "valid_until" },
	{ "Subject", "subject" },
	{ "Issuer", "issuer" },
	{ "Serial", "serial" },
	{ "SHA-256", "sha256" },
	{ "Key", "key" },
	{ "Status", "status" },
	{ "Modified", "last_modified" },
	{ NULL, NULL },
};

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return ask_list(line, "/admin/v1/keystore", list_columns, reterr);
}

static enum rc get_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path("/admin/v1/keystore/%s", command_argument(line, 0));
	return ask_get(line, path, get_columns, reterr);
}

static enum rc create_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *answer = NULL;
	const char *alias = command_option(line, "alias");
	TRY(body_set_options(body, line, reterr));
	TRY(ask_call(line, "POST", "/admin/v1/keystore/create", body, &answer, reterr));
	output_say("Created the key pair %s.", alias);
	output_next("postern keystore request %s --out %s.csr", alias, alias);
	return RC_OK;
}

/* The password is asked for only when the file turns out to need one. */
static enum rc import_call(struct command_line *line, struct value *body, struct value **ret,
			   struct err *reterr)
{
	struct client *client;
	struct err err = { 0 };
	bool given;
	AUTO_BUF_SECRET(password, 2048);
	TRY(command_client(line, &client, reterr));
	TRY(command_password(line, "password", NULL, &password, &given, reterr));
	if (given) {
		TRY(body_set_text(body, "password", "The password", buf_str(&password), reterr));
	}
	TRY(body_set_key_password(line, body, "key_password", reterr));
	enum rc rc = client_call(client, "POST", "/admin/v1/keystore/import", body, ret, &err);
	if (rc != RC_OK && !given && strcmp(err.reason, "P101") == 0 && isatty(STDIN_FILENO)) {
		TRY(command_password(line, "password", "Password of the file", &password, &given, reterr));
		TRY(body_set_text(body, "password", "The password", buf_str(&password), reterr));
		return client_call(client, "POST", "/admin/v1/keystore/import", body, ret, reterr);
	}
	if (rc != RC_OK && reterr) {
		*reterr = err;
	}
	return rc;
}

static void import_say(const struct value *answer)
{
	const struct value *imported = value_get(answer, "imported"), *crl = value_get(answer, "crl");
	for (size_t i = 0; i < value_count(imported); i++) {
		AUTO_BUF(subject, 4096);
		print_text_of(value_at(imported, i), "subject", &subject);
		output_data("Imported %s (%s) %s\n", value_get_c(value_at(imported, i), "alias"),
			    value_get_c(value_at(imported, i), "type"), buf_c(&subject));
	}
	if (value_is_object(crl)) {
		AUTO_BUF(text, 8192);
		print_text_of(crl, "text", &text);
		output_data("%s\n", buf_c(&text));
	}
}

static enum rc import_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *answer = NULL;
	const char *file = command_argument(line, 0);
	TRY(body_set_file(body, "content", file, IMPORT_MAX, reterr));
	value_set_c(body, "file", command_base_name(file));
	TRY(body_set_options(body, line, reterr));
	TRY(import_call(line, body, &answer, reterr));
	if (command_json(line)) {
		TRY(output_json(answer, reterr));
	} else {
		import_say(answer);
	}
	print_warnings(answer);
	return RC_OK;
}

static enum rc export_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *answer = NULL;
	const char *what = command_option(line, "what");
	AUTO_FREE char *path = client_path("/admin/v1/keystore/%s/export?what=%s", command_argument(line, 0),
					   what ? what : "certificate");
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &answer, reterr));
	if (command_json(line)) {
		return output_json(answer, reterr);
	}
	return command_write_out(line, value_get_str(answer, "pem"), 0644, reterr);
}

static enum rc rename_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	value_set_c(body, "alias", command_argument(line, 0));
	value_set_c(body, "to", command_argument(line, 1));
	TRY(ask_call(line, "POST", "/admin/v1/keystore/rename", body, NULL, reterr));
	output_say("Renamed %s to %s.", command_argument(line, 0), command_argument(line, 1));
	return RC_OK;
}

static enum rc delete_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path("/admin/v1/keystore/%s", command_argument(line, 0));
	return ask_delete(line, path, "keystore entry", command_argument(line, 0), reterr);
}

static enum rc backup_run(struct command_line *line, struct err *reterr)
{
	TRY(ask_call(line, "POST", "/admin/v1/keystore/backup", NULL, NULL, reterr));
	output_say("The keystore is backed up inside the server; an earlier backup is replaced.");
	output_next("postern keystore restore");
	return RC_OK;
}

static enum rc restore_run(struct command_line *line, struct err *reterr)
{
	TRY(ask_call(line, "POST", "/admin/v1/keystore/restore", NULL, NULL, reterr));
	output_say("The keystore is as it was at the backup.");
	return RC_OK;
}

static enum rc request_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *answer = NULL;
	AUTO_FREE char *path = client_path("/admin/v1/keystore/%s/request", command_argument(line, 0));
	TRY(command_client(line, &client, reterr));
	TRY(client_call(client, "POST", path, NULL, &answer, reterr));
	TRY(command_write_out(line, value_get_str(answer, "csr_pem"), 0644, reterr));
	output_next("postern keystore signing-response %s SIGNED.cer", command_argument(line, 0));
	return RC_OK;
}

static enum rc signing_response_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_FREE char *path =
		client_path("/admin/v1/keystore/%s/signing-response", command_argument(line, 0));
	TRY(body_set_file(body, "content", command_argument(line, 1), IMPORT_MAX, reterr));
	TRY(ask_call(line, "POST", path, body, NULL, reterr));
	output_say("The key pair %s has its signed certificate.", command_argument(line, 0));
	return RC_OK;
}

static const struct print_column crl_columns[] = {
	{ "ISSUER", "issuer" },           { "NUMBER", "number" },           { "THIS UPDATE", "this_update" },
	{ "NEXT UPDATE", "next_update" }, { "REVOKED", "entries" },         { "STATE", "state" },
	{ "SHA-256", "sha256" },          { "WHAT IT CANNOT SAY", "says" }, { NULL, NULL },
};

static enum rc crls_run(struct command_line *line, struct err *reterr)
{
	return ask_list(line, "/admin/v1/keystore/crls", crl_columns, reterr);
}

/* Whom a deleted list let in, as far as the answer names them. */
static void delete_crl_say(const struct value *answer)
{
	const struct value *let_in = value_get(answer, "let_in");
	AUTO_BUF(issuer, 4096);
	print_text_of(answer, "issuer", &issuer);
	output_say("Deleted the revocation list of %s.", buf_c(&issuer));
	for (size_t i = 0; i < value_count(let_in); i++) {
		const struct value *one = value_at(let_in, i);
		AUTO_BUF(subject, 4096);
		AUTO_BUF(key, 4096);
		print_text_of(one, "subject", &subject);
		print_text_of(one, "key", &key);
		output_data("Let in again: serial number %s %s %s\n", value_get_c(one, "serial"), buf_c(&key),
			    buf_c(&subject));
	}
}

static enum rc delete_crl_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *answer = NULL;
	AUTO_FREE char *path =
		client_path(command_flag(line, "force") ? "/admin/v1/keystore/crls/%s?force=true"
							: "/admin/v1/keystore/crls/%s",
			    command_argument(line, 0));
	TRY(ask_call(line, "DELETE", path, NULL, &answer, reterr));
	if (!command_json(line)) {
		delete_crl_say(answer);
	}
	return RC_OK;
}

static const struct command_option create_options[] = {
	{ .name = "alias", .argument = "A", .object = &object_keystore_create, .required = true },
	{ .name = "key-type", .argument = "TYPE", .object = &object_keystore_create },
	{ .name = "subject",
	  .argument = "DN",
	  .help = "subject, such as CN=x,O=y",
	  .initial = "CN=ALIAS",
	  .object = &object_keystore_create },
	{ .name = "days",
	  .argument = "N",
	  .help = "days of validity of its self-signed certificate",
	  .object = &object_keystore_create },
	{ 0 },
};
static const struct command_option import_options[] = {
	{ .name = "alias",
	  .argument = "A",
	  .help = "alias of the entry (default: the file's, or the subject's name)",
	  .object = &object_keystore_import },
	COMMAND_PASSWORD_OPTIONS,
	COMMAND_KEY_PASSWORD_OPTION,
	{ .name = "overwrite", .object = &object_keystore_import },
	{ 0 },
};
static const struct command_option export_options[] = {
	{ .name = "what", .argument = "PART", .object = &object_keystore_export },
	{ .name = "out", .argument = "FILE", .help = "write to FILE instead of standard output" },
	{ 0 },
};
static const struct command_option delete_crl_options[] = {
	{ .name = "force",
	  .help = "also where the list alone revokes somebody, who is let in again",
	  .object = &object_force },
	{ 0 },
};
static const struct command_option out_options[] = {
	{ .name = "out", .argument = "FILE", .help = "write to FILE instead of standard output" },
	{ 0 },
};

const struct command keystore_commands[] = {
	{ .noun = "keystore",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list the entries of the tenant keystore",
	  .examples = (const char *const[]){ "postern keystore list", NULL },
	  .run = list_run },
	{ .noun = "keystore",
	  .verb = "get",
	  .arguments = "ALIAS",
	  .summary = "show one entry",
	  .examples = (const char *const[]){ "postern keystore get company-root", NULL },
	  .run = get_run },
	{ .noun = "keystore",
	  .verb = "create",
	  .arguments = "",
	  .summary = "create a key pair inside the keystore, for receivers",
	  .options = create_options,
	  .examples =
		  (const char *const[]){
			  "postern keystore create --alias receiver --subject CN=receiver,O=Company", NULL },
	  .run = create_run },
	{ .noun = "keystore",
	  .verb = "import",
	  .arguments = "FILE",
	  .summary = "import a certificate, chain, key pair, key store or revocation list",
	  .text = "Root and CA certificates are trust anchors for calls from the next handshake on.\n"
		  "A revocation list (.crl) is recognised by its content and needs no alias.",
	  .options = import_options,
	  .examples =
		  (const char *const[]){
			  "postern keystore import root.cer --alias company-root",
			  "postern keystore import company.p12 --alias company --password-file pw",
			  "postern keystore import company.crl", NULL },
	  .run = import_run },
	{ .noun = "keystore",
	  .verb = "export",
	  .arguments = "ALIAS",
	  .summary = "write public parts of an entry as PEM",
	  .options = export_options,
	  .examples = (const char *const[]){ "postern keystore export company-root --out root.pem", NULL },
	  .run = export_run },
	{ .noun = "keystore",
	  .verb = "rename",
	  .arguments = "ALIAS NEW",
	  .summary = "give an entry another alias",
	  .examples = (const char *const[]){ "postern keystore rename root company-root", NULL },
	  .run = rename_run },
	{ .noun = "keystore",
	  .verb = "delete",
	  .arguments = "ALIAS",
	  .summary = "delete an entry",
	  .examples = (const char *const[]){ "postern keystore delete company-root", NULL },
	  .run = delete_run },
	{ .noun = "keystore",
	  .verb = "backup",
	  .arguments = "",
	  .summary = "keep a sealed copy inside the server",
	  .examples = (const char *const[]){ "postern keystore backup", NULL },
	  .run = backup_run },
	{ .noun = "keystore",
	  .verb = "restore",
	  .arguments = "",
	  .summary = "bring the copy of the last backup back",
	  .examples = (const char *const[]){ "postern keystore restore", NULL },
	  .run = restore_run },
	{ .noun = "keystore",
	  .verb = "request",
	  .arguments = "ALIAS",
	  .summary = "write a signing request for a key pair",
	  .options = out_options,
	  .examples = (const char *const[]){ "postern keystore request receiver --out receiver.csr", NULL },
	  .run = request_run },
	{ .noun = "keystore",
	  .verb = "signing-response",
	  .arguments = "ALIAS FILE",
	  .summary = "put the signed certificate or chain into a key pair",
	  .examples =
		  (const char *const[]){ "postern keystore signing-response receiver receiver.cer", NULL },
	  .run = signing_response_run },
	{ .noun = "keystore",
	  .verb = "crls",
	  .arguments = "",
	  .summary = "list the revocation lists, and what each cannot say",
	  .text = "in force   it refuses whom it names, and is what newer ones replace\n"
		  "limited    it does too, but cannot say of others that they are good\n"
		  "stale      past its next update: it refuses all that it is about (setting crl_stale)\n"
		  "future     its time is to come: until then it replaces no other\n"
		  "replaced   another took its place\n"
		  "waiting    no known certificate of its issuer signed it",
	  .examples = (const char *const[]){ "postern keystore crls", NULL },
	  .run = crls_run },
	{ .noun = "keystore",
	  .verb = "delete-crl",
	  .arguments = "SHA256",
	  .summary = "delete a revocation list, named by its SHA-256 or the first digits of it",
	  .text = "A list that alone revokes somebody is deleted with --force only, and it is told whom that "
		  "lets in.",
	  .options = delete_crl_options,
	  .examples = (const char *const[]){ "postern keystore delete-crl 3F0A91C2", NULL },
	  .run = delete_crl_run },
	{ 0 },
};
