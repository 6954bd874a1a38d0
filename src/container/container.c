/* SPDX-License-Identifier: Apache-2.0
 * Telling containers apart and sending them to the code that knows them. */
#include "container/container.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "container/encryption.h"
#include "container/foreign.h"
#include "container/jks.h"
#include "container/pem.h"
#include "container/pkcs12.h"
#include "model/reason.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const names[] = {
	[CONTAINER_PKCS12] = "pkcs12", [CONTAINER_JKS] = "jks", [CONTAINER_JCEKS] = "jceks",
	[CONTAINER_PEM] = "pem",       [CONTAINER_DER] = "der", [CONTAINER_PKCS7] = "pkcs7",
};

const char *container_kind_name(enum container_kind kind)
{
	return names[kind];
}

static bool has_magic(struct str bytes, const char *magic)
{
	return bytes.n >= 4 && memcmp(bytes.p, magic, 4) == 0;
}

/* The base64 of DER ("MII..."), pasted without its BEGIN and END, or of a Java store. */
static bool is_base64_text(struct str bytes)
{
	struct str text = str_trim(bytes);
	return text.n > 64 && (str_starts_with(text, STR("MI")) || str_starts_with(text, STR("/u3+7Q")) ||
			       str_starts_with(text, STR("zs7Ozg")));
}

bool container_kind_of(struct str bytes, enum container_kind *ret)
{
	if (has_magic(bytes, "\xFE\xED\xFE\xED"))
		*ret = CONTAINER_JKS;
	else if (has_magic(bytes, "\xCE\xCE\xCE\xCE"))
		*ret = CONTAINER_JCEKS;
	else if (str_find_str(bytes, STR("-----BEGIN PKCS7")) < bytes.n ||
		 str_find_str(bytes, STR("-----BEGIN CMS")) < bytes.n)
		*ret = CONTAINER_PKCS7;
	else if (str_find_str(bytes, STR("-----BEGIN ")) < bytes.n)
		*ret = CONTAINER_PEM;
	else if (bytes.n && bytes.p[0] == 0x30)
		*ret = pkcs12_looks_like(bytes) ? CONTAINER_PKCS12
		       : pem_is_pkcs7(bytes)    ? CONTAINER_PKCS7
						: CONTAINER_DER;
	else if (is_base64_text(bytes))
		*ret = CONTAINER_PEM;
	else
		return false;
	return true;
}

bool container_kind_of_name(struct str file_name, enum container_kind *ret)
{
	static const struct {
		struct str extension;
		enum container_kind kind;
	} table[] = {
		{ STR(".p12"), CONTAINER_PKCS12 }, { STR(".pfx"), CONTAINER_PKCS12 },
		{ STR(".jks"), CONTAINER_JKS },    { STR(".pem"), CONTAINER_PEM },
		{ STR(".cer"), CONTAINER_PEM },    { STR(".crt"), CONTAINER_PEM },
		{ STR(".der"), CONTAINER_DER },    { STR(".p7b"), CONTAINER_PKCS7 },
		{ STR(".p7c"), CONTAINER_PKCS7 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		size_t n = table[i].extension.n;
		if (file_name.n > n &&
		    str_equal_nocase(str_skip(file_name, file_name.n - n), table[i].extension)) {
			*ret = table[i].kind;
			return true;
		}
	}
	return false;
}

void container_prepare(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	(void)encryption_context();
}

static enum rc open_kind(struct container *c, struct str bytes, const struct container_secrets *secrets,
			 struct err *reterr)
{
	switch (c->kind) {
	case CONTAINER_PKCS12: return pkcs12_open(c, bytes, secrets, reterr);
	case CONTAINER_JKS:
	case CONTAINER_JCEKS: return jks_open(c, bytes, secrets, reterr);
	case CONTAINER_PEM: return pem_open(c, bytes, secrets, reterr);
	case CONTAINER_PKCS7: return pem_open_pkcs7(c, bytes, reterr);
	case CONTAINER_DER: return pem_open_der(c, bytes, secrets, reterr);
	}
	return RC_BUG;
}

/* A key that cannot be used is no reason to refuse what stands beside it, but it is when nothing does. */
static enum rc tell_unusable_key(const struct container *c, enum rc rc, struct err *reterr)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->entries[i].key)
			return rc;
	}
	for (size_t i = 0; i < c->n_passed_over; i++) {
		if (c->passed_over[i].reason != REASON_P119)
			continue;
		(void)reason_err(reterr, RC_UNSUPPORTED, REASON_P119, NULL);
		if (reterr)
			(void)snprintf(reterr->text, sizeof(reterr->text), "%s", c->passed_over[i].text);
		return RC_UNSUPPORTED;
	}
	return rc;
}

static void note_keys(struct container *c)
{
	size_t keys = 0;
	for (size_t i = 0; i < c->n; i++)
		keys += c->entries[i].key != NULL;
	c->traits = (c->traits & ~(unsigned)FORM_NO_KEY) | (keys == 0 ? FORM_NO_KEY : 0) |
		    (keys > 1 ? FORM_SEVERAL_KEYS : 0) | (c->password_called ? FORM_PASSWORD_OTHERWISE : 0);
}

static enum rc open_as(struct container **ret, enum container_kind kind, bool is_base64, struct str bytes,
		       const struct container_secrets *secrets, struct err *reterr)
{
	AUTO(container_free_cleanup) struct container *c = container_new(kind);
	c->traits = form_of_bytes(bytes) | (is_base64 ? FORM_BASE64 : 0);
	enum rc rc = open_kind(c, bytes, secrets, reterr);
	note_keys(c);
	if (rc == RC_OK || rc == RC_INVALID)
		rc = tell_unusable_key(c, rc, reterr);
	if (rc == RC_OK)
		*ret = TAKE(c);
	return rc;
}

/* Key stores and keys alone: of certificates, pasting has forms of its own, which pem_open() knows. */
static bool is_base64_container(struct str text, struct buf *out, enum container_kind *ret)
{
	if (!is_base64_text(text) || base64_decode(out, str_trim(text), true) != RC_OK ||
	    !container_kind_of(buf_str(out), ret) || *ret == CONTAINER_PEM)
		return false;
	struct cert *cert = NULL;
	bool is_certificate = *ret == CONTAINER_DER && cert_new_der(&cert, buf_str(out), NULL) == RC_OK;
	cert_free(cert);
	return !is_certificate && *ret != CONTAINER_PKCS7;
}

static enum rc open_by_content(struct container **ret, struct str bytes,
			       const struct container_secrets *secrets, struct err *reterr)
{
	enum container_kind kind;
	AUTO_BUF_SECRET(decoded, CONTAINER_MAX_BYTES);
	if (!container_kind_of(bytes, &kind))
		return reason_err(reterr, RC_INVALID, REASON_P103, NULL);
	if (kind == CONTAINER_PEM && is_base64_container(bytes, &decoded, &kind))
		return open_as(ret, kind, true, buf_str(&decoded), secrets, reterr);
	return open_as(ret, kind, false, bytes, secrets, reterr);
}

enum rc container_open_with(struct container **ret, struct str bytes, const struct container_secrets *secrets,
			    struct err *reterr)
{
	if (bytes.n > CONTAINER_MAX_BYTES) {
		(void)encryption_damaged(reterr, "it is larger than 2 MiB");
		if (reterr)
			reterr->code = RC_LIMIT;
		return RC_LIMIT;
	}
	enum rc rc = open_by_content(ret, bytes, secrets, reterr);
	if (rc == RC_INVALID)
		(void)foreign_name(bytes, secrets->file, reterr);
	return rc;
}

enum rc container_open(struct container **ret, struct str bytes, struct str password, struct err *reterr)
{
	const struct container_secrets secrets = { .password = password };
	return container_open_with(ret, bytes, &secrets, reterr);
}

enum rc container_write(const struct container *c, enum container_kind kind, struct str password, bool legacy,
			struct buf *out, struct err *reterr)
{
	if (c->n == 0)
		return err_set(reterr, RC_INVALID, "There is no entry to write.");
	switch (kind) {
	case CONTAINER_PKCS12: return pkcs12_write(c, password, legacy, out, reterr);
	case CONTAINER_JKS: return jks_write(c, password, out, reterr);
	case CONTAINER_PEM: return pem_write(c, password, out, reterr);
	case CONTAINER_DER: return pem_write_der(c, out, reterr);
	case CONTAINER_PKCS7: return pem_write_pkcs7(c, false, out, reterr);
	case CONTAINER_JCEKS: break;
	}
	return err_set(reterr, RC_UNSUPPORTED, "JCEKS is read, not written; write PKCS#12 or JKS.");
}

struct container *container_new(enum container_kind kind)
{
	struct container *c = mem_alloc(sizeof(*c));
	c->kind = kind;
	memcpy(c->encryption, "none", sizeof("none"));
	return c;
}

struct container_entry *container_add(struct container *c, const char *alias)
{
	c->entries = mem_resize(c->entries, c->n + 1, sizeof(*c->entries));
	struct container_entry *entry = &c->entries[c->n++];
	*entry = (struct container_entry){ .alias = mem_strdup(alias) };
	return entry;
}

void container_pass_over(struct container *c, enum reason reason, const char *alias, const char *fmt, ...)
{
	char what[256];
	char name[128];
	va_list arguments;
	if (c->n_passed_over == CONTAINER_MAX_PASSED_OVER)
		return;
	va_start(arguments, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, arguments);
	va_end(arguments);
	c->passed_over = mem_resize(c->passed_over, c->n_passed_over + 1, sizeof(*c->passed_over));
	c->passed_over[c->n_passed_over++] = (struct container_passed_over){
		.reason = reason,
		.text = alias ? mem_printf("The entry %s is %s.",
					   str_printable(str_of(alias), name, sizeof(name)), what)
			      : mem_printf("An entry without a name is %s.", what),
	};
}

enum rc container_nothing_in_it(struct err *reterr)
{
	(void)reason_err(reterr, RC_INVALID, REASON_P103, NULL);
	if (reterr)
		(void)snprintf(reterr->text, sizeof(reterr->text),
			       "The file holds neither a private key nor a certificate.");
	return RC_INVALID;
}

char *container_stem(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *dot = strrchr(slash ? slash : file, '.');
	size_t n = dot && dot != file && dot != slash + 1 ? (size_t)(dot - file) : strlen(file);
	AUTO_FREE char *stem = str_dup(str_from(file, n));
	bool same = dot && str_equal_nocase(str_of(dot), STR(".p12"));
	return mem_printf("%s%s", stem, same ? "-new" : "");
}

static bool is_taken(const struct container *c, size_t but, const char *alias)
{
	for (size_t i = 0; i < c->n; i++)
		if (i != but && c->entries[i].alias &&
		    str_equal_nocase(str_of(c->entries[i].alias), str_of(alias)))
			return true;
	return false;
}

/* The last entry's name, made different from all before it. Frees take_name. */
static void name_last(struct container *c, char *take_name)
{
	struct container_entry *last = &c->entries[c->n - 1];
	AUTO_FREE char *name = take_name;
	mem_free(last->alias);
	last->alias = mem_strdup(name);
	for (size_t i = 2; is_taken(c, c->n - 1, last->alias); i++) {
		mem_free(last->alias);
		last->alias = mem_printf("%s-%zu", name, i);
	}
}

static void spread_certificates(struct container *ret, const struct container_entry *from)
{
	for (size_t i = 0; i < from->chain.n; i++) {
		cert_list_add(&container_add(ret, NULL)->chain, from->chain.items[i]);
		name_last(ret, i == 0 && from->alias ? mem_strdup(from->alias)
						     : cert_common_name(from->chain.items[i]));
	}
}

struct container *container_spread(const struct container *c, bool name_keys)
{
	struct container *ret = container_new(c->kind);
	for (size_t i = 0; i < c->n; i++) {
		const struct container_entry *from = &c->entries[i];
		if (!from->key) {
			spread_certificates(ret, from);
			continue;
		}
		struct container_entry *to = container_add(ret, NULL);
		to->key = key_ref(from->key);
		for (size_t k = 0; k < from->chain.n; k++)
			cert_list_add(&to->chain, from->chain.items[k]);
		if (from->alias || name_keys)
			name_last(ret, from->alias ? mem_strdup(from->alias) : mem_printf("%zu", i + 1));
	}
	return ret;
}

void container_free(struct container *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		mem_free(c->entries[i].alias);
		key_free(c->entries[i].key);
		cert_list_fini(&c->entries[i].chain);
	}
	for (size_t i = 0; i < c->n_passed_over; i++)
		mem_free(c->passed_over[i].text);
	mem_free(c->passed_over);
	mem_free(c->entries);
	mem_free(c);
}

void container_sent(const struct container *c, const struct container_entry *entry, struct cert_list *out)
{
	for (size_t k = 0; k < entry->chain.n; k++)
		cert_list_add(out, entry->chain.items[k]);
	bool is_java = c->kind == CONTAINER_JKS || c->kind == CONTAINER_JCEKS;
	for (size_t i = 0; !is_java && i < c->n; i++)
		for (size_t k = 0; k < c->entries[i].chain.n; k++)
			if (!cert_list_has(out, c->entries[i].chain.items[k]))
				cert_list_add(out, c->entries[i].chain.items[k]);
}

const char *container_entry_name(const struct container *c, const struct container_entry *entry, char *out,
				 size_t size)
{
	if (entry->alias)
		(void)snprintf(out, size, "%s", entry->alias);
	else
		(void)snprintf(out, size, "%zu", (size_t)(entry - c->entries) + 1);
	return out;
}
