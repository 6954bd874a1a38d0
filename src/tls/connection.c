/* SPDX-License-Identifier: Apache-2.0
 * Drives OpenSSL's state machine over what never blocks, and reports what the peer proved. */
#include "tls/connection.h"

#include "base/memory.h"
#include "os/socket.h"
#include "tls/internal.h"
#include "tls/session.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

static const struct transport_ops TLS;

struct tls_connection *tls_connection_of(struct transport *transport)
{
	return transport && transport->ops == &TLS ? (struct tls_connection *)transport : NULL;
}

/* The server's certificate was not good: say what about it. */
static enum rc verification_failed(struct tls_connection *c, struct err *reterr)
{
	long why = SSL_get_verify_result(c->ssl);
	ERR_clear_error();
	(void)err_set(reterr, RC_CERT, "the server's certificate is not trusted: %s",
		      X509_verify_cert_error_string(why));
	(void)err_native(reterr, ERR_OPENSSL, (int)why);
	return RC_CERT;
}

/* What an unsuccessful call of OpenSSL means for the caller. */
static enum rc outcome(struct tls_connection *c, int result, const char *what, struct err *reterr)
{
	int saved = errno;
	switch (SSL_get_error(c->ssl, result)) {
	case SSL_ERROR_WANT_READ: c->transport.want = LOOP_READ; return RC_AGAIN;
	case SSL_ERROR_WANT_WRITE: c->transport.want = LOOP_WRITE; return RC_AGAIN;
	case SSL_ERROR_ZERO_RETURN: return err_set(reterr, RC_CLOSED, "the peer closed the connection");
	case SSL_ERROR_SYSCALL:
		c->failed = true;
		ERR_clear_error();
		if (saved == 0) {
			return err_set(reterr, RC_IO, "%s: the peer cut the connection", what);
		}
		errno = saved;
		return err_errno(reterr, "%s", what);
	default:
		c->failed = true;
		if (c->client && c->client->verify && SSL_get_verify_result(c->ssl) != X509_V_OK) {
			return verification_failed(c, reterr);
		}
		return tls_err(reterr, RC_PROTO, what, c->server != NULL);
	}
}

/* What is held goes out before anything is waited for; an alert goes out as well as it can. */
static enum rc flush(struct tls_connection *c, enum rc rc, struct err *reterr)
{
	if (tls_bio_flush(c)) {
		return rc;
	}
	if (rc != RC_OK && rc != RC_AGAIN) {
		return rc;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		c->transport.want = rc == RC_OK ? LOOP_WRITE : c->transport.want | LOOP_WRITE;
		return RC_AGAIN;
	}
	c->failed = true;
	return err_errno(reterr, "cannot write to the TLS connection");
}

static enum rc connection_handshake(struct transport *t, struct err *reterr)
{
	struct tls_connection *c = tls_connection_of(t);
	ERR_clear_error();
	errno = 0;
	struct cert_cache *before = cert_cache_use(c->server ? c->server->certificates : NULL);
	c->hold = true;
	c->emptied = false;
	int result = SSL_do_handshake(c->ssl);
	c->hold = false;
	(void)cert_cache_use(before);
	/* A ticket waits for the first answer, or for the next wait. */
	if (result == 1 && c->server) {
		return RC_OK;
	}
	enum rc rc = result == 1 ? RC_OK : outcome(c, result, "the TLS handshake failed", reterr);
	return flush(c, rc, reterr);
}

static enum rc connection_read(struct transport *t, void *out, size_t size, size_t *ret_n, struct err *reterr)
{
	struct tls_connection *c = tls_connection_of(t);
	ERR_clear_error();
	errno = 0;
	int result = SSL_read_ex(c->ssl, out, size, ret_n);
	if (result == 1) {
		return RC_OK;
	}
	return flush(c, outcome(c, result, "cannot read from the TLS connection", reterr), reterr);
}

/* A peer that refuses us sends an alert and resets; where our write meets the reset first, the alert still
 * waits to be read. */
static bool alert_waits(struct tls_connection *c, int result, int *ret_result)
{
	char byte;
	size_t n;
	int saved = errno;
	if (SSL_get_error(c->ssl, result) != SSL_ERROR_SYSCALL || (saved != ECONNRESET && saved != EPIPE)) {
		return false;
	}
	ERR_clear_error();
	*ret_result = SSL_read_ex(c->ssl, &byte, 1, &n);
	bool waits = *ret_result != 1 && SSL_get_error(c->ssl, *ret_result) == SSL_ERROR_SSL;
	errno = saved;
	return waits;
}

static enum rc connection_write(struct transport *t, const void *p, size_t n, size_t *ret_n,
				struct err *reterr)
{
	struct tls_connection *c = tls_connection_of(t);
	if (n == 0) {
		*ret_n = 0;
		return RC_OK;
	}
	ERR_clear_error();
	errno = 0;
	int result = SSL_write_ex(c->ssl, p, n, ret_n);
	int read_result = 0;
	if (result != 1 && alert_waits(c, result, &read_result)) {
		return outcome(c, read_result, "the peer refused the TLS connection", reterr);
	}
	return result == 1 ? RC_OK : outcome(c, result, "cannot write to the TLS connection", reterr);
}

/* Our close_notify goes out; the peer's is not waited for. */
static enum rc connection_shutdown(struct transport *t, struct err *reterr)
{
	struct tls_connection *c = tls_connection_of(t);
	if (c->failed || SSL_in_init(c->ssl)) {
		return err_set(reterr, RC_IO, "the TLS connection has failed");
	}
	ERR_clear_error();
	errno = 0;
	int result = SSL_shutdown(c->ssl);
	if (result < 0) {
		TRY(outcome(c, result, "cannot end the TLS connection", reterr));
	}
	(void)!transport_shutdown(c->below, NULL);
	return RC_OK;
}

static bool connection_pending(const struct transport *t)
{
	const struct tls_connection *c = (const struct tls_connection *)t;
	/* Read ahead, but not decoded yet, counts as well. */
	return SSL_has_pending(c->ssl) == 1;
}

static void connection_free(struct transport *t)
{
	struct tls_connection *c = tls_connection_of(t);
	if (c->user && c->server && c->server->hooks.forget) {
		c->server->hooks.forget(c->user);
	}
	cert_list_fini(&c->peer);
	mem_free(c->sni);
	buf_fini(&c->held);
	SSL_free(c->ssl);
	tls_server_context_free(c->server);
	tls_client_context_free(c->client);
	transport_free(c->below);
	mem_free(c);
}

static const struct transport_ops TLS = {
	.handshake = connection_handshake,
	.read = connection_read,
	.write = connection_write,
	.shutdown = connection_shutdown,
	.pending = connection_pending,
	.free = connection_free,
};

static enum rc connection_new(struct tls_connection **ret, SSL_CTX *ssl, struct transport *take_below,
			      struct err *reterr)
{
	struct tls_connection *c = mem_alloc(sizeof(*c));
	c->transport = (struct transport){ .ops = &TLS, .fd = take_below->fd, .want = LOOP_READ };
	c->below = take_below;
	c->ssl = SSL_new(ssl);
	if (!c->ssl || !tls_bio_attach(c) || SSL_set_app_data(c->ssl, c) != 1) {
		connection_free(&c->transport);
		return tls_err(reterr, RC_BUG, "cannot make a TLS connection", true);
	}
	*ret = c;
	return RC_OK;
}

struct transport *tls_connection_take_below(struct tls_connection *connection)
{
	return TAKE(connection->below);
}

enum rc tls_connection_accept_over(struct transport **ret, struct tls_server_context *context,
				   struct transport *take_below, struct err *reterr)
{
	struct tls_connection *c;
	TRY(connection_new(&c, context->ssl, take_below, reterr));
	c->server = tls_server_context_ref(context);
	SSL_set_accept_state(c->ssl);
	*ret = &c->transport;
	return RC_OK;
}

enum rc tls_connection_accept(struct transport **ret, struct tls_server_context *context, int take_fd,
			      struct err *reterr)
{
	return tls_connection_accept_over(ret, context, transport_plain_new(take_fd), reterr);
}

enum rc tls_connection_accept_hook(void *context, int take_fd, struct transport **ret, struct err *reterr)
{
	return tls_connection_accept(ret, context, take_fd, reterr);
}

/* The name is sent and compared; an address is compared only, RFC 6066 §3 forbids it as a server name. */
static bool expect_host(struct tls_connection *c, const char *host, bool check)
{
	struct socket_address address;
	X509_VERIFY_PARAM *param = SSL_get0_param(c->ssl);
	bool literal = socket_address_literal(host, 0, &address) == RC_OK;
	if (!literal && SSL_set_tlsext_host_name(c->ssl, tls_text(host)) != 1) {
		return false;
	}
	if (!check) {
		return true;
	}
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return literal ? X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1
		       : X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

enum rc tls_connection_connect_over(struct transport **ret, struct tls_client_context *context,
				    struct transport *take_below, const char *host, struct err *reterr)
{
	struct tls_connection *c;
	TRY(connection_new(&c, context->ssl, take_below, reterr));
	c->client = tls_client_context_ref(context);
	c->transport.want = LOOP_WRITE;
	SSL_set_connect_state(c->ssl);
	if (!expect_host(c, host, context->check_host)) {
		connection_free(&c->transport);
		return tls_err(reterr, RC_INVALID, "the server's name cannot be checked", false);
	}
	*ret = &c->transport;
	return RC_OK;
}

enum rc tls_connection_connect(struct transport **ret, struct tls_client_context *context, int take_fd,
			       const char *host, struct err *reterr)
{
	return tls_connection_connect_over(ret, context, transport_plain_new(take_fd), host, reterr);
}

void *tls_connection_recalled(const struct tls_connection *connection)
{
	return tls_session_recalled(connection->ssl);
}

void tls_connection_set_user(struct tls_connection *connection, void *user)
{
	connection->user = user;
}

void *tls_connection_user(const struct tls_connection *connection)
{
	return connection->user;
}

const char *tls_connection_version(const struct tls_connection *connection)
{
	return SSL_is_init_finished(connection->ssl) ? SSL_get_version(connection->ssl) : "";
}

bool tls_connection_is_http2(const struct tls_connection *connection)
{
	const unsigned char *name = NULL;
	unsigned n = 0;
	SSL_get0_alpn_selected(connection->ssl, &name, &n);
	return str_is(str_from(name, n), "h2");
}

bool tls_connection_is_plain_text(const struct tls_connection *connection)
{
	return connection->plain_text;
}
