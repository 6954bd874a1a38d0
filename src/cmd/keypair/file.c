/* SPDX-License-Identifier: Apache-2.0
 * Files of key pairs, opened and written with care for passwords and for what is there already. */
#include "cmd/keypair/file.h"

#include "cmd/line/input.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "cmd/line/output.h"
#include "container/choice.h"
#include "model/reason.h"
#include "os/file.h"
#include "container/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PASSWORD_CHARS 24

/* What mends it, with the file's name in it. */
static enum rc fail_for_file(const struct err *inner, const char *path, struct err *reterr)
{
	enum reason reason = reason_find(str_of(inner->reason));
	AUTO_VALUE *evidence = value_object();
	AUTO_BUF(fix, 4096);
	char shown[200];
	if (!reterr) {
		return inner->code;
	}
	*reterr = *inner;
	if (reason == REASON_NONE) {
		return inner->code;
	}
	value_set_c(evidence, "file", path);
	reason_format_fix(reason, NULL, &fix);
	/* What the container knows better than the table stays. */
	bool is_own = strcmp(buf_c(&fix), inner->fix) != 0;
	buf_clear(&fix);
	if (is_own) {
		(void)buf_add_c(&fix, inner->fix);
	} else {
		reason_format_fix(reason, evidence, &fix);
	}
	(void)err_set(reterr, inner->code, "%s: %s", str_printable(str_of(path), shown, sizeof(shown)),
		      inner->text);
	(void)err_reason(reterr, inner->reason);
	return err_fix(reterr, "%s", buf_c(&fix));
}

enum rc keypair_file_open(const struct command_line *line, const char *path, struct container **ret,
			  struct buf *password, struct err *reterr)
{
	struct err inner = { 0 };
	bool given, key_given;
	AUTO_BUF_SECRET(bytes, CONTAINER_MAX_BYTES);
	AUTO_BUF_SECRET(key_password, 2048);
	TRY(command_read_file(path, CONTAINER_MAX_BYTES, &bytes, reterr));
	TRY(command_password(line, "password", NULL, password, &given, reterr));
	TRY(command_password(line, "key-password", NULL, &key_password, &key_given, reterr));
	struct container_secrets secrets = { .password = given ? buf_str(password) : STR_NONE,
					     .key_password = key_given ? buf_str(&key_password) : STR_NONE,
					     .file = path };
	enum rc rc = container_open_with(ret, buf_str(&bytes), &secrets, &inner);
	if (rc != RC_OK && !given && strcmp(inner.reason, "P101") == 0 && isatty(STDIN_FILENO)) {
		TRY(command_password(line, "password", "Password of the file", password, &given, reterr));
		secrets.password = buf_str(password);
		rc = container_open_with(ret, buf_str(&bytes), &secrets, &inner);
	}
	return rc == RC_OK ? RC_OK : fail_for_file(&inner, path, reterr);
}

enum rc keypair_file_certificates(const char *path, struct cert_list *ret, struct err *reterr)
{
	struct err inner = { 0 };
	AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
	AUTO(container_free_cleanup) struct container *c = NULL;
	TRY(command_read_file(path, CONTAINER_MAX_BYTES, &bytes, reterr));
	const struct container_secrets secrets = { .file = path };
	if (container_open_with(&c, buf_str(&bytes), &secrets, &inner) != RC_OK) {
		return fail_for_file(&inner, path, reterr);
	}
	for (size_t i = 0; i < c->n; i++) {
		for (size_t k = 0; k < c->entries[i].chain.n; k++) {
			cert_list_add(ret, c->entries[i].chain.items[k]);
		}
	}
	return RC_OK;
}

static bool is_called(const struct container *c, size_t i, const char *alias)
{
	char number[24];
	(void)snprintf(number, sizeof(number), "%zu", i + 1);
	return str_equal_nocase(str_of(c->entries[i].alias ? c->entries[i].alias : number), str_of(alias));
}

static void keep_only(struct container *c, size_t kept)
{
	for (size_t i = 0; i < c->n; i++) {
		if (i == kept) {
			continue;
		}
		mem_free(c->entries[i].alias);
		key_free(c->entries[i].key);
		cert_list_fini(&c->entries[i].chain);
	}
	c->entries[0] = c->entries[kept];
	c->n = 1;
}

enum rc keypair_file_choose(struct container *c, const char *alias, struct err *reterr)
{
	size_t keys = 0;
	size_t key = 0;
	if (!alias) {
		return RC_OK;
	}
	for (size_t i = 0; i < c->n; i++) {
		if (is_called(c, i, alias)) {
			keep_only(c, i);
			break;
		}
		if (c->entries[i].key) {
			keys++;
			key = i;
		}
	}
	if (c->n != 1 && keys != 1) {
		return err_set(
			reterr, RC_INVALID,
			"No entry is called %s, and several are there; `postern keypair examine` shows them.",
			alias);
	}
	size_t named = c->n == 1 ? 0 : key;
	mem_free(c->entries[named].alias);
	c->entries[named].alias = mem_strdup(alias);
	return RC_OK;
}

enum rc keypair_file_entry(const struct container *c, const struct container_entry **ret, struct err *reterr)
{
	struct choice choice;
	TRY(choice_make(c, wall_now(), &choice, reterr));
	if (choice.told[0]) {
		output_say("%s", choice.told);
	}
	*ret = choice.entry;
	return RC_OK;
}

/* The certificate of the key among more, the newest of several; NULL when there is none. */
static struct cert *cert_of_key(const struct key *key, const struct cert_list *more)
{
	struct cert *found = NULL;
	for (size_t i = 0; i < more->n; i++) {
		if (key_matches(key, more->items[i]) &&
		    (!found || cert_not_before(more->items[i]).us > cert_not_before(found).us)) {
			found = more->items[i];
		}
	}
	return found;
}

/* Leaf from the new certificates when the key has one there, then issuers from both.
 * Returns how many are new. */
static size_t complete(struct container_entry *entry, const struct cert_list *more)
{
	struct cert_list chain = { 0 };
	size_t added = 0;
	struct cert *leaf = entry->key ? cert_of_key(entry->key, more) : NULL;
	if (!leaf && entry->chain.n) {
		leaf = entry->chain.items[0];
	}
	for (const struct cert *at = leaf; at && chain.n < CONTAINER_MAX_CHAIN;) {
		struct cert *next = NULL;
		if (chain.n == 0) {
			cert_list_add(&chain, leaf);
		}
		for (size_t i = 0; !next && i < entry->chain.n + more->n; i++) {
			struct cert *candidate =
				i < entry->chain.n ? entry->chain.items[i] : more->items[i - entry->chain.n];
			if (!cert_list_has(&chain, candidate) && cert_issued(candidate, at)) {
				next = candidate;
			}
		}
		if (next) {
			cert_list_add(&chain, next);
		}
		at = next;
	}
	for (size_t i = 0; i < chain.n; i++) {
		added += !cert_list_has(&entry->chain, chain.items[i]);
	}
	cert_list_fini(&entry->chain);
	entry->chain = chain;
	return added;
}

enum rc keypair_file_complete(const struct command_line *line, struct container *c, struct err *reterr)
{
	AUTO_CERT_LIST more = { 0 };
	bool has_key = false;
	size_t added = 0;
	for (size_t i = 0; command_option_at(line, "add-chain", i); i++) {
		TRY(keypair_file_certificates(command_option_at(line, "add-chain", i), &more, reterr));
	}
	if (more.n == 0) {
		return RC_OK;
	}
	for (size_t i = 0; i < c->n; i++) {
		has_key |= c->entries[i].key != NULL;
	}
	for (size_t i = 0; i < c->n; i++) {
		if (!has_key || c->entries[i].key) {
			added += complete(&c->entries[i], &more);
		}
	}
	if (added == 0) {
		output_say("Nothing of --add-chain belongs to the chain, or all of it is there already.");
	}
	return RC_OK;
}

enum rc keypair_file_write(const struct command_line *line, const char *path, struct str bytes,
			   struct err *reterr)
{
	if (strcmp(path, "-") == 0 || command_flag(line, "force")) {
		return command_write_file(path, bytes, 0600, reterr);
	}
	enum rc rc = file_write_new(path, bytes, 0600, reterr);
	if (rc == RC_EXISTS) {
		char shown[256];
		(void)err_set(reterr, RC_EXISTS, "%s exists and may hold a key; it is not overwritten.",
			      str_printable(str_of(path), shown, sizeof(shown)));
		return err_fix(reterr, "Give --force to overwrite it.");
	}
	return rc;
}

enum rc keypair_file_new_password(const struct command_line *line, const char *path, const struct buf *given,
				  struct buf *ret, struct err *reterr)
{
	char made[PASSWORD_CHARS + 1];
	bool is_given;
	TRY(command_password(line, "out-password", NULL, ret, &is_given, reterr));
	if (is_given) {
		return RC_OK;
	}
	if (given && given->n) {
		(void)buf_add(ret, buf_str(given));
		return RC_OK;
	}
	AUTO_FREE char *beside = mem_printf("%s.password", path);
	(void)buf_add_c(ret, random_text(made, PASSWORD_CHARS));
	mem_wipe(made, sizeof(made));
	TRY(keypair_file_write(line, beside, buf_str(ret), reterr));
	output_say("No password was given; a new one is in %s.", beside);
	return RC_OK;
}

const char *keypair_file_password_words(const struct command_line *line, const char *path, char *out,
					size_t size)
{
	char shown[512];
	AUTO_FREE char *beside = mem_printf("%s.password", path);
	const char *file = command_option(line, "out-password-file");
	if (!file) {
		file = command_option(line, "password-file");
	}
	bool elsewhere = command_flag(line, "password-stdin") || getenv("POSTERN_PASSWORD");
	if (!file && !elsewhere && access(beside, F_OK) == 0) {
		file = beside;
	}
	(void)snprintf(out, size, "%s%s", file ? " --password-file " : "",
		       file ? output_quoted(file, shown, sizeof(shown)) : "");
	return out;
}
