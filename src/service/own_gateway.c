/* SPDX-License-Identifier: Apache-2.0
 * What is known of destinations that lead back to this server. */
#include "service/own_gateway.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "http/uri.h"
#include "service/authority.h"
#include "store/server_key.h"

bool own_gateway_path(struct session *session, struct str url, struct str *ret_path)
{
	struct uri own, uri;
	struct str label;
	const char *gateway = service_setting_c(session, "gateway_url", "");
	if (uri_parse(str_of(gateway), &own, NULL) != RC_OK || uri_parse(url, &uri, NULL) != RC_OK ||
	    own.port != uri.port)
		return false;
	*ret_path = uri.path;
	/* NAME.host is the same gateway for another subaccount. */
	return host_equal(own.host, uri.host) || (host_is_loopback(uri.host) && host_is_loopback(own.host)) ||
	       host_below(uri.host, own.host, &label);
}

/* What the store says about the own gateway's certificates, good until the next change. */
struct own_gateway_memory {
	uint64_t changes; /* session->service->changes when it was read */
	bool own;         /* Postern's own certificates are served */
	struct value *trust;
};

static enum rc trust_store_read(struct session *session, struct value **ret, struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	AUTO_BUF(pem, 4 * CERT_MAX_BYTES);
	AUTO_BUF(content, 8 * CERT_MAX_BYTES);
	TRY(service_authority_certs(session, SERVICE_TENANT_DEFAULT, &own, reterr));
	for (size_t i = 0; i < own.n; i++)
		if (cert_role(own.items[i]) == CERT_ROLE_ROOT)
			TRY(cert_format_pem(own.items[i], &pem));
	(void)base64_encode(&content, buf_str(&pem));
	struct value *v = value_object();
	value_set_c(v, "Name", OWN_GATEWAY_TRUST_STORE);
	value_set_c(v, "Type", "CERTIFICATE");
	value_set_str(v, "Content", buf_str(&content));
	*ret = v;
	return RC_OK;
}

/* What was read last is better than nothing while the store is away. */
static enum rc memory_refresh(struct session *session, struct err *reterr)
{
	struct own_gateway_memory *memory = session->service->own_gateway;
	AUTO(store_server_key_list_fini) struct store_server_key_list list = { 0 };
	AUTO_VALUE *trust = NULL;
	if (memory && memory->changes == session->service->changes)
		return RC_OK;
	enum rc rc = store_server_key_list_all(session->store, SERVICE_TENANT_DEFAULT, &list, reterr);
	if (rc == RC_OK)
		rc = trust_store_read(session, &trust, reterr);
	if (rc != RC_OK)
		return memory ? RC_OK : rc;
	if (!memory)
		memory = session->service->own_gateway = mem_alloc(sizeof(*memory));
	memory->changes = session->service->changes;
	memory->own = list.n > 0;
	for (size_t i = 0; i < list.n; i++)
		memory->own = memory->own && list.items[i].own;
	value_free(memory->trust);
	memory->trust = TAKE(trust);
	return RC_OK;
}

void own_gateway_memory_free(struct own_gateway_memory *memory)
{
	if (!memory)
		return;
	value_free(memory->trust);
	mem_free(memory);
}

static bool has_own_certificates(struct session *session)
{
	return memory_refresh(session, NULL) == RC_OK && session->service->own_gateway->own;
}

bool own_gateway_needs_trust(struct session *session, const struct value *destination)
{
	struct str url = value_get_str(destination, "URL");
	struct str path;
	return str_starts_with(url, STR("https://")) && !value_get_str(destination, "TrustStoreLocation").n &&
	       !str_equal_nocase(value_get_str(destination, "TrustAll"), STR("true")) &&
	       own_gateway_path(session, url, &path) && has_own_certificates(session);
}

enum rc own_gateway_trust_store(struct session *session, struct value **ret, struct err *reterr)
{
	TRY(memory_refresh(session, reterr));
	*ret = value_ref(session->service->own_gateway->trust);
	return RC_OK;
}
