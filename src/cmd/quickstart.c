/* SPDX-License-Identifier: Apache-2.0
 * `postern quickstart`: the five steps of the job in one go, each told as the command that does it. */
#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "client/client.h"
#include "cmd/container_file.h"
#include "cmd/noun.h"
#include "cmd/nouns.h"
#include "cmd/output.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_CHARS 60
#define PEM_MAX ((size_t)256 * 1024)
#define CERTIFICATES "/destination-configuration/v1/subaccountCertificates"
#define DESTINATIONS "/destination-configuration/v1/subaccountDestinations"
#define PARAMETERS "{\"grant-types\":[\"client_credentials\"],\"roles\":[\"ESBMessaging.send\"]}"

/* What the steps hand to each other. */
struct quickstart {
	struct command_line *line;
	struct client *client;
	const char *name;
	char *folder; /* where files go, "." or below the state folder */
	char *p12, *password_file, *leaf, *root, *ca;
	char *instance;
	char *url;
	struct buf password;
	struct value *report; /* for --json */
	bool removed;         /* --remove found something */
};

static void quickstart_fini(struct quickstart *q)
{
	mem_free(q->folder);
	mem_free(q->p12);
	mem_free(q->password_file);
	mem_free(q->leaf);
	mem_free(q->root);
	mem_free(q->ca);
	mem_free(q->instance);
	mem_free(q->url);
	buf_fini(&q->password);
	value_free(q->report);
}

static void begin(const struct quickstart *q, int step, const char *what)
{
	if (!command_json(q->line))
		output_data("%s%d/5 %s%s\n", output_style(OUTPUT_BOLD), step, what,
			    output_style(OUTPUT_PLAIN));
}

static void tell(const struct quickstart *q, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void tell(const struct quickstart *q, const char *fmt, ...)
{
	va_list list;
	char part[4096];
	va_start(list, fmt);
	vsnprintf(part, sizeof(part), fmt, list);
	va_end(list);
	if (!command_json(q->line))
		output_data("    %s$ %s%s\n", output_style(OUTPUT_DIM), part, output_style(OUTPUT_PLAIN));
	output_flush();
}

static enum rc check_name(const char *name, struct err *reterr)
{
	size_t n = strlen(name);
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	if (n == 0 || n > NAME_MAX_CHARS || strspn(name, allowed) != n)
		return command_usage_error(reterr, "A name has 1 to %d letters, digits, _ and -.",
					   NAME_MAX_CHARS);
	return RC_OK;
}

static enum rc prepare(struct quickstart *q, struct err *reterr)
{
	TRY(check_name(q->name, reterr));
	TRY(command_client(q->line, &q->client, reterr));
	/* Beside the server its own folder holds the files; elsewhere the current one. */
	q->folder = command_option(q->line, "server")
			    ? mem_strdup(".")
			    : mem_printf("%s/quickstart", command_state_dir(q->line));
	if (mkdir(q->folder, 0700) != 0 && errno != EEXIST)
		return err_errno(reterr, "Cannot make %s", q->folder);
	q->p12 = mem_printf("%s/%s.p12", q->folder, q->name);
	q->password_file = mem_printf("%s.password", q->p12);
	q->leaf = mem_printf("%s/%s.cer", q->folder, q->name);
	q->root = mem_printf("%s/%s-root.cer", q->folder, q->name);
	q->ca = mem_printf("%s/%s-ca.cer", q->folder, q->name);
	q->instance = mem_printf("%s-runtime", q->name);
	buf_init(&q->password, 256);
	q->password.secret = true;
	return RC_OK;
}

static enum rc step_key_pair(struct quickstart *q, struct err *reterr)
{
	char made[25];
	AUTO_VALUE *order = value_object();
	AUTO_VALUE *issued = NULL;
	AUTO_VALUE *authority = NULL;
	AUTO_BUF_SECRET(pem, PEM_MAX);
	begin(q, 1, "key pair");
	value_set_c(order, "name", q->name);
	value_set_c(order, "usage", "client");
	TRY(client_call(q->client, "POST", "/admin/v1/ca/issue", order, &issued, reterr));
	TRY(client_get(q->client, "/admin/v1/ca", &authority, reterr));
	buf_printf(&pem, "%s%s", value_get_c(issued, "key_pem"), value_get_c(issued, "chain_pem"));
	random_text(made, sizeof(made) - 1);
	buf_add_c(&q->password, made);
	mem_wipe(made, sizeof(made));
	TRY(container_file_write(q->p12, buf_str(&pem), q->name, buf_str(&q->password), reterr));
	TRY(command_write_file(q->password_file, buf_str(&q->password), 0600, reterr));
	tell(q, "postern ca issue %s --out %s", q->name, q->p12);
	TRY(command_write_file(q->leaf, value_get_str(issued, "certificate_pem"), 0644, reterr));
	TRY(command_write_file(q->ca, value_get_str(authority, "issuing_pem"), 0644, reterr));
	TRY(command_write_file(q->root, value_get_str(authority, "root_pem"), 0644, reterr));
	tell(q, "postern keypair export %s --password-file %s --root %s --ca %s --leaf %s", q->p12,
	     q->password_file, q->root, q->ca, q->leaf);
	return RC_OK;
}

static enum rc import_one(struct quickstart *q, const char *file, const char *suffix, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_FREE char *alias = mem_printf("%s-%s", q->name, suffix);
	struct err err = { 0 };
	TRY(noun_set_file(body, "content", file, PEM_MAX, reterr));
	value_set_c(body, "alias", alias);
	tell(q, "postern keystore import %s --alias %s", file, alias);
	enum rc rc = client_call(q->client, "POST", "/admin/v1/keystore/import", body, NULL, &err);
	if (rc == RC_EXISTS || rc == RC_CONFLICT)
		return RC_OK; /* trusted already: Postern's own CA is an anchor from the start */
	if (rc != RC_OK && reterr)
		*reterr = err;
	return rc;
}

static enum rc step_trust(struct quickstart *q, struct err *reterr)
{
	begin(q, 2, "trust");
	TRY(import_one(q, q->root, "root", reterr));
	return import_one(q, q->ca, "ca", reterr);
}

static enum rc step_service_key(struct quickstart *q, struct err *reterr)
{
	AUTO_VALUE *artifact = value_object();
	AUTO_VALUE *made = NULL;
	AUTO_VALUE *instance = value_object();
	AUTO_VALUE *key = value_object();
	struct value *parameters = NULL;
	AUTO_BUF(leaf, PEM_MAX);
	AUTO_FREE char *address = mem_printf("/%s", q->name);
	AUTO_FREE char *path = client_path("/admin/v1/service-instances/%s/service-keys", q->instance);
	begin(q, 3, "endpoint, service instance and service key");
	value_set_c(artifact, "name", q->name);
	value_set_c(artifact, "address", address);
	tell(q, "postern artifact create %s --address %s", q->name, address);
	TRY(client_call(q->client, "POST", "/admin/v1/artifacts/create", artifact, &made, reterr));
	q->url = mem_strdup(value_get_c(made, "url"));
	value_set_c(instance, "name", q->instance);
	value_set_c(instance, "service", "it-rt");
	value_set_c(instance, "plan", "integration-flow");
	TRY(value_parse(&parameters, STR(PARAMETERS), sizeof(PARAMETERS), reterr));
	value_set(instance, "parameters", parameters);
	tell(q, "postern service-instance create %s --service it-rt --plan integration-flow -c '%s'",
	     q->instance, PARAMETERS);
	TRY(client_call(q->client, "POST", "/admin/v1/service-instances", instance, NULL, reterr));
	value_set_c(key, "name", q->name);
	TRY(command_read_file(q->leaf, PEM_MAX, &leaf, reterr));
	value_set_str(key, "certificate", buf_str(&leaf));
	tell(q, "postern service-key create %s %s --certificate %s", q->instance, q->name, q->leaf);
	return client_call(q->client, "POST", path, key, NULL, reterr);
}

static enum rc step_destination(struct quickstart *q, struct err *reterr)
{
	AUTO_VALUE *store = value_object();
	AUTO_VALUE *destination = value_object();
	AUTO_FREE char *file = mem_printf("%s.p12", q->name);
	begin(q, 4, "destination");
	value_set_c(store, "Name", file);
	TRY(noun_set_file(store, "Content", q->p12, PEM_MAX, reterr));
	tell(q, "postern destination-certificate upload %s", q->p12);
	TRY(client_call(q->client, "POST", CERTIFICATES, store, NULL, reterr));
	value_set_c(destination, "Name", q->name);
	value_set_c(destination, "Type", "HTTP");
	value_set_c(destination, "URL", q->url ? q->url : "");
	value_set_c(destination, "ProxyType", "Internet");
	value_set_c(destination, "Authentication", "ClientCertificateAuthentication");
	value_set_c(destination, "KeyStoreLocation", file);
	value_set_str(destination, "KeyStorePassword", buf_str(&q->password));
	tell(q, "postern destination create --name %s --url %s --key-store %s --password-file %s", q->name,
	     q->url ? q->url : "", file, q->password_file);
	return client_call(q->client, "POST", DESTINATIONS, destination, NULL, reterr);
}

static const char *mark(const struct value *v, const char *name)
{
	return value_get_bool(v, name, false) ? "✔" : "✘";
}

static enum rc step_check(struct quickstart *q, struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	AUTO_FREE char *path = client_path("/admin/v1/destinations/%s/check", q->name);
	begin(q, 5, "use");
	tell(q, "postern destination check %s", q->name);
	TRY(client_call(q->client, "POST", path, NULL, &v, reterr));
	q->report = value_object();
	value_set_c(q->report, "destination", q->name);
	value_set_c(q->report, "url", q->url);
	value_set(q->report, "check", value_ref(v));
	if (command_json(q->line))
		TRY(output_json(q->report, reterr));
	else
		output_data("    reachable %s  authenticated %s  authorised %s  → %lld\n",
			    mark(v, "reachable"), mark(v, "authenticated"), mark(v, "authorised"),
			    (long long)value_get_int(v, "status", 0));
	if (!value_get_bool(v, "authorised", false)) {
		command_set_exit(q->line, COMMAND_EXIT_FAILED);
		output_next("postern doctor %s", q->name);
		return RC_OK;
	}
	output_say("Undo: postern quickstart %s --remove", q->name);
	output_next("postern call %s -d '{\"hello\":1}'", q->name);
	return RC_OK;
}

/* Before the first step, so that a second run does not overwrite the files of the first. */
static enum rc check_free(struct quickstart *q, struct err *reterr)
{
	AUTO_VALUE *found = NULL;
	AUTO_FREE char *path = client_path(DESTINATIONS "/%s", q->name);
	enum rc rc = client_get(q->client, path, &found, reterr);
	if (rc == RC_NOT_FOUND)
		return RC_OK;
	TRY(rc);
	(void)err_set(reterr, RC_EXISTS, "There is a destination %s already.", q->name);
	return err_fix(reterr, "postern quickstart %s --remove, then again", q->name);
}

static enum rc run_steps(struct quickstart *q, struct err *reterr)
{
	static enum rc (*const steps[])(struct quickstart *, struct err *) = { step_key_pair, step_trust,
									       step_service_key,
									       step_destination, step_check };
	TRY(check_free(q, reterr));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		enum rc rc = steps[i](q, reterr);
		if (rc == RC_OK)
			continue;
		if (reterr && !reterr->fix[0] && reterr->code != RC_IO)
			err_fix(reterr, "postern quickstart %s --remove, then again", q->name);
		return rc;
	}
	return RC_OK;
}

/* What is not there needs no removal; everything else is told at the end. */
static void remove_one(struct quickstart *q, char *take_path, const char *command, enum rc *rc,
		       struct err *reterr)
{
	struct err err = { 0 };
	enum rc one = client_call(q->client, "DELETE", take_path, NULL, NULL, &err);
	mem_free(take_path);
	q->removed = q->removed || one == RC_OK;
	if (one == RC_OK)
		tell(q, "postern %s", command);
	else if (one != RC_NOT_FOUND && *rc == RC_OK) {
		*rc = one;
		if (reterr)
			*reterr = err;
	}
}

static enum rc remove_all(struct quickstart *q, struct err *reterr)
{
	enum rc rc = RC_OK;
	const char *n = q->name;
	char text[512];
#define REMOVE(path, ...) \
	do { \
		snprintf(text, sizeof(text), __VA_ARGS__); \
		remove_one(q, path, text, &rc, reterr); \
	} while (0)
	REMOVE(client_path(DESTINATIONS "/%s", n), "destination delete %s", n);
	AUTO_FREE char *file = mem_printf("%s.p12", n);
	REMOVE(client_path(CERTIFICATES "/%s", file), "destination-certificate delete %s", file);
	REMOVE(client_path("/admin/v1/service-instances/%s/service-keys/%s", q->instance, n),
	       "service-key delete %s %s", q->instance, n);
	REMOVE(client_path("/admin/v1/service-instances/%s", q->instance), "service-instance delete %s",
	       q->instance);
	REMOVE(client_path("/admin/v1/artifacts/%s", n), "artifact undeploy %s", n);
	AUTO_FREE char *root = mem_printf("%s-root", n);
	AUTO_FREE char *ca = mem_printf("%s-ca", n);
	REMOVE(client_path("/admin/v1/keystore/%s", ca), "keystore delete %s", ca);
	REMOVE(client_path("/admin/v1/keystore/%s", root), "keystore delete %s", root);
#undef REMOVE
	const char *const files[] = { q->p12, q->password_file, q->leaf, q->root, q->ca };
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlink(files[i]);
	if (rc == RC_OK)
		output_say(q->removed ? "Removed what quickstart %s had made."
				      : "There is nothing left of quickstart %s.",
			   n);
	return rc;
}

static enum rc quickstart_run(struct command_line *line, struct err *reterr)
{
	AUTO(quickstart_fini) struct quickstart q = { .line = line, .name = command_argument(line, 0) };
	TRY(prepare(&q, reterr));
	return command_flag(line, "remove") ? remove_all(&q, reterr) : run_steps(&q, reterr);
}

static const struct command_option options[] = {
	{ .name = "remove", .help = "remove what the same command without it has made" },
	{ 0 },
};

const struct command quickstart_commands[] = {
	{ .noun = "quickstart",
	  .arguments = "NAME",
	  .summary = "do the five steps in one go, on a running server, and print them",
	  .text = "A key pair of Postern's own CA, its root and CA in the keystore, an endpoint /http/NAME "
		  "that answers with what\n"
		  "was sent, a service instance and key for it, and a destination NAME. The files are kept "
		  "in the state\n"
		  "folder's quickstart folder.",
	  .options = options,
	  .examples = (const char *const[]){ "postern quickstart hello", "postern quickstart hello --remove",
					     NULL },
	  .run = quickstart_run },
	{ 0 },
};
