/* SPDX-License-Identifier: Apache-2.0
 * Each rule of RFC 5280 §6.1 that a path may break, but for signatures. */
#include "pki/chain/fault.h"

#include "base/memory.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>

/* Bits of strength that a key or digest needs: neither MD5 nor SHA-1, no RSA below 1024 bit (OpenSSL's level
 * 1). */
#define MIN_STRENGTH 80

/* In this order one of several faults is told. */
static const enum reason order[] = {
	REASON_K214, REASON_K216, REASON_K211, REASON_K210, REASON_K213,
	REASON_K204, REASON_P109, REASON_K203, REASON_P108, REASON_P118,
	REASON_K217, REASON_P112, REASON_K207, REASON_K208, REASON_K215,
};

static size_t rank(enum reason reason)
{
	size_t i = 0;
	while (i < ARRAY_SIZE(order) && order[i] != reason) {
		i++;
	}
	return i;
}

static void add(struct faults *f, enum reason reason, const struct cert *at, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
static void add(struct faults *f, enum reason reason, const struct cert *at, const char *fmt, ...)
{
	f->constraint |= rank(reason) <= rank(REASON_K204);
	if (f->n++ && rank(reason) >= rank(f->reason)) {
		return;
	}
	f->reason = reason;
	f->at = at;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(f->detail, sizeof(f->detail), fmt, ap);
	va_end(ap);
}

static void judge_extensions(const struct cert *c, struct faults *f)
{
	uint32_t flags = X509_get_extension_flags(cert_x509(c));
	if (flags & EXFLAG_INVALID) {
		add(f, REASON_K214, c, "An extension of it cannot be read.");
	} else if (flags & EXFLAG_PROXY) {
		add(f, REASON_K214, c, "It is a proxy certificate (RFC 3820).");
	} else if (flags & EXFLAG_CRITICAL) {
		char oid[80] = "";
		const STACK_OF(X509_EXTENSION) *all = X509_get0_extensions(cert_x509(c));
		for (int i = 0; i < sk_X509_EXTENSION_num(all); i++) {
			X509_EXTENSION *e = sk_X509_EXTENSION_value(all, i);
			if (X509_EXTENSION_get_critical(e) && !X509_supported_extension(e)) {
				(void)OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(e), 1);
			}
		}
		add(f, REASON_K214, c, "Its critical extension %s is unknown.", oid);
	}
}

static void judge_strength(const struct cert *c, bool is_anchor, struct faults *f)
{
	int strength = 0;
	EVP_PKEY *key = X509_get0_pubkey(cert_x509(c));
	if (key && EVP_PKEY_get_bits(key) > CERT_KEY_MAX_BITS) {
		add(f, REASON_K216, c, "Its key has %d bits; %d are the most.", EVP_PKEY_get_bits(key),
		    CERT_KEY_MAX_BITS);
	} else if (!key || EVP_PKEY_get_security_bits(key) < MIN_STRENGTH) {
		add(f, REASON_K211, c, "Its key is weak: %s.", cert_key_text(c));
	}
	/* How an anchor was signed does not matter: it was imported. */
	if (!is_anchor && (!X509_get_signature_info(cert_x509(c), NULL, NULL, &strength, NULL) ||
			   strength < MIN_STRENGTH)) {
		add(f, REASON_K211, c, "It is signed with a weak digest: %s.", cert_signature_text(c));
	}
}

static void judge_dates(const struct cert *c, bool is_leaf, struct wall now, struct faults *f)
{
	char when[WALL_TEXT_SIZE];
	enum reason reason = is_leaf ? REASON_P109 : REASON_K203;
	if (now.us < cert_not_before(c).us) {
		add(f, reason, c, "It is not valid before %s.", wall_format(cert_not_before(c), when));
	} else if (now.us > cert_not_after(c).us) {
		add(f, reason, c, "It expired at %s.", wall_format(cert_not_after(c), when));
	}
}

static const char *usage_name(enum chain_purpose purpose)
{
	return purpose == CHAIN_CLIENT ? "clientAuth" : "serverAuth";
}

static bool may(const struct cert *c, enum chain_purpose purpose)
{
	return purpose == CHAIN_ANY ||
	       (purpose == CHAIN_CLIENT ? cert_may_client_auth(c) : cert_may_server_auth(c));
}

static void judge_leaf(const struct cert *c, enum chain_purpose purpose, struct faults *f)
{
	uint32_t needed = KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT;
	if (purpose == CHAIN_ANY) {
		return;
	}
	if (purpose == CHAIN_SERVER) {
		needed |= KU_KEY_ENCIPHERMENT;
	}
	if (!may(c, purpose)) {
		add(f, REASON_P108, c, "The extended key usages of the certificate lack %s.",
		    usage_name(purpose));
	}
	/* All bits are set where there is no key usage. */
	if (!cert_is_ca(c) && !(X509_get_key_usage(cert_x509(c)) & needed)) {
		add(f, REASON_P118, c, "The key usage lacks digitalSignature.");
	}
	if (cert_is_ca(c)) {
		add(f, REASON_P112, c, "It has CA:TRUE.");
	}
}

/* Version 1 certificates say nothing of CAs; whoever imported one as an anchor has said it. */
static void judge_issuer(const struct cert *c, bool is_anchor, enum chain_purpose purpose, struct faults *f)
{
	bool is_ca = is_anchor ? cert_is_ca(c) : X509_get_extension_flags(cert_x509(c)) & EXFLAG_CA;
	if (!is_ca) {
		add(f, REASON_K204, c, "It is no CA certificate.");
	} else if (!(X509_get_key_usage(cert_x509(c)) & KU_KEY_CERT_SIGN)) {
		add(f, REASON_K204, c, "Its key usage lacks keyCertSign.");
	}
	/* Not in RFC 5280, but so do OpenSSL and browsers: what a CA may not be used for, its certificates
	 * may not. */
	if (!may(c, purpose)) {
		add(f, REASON_K217, c, "The extended key usages of the CA certificate lack %s.",
		    usage_name(purpose));
	}
}

/* = RFC 5280 §6.1.4 (l), (m): self-issued CA certificates do not count. */
static void judge_path_length(const struct path *path, struct faults *f)
{
	long below = 0;
	for (size_t i = 1; i < path->n; i++) {
		long most = X509_get_pathlen(cert_x509(path->certs[i]));
		if (most >= 0 && below > most) {
			add(f, REASON_K213, path->certs[i],
			    "It allows %ld CA certificates below it; there are %ld.", most, below);
		}
		below += !cert_is_self_issued(path->certs[i]);
	}
}

static void judge_name(const struct cert *ca, NAME_CONSTRAINTS *allowed, const struct cert *c, bool host,
		       struct faults *f)
{
	int error = NAME_CONSTRAINTS_check(cert_x509(c), allowed);
	/* A common name is no host name but where a client would take it for one. */
	if (error == X509_V_OK && host) {
		error = NAME_CONSTRAINTS_check_CN(cert_x509(c), allowed);
	}
	if (error != X509_V_OK) {
		add(f, REASON_K210, c, "%.150s allows it no such name (%s).", cert_subject(ca),
		    error == X509_V_ERR_EXCLUDED_VIOLATION    ? "excluded"
		    : error == X509_V_ERR_PERMITTED_VIOLATION ? "not permitted"
							      : "cannot be compared");
	}
}

/* = RFC 5280 §6.1.3 (b), (c): self-issued CA certificates may have other names. */
static void judge_names(const struct path *path, enum chain_purpose purpose, struct faults *f)
{
	for (size_t i = 1; i < path->n; i++) {
		const struct cert *ca = path->certs[i];
		NAME_CONSTRAINTS *allowed = X509_get_ext_d2i(cert_x509(ca), NID_name_constraints, NULL, NULL);
		for (size_t k = 0; allowed && k < i; k++) {
			if (k == 0 || !cert_is_self_issued(path->certs[k])) {
				judge_name(ca, allowed, path->certs[k], k == 0 && purpose == CHAIN_SERVER, f);
			}
		}
		NAME_CONSTRAINTS_free(allowed);
	}
}

bool fault_revocation(struct path_search *s, const struct cert *c, struct wall now, struct revocation *ret)
{
	size_t n = 0;
	enum path_signature signature = PATH_NOT_SIGNED;
	const struct cert **issuers = path_named(s, cert_issuer_name(c), c, &n);
	*ret = (struct revocation){ .status = REVOCATION_UNKNOWN, .until = { INT64_MAX } };
	for (size_t i = 0; i < n && signature != PATH_SIGNED && signature != PATH_NO_MORE; i++) {
		signature = path_check(s, c, issuers[i]);
		/* Of an issuer name and key alone count, so the first one that signed is as good as all. */
		if (signature == PATH_SIGNED) {
			revocation_judge(s->trust->lists, c, issuers[i], now, ret);
		}
	}
	mem_free(issuers);
	return signature != PATH_NO_MORE;
}

static void judge_answer(const struct fault_question *q, const struct cert *c, const struct revocation *r,
			 struct faults *f)
{
	char when[WALL_TEXT_SIZE];
	if (r->until.us < f->next_change.us) {
		f->next_change = r->until;
	}
	if (r->status == REVOCATION_REVOKED) {
		add(f, REASON_K207, c, "The list of %s names it.",
		    wall_format(crl_this_update(r->list), when));
	} else if (r->status == REVOCATION_STALE && q->search->trust->stale == CRL_STALE_REFUSE) {
		add(f, REASON_K208, c, "The list of %.160s was due for renewal at %s.", crl_issuer(r->list),
		    wall_format(crl_next_update(r->list), when));
	}
}

static void judge_revocations(const struct fault_question *q, const struct path *path, struct faults *f)
{
	struct revocation r;
	if (!q->search->trust->has_lists) {
		return;
	}
	for (size_t i = 0; i + 1 < path->n; i++) {
		revocation_judge(q->search->trust->lists, path->certs[i], path->certs[i + 1], q->now, &r);
		judge_answer(q, path->certs[i], &r, f);
	}
	/* An anchor that is no root ends the path; its own issuer may be known, and have revoked it since. */
	const struct cert *end = path->certs[path->n - 1];
	if (cert_is_self_signed(end)) {
		return;
	}
	if (!fault_revocation(q->search, end, q->now, &r)) {
		add(f, REASON_K215, end,
		    "Which CA issued it, whose lists may name it, was not found within %d checks.",
		    PATH_MAX_CHECKS);
	}
	judge_answer(q, end, &r, f);
}

static void judge_one(const struct fault_question *q, const struct cert *c, bool is_leaf, bool is_anchor,
		      struct faults *f)
{
	judge_extensions(c, f);
	judge_strength(c, is_anchor, f);
	judge_dates(c, is_leaf, q->now, f);
	if (is_leaf) {
		judge_leaf(c, q->purpose, f);
	} else {
		judge_issuer(c, is_anchor, q->purpose, f);
	}
}

void fault_judge(const struct fault_question *q, const struct path *path, struct faults *ret)
{
	*ret = (struct faults){ .next_change = { INT64_MAX } };
	for (size_t i = 0; i < path->n; i++) {
		judge_one(q, path->certs[i], i == 0, i + 1 == path->n, ret);
	}
	judge_path_length(path, ret);
	judge_names(path, q->purpose, ret);
	judge_revocations(q, path, ret);
	ERR_clear_error();
}

size_t fault_count_leaf(const struct fault_question *q, const struct cert *leaf)
{
	struct faults f = { 0 };
	judge_one(q, leaf, true, trust_has(q->search->trust, leaf), &f);
	return f.n;
}
