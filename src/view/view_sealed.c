/* SPDX-License-Identifier: Apache-2.0
 * Records that only those read who have the workers' key. */
#include "view/view_sealed.h"

#include "base/encoding.h"
#include "json/value.h"
#include "pki/chain/chain_value.h"

#define MAX_KEY_RECORD ((size_t)1024 * 1024)
#define MAX_CHAIN 100

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
	TRY(chain_value_read(value_get(v, "chain"), MAX_CHAIN, chain, reterr));
	TRY(base64_decode(&der, value_get_str(v, "key"), false));
	return key_new_der(ret_key, buf_str(&der), reterr);
}
