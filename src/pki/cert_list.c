/* SPDX-License-Identifier: Apache-2.0
 * Lists of certificates: shared by counting, and put into the order of a chain. */
#include "pki/cert.h"

#include "base/memory.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

void cert_list_add(struct cert_list *list, struct cert *c)
{
	list->items = mem_resize(list->items, list->n + 1, sizeof(struct cert *));
	list->items[list->n++] = cert_ref(c);
}

enum rc cert_list_read(struct cert_list *list, struct str der, size_t max, struct err *reterr)
{
	while (der.n) {
		const unsigned char *p = (const unsigned char *)der.p;
		struct cert *c = NULL;
		long value_n = 0;
		int tag = 0, class = 0;
		/* The whole of it, for the cache of decoded ones goes by all of a certificate. */
		int form = ASN1_get_object(&p, &value_n, &tag, &class, (long)der.n);
		size_t n = (size_t)((const char *)p - der.p) + (size_t)value_n;
		if (form != V_ASN1_CONSTRUCTED || n > der.n) {
			ERR_clear_error();
			return err_set(reterr, RC_INVALID, "This is no X.509 certificate.");
		}
		if (max-- == 0) {
			return err_set(reterr, RC_LIMIT, "There are too many certificates.");
		}
		TRY(cert_new_der(&c, str_first(der, n), reterr));
		cert_list_add(list, c);
		cert_free(c);
		der = str_skip(der, n);
	}
	return RC_OK;
}

bool cert_list_has(const struct cert_list *list, const struct cert *c)
{
	for (size_t i = 0; i < list->n; i++) {
		if (cert_equal(list->items[i], c)) {
			return true;
		}
	}
	return false;
}

void cert_list_fini(struct cert_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		cert_free(list->items[i]);
	}
	mem_free(list->items);
	*list = (struct cert_list){ 0 };
}

static void move_to(struct cert_list *list, size_t from, size_t to)
{
	struct cert *moved = list->items[from];
	memmove(&list->items[to + 1], &list->items[to], (from - to) * sizeof(moved));
	list->items[to] = moved;
}

void cert_list_sort_chain(struct cert_list *list, size_t leaf)
{
	if (leaf >= list->n) {
		return;
	}
	move_to(list, leaf, 0);
	for (size_t at = 0; at + 1 < list->n && !cert_is_self_signed(list->items[at]); at++) {
		size_t next = at + 1;
		while (next < list->n && !cert_issued(list->items[next], list->items[at])) {
			next++;
		}
		if (next == list->n) {
			break;
		}
		move_to(list, next, at + 1);
	}
}
