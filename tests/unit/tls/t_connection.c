/* SPDX-License-Identifier: Apache-2.0
 * Handshakes over a socket pair, or a pipe in memory: every client chain is let in and kept, every bad server
 * refused. */
#include "pki/authority.h"
#include "tls/connection.h"
#include "tls/decode_check.h"
#include "unit/pipe.h"
#include "unit/test.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct party {
	struct key *key;
	struct cert_list chain;
};

static struct party root, rsa, ec, client_good, client_expired;

static void issue(struct party *p, const char *type, const char *subject, enum authority_usage usage,
		  struct wall start, int days)
{
	static const char *const sans[] = { "DNS:localhost", "IP:127.0.0.1" };
	struct cert *cert = NULL;
	struct authority_order order = { .subject = str_of(subject),
					 .sans = sans,
					 .n_sans = usage == AUTHORITY_SERVER ? 2 : 0,
					 .usage = usage,
					 .path_length = -1,
					 .not_before = start,
					 .days = days };
	struct err err = { 0 };
	assert_int_equal(key_generate(&p->key, type, NULL), RC_OK);
	if (authority_issue(&cert, &order, p->key, root.chain.n ? root.chain.items[0] : NULL,
			    root.chain.n ? root.key : NULL, &err) != RC_OK) {
		fail_msg("%s: %s", subject, err.text);
	}
	cert_list_add(&p->chain, cert);
	cert_free(cert);
}

static int make_parties(void **state)
{
	struct wall now = wall_now();
	struct wall long_ago = { now.us - 100 * 86400 * US_PER_SECOND };
	issue(&root, "p-256", "CN=Root", AUTHORITY_CA, long_ago, 1000);
	issue(&rsa, "rsa-2048", "CN=localhost", AUTHORITY_SERVER, authority_start(now), 10);
	issue(&ec, "p-256", "CN=localhost", AUTHORITY_SERVER, authority_start(now), 10);
	issue(&client_good, "rsa-2048", "CN=good", AUTHORITY_CLIENT, authority_start(now), 10);
	issue(&client_expired, "p-256", "CN=expired", AUTHORITY_CLIENT, long_ago, 10);
	cert_list_add(&client_good.chain, root.chain.items[0]);
	return 0;
}

static struct tls_server_context *server_new(bool with_rsa, bool with_ec)
{
	struct tls_server_context *s = NULL;
	struct tls_server_options options = { .request_client_certificate = true };
	if (with_rsa) {
		options.rsa = (struct tls_identity){ &rsa.chain, rsa.key };
	}
	if (with_ec) {
		options.ec = (struct tls_identity){ &ec.chain, ec.key };
	}
	assert_int_equal(tls_server_context_new(&s, &options, NULL), RC_OK);
	return s;
}

static struct tls_client_context *client_new(const struct party *who, const struct party *trusted)
{
	struct tls_client_context *c = NULL;
	struct tls_client_options options = { .anchors = &trusted->chain };
	if (who) {
		options.identity = (struct tls_identity){ &who->chain, who->key };
	}
	assert_int_equal(tls_client_context_new(&c, &options, NULL), RC_OK);
	return c;
}

/* What carries the connections of the test at hand. */
static bool in_memory;

/* Both ends, until both are done or one has failed. Takes the contexts. */
struct pair {
	struct transport *server, *client;
	enum rc server_rc, client_rc;
	struct err client_err;
};

static void pair_init(struct pair *p, struct tls_server_context *s, struct tls_client_context *c,
		      const char *host)
{
	int fds[2];
	struct transport *below[2];
	*p = (struct pair){ .server_rc = RC_AGAIN, .client_rc = RC_AGAIN };
	if (in_memory) {
		pipe_new(&below[0], &below[1]);
		assert_int_equal(tls_connection_accept_over(&p->server, s, below[0], NULL), RC_OK);
		assert_int_equal(tls_connection_connect_over(&p->client, c, below[1], host, NULL), RC_OK);
	} else {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
		assert_int_equal(tls_connection_accept(&p->server, s, fds[0], NULL), RC_OK);
		assert_int_equal(tls_connection_connect(&p->client, c, fds[1], host, NULL), RC_OK);
	}
	tls_server_context_free(s);
	tls_client_context_free(c);
	for (int i = 0; i < 20; i++) {
		if (p->client_rc == RC_AGAIN) {
			p->client_rc = transport_handshake(p->client, &p->client_err);
		}
		if (p->server_rc == RC_AGAIN) {
			p->server_rc = transport_handshake(p->server, NULL);
		}
	}
}

static void pair_fini(struct pair *p)
{
	transport_free(p->server);
	transport_free(p->client);
}

static void a_client_chain_is_kept_as_sent(void **state)
{
	struct pair p;
	pair_init(&p, server_new(true, true), client_new(&client_good, &root), "localhost");
	assert_int_equal(p.client_rc, RC_OK);
	assert_int_equal(p.server_rc, RC_OK);
	struct tls_connection *s = tls_connection_of(p.server);
	const struct cert_list *chain = tls_connection_peer_chain(s, NULL);
	assert_non_null(chain);
	assert_int_equal(chain->n, 2);
	assert_true(cert_equal(chain->items[0], client_good.chain.items[0]));
	assert_true(cert_equal(chain->items[1], root.chain.items[0]));
	assert_string_equal(tls_connection_version(s), "TLSv1.3");
	assert_string_equal(tls_connection_sni(s), "localhost");
	/* The client that can take either key is shown the cheap one. */
	chain = tls_connection_peer_chain(tls_connection_of(p.client), NULL);
	assert_int_equal(chain->n, 1);
	assert_true(cert_equal(chain->items[0], ec.chain.items[0]));
	pair_fini(&p);
}

static void no_certificate_and_an_expired_one_are_let_in_too(void **state)
{
	struct pair p;
	pair_init(&p, server_new(true, false), client_new(NULL, &root), "127.0.0.1");
	assert_int_equal(p.server_rc, RC_OK);
	assert_int_equal(tls_connection_peer_chain(tls_connection_of(p.server), NULL)->n, 0);
	assert_string_equal(tls_connection_sni(tls_connection_of(p.server)), "");
	pair_fini(&p);
	pair_init(&p, server_new(true, false), client_new(&client_expired, &root), "localhost");
	assert_int_equal(p.server_rc, RC_OK);
	assert_int_equal(tls_connection_peer_chain(tls_connection_of(p.server), NULL)->n, 1);
	pair_fini(&p);
}

/* Whether the chain that came is one to be looked at; the handshake itself lets it in. */
static bool fits(const struct pair *p)
{
	const struct cert_list *chain = tls_connection_peer_chain(tls_connection_of(p->server), NULL);
	return chain && tls_chain_fits(chain);
}

static void a_chain_above_the_limit_is_let_in_and_marked(void **state)
{
	for (size_t n = TLS_CHAIN_CERTIFICATES_MAX; n <= TLS_CHAIN_CERTIFICATES_MAX + 1; n++) {
		struct party who = { .key = client_good.key };
		struct pair p;
		for (size_t i = 0; i < n; i++) {
			cert_list_add(&who.chain, i ? root.chain.items[0] : client_good.chain.items[0]);
		}
		pair_init(&p, server_new(false, true), client_new(&who, &root), "localhost");
		assert_int_equal(p.server_rc, RC_OK);
		assert_int_equal(fits(&p), n <= TLS_CHAIN_CERTIFICATES_MAX);
		pair_fini(&p);
		cert_list_fini(&who.chain);
	}
}

/* A certificate of about 12 KiB. */
static void issue_large(struct party *p)
{
	static char names[50][256];
	static const char *sans[50];
	struct cert *cert = NULL;
	struct err err = { 0 };
	for (size_t i = 0; i < ARRAY_SIZE(sans); i++) {
		(void)snprintf(names[i], sizeof(names[i]), "DNS:%060zu.%060zu.%060zu.example", i, i, i);
		sans[i] = names[i];
	}
	struct authority_order order = { .subject = STR("CN=large"),
					 .sans = sans,
					 .n_sans = ARRAY_SIZE(sans),
					 .usage = AUTHORITY_CLIENT,
					 .path_length = -1,
					 .not_before = authority_start(wall_now()),
					 .days = 10 };
	assert_int_equal(key_generate(&p->key, "p-256", NULL), RC_OK);
	if (authority_issue(&cert, &order, p->key, root.chain.items[0], root.key, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	cert_list_add(&p->chain, cert);
	cert_free(cert);
}

static void a_chain_above_64_kib_is_let_in_and_marked_and_one_above_128_is_not(void **state)
{
	struct party who = { 0 };
	struct pair p;
	issue_large(&who);
	size_t fit = TLS_CHAIN_BYTES_MAX / cert_der(who.chain.items[0]).n;
	if (fit >= TLS_CHAIN_CERTIFICATES_MAX) {
		fail_msg("a certificate of %zu bytes is too small", cert_der(who.chain.items[0]).n);
	}
	while (who.chain.n < fit) {
		cert_list_add(&who.chain, who.chain.items[0]);
	}
	pair_init(&p, server_new(false, true), client_new(&who, &root), "localhost");
	assert_int_equal(p.server_rc, RC_OK);
	assert_true(fits(&p));
	pair_fini(&p);
	cert_list_add(&who.chain, who.chain.items[0]);
	pair_init(&p, server_new(false, true), client_new(&who, &root), "localhost");
	assert_int_equal(p.server_rc, RC_OK);
	assert_false(fits(&p));
	pair_fini(&p);
	while (who.chain.n < 2 * fit + 2) {
		cert_list_add(&who.chain, who.chain.items[0]);
	}
	pair_init(&p, server_new(false, true), client_new(&who, &root), "localhost");
	assert_int_equal(p.server_rc, RC_PROTO);
	pair_fini(&p);
	cert_list_fini(&who.chain);
	key_free(who.key);
}

static void a_server_that_is_not_trusted_or_not_the_one_is_refused(void **state)
{
	struct pair p;
	pair_init(&p, server_new(true, true), client_new(NULL, &client_expired), "localhost");
	assert_int_equal(p.client_rc, RC_CERT);
	assert_true(p.client_err.text[0] != '\0');
	pair_fini(&p);
	pair_init(&p, server_new(true, true), client_new(NULL, &root), "other.example");
	assert_int_equal(p.client_rc, RC_CERT);
	assert_true(strstr(p.client_err.text, "ostname") != NULL);
	pair_fini(&p);
	pair_init(&p, server_new(true, true), client_new(NULL, &root), "127.0.0.2");
	assert_int_equal(p.client_rc, RC_CERT);
	pair_fini(&p);
}

static void libssl_decodes_by_way_of_the_cache(void **state)
{
	struct tls_server_context *servers[] = { server_new(true, false), server_new(true, true) };
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		assert_true(tls_decode_check(servers[i]));
		tls_server_context_free(servers[i]);
	}
}

static void a_key_that_does_not_fit_makes_no_context(void **state)
{
	struct tls_server_context *s = NULL;
	struct tls_server_options options = { .rsa = { &rsa.chain, ec.key } };
	assert_int_equal(tls_server_context_new(&s, &options, NULL), RC_INVALID);
	options.rsa = (struct tls_identity){ NULL, NULL };
	assert_int_equal(tls_server_context_new(&s, &options, NULL), RC_INVALID);
}

static void bytes_flow_both_ways_and_end_in_order(void **state)
{
	static char block[200000];
	char bytes[16384];
	struct pair p;
	size_t n = 0, sent = 0, received = 0;
	pair_init(&p, server_new(true, true), client_new(&client_good, &root), "localhost");
	for (int i = 0; i < 10000 && received < sizeof(block); i++) {
		if (sent < sizeof(block) &&
		    transport_write(p.client, block + sent, sizeof(block) - sent, &n, NULL) == RC_OK) {
			sent += n;
		}
		if (transport_read(p.server, bytes, sizeof(bytes), &n, NULL) == RC_OK) {
			received += n;
		}
	}
	assert_int_equal(received, sizeof(block));
	assert_int_equal(transport_read(p.server, bytes, sizeof(bytes), &n, NULL), RC_AGAIN);
	assert_int_equal(p.server->want, LOOP_READ);
	assert_int_equal(transport_shutdown(p.client, NULL), RC_OK);
	assert_int_equal(transport_read(p.server, bytes, sizeof(bytes), &n, NULL), RC_CLOSED);
	pair_fini(&p);
}

static void a_cut_connection_is_no_orderly_end(void **state)
{
	char byte;
	size_t n;
	struct pair p;
	pair_init(&p, server_new(true, true), client_new(NULL, &root), "localhost");
	transport_free(p.client);
	p.client = NULL;
	enum rc rc = transport_read(p.server, &byte, 1, &n, NULL);
	assert_true(rc == RC_IO || rc == RC_PROTO);
	pair_fini(&p);
}

static void all_of_it_holds_over_a_pipe_in_memory(void **state)
{
	in_memory = true;
	a_client_chain_is_kept_as_sent(state);
	no_certificate_and_an_expired_one_are_let_in_too(state);
	a_server_that_is_not_trusted_or_not_the_one_is_refused(state);
	bytes_flow_both_ways_and_end_in_order(state);
	a_cut_connection_is_no_orderly_end(state);
	in_memory = false;
}

/* What a server chooses of a client's list; "-" for none, "alert" for a refusal. */
static const char *chosen(bool offer_http2, const char *offered)
{
	static char name[16];
	int fds[2];
	struct transport *server = NULL;
	struct tls_server_context *s = NULL;
	struct tls_server_options options = { .ec = { &ec.chain, ec.key }, .offer_http2 = offer_http2 };
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *client = SSL_new(context);
	enum rc rc = RC_AGAIN;
	const unsigned char *p = NULL;
	unsigned n = 0;
	assert_int_equal(tls_server_context_new(&s, &options, NULL), RC_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(tls_connection_accept(&server, s, fds[0], NULL), RC_OK);
	tls_server_context_free(s);
	assert_int_equal(SSL_set_fd(client, fds[1]), 1);
	if (offered) {
		assert_int_equal(SSL_set_alpn_protos(client, (const unsigned char *)offered,
						     (unsigned)strlen(offered)),
				 0);
	}
	for (int i = 0; i < 20 && rc == RC_AGAIN; i++) {
		(void)SSL_connect(client);
		rc = transport_handshake(server, NULL);
	}
	SSL_get0_alpn_selected(client, &p, &n);
	(void)snprintf(name, sizeof(name), "%.*s", n ? (int)n : 1, n ? (const char *)p : "-");
	assert_true(rc != RC_OK ||
		    tls_connection_is_http2(tls_connection_of(server)) == (strcmp(name, "h2") == 0));
	transport_free(server);
	SSL_free(client);
	SSL_CTX_free(context);
	(void)close(fds[1]);
	return rc == RC_OK ? name : "alert";
}

static void http2_is_agreed_on_where_both_sides_offer_it(void **state)
{
	assert_string_equal(chosen(true, "\x08http/1.1\x02h2"), "h2");
	assert_string_equal(chosen(true, "\x02h2"), "h2");
	assert_string_equal(chosen(true, "\x08http/1.1"), "http/1.1");
	assert_string_equal(chosen(true, NULL), "-");
	assert_string_equal(chosen(true, "\003ftp"), "-");
	assert_string_equal(chosen(true, "\x08http/1.0"), "-");
	assert_string_equal(chosen(false, "\x02h2\x08http/1.1"), "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_client_chain_is_kept_as_sent),
		TEST(no_certificate_and_an_expired_one_are_let_in_too),
		TEST(a_chain_above_the_limit_is_let_in_and_marked),
		TEST(a_chain_above_64_kib_is_let_in_and_marked_and_one_above_128_is_not),
		TEST(a_server_that_is_not_trusted_or_not_the_one_is_refused),
		TEST(libssl_decodes_by_way_of_the_cache),
		TEST(a_key_that_does_not_fit_makes_no_context),
		TEST(bytes_flow_both_ways_and_end_in_order),
		TEST(a_cut_connection_is_no_orderly_end),
		TEST(all_of_it_holds_over_a_pipe_in_memory),
		TEST(http2_is_agreed_on_where_both_sides_offer_it)
	};
	return cmocka_run_group_tests(tests, make_parties, NULL);
}
