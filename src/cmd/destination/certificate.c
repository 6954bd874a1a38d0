/* SPDX-License-Identifier: Apache-2.0
 * Key stores and certificates of destinations on the command line. */
#include "base/encoding.h"
#include "base/memory.h"
#include "client/client.h"
#include "cmd/destination/label.h"
#include "cmd/keypair/container_file.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"
#include "container/examine.h"
#include "container/form.h"
#include "container/format.h"

#define LEVEL "/destination-configuration/v1/subaccountCertificates"
#define UPLOAD_MAX ((size_t)4 * 1024 * 1024)
#define PASSWORD_MAX 2048

static const struct print_column list_columns[] = {
	{ "NAME", "Name" },
	{ "TYPE", "Type" },
	{ "BYTES", "Size" },
	{ NULL, NULL },
};

static enum rc store(struct command_line *line, const char *path, const struct value *body,
		     struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *answer = NULL;
	TRY(command_client(line, &client, reterr));
	enum rc rc = client_call(client, "POST", path, body, &answer, reterr);
	if (rc == RC_EXISTS && command_flag(line, "overwrite")) {
		rc = client_call(client, "PUT", path, body, &answer, reterr);
	} else if (rc == RC_EXISTS) {
		err_fix(reterr, "--overwrite replaces it, --name NAME chooses another name");
	}
	if (rc == RC_OK) {
		char shown[512];
		const char *warning = client_warning(client);
		if (warning) {
			output_say("%s%s", strstr(path, "normalize") ? "" : "Warning: ",
				   str_printable(str_of(warning), shown, sizeof(shown)));
		}
	}
	return rc;
}

/* The server opens the file with it and does not keep it. */
static enum rc set_normalize_password(const struct command_line *line, struct value *body, struct err *reterr)
{
	AUTO_BUF_SECRET(password, PASSWORD_MAX);
	bool given = false;
	if (!command_flag(line, "normalize")) {
		return RC_OK;
	}
	TRY(command_password(line, "password", "Password of the file", &password, &given, reterr));
	if (!given) {
		return command_usage_error(reterr, "--normalize needs the file's password: --password-file, "
						   "--password-stdin or POSTERN_PASSWORD.");
	}
	TRY(body_set_text(body, "Password", "The password", buf_str(&password), reterr));
	return body_set_key_password(line, body, "KeyPassword", reterr);
}

/* Certificates alone, seen without a password. */
static bool is_trust_store(struct str base64)
{
	AUTO_BUF_SECRET(bytes, UPLOAD_MAX);
	return base64_decode(&bytes, base64, true) == RC_OK && (form_of_bytes(buf_str(&bytes)) & FORM_NO_KEY);
}

/* What examine calls an error, where the file opens with the password given, or without one. */
static void say_faults(const struct command_line *line, const char *file, struct str base64)
{
	AUTO_BUF_SECRET(bytes, UPLOAD_MAX);
	AUTO_BUF_SECRET(password, PASSWORD_MAX);
	AUTO(container_free_cleanup) struct container *c = NULL;
	AUTO_VALUE *faults = value_object();
	struct value *list = value_array();
	bool given = false;
	value_set(faults, "findings", list);
	if (command_password(line, "password", NULL, &password, &given, NULL) != RC_OK ||
	    base64_decode(&bytes, base64, true) != RC_OK ||
	    container_open(&c, buf_str(&bytes), given ? buf_str(&password) : STR_NONE, NULL) != RC_OK) {
		return;
	}
	AUTO_VALUE *examined = examine_container(c, wall_now(), file);
	const struct value *findings = value_get(examined, "findings");
	for (size_t i = 0; i < value_count(findings); i++) {
		const struct value *f = value_at(findings, i);
		/* That there is no key is said by what comes next: it is a trust store. */
		if (str_is(value_get_str(f, "severity"), "error") &&
		    !str_is(value_get_str(f, "code"), "P104")) {
			value_append(list, value_copy(f));
		}
	}
	print_warnings(faults);
}

static enum rc upload_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	const char *file = command_argument(line, 0), *name = command_option(line, "name");
	bool normalize = command_flag(line, "normalize");
	name = name ? name : command_base_name(file);
	value_set_c(body, "Name", name);
	TRY(body_set_file(body, "Content", file, UPLOAD_MAX, reterr));
	TRY(set_normalize_password(line, body, reterr));
	TRY(store(line, normalize ? LEVEL "?normalize=true" : LEVEL, body, reterr));
	if (command_json(line)) {
		AUTO_VALUE *shown = value_object();
		value_set_c(shown, "Name", name);
		TRY(output_json(shown, reterr));
	}
	output_say("Uploaded %s.", name);
	if (!normalize) {
		say_faults(line, file, value_get_str(body, "Content"));
	}
	if (is_trust_store(value_get_str(body, "Content"))) {
		output_next("postern destination create --name NAME --url URL --trust-store %s", name);
	} else {
		output_next("postern destination create --name NAME --url URL --key-store %s --password-file "
			    "FILE",
			    name);
	}
	return RC_OK;
}

static enum rc set_validity(const struct command_line *line, struct value *attributes, struct err *reterr)
{
	uint64_t days;
	struct value *validity = value_object();
	value_set(attributes, "Validity", validity);
	TRY(command_number(line, "days", 365, 3650, &days, reterr));
	value_set_c(validity, "TimeUnit", "DAYS");
	value_set_int(validity, "Value", (int64_t)days);
	return RC_OK;
}

static enum rc set_request(const struct command_line *line, struct value *attributes, struct err *reterr)
{
	const char *file = command_option(line, "csr");
	return file ? body_set_file(attributes, "CSR", file, UPLOAD_MAX, reterr) : RC_OK;
}

/* A certificate of Postern's own CA goes straight into the store of destinations; the server makes it. */
static enum rc generate_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	struct value *attributes = value_object();
	AUTO_BUF_SECRET(password, PASSWORD_MAX);
	bool given = false;
	const char *name = command_option(line, "name"), *cn = command_option(line, "cn");
	value_set_c(body, "Name", name);
	value_set(body, "Attributes", attributes);
	if (cn) {
		value_set_c(attributes, "CN", cn);
	}
	TRY(set_validity(line, attributes, reterr));
	TRY(set_request(line, attributes, reterr));
	TRY(command_password(line, "password", NULL, &password, &given, reterr));
	if (given) {
		TRY(body_set_text(attributes, "Password", "The password", buf_str(&password), reterr));
	}
	value_set_bool(attributes, "AutomaticRenew", command_flag(line, "renew"));
	TRY(store(line, LEVEL, body, reterr));
	output_say("Generated %s.", name);
	output_next("postern destination-certificate get %s --out %s", name, name);
	return RC_OK;
}

static enum rc public_keys_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path(LEVEL "/%s/publicKeys", command_argument(line, 0));
	return ask_list(line, path,
			(const struct print_column[]){
				{ "ALIAS", "Alias" }, { "SUBJECT", "SubjectDN" }, { NULL, NULL } },
			reterr);
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *list = NULL;
	AUTO_VALUE *shown = value_array();
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, LEVEL, &list, reterr));
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *one = value_copy(value_at(list, i));
		struct str content = value_get_str(one, "Content");
		size_t padding = content.n > 1 && content.p[content.n - 1] == '='
					 ? content.p[content.n - 2] == '=' ? 2 : 1
					 : 0;
		value_set_int(one, "Size", (int64_t)(content.n / 4 * 3 - (content.n ? padding : 0)));
		value_remove(one, "Content");
		value_append(shown, one);
	}
	return print_list(line, shown, list_columns, reterr);
}

static enum rc get_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *one = NULL;
	AUTO_BUF_SECRET(bytes, UPLOAD_MAX);
	AUTO_FREE char *path = client_path(LEVEL "/%s", command_argument(line, 0));
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &one, reterr));
	if (command_option(line, "out")) {
		if (base64_decode(&bytes, value_get_str(one, "Content"), true) != RC_OK) {
			return err_set(reterr, RC_PROTO, "The stored file is no base64.");
		}
		return command_write_out(line, buf_str(&bytes), 0600, reterr);
	}
	if (command_json(line)) {
		return output_json(one, reterr);
	}
	return print_object(line, one,
			    (const struct print_column[]){
				    { "Name", "Name" }, { "Type", "Type" }, { NULL, NULL } },
			    reterr);
}

static enum rc delete_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path(LEVEL "/%s", command_argument(line, 0));
	return ask_delete(line, path, "destination certificate", command_argument(line, 0), reterr);
}

static const struct command_option upload_options[] = {
	{ .name = "name", .argument = "N", .help = "name to store under (default: the file's base name)" },
	{ .name = "overwrite", .help = "replace one that exists" },
	{ .name = "normalize", .help = "store it re-encrypted as .p12 that every client opens" },
	COMMAND_PASSWORD_OPTIONS,
	COMMAND_KEY_PASSWORD_OPTION,
	{ 0 },
};
static const struct command_option generate_options[] = {
	{ .name = "name",
	  .argument = "N",
	  .help = "name to store under; .pem, .p12, .pfx or .jks says the form",
	  .required = true },
	{ .name = "cn", .argument = "CN", .help = "common name (default: the name)" },
	{ .name = "days", .argument = "N", .help = "validity (default 365)" },
	{ .name = "csr", .argument = "FILE", .help = "certify this request's key; gives a .pem" },
	{ .name = "renew", .help = "let the server renew it before it expires" },
	COMMAND_PASSWORD_OPTIONS,
	{ .name = "overwrite", .help = "replace one that exists" },
	{ 0 },
};
static const struct command_option get_options[] = {
	{ .name = "out", .argument = "FILE", .help = "write the stored file" },
	{ 0 },
};

const struct command destination_certificate_commands[] = {
	{ .noun = "destination-certificate",
	  .verb = "upload",
	  .arguments = "FILE",
	  .summary = "upload a key store or trust store for destinations",
	  .options = upload_options,
	  .text = "The password stays with the destination. Every client takes .p12 key stores and .pem "
		  "trust stores.",
	  .examples = (const char *const[]){ "postern destination-certificate upload company.p12", NULL },
	  .run = upload_run },
	{ .noun = "destination-certificate",
	  .verb = "generate",
	  .arguments = "",
	  .summary = "issue a key pair straight into the store",
	  .options = generate_options,
	  .examples =
		  (const char *const[]){
			  "postern destination-certificate generate --name app.pem --renew",
			  "postern destination-certificate generate --name app.p12 --password-file FILE",
			  NULL },
	  .run = generate_run },
	{ .noun = "destination-certificate",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list what is uploaded",
	  .examples = (const char *const[]){ "postern destination-certificate list", NULL },
	  .run = list_run },
	{ .noun = "destination-certificate",
	  .verb = "get",
	  .arguments = "NAME",
	  .summary = "show or write an uploaded file",
	  .options = get_options,
	  .examples = (const char *const[]){ "postern destination-certificate get company.p12 --out copy.p12",
					     NULL },
	  .run = get_run },
	{ .noun = "destination-certificate",
	  .verb = "public-keys",
	  .arguments = "NAME",
	  .summary = "list the certificates in an uploaded file",
	  .text = "Those of a key store with a password cannot be told.",
	  .examples = (const char *const[]){ "postern destination-certificate public-keys app.pem", NULL },
	  .run = public_keys_run },
	{ .noun = "destination-certificate",
	  .verb = "delete",
	  .arguments = "NAME",
	  .summary = "delete an uploaded file",
	  .examples = (const char *const[]){ "postern destination-certificate delete company.p12", NULL },
	  .run = delete_run },
	{ .noun = "destination-certificate",
	  .verb = "label",
	  .arguments = "NAME",
	  .summary = "show labels, add and remove some",
	  .options = destination_label_options,
	  .examples = (const char *const[]){ "postern destination-certificate label app.pem --add stage=test",
					     NULL },
	  .run = destination_label_run },
	{ 0 },
};
