/* SPDX-License-Identifier: Apache-2.0
 * A connection's peer: its chain judged at the handshake, again when something moved, and recalled with a session. */
#include "gateway/peer.h"

#include "base/memory.h"
#include "gateway/caller.h"
#include "log/log.h"

/* The verdict is another; who it is was found for the one before. */
static struct peer *peer_set(struct tls_connection *tls, struct judgement *take_judgement)
{
	struct peer *peer = tls_connection_user(tls);
	if (!peer) {
		peer = mem_alloc(sizeof(*peer));
		tls_connection_set_user(tls, peer);
	}
	caller_free(TAKE(peer->caller));
	judgement_free(peer->judgement);
	peer->judgement = take_judgement;
	peer->identity = &take_judgement->identity;
	return peer;
}

static void peer_free(void *user)
{
	struct peer *peer = user;
	caller_free(peer->caller);
	judgement_free(peer->judgement);
	mem_free(peer);
}

/* The peer of a connection, made where its session brings one; NULL: it has shown no certificate so far. */
static struct peer *peer_of(struct tls_connection *tls)
{
	struct peer *peer = tls_connection_user(tls);
	struct judgement *recalled = peer ? NULL : tls_connection_recalled(tls);
	if (recalled)
		peer_set(tls, judgement_ref(recalled));
	return tls_connection_user(tls);
}

const struct cert *peer_leaf(struct http_connection *connection)
{
	struct tls_connection *tls = http_connection_tls(connection);
	struct peer *peer = tls ? peer_of(tls) : NULL;
	const struct cert_list *chain = peer  ? &peer->judgement->chain
					: tls ? tls_connection_peer_chain(tls, NULL)
					      : NULL;
	return chain && chain->n ? chain->items[0] : NULL;
}

struct peer *peer_judge(struct gateway *g, struct http_connection *connection, const struct tenant *tenant,
			struct wall now)
{
	static const struct identity_peer no_identity;
	static struct peer nobody = { .identity = &no_identity };
	struct err err = { 0 };
	struct tls_connection *tls = http_connection_tls(connection);
	struct peer *peer = tls ? peer_of(tls) : &nobody;
	if (!tls || (peer && judgement_holds(peer->judgement, tenant, now)))
		return peer;
	const struct cert_list *chain = peer && peer->judgement->chain.n
						? &peer->judgement->chain
						: tls_connection_peer_chain(tls, &err);
	if (chain && chain->n == 0)
		return &nobody;
	return peer_set(tls, chain ? judgement_get(g->judgements, tenant, chain, now)
				   : judgement_unreadable(tenant, err.text, now));
}

/* ---- sessions ---- */

/* The subaccount that the server name of a handshake stands for, as it is now. */
static const struct tenant *tenant_of(struct gateway *g, struct tls_connection *tls)
{
	struct err err = { 0 };
	struct tenant *tenant = NULL;
	struct str name = str_first(tenant_name(g, str_of(tls_connection_sni(tls))), REGISTRY_MAX_TENANT);
	if (!gateway_refresh(g))
		return NULL;
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
	if (!g->sessions || session_store_has(g->sessions, SESSION_STORE_CHAIN, j->sha256))
		return;
	for (size_t i = 0; i < j->chain.n; i++)
		(void)buf_add(&chain, cert_der(j->chain.items[i]));
	if (!chain.overflow)
		(void)!session_store_put(g->sessions, SESSION_STORE_CHAIN, j->sha256, STR(""),
					 buf_str(&chain));
}

static bool judge(void *context, struct tls_connection *tls, struct tls_claim *ret)
{
	struct gateway *g = context;
	struct wall now = wall_now();
	const struct tenant *tenant = tenant_of(g, tls);
	const struct cert_list *chain = tls_connection_peer_chain(tls, NULL);
	if (!tenant || !chain || chain->n == 0)
		return false;
	struct judgement *j = judgement_get(g->judgements, tenant, chain, now);
	(void)peer_set(tls, j);
	if (j->verdict.reason != REASON_NONE)
		return false;
	memcpy(ret->chain_sha256, j->sha256, sizeof(ret->chain_sha256));
	ret->until = j->verdict.earliest_not_after;
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
	    cert_list_read(&chain, buf_str(&bytes), CHAIN_MAX_DEPTH, NULL) != RC_OK || chain.n == 0)
		return NULL;
	judgement_name(&chain, name);
	if (memcmp(name, sha256, sizeof(name)) != 0)
		return NULL;
	return judgement_get(g->judgements, tenant, &chain, now);
}

static void *recall(void *context, struct tls_connection *tls, const struct tls_claim *claim, bool *ret_renew)
{
	struct gateway *g = context;
	struct wall now = wall_now();
	const struct tenant *tenant = tenant_of(g, tls);
	struct judgement *known = tenant ? judgement_find(g->judgements, tenant, claim->chain_sha256) : NULL;
	struct judgement *j = NULL;
	if (known)
		j = judgement_holds(known, tenant, now)
			    ? judgement_ref(known)
			    : judgement_get(g->judgements, tenant, &known->chain, now);
	else if (tenant)
		j = fetch(g, tenant, claim->chain_sha256, now);
	*ret_renew = j && j->verdict.reason == REASON_NONE;
	return j;
}

static void release(void *held)
{
	judgement_free(held);
}

struct tls_server_hooks peer_hooks(struct gateway *g)
{
	return (struct tls_server_hooks){
		.context = g, .judge = judge, .recall = recall, .release = release, .forget = peer_free
	};
}
