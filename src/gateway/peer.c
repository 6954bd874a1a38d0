/* SPDX-License-Identifier: Apache-2.0
 * A connection's peer: its chain judged at the handshake, again when something moved, and recalled with a
 * session. */
#include "gateway/peer.h"

#include "base/memory.h"
#include "log/log.h"

/* What is known of a connection's peer, or of that of the session that it resumed;
 * NULL: no certificate so far. */
static struct judgement *attached(struct tls_connection *tls)
{
	struct judgement *j = tls_connection_user(tls);
	return j ? j : tls_connection_recalled(tls);
}

static void attach(struct tls_connection *tls, struct judgement *take_judgement)
{
	judgement_free(tls_connection_user(tls));
	tls_connection_set_user(tls, take_judgement);
}

const struct cert *peer_leaf(struct http_connection *connection)
{
	struct tls_connection *tls = http_connection_tls(connection);
	struct judgement *j = tls ? attached(tls) : NULL;
	const struct cert_list *chain = j ? &j->chain : tls ? tls_connection_peer_chain(tls, NULL) : NULL;
	return chain && chain->n ? chain->items[0] : NULL;
}

struct judgement *peer_judge(struct gateway *g, struct http_connection *connection,
			     const struct tenant *tenant, struct wall now)
{
	struct err err = { 0 };
	struct tls_connection *tls = http_connection_tls(connection);
	struct judgement *j = tls ? attached(tls) : NULL;
	if (!tls) {
		return NULL;
	}
	if (!j || !judgement_holds(j, tenant, now)) {
		const struct cert_list *chain =
			j && j->chain.n ? &j->chain : tls_connection_peer_chain(tls, &err);
		if (chain && chain->n == 0) {
			return NULL;
		}
		j = chain ? judgement_get(g->judgements, tenant, chain, now)
			  : judgement_unreadable(tenant, err.text, now);
		attach(tls, j);
	}
	return judgement_ref(j);
}

/* ---- sessions ---- */

/* The subaccount that the server name of a handshake stands for, as it is now. */
static const struct tenant *tenant_of(struct gateway *g, struct tls_connection *tls)
{
	struct err err = { 0 };
	struct tenant *tenant = NULL;
	struct str name = str_first(tenant_name(g, str_of(tls_connection_sni(tls))), REGISTRY_MAX_TENANT);
	if (!gateway_refresh(g)) {
		return NULL;
	}
	if (tenant_get(g, name, &tenant, &err) != RC_OK) {
		log_err(LOG_ERROR, "trust_unreadable", &err);
		return NULL;
	}
	return tenant;
}

/* In the form: DER after DER, each of which says how long it is. */
static void share_chain(struct gateway *g, const struct judgement *j)
{
	AUTO_BUF(chain, SESSION_STORE_RECORD_MAX);
	if (!g->sessions || session_store_has(g->sessions, SESSION_STORE_CHAIN, j->sha256)) {
		return;
	}
	for (size_t i = 0; i < j->chain.n; i++) {
		(void)buf_add(&chain, cert_der(j->chain.items[i]));
	}
	if (!chain.overflow) {
		(void)!session_store_put(g->sessions, SESSION_STORE_CHAIN, j->sha256, STR(""),
					 buf_str(&chain));
	}
}

static bool judge(void *context, struct tls_connection *tls, struct tls_claim *ret)
{
	struct gateway *g = context;
	struct wall now = wall_now();
	const struct tenant *tenant = tenant_of(g, tls);
	const struct cert_list *chain = tls_connection_peer_chain(tls, NULL);
	if (!tenant || !chain || chain->n == 0) {
		return false;
	}
	struct judgement *j = judgement_get(g->judgements, tenant, chain, now);
	attach(tls, j);
	if (j->identity.chain_reason != REASON_NONE) {
		return false;
	}
	memcpy(ret->chain_sha256, j->sha256, sizeof(ret->chain_sha256));
	ret->until = j->earliest_not_after;
	share_chain(g, j);
	return true;
}

/* A chain that another worker has judged: fetched, checked against its name, and judged here. */
static struct judgement *fetch(struct gateway *g, const struct tenant *tenant, const uint8_t *sha256,
			       struct wall now)
{
	AUTO_BUF(bytes, SESSION_STORE_RECORD_MAX);
	AUTO_CERT_LIST chain = { 0 };
	uint8_t name[DIGEST_SHA256_SIZE];
	if (!g->sessions ||
	    session_store_get(g->sessions, SESSION_STORE_CHAIN, sha256, STR(""), &bytes) != RC_OK ||
	    cert_list_read(&chain, buf_str(&bytes), CHAIN_MAX_DEPTH, NULL) != RC_OK || chain.n == 0) {
		return NULL;
	}
	judgement_name(&chain, name);
	if (memcmp(name, sha256, sizeof(name)) != 0) {
		return NULL;
	}
	return judgement_get(g->judgements, tenant, &chain, now);
}

static void *recall(void *context, struct tls_connection *tls, const struct tls_claim *claim, bool *ret_renew)
{
	struct gateway *g = context;
	struct wall now = wall_now();
	const struct tenant *tenant = tenant_of(g, tls);
	struct judgement *known = tenant ? judgement_find(g->judgements, tenant, claim->chain_sha256) : NULL;
	struct judgement *j = NULL;
	if (known) {
		j = judgement_holds(known, tenant, now)
			    ? judgement_ref(known)
			    : judgement_get(g->judgements, tenant, &known->chain, now);
	} else if (tenant) {
		j = fetch(g, tenant, claim->chain_sha256, now);
	}
	*ret_renew = j && j->identity.chain_reason == REASON_NONE;
	return j;
}

static void release(void *held)
{
	judgement_free(held);
}

struct tls_server_hooks peer_hooks(struct gateway *g)
{
	return (struct tls_server_hooks){
		.context = g, .judge = judge, .recall = recall, .release = release, .forget = release
	};
}
