/* SPDX-License-Identifier: Apache-2.0
 * Judging a peer's chain: once a connection, and again when something moved. */
#include "gateway/peer.h"

#include "base/memory.h"
#include "gateway/caller.h"

#include <stdio.h>

/* A refusal is looked at again after so long: a certificate may have become valid meanwhile. */
#define REFUSAL_HOLDS_US (US_PER_SECOND)

const struct cert_list *peer_chain(struct http_connection *connection)
{
	struct tls_connection *tls = http_connection_tls(connection);
	const struct cert_list *chain = tls ? tls_connection_peer_chain(tls, NULL) : NULL;
	return chain && chain->n ? chain : NULL;
}

void peer_forget(struct http_connection *connection)
{
	struct peer *peer = http_connection_user(connection);
	if (peer) {
		caller_free(peer->caller);
		mem_free(peer);
	}
	http_connection_set_user(connection, NULL);
}

static struct wall earlier(struct wall a, struct wall b)
{
	return a.us < b.us ? a : b;
}

static void describe_leaf(struct peer *peer, const struct cert *leaf)
{
	peer->identity.leaf = (struct identity_certificate){
		.sha256 = cert_sha256(leaf),
		.subject = cert_subject(leaf),
		.issuer = cert_issuer(leaf),
		.serial = cert_serial(leaf),
		.issuer_public_key_sha256 = peer->verdict.issuer_public_key_sha256,
		.not_before = cert_not_before(leaf),
		.not_after = cert_not_after(leaf),
	};
}

static void judge(struct peer *peer, const struct cert_list *chain, struct wall now)
{
	struct chain_verdict *verdict = &peer->verdict;
	*verdict = (struct chain_verdict){ .reason = REASON_K201 };
	chain_judge(peer->tenant->trust, chain, now, CHAIN_CLIENT, verdict);
	peer->identity = (struct identity_peer){
		.has_certificate = true,
		.chain_reason = verdict->reason,
		.anchored = verdict->anchored,
		.chain_detail = verdict->detail,
		.chain_subject = verdict->at_subject,
		.anchor_sha256 = verdict->anchor_sha256,
	};
	describe_leaf(peer, chain->items[0]);
	peer->good_until = verdict->reason == REASON_NONE
				   ? earlier(verdict->earliest_not_after, verdict->earliest_next_update)
				   : (struct wall){ now.us + REFUSAL_HOLDS_US };
}

/* A certificate that cannot be decoded is one that is not good. */
static void judge_unreadable(struct peer *peer, const struct err *err)
{
	(void)snprintf(peer->text, sizeof(peer->text), "%s", err->text);
	peer->identity = (struct identity_peer){ .has_certificate = true,
						 .chain_reason = REASON_K209,
						 .chain_detail = peer->text };
	peer->good_until = (struct wall){ INT64_MAX };
}

static void judge_connection(struct peer *peer, struct http_connection *connection, struct wall now)
{
	struct err err = { 0 };
	struct tls_connection *tls = http_connection_tls(connection);
	const struct cert_list *chain = tls ? tls_connection_peer_chain(tls, &err) : NULL;
	peer->judged_at = now;
	if (tls && !chain) {
		judge_unreadable(peer, &err);
	} else if (chain && chain->n > 0) {
		judge(peer, chain, now);
	} else {
		peer->identity = (struct identity_peer){ 0 };
		peer->good_until = (struct wall){ INT64_MAX };
	}
}

struct peer *peer_judge(struct http_connection *connection, const struct tenant *tenant, struct wall now)
{
	struct peer *peer = http_connection_user(connection);
	if (!peer) {
		peer = mem_alloc(sizeof(*peer));
		http_connection_set_user(connection, peer);
	} else if (peer->tenant == tenant && peer->trust_generation == tenant->trust_generation &&
		   now.us >= peer->judged_at.us && now.us < peer->good_until.us) {
		return peer;
	}
	peer->tenant = tenant;
	peer->trust_generation = tenant->trust_generation;
	/* Who it is was found for the verdict before. */
	caller_free(TAKE(peer->caller));
	judge_connection(peer, connection, now);
	return peer;
}
