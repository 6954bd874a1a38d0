/* SPDX-License-Identifier: Apache-2.0
 * Keeps sessions in the memory that all workers share, without the peer's certificate, and fetches them from
 * there. */
#include "tls/session.h"

#include "base/memory.h"
#include "tls/internal.h"
#include "tls/peer.h"
#include "tls/session_store.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* = SSL_SESSION_ASN1 in ssl/ssl_asn1.c: [3] EXPLICIT Certificate OPTIONAL. */
#define TAG_SEQUENCE 0x30
#define TAG_PEER 0xa3
/* Chain, two times. */
#define CLAIM_BYTES (DIGEST_SHA256_SIZE + 8 + 8)

/* Take one element of low tag number off the front of rest.
 * = X.690 §8.1, definite lengths in their shortest form. */
static bool take_element(struct str *rest, uint8_t *ret_tag, struct str *ret_whole, struct str *ret_value)
{
	const uint8_t *p = (const uint8_t *)rest->p;
	size_t head = 2;
	if (rest->n < 2 || (p[0] & 0x1f) == 0x1f) {
		return false;
	}
	size_t n = p[1];
	if (n & 0x80) {
		size_t digits = n & 0x7f;
		if (digits == 0 || digits > 3 || rest->n < 2 + digits) {
			return false;
		}
		n = 0;
		for (size_t i = 0; i < digits; i++) {
			n = n << 8 | p[2 + i];
		}
		if (n < 0x80 || n >> (8 * (digits - 1)) == 0) {
			return false;
		}
		head += digits;
	}
	if (rest->n - head < n) {
		return false;
	}
	*ret_tag = p[0];
	*ret_whole = str_first(*rest, head + n);
	*ret_value = str_skip(*ret_whole, head);
	*rest = str_skip(*rest, head + n);
	return true;
}

static bool add_sequence_head(struct buf *out, size_t n)
{
	if (n < 0x80) {
		return buf_add_char(out, TAG_SEQUENCE) && buf_add_char(out, (char)n);
	}
	if (n < 0x100) {
		return buf_add_char(out, TAG_SEQUENCE) && buf_add_char(out, (char)0x81) &&
		       buf_add_char(out, (char)n);
	}
	return n <= 0xffff && buf_add_char(out, TAG_SEQUENCE) && buf_add_char(out, (char)0x82) &&
	       buf_add_char(out, (char)(n >> 8)) && buf_add_char(out, (char)(n & 0xff));
}

/* Decoding the peer's certificate is what makes resuming dear; who the peer is, the claim says. */
static enum rc add_without_peer(struct str session, struct buf *out)
{
	uint8_t tag;
	struct str whole, fields, rest = session, peer = STR_NONE;
	if (!take_element(&rest, &tag, &whole, &fields) || tag != TAG_SEQUENCE || rest.n) {
		return RC_INVALID;
	}
	rest = fields;
	while (rest.n) {
		struct str value;
		if (!take_element(&rest, &tag, &whole, &value)) {
			return RC_INVALID;
		}
		if (tag == TAG_PEER && peer.n) {
			return RC_INVALID;
		}
		if (tag == TAG_PEER) {
			peer = whole;
		}
	}
	size_t before = peer.n ? (size_t)(peer.p - fields.p) : fields.n;
	if (!add_sequence_head(out, fields.n - peer.n) || !buf_add(out, str_first(fields, before)) ||
	    !buf_add(out, str_skip(fields, before + peer.n))) {
		return RC_LIMIT;
	}
	return RC_OK;
}

enum rc tls_session_format(const struct tls_claim *claim, struct str session, struct buf *out)
{
	if (!buf_add(out, str_from(claim->chain_sha256, DIGEST_SHA256_SIZE)) ||
	    !buf_add(out, str_from(&claim->proven_at.us, 8)) ||
	    !buf_add(out, str_from(&claim->until.us, 8))) {
		return RC_LIMIT;
	}
	return add_without_peer(session, out);
}

enum rc tls_session_parse(struct str bytes, struct tls_claim *ret_claim, struct str *ret_session)
{
	if (bytes.n <= CLAIM_BYTES) {
		return RC_INVALID;
	}
	memcpy(ret_claim->chain_sha256, bytes.p, DIGEST_SHA256_SIZE);
	memcpy(&ret_claim->proven_at.us, bytes.p + DIGEST_SHA256_SIZE, 8);
	memcpy(&ret_claim->until.us, bytes.p + DIGEST_SHA256_SIZE + 8, 8);
	*ret_session = str_skip(bytes, CLAIM_BYTES);
	return RC_OK;
}

/* What a resumed session carries in memory: its claim, and the object that recall() gave. Copies share it. */
struct resumption {
	unsigned owners;
	struct tls_claim claim;
	void *held;
	void (*release)(void *held);
};

static void resumption_free(void *parent, void *p, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	struct resumption *r = p;
	if (!r || --r->owners > 0) {
		return;
	}
	r->release(r->held);
	mem_free(r);
}

static int resumption_dup(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **p, int index, long argl,
			  void *argp)
{
	struct resumption *r = *p;
	if (r) {
		r->owners++;
	}
	return 1;
}

static int resumption_index_value = -1;

static void make_index(void)
{
	resumption_index_value = SSL_SESSION_get_ex_new_index(0, NULL, NULL, resumption_dup, resumption_free);
}

static int resumption_index(void)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
	ASSERT(CRYPTO_THREAD_run_once(&once, make_index) == 1 && resumption_index_value >= 0);
	return resumption_index_value;
}

static struct resumption *resumption_of(SSL *ssl)
{
	SSL_SESSION *session = SSL_session_reused(ssl) ? SSL_get0_session(ssl) : NULL;
	return session ? SSL_SESSION_get_ex_data(session, resumption_index()) : NULL;
}

void *tls_session_recalled(SSL *ssl)
{
	struct resumption *r = resumption_of(ssl);
	return r ? r->held : NULL;
}

/* = RFC 7627: without the extended master secret a session can be made to stand for another peer.
 * TLS 1.3 has it built in. */
static bool is_bound_to_peer(const struct tls_connection *c)
{
	return SSL_version(c->ssl) >= TLS1_3_VERSION || c->extended_master_secret;
}

static void store_session(struct tls_connection *c, const struct tls_claim *claim, SSL_SESSION *session)
{
	AUTO_BUF_SECRET(record, TLS_SESSION_MAX);
	unsigned char *der = NULL;
	unsigned id_n = 0;
	const unsigned char *id = SSL_SESSION_get_id(session, &id_n);
	int n = id_n == SESSION_STORE_NAME_BYTES ? i2d_SSL_SESSION(session, &der) : 0;
	/* One that cannot be kept is one that is not resumed. */
	if (n > 0 && tls_session_format(claim, str_from(der, (size_t)n), &record) == RC_OK) {
		(void)!session_store_put(c->server->sessions, SESSION_STORE_SESSION, id,
					 str_of(tls_connection_sni(c)), buf_str(&record));
	}
	if (n > 0) {
		mem_wipe(der, (size_t)n);
	}
	OPENSSL_free(der);
}

/* A session is complete: keep it where a chain was found good, in this handshake or in that which is
 * resumed. */
static int on_new(SSL *ssl, SSL_SESSION *session)
{
	struct tls_connection *c = SSL_get_app_data(ssl);
	struct resumption *r = SSL_SESSION_get_ex_data(session, resumption_index());
	const struct tls_claim *claim = SSL_session_reused(ssl) ? (r ? &r->claim : NULL)
					: c->has_claim          ? &c->claim
								: NULL;
	if (claim && is_bound_to_peer(c)) {
		store_session(c, claim, session);
	}
	return 0; /* no reference is kept */
}

/* The session's objects are the caller's after this. */
static bool attach(struct tls_connection *c, SSL_SESSION *session, const struct tls_claim *claim,
		   struct wall now)
{
	const struct tls_server_hooks *hooks = &c->server->hooks;
	bool renew = false;
	void *held = hooks->recall(hooks->context, c, claim, &renew);
	if (!held) {
		return false;
	}
	struct resumption *r = mem_alloc(sizeof(*r));
	*r = (struct resumption){ .owners = 1, .claim = *claim, .held = held, .release = hooks->release };
	if (SSL_SESSION_set_ex_data(session, resumption_index(), r) != 1) {
		resumption_free(NULL, r, NULL, 0, 0, NULL);
		return false;
	}
	/* The renewed ticket ends when the first would have. */
	(void)SSL_SESSION_set_time(session, (long)wall_seconds(now));
	(void)SSL_SESSION_set_timeout(session, (long)(wall_seconds(claim->until) - wall_seconds(now)));
	(void)SSL_set_num_tickets(c->ssl, renew ? 1 : 0);
	return true;
}

static SSL_SESSION *on_get(SSL *ssl, const unsigned char *id, int id_n, int *ret_copy)
{
	AUTO_BUF_SECRET(record, TLS_SESSION_MAX);
	struct tls_connection *c = SSL_get_app_data(ssl);
	struct tls_claim claim;
	struct str der;
	struct wall now = wall_now();
	*ret_copy = 0;
	if (id_n != SESSION_STORE_NAME_BYTES ||
	    session_store_get(c->server->sessions, SESSION_STORE_SESSION, id, str_of(tls_connection_sni(c)),
			      &record) != RC_OK ||
	    tls_session_parse(buf_str(&record), &claim, &der) != RC_OK || now.us < claim.proven_at.us ||
	    now.us >= claim.until.us) {
		return NULL;
	}
	const unsigned char *p = (const unsigned char *)der.p;
	SSL_SESSION *session = d2i_SSL_SESSION(NULL, &p, (long)der.n);
	if (session && p == (const unsigned char *)der.p + der.n && attach(c, session, &claim, now)) {
		return session;
	}
	SSL_SESSION_free(session);
	ERR_clear_error();
	return NULL;
}

void tls_session_enable(SSL_CTX *ssl)
{
	(void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL |
							  SSL_SESS_CACHE_NO_AUTO_CLEAR);
	(void)SSL_CTX_set_timeout(ssl, TLS_SESSION_LIFETIME_S);
	SSL_CTX_sess_set_new_cb(ssl, on_new);
	SSL_CTX_sess_set_get_cb(ssl, on_get);
}
