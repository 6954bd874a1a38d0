/* SPDX-License-Identifier: Apache-2.0
 * Who calls the gateway of a loopback: the other end of TLS and HTTP. */
#include "base/encoding.h"
#include "base/memory.h"
#include "http/h1.h"
#include "pki/jws.h"
#include "tls/internal.h"
#include "unit/gateway/furnish.h"
#include "unit/gateway/loopback_internal.h"
#include "unit/gateway/parties.h"
#include "unit/pipe.h"
#include "unit/test.h"

/* So long an answer may take [ms]. */
#define PATIENCE_MS 20000

/* Connections. */

/* What stands in for the socket of an accepted connection. */
struct accepted {
	struct tls_server_context *tls;
	struct transport *below;
};

static enum rc accept_pipe(void *context, int fd, struct transport **ret, struct err *reterr)
{
	const struct accepted *accepted = context;
	return tls_connection_accept_over(ret, accepted->tls, accepted->below, reterr);
}

/* Also what our own client would not: others may. */
static void present(SSL_CTX *ssl, const struct party *party)
{
	STACK_OF(X509) *above = sk_X509_new_null();
	for (size_t i = 1; i < party->chain.n; i++) {
		assert_true(sk_X509_push(above, cert_x509(party->chain.items[i])) > 0);
	}
	SSL_CTX_set_security_level(ssl, 0);
	assert_int_equal(SSL_CTX_use_cert_and_key(ssl, cert_x509(party->chain.items[0]), key_evp(party->key),
						  above, 1),
			 1);
	sk_X509_free(above);
}

/* The server's name is checked where it is asked for by its own. */
static struct tls_client_context *client_tls(const char *party, const char *host)
{
	struct tls_client_context *tls = NULL;
	struct tls_client_options options = { .anchors = &party_get("root")->chain,
					      .skip_host_check = host != NULL };
	struct err err = { 0 };
	if (tls_client_context_new(&tls, &options, &err) != RC_OK) {
		fail_msg("%s: %s", party, err.text);
	}
	if (party[0]) {
		present(tls->ssl, party_get(party));
	}
	return tls;
}

struct loopback_caller *loopback_connect(struct loopback *loopback, const char *party, const char *host)
{
	struct loopback_caller *c = mem_alloc(sizeof(*c));
	struct accepted accepted = { .tls = loopback->gateway.tls };
	*c = (struct loopback_caller){
		.next = loopback->callers, .loopback = loopback, .out = BUF(SIZE_MAX), .in = BUF(SIZE_MAX)
	};
	pipe_new(&accepted.below, &c->transport);
	assert_int_equal(http_server_adopt(loopback->gateway.server, accepted.below->fd, accept_pipe,
					   &accepted, NULL),
			 RC_OK);
	if (strcmp(party, "plain") != 0) {
		struct transport *below = c->transport;
		c->tls = client_tls(party, host);
		assert_int_equal(tls_connection_connect_over(&c->transport, c->tls, below,
							     host ? host : "localhost", NULL),
				 RC_OK);
	}
	loopback->callers = c;
	return c;
}

void loopback_hang_up(struct loopback_caller *caller)
{
	struct loopback_caller **at = &caller->loopback->callers;
	while (*at != caller) {
		at = &(*at)->next;
	}
	*at = caller->next;
	transport_free(caller->transport);
	tls_client_context_free(caller->tls);
	buf_fini(&caller->out);
	buf_fini(&caller->in);
	mem_free(caller);
}

static void shake_hands(struct loopback_caller *c)
{
	enum rc rc = transport_handshake(c->transport, NULL);
	c->shaken = rc == RC_OK;
	c->closed = rc != RC_OK && rc != RC_AGAIN;
}

static void write_out(struct loopback_caller *c)
{
	enum rc rc = RC_OK;
	while (c->out.n > 0 && rc == RC_OK) {
		size_t n = 0;
		rc = transport_write(c->transport, c->out.p, c->out.n, &n, NULL);
		buf_drop(&c->out, rc == RC_OK ? n : 0);
	}
	if (rc != RC_OK && rc != RC_AGAIN) {
		buf_clear(&c->out); /* nobody listens; what was said before may still be read */
	}
}

static void read_in(struct loopback_caller *c)
{
	enum rc rc = RC_OK;
	while (rc == RC_OK) {
		char bytes[16384];
		size_t n = 0;
		rc = transport_read(c->transport, bytes, sizeof(bytes), &n, NULL);
		if (rc == RC_OK) {
			(void)buf_add(&c->in, str_from(bytes, n));
		}
	}
	c->closed = rc != RC_AGAIN;
}

static void talk(struct loopback_caller *c)
{
	if (!c->shaken) {
		shake_hands(c);
	}
	if (c->shaken) {
		write_out(c);
		read_in(c);
	}
}

void loopback_say(struct loopback_caller *caller, struct str bytes)
{
	(void)buf_add(&caller->out, bytes);
}

/* Answers. */

/* Append the body to out; false: it is not whole yet. *ret_used [bytes] of in. */
static bool read_body(const struct loopback_caller *c, const struct h1_response *response, struct str in,
		      struct buf *out, size_t *ret_used)
{
	struct h1_chunks chunks = { .max = HTTP_BODY_MAX };
	size_t n = response->framing == H1_BODY_LENGTH ? (size_t)response->length : 0;
	if (response->framing == H1_BODY_CHUNKED) {
		return h1_chunks_decode(&chunks, in, ret_used, out, NULL) == RC_OK;
	}
	if (response->framing == H1_BODY_UNTIL_CLOSE) {
		n = in.n;
	}
	*ret_used = n;
	return in.n >= n && buf_add(out, str_first(in, n)) &&
	       (response->framing != H1_BODY_UNTIL_CLOSE || c->closed);
}

static void copy_field(const struct h1_response *response, const char *name, char *out, size_t size)
{
	struct str value = http_fields_get(response->fields, response->n_fields, name);
	(void)snprintf(out, size, "%.*s", STR_ARG(value));
}

static void fill_in(struct loopback_reply *reply, const struct h1_response *response, struct str body)
{
	AUTO_VALUE *v = NULL;
	reply->status = response->status;
	(void)snprintf(reply->body, sizeof(reply->body), "%.*s", STR_ARG(body));
	copy_field(response, "x-request-id", reply->id, sizeof(reply->id));
	copy_field(response, "x-csrf-token", reply->csrf, sizeof(reply->csrf));
	copy_field(response, "set-cookie", reply->cookie, sizeof(reply->cookie));
	if (value_parse(&v, body, 65536, NULL) != RC_OK || !value_get_c(v, "requestId")) {
		return;
	}
	assert_string_equal(value_get_c(v, "requestId"), reply->id);
	(void)snprintf(reply->code, sizeof(reply->code), "%.*s", STR_ARG(value_get_str(v, "code")));
}

/* The answer at the front of what came, taken out of it; false: it is not whole yet. */
static bool take_answer(struct loopback_caller *c, bool to_head, struct loopback_reply *ret)
{
	static const struct h1_limits limits = { .max_head = HTTP_HEAD_MAX, .max_fields = HTTP_FIELDS_MAX };
	AUTO_BUF(body, HTTP_BODY_MAX);
	struct h1_response response;
	size_t scanned = 0, end = 0, used = 0;
	if (h1_find_end(buf_str(&c->in), limits.max_head, &scanned, &end, NULL) != RC_OK) {
		return false;
	}
	assert_int_equal(h1_parse_response(str_first(buf_str(&c->in), end), &limits, to_head, &response,
					   NULL),
			 RC_OK);
	if (response.status < 200) {
		buf_drop(&c->in, end);
		return take_answer(c, to_head, ret);
	}
	if (!read_body(c, &response, str_skip(buf_str(&c->in), end), &body, &used)) {
		return false;
	}
	fill_in(ret, &response, buf_str(&body));
	buf_drop(&c->in, end + used);
	return true;
}

struct loopback_reply loopback_hear(struct loopback_caller *caller, bool to_head)
{
	const struct mono end = mono_after_ms(mono_now(), PATIENCE_MS);
	struct loopback_reply reply = { 0 };
	for (;;) {
		talk(caller);
		if (take_answer(caller, to_head, &reply) || caller->closed) {
			break;
		}
		assert_true(mono_now().us < end.us);
		/* The caller's end of the pipe wakes nobody: it is looked at again soon. */
		assert_int_equal(loop_turn(caller->loopback->gateway.loop, 2, NULL), RC_OK);
	}
	reply.closed = caller->closed;
	return reply;
}

/* Requests. */

static void add_bearer(struct buf *out, char *words)
{
	AUTO_VALUE *claims = value_object();
	char *rest = NULL;
	const char *client = strtok_r(words, " ", &rest);
	const char *zone = strtok_r(NULL, " ", &rest);
	const char *lasts = strtok_r(NULL, " ", &rest);
	const char *added = strtok_r(NULL, " ", &rest);
	assert_non_null(lasts);
	value_set_c(claims, "cid", client);
	value_set_c(claims, "zid", zone);
	value_set_int(claims, "exp", wall_seconds(wall_now()) + strtol(lasts, NULL, 10));
	(void)buf_add_c(out, "Authorization: Bearer ");
	assert_int_equal(jws_sign(furnish_token_key(), "k1", NULL, claims, out, NULL), RC_OK);
	(void)buf_add_c(out, added ? added : "");
}

/* A field; *ret_body grows by what it says of the body. */
static void add_line(struct buf *out, char *line, size_t *ret_body)
{
	char *rest = line;
	const char *word = line[0] == '@' ? strtok_r(line, " ", &rest) : "";
	if (!word[0]) {
		(void)buf_add_c(out, line);
	} else if (strcmp(word, "@basic") == 0) {
		(void)buf_add_c(out, "Authorization: Basic ");
		(void)base64_encode(out, str_of(rest));
	} else if (strcmp(word, "@bearer") == 0) {
		add_bearer(out, rest);
	} else {
		(void)buf_printf(out, "Content-Length: %s", rest);
		if (strcmp(word, "@body") == 0) {
			*ret_body = (size_t)strtoul(rest, NULL, 10);
		}
	}
	(void)buf_add_c(out, "\r\n");
}

struct loopback_reply loopback_ask(struct loopback_caller *caller, const char *request)
{
	AUTO_FREE char *text = mem_strdup(request);
	struct buf *out = &caller->out;
	char *rest = NULL;
	size_t body = 0;
	const char *first = strtok_r(text, "\n", &rest);
	(void)buf_printf(out, "%s HTTP/1.1\r\n", first);
	if (!strstr(request, "\nHost:")) {
		(void)buf_add_c(out, "Host: localhost\r\n");
	}
	for (char *line = strtok_r(NULL, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		add_line(out, line, &body);
	}
	(void)buf_add_c(out, "\r\n");
	for (size_t i = 0; i < body; i++) {
		(void)buf_add_char(out, 'x');
	}
	return loopback_hear(caller, strncmp(request, "HEAD ", 5) == 0);
}
