/* SPDX-License-Identifier: Apache-2.0
 * `keypair convert` and `keypair export`: from one kind of file to another. */
#include "base/clock.h"
#include "base/memory.h"
#include "cmd/keypair/file.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "container/choice.h"
#include "container/pem.h"
#include "model/reason.h"
#include "container/format.h"
#include "container/kind.h"

#include <stdio.h>

#define OUT_MAX (2 * CONTAINER_MAX_BYTES)

/* Certificate files: one certificate as PEM. The kind of the name alone would write the key beside it. */
static bool is_certificate_name(struct str name)
{
	return str_ends_with(name, STR(".cer")) || str_ends_with(name, STR(".crt"));
}

static enum rc format_leaf(const struct container *c, bool is_der, struct buf *out, struct err *reterr)
{
	const struct container_entry *entry;
	TRY(keypair_file_entry(c, &entry, reterr));
	if (entry->chain.n == 0) {
		return err_set(reterr, RC_INVALID, "The file holds no certificate.");
	}
	if (is_der) {
		return buf_add(out, cert_der(entry->chain.items[0])) ? RC_OK : RC_LIMIT;
	}
	return cert_format_pem(entry->chain.items[0], out);
}

/* Key stores always need a password; PEM takes the one there is. */
static enum rc target_password(const struct command_line *line, enum container_kind kind, const char *path,
			       const struct buf *given, struct buf *ret, struct err *reterr)
{
	bool is_given;
	if (kind == CONTAINER_PKCS12 || kind == CONTAINER_JKS) {
		return keypair_file_new_password(line, path, given, ret, reterr);
	}
	TRY(command_password(line, "out-password", NULL, ret, &is_given, reterr));
	if (!is_given && given->n) {
		(void)buf_add(ret, buf_str(given));
	}
	return RC_OK;
}

static enum rc write_target(const struct command_line *line, const struct container *c, const char *path,
			    const struct buf *given, struct err *reterr)
{
	enum container_kind kind = CONTAINER_PEM;
	AUTO_BUF_SECRET(out, OUT_MAX);
	AUTO_BUF_SECRET(password, 2048);
	if (is_certificate_name(str_of(path))) {
		TRY(format_leaf(c, false, &out, reterr));
		return command_write_file(path, buf_str(&out), 0644, reterr);
	}
	if (!container_kind_of_name(str_of(path), &kind)) {
		return command_usage_error(reterr, "The name of OUT must end in .p12, .pfx, .jks, .pem, "
						   ".cer, .crt, .der, .p7b or .p7c.");
	}
	if (kind == CONTAINER_DER) {
		TRY(format_leaf(c, true, &out, reterr));
		return command_write_file(path, buf_str(&out), 0644, reterr);
	}
	TRY(target_password(line, kind, path, given, &password, reterr));
	TRY(container_write(c, kind, buf_str(&password), command_flag(line, "legacy"), &out, reterr));
	if (kind == CONTAINER_PKCS7) {
		return command_write_file(path, buf_str(&out), 0644, reterr);
	}
	TRY(keypair_file_write(line, path, buf_str(&out), reterr));
	if (kind == CONTAINER_PEM && !password.n) {
		output_say("The key in %s is not encrypted; give --out-password-file to have it so.", path);
	}
	return RC_OK;
}

/* Of the entry's chain first, then of the whole file; entry may be NULL. */
static struct cert_list certs_of_place(const struct container *c, const struct container_entry *entry,
				       enum cert_place place)
{
	struct cert_list found = { 0 };
	for (size_t i = 0; entry && i < entry->chain.n; i++) {
		if (cert_place(entry->chain.items[i]) == place) {
			cert_list_add(&found, entry->chain.items[i]);
		}
	}
	for (size_t e = 0; found.n == 0 && e < c->n; e++) {
		for (size_t i = 0; i < c->entries[e].chain.n; i++) {
			if (cert_place(c->entries[e].chain.items[i]) == place &&
			    !cert_list_has(&found, c->entries[e].chain.items[i])) {
				cert_list_add(&found, c->entries[e].chain.items[i]);
			}
		}
	}
	return found;
}

/* A pair that does not fit would be refused by whoever opens it next, without the reason. */
static enum rc check_pairs(const struct container *c, struct err *reterr)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct container_entry *e = &c->entries[i];
		if (!e->key || e->chain.n == 0 || key_matches(e->key, e->chain.items[0])) {
			continue;
		}
		(void)err_set(reterr, RC_INVALID, "The private key does not belong to the certificate %s.",
			      cert_subject(e->chain.items[0]));
		(void)err_fix(reterr, "Give the certificate that was made for this key.");
		return err_reason(reterr, "P107");
	}
	return RC_OK;
}

static bool has_place(const struct container *c, enum cert_place place)
{
	struct cert_list list = certs_of_place(c, NULL, place);
	bool has = list.n > 0;
	cert_list_fini(&list);
	return has;
}

static bool has_key(const struct container *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->entries[i].key) {
			return true;
		}
	}
	return false;
}

/* Something that is no CA's: a store of CAs alone is meant to be a trust store. */
static bool has_leaf(const struct container *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->entries[i].chain.n &&
		    (c->entries[i].key || !cert_is_ca(c->entries[i].chain.items[0]))) {
			return true;
		}
	}
	return false;
}

enum rc keypair_convert(struct command_line *line, struct err *reterr)
{
	const char *in = command_argument(line, 0);
	const char *path = command_argument(line, 1);
	char shown[512];
	char words[600];
	enum container_kind kind;
	AUTO_BUF_SECRET(password, 2048);
	AUTO(container_free_cleanup) struct container *c = NULL;
	TRY(keypair_file_open(line, in, &c, &password, reterr));
	TRY(keypair_file_choose(c, command_option(line, "alias"), reterr));
	TRY(keypair_file_complete(line, c, reterr));
	TRY(check_pairs(c, reterr));
	TRY(write_target(line, c, path, &password, reterr));
	output_say("Wrote %s.", path);
	bool is_key_store = container_kind_of_name(str_of(path), &kind) && kind <= CONTAINER_PEM &&
			    !is_certificate_name(str_of(path));
	if (is_key_store && kind != CONTAINER_PEM && !has_key(c) && has_leaf(c)) {
		output_say("Warning: P125 %s", reason_info(REASON_P125)->title);
	}
	if (is_key_store && has_key(c) && has_leaf(c)) {
		output_next("postern keypair export %s%s%s%s --leaf leaf.cer",
			    output_quoted(path, shown, sizeof(shown)),
			    keypair_file_password_words(line, path, words, sizeof(words)),
			    has_place(c, CERT_PLACE_ROOT) ? " --root root.cer" : "",
			    has_place(c, CERT_PLACE_CA) ? " --ca ca.cer" : "");
	}
	return RC_OK;
}

/* ---- export ---- */

/* Bare DER holds one certificate; several go into PKCS#7 (.p7b), which all programs open. */
static enum rc format_bundle(const struct cert_list *list, struct buf *out, struct err *reterr)
{
	AUTO(container_free_cleanup) struct container *c = container_new(CONTAINER_PKCS7);
	struct container_entry *entry = container_add(c, NULL);
	for (size_t i = 0; i < list->n; i++) {
		cert_list_add(&entry->chain, list->items[i]);
	}
	return pem_write_pkcs7(c, true, out, reterr);
}

static enum rc format_list(const struct command_line *line, const struct cert_list *list, const char *what,
			   struct buf *out, struct err *reterr)
{
	if (list->n == 0) {
		(void)err_set(reterr, RC_INVALID, "The file holds no %s.", what);
		(void)err_fix(reterr, "Ask for the missing certificate, then `postern keypair convert FILE "
				      "OUT.p12 --add-chain CA.cer`");
		return err_reason(reterr, "P106");
	}
	if (!command_flag(line, "der")) {
		for (size_t i = 0; i < list->n; i++) {
			TRY(cert_format_pem(list->items[i], out));
		}
		return RC_OK;
	}
	if (list->n > 1) {
		return format_bundle(list, out, reterr);
	}
	return buf_add(out, cert_der(list->items[0])) ? RC_OK : RC_LIMIT;
}

static enum rc format_key(const struct command_line *line, const struct container_entry *entry,
			  struct buf *out, struct err *reterr)
{
	AUTO_BUF_SECRET(password, 2048);
	bool given;
	if (!entry->key) {
		(void)err_set(reterr, RC_INVALID, "The file holds no private key.");
		return err_reason(reterr, "P104");
	}
	TRY(command_password(line, "out-password", NULL, &password, &given, reterr));
	if (command_flag(line, "der")) {
		return given ? err_set(reterr, RC_INVALID,
				       "An encrypted key is written as PEM; leave --der out.")
			     : key_format_pkcs8(entry->key, out);
	}
	return key_format_pem(entry->key, given ? buf_str(&password) : STR_NONE, out);
}

struct part {
	const char *option;
	struct buf out;
};

static enum rc format_part(const struct command_line *line, const struct container *c,
			   const struct container_entry *entry, struct part *part, struct err *reterr)
{
	AUTO_CERT_LIST list = { 0 };
	const char *what = "certificate";
	if (strcmp(part->option, "key") == 0) {
		return format_key(line, entry, &part->out, reterr);
	}
	if (strcmp(part->option, "chain") == 0) {
		return format_list(line, &entry->chain, what, &part->out, reterr);
	}
	if (strcmp(part->option, "leaf") == 0) {
		if (entry->chain.n) {
			cert_list_add(&list, entry->chain.items[0]);
		}
	} else if (strcmp(part->option, "root") == 0) {
		list = certs_of_place(c, entry, CERT_PLACE_ROOT);
		what = "root certificate";
	} else {
		list = certs_of_place(c, entry, CERT_PLACE_CA);
		what = "CA certificate between leaf and root";
	}
	return format_list(line, &list, what, &part->out, reterr);
}

static enum rc write_part(const struct command_line *line, const struct part *part, struct err *reterr)
{
	const char *path = command_option(line, part->option);
	if (strcmp(part->option, "key") == 0) {
		TRY(keypair_file_write(line, path, buf_str(&part->out), reterr));
	} else {
		TRY(command_write_file(path, buf_str(&part->out), 0644, reterr));
	}
	if (strcmp(path, "-") != 0) {
		output_say("Wrote %s: %s.", path, part->option);
	}
	return RC_OK;
}

static void tell_next(const struct command_line *line)
{
	char root[512];
	char ca[512];
	if (!command_option(line, "root")) {
		return;
	}
	(void)output_quoted(command_option(line, "root"), root, sizeof(root));
	if (command_option(line, "ca")) {
		output_next("postern keystore import %s --alias root, postern keystore import %s --alias ca",
			    root, output_quoted(command_option(line, "ca"), ca, sizeof(ca)));
	} else {
		output_next("postern keystore import %s --alias root", root);
	}
}

/* Everything is made before the first file is written, so that a missing part leaves nothing half done. */
static enum rc export_parts(const struct command_line *line, const struct container *c, struct part *parts,
			    size_t n, struct err *reterr)
{
	struct choice choice = { 0 };
	const struct container_entry *entry = NULL;
	if (command_option(line, "leaf") || command_option(line, "chain") || command_option(line, "key")) {
		TRY(keypair_file_entry(c, &entry, reterr));
	} else if (choice_make(c, wall_now(), &choice, NULL) == RC_OK) {
		entry = choice.entry;
	}
	for (size_t i = 0; i < n; i++) {
		if (command_option(line, parts[i].option)) {
			TRY(format_part(line, c, entry, &parts[i], reterr));
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (command_option(line, parts[i].option)) {
			TRY(write_part(line, &parts[i], reterr));
		}
	}
	return RC_OK;
}

enum rc keypair_export(struct command_line *line, struct err *reterr)
{
	struct part parts[] = {
		{ "root", BUF(OUT_MAX) },  { "ca", BUF(OUT_MAX) },         { "leaf", BUF(OUT_MAX) },
		{ "chain", BUF(OUT_MAX) }, { "key", BUF_SECRET(OUT_MAX) },
	};
	bool any = false;
	AUTO_BUF_SECRET(password, 2048);
	AUTO(container_free_cleanup) struct container *c = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		any |= command_option(line, parts[i].option) != NULL;
	}
	if (!any) {
		return command_usage_error(
			reterr, "Say what to export: --root F, --ca F, --leaf F, --chain F or --key F.");
	}
	if (command_flag(line, "der") && command_flag(line, "pem")) {
		return command_usage_error(reterr, "Give --der or --pem, not both.");
	}
	TRY(keypair_file_open(line, command_argument(line, 0), &c, &password, reterr));
	TRY(keypair_file_choose(c, command_option(line, "alias"), reterr));
	enum rc rc = export_parts(line, c, parts, ARRAY_SIZE(parts), reterr);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		buf_fini(&parts[i].out);
	}
	if (rc == RC_OK) {
		tell_next(line);
	}
	return rc;
}
