/* SPDX-License-Identifier: Apache-2.0
 * Chains as they are kept: the PEM of one certificate after the other. */
#include "pki/chain/chain_pem.h"

#include "pki/paste.h"

#define MAX_BYTES ((size_t)256 * 1024)

char *chain_pem_format(const struct cert_list *chain)
{
	AUTO_BUF(out, MAX_BYTES);
	for (size_t i = 0; i < chain->n; i++) {
		if (cert_format_pem(chain->items[i], &out) != RC_OK) {
			break;
		}
	}
	return buf_take(&out);
}

enum rc chain_pem_parse(const char *pem, struct cert_list *ret, struct err *reterr)
{
	AUTO_CERT_LIST chain = { 0 };
	/* A list of its own: the limit is one of a chain, and callers collect the chains of a whole
	 * keystore. */
	TRY(paste_certificates(&chain, str_of(pem), reterr));
	for (size_t i = 0; i < chain.n; i++) {
		cert_list_add(ret, chain.items[i]);
	}
	return RC_OK;
}
