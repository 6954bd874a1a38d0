/* SPDX-License-Identifier: Apache-2.0
 * Records that only those read who have the workers' key. */
#include "view/view_sealed.h"

#include "base/encoding.h"
#include "json/value.h"

#define MAX_KEY_RECORD ((size_t)1024 * 1024)

enum rc view_unseal(const struct seal_key *key, const struct registry_record *record, struct buf *out,
		    struct err *reterr)
{
	AUTO_BUF(associated, 4096);
	registry_format_associated(record->kind, record->tenant, record->key, &associated);
	return seal_open(key, record->value, buf_str(&associated), out, reterr);
}

enum rc view_key_pair(const struct seal_key *key, const struct registry_record *record,
		      struct cert_list *chain, struct key **ret_key, struct err *reterr)
{
	AUTO_BUF_SECRET(plain, MAX_KEY_RECORD);
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_VALUE *v = NULL;
	TRY(view_unseal(key, record, &plain, reterr));
	TRY(value_parse(&v, buf_str(&plain), MAX_KEY_RECORD, reterr));
	const struct value *ders = value_get(v, "chain");
	for (size_t i = 0; i < value_count(ders); i++) {
		AUTO_BUF(bytes, CERT_MAX_BYTES);
		AUTO(cert_free_cleanup) struct cert *c = NULL;
		TRY(base64_decode(&bytes, value_str(value_at(ders, i)), false));
		TRY(cert_new_der(&c, buf_str(&bytes), reterr));
		cert_list_add(chain, c);
	}
	TRY(base64_decode(&der, value_get_str(v, "key"), false));
	return key_new_der(ret_key, buf_str(&der), reterr);
}
