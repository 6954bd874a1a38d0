/* SPDX-License-Identifier: Apache-2.0
 * Service keys follow the renewal of a certificate of Postern's own. */
#include "service/key/key_renewal.h"

#include "service/publish/change.h"
#include "service/key/key_certificate.h"
#include "service/publish/publish.h"
#include "service/key/service_key.h"
#include "store/key/service_key_certificate.h"

/* Make room for one more beside the one that is renewed. */
static enum rc room_make(struct session *session, const struct store_service_key *key, const char *sha256,
			 struct err *reterr)
{
	AUTO(store_service_key_certificate_list_fini) struct store_service_key_certificate_list held = { 0 };
	TRY(store_service_key_certificate_list_of_key(session->store, key->tenant, key->id, &held, reterr));
	for (size_t i = 0; held.n >= SERVICE_KEY_MAX_CERTIFICATES && i < held.n; i++) {
		if (strcmp(held.items[i].sha256, sha256) != 0) {
			TRY(store_service_key_certificate_delete(session->store, key->tenant,
								 held.items[i].sha256, reterr));
		}
	}
	return RC_OK;
}

enum rc service_key_follow_renewal(struct session *session, const char *tenant, const struct cert *before,
				   const struct cert_list *chain, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_service_key_certificate_fini) struct store_service_key_certificate held = { 0 };
	AUTO(store_service_key_fini) struct store_service_key key = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(store_service_key_certificate_get(session->store, tenant, cert_sha256(before), &held, reterr));
	TRY(store_service_key_get(session->store, tenant, held.key, &key, reterr));
	TRY(room_make(session, &key, held.sha256, reterr));
	TRY(key_certificate_add(session, &key, chain, reterr));
	TRY(publish_service_key(&change, &key, reterr));
	return change_commit(&change, reterr);
}
