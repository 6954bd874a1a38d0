/* SPDX-License-Identifier: Apache-2.0
 * Judging chains: OpenSSL builds and checks the path, every fault is noted, the first in our order is told. */
#include "pki/chain.h"

#include "base/memory.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>

struct trust {
	atomic_int owners;
	X509_STORE *store;
	struct cert_list anchors;
	struct crl **crls;
	size_t n_crls;
	enum crl_stale stale;
};

enum rc trust_new(struct trust **ret, const struct cert_list *anchors, struct crl *const *crls, size_t n_crls,
		  enum crl_stale stale, struct err *reterr)
{
	struct trust *t = mem_alloc(sizeof(*t));
	atomic_init(&t->owners, 1);
	t->store = X509_STORE_new();
	t->stale = stale;
	bool ok = t->store != NULL;
	for (size_t i = 0; ok && i < anchors->n; i++) {
		cert_list_add(&t->anchors, anchors->items[i]);
		ok = X509_STORE_add_cert(t->store, cert_x509(anchors->items[i])) == 1;
	}
	t->crls = mem_array(n_crls ? n_crls : 1, sizeof(struct crl *));
	for (size_t i = 0; i < n_crls; i++)
		t->crls[t->n_crls++] = crl_ref(crls[i]);
	ERR_clear_error();
	if (!ok) {
		trust_free(t);
		return err_set(reterr, RC_CERT, "A trust anchor cannot be used.");
	}
	*ret = t;
	return RC_OK;
}

struct trust *trust_ref(struct trust *t)
{
	if (t)
		atomic_fetch_add_explicit(&t->owners, 1, memory_order_relaxed);
	return t;
}

void trust_free(struct trust *t)
{
	if (!t || atomic_fetch_sub_explicit(&t->owners, 1, memory_order_acq_rel) != 1)
		return;
	X509_STORE_free(t->store);
	cert_list_fini(&t->anchors);
	for (size_t i = 0; i < t->n_crls; i++)
		crl_free(t->crls[i]);
	mem_free(t->crls);
	mem_free(t);
}

const struct cert_list *trust_anchors(const struct trust *t)
{
	return &t->anchors;
}

/* What OpenSSL found wrong, the worst of each kind. */
struct faults {
	bool no_anchor, signature, not_ca, ca_dates;
	bool leaf_dates;
	X509 *at_signature, *at_not_ca, *at_ca_dates;
	int signature_error;
};

static int faults_index(void)
{
	static int index = -1;
	if (index < 0)
		index = X509_STORE_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return index;
}

/* Note the fault and go on, so that all are known. Going on never makes a chain good: the notes decide. */
static int note_fault(int ok, X509_STORE_CTX *ctx)
{
	struct faults *f = X509_STORE_CTX_get_ex_data(ctx, faults_index());
	X509 *at = X509_STORE_CTX_get_current_cert(ctx);
	if (ok)
		return 1;
	int error = X509_STORE_CTX_get_error(ctx);
	switch (error) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG: f->no_anchor = true; return 1;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		if (X509_STORE_CTX_get_error_depth(ctx) == 0) {
			f->leaf_dates = true;
		} else if (!f->ca_dates) {
			f->ca_dates = true;
			f->at_ca_dates = at;
		}
		return 1;
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_INVALID_NON_CA:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
		if (!f->not_ca) {
			f->not_ca = true;
			f->at_not_ca = at;
		}
		return 1;
	default:
		if (!f->signature) {
			f->signature = true;
			f->at_signature = at;
			f->signature_error = error;
		}
		return 1;
	}
}

static void set_subject(struct chain_verdict *v, X509 *x)
{
	char *text = x ? X509_NAME_oneline(X509_get_subject_name(x), NULL, 0) : NULL;
	if (text)
		(void)snprintf(v->at_subject, sizeof(v->at_subject), "%.255s", text);
	OPENSSL_free(text);
}

static void at_cert(struct chain_verdict *v, const struct cert *c)
{
	(void)snprintf(v->at_subject, sizeof(v->at_subject), "%.255s", cert_subject(c));
}

static void detail(struct chain_verdict *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void detail(struct chain_verdict *v, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(v->detail, sizeof(v->detail), fmt, ap);
	va_end(ap);
}

/* K201 when the root is what is missing, K202 when an intermediate is. */
static void tell_no_anchor(const struct cert_list *presented, struct chain_verdict *v)
{
	const struct cert *last = presented->items[presented->n - 1];
	bool root_missing = cert_is_ca(last) || cert_is_self_signed(last);
	v->reason = root_missing ? REASON_K201 : REASON_K202;
	at_cert(v, last);
	if (cert_is_self_signed(last))
		detail(v, "The certificate %.200s is self-signed and not in the keystore.",
		       cert_subject(last));
	else
		detail(v, "The issuer %.200s was neither sent nor is it in the keystore.", cert_issuer(last));
}

static void tell_dates(const struct cert *c, struct wall now, struct chain_verdict *v)
{
	char when[WALL_TEXT_SIZE];
	bool early = now.us < cert_not_before(c).us;
	at_cert(v, c);
	detail(v, early ? "It is not valid before %s." : "It expired at %s.",
	       wall_format(early ? cert_not_before(c) : cert_not_after(c), when));
}

static void set_not_after(struct chain_verdict *v, const STACK_OF(X509) * chain)
{
	v->earliest_not_after.us = INT64_MAX;
	for (int i = 0; i < sk_X509_num(chain); i++) {
		struct tm tm;
		if (!ASN1_TIME_to_tm(X509_get0_notAfter(sk_X509_value(chain, i)), &tm))
			continue;
		struct wall w = wall_from_seconds((int64_t)timegm(&tm));
		if (w.us < v->earliest_not_after.us)
			v->earliest_not_after = w;
	}
}

static struct cert *cert_of(X509 *x)
{
	unsigned char *der = NULL;
	struct cert *c = NULL;
	int n = i2d_X509(x, &der);
	if (n > 0 && cert_new_der(&c, str_from(der, (size_t)n), NULL) != RC_OK)
		c = NULL;
	OPENSSL_free(der);
	return c;
}

static void judge_revocation(const struct trust *t, const struct cert *c, const struct cert *issuer,
			     struct wall now, struct chain_verdict *v)
{
	for (size_t i = 0; i < t->n_crls; i++) {
		const struct crl *l = t->crls[i];
		char when[WALL_TEXT_SIZE];
		if (!crl_covers(l, c) || !crl_verify(l, issuer))
			continue;
		if (crl_next_update(l).us < v->earliest_next_update.us)
			v->earliest_next_update = crl_next_update(l);
		if (crl_is_revoked(l, c)) {
			v->reason = REASON_K207;
			at_cert(v, c);
			detail(v, "The list of %s names it.", wall_format(crl_this_update(l), when));
			return;
		}
		if (now.us > crl_next_update(l).us && t->stale == CRL_STALE_REFUSE &&
		    v->reason == REASON_NONE) {
			v->reason = REASON_K208;
			at_cert(v, c);
			detail(v, "The list of %.160s was due for renewal at %s.", crl_issuer(l),
			       wall_format(crl_next_update(l), when));
		}
	}
}

static void judge_revocations(const struct trust *t, const struct cert_list *path, struct wall now,
			      struct chain_verdict *v)
{
	for (size_t i = 0; i + 1 < path->n && v->reason != REASON_K207; i++)
		judge_revocation(t, path->items[i], path->items[i + 1], now, v);
	/* A leaf that is itself an anchor has no issuer in the path; its list may still name it. */
	if (path->n == 1)
		for (size_t i = 0; i < t->anchors.n && v->reason != REASON_K207; i++)
			if (cert_issued(t->anchors.items[i], path->items[0]))
				judge_revocation(t, path->items[0], t->anchors.items[i], now, v);
}

static bool may(const struct cert *leaf, enum chain_purpose purpose)
{
	return purpose == CHAIN_ANY ||
	       (purpose == CHAIN_CLIENT ? cert_may_client_auth(leaf) : cert_may_server_auth(leaf));
}

static void judge_path(const struct trust *t, const struct faults *f, const struct cert_list *path,
		       struct wall now, enum chain_purpose purpose, struct chain_verdict *v)
{
	const struct cert *leaf = path->items[0];
	if (f->signature) {
		v->reason = REASON_K209;
		set_subject(v, f->at_signature);
		detail(v, "%.200s.", X509_verify_cert_error_string(f->signature_error));
	} else if (f->not_ca) {
		v->reason = REASON_K204;
		set_subject(v, f->at_not_ca);
	} else if (f->leaf_dates) {
		v->reason = REASON_P109;
		tell_dates(leaf, now, v);
	} else if (f->ca_dates) {
		AUTO(cert_free_cleanup) struct cert *at = cert_of(f->at_ca_dates);
		v->reason = REASON_K203;
		if (at)
			tell_dates(at, now, v);
	} else if (!may(leaf, purpose)) {
		v->reason = REASON_P108;
		at_cert(v, leaf);
	} else if (purpose != CHAIN_ANY && cert_is_ca(leaf)) {
		v->reason = REASON_P112;
		at_cert(v, leaf);
	} else {
		judge_revocations(t, path, now, v);
	}
}

static X509_STORE_CTX *verify(const struct trust *t, const struct cert_list *presented, struct wall now,
			      STACK_OF(X509) * untrusted, struct faults *f)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	ASSERT(ctx && X509_STORE_CTX_init(ctx, t->store, cert_x509(presented->items[0]), untrusted) == 1);
	ASSERT(X509_STORE_CTX_set_ex_data(ctx, faults_index(), f) == 1);
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)wall_seconds(now));
	X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX_DEPTH - 2);
	(void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
	X509_STORE_CTX_set_verify_cb(ctx, note_fault);
	/* The callback lets everything pass; what it noted is what counts, and a hard failure counts as well. */
	if (X509_verify_cert(ctx) != 1 && !f->no_anchor && !f->signature && !f->not_ca && !f->ca_dates &&
	    !f->leaf_dates)
		f->no_anchor = true;
	return ctx;
}

static void path_of(STACK_OF(X509) * chain, const struct cert_list *presented, struct cert_list *ret)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		X509 *x = sk_X509_value(chain, i);
		AUTO(cert_free_cleanup)
		struct cert *made =
			x == cert_x509(presented->items[0]) ? cert_ref(presented->items[0]) : cert_of(x);
		if (made)
			cert_list_add(ret, made);
	}
}

void chain_judge(const struct trust *trust, const struct cert_list *presented, struct wall now,
		 enum chain_purpose purpose, struct chain_verdict *ret)
{
	struct chain_verdict v = { .reason = REASON_R504, .earliest_next_update = { INT64_MAX } };
	struct faults f = { 0 };
	*ret = v;
	if (presented->n == 0)
		return;
	STACK_OF(X509) *untrusted = sk_X509_new_null();
	for (size_t i = 1; i < presented->n && i < CHAIN_MAX_DEPTH; i++)
		ASSERT(sk_X509_push(untrusted, cert_x509(presented->items[i])) > 0);
	X509_STORE_CTX *ctx = verify(trust, presented, now, untrusted, &f);
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	AUTO_CERT_LIST path = { 0 };
	path_of(chain, presented, &path);
	if (f.no_anchor || path.n == 0 || !cert_list_has(&trust->anchors, path.items[path.n - 1])) {
		tell_no_anchor(presented, &v);
	} else {
		v.reason = REASON_NONE;
		v.anchored = !f.signature;
		v.depth = (int)path.n;
		set_not_after(&v, chain);
		(void)snprintf(v.anchor_sha256, sizeof(v.anchor_sha256), "%s",
			       cert_sha256(path.items[path.n - 1]));
		if (path.n > 1)
			(void)snprintf(v.issuer_public_key_sha256, sizeof(v.issuer_public_key_sha256), "%s",
				       cert_public_key_sha256(path.items[1]));
		judge_path(trust, &f, &path, now, purpose, &v);
	}
	X509_STORE_CTX_free(ctx);
	sk_X509_free(untrusted);
	ERR_clear_error();
	*ret = v;
}
