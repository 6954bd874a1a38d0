/* SPDX-License-Identifier: Apache-2.0
 * Key stores to JSON and back; no private key stands in it. */
#include "helper/job_container.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "pki/chain/chain_value.h"
#include "pki/key.h"

#define ENTRIES_MAX 1000
#define CHAIN_MAX 100

static enum rc key_append(struct value *entry, const struct key *key, struct buf *keys, struct err *reterr)
{
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	if (key_format_pkcs8(key, &der) != RC_OK || !buf_add(keys, buf_str(&der))) {
		return err_set(reterr, RC_LIMIT, "A private key is too large.");
	}
	value_set_int(entry, "key_bytes", (int64_t)der.n);
	return RC_OK;
}

enum rc job_container_to_value(const struct container *container, struct value **ret, struct buf *keys,
			       struct err *reterr)
{
	AUTO_VALUE *v = value_array();
	for (size_t i = 0; i < container->n; i++) {
		const struct container_entry *entry = &container->entries[i];
		struct value *e = value_object();
		value_append(v, e);
		value_set_c(e, "alias", entry->alias);
		value_set_bool(e, "key_pair", entry->key != NULL);
		value_set(e, "chain", chain_value_of(&entry->chain));
		if (entry->key && keys) {
			TRY(key_append(e, entry->key, keys, reterr));
		}
	}
	*ret = TAKE(v);
	return RC_OK;
}

/* The next key of those that stand beside the entries, where this one has its. */
static enum rc key_take(const struct value *v, struct str *keys, struct key **ret, struct err *reterr)
{
	int64_t n = value_get_int(v, "key_bytes", 0);
	if (n == 0) {
		return RC_OK;
	}
	if (n < 0 || (uint64_t)n > keys->n) {
		return err_set(reterr, RC_INVALID, "A private key is missing.");
	}
	TRY(key_new_der(ret, str_first(*keys, (size_t)n), reterr));
	*keys = str_skip(*keys, (size_t)n);
	return RC_OK;
}

enum rc job_container_chain(const struct value *entry, struct cert_list *ret, struct err *reterr)
{
	return chain_value_read(value_get(entry, "chain"), CHAIN_MAX, ret, reterr);
}

enum rc job_container_from_value(const struct value *entries, struct str keys, enum container_kind kind,
				 struct container **ret, struct err *reterr)
{
	size_t n = value_count(entries);
	if (!value_is_array(entries) || n == 0 || n > ENTRIES_MAX) {
		(void)err_set(reterr, RC_INVALID, "entries is a list of 1 to %d key store entries.",
			      ENTRIES_MAX);
		return err_field(reterr, "entries");
	}
	AUTO(container_free_cleanup) struct container *c = container_new(kind);
	for (size_t i = 0; i < n; i++) {
		const struct value *v = value_at(entries, i);
		struct container_entry *entry = container_add(c, value_get_c(v, "alias"));
		TRY(key_take(v, &keys, &entry->key, reterr));
		TRY(job_container_chain(v, &entry->chain, reterr));
	}
	*ret = TAKE(c);
	return RC_OK;
}

enum container_kind job_container_kind(const struct value *answer, enum container_kind otherwise)
{
	struct str name = value_get_str(answer, "kind");
	for (int k = CONTAINER_PKCS12; k <= CONTAINER_PKCS7; k++) {
		if (str_is(name, container_kind_name((enum container_kind)k))) {
			return (enum container_kind)k;
		}
	}
	return otherwise;
}
