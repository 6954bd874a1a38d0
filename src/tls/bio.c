/* SPDX-License-Identifier: Apache-2.0
 * OpenSSL's way to what is below: what a handshake writes is gathered, so that each flight, and a ticket
 * together with the first answer, leaves with one call. */
#include "tls/internal.h"

#include <errno.h>
#include <openssl/bio.h>

/* A flight of ours has a few KiB; the chain of the server's certificate makes most of it. */
#define HELD_MAX ((size_t)256 * 1024)

/* errno says why, where it is not RC_OK: EAGAIN of what takes no more now. */
static enum rc write_below(struct tls_connection *c, struct str bytes, size_t *ret_n)
{
	errno = 0;
	enum rc rc = transport_write(c->below, bytes.p, bytes.n, ret_n, NULL);
	if (rc == RC_AGAIN) {
		errno = EAGAIN;
	}
	return rc;
}

/* What is held, then p: one call. *ret_n is of p; RC_AGAIN none of it was taken. */
static enum rc write_both(struct tls_connection *c, struct str p, size_t *ret_n)
{
	size_t held = c->held.n, sent = 0;
	AUTO_BUF(both, held + p.n);
	bool joined = buf_add(&both, buf_str(&c->held)) && buf_add(&both, p);
	TRY(write_below(c, buf_str(joined ? &both : &c->held), &sent));
	buf_drop(&c->held, sent < held ? sent : held);
	if (c->held.n == 0) {
		buf_fini(&c->held);
	}
	*ret_n = sent > held ? sent - held : 0;
	return *ret_n > 0 ? RC_OK : RC_AGAIN;
}

static int bio_write(BIO *bio, const char *p, int n)
{
	struct tls_connection *c = BIO_get_data(bio);
	size_t sent = 0;
	BIO_clear_retry_flags(bio);
	if (n <= 0) {
		return 0;
	}
	struct str bytes = str_from(p, (size_t)n);
	c->held.max = HELD_MAX;
	if (c->hold && buf_add(&c->held, bytes)) {
		return n;
	}
	enum rc rc = c->held.n ? write_both(c, bytes, &sent) : write_below(c, bytes, &sent);
	if (rc == RC_AGAIN) {
		BIO_set_retry_write(bio);
	}
	return rc == RC_OK ? (int)sent : -1;
}

static int bio_read(BIO *bio, char *out, int n)
{
	struct tls_connection *c = BIO_get_data(bio);
	size_t got = 0;
	BIO_clear_retry_flags(bio);
	if (!out || n <= 0) {
		return 0;
	}
	/* The loop tells of what has come meanwhile. */
	if (c->hold && c->emptied) {
		errno = EAGAIN;
		BIO_set_retry_read(bio);
		return -1;
	}
	errno = 0;
	enum rc rc = transport_read(c->below, out, (size_t)n, &got, NULL);
	if (rc == RC_AGAIN) {
		BIO_set_retry_read(bio);
	}
	c->emptied = rc == RC_OK && got < (size_t)n;
	if (rc == RC_OK && !c->began) {
		c->began = true;
		c->plain_text = out[0] > 0x20 && out[0] < 0x7f;
	}
	if (rc == RC_CLOSED) {
		c->eof = true;
		errno = 0;
		return 0;
	}
	return rc == RC_OK ? (int)got : -1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *p)
{
	const struct tls_connection *c = BIO_get_data(bio);
	switch (command) {
	case BIO_CTRL_EOF: return c->eof;
	case BIO_CTRL_FLUSH:
	case BIO_CTRL_DUP: return 1;
	default: return 0;
	}
}

static BIO_METHOD *method;

static void make_method(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "postern");
	if (method &&
	    (BIO_meth_set_write(method, bio_write) != 1 || BIO_meth_set_read(method, bio_read) != 1 ||
	     BIO_meth_set_ctrl(method, bio_ctrl) != 1)) {
		BIO_meth_free(method);
		method = NULL;
	}
}

bool tls_bio_attach(struct tls_connection *c)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
	BIO *bio = CRYPTO_THREAD_run_once(&once, make_method) == 1 && method ? BIO_new(method) : NULL;
	if (!bio) {
		return false;
	}
	BIO_set_data(bio, c);
	BIO_set_init(bio, 1);
	SSL_set_bio(c->ssl, bio, bio);
	return true;
}

bool tls_bio_flush(struct tls_connection *c)
{
	while (c->held.n) {
		size_t sent = 0;
		if (write_below(c, buf_str(&c->held), &sent) != RC_OK) {
			return false;
		}
		buf_drop(&c->held, sent);
	}
	buf_fini(&c->held);
	return true;
}
