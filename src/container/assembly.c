/* SPDX-License-Identifier: Apache-2.0
 * Which certificate belongs to which key, and what remains. */
#include "container/assembly.h"

#include "base/memory.h"
#include "container/encryption.h"

#define MAX_VERIFICATIONS 2000

static enum rc too_many(struct err *reterr)
{
	(void)encryption_damaged(reterr, "it holds more entries than are taken");
	if (reterr) {
		reterr->code = RC_LIMIT;
	}
	return RC_LIMIT;
}

enum rc assembly_add_key(struct assembly *a, struct key *take_key, const char *alias, struct err *reterr)
{
	if (a->n_keys >= CONTAINER_MAX_ENTRIES) {
		key_free(take_key);
		return too_many(reterr);
	}
	a->keys = mem_resize(a->keys, a->n_keys + 1, sizeof(*a->keys));
	a->keys[a->n_keys++] = (struct assembly_key){ take_key, mem_strdup(alias) };
	return RC_OK;
}

enum rc assembly_add_cert(struct assembly *a, struct cert *take_cert, const char *alias, bool trusted,
			  struct err *reterr)
{
	if (a->n_certs >= CONTAINER_MAX_ENTRIES) {
		cert_free(take_cert);
		return too_many(reterr);
	}
	a->certs = mem_resize(a->certs, a->n_certs + 1, sizeof(*a->certs));
	a->certs[a->n_certs++] = (struct assembly_cert){ take_cert, mem_strdup(alias), trusted };
	return RC_OK;
}

void assembly_fini(struct assembly *a)
{
	for (size_t i = 0; i < a->n_keys; i++) {
		key_free(a->keys[i].key);
		mem_free(a->keys[i].alias);
	}
	for (size_t i = 0; i < a->n_certs; i++) {
		cert_free(a->certs[i].cert);
		mem_free(a->certs[i].alias);
	}
	mem_free(a->keys);
	mem_free(a->certs);
	*a = (struct assembly){ 0 };
}

/* Signatures cost; a file of a thousand certificates of one name must not make a million of them. */
static bool issued(struct assembly *a, const struct cert *issuer, const struct cert *subject)
{
	if (!str_equal(cert_subject_name(issuer), cert_issuer_name(subject)) ||
	    a->verifications >= MAX_VERIFICATIONS) {
		return false;
	}
	a->verifications++;
	return cert_signed(issuer, subject);
}

static size_t issuer_of(struct assembly *a, const struct cert *subject, const struct cert_list *chain)
{
	size_t i = 0;
	if (cert_is_self_signed(subject)) {
		return a->n_certs;
	}
	while (i < a->n_certs &&
	       (cert_list_has(chain, a->certs[i].cert) || !issued(a, a->certs[i].cert, subject))) {
		i++;
	}
	return i;
}

/* The certificate and its issuers among all of the file; marks which were used. */
static void add_chain(struct assembly *a, size_t head, bool *used, struct cert_list *chain)
{
	for (size_t at = head; at < a->n_certs && chain->n < CONTAINER_MAX_CHAIN;) {
		cert_list_add(chain, a->certs[at].cert);
		used[at] = true;
		at = issuer_of(a, a->certs[at].cert, chain);
	}
}

static size_t cert_of_key(const struct assembly *a, const struct key *key)
{
	size_t i = 0;
	while (i < a->n_certs && !key_matches(key, a->certs[i].cert)) {
		i++;
	}
	return i;
}

static size_t first_free_leaf(const struct assembly *a, const bool *used)
{
	size_t i = 0;
	while (i < a->n_certs && (used[i] || a->certs[i].trusted || cert_is_ca(a->certs[i].cert))) {
		i++;
	}
	return i;
}

static void add_key_entries(struct assembly *a, bool *used, struct container *c)
{
	for (size_t i = 0; i < a->n_keys; i++) {
		size_t at = cert_of_key(a, a->keys[i].key);
		if (at == a->n_certs) {
			at = first_free_leaf(a, used);
		}
		const char *alias = a->keys[i].alias;
		if (!alias && at < a->n_certs) {
			alias = a->certs[at].alias;
		}
		struct container_entry *entry = container_add(c, alias);
		entry->key = key_ref(a->keys[i].key);
		add_chain(a, at, used, &entry->chain);
	}
}

static bool is_issuer_of_another(struct assembly *a, size_t at)
{
	for (size_t i = 0; i < a->n_certs; i++) {
		if (i != at && !a->certs[i].trusted && !cert_equal(a->certs[i].cert, a->certs[at].cert) &&
		    issued(a, a->certs[at].cert, a->certs[i].cert)) {
			return true;
		}
	}
	return false;
}

static bool is_double(const struct assembly *a, size_t at, const bool *used)
{
	for (size_t i = 0; i < a->n_certs; i++) {
		if (used[i] && cert_equal(a->certs[i].cert, a->certs[at].cert)) {
			return true;
		}
	}
	return false;
}

void assembly_finish(struct assembly *a, struct container *c)
{
	bool *used = mem_array(a->n_certs + 1, sizeof(bool));
	add_key_entries(a, used, c);
	for (size_t i = 0; i < a->n_certs; i++) {
		if (a->certs[i].trusted) {
			cert_list_add(&container_add(c, a->certs[i].alias)->chain, a->certs[i].cert);
			used[i] = true;
		}
	}
	/* Heads of chains first; then what is left, such as CAs that signed each other. */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < a->n_certs; i++) {
			if (!used[i] && !is_double(a, i, used) &&
			    (round == 1 || !is_issuer_of_another(a, i))) {
				add_chain(a, i, used, &container_add(c, a->certs[i].alias)->chain);
			}
		}
	}
	mem_free(used);
}
