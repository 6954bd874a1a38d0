/* SPDX-License-Identifier: Apache-2.0
 * The server's own certificates: the names it is called by, and keys that helpers have made. */
#include "service/authority/server_renewal.h"

#include "base/memory.h"
#include "log/log.h"
#include "pki/chain/chain_pem.h"
#include "service/authority/authority.h"
#include "store/keystore/server_key.h"
#include "store/subaccount/tenant.h"

#include <string.h>

#define MAX_SEALED (KEY_MAX_BYTES + 256)
#define SERVER_DAYS 397
#define RENEW_DAYS 30

static const struct {
	const char *kind, *type;
} kinds[] = { { "rsa", "rsa-2048" }, { "ec", "p-256" } };

static void name_append(struct value *names, const char *tenant, const char *host)
{
	AUTO_FREE char *name = mem_printf("DNS:%s.%s", tenant, host);
	if (value_count(names) < SERVER_RENEWAL_NAMES_MAX) {
		value_append_c(names, name);
	}
}

/* Every name the server is called by. Clients take no wildcard below a host name of one label ("localhost"),
 * so there the subaccounts are named one by one; elsewhere the certificate tells nobody which there are. */
static enum rc names_read(struct session *session, const char *host, const char *also, struct value *names,
			  struct err *reterr)
{
	AUTO(store_tenant_list_fini) struct store_tenant_list tenants = { 0 };
	bool is_address = strspn(host, CHAR_DIGITS ".") == strlen(host) || strchr(host, ':');
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
			name_append(names, tenants.items[i].name, host);
		}
	}
	if (also) {
		name_append(names, also, host);
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

/* The key that serves for this kind, one owner more; NULL where there is none. */
static struct key *key_of(struct key *const *keys, size_t n_keys, const char *kind)
{
	for (size_t i = 0; i < n_keys; i++) {
		if (key_is_rsa(keys[i]) == (strcmp(kind, "rsa") == 0)) {
			return key_ref(keys[i]);
		}
	}
	return NULL;
}

static enum rc issue(struct session *session, const struct value *names, const char *host,
		     const struct key *key, struct cert_list *ret_chain, struct err *reterr)
{
	AUTO_FREE char *subject = mem_printf("CN=%s, O=Postern", host);
	const char *sans[SERVER_RENEWAL_NAMES_MAX];
	size_t n = 0;
	for (; n < value_count(names) && n < SERVER_RENEWAL_NAMES_MAX; n++) {
		sans[n] = value_c(value_at(names, n));
	}
	const struct service_authority_order order = {
		.subject = str_of(subject), .sans = sans, .n_sans = n, .usage = "server", .days = SERVER_DAYS
	};
	return service_authority_issue_chain(session, SERVICE_TENANT_DEFAULT, &order, key, ret_chain, reterr);
}

static enum rc keep(struct session *session, const char *kind, const struct key *key,
		    const struct cert_list *chain, struct err *reterr)
{
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_BUF(sealed, MAX_SEALED);
	AUTO_FREE char *pem = chain_pem_format(chain);
	struct store_server_key row = { SERVICE_TENANT_DEFAULT,          kind, pem, STR_NONE,
					cert_not_after(chain->items[0]), true };
	if (key_format_pkcs8(key, &der) != RC_OK) {
		return err_set(reterr, RC_BUG, "The server key cannot be written.");
	}
	TRY(service_seal(session, SERVICE_TENANT_DEFAULT, "server_key", kind, buf_str(&der), &sealed,
			 reterr));
	row.key = buf_str(&sealed);
	TRY(store_server_key_put(session->store, &row, reterr));
	log_event(LOG_INFO, "server_certificate_made", "kind=%s sha256=%s", kind,
		  cert_sha256(chain->items[0]));
	return RC_OK;
}

/* The names, and which kinds are due for them. */
static enum rc due_read(struct session *session, const char *also, struct value *names,
			bool ret_due[ARRAY_SIZE(kinds)], struct err *reterr)
{
	const char *host = setting_text_in(session->service->settings, SETTING_host);
	TRY(names_read(session, host, also, names, reterr));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		bool current = false;
		TRY(is_current(session, kinds[i].kind, names, &current, reterr));
		ret_due[i] = !current;
	}
	return RC_OK;
}

enum rc server_renewal_order(struct session *session, const char *also, struct job_key_order *ret,
			     struct err *reterr)
{
	AUTO_VALUE *names = value_array();
	bool due[ARRAY_SIZE(kinds)];
	TRY(due_read(session, also, names, due, reterr));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (due[i]) {
			job_key_order_add(ret, kinds[i].type);
		}
	}
	return RC_OK;
}

void server_renewal_order_all(struct job_key_order *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		job_key_order_add(ret, kinds[i].type);
	}
}

enum rc server_renewal_make(struct session *session, struct key *const *keys, size_t n_keys,
			    bool *ret_renewed, struct err *reterr)
{
	const char *host = setting_text_in(session->service->settings, SETTING_host);
	AUTO_VALUE *names = value_array();
	bool due[ARRAY_SIZE(kinds)], renewed = false;
	TRY(due_read(session, NULL, names, due, reterr));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		AUTO(key_free_cleanup) struct key *key = key_of(keys, n_keys, kinds[i].kind);
		AUTO_CERT_LIST chain = { 0 };
		if (!due[i]) {
			continue;
		}
		if (!key) {
			TRY(key_generate(&key, kinds[i].type, reterr));
		}
		TRY(issue(session, names, host, key, &chain, reterr));
		TRY(keep(session, kinds[i].kind, key, &chain, reterr));
		renewed = true;
	}
	if (ret_renewed) {
		*ret_renewed = renewed;
	}
	return RC_OK;
}
