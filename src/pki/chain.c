/* SPDX-License-Identifier: Apache-2.0
 * Judging chains: OpenSSL builds and checks the path, every fault is noted, the first in our order is told. */
#include "pki/chain.h"

#include "base/memory.h"
#include "pki/name.h"
#include "pki/revocation.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>

struct trust {
	atomic_int owners;
	X509_STORE *store;
	struct cert_list anchors;
	struct revocations *lists;
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
	t->lists = revocations_new(crls, n_crls, &t->anchors);
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
	revocations_free(t->lists);
	mem_free(t);
}

size_t trust_count(const struct trust *t)
{
	return t->anchors.n;
}

const struct cert_list *trust_anchors(const struct trust *t)
{
	return &t->anchors;
}

/* What OpenSSL found wrong, the worst of each kind; the certificates live as long as the context. */
struct faults {
	bool no_anchor, signature, not_ca, ca_dates, leaf_dates;
	X509 *at_signature, *at_not_ca, *at_ca_dates;
	int signature_error;
};

static void note_first(bool *kind, X509 **at_kind, X509 *at)
{
	if (!*kind)
		*at_kind = at;
	*kind = true;
}

/* Note the fault and go on, so that all are known. Going on never makes a chain good: the notes decide. */
static int note_fault(int ok, X509_STORE_CTX *ctx)
{
	struct faults *f = X509_STORE_CTX_get_app_data(ctx);
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
	case X509_V_ERR_CERT_CHAIN_TOO_LONG: f->no_anchor = true; break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		if (X509_STORE_CTX_get_error_depth(ctx) == 0)
			f->leaf_dates = true;
		else
			note_first(&f->ca_dates, &f->at_ca_dates, at);
		break;
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_INVALID_NON_CA:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN: note_first(&f->not_ca, &f->at_not_ca, at); break;
	default:
		if (!f->signature)
			f->signature_error = error;
		note_first(&f->signature, &f->at_signature, at);
	}
	return 1;
}

static void set_text(char out[256], const char *text)
{
	(void)snprintf(out, 256, "%s", text);
}

static void set_subject(struct chain_verdict *v, X509 *x)
{
	AUTO_FREE char *text = x ? name_format(X509_get_subject_name(x)) : NULL;
	if (text)
		set_text(v->at_subject, text);
}

static void at_cert(struct chain_verdict *v, const struct cert *c)
{
	set_text(v->at_subject, cert_subject(c));
}

static void detail(struct chain_verdict *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void detail(struct chain_verdict *v, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(v->detail, sizeof(v->detail), fmt, ap);
	va_end(ap);
}

static void tell_signature(struct chain_verdict *v, int error, X509 *at)
{
	v->reason = REASON_K209;
	set_subject(v, at);
	detail(v, "%.200s.", X509_verify_cert_error_string(error));
}

static void tell_dates(const struct cert *c, struct wall now, struct chain_verdict *v)
{
	char when[WALL_TEXT_SIZE];
	bool early = now.us < cert_not_before(c).us;
	at_cert(v, c);
	detail(v, early ? "It is not valid before %s." : "It expired at %s.",
	       wall_format(early ? cert_not_before(c) : cert_not_after(c), when));
}

static void judge_revocation(const struct trust *t, const struct cert *c, const struct cert *issuer,
			     struct wall now, struct chain_verdict *v)
{
	char when[WALL_TEXT_SIZE];
	struct revocation r;
	revocation_judge(t->lists, c, issuer, now, &r);
	if (r.until.us < v->earliest_next_update.us)
		v->earliest_next_update = r.until;
	if (r.status == REVOCATION_REVOKED) {
		v->reason = REASON_K207;
		at_cert(v, c);
		detail(v, "The list of %s names it.", wall_format(crl_this_update(r.list), when));
	} else if (r.status == REVOCATION_STALE && t->stale == CRL_STALE_REFUSE && v->reason == REASON_NONE) {
		v->reason = REASON_K208;
		at_cert(v, c);
		detail(v, "The list of %.160s was due for renewal at %s.", crl_issuer(r.list),
		       wall_format(crl_next_update(r.list), when));
	}
}

static void judge_revocations(const struct trust *t, const struct cert_list *path, struct wall now,
			      struct chain_verdict *v)
{
	const struct cert *end = path->items[path->n - 1];
	for (size_t i = 0; i + 1 < path->n && v->reason != REASON_K207; i++)
		judge_revocation(t, path->items[i], path->items[i + 1], now, v);
	/* An anchor that is no root ends the path; another anchor may have issued it, and revoked it since. */
	for (size_t i = 0; i < t->anchors.n && v->reason != REASON_K207; i++)
		if (!cert_is_self_signed(end) && cert_issued(t->anchors.items[i], end))
			judge_revocation(t, end, t->anchors.items[i], now, v);
}

/* Whether key usage and extended key usages allow the purpose; why not is told. A CA's extended usages bind what it issues. */
static bool may(const struct cert_list *path, enum chain_purpose purpose, struct chain_verdict *v)
{
	bool client = purpose == CHAIN_CLIENT;
	uint32_t needed = KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT | (client ? 0u : KU_KEY_ENCIPHERMENT);
	for (size_t i = 0; i < path->n && purpose != CHAIN_ANY; i++) {
		const struct cert *c = path->items[i];
		const char *usage = client ? "clientAuth" : "serverAuth";
		at_cert(v, c);
		if (!(client ? cert_may_client_auth(c) : cert_may_server_auth(c))) {
			detail(v, "The extended key usages of the %s lack %s.",
			       i == 0 ? "certificate" : "CA certificate that issued it", usage);
			return false;
		}
		/* All bits are set where there is no key usage. */
		if (i == 0 && !cert_is_ca(c) && !(X509_get_key_usage(cert_x509(c)) & needed)) {
			detail(v, "The key usage lacks digitalSignature.");
			return false;
		}
	}
	v->at_subject[0] = '\0';
	return true;
}

static void judge_path(const struct trust *t, const struct faults *f, const struct cert_list *path,
		       struct cert *at_ca_dates, struct wall now, enum chain_purpose purpose,
		       struct chain_verdict *v)
{
	const struct cert *leaf = path->items[0];
	if (f->signature) {
		tell_signature(v, f->signature_error, f->at_signature);
	} else if (f->not_ca) {
		v->reason = REASON_K204;
		set_subject(v, f->at_not_ca);
	} else if (f->leaf_dates) {
		v->reason = REASON_P109;
		tell_dates(leaf, now, v);
	} else if (f->ca_dates) {
		v->reason = REASON_K203;
		if (at_ca_dates)
			tell_dates(at_ca_dates, now, v);
	} else if (!may(path, purpose, v)) {
		v->reason = REASON_P108;
	} else if (purpose != CHAIN_ANY && cert_is_ca(leaf)) {
		v->reason = REASON_P112;
		at_cert(v, leaf);
	} else {
		judge_revocations(t, path, now, v);
	}
}

/* The case: what is judged, and what its judging needs. */
struct hearing {
	const struct trust *trust;
	const struct cert_list *presented;
	size_t n; /* of presented that are looked at */
	struct wall now;
	enum chain_purpose purpose;
};

/* Let OpenSSL build and check a path of candidates to the trusted ones (NULL: all anchors); notes in f. */
static X509_STORE_CTX *verify(const struct hearing *h, STACK_OF(X509) * candidates, STACK_OF(X509) * trusted,
			      struct faults *f)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	ASSERT(ctx &&
	       X509_STORE_CTX_init(ctx, h->trust->store, cert_x509(h->presented->items[0]), candidates) == 1);
	ASSERT(X509_STORE_CTX_set_app_data(ctx, f) == 1);
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)wall_seconds(h->now));
	X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX_DEPTH - 2);
	/* Level 1 of OpenSSL 3: 80 bits of strength, neither MD5 nor SHA-1. */
	X509_VERIFY_PARAM_set_auth_level(param, 1);
	(void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
	if (trusted)
		X509_STORE_CTX_set0_trusted_stack(ctx, trusted);
	X509_STORE_CTX_set_verify_cb(ctx, note_fault);
	/* The callback lets everything pass; what it noted is what counts, and a hard failure counts as well. */
	if (X509_verify_cert(ctx) != 1 && !f->signature && !f->not_ca && !f->ca_dates && !f->leaf_dates)
		f->no_anchor = true;
	return ctx;
}

static struct cert *find_cert(const struct cert_list *list, size_t n, const X509 *x)
{
	for (size_t i = 0; i < n; i++)
		if (cert_x509(list->items[i]) == x)
			return list->items[i];
	return NULL;
}

static struct cert *cert_of(const struct hearing *h, const X509 *x)
{
	struct cert *c = find_cert(&h->trust->anchors, h->trust->anchors.n, x);
	return c ? c : find_cert(h->presented, h->n, x);
}

/* The path as certificates; false unless it ends in an anchor, byte for byte. */
static bool read_path(const struct hearing *h, X509_STORE_CTX *ctx, struct cert_list *ret)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	for (int i = 0; i < sk_X509_num(chain); i++) {
		struct cert *c = cert_of(h, sk_X509_value(chain, i));
		if (!c)
			return false;
		cert_list_add(ret, c);
	}
	return ret->n > 0 && cert_list_has(&h->trust->anchors, ret->items[ret->n - 1]);
}

/* Which of the presented certificates the path goes over; a root that was sent along counts where it is the anchor. */
static uint16_t path_mask(const struct hearing *h, const struct cert_list *path)
{
	uint16_t mask = 0;
	for (size_t i = 0; i < h->n; i++)
		if (cert_list_has(path, h->presented->items[i]))
			mask = (uint16_t)(mask | 1u << i);
	return mask;
}

static bool judge_anchored(const struct hearing *h, const struct faults *f, X509_STORE_CTX *ctx,
			   struct chain_verdict *v)
{
	AUTO_CERT_LIST path = { 0 };
	if (f->no_anchor || !read_path(h, ctx, &path))
		return false;
	v->reason = REASON_NONE;
	v->anchored = !f->signature && !f->not_ca;
	v->depth = (int)path.n;
	v->path = path_mask(h, &path);
	v->earliest_not_after.us = INT64_MAX;
	for (size_t i = 0; i < path.n; i++)
		if (cert_not_after(path.items[i]).us < v->earliest_not_after.us)
			v->earliest_not_after = cert_not_after(path.items[i]);
	(void)snprintf(v->anchor_sha256, sizeof(v->anchor_sha256), "%s", cert_sha256(path.items[path.n - 1]));
	if (path.n > 1)
		(void)snprintf(v->issuer_public_key_sha256, sizeof(v->issuer_public_key_sha256), "%s",
			       cert_public_key_sha256(path.items[1]));
	judge_path(h->trust, f, &path, cert_of(h, f->at_ca_dates), h->now, h->purpose, v);
	return true;
}

/* A way by signatures alone, leaf first; reached is the deepest certificate that was come by. */
struct way {
	struct cert *steps[CHAIN_MAX_DEPTH];
	size_t n;
	bool tried[CHAIN_MAX_DEPTH];
	struct cert *reached;
	size_t reached_n;
};

/* Go on from the last step, to an anchor where there is one. Each presented certificate is stepped on once at most. */
static bool find_way(const struct hearing *h, struct way *w)
{
	const struct cert *at = w->steps[w->n - 1];
	if (w->n > w->reached_n) {
		w->reached = w->steps[w->n - 1];
		w->reached_n = w->n;
	}
	if (w->n == CHAIN_MAX_DEPTH)
		return false;
	for (size_t i = 0; i < h->trust->anchors.n; i++) {
		if (cert_issued(h->trust->anchors.items[i], at)) {
			w->steps[w->n++] = h->trust->anchors.items[i];
			return true;
		}
	}
	for (size_t i = 1; i < h->n; i++) {
		if (w->tried[i] || !cert_issued(h->presented->items[i], at))
			continue;
		w->tried[i] = true;
		w->steps[w->n++] = h->presented->items[i];
		if (find_way(h, w))
			return true;
		w->n--;
	}
	return false;
}

/* K201 when the root is what is missing, K202 when an intermediate is. */
static void tell_no_anchor(const struct hearing *h, const struct way *w, struct chain_verdict *v)
{
	const struct cert *last = h->presented->items[h->presented->n - 1];
	/* A root that was sent and is an anchor is not what is missing. */
	bool root_missing = (cert_is_ca(last) || cert_is_self_signed(last)) &&
			    !(h->presented->n > 1 && cert_list_has(&h->trust->anchors, last));
	v->reason = root_missing ? REASON_K201 : REASON_K202;
	at_cert(v, w->reached);
	set_text(v->missing_issuer, cert_issuer(w->reached));
	if (cert_is_self_signed(w->reached))
		detail(v, "The certificate %.160s is self-signed and not in the keystore.",
		       cert_subject(w->reached));
	else
		detail(v, "The issuer %.160s was neither sent nor is it in the keystore.",
		       cert_issuer(w->reached));
}

/* There is a way, but OpenSSL does not go it: an issuer that may not sign, else something that is not counted here. */
static void tell_blocked(const struct way *w, struct chain_verdict *v)
{
	v->reason = REASON_K209;
	at_cert(v, w->steps[0]);
	for (size_t i = 1; i < w->n; i++) {
		const struct cert *c = w->steps[i];
		if (!cert_is_ca(c) || !(X509_get_key_usage(cert_x509(c)) & KU_KEY_CERT_SIGN)) {
			v->reason = REASON_K204;
			at_cert(v, c);
			detail(v, cert_is_ca(c) ? "Its key usage lacks keyCertSign."
						: "It is no CA certificate.");
			return;
		}
	}
	detail(v, "The certificate and its issuer do not fit together.");
}

static void push(STACK_OF(X509) * stack, const struct cert *c)
{
	ASSERT(sk_X509_push(stack, cert_x509(c)) > 0);
}

/*
 * OpenSSL goes by names and takes the first issuer that fits. Where that led nowhere, go by signatures, which tells CAs of
 * the same name apart, and let it judge that very way.
 */
static void judge_by_signatures(const struct hearing *h, const struct faults *first, struct chain_verdict *v)
{
	struct way w = { .steps = { h->presented->items[0] }, .n = 1 };
	if (!find_way(h, &w)) {
		/* Named like one of ours and signed by none: altered, unless the peer's own root proves another house. */
		if (first->signature && !cert_is_self_signed(w.reached))
			tell_signature(v, first->signature_error, first->at_signature);
		else
			tell_no_anchor(h, &w, v);
		return;
	}
	struct faults f = { 0 };
	STACK_OF(X509) *between = sk_X509_new_null();
	STACK_OF(X509) *anchor = sk_X509_new_null();
	for (size_t i = 1; i + 1 < w.n; i++)
		push(between, w.steps[i]);
	push(anchor, w.steps[w.n - 1]);
	X509_STORE_CTX *ctx = verify(h, between, anchor, &f);
	if (!judge_anchored(h, &f, ctx, v))
		tell_blocked(&w, v);
	X509_STORE_CTX_free(ctx);
	sk_X509_free(between);
	sk_X509_free(anchor);
}

static size_t looked_at(const struct cert_list *presented)
{
	size_t bytes = 0;
	size_t n = 0;
	while (n < presented->n && n < CHAIN_MAX_DEPTH) {
		bytes += cert_der(presented->items[n]).n;
		if (n > 0 && bytes > CHAIN_MAX_BYTES)
			break;
		n++;
	}
	return n;
}

void chain_judge(const struct trust *trust, const struct cert_list *presented, struct wall now,
		 enum chain_purpose purpose, struct chain_verdict *ret)
{
	struct chain_verdict v = { .reason = REASON_R504, .earliest_next_update = { INT64_MAX } };
	struct hearing h = { trust, presented, looked_at(presented), now, purpose };
	struct faults f = { 0 };
	*ret = v;
	if (presented->n == 0)
		return;
	STACK_OF(X509) *candidates = sk_X509_new_null();
	for (size_t i = 1; i < h.n; i++)
		push(candidates, presented->items[i]);
	X509_STORE_CTX *ctx = verify(&h, candidates, NULL, &f);
	bool misled = f.signature_error == X509_V_ERR_CERT_SIGNATURE_FAILURE;
	if (misled || !judge_anchored(&h, &f, ctx, &v))
		judge_by_signatures(&h, &f, &v);
	X509_STORE_CTX_free(ctx);
	sk_X509_free(candidates);
	ERR_clear_error();
	*ret = v;
}
