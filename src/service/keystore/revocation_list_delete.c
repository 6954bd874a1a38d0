/* SPDX-License-Identifier: Apache-2.0
 * Deleting a revocation list, and whom that lets in. */
#include "base/memory.h"
#include "pki/chain/chain_pem.h"
#include "service/publish/publish.h"
#include "service/keystore/revocation_list.h"
#include "service/keystore/revocation_set.h"
#include "store/key/instance.h"
#include "store/key/service_key.h"
#include "store/key/service_key_certificate.h"

#include <stdlib.h>

#define DIGITS_MIN 8
/* Most that are named in the answer, and in a refusal. */
#define NAMED_MAX 1000
#define NAMED_MAX_REFUSED 6

/* Serial numbers that are revoked by one list alone. */
struct serials {
	char **items;
	size_t n;
};

static void serials_fini(struct serials *s)
{
	for (size_t i = 0; i < s->n; i++) {
		mem_free(s->items[i]);
	}
	mem_free(s->items);
}

static void serials_add(void *context, const char *serial)
{
	struct serials *s = context;
	if ((s->n & (s->n - 1)) == 0) {
		s->items = mem_resize(s->items, s->n ? s->n * 2 : 1, sizeof(char *));
	}
	s->items[s->n++] = mem_strdup(serial);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_one(struct value *let_in, const char *serial, const char *subject, const char *key)
{
	struct value *one = value_object();
	if (value_count(let_in) >= NAMED_MAX) {
		value_free(one);
		return;
	}
	value_set_c(one, "serial", serial);
	if (subject) {
		value_set_c(one, "subject", subject);
	}
	if (key) {
		value_set_c(one, "key", key);
	}
	value_append(let_in, one);
}

/* Service keys are walked, and those named whose certificates the list revokes. */
struct naming {
	struct session *session;
	const char *tenant;
	const struct crl *list;
	const struct serials *serials; /* in order */
	bool *named;                   /* one for each of them */
	struct value *let_in;
};

static void name_certificate(struct naming *n, const struct store_service_key_certificate *row,
			     const char *key)
{
	AUTO_CERT_LIST chain = { 0 };
	char **at = bsearch(&row->serial, n->serials->items, n->serials->n, sizeof(char *), compare);
	if (!at || chain_pem_parse(row->chain, &chain, NULL) != RC_OK || chain.n == 0 ||
	    !crl_is_of_issuer(n->list, chain.items[0])) {
		return;
	}
	n->named[at - n->serials->items] = true;
	add_one(n->let_in, row->serial, row->subject, key);
}

static enum rc name_key(void *context, const struct store_service_key *key, struct err *reterr)
{
	struct naming *n = context;
	AUTO(store_service_key_certificate_list_fini)
	struct store_service_key_certificate_list certificates = { 0 };
	AUTO(store_instance_fini) struct store_instance instance = { 0 };
	TRY(store_service_key_certificate_list_of_key(n->session->store, n->tenant, key->id, &certificates,
						      reterr));
	if (certificates.n == 0) {
		return RC_OK;
	}
	TRY(store_instance_get(n->session->store, n->tenant, key->instance, &instance, reterr));
	AUTO_FREE char *name = mem_printf("%s/%s", instance.name, key->name);
	for (size_t i = 0; i < certificates.n; i++) {
		name_certificate(n, &certificates.items[i], name);
	}
	return RC_OK;
}

/* Those with a service key first, then the rest. */
static enum rc name_all(struct session *session, const char *tenant, const struct crl *list,
			const struct serials *s, struct value *let_in, struct err *reterr)
{
	AUTO_FREE bool *named = mem_array(s->n + 1, sizeof(bool));
	struct naming naming = { session, tenant, list, s, named, let_in };
	if (s->n == 0) {
		return RC_OK;
	}
	qsort(s->items, s->n, sizeof(char *), compare);
	TRY(store_service_key_each(session->store, tenant, name_key, &naming, reterr));
	for (size_t i = 0; i < s->n; i++) {
		if (!named[i]) {
			add_one(let_in, s->items[i], NULL, NULL);
		}
	}
	return RC_OK;
}

static enum rc refuse(const struct value *let_in, size_t n, const char *sha256, struct err *reterr)
{
	AUTO_BUF(text, 400);
	for (size_t i = 0; i < value_count(let_in) && i < NAMED_MAX_REFUSED; i++) {
		const struct value *one = value_at(let_in, i);
		const char *subject = value_get_c(one, "subject"), *key = value_get_c(one, "key");
		(void)buf_printf(&text, "%s%.40s", i > 0 ? ", " : "", value_get_c(one, "serial"));
		if (subject) {
			(void)buf_printf(&text, " (%.60s%s%.65s)", subject, key ? ", service key " : "",
					 key ? key : "");
		}
	}
	if (n > NAMED_MAX_REFUSED) {
		(void)buf_printf(&text, " and %zu more", n - NAMED_MAX_REFUSED);
	}
	(void)err_set(reterr, RC_CONFLICT, "This list alone revokes serial number%s %s.", n > 1 ? "s" : "",
		      buf_c(&text));
	return err_fix(reterr,
		       "Import the CA's newer list; or let them in again: `postern keystore delete-crl %.16s "
		       "--force`",
		       sha256);
}

static bool begins_with(const char *sha256, const char *digits)
{
	size_t i = 0;
	while (digits[i] && char_upper(digits[i]) == sha256[i]) {
		i++;
	}
	return !digits[i];
}

static enum rc find_row(const struct revocation_set *set, const char *digits, size_t *ret, struct err *reterr)
{
	size_t n = 0;
	if (strlen(digits) < DIGITS_MIN) {
		return err_set(reterr, RC_INVALID, "A list is named by %d digits of its SHA-256 at least.",
			       DIGITS_MIN);
	}
	for (size_t i = 0; i < set->rows.n; i++) {
		if (begins_with(set->rows.items[i].sha256, digits)) {
			*ret = i;
			n++;
		}
	}
	if (n == 0) {
		(void)err_set(reterr, RC_NOT_FOUND, "The keystore has no such revocation list.");
		return err_fix(reterr, "`postern keystore crls` shows those that are there.");
	}
	return n == 1 ? RC_OK : err_set(reterr, RC_INVALID, "%zu lists begin with these digits.", n);
}

static enum rc delete_row(struct change *change, const char *tenant, const char *sha256, struct err *reterr)
{
	TRY(store_crl_delete(change->session->store, tenant, sha256, reterr));
	TRY(publish_gone(change, REGISTRY_CRL, tenant, sha256, reterr));
	return change_commit(change, reterr);
}

enum rc service_keystore_delete_crl(struct session *session, const char *tenant, const char *sha256,
				    bool force, struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_REVOCATION_SET set = { 0 };
	AUTO(serials_fini) struct serials serials = { 0 };
	AUTO_VALUE *let_in = value_array();
	size_t i = 0;
	TRY(change_begin(&change, session, reterr));
	TRY(revocation_set_read(&set, session, tenant, NULL, reterr));
	TRY(find_row(&set, sha256, &i, reterr));
	const struct crl *list = set.lists[i];
	revocation_each_only_by(set.all, list, revocation_set_find_signer(&set, list), wall_now(),
				serials_add, &serials);
	TRY(name_all(session, tenant, list, &serials, let_in, reterr));
	if (serials.n > 0 && !force) {
		return refuse(let_in, serials.n, set.rows.items[i].sha256, reterr);
	}
	TRY(delete_row(&change, tenant, set.rows.items[i].sha256, reterr));
	*ret = value_object();
	value_set_c(*ret, "deleted", set.rows.items[i].sha256);
	value_set_c(*ret, "issuer", crl_issuer(list));
	value_set_c(*ret, "number", crl_facts(list)->number);
	value_set_int(*ret, "let_in_count", (int64_t)serials.n);
	value_set(*ret, "let_in", TAKE(let_in));
	return RC_OK;
}
