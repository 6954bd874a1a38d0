/* SPDX-License-Identifier: Apache-2.0
 * Any pasted text yields certificates or an error, never more than the limit. */
#include "model/reason.h"
#include "pki/chain/crl.h"
#include "pki/paste.h"
#include "pki/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_from(data, size);
	AUTO_CERT_LIST list = { 0 };
	AUTO(crl_free_cleanup) struct crl *crl = NULL;
	AUTO(request_free_cleanup) struct request *request = NULL;
	struct err err = { 0 };
	enum rc rc = paste_certificates(&list, text, &err);
	ASSERT(list.n <= PASTE_MAX_CERTIFICATES);
	ASSERT(rc == RC_OK ? list.n > 0 && paste_leaf(&list) : err.text[0] != '\0');
	for (size_t i = 0; i < list.n; i++) {
		value_free(cert_to_value(list.items[i]));
	}
	(void)!crl_new_any(&crl, text, NULL);
	(void)!request_parse(&request, text, NULL);
	return 0;
}
