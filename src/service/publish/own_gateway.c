/* SPDX-License-Identifier: Apache-2.0
 * What is known of destinations that lead back to this server. */
#include "service/publish/own_gateway.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "http/uri.h"
#include "service/publish/authority_row.h"
#include "store/keystore/server_key.h"

/* What the URL says, and whom it is served for: NAME.host is the same gateway for another subaccount. */
static bool read_url(struct session *session, struct str url, struct uri *ret, struct str *ret_tenant)
{
	struct uri own;
	const char *gateway = service_setting_c(session, "gateway_url", "");
	if (uri_parse(str_of(gateway), &own, NULL) != RC_OK || uri_parse(url, ret, NULL) != RC_OK ||
	    own.port != ret->port) {
		return false;
	}
	if (host_below(ret->host, own.host, ret_tenant)) {
		return true;
	}
	*ret_tenant = STR(SERVICE_TENANT_DEFAULT);
	return host_equal(own.host, ret->host) || (host_is_loopback(ret->host) && host_is_loopback(own.host));
}

/* Whether a URL leads to this server's gateway, whatever its scheme says and whichever subaccount it serves
 * there. */
static bool own_gateway_leads(struct session *session, struct str url)
{
	struct uri uri;
	struct str tenant;
	return read_url(session, url, &uri, &tenant);
}

bool own_gateway_path(struct session *session, const char *tenant, struct str url, struct str *ret_path)
{
	struct uri uri;
	struct str served;
	if (!read_url(session, url, &uri, &served) || !str_equal_nocase(served, str_of(tenant))) {
		return false;
	}
	*ret_path = uri.path;
	return true;
}

/* What the store says about the own gateway's certificates. */
struct own_gateway_memory {
	bool own;   /* Postern's own certificates are served */
	char *root; /* PEM */
};

static enum rc root_read(struct session *session, struct buf *out, struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	TRY(service_authority_certs(session, SERVICE_TENANT_DEFAULT, &own, reterr));
	for (size_t i = 0; i < own.n; i++) {
		if (cert_place(own.items[i]) == CERT_PLACE_ROOT) {
			TRY(cert_format_pem(own.items[i], out));
		}
	}
	return RC_OK;
}

void own_gateway_memory_free(struct own_gateway_memory *memory)
{
	if (!memory) {
		return;
	}
	mem_free(memory->root);
	mem_free(memory);
}

enum rc own_gateway_read(struct session *session, struct err *reterr)
{
	AUTO(store_server_key_list_fini) struct store_server_key_list list = { 0 };
	AUTO_BUF(root, 4 * CERT_MAX_BYTES);
	TRY(store_server_key_list_all(session->store, SERVICE_TENANT_DEFAULT, &list, reterr));
	TRY(root_read(session, &root, reterr));
	struct own_gateway_memory *memory = mem_alloc(sizeof(*memory));
	*memory = (struct own_gateway_memory){ .own = list.n > 0, .root = mem_strdup(buf_c(&root)) };
	for (size_t i = 0; i < list.n; i++) {
		memory->own = memory->own && list.items[i].own;
	}
	monitor_enter(&session->service->monitor);
	struct own_gateway_memory *before = session->service->own_gateway;
	session->service->own_gateway = memory;
	monitor_leave(&session->service->monitor);
	own_gateway_memory_free(before);
	return RC_OK;
}

static bool has_own_certificates(struct session *session)
{
	monitor_enter(&session->service->monitor);
	bool own = session->service->own_gateway->own;
	monitor_leave(&session->service->monitor);
	return own;
}

bool own_gateway_needs_trust(struct session *session, const struct value *destination)
{
	struct str url = value_get_str(destination, "URL");
	return str_starts_with(url, STR("https://")) && !value_get_str(destination, "TrustStoreLocation").n &&
	       !str_equal_nocase(value_get_str(destination, "TrustAll"), STR("true")) &&
	       own_gateway_leads(session, url) && has_own_certificates(session);
}

char *own_gateway_root_pem(struct session *session)
{
	monitor_enter(&session->service->monitor);
	char *root = mem_strdup(session->service->own_gateway->root);
	monitor_leave(&session->service->monitor);
	return root;
}

struct value *own_gateway_trust_store(struct session *session)
{
	AUTO_FREE char *root = own_gateway_root_pem(session);
	AUTO_BUF(content, 8 * CERT_MAX_BYTES);
	(void)base64_encode(&content, str_of(root));
	struct value *v = value_object();
	value_set_c(v, "Name", OWN_GATEWAY_TRUST_STORE);
	value_set_c(v, "Type", "CERTIFICATE");
	value_set_str(v, "Content", buf_str(&content));
	return v;
}
