/* SPDX-License-Identifier: Apache-2.0
 * Judging chains: every path is judged, the first without a fault is the verdict, else the best one's fault
 * is told. */
#include "pki/chain/chain.h"

#include "base/memory.h"
#include "pki/chain/fault.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>

/* The case: what is judged, and the best path so far. */
struct hearing {
	struct path_search search;
	struct fault_question question;
	const struct cert_list *presented;
	size_t n;            /* of presented that are looked at */
	size_t least_faults; /* the leaf's own, which every path has */
	struct path best;    /* n 0: no path was found */
	struct faults faults;
};

static void set_text(char out[256], const char *text)
{
	(void)snprintf(out, 256, "%s", text);
}

static void tell(struct chain_verdict *v, enum reason reason, const struct cert *at, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
static void tell(struct chain_verdict *v, enum reason reason, const struct cert *at, const char *fmt, ...)
{
	v->reason = reason;
	set_text(v->at_subject, cert_subject(at));
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(v->detail, sizeof(v->detail), fmt, ap);
	va_end(ap);
}

/* Keep the better of two paths; done when none can be better. */
static bool judge_path(void *context, const struct path *path)
{
	struct hearing *h = context;
	struct faults f;
	fault_judge(&h->question, path, &f);
	bool better =
		h->best.n == 0 || f.n < h->faults.n || (f.n == h->faults.n && f.reason < h->faults.reason);
	if (better) {
		h->best = *path;
		h->faults = f;
	}
	return h->faults.n <= h->least_faults;
}

static bool path_has(const struct path *path, const struct cert *c)
{
	for (size_t i = 0; i < path->n; i++) {
		if (cert_equal(path->certs[i], c)) {
			return true;
		}
	}
	return false;
}

/* Which of the presented certificates the path goes over;
 * a root that was sent along counts where it is the anchor. */
static uint16_t path_mask(const struct hearing *h)
{
	uint16_t mask = 0;
	for (size_t i = 0; i < h->n; i++) {
		if (path_has(&h->best, h->presented->items[i])) {
			mask = (uint16_t)(mask | 1u << i);
		}
	}
	return mask;
}

static void describe_path(const struct hearing *h, struct chain_verdict *v)
{
	const struct path *path = &h->best;
	v->anchored = !h->faults.constraint;
	v->depth = (int)path->n;
	v->path = path_mask(h);
	v->earliest_not_after.us = INT64_MAX;
	for (size_t i = 0; i < path->n; i++) {
		if (cert_not_after(path->certs[i]).us < v->earliest_not_after.us) {
			v->earliest_not_after = cert_not_after(path->certs[i]);
		}
	}
	v->earliest_next_update = h->faults.next_change;
	(void)snprintf(v->anchor_sha256, sizeof(v->anchor_sha256), "%s",
		       cert_sha256(path->certs[path->n - 1]));
	if (path->n > 1) {
		(void)snprintf(v->issuer_public_key_sha256, sizeof(v->issuer_public_key_sha256), "%s",
			       cert_public_key_sha256(path->certs[1]));
	}
}

/* Whether other is a second certificate of a CA on the path, and revoked. */
static bool is_revoked_twin(struct hearing *h, const struct cert *ca, const struct cert *other)
{
	struct revocation r;
	return !cert_equal(ca, other) &&
	       strcmp(cert_public_key_sha256(ca), cert_public_key_sha256(other)) == 0 &&
	       fault_revocation(&h->search, other, h->question.now, &r) && r.status == REVOCATION_REVOKED;
}

/* A revoked CA certificate, and another one of its key carries the call:
 * good, but the operator should know. */
static void tell_twin(struct hearing *h, struct chain_verdict *v)
{
	for (size_t i = 1; i < h->best.n && h->search.trust->has_lists; i++) {
		size_t n = 0;
		const struct cert *ca = h->best.certs[i];
		const struct cert **named = path_named(&h->search, cert_subject_name(ca), NULL, &n);
		for (size_t k = 0; k < n && !v->detail[0]; k++) {
			if (is_revoked_twin(h, ca, named[k])) {
				v->note = REASON_K219;
				tell(v, REASON_NONE, named[k],
				     "The CA certificate with the serial number %.60s is revoked; another "
				     "one of its key "
				     "carries the chain: serial number %.60s.",
				     cert_serial(named[k]), cert_serial(ca));
			}
		}
		mem_free(named);
	}
}

/* As cert_is_self_signed(), within the limit of work. */
static bool is_self_signed(struct hearing *h, const struct cert *c)
{
	return cert_is_self_issued(c) && path_check(&h->search, c, c) == PATH_SIGNED;
}

/* K201 when the root is what is missing, K202 when an intermediate is. */
static void tell_no_anchor(struct hearing *h, struct chain_verdict *v)
{
	bool sent_ca = false, sent_anchor = false;
	const struct cert *at = h->search.end.at;
	for (size_t i = 0; i < h->n; i++) {
		const struct cert *c = h->presented->items[i];
		sent_ca |= cert_is_ca(c) || cert_is_self_issued(c);
		sent_anchor |= trust_has(h->search.trust, c);
	}
	/* A root that was sent and is an anchor is not what is missing. */
	enum reason reason = sent_ca && !sent_anchor ? REASON_K201 : REASON_K202;
	set_text(v->missing_issuer, cert_issuer(at));
	if (is_self_signed(h, at)) {
		tell(v, reason, at, "The certificate %.160s is self-signed and not in the keystore.",
		     cert_subject(at));
	} else {
		tell(v, reason, at, "The issuer %.160s was neither sent nor is it in the keystore.",
		     cert_issuer(at));
	}
}

static const char *key_id(const ASN1_OCTET_STRING *id, char out[64])
{
	size_t used = 0;
	const unsigned char *bytes = id ? ASN1_STRING_get0_data(id) : NULL;
	out[0] = '\0';
	for (int i = 0; id && i < ASN1_STRING_length(id) && i < 20; i++) {
		used += (size_t)snprintf(out + used, 64 - used, "%02X", bytes[i]);
	}
	return out;
}

/* There are certificates of the issuer's name, but none of them signed. */
static void tell_not_signed(const struct path_end *end, struct chain_verdict *v)
{
	char id[64], tried[64] = "";
	set_text(v->missing_issuer, cert_issuer(end->at));
	if (end->untried) {
		(void)snprintf(tried, sizeof(tried), " Only %zu of %zu were tried.",
			       end->candidates - end->untried, end->candidates);
	}
	if (end->too_large) {
		tell(v, REASON_K216, end->too_large,
		     "Its key (%s) is not used to check signatures; %d bits are the most.",
		     cert_key_text(end->too_large), CERT_KEY_MAX_BITS);
	} else if (end->other_key == end->candidates) {
		tell(v, REASON_K212, end->at,
		     "It was signed with the key %s of %.100s, which no certificate of that name has.%s",
		     key_id(X509_get0_authority_key_id(cert_x509(end->at)), id), cert_issuer(end->at), tried);
	} else if (end->untried && !end->bad) {
		tell(v, REASON_K215, end->at,
		     "%zu certificates are named %.100s; the signature was checked with %zu of them.",
		     end->candidates, cert_issuer(end->at), end->candidates - end->untried);
	} else if (!X509_get_signature_info(cert_x509(end->at), NULL, NULL, NULL, NULL)) {
		tell(v, REASON_K211, end->at, "Its signature algorithm is not supported: %s.",
		     cert_signature_text(end->at));
	} else {
		tell(v, REASON_K209, end->at, "The key of %.160s did not sign it.%s", cert_issuer(end->at),
		     tried);
	}
}

/* No path was found. A peer's own root proves another house, whatever it is named like. */
static void tell_no_path(struct hearing *h, struct chain_verdict *v)
{
	const struct path_search *s = &h->search;
	const struct cert *leaf = h->presented->items[0];
	if (s->limit.at) {
		tell_not_signed(&s->limit, v);
	} else if (s->deepest) {
		tell(v, REASON_K218, s->deepest, "%d certificates lead to it, and it was issued by %.160s.",
		     CHAIN_MAX_DEPTH, cert_issuer(s->deepest));
	} else if (h->n < h->presented->n) {
		tell(v, REASON_K218, leaf,
		     "%zu certificates were sent; looked at are %d, and %zu bytes of them.", h->presented->n,
		     CHAIN_MAX_DEPTH, CHAIN_MAX_BYTES);
	} else if (s->end.candidates && !is_self_signed(h, s->end.at)) {
		tell_not_signed(&s->end, v);
	} else {
		tell_no_anchor(h, v);
	}
}

static size_t looked_at(const struct cert_list *presented)
{
	size_t bytes = 0;
	size_t n = 0;
	while (n < presented->n && n < CHAIN_MAX_DEPTH) {
		bytes += cert_der(presented->items[n]).n;
		if (n > 0 && bytes > CHAIN_MAX_BYTES) {
			break;
		}
		n++;
	}
	return n;
}

void chain_judge(const struct trust *trust, const struct cert_list *presented, struct wall now,
		 enum chain_purpose purpose, struct chain_verdict *ret)
{
	struct chain_verdict v = { .reason = REASON_R504, .earliest_next_update = { INT64_MAX } };
	struct hearing h = { .presented = presented, .n = looked_at(presented) };
	*ret = v;
	if (presented->n == 0) {
		return;
	}
	h.search.trust = trust;
	h.question = (struct fault_question){ &h.search, now, purpose };
	h.least_faults = fault_count_leaf(&h.question, presented->items[0]);
	path_search(&h.search, trust, presented, h.n, judge_path, &h);
	v.reason = h.faults.reason;
	if (h.best.n) {
		describe_path(&h, &v);
	}
	if (h.best.n == 0) {
		tell_no_path(&h, &v);
	} else if (h.faults.n) {
		tell(&v, h.faults.reason, h.faults.at, "%s", h.faults.detail);
	} else {
		tell_twin(&h, &v);
	}
	ERR_clear_error();
	*ret = v;
}
