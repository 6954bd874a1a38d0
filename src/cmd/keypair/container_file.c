/* SPDX-License-Identifier: Apache-2.0
 * Key stores and certificates in files, for the commands that need their leaf or write a key pair. */
#include "cmd/keypair/container_file.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "client/client.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "container/choice.h"
#include "model/reason.h"
#include "container/format.h"
#include "container/kind.h"

#include <unistd.h>

#define FILE_MAX ((size_t)2 * 1024 * 1024)
#define PASSWORD_CHARS 24

static enum rc open_with_password(const struct command_line *line, const char *path, struct str bytes,
				  struct container **ret, struct err *reterr)
{
	struct err err = { 0 };
	bool given, key_given;
	AUTO_BUF_SECRET(password, 2048);
	AUTO_BUF_SECRET(key_password, 2048);
	TRY(command_password(line, "password", NULL, &password, &given, reterr));
	TRY(command_password(line, "key-password", NULL, &key_password, &key_given, reterr));
	struct container_secrets secrets = { .password = given ? buf_str(&password) : STR_NONE,
					     .key_password = key_given ? buf_str(&key_password) : STR_NONE,
					     .file = path };
	enum rc rc = container_open_with(ret, bytes, &secrets, &err);
	if (rc != RC_OK && !given && strcmp(err.reason, "P101") == 0 && isatty(STDIN_FILENO)) {
		TRY(command_password(line, "password", "Password of the file", &password, &given, reterr));
		secrets.password = buf_str(&password);
		return container_open_with(ret, bytes, &secrets, reterr);
	}
	if (rc != RC_OK && reterr) {
		*reterr = err;
	}
	return rc;
}

static enum rc format_leaf(const struct container *c, struct buf *ret, struct err *reterr)
{
	struct choice choice;
	TRY(choice_make(c, wall_now(), &choice, reterr));
	if (choice.told[0]) {
		output_say("%s", choice.told);
	}
	if (choice.entry->chain.n == 0) {
		return err_set(reterr, RC_INVALID, "The key store holds no certificate.");
	}
	return cert_format_pem(choice.entry->chain.items[0], ret) == RC_OK
		       ? RC_OK
		       : err_set(reterr, RC_LIMIT, "The certificate is too large.");
}

/* Nothing of a private key is sent to the server where its certificate is asked for. */
static enum rc refuse_key(struct str bytes, enum container_kind kind, struct err *reterr)
{
	struct key *key = NULL;
	bool is_pem = kind == CONTAINER_PEM && str_find_str(bytes, STR("PRIVATE KEY-----")) < bytes.n;
	bool is_key = (is_pem && str_find_str(bytes, STR("-----BEGIN CERTIFICATE-----")) == bytes.n) ||
		      (kind == CONTAINER_DER && key_new_der(&key, bytes, NULL) == RC_OK);
	key_free(key);
	if (!is_key) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_INVALID,
		      "This is a private key, no certificate; it has not left this machine.");
	(void)err_reason(reterr, "S303");
	return err_fix(reterr, "Give the certificate that was made for it (.cer, .crt, .pem or .p12).");
}

enum rc container_file_certificate(const struct command_line *line, const char *path, struct buf *ret,
				   struct err *reterr)
{
	AUTO_BUF_SECRET(bytes, FILE_MAX);
	AUTO(container_free_cleanup) struct container *container = NULL;
	enum container_kind kind = CONTAINER_PEM;
	TRY(command_read_file(path, FILE_MAX, &bytes, reterr));
	bool known = container_kind_of(buf_str(&bytes), &kind);
	if (known && (kind == CONTAINER_PKCS12 || kind == CONTAINER_JKS || kind == CONTAINER_JCEKS)) {
		TRY(open_with_password(line, path, buf_str(&bytes), &container, reterr));
		return format_leaf(container, ret, reterr);
	}
	TRY(refuse_key(buf_str(&bytes), kind, reterr));
	if (known && kind == CONTAINER_DER) {
		base64_encode(ret, buf_str(&bytes));
	} else {
		buf_add(ret, buf_str(&bytes));
	}
	return ret->overflow ? err_set(reterr, RC_LIMIT, "The certificate file is too large.") : RC_OK;
}

/* The content of an uploaded file in the answer of Find Destination; RC_NOT_FOUND. */
static enum rc find_upload(const struct value *found, struct str name, struct buf *out)
{
	const struct value *upload = value_find(value_get(found, "certificates"), "Name", name);
	return upload ? base64_decode(out, value_get_str(upload, "Content"), true) : RC_NOT_FOUND;
}

enum rc container_file_destination(struct command_line *line, const char *destination, struct buf *ret,
				   struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *found = NULL;
	AUTO_BUF_SECRET(bytes, FILE_MAX);
	AUTO(container_free_cleanup) struct container *container = NULL;
	AUTO_FREE char *path = client_path("/destination-configuration/v1/destinations/%s", destination);
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &found, reterr));
	const struct value *configuration = value_get(found, "destinationConfiguration");
	struct str location = value_get_str(configuration, "KeyStoreLocation");
	if (location.n == 0) {
		return reason_err(reterr, RC_INVALID, REASON_D411, NULL);
	}
	if (find_upload(found, location, &bytes) != RC_OK) {
		return reason_err(reterr, RC_INVALID, REASON_D402, NULL);
	}
	TRY(container_open(&container, buf_str(&bytes), value_get_str(configuration, "KeyStorePassword"),
			   reterr));
	for (size_t i = 0; i < container->n; i++) {
		if (container->entries[i].key) {
			return format_leaf(container, ret, reterr);
		}
	}
	return reason_err(reterr, RC_INVALID, REASON_P104, NULL);
}

enum rc container_file_may_write(const struct command_line *line, const char *path, struct err *reterr)
{
	char shown[256];
	if (!path || strcmp(path, "-") == 0 || command_flag(line, "force") || access(path, F_OK) != 0) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_EXISTS, "%s exists and may hold a key; it is not overwritten.",
		      str_printable(str_of(path), shown, sizeof(shown)));
	return err_fix(reterr, "Give --force to overwrite it.");
}

enum rc container_file_format(const char *path, struct str pem, const char *alias, struct str password,
			      struct buf *ret, struct err *reterr)
{
	AUTO(container_free_cleanup) struct container *container = NULL;
	enum container_kind kind = CONTAINER_PEM;
	if (!container_kind_of_name(str_of(path), &kind)) {
		kind = CONTAINER_PEM;
	}
	TRY(container_open(&container, pem, STR_NONE, reterr));
	for (size_t i = 0; i < container->n; i++) {
		if (container->entries[i].key) {
			mem_free(container->entries[i].alias);
			container->entries[i].alias = mem_strdup(alias);
		}
	}
	return container_write(container, kind, password, false, ret, reterr);
}

enum rc container_file_write(const char *path, struct str pem, const char *alias, struct str password,
			     struct err *reterr)
{
	AUTO_BUF_SECRET(out, FILE_MAX);
	TRY(container_file_format(path, pem, alias, password, &out, reterr));
	return command_write_file(path, buf_str(&out), 0600, reterr);
}

enum rc container_file_password(const struct command_line *line, const char *path, struct buf *ret,
				struct err *reterr)
{
	bool given;
	char made[PASSWORD_CHARS + 1];
	TRY(command_password(line, "password", NULL, ret, &given, reterr));
	if (given) {
		return RC_OK;
	}
	AUTO_FREE char *beside = mem_printf("%s.password", path);
	random_text(made, PASSWORD_CHARS);
	buf_add_c(ret, made);
	mem_wipe(made, sizeof(made));
	TRY(command_write_file(beside, buf_str(ret), 0600, reterr));
	output_say("Password written: %s", beside);
	return RC_OK;
}
