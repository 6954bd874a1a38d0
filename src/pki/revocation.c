/* SPDX-License-Identifier: Apache-2.0
 * What all revocation lists together say of one certificate. */
#include "pki/revocation.h"

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
	while (p && strcmp(p->key, key) != 0)
		p = p->next;
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
	if (!crl_is_named(l->crl, issuer))
		return false;
	const char *key = cert_public_key_sha256(issuer);
	const struct proof *p = find_proof(l, key);
	if (p)
		return p->holds;
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
		for (size_t k = 0; k < known->n; k++)
			if (speaks_for(l, known->items[k]))
				break;
	}
	return set;
}

void revocations_free(struct revocations *set)
{
	if (!set)
		return;
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

/* One question: the lists that speak for the issuer, in the order of the set. */
struct question {
	const struct crl **lists;
	size_t n;
	const struct cert *c;
	struct wall now;
};

static bool is_future(const struct question *q, const struct crl *l)
{
	return crl_this_update(l).us > q->now.us;
}

static bool is_in_force(const struct question *q, const struct crl *l)
{
	for (size_t i = 0; i < q->n; i++)
		if (!is_future(q, q->lists[i]) && crl_replaces(q->lists[i], l))
			return false;
	return true;
}

/* Whether the delta counts on the complete list (NULL: on any that is there). */
static bool has_base(const struct question *q, const struct crl *delta, const struct crl *complete)
{
	for (size_t i = 0; i < q->n; i++)
		if ((!complete || q->lists[i] == complete) && crl_applies(delta, q->lists[i]))
			return true;
	return false;
}

/* Whether the hold that the list tells is undone by a delta: on that very list, or newer than it where it is a delta itself. */
static bool is_lifted(const struct question *q, const struct crl *hold)
{
	bool delta = crl_facts(hold)->delta;
	for (size_t i = 0; i < q->n; i++) {
		const struct crl *l = q->lists[i];
		if (crl_find(l, q->c, NULL) == CRL_ENTRY_REMOVED && !is_future(q, l) && is_in_force(q, l) &&
		    has_base(q, l, delta ? NULL : hold) && (!delta || crl_is_later(l, hold)))
			return true;
	}
	return false;
}

/* The order of evidence: latest first; the bytes decide between lists of one time. */
static bool goes_before(const struct crl *a, const struct crl *b)
{
	struct str x = crl_der(a), y = crl_der(b);
	if (crl_this_update(a).us != crl_this_update(b).us)
		return crl_this_update(a).us > crl_this_update(b).us;
	int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
	return order ? order < 0 : x.n < y.n;
}

/* Whether the list can say that a certificate which it does not name is good. */
static bool tells_good(const struct question *q, const struct crl *l)
{
	const struct crl_facts *f = crl_facts(l);
	return !f->unknown && !is_future(q, l) && crl_covers(l, q->c) && (!f->delta || has_base(q, l, NULL));
}

static void take(struct revocation *ret, enum revocation_status status, const struct crl *l,
		 struct wall since, bool hold)
{
	bool worse = status > ret->status || (status == ret->status && ret->hold && !hold);
	bool alike = status == ret->status && hold == ret->hold;
	if (!worse && !(alike && goes_before(l, ret->list)))
		return;
	ret->status = status;
	ret->list = l;
	ret->since = since;
	ret->hold = hold;
}

static void limit(struct wall *until, struct wall t)
{
	if (t.us < until->us)
		*until = t;
}

static void ask(const struct question *q, const struct crl *l, struct revocation *ret)
{
	const struct wall never = { 0 };
	struct wall since = { 0 };
	enum crl_entry entry = crl_find(l, q->c, &since);
	struct wall next = crl_next_update(l);
	if (is_future(q, l))
		limit(&ret->until, crl_this_update(l));
	if (entry == CRL_ENTRY_REVOKED || (entry == CRL_ENTRY_HOLD && !is_lifted(q, l)))
		take(ret, REVOCATION_REVOKED, l, since, entry == CRL_ENTRY_HOLD);
	if (!tells_good(q, l))
		return;
	limit(&ret->until, next);
	if (q->now.us > next.us)
		take(ret, REVOCATION_STALE, l, never, false);
	else if (!crl_facts(l)->delta)
		take(ret, REVOCATION_GOOD, l, never, false);
}

void revocation_judge(struct revocations *set, const struct cert *c, const struct cert *issuer,
		      struct wall now, struct revocation *ret)
{
	struct revocation answer = { .until = { INT64_MAX } };
	*ret = answer;
	if (set->n == 0)
		return;
	AUTO_FREE const struct crl **lists = mem_array(set->n, sizeof(*lists));
	struct question q = { lists, 0, c, now };
	for (size_t i = 0; i < set->n; i++)
		if (speaks_for(&set->lists[i], issuer))
			lists[q.n++] = set->lists[i].crl;
	for (size_t i = 0; i < q.n; i++)
		if (is_in_force(&q, lists[i]))
			ask(&q, lists[i], &answer);
	*ret = answer;
}
