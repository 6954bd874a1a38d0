/* SPDX-License-Identifier: Apache-2.0
 * `keypair create` and `keypair request`: new key pairs, self-signed or waiting for a signature. */
#include "base/memory.h"
#include "cmd/keypair/file.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "pki/authority.h"
#include "pki/request.h"
#include "container/format.h"
#include "container/kind.h"

static size_t read_sans(const struct command_line *line, const char **sans)
{
	size_t n = 0;
	while (n < REQUEST_MAX_SANS && command_option_at(line, "san", n)) {
		sans[n] = command_option_at(line, "san", n);
		n++;
	}
	return n;
}

static const char *key_type(const struct command_line *line)
{
	const char *type = command_option(line, "key-type");
	return type ? type : "rsa-2048";
}

/* "CN=NAME" where only a name is given. */
static char *subject_of(const struct command_line *line, struct err *reterr)
{
	const char *subject = command_option(line, "subject");
	const char *name = command_argument(line, 0);
	if (subject) {
		return mem_strdup(subject);
	}
	if (name) {
		return mem_printf("CN=%s", name);
	}
	(void)command_usage_error(reterr, "Give a NAME, or --subject \"CN=name,O=company,C=DE\".");
	return NULL;
}

static enum rc issue(const struct command_line *line, struct str subject, struct container_entry *entry,
		     struct err *reterr)
{
	const char *sans[REQUEST_MAX_SANS];
	const char *purpose = command_option(line, "purpose");
	uint64_t days;
	struct cert *cert = NULL;
	struct authority_order order = {
		.subject = subject,
		.sans = sans,
		.n_sans = read_sans(line, sans),
		.not_before = authority_start(wall_now()),
	};
	TRY(authority_usage_parse(str_of(purpose ? purpose : "client"), &order.usage, reterr));
	TRY(command_number(line, "days", 365, AUTHORITY_MAX_DAYS, &days, reterr));
	order.days = (int)days;
	TRY(key_generate(&entry->key, key_type(line), reterr));
	TRY(authority_issue(&cert, &order, entry->key, NULL, NULL, reterr));
	cert_list_add(&entry->chain, cert);
	cert_free(cert);
	return RC_OK;
}

static enum rc write_new(const struct command_line *line, const struct container *c, const char *path,
			 struct err *reterr)
{
	enum container_kind kind;
	bool given;
	AUTO_BUF_SECRET(password, 2048);
	AUTO_BUF_SECRET(chosen, 2048);
	AUTO_BUF_SECRET(out, CONTAINER_MAX_BYTES);
	if (!container_kind_of_name(str_of(path), &kind) || kind == CONTAINER_DER ||
	    kind == CONTAINER_PKCS7 || str_ends_with(str_of(path), STR(".cer")) ||
	    str_ends_with(str_of(path), STR(".crt"))) {
		return command_usage_error(reterr, "The name of --out must end in .p12, .pfx, .jks or .pem.");
	}
	TRY(command_password(line, "password", NULL, &password, &given, reterr));
	if (kind == CONTAINER_PEM) {
		(void)buf_add(&chosen, buf_str(&password));
	} else {
		TRY(keypair_file_new_password(line, path, &password, &chosen, reterr));
	}
	TRY(container_write(c, kind, buf_str(&chosen), command_flag(line, "legacy"), &out, reterr));
	return keypair_file_write(line, path, buf_str(&out), reterr);
}

/* Refused before a password file is written for nothing. */
static char *out_of(const struct command_line *line, const char *extension, struct err *reterr)
{
	const char *out = command_option(line, "out");
	const char *name = command_argument(line, 0);
	if (!out && !name) {
		(void)command_usage_error(reterr, "Give a NAME, or --out FILE.");
		return NULL;
	}
	return out ? mem_strdup(out) : mem_printf("%s%s", name, extension);
}

enum rc keypair_create(struct command_line *line, struct err *reterr)
{
	char shown[512];
	char words[600];
	AUTO(container_free_cleanup) struct container *c = container_new(CONTAINER_PKCS12);
	AUTO_FREE char *path = out_of(line, ".p12", reterr);
	AUTO_FREE char *subject = path ? subject_of(line, reterr) : NULL;
	if (!path || !subject) {
		return RC_INVALID;
	}
	struct container_entry *entry = container_add(c, NULL);
	TRY(issue(line, str_of(subject), entry, reterr));
	entry->alias = command_option(line, "alias") ? mem_strdup(command_option(line, "alias"))
						     : cert_common_name(entry->chain.items[0]);
	TRY(write_new(line, c, path, reterr));
	output_say("Wrote %s: %s, %s, self-signed.", path, key_text(entry->key),
		   cert_subject(entry->chain.items[0]));
	output_next("postern keypair request --from %s%s", output_quoted(path, shown, sizeof(shown)),
		    keypair_file_password_words(line, path, words, sizeof(words)));
	return RC_OK;
}

/* ---- request ---- */

struct order {
	struct key *key;
	char *subject;
	const char *sans[REQUEST_MAX_SANS];
	size_t n_sans;
	struct container *from; /* sans may point into its certificates */
};

static void order_fini(struct order *o)
{
	key_free(o->key);
	mem_free(o->subject);
	container_free(o->from);
}

/* Key, subject and names of an existing key pair, where the command line gives none. */
static enum rc take_over(const struct command_line *line, const char *from, struct order *o,
			 struct err *reterr)
{
	AUTO_BUF_SECRET(password, 2048);
	TRY(keypair_file_open(line, from, &o->from, &password, reterr));
	TRY(keypair_file_choose(o->from, command_option(line, "alias"), reterr));
	const struct container_entry *entry;
	TRY(keypair_file_entry(o->from, &entry, reterr));
	if (!entry->key) {
		(void)err_set(reterr, RC_INVALID, "The file holds no private key to sign the request with.");
		return err_reason(reterr, "P104");
	}
	o->key = key_ref(entry->key);
	if (!o->subject && entry->chain.n) {
		o->subject = mem_strdup(cert_subject(entry->chain.items[0]));
	}
	if (o->n_sans == 0 && entry->chain.n) {
		for (size_t i = 0; i < cert_san_count(entry->chain.items[0]) && i < REQUEST_MAX_SANS; i++) {
			o->sans[o->n_sans++] = cert_san(entry->chain.items[0], i);
		}
	}
	return o->subject ? RC_OK
			  : command_usage_error(reterr, "The file holds no certificate; give --subject.");
}

/* A new key goes into a file of its own: without it the signed certificate is of no use. */
static enum rc make_key(const struct command_line *line, const char *out, struct order *o, struct err *reterr)
{
	bool given;
	AUTO_BUF_SECRET(password, 2048);
	AUTO_BUF_SECRET(pem, CONTAINER_MAX_BYTES);
	const char *given_path = command_option(line, "key");
	struct str stem = str_of(out);
	if (str_ends_with(stem, STR(".csr")) || str_ends_with(stem, STR(".pem"))) {
		stem.n -= 4;
	}
	AUTO_FREE char *path = given_path ? mem_strdup(given_path) : mem_printf("%.*s.key", STR_ARG(stem));
	if (strcmp(out, "-") == 0 && !given_path) {
		return command_usage_error(reterr, "Give --key FILE for the new key, or --out FILE.");
	}
	TRY(key_generate(&o->key, key_type(line), reterr));
	TRY(command_password(line, "password", NULL, &password, &given, reterr));
	TRY(key_format_pem(o->key, given ? buf_str(&password) : STR_NONE, &pem));
	TRY(keypair_file_write(line, path, buf_str(&pem), reterr));
	output_say("Wrote %s: the private key, %s%s.", path, key_text(o->key),
		   given ? ", encrypted" : ", not encrypted");
	return RC_OK;
}

enum rc keypair_request(struct command_line *line, struct err *reterr)
{
	char shown[512];
	const char *from = command_option(line, "from");
	const char *name = command_argument(line, 0);
	AUTO(order_fini) struct order o = { .n_sans = 0 };
	AUTO_BUF(csr, 65536);
	AUTO_FREE char *path = command_option(line, "out") ? mem_strdup(command_option(line, "out"))
			       : name                      ? mem_printf("%s.csr", name)
							   : mem_strdup("-");
	o.n_sans = read_sans(line, o.sans);
	o.subject = command_option(line, "subject") || name || !from ? subject_of(line, reterr) : NULL;
	if (!from && !o.subject) {
		return RC_INVALID;
	}
	TRY(from ? take_over(line, from, &o, reterr) : make_key(line, path, &o, reterr));
	TRY(request_format_pem(o.key, str_of(o.subject), o.sans, o.n_sans, &csr, reterr));
	TRY(command_write_file(path, buf_str(&csr), 0644, reterr));
	if (strcmp(path, "-") == 0) {
		return RC_OK;
	}
	output_say("Wrote %s: request of %s.", path, o.subject);
	output_next("postern ca sign %s", output_quoted(path, shown, sizeof(shown)));
	return RC_OK;
}
