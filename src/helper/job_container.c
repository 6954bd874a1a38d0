/* SPDX-License-Identifier: Apache-2.0
 * Key store containers to JSON and back. */
#include "helper/job_container.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "pki/key.h"

#define ENTRIES_MAX 1000
#define CHAIN_MAX 100

enum rc job_container_bytes(const struct value *object, const char *name, struct buf *out, struct err *reterr)
{
	struct str text = value_get_str(object, name);
	enum rc rc = text.p ? base64_decode(out, text, false) : RC_INVALID;
	if (rc == RC_OK)
		return RC_OK;
	(void)err_set(reterr, rc, rc == RC_LIMIT ? "%s is too long." : "%s is no base64 text.", name);
	return err_field(reterr, name);
}

static void set_base64(struct value *object, const char *name, struct str bytes)
{
	AUTO_BUF_SECRET(text, bytes.n * 2 + 8);
	base64_encode(&text, bytes);
	value_set_str(object, name, buf_str(&text));
}

static struct value *chain_to_value(const struct cert_list *chain)
{
	struct value *v = value_array();
	for (size_t i = 0; i < chain->n; i++) {
		struct str der = cert_der(chain->items[i]);
		AUTO_BUF(text, der.n * 2 + 8);
		base64_encode(&text, der);
		value_append(v, value_string(buf_str(&text)));
	}
	return v;
}

enum rc job_container_to_value(const struct container *container, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *v = value_array();
	for (size_t i = 0; i < container->n; i++) {
		const struct container_entry *entry = &container->entries[i];
		struct value *e = value_object();
		value_append(v, e);
		value_set_c(e, "alias", entry->alias);
		value_set(e, "chain", chain_to_value(&entry->chain));
		if (!entry->key)
			continue;
		AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
		if (key_format_pkcs8(entry->key, &der) != RC_OK)
			return err_set(reterr, RC_LIMIT, "A private key is too large.");
		set_base64(e, "key", buf_str(&der));
	}
	*ret = TAKE(v);
	return RC_OK;
}

static enum rc entry_from_value(const struct value *v, struct container_entry *entry, struct err *reterr)
{
	const struct value *chain = value_get(v, "chain");
	if (value_count(chain) > CHAIN_MAX)
		return err_set(reterr, RC_LIMIT, "A chain is too long.");
	entry->alias = mem_strdup(value_get_c(v, "alias"));
	if (value_get_c(v, "key")) {
		AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
		TRY(job_container_bytes(v, "key", &der, reterr));
		TRY(key_new_der(&entry->key, buf_str(&der), reterr));
	}
	for (size_t i = 0; i < value_count(chain); i++) {
		AUTO_BUF(der, CERT_MAX_BYTES);
		if (base64_decode(&der, value_str(value_at(chain, i)), false) != RC_OK)
			return err_set(reterr, RC_INVALID, "A certificate is no base64 text.");
		struct cert *c = NULL;
		TRY(cert_new_der(&c, buf_str(&der), reterr));
		cert_list_add(&entry->chain, c);
		cert_free(c);
	}
	return RC_OK;
}

enum rc job_container_from_value(const struct value *entries, enum container_kind kind,
				 struct container **ret, struct err *reterr)
{
	size_t n = value_count(entries);
	if (!value_is_array(entries) || n == 0 || n > ENTRIES_MAX) {
		(void)err_set(reterr, RC_INVALID, "entries is a list of 1 to %d key store entries.",
			      ENTRIES_MAX);
		return err_field(reterr, "entries");
	}
	struct container *c = mem_alloc(sizeof(*c));
	c->kind = kind;
	c->entries = mem_array(n, sizeof(*c->entries));
	c->n = n;
	for (size_t i = 0; i < n; i++) {
		enum rc rc = entry_from_value(value_at(entries, i), &c->entries[i], reterr);
		if (rc != RC_OK) {
			container_free(c);
			return rc;
		}
	}
	*ret = c;
	return RC_OK;
}
