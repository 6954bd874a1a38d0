/* SPDX-License-Identifier: Apache-2.0
 * The gateway's own certificates: TLS is made of them, and made anew where they or the CA names moved. */
#include "gateway/server_keys.h"

#include "gateway/peer.h"
#include "log/log.h"
#include "view/view_sealed.h"

/* The server's own chains and keys, and what of them there is. */
struct server_keys {
	struct cert_list rsa_chain, ec_chain;
	struct key *rsa, *ec;
};

static void server_keys_fini(struct server_keys *keys)
{
	cert_list_fini(&keys->rsa_chain);
	cert_list_fini(&keys->ec_chain);
	key_free(keys->rsa);
	key_free(keys->ec);
}

static enum rc read_server_key(struct gateway *g, const char *kind, struct cert_list *ret_chain,
			       struct key **ret_key, struct err *reterr)
{
	struct registry_record record;
	if (!registry_get(g->registry, REGISTRY_SERVER_KEY, STR(""), str_of(kind), &record)) {
		return RC_OK;
	}
	return view_key_pair(&g->secrets, &record, ret_chain, ret_key, reterr);
}

/* The version of a server key's record; 0 where there is none. */
static uint64_t key_version(struct gateway *g, const char *kind)
{
	struct registry_record record;
	return registry_get(g->registry, REGISTRY_SERVER_KEY, STR(""), str_of(kind), &record) ? record.version
											      : 0;
}

/* As it was set at run time, else as the server was started. */
static bool offers_ca_names(struct gateway *g)
{
	const struct view view = { g->registry, STR("default") };
	return view_setting(view, SETTING_offer_ca_names, g->settings.offer_ca_names) != 0;
}

enum rc server_keys_make(struct gateway *g, struct err *reterr)
{
	AUTO(server_keys_fini) struct server_keys keys = { 0 };
	struct tenant *tenant = NULL;
	struct tls_server_context *tls = NULL;
	TRY(read_server_key(g, "rsa", &keys.rsa_chain, &keys.rsa, reterr));
	TRY(read_server_key(g, "ec", &keys.ec_chain, &keys.ec, reterr));
	if (!keys.rsa && !keys.ec) {
		return err_set(reterr, RC_AGAIN, "The registry holds no server key yet.");
	}
	struct tls_server_options options = { .request_client_certificate = true,
					      .offer_http2 = g->settings.http2,
					      .hooks = peer_hooks(g),
					      .sessions = g->sessions,
					      .certificates = g->certificates };
	if (keys.rsa) {
		options.rsa = (struct tls_identity){ &keys.rsa_chain, keys.rsa };
	}
	if (keys.ec) {
		options.ec = (struct tls_identity){ &keys.ec_chain, keys.ec };
	}
	bool offers = offers_ca_names(g);
	if (offers) {
		TRY(tenant_get(g, STR("default"), &tenant, reterr));
		options.offered_ca_names = trust_anchors(tenant->trust);
		if (!tls_ca_names_fit(options.offered_ca_names)) {
			log_event(LOG_WARNING, "ca_names_not_offered",
				  "why=\"the names of the trusted CAs are larger than the %zu KiB that "
				  "clients take; none is offered\"",
				  TLS_CA_NAMES_BYTES_MAX / 1024);
		}
	}
	TRY(tls_server_context_new(&tls, &options, reterr));
	tls_server_context_free(g->tls);
	g->tls = tls;
	g->tls_trust = registry_trust_generation(g->registry);
	g->tls_keys[0] = key_version(g, "rsa");
	g->tls_keys[1] = key_version(g, "ec");
	g->tls_offers = offers;
	return RC_OK;
}

/* New server certificates, or CA names, count from the next connection on. */
void server_keys_renew(struct gateway *g)
{
	struct err err = { 0 };
	/* A setting moves the generation of trust, as an anchor does. */
	bool trust_moved = g->tls_trust != registry_trust_generation(g->registry);
	bool names_moved = trust_moved && (g->tls_offers || offers_ca_names(g));
	g->tls_trust = registry_trust_generation(g->registry);
	if (!names_moved && g->tls_keys[0] == key_version(g, "rsa") &&
	    g->tls_keys[1] == key_version(g, "ec")) {
		return;
	}
	if (server_keys_make(g, &err) != RC_OK) {
		log_err(LOG_ERROR, "server_key_unreadable", &err);
		return;
	}
	http_server_set_hook_context(g->server, tls_connection_accept_hook, g->tls);
}
