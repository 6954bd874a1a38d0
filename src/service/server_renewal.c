/* SPDX-License-Identifier: Apache-2.0
 * The server's own certificates, made by the built-in CA and renewed before their end. */
#include "service/server_renewal.h"

#include "base/memory.h"
#include "log/log.h"
#include "pki/chain_pem.h"
#include "service/authority.h"
#include "store/server_key.h"
#include "store/tenant.h"

#define MAX_SEALED (KEY_MAX_BYTES + 256)
#define SERVER_DAYS 397
#define RENEW_DAYS 30
#define SERVER_NAMES_MAX 100

/* Every name the server is called by. Clients take no wildcard below a host name of one label ("localhost"), so there the
 * subaccounts are named one by one; elsewhere the certificate tells nobody which there are. */
static enum rc server_names(struct session *session, const char *host, struct value *names,
			    struct err *reterr)
{
	AUTO(store_tenant_list_fini) struct store_tenant_list tenants = { 0 };
	bool is_address = strspn(host, "0123456789.") == strlen(host) || strchr(host, ':');
	value_append_c(names, "DNS:localhost");
	value_append_c(names, "IP:127.0.0.1");
	value_append_c(names, "IP:::1");
	if (strcmp(host, "localhost") != 0 && strcmp(host, "127.0.0.1") != 0 && strcmp(host, "::1") != 0) {
		value_append_c(names, host);
	}
	if (is_address) {
		return RC_OK;
	}
	if (strchr(host, '.')) {
		AUTO_FREE char *all = mem_printf("DNS:*.%s", host);
		value_append_c(names, all);
		return RC_OK;
	}
	TRY(store_tenant_list_all(session->store, &tenants, reterr));
	for (size_t i = 0; i < tenants.n; i++) {
		if (strcmp(tenants.items[i].name, SERVICE_TENANT_DEFAULT) != 0) {
			AUTO_FREE char *name = mem_printf("DNS:%s.%s", tenants.items[i].name, host);
			value_append_c(names, name);
		}
	}
	return RC_OK;
}

static bool has_name(const struct cert *c, const char *wanted)
{
	const char *colon = strncmp(wanted, "DNS:", 4) == 0 || strncmp(wanted, "IP:", 3) == 0
				    ? strchr(wanted, ':')
				    : NULL;
	for (size_t i = 0; i < cert_san_count(c); i++) {
		const char *name = strchr(cert_san(c, i), ':');
		if (name && strcmp(name + 1, colon ? colon + 1 : wanted) == 0) {
			return true;
		}
	}
	return false;
}

/* Whether a server certificate names the host it is asked for and has not come near its end. */
static enum rc is_current(struct session *session, const char *kind, const struct value *names, bool *ret,
			  struct err *reterr)
{
	AUTO(store_server_key_fini) struct store_server_key row = { 0 };
	AUTO_CERT_LIST chain = { 0 };
	enum rc rc = store_server_key_get(session->store, SERVICE_TENANT_DEFAULT, kind, &row, reterr);
	*ret = false;
	if (rc == RC_NOT_FOUND) {
		return RC_OK;
	}
	TRY(rc);
	TRY(chain_pem_parse(row.chain, &chain, reterr));
	*ret = true;
	for (size_t i = 0; i < value_count(names); i++) {
		const char *name = value_c(value_at(names, i));
		/* An IP address has many spellings; the loopback ones never change. */
		*ret &= strncmp(name, "IP:", 3) == 0 || has_name(chain.items[0], name);
	}
	*ret &= row.not_after.us > wall_now().us + RENEW_DAYS * 86400 * US_PER_SECOND;
	*ret |= !row.own; /* a replaced one is the operator's to renew */
	return RC_OK;
}

static enum rc renew(struct session *session, const char *kind, const char *type, const char *host,
		     const struct value *names, struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO_CERT_LIST chain = { 0 };
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_BUF(sealed, MAX_SEALED);
	AUTO_FREE char *subject = mem_printf("CN=%s, O=Postern", host);
	const char *sans[SERVER_NAMES_MAX];
	size_t n_sans = 0;
	for (; n_sans < value_count(names) && n_sans < SERVER_NAMES_MAX; n_sans++) {
		sans[n_sans] = value_c(value_at(names, n_sans));
	}
	struct service_authority_order order = { str_of(subject), sans, n_sans, "server", SERVER_DAYS };
	TRY(key_generate(&key, type, reterr));
	if (key_format_pkcs8(key, &der) != RC_OK) {
		return err_set(reterr, RC_BUG, "The server key cannot be written.");
	}
	TRY(service_seal(session, SERVICE_TENANT_DEFAULT, "server_key", kind, buf_str(&der), &sealed,
			 reterr));
	TRY(store_transaction_begin(&transaction, session->store, reterr));
	TRY(service_authority_issue_chain(session, SERVICE_TENANT_DEFAULT, &order, key, &chain, reterr));
	AUTO_FREE char *pem = chain_pem_format(&chain);
	TRY(store_server_key_put(session->store,
				 &(struct store_server_key){ SERVICE_TENANT_DEFAULT, kind, pem,
							     buf_str(&sealed), cert_not_after(chain.items[0]),
							     true },
				 reterr));
	TRY(store_transaction_commit(&transaction, reterr));
	log_event(LOG_INFO, "server_certificate_made", "kind=%s sha256=%s", kind,
		  cert_sha256(chain.items[0]));
	return RC_OK;
}

enum rc service_server_renew(struct session *session, bool *ret_renewed, struct err *reterr)
{
	static const char *const kinds[][2] = { { "rsa", "rsa-2048" }, { "ec", "p-256" } };
	const char *host = setting_text_in(session->service->settings, SETTING_host);
	AUTO_VALUE *names = value_array();
	bool renewed = false;
	TRY(server_names(session, host, names, reterr));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		bool current = false;
		TRY(is_current(session, kinds[i][0], names, &current, reterr));
		if (!current) {
			TRY(renew(session, kinds[i][0], kinds[i][1], host, names, reterr));
			renewed = true;
		}
	}
	if (ret_renewed) {
		*ret_renewed = renewed;
	}
	return RC_OK;
}
