/* SPDX-License-Identifier: Apache-2.0
 * What all revocation lists together say of one certificate. */
#include "pki/chain/revocation.h"

#include "base/memory.h"

#include <stdatomic.h>
#include <stdio.h>

/* Most keys of which it is kept whether they signed a list; those of the anchors come first. */
#define PROOFS_MAX 256

/* Whether a key signed a list: checked once, for the list's size is its issuer's to choose. */
struct proof {
	struct proof *next;
	char key[CERT_SHA256_TEXT_SIZE];
	bool holds;
};

struct listed {
	struct crl *crl;
	_Atomic(struct proof *) proofs; /* only ever added to, at the front */
	atomic_uint n_proofs;
};

struct revocations {
	size_t n;
	struct listed lists[];
};

static const struct proof *find_proof(const struct listed *l, const char *key)
{
	const struct proof *p = atomic_load_explicit(&l->proofs, memory_order_acquire);
	while (p && strcmp(p->key, key) != 0) {
		p = p->next;
	}
	return p;
}

static void add_proof(struct listed *l, const char *key, bool holds)
{
	if (atomic_fetch_add(&l->n_proofs, 1) >= PROOFS_MAX) {
		atomic_fetch_sub(&l->n_proofs, 1);
		return;
	}
	struct proof *p = mem_alloc(sizeof(*p));
	(void)snprintf(p->key, sizeof(p->key), "%s", key);
	p->holds = holds;
	p->next = atomic_load(&l->proofs);
	while (!atomic_compare_exchange_weak(&l->proofs, &p->next, p))
		;
}

/* Whether the list speaks for issuer's name and key. */
static bool speaks_for(struct listed *l, const struct cert *issuer)
{
	if (!crl_is_named(l->crl, issuer)) {
		return false;
	}
	const char *key = cert_public_key_sha256(issuer);
	const struct proof *p = find_proof(l, key);
	if (p) {
		return p->holds;
	}
	bool holds = crl_verify(l->crl, issuer);
	add_proof(l, key, holds);
	return holds;
}

struct revocations *revocations_new(struct crl *const *lists, size_t n, const struct cert_list *known)
{
	struct revocations *set = mem_alloc(sizeof(*set) + n * sizeof(struct listed));
	set->n = n;
	for (size_t i = 0; i < n; i++) {
		struct listed *l = &set->lists[i];
		l->crl = crl_ref(lists[i]);
		atomic_init(&l->proofs, NULL);
		atomic_init(&l->n_proofs, 0);
		const struct cert *signer = crl_find_signer(l->crl, known);
		if (signer) {
			add_proof(l, cert_public_key_sha256(signer), true);
		}
	}
	return set;
}

void revocations_free(struct revocations *set)
{
	if (!set) {
		return;
	}
	for (size_t i = 0; i < set->n; i++) {
		struct proof *p = atomic_load(&set->lists[i].proofs);
		while (p) {
			struct proof *next = p->next;
			mem_free(p);
			p = next;
		}
		crl_free(set->lists[i].crl);
	}
	mem_free(set);
}

/* One question: the lists that speak for the issuer, in the order of the set, and whose serial number is
 * asked about. */
struct question {
	const struct crl **lists;
	bool *in_force;
	size_t n;
	struct wall now;
	const struct cert *c; /* asked about, or: */
	const struct crl *of; /* the list whose entry at is asked about */
	size_t at;
};

static void question_fini(struct question *q)
{
	mem_free(q->lists);
	mem_free(q->in_force);
}

static bool is_future(const struct question *q, const struct crl *l)
{
	return crl_this_update(l).us > q->now.us;
}

static const struct crl *find_replacing(const struct question *q, const struct crl *l)
{
	for (size_t i = 0; i < q->n; i++) {
		if (!is_future(q, q->lists[i]) && crl_replaces(q->lists[i], l)) {
			return q->lists[i];
		}
	}
	return NULL;
}

/* All lists but one (may be NULL) that speak for the issuer. */
static void question_init(struct question *q, struct revocations *set, const struct crl *but,
			  const struct cert *issuer, struct wall now)
{
	*q = (struct question){ .lists = mem_array(set->n + 1, sizeof(*q->lists)),
				.in_force = mem_array(set->n + 1, sizeof(bool)),
				.now = now };
	for (size_t i = 0; issuer && i < set->n; i++) {
		if (set->lists[i].crl != but && speaks_for(&set->lists[i], issuer)) {
			q->lists[q->n++] = set->lists[i].crl;
		}
	}
	for (size_t i = 0; i < q->n; i++) {
		q->in_force[i] = !find_replacing(q, q->lists[i]);
	}
}

static enum crl_entry find_entry(const struct question *q, const struct crl *l, struct wall *ret_since)
{
	return q->c ? crl_find(l, q->c, ret_since) : crl_find_entry(l, q->of, q->at);
}

/* Whether the delta counts on the complete list (NULL: on any that is there). */
static bool has_base(const struct question *q, const struct crl *delta, const struct crl *complete)
{
	for (size_t i = 0; i < q->n; i++) {
		if ((!complete || q->lists[i] == complete) && crl_applies(delta, q->lists[i])) {
			return true;
		}
	}
	return false;
}

/* Whether the hold that the list tells is undone by a delta:
 * on that very list, or newer than it where it is a delta itself. */
static bool is_lifted(const struct question *q, const struct crl *hold)
{
	bool delta = crl_facts(hold)->delta;
	for (size_t i = 0; i < q->n; i++) {
		const struct crl *l = q->lists[i];
		if (q->in_force[i] && !is_future(q, l) && find_entry(q, l, NULL) == CRL_ENTRY_REMOVED &&
		    has_base(q, l, delta ? NULL : hold) && (!delta || crl_is_later(l, hold))) {
			return true;
		}
	}
	return false;
}

static bool revokes(const struct question *q, const struct crl *l, enum crl_entry entry)
{
	return entry == CRL_ENTRY_REVOKED || (entry == CRL_ENTRY_HOLD && !is_lifted(q, l));
}

/* The order of evidence: latest first; the bytes decide between lists of one time. */
static bool goes_before(const struct crl *a, const struct crl *b)
{
	struct str x = crl_der(a), y = crl_der(b);
	if (crl_this_update(a).us != crl_this_update(b).us) {
		return crl_this_update(a).us > crl_this_update(b).us;
	}
	int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
	return order ? order < 0 : x.n < y.n;
}

/* Whether the list can say that a certificate which it does not name is good. */
static bool tells_good(const struct question *q, const struct crl *l)
{
	const struct crl_facts *f = crl_facts(l);
	return !f->unknown && !is_future(q, l) && crl_covers(l, q->c) && (!f->delta || has_base(q, l, NULL));
}

static void take(struct revocation *ret, const struct revocation *found)
{
	bool worse =
		found->status > ret->status || (found->status == ret->status && ret->hold && !found->hold);
	bool alike = found->status == ret->status && found->hold == ret->hold;
	if (worse || (alike && goes_before(found->list, ret->list))) {
		struct wall until = ret->until;
		*ret = *found;
		ret->until = until;
	}
}

static void limit(struct wall *until, struct wall t)
{
	if (t.us < until->us) {
		*until = t;
	}
}

static void ask(const struct question *q, const struct crl *l, struct revocation *ret)
{
	struct revocation found = { .list = l };
	enum crl_entry entry = find_entry(q, l, &found.since);
	struct wall next = crl_next_update(l);
	if (is_future(q, l)) {
		limit(&ret->until, crl_this_update(l));
	}
	if (revokes(q, l, entry)) {
		found.status = REVOCATION_REVOKED;
		found.hold = entry == CRL_ENTRY_HOLD;
		take(ret, &found);
	}
	if (!tells_good(q, l)) {
		return;
	}
	limit(&ret->until, next);
	found = (struct revocation){ .list = l, .status = REVOCATION_GOOD };
	if (q->now.us > next.us) {
		found.status = REVOCATION_STALE;
	}
	if (found.status == REVOCATION_STALE || !crl_facts(l)->delta) {
		take(ret, &found);
	}
}

void revocation_judge(struct revocations *set, const struct cert *c, const struct cert *issuer,
		      struct wall now, struct revocation *ret)
{
	AUTO(question_fini) struct question q = { 0 };
	*ret = (struct revocation){ .until = { INT64_MAX } };
	if (set->n == 0) {
		return;
	}
	question_init(&q, set, NULL, issuer, now);
	q.c = c;
	for (size_t i = 0; i < q.n; i++) {
		if (q.in_force[i]) {
			ask(&q, q.lists[i], ret);
		}
	}
}

const struct crl *revocation_replaced_by(struct revocations *set, const struct crl *list,
					 const struct cert *issuer, struct wall now)
{
	AUTO(question_fini) struct question q = { 0 };
	question_init(&q, set, list, issuer, now);
	return find_replacing(&q, list);
}

bool revocation_has_base(struct revocations *set, const struct crl *delta, const struct cert *issuer)
{
	AUTO(question_fini) struct question q = { 0 };
	question_init(&q, set, delta, issuer, (struct wall){ 0 });
	return has_base(&q, delta, NULL);
}

static bool is_revoked(struct question *q, const struct crl *of, size_t at)
{
	q->of = of;
	q->at = at;
	for (size_t i = 0; i < q->n; i++) {
		if (q->in_force[i] && revokes(q, q->lists[i], find_entry(q, q->lists[i], NULL))) {
			return true;
		}
	}
	return false;
}

void revocation_each_only_by(struct revocations *set, const struct crl *list, const struct cert *issuer,
			     struct wall now, revocation_fn fn, void *context)
{
	AUTO(question_fini) struct question with = { 0 };
	AUTO(question_fini) struct question without = { 0 };
	question_init(&with, set, NULL, issuer, now);
	question_init(&without, set, list, issuer, now);
	for (size_t i = 0; i < crl_count(list); i++) {
		AUTO_FREE char *serial = crl_revoked_serial(list, i);
		if (serial && (!issuer || is_revoked(&with, list, i)) && !is_revoked(&without, list, i)) {
			fn(context, serial);
		}
	}
}
