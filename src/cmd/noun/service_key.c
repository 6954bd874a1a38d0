/* SPDX-License-Identifier: Apache-2.0
 * Service keys on the command line. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/keypair/container_file.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

#define PATH "/admin/v1/service-instances/%s/service-keys"
#define CERTIFICATE_MAX ((size_t)1024 * 1024)

static const struct print_column list_columns[] = {
	{ "INSTANCE", "instance" },
	{ "NAME", "name" },
	{ "TYPE", "type" },
	{ "PINNED", "pinned" },
	{ "SUBJECT", "certificate.subject" },
	{ "VALID UNTIL", "certificate.not_after" },
	{ "SHA-256", "certificate.sha256" },
	{ NULL, NULL },
};
static const struct print_column get_columns[] = {
	{ "Name", "name" },
	{ "Instance", "instance" },
	{ "Type", "type" },
	{ "Pinned", "pinned" },
	{ "Roles", "roles" },
	{ "Client id", "client_id" },
	{ "Subject", "certificate.subject" },
	{ "Issuer", "certificate.issuer" },
	{ "Serial", "certificate.serial" },
	{ "SHA-256", "certificate.sha256" },
	{ "Valid until", "certificate.not_after" },
	{ "Created", "created" },
	{ NULL, NULL },
};

static enum rc create_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *parameters = NULL;
	AUTO_VALUE *answer = NULL;
	const char *instance = command_argument(line, 0), *key = command_argument(line, 1),
		   *file = command_option(line, "certificate"),
		   *destination = command_option(line, "destination");
	AUTO_FREE char *path = client_path(PATH, instance);
	value_set_c(body, "name", key);
	if (command_option(line, "config")) {
		TRY(body_json_option(line, "config", &parameters, reterr));
	} else {
		parameters = value_object();
	}
	if (command_flag(line, "no-pin")) {
		value_set_bool(parameters, "pin", false);
	}
	if (file && destination) {
		return command_usage_error(reterr, "Give --certificate FILE or --destination NAME.");
	}
	if (file || destination) {
		AUTO_BUF(certificate, CERTIFICATE_MAX);
		TRY(file ? container_file_certificate(line, file, &certificate, reterr)
			 : container_file_destination(line, destination, &certificate, reterr));
		value_set_str(body, "certificate", buf_str(&certificate));
		if (!value_get(parameters, "key-type")) {
			value_set_c(parameters, "key-type", "certificate_external");
		}
	}
	value_set(body, "parameters", TAKE(parameters));
	TRY(ask_call(line, "POST", path, body, &answer, reterr));
	const char *type = value_get_c(answer, "type"),
		   *subject = value_get_c(value_get(answer, "certificate"), "subject");
	output_say("Created the service key %s of %s (%s).", key, instance, type ? type : "");
	if (subject) {
		output_say("It holds the certificate %s", subject);
	}
	print_warnings(answer);
	if (file) {
		output_next("postern destination-certificate upload FILE.p12");
	} else if (destination) {
		output_next("postern doctor %s", destination);
	} else {
		output_next("postern service-key get %s %s", instance, key);
	}
	return RC_OK;
}

static enum rc list_all(struct client *client, struct value *all, struct err *reterr)
{
	AUTO_VALUE *instances = NULL;
	TRY(client_get(client, "/admin/v1/service-instances", &instances, reterr));
	for (size_t i = 0; i < value_count(instances); i++) {
		AUTO_VALUE *keys = NULL;
		const char *name = value_get_c(value_at(instances, i), "name");
		AUTO_FREE char *path = client_path(PATH, name ? name : "");
		TRY(client_get(client, path, &keys, reterr));
		for (size_t k = 0; k < value_count(keys); k++) {
			value_append(all, value_ref(value_at(keys, k)));
		}
	}
	return RC_OK;
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *all = value_array();
	if (command_argument(line, 0)) {
		AUTO_FREE char *path = client_path(PATH, command_argument(line, 0));
		return ask_list(line, path, list_columns, reterr);
	}
	TRY(command_client(line, &client, reterr));
	TRY(list_all(client, all, reterr));
	return print_list(line, all, list_columns, reterr);
}

static enum rc write_p12(struct command_line *line, const struct value *oauth, const char *file,
			 struct err *reterr)
{
	AUTO_BUF_SECRET(password, 2048);
	AUTO_BUF_SECRET(pem, CERTIFICATE_MAX);
	const char *key = value_get_c(oauth, "key"), *certificate = value_get_c(oauth, "certificate");
	if (!key || !certificate) {
		return err_set(reterr, RC_INVALID,
			       "The service key holds no private key; only a key of type certificate does.");
	}
	buf_printf(&pem, "%s\n%s\n", key, certificate);
	TRY(container_file_password(line, file, &password, reterr));
	TRY(container_file_write(file, buf_str(&pem), command_argument(line, 1), buf_str(&password), reterr));
	output_say("Written: %s", file);
	output_next("postern destination-certificate upload %s", file);
	return RC_OK;
}

static enum rc print_pem(struct command_line *line, const struct value *oauth, const struct value *shown,
			 struct err *reterr)
{
	const char *key = value_get_c(oauth, "key"), *certificate = value_get_c(oauth, "certificate");
	if (!certificate) {
		certificate = value_get_c(value_get(shown, "certificate"), "pem");
	}
	if (!certificate) {
		return err_set(reterr, RC_INVALID, "The service key holds no certificate.");
	}
	AUTO_BUF_SECRET(pem, CERTIFICATE_MAX);
	buf_printf(&pem, "%s%s%s%s", key ? key : "", key ? "\n" : "", certificate,
		   str_ends_with(str_of(certificate), STR("\n")) ? "" : "\n");
	return command_write_out(line, buf_str(&pem), 0600, reterr);
}

/* The value of VCAP_SERVICES with this one service in it. */
static enum rc print_vcap(const struct command_line *line, const struct value *credentials,
			  struct err *reterr)
{
	AUTO_VALUE *services = value_object();
	struct value *list = value_array(), *entry = value_object(), *tags = value_array();
	AUTO_BUF_SECRET(text, VALUE_MAX_BYTES);
	value_set_c(entry, "name", command_argument(line, 0));
	value_set_c(entry, "instance_name", command_argument(line, 0));
	value_set_c(entry, "binding_name", command_argument(line, 1));
	value_set_c(entry, "label", "it-rt");
	value_append_c(tags, "it-rt");
	value_set(entry, "tags", tags);
	value_set(entry, "credentials", value_copy(credentials));
	value_append(list, entry);
	value_set(services, "it-rt", list);
	if (value_format(services, &text) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The credentials are too large.");
	}
	output_data("%s\n", buf_c(&text));
	return RC_OK;
}

static enum rc get_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *shown = NULL;
	AUTO_VALUE *credentials = NULL;
	AUTO_FREE char *path = client_path(PATH "/%s", command_argument(line, 0), command_argument(line, 1));
	AUTO_FREE char *secret_path = mem_printf("%s/credentials", path);
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &shown, reterr));
	TRY(client_get(client, secret_path, &credentials, reterr));
	const struct value *oauth = value_get(credentials, "oauth");
	if (command_option(line, "p12")) {
		return write_p12(line, oauth, command_option(line, "p12"), reterr);
	}
	if (command_flag(line, "pem")) {
		return print_pem(line, oauth, shown, reterr);
	}
	if (command_flag(line, "vcap")) {
		return print_vcap(line, credentials, reterr);
	}
	value_set(shown, "credentials", value_ref(credentials));
	TRY(print_object(line, shown, get_columns, reterr));
	if (!command_json(line)) {
		output_data("Credentials:\n");
		return output_json(credentials, reterr);
	}
	return RC_OK;
}

static enum rc update_run(struct command_line *line, struct err *reterr)
{
	const char *add = command_option(line, "add-certificate"),
		   *remove = command_option(line, "remove-certificate"),
		   *destination = command_option(line, "destination");
	AUTO_FREE char *path =
		client_path(PATH "/%s/certificates", command_argument(line, 0), command_argument(line, 1));
	if ((add != NULL) + (remove != NULL) + (destination != NULL) != 1) {
		return command_usage_error(
			reterr,
			"Give --add-certificate FILE, --destination NAME or --remove-certificate SHA256.");
	}
	if (!remove) {
		AUTO_VALUE *body = value_object();
		AUTO_VALUE *answer = NULL;
		AUTO_BUF(certificate, CERTIFICATE_MAX);
		TRY(add ? container_file_certificate(line, add, &certificate, reterr)
			: container_file_destination(line, destination, &certificate, reterr));
		value_set_str(body, "certificate", buf_str(&certificate));
		TRY(ask_call(line, "POST", path, body, &answer, reterr));
		print_warnings(answer);
		output_say("The service key %s holds the certificate too; remove the old one when it is not "
			   "used any more.",
			   command_argument(line, 1));
		return RC_OK;
	}
	AUTO_FREE char *one = client_path(PATH "/%s/certificates/%s", command_argument(line, 0),
					  command_argument(line, 1), remove);
	return ask_delete(line, one, "certificate", remove, reterr);
}

static enum rc delete_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path(PATH "/%s", command_argument(line, 0), command_argument(line, 1));
	return ask_delete(line, path, "service key", command_argument(line, 1), reterr);
}

static const struct command_option create_options[] = {
	{ .name = "certificate",
	  .argument = "FILE",
	  .help = "the sender's certificate: PEM in any form, DER, a chain, or a key store",
	  .object = &object_service_key },
	{ .name = "destination",
	  .argument = "NAME",
	  .help = "take the certificate from the key store of a destination" },
	{ .name = "config",
	  .letter = 'c',
	  .argument = "JSON|@FILE",
	  .help = "parameters: key-type, X.509, pin, validity, ...",
	  .object = &object_service_key,
	  .field = "parameters" },
	{ .name = "no-pin", .help = "accept later certificates of the same subject and issuer" },
	COMMAND_PASSWORD_OPTIONS,
	COMMAND_KEY_PASSWORD_OPTION,
	{ 0 },
};
static const struct command_option get_options[] = {
	{ .name = "pem", .help = "print key and certificate as PEM" },
	{ .name = "p12", .argument = "FILE", .help = "write key and certificate as PKCS#12" },
	{ .name = "vcap", .help = "print the value of VCAP_SERVICES" },
	{ .name = "out", .argument = "FILE", .help = "write the PEM to FILE" },
	COMMAND_PASSWORD_OPTIONS,
	{ 0 },
};
static const struct command_option update_options[] = {
	{ .name = "add-certificate",
	  .argument = "FILE",
	  .help = "let a second certificate in, during renewal",
	  .object = &object_service_key_certificate,
	  .field = "certificate" },
	{ .name = "destination",
	  .argument = "NAME",
	  .help = "add the certificate from the key store of a destination" },
	{ .name = "remove-certificate", .argument = "SHA256", .help = "take one of its certificates out" },
	COMMAND_PASSWORD_OPTIONS,
	COMMAND_KEY_PASSWORD_OPTION,
	{ 0 },
};

const struct command service_key_commands[] = {
	{ .noun = "service-key",
	  .verb = "create",
	  .arguments = "INSTANCE KEY",
	  .summary = "create a service key: with the sender's certificate, or with one issued here, or with "
		     "a secret",
	  .options = create_options,
	  .examples =
		  (const char *const[]){
			  "postern service-key create runtime company --certificate leaf.cer",
			  "postern service-key create runtime issued -c '{\"key-type\":\"certificate\"}'",
			  "postern service-key create runtime secret", NULL },
	  .run = create_run },
	{ .noun = "service-key",
	  .verb = "list",
	  .arguments = "[INSTANCE]",
	  .summary = "list the service keys",
	  .examples = (const char *const[]){ "postern service-key list runtime", NULL },
	  .run = list_run },
	{ .noun = "service-key",
	  .verb = "get",
	  .arguments = "INSTANCE KEY",
	  .summary = "show a service key with its certificate, roles and credentials",
	  .options = get_options,
	  .examples =
		  (const char *const[]){
			  "postern service-key get runtime company",
			  "postern service-key get runtime issued --p12 issued.p12 --password-file pw",
			  NULL },
	  .run = get_run },
	{ .noun = "service-key",
	  .verb = "update",
	  .arguments = "INSTANCE KEY",
	  .summary = "add or remove a certificate, for renewal without a gap",
	  .options = update_options,
	  .examples =
		  (const char *const[]){
			  "postern service-key update runtime company --add-certificate renewed.cer", NULL },
	  .run = update_run },
	{ .noun = "service-key",
	  .verb = "delete",
	  .arguments = "INSTANCE KEY",
	  .summary = "delete a service key; the next request with it is refused",
	  .examples = (const char *const[]){ "postern service-key delete runtime company", NULL },
	  .run = delete_run },
	{ 0 },
};
