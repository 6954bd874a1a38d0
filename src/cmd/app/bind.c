/* SPDX-License-Identifier: Apache-2.0
 * `postern bind`: what an app needs to use the Destination service, in the form its platform would give
 * it. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/app/bind_client.h"
#include "cmd/line/host_hint.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/line/print.h"
#include "cmd/nouns.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)1024 * 1024)
#define CAP_FILE ".cdsrc-private.json"
#define DEFAULT_ENV_FILE "default-env.json"

static struct value *vcap_of(const struct value *binding)
{
	struct value *services = value_object(), *list = value_array();
	value_append(list, value_copy(binding));
	value_set(services, "destination", list);
	return services;
}

static enum rc format(const struct value *v, struct buf *out, struct err *reterr)
{
	return value_format(v, out) == RC_OK ? RC_OK : err_set(reterr, RC_LIMIT, "The binding is too large.");
}

static enum rc print_vcap(const struct value *binding, struct err *reterr)
{
	AUTO_VALUE *services = vcap_of(binding);
	AUTO_BUF_SECRET(text, TEXT_MAX);
	TRY(format(services, &text, reterr));
	output_data("%s\n", buf_c(&text));
	return RC_OK;
}

/* Single quotes inside the value are closed, escaped and opened again, so that a shell reads it back as it
 * was. */
static enum rc print_env(const struct value *binding, const char *ca, struct err *reterr)
{
	AUTO_VALUE *services = vcap_of(binding);
	AUTO_BUF_SECRET(text, TEXT_MAX);
	TRY(format(services, &text, reterr));
	char *quoted = mem_alloc(TEXT_MAX * 2);
	if (str_find(buf_str(&text), '\'') < text.n) {
		output_quoted(buf_c(&text), quoted, TEXT_MAX * 2);
	} else {
		snprintf(quoted, TEXT_MAX * 2, "'%s'", buf_c(&text));
	}
	output_data("export VCAP_SERVICES=%s\n", quoted);
	mem_wipe(quoted, TEXT_MAX * 2);
	mem_free(quoted);
	if (ca) {
		output_say("The gateway's certificate is of Postern's own CA: export NODE_EXTRA_CA_CERTS=%s",
			   ca);
	}
	return RC_OK;
}

/* What the file says already, so that the binding is put beside it;
 * an empty object where there is no file. */
static enum rc document_read(const char *path, struct value **ret, struct err *reterr)
{
	AUTO_BUF_SECRET(text, TEXT_MAX);
	struct err why = { 0 };
	if (strcmp(path, "-") == 0 || (access(path, F_OK) != 0 && errno == ENOENT)) {
		*ret = value_object();
		return RC_OK;
	}
	TRY(command_read_file(path, TEXT_MAX, &text, reterr));
	if (value_parse(ret, buf_str(&text), TEXT_MAX, &why) == RC_OK && value_is_object(*ret)) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_INVALID, "%s is there and is no JSON object, so nothing was written. %s",
		      path, why.text);
	return err_fix(reterr, "Mend the file, or write to another one with --out FILE.");
}

/* The member of that name as an object; whatever else stands there gives way. */
static struct value *document_object(struct value *object, const char *name)
{
	if (!value_is_object(value_get(object, name))) {
		value_set(object, name, value_object());
	}
	return value_get(object, name);
}

static enum rc document_write(const char *path, const struct value *document, struct err *reterr)
{
	AUTO_BUF_SECRET(text, TEXT_MAX);
	if (value_format_pretty(document, &text) != RC_OK || !buf_add_char(&text, '\n')) {
		return err_set(reterr, RC_LIMIT, "The binding is too large.");
	}
	TRY(command_write_file(path, buf_str(&text), 0600, reterr));
	if (strcmp(path, "-") != 0) {
		output_say("Written: %s", path);
	}
	return RC_OK;
}

/* cds reads requires.[hybrid].NAME.credentials of this file; destinations is the name that CAP uses. */
static enum rc write_cap(const struct command_line *line, const struct value *binding, struct err *reterr)
{
	const char *out = command_option(line, "out");
	AUTO_VALUE *document = NULL;
	struct value *destinations = value_object(), *vcap = value_object();
	out = out ? out : CAP_FILE;
	TRY(document_read(out, &document, reterr));
	value_set_c(vcap, "label", "destination");
	value_set(destinations, "vcap", vcap);
	value_set(destinations, "credentials", value_copy(value_get(binding, "credentials")));
	value_set(document_object(document_object(document, "requires"), "[hybrid]"), "destinations",
		  destinations);
	/* The SAP Cloud SDK inside finds its binding in VCAP_SERVICES, which cds makes of requires when told
	 * to. */
	value_set_bool(document_object(document_object(document, "features"), "[hybrid]"),
		       "emulate_vcap_services", true);
	TRY(document_write(out, document, reterr));
	output_next("cds watch --profile hybrid");
	return RC_OK;
}

/* xsenv, and so the approuter and the SAP Cloud SDK, read this file where VCAP_SERVICES is not set. */
static enum rc write_default_env(const struct command_line *line, const struct value *binding,
				 struct err *reterr)
{
	const char *out = command_option(line, "out");
	AUTO_VALUE *document = NULL;
	struct value *list = value_array();
	out = out ? out : DEFAULT_ENV_FILE;
	TRY(document_read(out, &document, reterr));
	value_append(list, value_copy(binding));
	value_set(document_object(document, "VCAP_SERVICES"), "destination", list);
	return document_write(out, document, reterr);
}

static enum rc write_member(const char *folder, const char *name, struct str text, struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/%s", folder, name);
	return command_write_file(path, text, 0600, reterr);
}

static void describe(struct value *list, const char *name, const char *kind)
{
	struct value *one = value_object();
	value_set_c(one, "name", name);
	value_set_c(one, "format", kind);
	value_append(list, one);
}

/* One file a credential, and .metadata that says which file is what.
 * Source: servicebinding.io; SAP BTP service operator. */
static enum rc write_credentials(const char *folder, const struct value *credentials, struct value *described,
				 struct err *reterr)
{
	const char *name;
	struct value *member;
	for (size_t i = 0; value_member(credentials, i, &name, &member); i++) {
		AUTO_BUF_SECRET(text, TEXT_MAX);
		bool plain = value_is_string(member);
		if (strchr(name, '/') || name[0] == '.') {
			continue;
		}
		if (plain) {
			buf_add(&text, value_str(member));
		} else {
			TRY(format(member, &text, reterr));
		}
		TRY(write_member(folder, name, buf_str(&text), reterr));
		describe(described, name, plain ? "text" : "json");
	}
	return RC_OK;
}

static enum rc write_k8s(const char *root, const struct value *binding, struct err *reterr)
{
	static const char *const texts[] = { "label", "plan", "instance_name", "instance_guid" };
	const char *name = value_get_c(binding, "instance_name");
	name = name ? name : value_get_c(binding, "name");
	AUTO_FREE char *folder = mem_printf("%s/%s", root, name && !strchr(name, '/') ? name : "destination");
	AUTO_VALUE *metadata = value_object();
	struct value *described = value_array(), *credentials = value_array();
	AUTO_BUF(text, TEXT_MAX);
	value_set(metadata, "metaDataProperties", described);
	value_set(metadata, "credentialProperties", credentials);
	if ((mkdir(root, 0700) != 0 && errno != EEXIST) || (mkdir(folder, 0700) != 0 && errno != EEXIST)) {
		return err_errno(reterr, "Cannot make %s", folder);
	}
	TRY(write_member(folder, "type", STR("destination"), reterr));
	describe(described, "type", "text");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct str value = value_get_str(binding, texts[i]);
		if (strcmp(texts[i], "instance_guid") == 0 && !value.p) {
			value = value_get_str(value_get(binding, "credentials"), "instanceid");
		}
		if (strcmp(texts[i], "instance_name") == 0 && !value.p) {
			value = value_get_str(binding, "name");
		}
		TRY(write_member(folder, texts[i], value, reterr));
		describe(described, texts[i], "text");
	}
	TRY(format(value_get(binding, "tags"), &text, reterr));
	TRY(write_member(folder, "tags", buf_str(&text), reterr));
	describe(described, "tags", "json");
	TRY(write_credentials(folder, value_get(binding, "credentials"), credentials, reterr));
	buf_clear(&text);
	TRY(format(metadata, &text, reterr));
	TRY(write_member(folder, ".metadata", buf_str(&text), reterr));
	output_say("Written: %s", folder);
	output_next("export SERVICE_BINDING_ROOT=%s", root);
	return RC_OK;
}

/* The clients that are meant: those named, else for CAP's own file CAP, else all. */
static void add_clients(const struct command_line *line, bool cap, struct value *body)
{
	struct value *clients = value_array();
	char *name;
	for (size_t i = 0; (name = bind_client_name(line, i)); i++) {
		value_append_c(clients, name);
		mem_free(name);
	}
	if (value_count(clients) == 0 && cap) {
		value_append_c(clients, "cap");
	}
	value_set(body, "clients", clients);
}

static enum rc bind_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *binding = NULL;
	bool vcap = command_flag(line, "vcap"), env = command_flag(line, "env"),
	     cap = command_flag(line, "cap"), file = command_flag(line, "default-env");
	const char *k8s = command_option(line, "k8s");
	if (vcap + env + cap + file + (k8s != NULL) != 1) {
		return command_usage_error(reterr,
					   "Give one of --vcap, --env, --default-env, --cap and --k8s DIR.");
	}
	TRY(bind_client_check(line, reterr));
	if (command_argument(line, 0)) {
		value_set_c(body, "instance", command_argument(line, 0));
	}
	if (command_flag(line, "x509")) {
		value_set_bool(body, "x509", true);
	}
	TRY(command_client(line, &client, reterr));
	add_clients(line, cap, body);
	TRY(client_call(client, "POST", "/admin/v1/bindings", body, &binding, reterr));
	print_warnings(binding);
	host_hint_say(value_get_c(value_get(binding, "credentials"), "uri"));
	value_remove(binding, "findings"); /* no part of a binding */
	AUTO_FREE char *ca =
		command_option(line, "server") ? NULL : mem_printf("%s/ca/root.pem", command_state_dir(line));
	bind_client_say(line, ca);
	return vcap   ? print_vcap(binding, reterr)
	       : env  ? print_env(binding, ca, reterr)
	       : cap  ? write_cap(line, binding, reterr)
	       : file ? write_default_env(line, binding, reterr)
		      : write_k8s(k8s, binding, reterr);
}

static const struct command_option options[] = {
	{ .name = "vcap", .help = "print the value of VCAP_SERVICES, nothing else" },
	{ .name = "env", .help = "print export VCAP_SERVICES='...' for a shell" },
	{ .name = "default-env", .help = "write " DEFAULT_ENV_FILE " for the approuter and xsenv" },
	{ .name = "cap", .help = "write " CAP_FILE " for cds watch --profile hybrid" },
	{ .name = "k8s", .argument = "DIR", .help = "write a servicebinding.io folder below DIR" },
	{ .name = "client",
	  .argument = "NAME",
	  .help = "client, as NAME or NAME@VERSION, that the destinations' key stores are checked for and "
		  "whose other needs are told: cap, sdk-js, approuter, sdk-java",
	  .repeat = true },
	{ .name = "x509", .help = "a certificate instead of a secret" },
	{ .name = "out",
	  .argument = "FILE",
	  .help = "with --cap or --default-env: file to write, - for standard output" },
	{ 0 },
};

const struct command bind_commands[] = {
	{ .noun = "bind",
	  .arguments = "[INSTANCE]",
	  .synopsis = "[INSTANCE] (--vcap | --env | --default-env | --cap | --k8s DIR) [--x509]",
	  .summary = "print or write the binding with which an app finds its destinations",
	  .text = "The binding is of a service instance of destination; one is made if there is none. A file "
		  "that is "
		  "there already keeps everything else that it says.\n"
		  "The key stores of the destinations that the app will find are looked at, without their "
		  "passwords: one that is missing, or that a client cannot use, is told with what mends it.",
	  .options = options,
	  .examples = (const char *const[]){ "VCAP_SERVICES=$(postern bind --vcap) node app.js",
					     "eval \"$(postern bind --env)\"",
					     "postern bind --k8s ./bindings", NULL },
	  .run = bind_run },
	{ 0 },
};
