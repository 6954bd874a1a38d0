/* SPDX-License-Identifier: Apache-2.0
 * What the store holds of the built-in certificate authority, read: certificates, keys, revocation lists. */
#include "service/publish/authority_row.h"

#include "base/memory.h"
#include "model/dn.h"
#include "pki/authority.h"
#include "store/keystore/authority.h"
#include "store/keystore/authority_certificate.h"

/* Gateways get each list anew with each revocation, so theirs need not run out in between. */
#define PUBLISHED_LIST_DAYS 7300
#define SKEW_SECONDS 300

struct wall service_authority_backdated(void)
{
	return (struct wall){ wall_now().us - SKEW_SECONDS * US_PER_SECOND };
}

enum rc service_authority_load_cert(struct session *session, const char *tenant, const char *name,
				    struct cert **ret, struct err *reterr)
{
	AUTO(store_authority_fini) struct store_authority row = { 0 };
	TRY(store_authority_get(session->store, tenant, name, &row, reterr));
	return cert_new_der(ret, row.certificate, reterr);
}

enum rc service_authority_load(struct session *session, const char *tenant, const char *name,
			       struct cert **ret_cert, struct key **ret_key, struct err *reterr)
{
	AUTO(store_authority_fini) struct store_authority row = { 0 };
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO(cert_free_cleanup) struct cert *cert = NULL;
	TRY(store_authority_get(session->store, tenant, name, &row, reterr));
	TRY(cert_new_der(&cert, row.certificate, reterr));
	TRY(service_unseal(session, tenant, "authority", name, row.key, &der, reterr));
	TRY(key_new_der(ret_key, buf_str(&der), reterr));
	*ret_cert = TAKE(cert);
	return RC_OK;
}

enum rc service_authority_certs(struct session *session, const char *tenant, struct cert_list *ret,
				struct err *reterr)
{
	AUTO(cert_free_cleanup) struct cert *issuing = NULL;
	AUTO(cert_free_cleanup) struct cert *root = NULL;
	TRY(service_authority_load_cert(session, tenant, "issuing", &issuing, reterr));
	TRY(service_authority_load_cert(session, tenant, "root", &root, reterr));
	cert_list_add(ret, issuing);
	cert_list_add(ret, root);
	return RC_OK;
}

enum rc service_authority_list(struct session *session, const char *tenant, const char *name, int days,
			       struct buf *out, struct err *reterr)
{
	AUTO(cert_free_cleanup) struct cert *cert = NULL;
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO(store_authority_certificate_list_fini) struct store_authority_certificate_list list = { 0 };
	struct wall now = wall_now();
	size_t n = 0;
	TRY(service_authority_load(session, tenant, name, &cert, &key, reterr));
	TRY(store_authority_certificate_list_all(session->store, tenant, &list, reterr));
	AUTO_FREE struct authority_revoked *revoked = mem_array(list.n ? list.n : 1, sizeof(*revoked));
	for (size_t i = 0; i < list.n; i++) {
		const struct store_authority_certificate *row = &list.items[i];
		if (row->revoked.us && dn_equal(str_of(row->issuer), str_of(cert_subject(cert)))) {
			revoked[n++] = (struct authority_revoked){ row->serial, row->revoked };
		}
	}
	return authority_crl(cert, key, revoked, n, wall_seconds(now), service_authority_backdated(), days,
			     out, reterr);
}

enum rc service_authority_lists(struct session *session, const char *tenant, struct buf *out_issuing,
				struct buf *out_root, struct err *reterr)
{
	TRY(service_authority_list(session, tenant, "issuing", PUBLISHED_LIST_DAYS, out_issuing, reterr));
	return service_authority_list(session, tenant, "root", PUBLISHED_LIST_DAYS, out_root, reterr);
}
