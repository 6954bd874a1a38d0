/* SPDX-License-Identifier: Apache-2.0
 * Looking a container over: each rule says one thing, with its code and its evidence. */
#include "container/examine.h"

#include "base/memory.h"
#include "container/form.h"
#include "model/reason.h"
#include "pki/tls_key.h"

#include <stdio.h>

struct examination {
	const struct container *c;
	struct wall now;
	const char *file;
	char *stem;
	struct value *findings[REASON_SEVERITY_info + 1]; /* one array a severity */
};

/* The name that `postern ca issue` would take: lower case and without what a shell or a path would mind. */
static char *short_name(const struct cert *cert)
{
	AUTO_FREE char *common_name = cert_common_name(cert);
	AUTO_BUF(out, 256);
	for (const char *p = common_name; *p && out.n < 64; p++) {
		char lower = char_lower(*p);
		bool plain = char_is_letter_or_digit(lower) || lower == '.' || lower == '-';
		if (plain || (out.n && out.p[out.n - 1] != '-')) {
			(void)buf_add_char(&out, plain ? lower : '-');
		}
	}
	return mem_strdup(out.n ? buf_c(&out) : "client");
}

static void add(struct examination *e, enum reason reason, const struct container_entry *entry,
		const struct cert *cert, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* One finding; entry and cert say where, and may be NULL. */
static void add(struct examination *e, enum reason reason, const struct container_entry *entry,
		const struct cert *cert, const char *fmt, ...)
{
	char text[1024];
	char alias[300];
	AUTO_VALUE *evidence = value_object();
	va_list arguments;
	va_start(arguments, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, arguments);
	va_end(arguments);
	value_set_c(evidence, "file", e->file);
	value_set_c(evidence, "stem", e->stem);
	if (entry) {
		value_set_c(evidence, "alias", container_entry_name(e->c, entry, alias, sizeof(alias)));
	}
	if (cert) {
		AUTO_FREE char *name = short_name(cert);
		value_set_c(evidence, "name", name);
		value_set_c(evidence, "subject", cert_subject(cert));
		value_set_c(evidence, "issuer", cert_issuer(cert));
		value_set_c(evidence, "sha256", cert_sha256(cert));
	}
	struct value *finding = reason_finding(reason, text, evidence);
	value_append(e->findings[reason_info(reason)->severity], finding);
}

static void look_at_encryption(struct examination *e)
{
	bool refused = strstr(e->c->encryption, "RC2") || strstr(e->c->encryption, "RC4") ||
		       (strstr(e->c->encryption, "DES-CBC") && !strstr(e->c->encryption, "TripleDES"));
	if (!e->c->legacy) {
		return;
	}
	if (e->c->kind == CONTAINER_PKCS12 && refused) {
		add(e, REASON_P102, NULL, NULL,
		    "The file is encrypted with %s, which Node 17 and later and OpenSSL 3 refuse.",
		    e->c->encryption);
	} else {
		add(e, REASON_P102, NULL, NULL, "The file is protected with %s, a legacy cipher.",
		    e->c->encryption);
	}
}

/* A certificate alone is no fault of a certificate file, and a trust store is meant to be without keys. */
static bool wants_key(const struct container *c)
{
	if (c->kind == CONTAINER_PEM || c->kind == CONTAINER_DER || c->kind == CONTAINER_PKCS7) {
		return false;
	}
	for (size_t i = 0; i < c->n; i++) {
		if (c->entries[i].chain.n == 0 || !cert_is_ca(c->entries[i].chain.items[0])) {
			return true;
		}
	}
	return false;
}

/* What is not as it is in other files of the kind, though it opens here. */
static void look_at_opening(struct examination *e)
{
	const struct container *c = e->c;
	for (size_t i = 0; i < c->n_passed_over; i++) {
		add(e, c->passed_over[i].reason, NULL, NULL, "%s", c->passed_over[i].text);
	}
	if (c->password_called) {
		add(e, REASON_P124, NULL, NULL,
		    "The password opens the file %s, not as it was given; other programs may call it wrong.",
		    c->password_called);
	}
	if (c->traits & FORM_BASE64) {
		add(e, REASON_P124, NULL, NULL,
		    "The file is the base64 text of a %s file; other programs want it decoded.",
		    container_kind_name(c->kind));
	}
	for (size_t bit = 0; bit < FORM_TRAIT_COUNT; bit++) {
		AUTO_BUF(text, 1024);
		enum reason reason =
			c->traits >> bit & 1 ? form_finding((enum form_bit)bit, &text) : REASON_NONE;
		if (reason != REASON_NONE) {
			add(e, reason, NULL, NULL, "%s", buf_c(&text));
		}
	}
}

static void look_at_keys(struct examination *e)
{
	const struct container_entry *first = NULL;
	size_t keys = 0;
	for (size_t i = 0; i < e->c->n; i++) {
		if (!e->c->entries[i].key) {
			continue;
		}
		if (++keys == 1) {
			first = &e->c->entries[i];
		}
	}
	if (keys == 0 && wants_key(e->c)) {
		add(e, REASON_P104, NULL, NULL, "The file holds no private key.");
	}
	if (keys > 1) {
		add(e, REASON_P105, first, NULL, "The file holds %zu key pairs; clients take the first.",
		    keys);
	}
}

static void look_at_dates(struct examination *e, const struct container_entry *entry, const struct cert *cert)
{
	char when[WALL_TEXT_SIZE];
	int64_t left = cert_not_after(cert).us - e->now.us;
	int64_t soon = INT64_C(86400) * EXAMINE_SOON_DAYS * US_PER_SECOND;
	if (left <= 0) {
		add(e, REASON_P109, entry, cert, "The certificate %s expired on %s.", cert_subject(cert),
		    wall_format(cert_not_after(cert), when));
	} else if (cert_not_before(cert).us > e->now.us) {
		add(e, REASON_P109, entry, cert, "The certificate %s is not valid before %s.",
		    cert_subject(cert), wall_format(cert_not_before(cert), when));
	} else if (left < soon) {
		add(e, REASON_P114, entry, cert, "The certificate %s expires on %s, in %lld days.",
		    cert_subject(cert), wall_format(cert_not_after(cert), when),
		    (long long)(left / US_PER_SECOND / 86400));
	}
}

static void look_at_leaf(struct examination *e, const struct container_entry *entry, const struct cert *leaf)
{
	if (cert_is_ca(leaf) && cert_is_self_signed(leaf)) {
		add(e, REASON_P112, entry, leaf,
		    "The certificate %s is self-signed with CA:TRUE, which makes it a CA, not a client.",
		    cert_subject(leaf));
	} else if (cert_is_ca(leaf)) {
		add(e, REASON_P112, entry, leaf,
		    "The certificate of the key, %s, is a CA certificate, not a client's.",
		    cert_subject(leaf));
	}
	if (cert_is_self_signed(leaf)) {
		add(e, REASON_P113, entry, leaf, "The certificate %s is self-signed.", cert_subject(leaf));
	}
	if (!cert_may_client_auth(leaf)) {
		AUTO_BUF(usages, 1024);
		for (size_t i = 0; i < cert_eku_count(leaf); i++) {
			(void)buf_printf(&usages, "%s%s", i ? ", " : "", cert_eku_name(leaf, i));
		}
		add(e, REASON_P108, entry, leaf,
		    "The certificate %s may not be used as a client certificate: its extended key usage is "
		    "%s.",
		    cert_subject(leaf), buf_c(&usages));
	}
}

static void look_at_kind(struct examination *e, const struct container_entry *entry, const struct cert *leaf)
{
	enum tls_key kind = tls_key_judge(leaf);
	if (kind == TLS_KEY_NONE) {
		add(e, REASON_P128, entry, leaf,
		    "The key of %s is %s, a kind that no client certificate can have in TLS.",
		    cert_subject(leaf), cert_key_text(leaf));
	} else if (kind == TLS_KEY_OLD) {
		add(e, REASON_P129, entry, leaf,
		    "The key of %s is %s, a kind that works with TLS 1.2 alone, and with few clients.",
		    cert_subject(leaf), cert_key_text(leaf));
	}
}

static void look_at_chain(struct examination *e, const struct container_entry *entry)
{
	const struct cert *last = entry->chain.items[entry->chain.n - 1];
	if (cert_is_self_signed(last)) {
		return;
	}
	if (entry->chain.n > 1) {
		add(e, REASON_P106, entry, last,
		    "The certificate chain in the file is incomplete: the issuer of %s, %s, is not in it.",
		    cert_subject(last), cert_issuer(last));
	} else {
		add(e, REASON_P106, entry, last,
		    "The certificate chain in the file is incomplete: %s stands alone, without its issuer "
		    "%s.",
		    cert_subject(last), cert_issuer(last));
	}
}

static void look_at_entry(struct examination *e, const struct container_entry *entry, bool is_client)
{
	char alias[300];
	if (entry->key && entry->chain.n == 0) {
		add(e, REASON_P106, entry, NULL, "The private key %s stands alone, without its certificate.",
		    container_entry_name(e->c, entry, alias, sizeof(alias)));
	}
	if (entry->key && !entry->alias && e->c->kind == CONTAINER_PKCS12) {
		add(e, REASON_P111, entry, NULL, "The entry has no alias.");
	}
	if (entry->chain.n == 0) {
		return;
	}
	const struct cert *leaf = entry->chain.items[0];
	if (entry->key && !key_matches(entry->key, leaf)) {
		add(e, REASON_P107, entry, leaf, "The private key does not belong to the certificate %s.",
		    cert_subject(leaf));
	}
	if (is_client) {
		look_at_leaf(e, entry, leaf);
		look_at_kind(e, entry, leaf);
		look_at_chain(e, entry);
	}
	for (size_t i = 0; i < entry->chain.n; i++) {
		const struct cert *cert = entry->chain.items[i];
		look_at_dates(e, entry, cert);
		if (cert_is_weak(cert)) {
			add(e, REASON_P110, entry, cert, "The key or the signature of %s is weak: %s, %s.",
			    cert_subject(cert), cert_key_text(cert), cert_signature_text(cert));
		}
	}
}

/* Key pairs are clients; where there are none, so are the certificates that are no CA's. */
static bool is_client(const struct container *c, const struct container_entry *entry)
{
	if (entry->key || entry->chain.n == 0) {
		return entry->key != NULL;
	}
	for (size_t i = 0; i < c->n; i++) {
		if (c->entries[i].key) {
			return false;
		}
	}
	return !cert_is_ca(entry->chain.items[0]);
}

static struct value *entry_to_value(const struct container *c, const struct container_entry *entry)
{
	char alias[300];
	struct value *v = value_object();
	struct value *chain = value_array();
	value_set_c(v, "alias", container_entry_name(c, entry, alias, sizeof(alias)));
	value_set_c(v, "type", entry->key ? "key-pair" : "certificate");
	if (entry->key || entry->chain.n) {
		value_set_c(v, "key",
			    entry->key ? key_text(entry->key) : cert_key_text(entry->chain.items[0]));
	}
	for (size_t i = 0; i < entry->chain.n; i++) {
		value_append(chain, cert_to_value(entry->chain.items[i]));
	}
	value_set(v, "chain", chain);
	return v;
}

static struct value *clients_to_value(const struct container *c)
{
	struct value *all = value_array();
	for (size_t i = 0; i < FORM_CLIENT_COUNT; i++) {
		struct value *v = value_object();
		struct form_verdict verdict = form_judge(c->traits, (enum form_client)i);
		value_set_c(v, "client", form_client_name((enum form_client)i));
		value_set_c(v, "called", form_client_called((enum form_client)i));
		value_set_c(v, "outcome", form_outcome_name(verdict.outcome));
		value_set_c(v, "because", verdict.sentence);
		value_set_c(v, "words", verdict.words);
		value_append(all, v);
	}
	return all;
}

static struct value *take_findings(struct examination *e)
{
	struct value *all = value_array();
	for (size_t severity = 0; severity < ARRAY_SIZE(e->findings); severity++) {
		for (size_t i = 0; i < value_count(e->findings[severity]); i++) {
			value_append(all, value_ref(value_at(e->findings[severity], i)));
		}
		value_free(e->findings[severity]);
	}
	return all;
}

struct value *examine_container(const struct container *c, struct wall now, const char *file)
{
	AUTO_FREE char *stem = container_stem(file);
	struct examination e = { .c = c, .now = now, .file = file, .stem = stem };
	for (size_t i = 0; i < ARRAY_SIZE(e.findings); i++) {
		e.findings[i] = value_array();
	}
	struct value *entries = value_array();
	look_at_encryption(&e);
	look_at_opening(&e);
	look_at_keys(&e);
	for (size_t i = 0; i < c->n; i++) {
		value_append(entries, entry_to_value(c, &c->entries[i]));
		look_at_entry(&e, &c->entries[i], is_client(c, &c->entries[i]));
	}
	struct value *v = value_object();
	value_set_c(v, "container", container_kind_name(c->kind));
	value_set_c(v, "encryption", c->encryption);
	value_set_bool(v, "legacy", c->legacy);
	value_set(v, "entries", entries);
	value_set(v, "clients", clients_to_value(c));
	value_set(v, "findings", take_findings(&e));
	return v;
}
