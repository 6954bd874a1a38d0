/* SPDX-License-Identifier: Apache-2.0
 * The structure of JKS and JCEKS files. */
#include "container/java/jks.h"

#include "base/memory.h"
#include "container/encryption.h"
#include "container/java/java_object.h"
#include "container/java/jks_protect.h"
#include "container/key_kind.h"
#include "container/password.h"
#include "model/reason.h"

#include <stdio.h>

#define MAGIC_JKS 0xFEEDFEEDU
#define MAGIC_JCEKS 0xCECECECEU
#define TEXT_MAX 65535

enum tag { TAG_KEY = 1, TAG_CERTIFICATE = 2, TAG_SECRET = 3 };

/* A cursor that stays at its first error. */
struct reader {
	struct str rest;
	bool failed;
};

static struct str take(struct reader *r, size_t n)
{
	if (r->failed || n > r->rest.n) {
		r->failed = true;
		return STR_NONE;
	}
	struct str taken = str_first(r->rest, n);
	r->rest = str_skip(r->rest, n);
	return taken;
}

static uint32_t take_number(struct reader *r, size_t n)
{
	struct str bytes = take(r, n);
	uint32_t value = 0;
	for (size_t i = 0; i < bytes.n; i++) {
		value = value << 8 | (uint8_t)bytes.p[i];
	}
	return value;
}

static struct str take_text(struct reader *r)
{
	return take(r, take_number(r, 2));
}

/* Entries whose keys are opened only when all of the file has been looked at. */
struct locked {
	struct str *keys; /* into the file; p NULL for certificates; parallel to c->entries */
	size_t n;
};

static void locked_fini(struct locked *l)
{
	mem_free(l->keys);
}

static enum rc over_limit(struct err *reterr, const char *why)
{
	(void)encryption_damaged(reterr, why);
	if (reterr) {
		reterr->code = RC_LIMIT;
	}
	return RC_LIMIT;
}

static enum rc read_certificate(struct reader *r, uint32_t version, struct cert_list *chain,
				struct err *reterr)
{
	struct cert *cert = NULL;
	struct str type = version == 2 ? take_text(r) : STR("X.509");
	struct str der = take(r, take_number(r, 4));
	if (r->failed) {
		return encryption_damaged(reterr, "it ends within an entry");
	}
	if (!str_is(type, "X.509") || cert_new_der(&cert, der, NULL) != RC_OK) {
		return encryption_damaged(reterr, "a certificate in it cannot be read");
	}
	cert_list_add(chain, cert);
	cert_free(cert);
	return RC_OK;
}

static enum rc read_chain(struct reader *r, uint32_t version, size_t *certificates, struct cert_list *chain,
			  struct err *reterr)
{
	uint32_t n = take_number(r, 4);
	if (r->failed) {
		return encryption_damaged(reterr, "it ends within an entry");
	}
	if (n > CONTAINER_MAX_ENTRIES - *certificates) {
		return over_limit(reterr, "it holds more certificates than are taken");
	}
	*certificates += n;
	for (uint32_t i = 0; i < n; i++) {
		TRY(read_certificate(r, version, chain, reterr));
	}
	return RC_OK;
}

/* A secret key is a serialized object, whose end only reading it tells. */
static enum rc pass_over_secret(struct container *c, struct reader *r, const char *alias, struct err *reterr)
{
	char shown[128];
	size_t n = java_object_length(r->rest);
	if (n) {
		(void)take(r, n);
		container_pass_over(c, REASON_P123, alias, "a secret key");
		return RC_OK;
	}
	(void)reason_err(reterr, RC_UNSUPPORTED, REASON_P115, NULL);
	if (reterr) {
		(void)snprintf(reterr->text, sizeof(reterr->text),
			       "The file holds %s, which is no key pair and cannot be passed over.",
			       str_printable(str_of(alias), shown, sizeof(shown)));
	}
	(void)err_fix(reterr, "`keytool -importkeystore -srckeystore FILE -destkeystore OUT.p12 -srcalias "
			      "ALIAS` takes a key pair out.");
	return RC_UNSUPPORTED;
}

/* Java writes the alias in its modified UTF-8; what differs from UTF-8 is no text that people use. */
static enum rc read_entry(struct container *c, struct reader *r, uint32_t version, struct locked *locked,
			  size_t *certificates, struct err *reterr)
{
	uint32_t tag = take_number(r, 4);
	AUTO_FREE char *alias = str_dup(take_text(r));
	(void)take(r, 8); /* date of creation */
	if (r->failed) {
		return encryption_damaged(reterr, "it ends within an entry");
	}
	if (tag == TAG_SECRET) {
		return pass_over_secret(c, r, alias, reterr);
	}
	if (tag != TAG_KEY && tag != TAG_CERTIFICATE) {
		return encryption_damaged(reterr, "it has an entry of an unknown kind");
	}
	struct container_entry *entry = container_add(c, alias);
	locked->keys = mem_resize(locked->keys, locked->n + 1, sizeof(*locked->keys));
	struct str *key = &locked->keys[locked->n++];
	*key = STR_NONE;
	if (tag == TAG_CERTIFICATE) {
		if (++*certificates > CONTAINER_MAX_ENTRIES) {
			return over_limit(reterr, "it holds more certificates than are taken");
		}
		return read_certificate(r, version, &entry->chain, reterr);
	}
	*key = take(r, take_number(r, 4));
	if (r->failed) {
		return encryption_damaged(reterr, "it ends within an entry");
	}
	TRY(jks_protect_check(c, *key, reterr));
	return read_chain(r, version, certificates, &entry->chain, reterr);
}

static enum rc read_entries(struct container *c, struct reader *r, struct locked *locked, struct err *reterr)
{
	size_t certificates = 0;
	uint32_t magic = take_number(r, 4);
	uint32_t version = take_number(r, 4);
	uint32_t n = take_number(r, 4);
	if (r->failed) {
		return encryption_damaged(reterr, "it ends within its head");
	}
	if (magic != (c->kind == CONTAINER_JKS ? MAGIC_JKS : MAGIC_JCEKS) || version < 1 || version > 2) {
		return encryption_damaged(reterr, "its version is unknown");
	}
	if (n > CONTAINER_MAX_ENTRIES) {
		return over_limit(reterr, "it holds more entries than are taken");
	}
	for (uint32_t i = 0; i < n; i++) {
		TRY(read_entry(c, r, version, locked, &certificates, reterr));
	}
	if (r->rest.n != JKS_DIGEST_SIZE) {
		return encryption_damaged(reterr, r->rest.n < JKS_DIGEST_SIZE ? "it ends within its digest"
									      : "bytes stand behind its end");
	}
	return RC_OK;
}

/* A key that is opened, or a store whose digest is compared. */
struct locked_try {
	struct container *c;
	struct str sealed, store, digest;
	struct buf *der;
};

static enum rc try_store(void *context, const struct password_way *way, struct err *reterr)
{
	const struct locked_try *t = context;
	uint8_t digest[JKS_DIGEST_SIZE];
	AUTO_BUF_SECRET(utf16, CONTAINER_MAX_BYTES);
	jks_protect_password(str_from(way->text, way->n), &utf16);
	jks_protect_digest(buf_str(&utf16), t->store, digest);
	return mem_equal_secret(digest, t->digest.p, sizeof(digest)) ? RC_OK : RC_DENIED;
}

static enum rc try_key(void *context, const struct password_way *way, struct err *reterr)
{
	const struct locked_try *t = context;
	struct str password = str_from(way->text, way->n);
	AUTO_BUF_SECRET(utf16, CONTAINER_MAX_BYTES);
	jks_protect_password(password, &utf16);
	buf_clear(t->der);
	return jks_protect_open(t->sealed, password, buf_str(&utf16), t->der, reterr);
}

static enum rc open_key(struct container *c, size_t i, struct str sealed, struct password_ways *ways,
			struct err *reterr)
{
	char shown[150];
	AUTO_BUF_SECRET(der, CONTAINER_MAX_BYTES);
	struct locked_try t = { .c = c, .sealed = sealed, .der = &der };
	const char *alias = c->entries[i].alias;
	enum rc rc = password_ways_try(ways, c, true, try_key, &t, reterr);
	if (rc == RC_DENIED) {
		AUTO_FREE char *what =
			mem_printf("the private key %s", str_printable(str_of(alias), shown, sizeof(shown)));
		return encryption_other_password(reterr, what);
	}
	TRY(rc);
	return key_kind_read(c, buf_str(&der), alias, &c->entries[i].key, reterr);
}

static enum rc open_store(struct container *c, struct str bytes, const struct locked *locked,
			  struct password_ways *ways, struct err *reterr)
{
	struct str store = str_first(bytes, bytes.n - JKS_DIGEST_SIZE);
	struct locked_try t = { .c = c, .store = store, .digest = str_skip(bytes, store.n) };
	enum rc rc = password_ways_try(ways, c, false, try_store, &t, reterr);
	if (rc == RC_DENIED) {
		return encryption_wrong_password(true, reterr);
	}
	for (size_t i = 0; rc == RC_OK && i < locked->n; i++) {
		if (locked->keys[i].p) {
			rc = open_key(c, i, locked->keys[i], ways, reterr);
		}
	}
	return rc;
}

enum rc jks_open(struct container *c, struct str bytes, const struct container_secrets *secrets,
		 struct err *reterr)
{
	struct reader r = { .rest = bytes };
	AUTO(locked_fini) struct locked locked = { 0 };
	AUTO(password_ways_fini) struct password_ways ways = { 0 };
	TRY(read_entries(c, &r, &locked, reterr));
	if (!secrets->password.p) {
		return c->encrypted ? encryption_wrong_password(false, reterr) : RC_OK;
	}
	password_ways_init(&ways, secrets, false);
	TRY(open_store(c, bytes, &locked, &ways, reterr));
	return c->n || c->n_passed_over == 0 ? RC_OK : container_nothing_in_it(reterr);
}

/* ---- writing ---- */

static void add_number(struct buf *out, uint64_t value, size_t n)
{
	while (n--) {
		(void)buf_add_char(out, (char)(value >> (8 * n) & 0xff));
	}
}

static void add_certificate(struct buf *out, const struct cert *cert)
{
	add_number(out, 5, 2);
	(void)buf_add_c(out, "X.509");
	add_number(out, cert_der(cert).n, 4);
	(void)buf_add(out, cert_der(cert));
}

/* Java looks aliases up in lower case. */
static char *lower_case(const char *alias)
{
	char *lower = mem_strdup(alias);
	str_lower(lower);
	return lower;
}

static enum rc add_key(struct buf *out, const struct container_entry *entry, struct str utf16,
		       struct err *reterr)
{
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_BUF(sealed, 2 * KEY_MAX_BYTES);
	if (key_format_pkcs8(entry->key, &der) != RC_OK ||
	    jks_protect_seal(buf_str(&der), utf16, &sealed) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "A private key is too large.");
	}
	add_number(out, sealed.n, 4);
	(void)buf_add(out, buf_str(&sealed));
	add_number(out, entry->chain.n, 4);
	for (size_t i = 0; i < entry->chain.n; i++) {
		add_certificate(out, entry->chain.items[i]);
	}
	return RC_OK;
}

static enum rc add_entry(const struct container_entry *entry, struct str utf16, uint64_t now_ms,
			 struct buf *out, struct err *reterr)
{
	AUTO_FREE char *alias = lower_case(entry->alias);
	if (strlen(alias) > TEXT_MAX) {
		return err_set(reterr, RC_LIMIT, "An alias is too long.");
	}
	add_number(out, entry->key ? TAG_KEY : TAG_CERTIFICATE, 4);
	add_number(out, strlen(alias), 2);
	(void)buf_add_c(out, alias);
	add_number(out, now_ms, 8);
	if (entry->key) {
		return add_key(out, entry, utf16, reterr);
	}
	add_certificate(out, entry->chain.items[0]);
	return RC_OK;
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

enum rc jks_write(const struct container *c, struct str password, struct buf *out, struct err *reterr)
{
	/* Certificates alone may stand behind an empty one: what it would guard is public. */
	if (!password.p || (password.n == 0 && has_key(c))) {
		return err_set(reterr, RC_INVALID, "A JKS file needs a password.");
	}
	AUTO(container_free_cleanup) struct container *rows = container_spread(c, true);
	size_t start = out->n;
	uint64_t now_ms = (uint64_t)(wall_now().us / US_PER_MS);
	uint8_t digest[JKS_DIGEST_SIZE];
	AUTO_BUF_SECRET(utf16, CONTAINER_MAX_BYTES);
	jks_protect_password(password, &utf16);
	add_number(out, MAGIC_JKS, 4);
	add_number(out, 2, 4);
	add_number(out, rows->n, 4);
	for (size_t i = 0; i < rows->n; i++) {
		TRY(add_entry(&rows->entries[i], buf_str(&utf16), now_ms, out, reterr));
	}
	jks_protect_digest(buf_str(&utf16), str_skip(buf_str(out), start), digest);
	(void)buf_add(out, str_from(digest, sizeof(digest)));
	return out->overflow ? err_set(reterr, RC_LIMIT, "The key store is too large.") : RC_OK;
}
