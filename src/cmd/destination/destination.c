/* SPDX-License-Identifier: Apache-2.0
 * Destinations on the command line, over the Destination service's own paths. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/app/properties.h"
#include "cmd/destination/build.h"
#include "cmd/destination/label.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

#define LEVEL "/destination-configuration/v1/subaccountDestinations"
#define MASK "********"

static const struct print_column list_columns[] = {
	{ "NAME", "Name" },
	{ "TYPE", "Type" },
	{ "URL", "URL" },
	{ "AUTHENTICATION", "Authentication" },
	{ "KEY STORE", "KeyStoreLocation" },
	{ NULL, NULL },
};

/* Secrets are for the server alone; people see that there is one. */
static bool is_secret(const char *name)
{
	return strcasestr(name, "password") || strcasestr(name, "secret");
}

static struct value *without_secrets(const struct value *destination, const char *mask)
{
	struct value *shown = value_object(), *member;
	const char *name;
	for (size_t i = 0; value_member(destination, i, &name, &member); i++) {
		if (!is_secret(name)) {
			value_set(shown, name, value_ref(member));
		} else if (mask) {
			value_set_c(shown, name, mask);
		}
	}
	return shown;
}

/* Programs get what the API gives, so that get, change and update go together;
 * a person's screen shows no secret. */
static bool shows_secrets(const struct command_line *line)
{
	return command_json(line) || command_flag(line, "show-secrets");
}

static enum rc print_properties(const struct command_line *line, const struct value *destination,
				struct err *reterr)
{
	const char *name;
	struct value *member;
	AUTO_VALUE *shown =
		shows_secrets(line) ? value_copy(destination) : without_secrets(destination, MASK);
	if (command_json(line)) {
		return output_json(shown, reterr);
	}
	for (size_t i = 0; value_member(shown, i, &name, &member); i++) {
		AUTO_BUF(text, 65536);
		print_text_of(shown, name, &text);
		AUTO_FREE char *visible = output_visible(buf_c(&text));
		output_data("%-24s %s\n", name, visible);
	}
	return RC_OK;
}

/* An array is answered with one status a destination; the first failure is told. */
static enum rc check_bulk(const struct value *answer, struct err *reterr)
{
	for (size_t i = 0; value_is_array(answer) && i < value_count(answer); i++) {
		const struct value *one = value_at(answer, i);
		int64_t status = value_get_int(one, "status", 200);
		if (status < 400) {
			continue;
		}
		AUTO_VALUE *error = value_object();
		const char *cause = value_get_c(one, "cause"), *name = value_get_c(one, "name");
		AUTO_FREE char *text = mem_printf("%s: %s", name ? name : "?", cause ? cause : "refused");
		value_set_c(error, "ErrorMessage", text);
		return client_error((int)status, error, reterr);
	}
	return RC_OK;
}

/* What the server told of the last call beside its answer. */
static void say_warning(struct command_line *line)
{
	char shown[512];
	struct client *client;
	if (command_client(line, &client, NULL) == RC_OK && client_warning(client)) {
		output_say("Warning: %s",
			   str_printable(str_of(client_warning(client)), shown, sizeof(shown)));
	}
}

static enum rc create_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *destination = NULL;
	AUTO_VALUE *answer = NULL;
	TRY(destination_build(line, &destination, reterr));
	TRY(ask_call(line, "POST", LEVEL, destination, &answer, reterr));
	TRY(check_bulk(answer, reterr));
	const char *name = value_get_c(destination, "Name");
	output_say("Created the destination%s %s.", name ? "" : "s", name ? name : "");
	say_warning(line);
	output_next("postern destination check %s", name ? name : "NAME");
	return RC_OK;
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *list = NULL;
	AUTO_VALUE *shown = value_array();
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, LEVEL, &list, reterr));
	for (size_t i = 0; i < value_count(list); i++) {
		value_append(shown, without_secrets(value_at(list, i), NULL));
	}
	return print_list(line, shown, list_columns, reterr);
}

static enum rc fetch(struct command_line *line, struct value **ret, struct err *reterr)
{
	struct client *client;
	AUTO_FREE char *path = client_path(LEVEL "/%s", command_argument(line, 0));
	TRY(command_client(line, &client, reterr));
	return client_get(client, path, ret, reterr);
}

static enum rc get_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *destination = NULL;
	TRY(fetch(line, &destination, reterr));
	return print_properties(line, destination, reterr);
}

static enum rc find_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *found = NULL;
	AUTO_FREE char *path =
		client_path("/destination-configuration/v1/destinations/%s", command_argument(line, 0));
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &found, reterr));
	if (shows_secrets(line)) {
		return output_json(found, reterr);
	}
	AUTO_VALUE *shown = value_copy(found);
	value_set(shown, "destinationConfiguration",
		  without_secrets(value_get(found, "destinationConfiguration"), MASK));
	struct value *certificates = value_get(shown, "certificates");
	for (size_t i = 0; i < value_count(certificates); i++) {
		value_set_c(value_at(certificates, i), "Content", MASK);
	}
	struct value *tokens = value_get(shown, "authTokens");
	for (size_t i = 0; i < value_count(tokens); i++) {
		struct value *header = value_get(value_at(tokens, i), "http_header");
		value_set_c(value_at(tokens, i), "value", MASK);
		if (header) {
			value_set_c(header, "value", MASK);
		}
	}
	return output_json(shown, reterr);
}

static enum rc update_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *changes = NULL;
	const char *name = command_argument(line, 0), *secret = command_option(line, "set-secret"), *gone;
	if (command_option(line, "config")) {
		AUTO_VALUE *whole = NULL;
		TRY(destination_build(line, &whole, reterr));
		if (!value_is_object(whole)) {
			return command_usage_error(reterr,
						   "One destination is updated with one JSON object.");
		}
		value_set_c(whole, "Name", name);
		TRY(ask_call(line, "PUT", LEVEL, whole, NULL, reterr));
	} else {
		changes = value_object();
		destination_set_flags(line, changes);
		TRY(destination_set_pairs(line, changes, reterr));
		for (size_t i = 0; (gone = command_option_at(line, "unset", i)); i++) {
			value_set(changes, gone, value_null());
		}
		if (secret) {
			TRY(destination_set_secret(line, changes, secret, true, reterr));
		}
		if (value_count(changes) == 0) {
			return command_usage_error(
				reterr, "Give -c JSON, --set KEY=VALUE, --unset KEY or --set-secret KEY.");
		}
		value_set_c(changes, "Name", name);
		TRY(ask_call(line, "PATCH", LEVEL, changes, NULL, reterr));
	}
	output_say("Updated the destination %s.", name);
	output_next("postern destination check %s", name);
	return RC_OK;
}

static enum rc delete_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path(LEVEL "/%s", command_argument(line, 0));
	return ask_delete(line, path, "destination", command_argument(line, 0), reterr);
}

static void print_verdict(const char *word, bool good)
{
	output_data("%-14s %s%s%s\n", word, output_style(good ? OUTPUT_GOOD : OUTPUT_BAD), good ? "✔" : "✘",
		    output_style(OUTPUT_PLAIN));
}

static enum rc check_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *v = NULL;
	AUTO_FREE char *path = client_path("/admin/v1/destinations/%s/check", command_argument(line, 0));
	TRY(command_client(line, &client, reterr));
	TRY(client_call(client, "POST", path, NULL, &v, reterr));
	bool authorised = value_get_bool(v, "authorised", false);
	if (!authorised) {
		command_set_exit(line, COMMAND_EXIT_FAILED);
	}
	if (command_json(line)) {
		return output_json(v, reterr);
	}
	const char *code = value_get_c(v, "code"), *text = value_get_c(v, "text");
	print_verdict("reachable", value_get_bool(v, "reachable", false));
	print_verdict("authenticated", value_get_bool(v, "authenticated", false));
	print_verdict("authorised", authorised);
	output_data("%-14s %lld\n", "status", (long long)value_get_int(v, "status", 0));
	if (text && *text) {
		output_data("%-14s %s%s%s\n", "reason", code ? code : "", code && *code ? " " : "", text);
	}
	output_data("%-14s %s\n", "SAP's verdict",
		    value_get_bool(v, "success", false) ? "success (a status below 500)" : "failure");
	if (authorised) {
		output_next("postern call %s", command_argument(line, 0));
	} else {
		output_next("postern doctor %s", command_argument(line, 0));
	}
	return RC_OK;
}

static enum rc import_run(struct command_line *line, struct err *reterr)
{
	AUTO_BUF_SECRET(text, BODY_FILE_MAX);
	AUTO_VALUE *v = NULL;
	AUTO_VALUE *answer = NULL;
	TRY(command_read_file(command_argument(line, 0), BODY_FILE_MAX, &text, reterr));
	struct str trimmed = str_trim(buf_str(&text));
	if (trimmed.n && (trimmed.p[0] == '{' || trimmed.p[0] == '[')) {
		TRY(value_parse(&v, trimmed, BODY_FILE_MAX, reterr));
	} else {
		TRY(properties_parse(&v, trimmed, reterr));
	}
	TRY(ask_call(line, command_flag(line, "overwrite") ? "PUT" : "POST", LEVEL, v, &answer, reterr));
	TRY(check_bulk(answer, reterr));
	output_say("Imported %s.", command_argument(line, 0));
	return RC_OK;
}

static enum rc export_text(const struct command_line *line, const struct value *v, struct buf *out,
			   struct err *reterr)
{
	const char *format = command_option(line, "format");
	if (format && strcmp(format, "properties") == 0 && value_is_object(v)) {
		properties_format(v, out);
		return RC_OK;
	}
	if (format && strcmp(format, "json") != 0) {
		return command_usage_error(reterr,
					   "The option --format is json, or for one destination properties.");
	}
	if (value_format_pretty(v, out) != RC_OK || !buf_add_char(out, '\n')) {
		return err_set(reterr, RC_LIMIT, "The destinations are too large.");
	}
	return RC_OK;
}

static enum rc export_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *v = NULL;
	AUTO_VALUE *shown = NULL;
	AUTO_BUF_SECRET(text, BODY_FILE_MAX);
	TRY(command_client(line, &client, reterr));
	if (command_argument(line, 0)) {
		TRY(fetch(line, &v, reterr));
	} else {
		TRY(client_get(client, LEVEL, &v, reterr));
	}
	if (command_flag(line, "show-secrets")) {
		shown = value_ref(v);
	} else if (value_is_object(v)) {
		shown = without_secrets(v, NULL);
	} else {
		shown = value_array();
		for (size_t i = 0; i < value_count(v); i++) {
			value_append(shown, without_secrets(value_at(v, i), NULL));
		}
	}
	TRY(export_text(line, shown, &text, reterr));
	if (!command_flag(line, "show-secrets")) {
		output_say("Passwords and secrets are left out; --show-secrets writes them, too.");
	}
	return command_write_out(line, buf_str(&text), 0600, reterr);
}

#define PROPERTY_OPTIONS \
	{ .name = "config", .letter = 'c', .argument = "JSON|@FILE", .help = "all properties as JSON" }, \
		{ .name = "type", .argument = "T", .help = "HTTP (default)" }, \
		{ .name = "url", .argument = "URL", .help = "URL of the endpoint" }, \
		{ .name = "proxy-type", .argument = "P", .help = "Internet (default)" }, \
		{ .name = "authentication", \
		  .argument = "A", \
		  .help = "ClientCertificateAuthentication with a key store, else NoAuthentication" }, \
		{ .name = "description", .argument = "TEXT", .help = "what it is for" }, \
		{ .name = "key-store", \
		  .argument = "NAME", \
		  .help = "name of the uploaded key store (KeyStoreLocation)" }, \
		{ .name = "trust-store", \
		  .argument = "NAME", \
		  .help = "name of the uploaded trust store (TrustStoreLocation)" }, \
		{ .name = "set", .argument = "KEY=VALUE", .help = "any other property", .repeat = true }, \
		COMMAND_PASSWORD_OPTIONS

static const struct command_option create_options[] = {
	{ .name = "name", .argument = "NAME", .help = "name of the destination" },
	PROPERTY_OPTIONS,
	{ 0 },
};
static const struct command_option update_options[] = {
	PROPERTY_OPTIONS,
	{ .name = "set-secret",
	  .argument = "KEY",
	  .help = "set a secret property to the password given by file, standard input or POSTERN_PASSWORD" },
	{ .name = "unset", .argument = "KEY", .help = "remove a property", .repeat = true },
	{ 0 },
};
static const struct command_option secret_options[] = {
	{ .name = "show-secrets", .help = "print passwords and secrets as they are" },
	{ 0 },
};
static const struct command_option import_options[] = {
	{ .name = "overwrite", .help = "replace those that exist" },
	{ 0 },
};
static const struct command_option export_options[] = {
	{ .name = "out", .argument = "FILE", .help = "write to FILE instead of standard output" },
	{ .name = "format", .argument = "F", .help = "json (default) or properties" },
	{ .name = "show-secrets", .help = "write passwords and secrets as they are" },
	{ 0 },
};

const struct command destination_commands[] = {
	{ .noun = "destination",
	  .verb = "create",
	  .arguments = "",
	  .summary = "create a destination",
	  .options = create_options,
	  .examples =
		  (const char *const[]){
			  "postern destination create -c @orders.json",
			  "postern destination create --name ORDERS --url https://localhost:8443/http/orders "
			  "--key-store company.p12 --password-file pw",
			  NULL },
	  .run = create_run },
	{ .noun = "destination",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list the destinations",
	  .examples = (const char *const[]){ "postern destination list", NULL },
	  .run = list_run },
	{ .noun = "destination",
	  .verb = "get",
	  .arguments = "NAME",
	  .summary = "show a destination's properties",
	  .options = secret_options,
	  .examples = (const char *const[]){ "postern destination get ORDERS", NULL },
	  .run = get_run },
	{ .noun = "destination",
	  .verb = "find",
	  .arguments = "NAME",
	  .summary = "show what an app gets from Find Destination",
	  .options = secret_options,
	  .examples = (const char *const[]){ "postern destination find ORDERS", NULL },
	  .run = find_run },
	{ .noun = "destination",
	  .verb = "update",
	  .arguments = "NAME",
	  .summary = "change a destination, or replace it with -c",
	  .options = update_options,
	  .examples =
		  (const char *const[]){
			  "postern destination update ORDERS --set URL=https://localhost:8443/http/orders",
			  "postern destination update ORDERS --set-secret KeyStorePassword --password-file "
			  "pw",
			  NULL },
	  .run = update_run },
	{ .noun = "destination",
	  .verb = "delete",
	  .arguments = "NAME",
	  .summary = "delete a destination",
	  .examples = (const char *const[]){ "postern destination delete ORDERS", NULL },
	  .run = delete_run },
	{ .noun = "destination",
	  .verb = "check",
	  .arguments = "NAME",
	  .summary =
		  "make the real call with HEAD, and say whether it is reachable, authenticated, authorised",
	  .examples = (const char *const[]){ "postern destination check ORDERS", NULL },
	  .run = check_run },
	{ .noun = "destination",
	  .verb = "import",
	  .arguments = "FILE",
	  .summary = "create destinations from JSON or properties",
	  .options = import_options,
	  .examples = (const char *const[]){ "postern destination import ORDERS.properties", NULL },
	  .run = import_run },
	{ .noun = "destination",
	  .verb = "export",
	  .arguments = "[NAME]",
	  .summary = "write one or all destinations",
	  .options = export_options,
	  .examples =
		  (const char *const[]){
			  "postern destination export ORDERS --format properties --out ORDERS.properties",
			  NULL },
	  .run = export_run },
	{ .noun = "destination",
	  .verb = "label",
	  .arguments = "NAME",
	  .summary = "show labels, add and remove some",
	  .options = destination_label_options,
	  .examples = (const char *const[]){ "postern destination label ORDERS --add stage=test", NULL },
	  .run = destination_label_run },
	{ 0 },
};
