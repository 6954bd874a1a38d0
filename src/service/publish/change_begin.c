/* SPDX-License-Identifier: Apache-2.0
 * A change begins where the registry is of the present store. */
#include "service/publish/publish.h"

enum rc change_begin(struct change *ret, struct session *session, struct err *reterr)
{
	if (session->stale) {
		TRY(service_publish_all(session, reterr));
	}
	TRY(store_transaction_begin(&ret->transaction, session->store, reterr));
	ret->session = session;
	return RC_OK;
}
