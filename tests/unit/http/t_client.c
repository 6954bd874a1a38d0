/* SPDX-License-Identifier: Apache-2.0
 * Calls against a server on the same loop. */
#include "http/client/client.h"
#include "http/server/server.h"
#include "os/socket.h"
#include "pki/authority.h"
#include "unit/test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

struct fixture {
	struct loop *loop;
	struct http_server *server;
	struct http_client *client;
	int listener;
	uint16_t port;
	bool silent; /* the server does not answer */
	bool cut;
	size_t calls, connections_ended;
	/* Last outcome. */
	bool done;
	enum rc rc;
	int status;
	bool reused;
	char body[256];
	struct err err;
};

static void on_request(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	char text[128];
	f->calls++;
	if (f->silent) {
		return;
	}
	if (f->cut) {
		http_exchange_cut(x);
		return;
	}
	(void)snprintf(text, sizeof(text), "%.*s %.*s %.*s", STR_ARG(http_exchange_method(x)),
		       STR_ARG(http_exchange_path(x)), STR_ARG(http_exchange_body(x)));
	http_exchange_respond(x, 200, NULL, 0, str_of(text));
}

static void on_connection_end(void *ctx, struct http_connection *c)
{
	struct fixture *f = ctx;
	f->connections_ended++;
}

static void fixture_init(struct fixture *f)
{
	static const struct http_handler handler = { .on_request = on_request,
						     .on_connection_end = on_connection_end };
	*f = (struct fixture){ .listener = -1 };
	assert_int_equal(loop_new(&f->loop, NULL), RC_OK);
	assert_int_equal(http_server_new(&f->server, f->loop, NULL, &handler, f, NULL), RC_OK);
	assert_int_equal(http_client_new(&f->client, f->loop, NULL, NULL), RC_OK);
	assert_int_equal(socket_listen_tcp("localhost", 0, &f->listener, &f->port, NULL), RC_OK);
	assert_int_equal(http_server_listen(f->server, f->listener, NULL, NULL, NULL), RC_OK);
}

static void fixture_fini(struct fixture *f)
{
	http_client_free(f->client);
	http_server_free(f->server);
	loop_free(f->loop);
	(void)close(f->listener);
}

static void outcome(void *context, enum rc rc, const struct http_client_response *response,
		    const struct err *err)
{
	struct fixture *f = context;
	f->done = true;
	f->rc = rc;
	if (rc == RC_OK) {
		f->status = response->status;
		f->reused = response->reused;
		(void)snprintf(f->body, sizeof(f->body), "%.*s", STR_ARG(response->body));
	} else {
		f->err = *err;
	}
}

static enum rc call(struct fixture *f, struct http_client_request request, const char *path)
{
	char url[128];
	(void)snprintf(url, sizeof(url), "http://localhost:%u%s", f->port, path);
	if (!request.url.p) {
		request.url = str_of(url);
	}
	f->done = false;
	assert_int_equal(http_client_call(f->client, &request, outcome, f, NULL, NULL), RC_OK);
	assert_false(f->done);
	while (!f->done) {
		assert_int_equal(loop_turn(f->loop, 5000, NULL), RC_OK);
	}
	return f->rc;
}

static void a_connection_is_kept_for_the_next_call(void **state)
{
	struct fixture f;
	fixture_init(&f);
	assert_int_equal(call(&f, (struct http_client_request){ .method = STR("POST"), .body = STR("abc") },
			      "/x?y"),
			 RC_OK);
	assert_int_equal(f.status, 200);
	assert_string_equal(f.body, "POST /x abc");
	assert_false(f.reused);
	assert_int_equal(call(&f, (struct http_client_request){ .method = STR("HEAD") }, "/x"), RC_OK);
	assert_string_equal(f.body, "");
	assert_true(f.reused);
	assert_int_equal(http_server_count(f.server), 1);
	fixture_fini(&f);
}

static void a_server_that_does_not_answer_is_a_timeout(void **state)
{
	struct fixture f;
	fixture_init(&f);
	f.silent = true;
	assert_int_equal(call(&f, (struct http_client_request){ .response_timeout_ms = 20 }, "/"),
			 RC_TIMEOUT);
	fixture_fini(&f);
}

static void what_was_sent_is_not_sent_again(void **state)
{
	struct fixture f;
	fixture_init(&f);
	assert_int_equal(call(&f, (struct http_client_request){ .body = STR_NONE }, "/"), RC_OK);
	f.cut = true;
	assert_int_equal(call(&f, (struct http_client_request){ .body = STR_NONE }, "/"), RC_CLOSED);
	assert_int_equal(f.calls, 2);
	fixture_fini(&f);
}

static void a_kept_connection_that_was_closed_is_replaced(void **state)
{
	struct fixture f;
	fixture_init(&f);
	assert_int_equal(call(&f, (struct http_client_request){ .body = STR_NONE }, "/"), RC_OK);
	http_server_free(f.server);
	static const struct http_handler handler = { .on_request = on_request };
	assert_int_equal(http_server_new(&f.server, f.loop, NULL, &handler, &f, NULL), RC_OK);
	assert_int_equal(http_server_listen(f.server, f.listener, NULL, NULL, NULL), RC_OK);
	assert_int_equal(call(&f, (struct http_client_request){ .method = STR("POST") }, "/"), RC_OK);
	assert_false(f.reused);
	fixture_fini(&f);
}

static void an_answer_over_its_limit_is_refused(void **state)
{
	struct fixture f;
	fixture_init(&f);
	assert_int_equal(call(&f, (struct http_client_request){ .max_response = 6 }, "/"), RC_OK);
	assert_int_equal(call(&f, (struct http_client_request){ .max_response = 5 }, "/"), RC_LIMIT);
	fixture_fini(&f);
}

static void nobody_there_is_told(void **state)
{
	struct fixture f;
	fixture_init(&f);
	http_server_drain(f.server, false, 0, NULL, NULL);
	(void)close(f.listener);
	assert_int_equal(call(&f, (struct http_client_request){ .body = STR_NONE }, "/"), RC_IO);
	assert_true(strstr(f.err.text, "refused") != NULL);
	assert_int_equal(call(&f, (struct http_client_request){ .unix_path = "/nonexistent/socket" }, "/"),
			 RC_IO);
	f.listener = -1;
	fixture_fini(&f);
}

static void a_cancelled_call_is_never_answered(void **state)
{
	struct fixture f;
	struct http_call *c = NULL;
	char url[64];
	fixture_init(&f);
	(void)snprintf(url, sizeof(url), "http://localhost:%u/", f.port);
	struct http_client_request request = { .url = str_of(url) };
	assert_int_equal(http_client_call(f.client, &request, outcome, &f, &c, NULL), RC_OK);
	http_call_cancel(c);
	assert_int_equal(http_client_call(f.client, &request, outcome, &f, &c, NULL), RC_OK);
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	http_call_cancel(c);
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	assert_false(f.done);
	assert_int_equal(http_client_call(f.client, &(struct http_client_request){ .url = STR("nonsense") },
					  outcome, &f, NULL, NULL),
			 RC_INVALID);
	fixture_fini(&f);
}

static void calls_go_over_tls_with_large_bodies(void **state)
{
	static const char *const sans[] = { "DNS:localhost" };
	struct fixture f;
	struct key *key = NULL;
	struct cert *cert = NULL;
	AUTO_CERT_LIST chain = { 0 };
	struct tls_server_context *server_tls = NULL;
	struct tls_client_context *client_tls = NULL;
	AUTO_BUF(large, 1 << 22);
	char url[64];
	int listener;
	uint16_t port;
	struct authority_order order = { .subject = STR("CN=localhost"),
					 .sans = sans,
					 .n_sans = 1,
					 .usage = AUTHORITY_BOTH,
					 .not_before = authority_start(wall_now()),
					 .days = 2 };
	assert_int_equal(key_generate(&key, "p-256", NULL), RC_OK);
	assert_int_equal(authority_issue(&cert, &order, key, NULL, NULL, NULL), RC_OK);
	cert_list_add(&chain, cert);
	struct tls_server_options so = { .ec = { &chain, key }, .request_client_certificate = true };
	struct tls_client_options co = { .anchors = &chain, .identity = { &chain, key } };
	assert_int_equal(tls_server_context_new(&server_tls, &so, NULL), RC_OK);
	assert_int_equal(tls_client_context_new(&client_tls, &co, NULL), RC_OK);
	fixture_init(&f);
	assert_int_equal(socket_listen_tcp("localhost", 0, &listener, &port, NULL), RC_OK);
	assert_int_equal(http_server_listen(f.server, listener, tls_connection_accept_hook, server_tls, NULL),
			 RC_OK);
	(void)snprintf(url, sizeof(url), "https://localhost:%u/t", port);
	while (large.n < 3 << 20) {
		assert_true(buf_add_c(&large, "0123456789abcdef"));
	}
	for (int i = 0; i < 3; i++) {
		struct http_client_request request = { .method = STR("POST"),
						       .url = str_of(url),
						       .tls = client_tls,
						       .body = i == 1 ? buf_str(&large) : STR("small") };
		assert_int_equal(call(&f, request, ""), RC_OK);
		assert_int_equal(f.reused, i > 0);
		assert_true(
			str_starts_with(str_of(f.body), i == 1 ? STR("POST /t 0123") : STR("POST /t small")));
	}
	fixture_fini(&f);
	(void)close(listener);
	tls_client_context_free(client_tls);
	tls_server_context_free(server_tls);
	cert_free(cert);
	key_free(key);
}

RUN_TESTS(TEST(a_connection_is_kept_for_the_next_call), TEST(a_server_that_does_not_answer_is_a_timeout),
	  TEST(what_was_sent_is_not_sent_again), TEST(a_kept_connection_that_was_closed_is_replaced),
	  TEST(an_answer_over_its_limit_is_refused), TEST(nobody_there_is_told),
	  TEST(a_cancelled_call_is_never_answered), TEST(calls_go_over_tls_with_large_bodies))
