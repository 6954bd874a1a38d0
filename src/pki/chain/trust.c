/* SPDX-License-Identifier: Apache-2.0
 * Anchors, found by name, and lists. */
#include "pki/chain/trust_internal.h"

#include "base/memory.h"

#include <stdlib.h>

static int compare_text(struct str a, struct str b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare(const void *a, const void *b)
{
	const struct cert *const *x = a, *const *y = b;
	int order = compare_text(cert_subject_name(*x), cert_subject_name(*y));
	return order ? order : memcmp(cert_sha256_bytes(*x), cert_sha256_bytes(*y), 32);
}

static void index_anchors(struct trust *t)
{
	t->by_name = mem_array(t->anchors.n ? t->anchors.n : 1, sizeof(struct cert *));
	for (size_t i = 0; i < t->anchors.n; i++) {
		t->by_name[i] = t->anchors.items[i];
	}
	qsort(t->by_name, t->anchors.n, sizeof(struct cert *), compare);
	for (size_t i = 0; i < t->anchors.n; i++) {
		if (t->n == 0 || compare(&t->by_name[t->n - 1], &t->by_name[i]) != 0) {
			t->by_name[t->n++] = t->by_name[i];
		}
	}
}

enum rc trust_new(struct trust **ret, const struct cert_list *anchors, struct crl *const *crls, size_t n_crls,
		  enum crl_stale stale, struct err *reterr)
{
	(void)reterr;
	struct trust *t = mem_alloc(sizeof(*t));
	atomic_init(&t->owners, 1);
	t->stale = stale;
	for (size_t i = 0; i < anchors->n; i++) {
		cert_list_add(&t->anchors, anchors->items[i]);
	}
	index_anchors(t);
	t->has_lists = n_crls > 0;
	t->lists = revocations_new(crls, n_crls, &t->anchors);
	*ret = t;
	return RC_OK;
}

void trust_free(struct trust *t)
{
	if (!t || atomic_fetch_sub_explicit(&t->owners, 1, memory_order_acq_rel) != 1) {
		return;
	}
	revocations_free(t->lists);
	cert_list_fini(&t->anchors);
	mem_free(t->by_name);
	mem_free(t);
}

const struct cert_list *trust_anchors(const struct trust *t)
{
	return &t->anchors;
}

struct cert *const *trust_named(const struct trust *t, struct str subject_name, size_t *ret_n)
{
	size_t from = 0, end = t->n;
	while (from < end) {
		size_t middle = from + (end - from) / 2;
		if (compare_text(cert_subject_name(t->by_name[middle]), subject_name) < 0) {
			from = middle + 1;
		} else {
			end = middle;
		}
	}
	for (end = from; end < t->n && str_equal(cert_subject_name(t->by_name[end]), subject_name);) {
		end++;
	}
	*ret_n = end - from;
	return &t->by_name[from];
}

bool trust_has(const struct trust *t, const struct cert *c)
{
	size_t n = 0;
	struct cert *const *named = trust_named(t, cert_subject_name(c), &n);
	for (size_t i = 0; i < n; i++) {
		if (named[i] == c || cert_equal(named[i], c)) {
			return true;
		}
	}
	return false;
}
