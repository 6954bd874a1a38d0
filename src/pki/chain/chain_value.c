/* SPDX-License-Identifier: Apache-2.0
 * Chains in JSON. */
#include "pki/chain/chain_value.h"

#include "base/encoding.h"

struct value *chain_value_of(const struct cert_list *chain)
{
	struct value *array = value_array();
	for (size_t i = 0; i < chain->n; i++) {
		AUTO_BUF(text, CERT_MAX_BYTES * 2);
		(void)base64_encode(&text, cert_der(chain->items[i]));
		value_append(array, value_string(buf_str(&text)));
	}
	return array;
}

enum rc chain_value_read(const struct value *array, size_t max, struct cert_list *ret, struct err *reterr)
{
	if (value_count(array) > max) {
		return err_set(reterr, RC_LIMIT, "A chain is too long.");
	}
	for (size_t i = 0; i < value_count(array); i++) {
		AUTO_BUF(der, CERT_MAX_BYTES);
		AUTO(cert_free_cleanup) struct cert *c = NULL;
		if (base64_decode(&der, value_str(value_at(array, i)), false) != RC_OK) {
			return err_set(reterr, RC_INVALID, "A certificate is no base64 text.");
		}
		TRY(cert_new_der(&c, buf_str(&der), reterr));
		cert_list_add(ret, c);
	}
	return RC_OK;
}
