/* SPDX-License-Identifier: Apache-2.0
 * The peer's chain is read, bounded and judged for a session; the name it asks for is kept. */
#include "tls/peer.h"

#include "base/memory.h"
#include "tls/internal.h"

static enum rc add_peer(struct tls_connection *c, X509 *x, struct err *reterr)
{
	struct cert *cert = NULL;
	TRY(cert_new_x509(&cert, x, reterr));
	cert_list_add(&c->peer, cert);
	cert_free(cert);
	return RC_OK;
}

/* Leaf NULL: it is the first of chain. */
static enum rc read_peer(struct tls_connection *c, X509 *leaf, STACK_OF(X509) * chain, int first,
			 struct err *reterr)
{
	enum rc rc = leaf ? add_peer(c, leaf, reterr) : RC_OK;
	for (int i = first; chain && i < sk_X509_num(chain) && rc == RC_OK; i++) {
		rc = add_peer(c, sk_X509_value(chain, i), reterr);
	}
	if (rc != RC_OK) {
		cert_list_fini(&c->peer);
	}
	c->has_peer = rc == RC_OK;
	return rc;
}

const struct cert_list *tls_connection_peer_chain(struct tls_connection *connection, struct err *reterr)
{
	if (connection->has_peer) {
		return &connection->peer;
	}
	X509 *leaf = SSL_get0_peer_certificate(connection->ssl);
	STACK_OF(X509) *chain = leaf ? SSL_get_peer_cert_chain(connection->ssl) : NULL;
	/* On the client's side the chain holds the leaf too. */
	int first = SSL_is_server(connection->ssl) ? 0 : 1;
	return read_peer(connection, leaf, chain, first, reterr) == RC_OK ? &connection->peer : NULL;
}

bool tls_chain_fits(const struct cert_list *chain)
{
	size_t bytes = 0;
	for (size_t i = 0; i < chain->n; i++) {
		bytes += cert_der(chain->items[i]).n;
	}
	return chain->n <= TLS_CHAIN_CERTIFICATES_MAX && bytes <= TLS_CHAIN_BYTES_MAX;
}

void tls_connection_judge(struct tls_connection *c, STACK_OF(X509) * chain)
{
	const struct tls_server_hooks *hooks = &c->server->hooks;
	struct wall now = wall_now();
	/* One that cannot be read, or is too large, is told at the first request, like every other fault of a
	 * chain. */
	if (read_peer(c, NULL, chain, 0, NULL) != RC_OK || !tls_chain_fits(&c->peer) || !hooks->judge ||
	    !hooks->judge(hooks->context, c, &c->claim)) {
		return;
	}
	c->claim.proven_at = now;
	int64_t most = now.us + TLS_SESSION_LIFETIME_S * US_PER_SECOND;
	if (c->claim.until.us > most) {
		c->claim.until.us = most;
	}
	/* What ends within this second is not worth a session. */
	long left = (long)((c->claim.until.us - now.us) / US_PER_SECOND);
	c->has_claim = c->server->sessions && left > 0;
	if (c->has_claim) {
		(void)SSL_SESSION_set_timeout(SSL_get0_session(c->ssl), left);
		(void)SSL_set_num_tickets(c->ssl, 1);
	}
}

void tls_connection_set_sni(struct tls_connection *c, struct str name)
{
	mem_free(c->sni); /* a second ClientHello says it again */
	c->sni = str_dup(name);
	str_lower(c->sni);
}

const char *tls_connection_sni(const struct tls_connection *connection)
{
	const char *name = connection->server
				   ? connection->sni
				   : SSL_get_servername(connection->ssl, TLSEXT_NAMETYPE_host_name);
	return name ? name : "";
}
