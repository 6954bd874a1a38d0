/* SPDX-License-Identifier: Apache-2.0
 * Depth first, over every certificate of the issuer's name. */
#include "pki/chain/path.h"

#include "base/memory.h"

#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

/* How well the issuer's key identifier fits: the same, one of them not given, another. */
static int identifier_rank(const struct cert *subject, const struct cert *issuer)
{
	const ASN1_OCTET_STRING *asked = X509_get0_authority_key_id(cert_x509(subject));
	const ASN1_OCTET_STRING *its = X509_get0_subject_key_id(cert_x509(issuer));
	return !asked || !its ? 1 : ASN1_OCTET_STRING_cmp(asked, its) == 0 ? 0 : 2;
}

struct candidate {
	const struct cert *cert;
	int rank;
	bool sent;
};

static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int64_t x_until = cert_not_after(x->cert).us, y_until = cert_not_after(y->cert).us;
	if (x->rank != y->rank) {
		return x->rank < y->rank ? -1 : 1;
	}
	if (x->sent != y->sent) {
		return x->sent ? 1 : -1;
	}
	if (x_until != y_until) {
		return x_until > y_until ? -1 : 1;
	}
	return memcmp(cert_sha256_bytes(x->cert), cert_sha256_bytes(y->cert), 32);
}

const struct cert **path_named(const struct path_search *s, struct str name, const struct cert *subject,
			       size_t *ret_n)
{
	size_t n = 0, n_anchors = 0;
	struct cert *const *anchors = trust_named(s->trust, name, &n_anchors);
	struct candidate *found = mem_array(n_anchors + s->n_sent + 1, sizeof(*found));
	for (size_t i = 0; i < n_anchors; i++) {
		found[n++] = (struct candidate){ .cert = anchors[i] };
	}
	for (size_t i = 0; i < s->n_sent; i++) {
		if (str_equal(cert_subject_name(s->sent[i]), name)) {
			found[n++] = (struct candidate){ s->sent[i], 0, true };
		}
	}
	for (size_t i = 0; i < n && subject; i++) {
		found[i].rank = identifier_rank(subject, found[i].cert);
	}
	if (n > 1) {
		qsort(found, n, sizeof(*found), compare);
	}
	const struct cert **ret = mem_array(n + 1, sizeof(struct cert *));
	for (size_t i = 0; i < n; i++) {
		ret[i] = found[i].cert;
	}
	mem_free(found);
	*ret_n = n;
	return ret;
}

static bool same_key(const struct cert *a, const struct cert *b)
{
	return a == b || strcmp(cert_public_key_sha256(a), cert_public_key_sha256(b)) == 0;
}

/* A key of another kind than the signature's cannot have made it; to see that costs nothing. */
static bool kinds_fit(const struct cert *subject, const struct cert *issuer)
{
	int kind = NID_undef;
	const EVP_PKEY *key = X509_get0_pubkey(cert_x509(issuer));
	if (!key || !OBJ_find_sigid_algs(X509_get_signature_nid(cert_x509(subject)), NULL, &kind)) {
		return key != NULL;
	}
	int its = EVP_PKEY_get_base_id(key);
	return kind == NID_X9_62_id_ecPublicKey ? its == EVP_PKEY_EC
	       : kind == NID_rsaEncryption      ? its == EVP_PKEY_RSA || its == EVP_PKEY_RSA_PSS
						: true;
}

enum path_signature path_check(struct path_search *s, const struct cert *subject, const struct cert *issuer)
{
	for (size_t i = 0; i < s->n_checks; i++) {
		if (s->checks[i].subject == subject && same_key(s->checks[i].issuer, issuer)) {
			return s->checks[i].good ? PATH_SIGNED : PATH_NOT_SIGNED;
		}
	}
	if (!kinds_fit(subject, issuer)) {
		return PATH_NOT_SIGNED;
	}
	if (EVP_PKEY_get_bits(X509_get0_pubkey(cert_x509(issuer))) > CERT_KEY_MAX_BITS) {
		return PATH_TOO_LARGE;
	}
	if (s->n_checks == PATH_MAX_CHECKS) {
		return PATH_NO_MORE;
	}
	bool good = cert_signed(issuer, subject);
	s->checks[s->n_checks].subject = subject;
	s->checks[s->n_checks].issuer = issuer;
	s->checks[s->n_checks++].good = good;
	return good ? PATH_SIGNED : PATH_NOT_SIGNED;
}

static bool on_path(const struct path *path, const struct cert *c)
{
	for (size_t i = 0; i < path->n; i++) {
		const struct cert *at = path->certs[i];
		bool same_ca =
			i > 0 && same_key(at, c) && str_equal(cert_subject_name(at), cert_subject_name(c));
		if (same_ca || cert_equal(at, c)) {
			return true;
		}
	}
	return false;
}

/* The deepest end is the one to tell of; of two the one whose fingerprint is smaller. */
static void note_end(struct path_search *s, const struct path_end *end)
{
	const struct path_end *known = &s->end;
	if (!known->at || end->depth > known->depth ||
	    (end->depth == known->depth &&
	     memcmp(cert_sha256_bytes(end->at), cert_sha256_bytes(known->at), 32) < 0)) {
		s->end = *end;
	}
}

static bool step(struct path_search *s);

static bool go_over(struct path_search *s, const struct cert *issuer)
{
	s->path.certs[s->path.n++] = issuer;
	bool done = step(s);
	s->path.n--;
	return done;
}

static void note_failed(struct path_end *end, const struct cert *issuer, enum path_signature signature)
{
	int rank = identifier_rank(end->at, issuer);
	end->candidates++;
	end->other_key += rank == 2;
	if (signature == PATH_NO_MORE) {
		end->untried++;
	} else if (signature == PATH_TOO_LARGE && !end->too_large) {
		end->too_large = issuer;
	} else if (signature == PATH_NOT_SIGNED && rank == 0 && !end->bad) {
		end->bad = issuer;
	}
}

/* Try the candidates in turn. Returns whether the visitor has seen enough. */
static bool try_all(struct path_search *s, const struct cert *const *candidates, size_t n)
{
	struct path_end end = { .at = s->path.certs[s->path.n - 1], .depth = s->path.n };
	const struct cert *signer = NULL;
	for (size_t i = 0; i < n; i++) {
		if (on_path(&s->path, candidates[i]) || (signer && !same_key(signer, candidates[i]))) {
			continue;
		}
		enum path_signature signature = path_check(s, end.at, candidates[i]);
		if (signature != PATH_SIGNED) {
			note_failed(&end, candidates[i], signature);
			continue;
		}
		signer = candidates[i];
		if (go_over(s, candidates[i])) {
			return true;
		}
	}
	if (!signer) {
		note_end(s, &end);
	}
	if (!signer && end.untried && !s->limit.at) {
		s->limit = end;
	}
	return false;
}

/* Go on from the end of the path, where it has not arrived. */
static bool step(struct path_search *s)
{
	const struct cert *at = s->path.certs[s->path.n - 1];
	if (trust_has(s->trust, at)) {
		return s->visit(s->context, &s->path);
	}
	size_t n = 0;
	const struct cert **candidates = path_named(s, cert_issuer_name(at), at, &n);
	bool done = false;
	if (s->path.n < CHAIN_MAX_DEPTH) {
		done = try_all(s, candidates, n);
	} else if (n && !cert_is_self_issued(at)) {
		s->deepest = at;
	} else {
		note_end(s, &(struct path_end){ .at = at, .depth = s->path.n });
	}
	mem_free(candidates);
	return done;
}

static bool is_known(const struct path_search *s, const struct cert *c)
{
	for (size_t i = 0; i < s->n_sent; i++) {
		if (cert_equal(s->sent[i], c)) {
			return true;
		}
	}
	return cert_equal(s->path.certs[0], c) || trust_has(s->trust, c);
}

void path_search(struct path_search *s, const struct trust *trust, const struct cert_list *sent, size_t n,
		 bool (*visit)(void *context, const struct path *path), void *context)
{
	*s = (struct path_search){ .trust = trust, .visit = visit, .context = context };
	s->path = (struct path){ .certs = { sent->items[0] }, .n = 1 };
	for (size_t i = 1; i < n; i++) {
		if (!is_known(s, sent->items[i])) {
			s->sent[s->n_sent++] = sent->items[i];
		}
	}
	(void)step(s);
}
