/* SPDX-License-Identifier: Apache-2.0
 * `postern quickstart`: the five steps of the job in one go, each told as the command that does it. */
#include "base/memory.h"
#include "base/random.h"
#include "cmd/keypair/container_file.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"
#include "cmd/quickstart/conflict.h"
#include "cmd/quickstart/record.h"
#include "os/file.h"
#include "pki/digest.h"
#include "pki/paste.h"
#include "pki/request.h"

#include <stdio.h>

/* A service instance has 32 characters at most, and NAME-runtime is one. */
#define NAME_MAX_CHARS 24
#define PARAMETERS "{\"grant-types\":[\"client_credentials\"],\"roles\":[\"ESBMessaging.send\"]}"
#define KEY_TYPE "rsa-2048"

static void begin(const struct quickstart *q, int step, const char *what)
{
	if (!command_json(q->line)) {
		output_data("%s%d/5 %s%s\n", output_style(OUTPUT_BOLD), step, what,
			    output_style(OUTPUT_PLAIN));
	}
}

static enum rc check_name(const char *name, struct err *reterr)
{
	size_t n = strlen(name);
	static const char allowed[] = CHAR_LETTERS_DIGITS "_-";
	if (n == 0 || n > NAME_MAX_CHARS || strspn(name, allowed) != n) {
		return command_usage_error(reterr, "A name has 1 to %d letters, digits, _ and -.",
					   NAME_MAX_CHARS);
	}
	return RC_OK;
}

static enum rc prepare(struct quickstart *q, const char *name, struct err *reterr)
{
	TRY(check_name(name, reterr));
	TRY(command_client(q->line, &q->client, reterr));
	/* Beside the server its own folder holds the files; elsewhere the current one. */
	AUTO_FREE char *folder = command_option(q->line, "server")
					 ? mem_strdup(".")
					 : mem_printf("%s/quickstart", command_state_dir(q->line));
	quickstart_name(q, name, folder);
	return quickstart_record_load(q, reterr);
}

static enum rc write_file(struct quickstart *q, const char *path, struct str bytes, unsigned mode,
			  struct err *reterr)
{
	char text[DIGEST_SHA256_TEXT_SIZE];
	TRY(quickstart_record_add(q, QUICKSTART_FILE, path, digest_sha256_text(bytes, text), reterr));
	return quickstart_write(q, path, bytes, mode, reterr);
}

/* The key is made here, so that its fingerprint is on record before there is a certificate for it. */
static enum rc make_certificate(struct quickstart *q, struct value **ret, struct buf *pem, struct err *reterr)
{
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO_VALUE *order = value_object();
	AUTO_BUF(request, QUICKSTART_PEM_MAX);
	AUTO_BUF(public, QUICKSTART_PEM_MAX);
	AUTO_FREE char *subject = mem_printf("CN=%s", q->name);
	char text[DIGEST_SHA256_TEXT_SIZE];
	TRY(key_generate(&key, KEY_TYPE, reterr));
	TRY(key_format_public(key, &public));
	TRY(key_format_pem(key, STR_NONE, pem));
	TRY(request_format_pem(key, str_of(subject), NULL, 0, &request, reterr));
	TRY(quickstart_record_add(q, QUICKSTART_CERTIFICATE, q->name,
				  digest_sha256_text(buf_str(&public), text), reterr));
	value_set_str(order, "csr_pem", buf_str(&request));
	value_set_c(order, "usage", "client");
	TRY(client_call(q->client, "POST", "/admin/v1/ca/sign", order, ret, reterr));
	(void)buf_add(pem, value_get_str(*ret, "chain_pem"));
	return RC_OK;
}

static enum rc step_key_pair(struct quickstart *q, struct err *reterr)
{
	char made[25];
	AUTO_VALUE *issued = NULL;
	AUTO_VALUE *authority = NULL;
	AUTO_BUF_SECRET(pem, QUICKSTART_PEM_MAX);
	AUTO_BUF_SECRET(p12, QUICKSTART_PEM_MAX);
	begin(q, 1, "key pair");
	TRY(make_certificate(q, &issued, &pem, reterr));
	TRY(client_get(q->client, "/admin/v1/ca", &authority, reterr));
	buf_add_c(&q->password, random_text(made, sizeof(made) - 1));
	mem_wipe(made, sizeof(made));
	TRY(container_file_format(q->p12, buf_str(&pem), q->name, buf_str(&q->password), &p12, reterr));
	TRY(write_file(q, q->p12, buf_str(&p12), 0600, reterr));
	TRY(write_file(q, q->password_file, buf_str(&q->password), 0600, reterr));
	quickstart_tell(q, "postern ca issue %s --out %s", q->name, q->p12);
	TRY(write_file(q, q->leaf, value_get_str(issued, "certificate_pem"), 0644, reterr));
	TRY(write_file(q, q->ca, value_get_str(authority, "issuing_pem"), 0644, reterr));
	TRY(write_file(q, q->root, value_get_str(authority, "root_pem"), 0644, reterr));
	quickstart_tell(q, "postern keypair export %s --password-file %s --root %s --ca %s --leaf %s", q->p12,
			q->password_file, q->root, q->ca, q->leaf);
	return RC_OK;
}

static enum rc import_one(struct quickstart *q, const char *file, const char *alias, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_CERT_LIST certs = { 0 };
	AUTO_BUF(pem, QUICKSTART_PEM_MAX);
	struct err err = { 0 };
	TRY(command_read_file(file, QUICKSTART_PEM_MAX, &pem, reterr));
	TRY(paste_certificates(&certs, buf_str(&pem), reterr));
	TRY(quickstart_record_add(q, QUICKSTART_ALIAS, alias, cert_sha256(certs.items[0]), reterr));
	TRY(body_set_file(body, "content", file, QUICKSTART_PEM_MAX, reterr));
	value_set_c(body, "alias", alias);
	quickstart_tell(q, "postern keystore import %s --alias %s", file, alias);
	enum rc rc = client_call(q->client, "POST", "/admin/v1/keystore/import", body, NULL, &err);
	if (rc == RC_EXISTS || rc == RC_CONFLICT) {
		return RC_OK; /* trusted already: Postern's own CA is an anchor from the start */
	}
	if (rc != RC_OK && reterr) {
		*reterr = err;
	}
	return rc;
}

static enum rc step_trust(struct quickstart *q, struct err *reterr)
{
	begin(q, 2, "trust");
	TRY(import_one(q, q->root, q->root_alias, reterr));
	return import_one(q, q->ca, q->ca_alias, reterr);
}

static enum rc make_artifact(struct quickstart *q, struct err *reterr)
{
	AUTO_VALUE *artifact = value_object();
	AUTO_VALUE *made = NULL;
	value_set_c(artifact, "name", q->name);
	value_set_c(artifact, "address", q->address);
	value_set_c(artifact, "version", q->version);
	quickstart_tell(q, "postern artifact create %s --address %s", q->name, q->address);
	TRY(quickstart_record_add(q, QUICKSTART_ARTIFACT, q->name, q->version, reterr));
	TRY(client_call(q->client, "POST", "/admin/v1/artifacts/create", artifact, &made, reterr));
	q->url = mem_strdup(value_get_c(made, "url"));
	return q->url ? RC_OK : err_set(reterr, RC_PROTO, "The server does not say the endpoint's URL.");
}

static enum rc make_instance(struct quickstart *q, struct err *reterr)
{
	char id[RANDOM_UUID_SIZE];
	AUTO_VALUE *instance = value_object();
	struct value *parameters = NULL;
	value_set_c(instance, "name", q->instance);
	value_set_c(instance, "id", random_uuid(id));
	value_set_c(instance, "service", "it-rt");
	value_set_c(instance, "plan", "integration-flow");
	TRY(value_parse(&parameters, STR(PARAMETERS), sizeof(PARAMETERS), reterr));
	value_set(instance, "parameters", parameters);
	quickstart_tell(q,
			"postern service-instance create %s --service it-rt --plan integration-flow -c '%s'",
			q->instance, PARAMETERS);
	TRY(quickstart_record_add(q, QUICKSTART_INSTANCE, q->instance, id, reterr));
	return client_call(q->client, "POST", "/admin/v1/service-instances", instance, NULL, reterr);
}

static enum rc step_service_key(struct quickstart *q, struct err *reterr)
{
	char id[RANDOM_UUID_SIZE];
	AUTO_VALUE *key = value_object();
	AUTO_BUF(leaf, QUICKSTART_PEM_MAX);
	AUTO_FREE char *path = client_path("/admin/v1/service-instances/%s/service-keys", q->instance);
	begin(q, 3, "endpoint, service instance and service key");
	TRY(make_artifact(q, reterr));
	TRY(make_instance(q, reterr));
	value_set_c(key, "name", q->name);
	value_set_c(key, "id", random_uuid(id));
	TRY(command_read_file(q->leaf, QUICKSTART_PEM_MAX, &leaf, reterr));
	value_set_str(key, "certificate", buf_str(&leaf));
	quickstart_tell(q, "postern service-key create %s %s --certificate %s", q->instance, q->name,
			q->leaf);
	TRY(quickstart_record_add(q, QUICKSTART_KEY, q->name, id, reterr));
	return client_call(q->client, "POST", path, key, NULL, reterr);
}

static enum rc upload_store(struct quickstart *q, struct err *reterr)
{
	char text[DIGEST_SHA256_TEXT_SIZE];
	AUTO_VALUE *store = value_object();
	value_set_c(store, "Name", q->store);
	TRY(body_set_file(store, "Content", q->p12, QUICKSTART_PEM_MAX, reterr));
	quickstart_tell(q, "postern destination-certificate upload %s", q->p12);
	TRY(quickstart_record_add(q, QUICKSTART_STORE, q->store,
				  digest_sha256_text(value_get_str(store, "Content"), text), reterr));
	return client_call(q->client, "POST", QUICKSTART_CERTIFICATES, store, NULL, reterr);
}

static enum rc step_destination(struct quickstart *q, struct err *reterr)
{
	AUTO_VALUE *destination = value_object();
	begin(q, 4, "destination");
	TRY(upload_store(q, reterr));
	value_set_c(destination, "Name", q->name);
	value_set_c(destination, "Description", q->description);
	value_set_c(destination, "Type", "HTTP");
	value_set_c(destination, "URL", q->url);
	value_set_c(destination, "ProxyType", "Internet");
	value_set_c(destination, "Authentication", "ClientCertificateAuthentication");
	value_set_c(destination, "KeyStoreLocation", q->store);
	value_set_str(destination, "KeyStorePassword", buf_str(&q->password));
	quickstart_tell(q, "postern destination create --name %s --url %s --key-store %s --password-file %s",
			q->name, q->url, q->store, q->password_file);
	TRY(quickstart_record_add(q, QUICKSTART_DESTINATION, q->name, q->description, reterr));
	return client_call(q->client, "POST", QUICKSTART_DESTINATIONS, destination, NULL, reterr);
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
	quickstart_tell(q, "postern destination check %s", q->name);
	TRY(client_call(q->client, "POST", path, NULL, &v, reterr));
	q->report = value_object();
	value_set_c(q->report, "destination", q->name);
	value_set_c(q->report, "url", q->url);
	value_set(q->report, "check", value_ref(v));
	if (command_json(q->line)) {
		TRY(output_json(q->report, reterr));
	} else {
		output_data("    reachable %s  authenticated %s  authorised %s  → %lld\n",
			    mark(v, "reachable"), mark(v, "authenticated"), mark(v, "authorised"),
			    (long long)value_get_int(v, "status", 0));
	}
	if (!value_get_bool(v, "authorised", false)) {
		command_set_exit(q->line, COMMAND_EXIT_FAILED);
		output_next("postern doctor %s", q->name);
		return RC_OK;
	}
	output_say("Undo: postern quickstart %s --remove", q->name);
	output_next("postern call %s -d '{\"hello\":1}'", q->name);
	return RC_OK;
}

/* A run that fails leaves nothing behind; where even that fails, the record stays and says what is left. */
static void undo_failed(struct quickstart *q, struct err *reterr)
{
	bool any;
	enum rc rc = quickstart_undo(q, false, &any, NULL);
	if (rc == RC_OK) {
		output_say("What this run had made is removed again.");
	} else if (reterr) {
		err_fix(reterr, "What was made is on record: `postern quickstart %s --remove`", q->name);
	}
}

static enum rc run_steps(struct quickstart *q, struct err *reterr)
{
	static enum rc (*const steps[])(struct quickstart *, struct err *) = { step_key_pair, step_trust,
									       step_service_key,
									       step_destination, step_check };
	TRY(quickstart_check_free(q, reterr));
	TRY(file_make_folder(q->folder, 0700, reterr));
	TRY(quickstart_record_begin(q, reterr));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		enum rc rc = steps[i](q, reterr);
		if (rc == RC_OK) {
			continue;
		}
		undo_failed(q, reterr);
		return rc;
	}
	return RC_OK;
}

static enum rc remove_all(struct quickstart *q, struct err *reterr)
{
	bool any = false;
	const char *of = quickstart_record_subaccount(q);
	if (of[0] && strcmp(of, client_subaccount(q->client)) != 0) {
		(void)err_set(reterr, RC_CONFLICT, "The quickstart %s is one of the subaccount %s.", q->name,
			      of);
		return err_fix(reterr, "`postern quickstart %s --remove --subaccount %s`", q->name, of);
	}
	TRY(quickstart_undo(q, true, &any, reterr));
	output_say(any ? "Removed what quickstart %s had made." : "There is nothing left of quickstart %s.",
		   q->name);
	return RC_OK;
}

static enum rc quickstart_run(struct command_line *line, struct err *reterr)
{
	AUTO(quickstart_fini) struct quickstart q = { .line = line };
	TRY(prepare(&q, command_argument(line, 0), reterr));
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
		  "folder's quickstart folder. What is there already is never touched: a name that is taken "
		  "anywhere is refused before\n"
		  "the first step, a run that fails takes back what it made, and --remove takes away what "
		  "its record names, as long as\n"
		  "it is the same.",
	  .options = options,
	  .examples = (const char *const[]){ "postern quickstart hello", "postern quickstart hello --remove",
					     NULL },
	  .run = quickstart_run },
	{ 0 },
};
