/* SPDX-License-Identifier: Apache-2.0
 * A real worker process over real TLS on loopback: what is let in, what is refused and with which reason. */
#include "test.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "flow/address.h"
#include "flow/bundle.h"
#include "gateway/csrf.h"
#include "gateway/worker.h"
#include "http/client.h"
#include "http/server.h"
#include "os/file.h"
#include "os/message.h"
#include "os/process.h"
#include "os/socket.h"
#include "pki/authority.h"
#include "pki/digest.h"
#include "pki/jws.h"
#include "registry/journal.h"
#include "registry/writer.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A certificate with its key and what it sends along. */
struct party {
	struct key *key;
	struct cert_list chain;
};

static struct world {
	char state[64], registry[96], journal[96];
	struct seal_key secrets;
	struct party root, ca, server, good, unknown, renewed, expired, early, server_only, revoked, foreign,
		lonely;
	struct party foreign_root, foreign_ca;
	struct key *token_key;
	struct registry_writer *writer;
	struct journal_reader *reader;
	struct loop *loop;
	struct http_client *client;
	struct http_server *upstream;
	uint16_t port, upstream_port;
	int control;
	pid_t pid;
	struct value *last; /* record of the message asked for */
} w;

static void issue(struct party *ret, const struct party *issuer, const char *subject,
		  enum authority_usage usage, int64_t from_days, int days)
{
	const char *sans[] = { "DNS:localhost", "IP:127.0.0.1" };
	struct authority_order order = { .subject = str_of(subject),
					 .usage = usage,
					 .path_length = -1,
					 .not_before = { wall_now().us + from_days * 86400 * US_PER_SECOND -
							 US_PER_SECOND * 60 },
					 .days = days };
	AUTO(cert_free_cleanup) struct cert *c = NULL;
	struct err err = { 0 };
	if (usage == AUTHORITY_SERVER) {
		order.sans = sans;
		order.n_sans = 2;
	}
	assert_int_equal(key_generate(&ret->key, "p-256", NULL), RC_OK);
	if (authority_issue(&c, &order, ret->key, issuer ? issuer->chain.items[0] : NULL,
			    issuer ? issuer->key : NULL, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	cert_list_add(&ret->chain, c);
	for (size_t i = 0; issuer && i < issuer->chain.n; i++) {
		cert_list_add(&ret->chain, issuer->chain.items[i]);
	}
}

static void make_certificates(void)
{
	issue(&w.root, NULL, "CN=Root,O=Department", AUTHORITY_CA, 0, 100);
	issue(&w.ca, &w.root, "CN=Issuing,O=Department", AUTHORITY_CA, 0, 90);
	issue(&w.server, &w.ca, "CN=localhost", AUTHORITY_SERVER, 0, 30);
	issue(&w.good, &w.ca, "CN=good,O=Example", AUTHORITY_CLIENT, 0, 30);
	issue(&w.unknown, &w.ca, "CN=unknown,O=Example", AUTHORITY_CLIENT, 0, 30);
	issue(&w.renewed, &w.ca, "CN=good,O=Example", AUTHORITY_CLIENT, 0, 31);
	issue(&w.expired, &w.ca, "CN=expired,O=Example", AUTHORITY_CLIENT, -10, 5);
	issue(&w.early, &w.ca, "CN=early,O=Example", AUTHORITY_CLIENT, 5, 10);
	issue(&w.server_only, &w.ca, "CN=serveronly,O=Example", AUTHORITY_SERVER, 0, 30);
	issue(&w.revoked, &w.ca, "CN=revoked,O=Example", AUTHORITY_CLIENT, 0, 30);
	issue(&w.foreign_root, NULL, "CN=Foreign Root", AUTHORITY_CA, 0, 100);
	issue(&w.foreign_ca, &w.foreign_root, "CN=Foreign CA", AUTHORITY_CA, 0, 90);
	issue(&w.foreign, &w.foreign_ca, "CN=foreign", AUTHORITY_CLIENT, 0, 30);
	issue(&w.lonely, &w.foreign_ca, "CN=lonely", AUTHORITY_CLIENT, 0, 30);
	while (w.lonely.chain.n > 1) {
		cert_free(w.lonely.chain.items[--w.lonely.chain.n]);
	}
}

static struct value *base64_value(struct str bytes)
{
	AUTO_BUF(text, 1 << 20);
	assert_true(base64_encode(&text, bytes));
	return value_string(buf_str(&text));
}

static void put(enum registry_kind kind, const char *tenant, const char *key, const struct value *v,
		const char *terms[], size_t n_terms)
{
	AUTO_BUF(text, 1 << 20);
	AUTO_BUF(sealed, 1 << 20);
	struct registry_record r = {
		.kind = kind, .tenant = str_of(tenant), .key = str_of(key), .n_terms = n_terms
	};
	assert_int_equal(value_format(v, &text), RC_OK);
	r.value = buf_str(&text);
	for (size_t i = 0; i < n_terms; i++) {
		r.terms[i] = str_of(terms[i]);
	}
	if (kind == REGISTRY_SERVER_KEY || kind == REGISTRY_RECEIVER_KEY ||
	    kind == REGISTRY_USER_CREDENTIAL) {
		AUTO_BUF(associated, 1024);
		registry_format_associated(kind, r.tenant, r.key, &associated);
		assert_int_equal(seal_close(&w.secrets, buf_str(&text), buf_str(&associated), &sealed),
				 RC_OK);
		r.value = buf_str(&sealed);
	}
	assert_int_equal(registry_writer_put(w.writer, &r, NULL), RC_OK);
}

static void put_der(enum registry_kind kind, const char *key, struct str der)
{
	AUTO_VALUE *v = value_object();
	value_set(v, "der", base64_value(der));
	put(kind, "default", key, v, NULL, 0);
}

static void put_key(enum registry_kind kind, const char *tenant, const char *key, const struct party *party)
{
	AUTO_VALUE *v = value_object();
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	struct value *chain = value_array();
	for (size_t i = 0; i < party->chain.n; i++) {
		value_append(chain, base64_value(cert_der(party->chain.items[i])));
	}
	assert_int_equal(key_format_pkcs8(party->key, &der), RC_OK);
	value_set(v, "chain", chain);
	value_set(v, "key", base64_value(buf_str(&der)));
	put(kind, tenant, key, v, NULL, 0);
}

static void put_credential(const char *id, const char *client_id, const struct party *party,
			   const char *secret)
{
	AUTO_VALUE *v = value_object();
	AUTO_BUF(client, 256);
	AUTO_BUF(certificate, 256);
	AUTO_BUF(dn, 256);
	char digest[DIGEST_SHA256_TEXT_SIZE], time[WALL_TEXT_SIZE];
	struct value *list = value_array();
	const char *terms[3];
	size_t n = 0;
	value_set_c(v, "id", id);
	value_set_c(v, "name", id);
	value_set_c(v, "instance", "instance-1");
	value_set_c(v, "client_id", client_id);
	value_set_c(v, "secret_sha256", secret ? digest_sha256_text(str_of(secret), digest) : NULL);
	value_set_bool(v, "pinned", true);
	value_set(v, "certificates", list);
	registry_term_client(str_of(client_id), &client);
	terms[n++] = buf_c(&client);
	if (party) {
		const struct cert *c = party->chain.items[0];
		struct value *held = value_object();
		value_set_c(held, "sha256", cert_sha256(c));
		value_set_c(held, "subject", cert_subject(c));
		value_set_c(held, "issuer", cert_issuer(c));
		value_set_c(held, "not_before", wall_format(cert_not_before(c), time));
		value_append(list, held);
		registry_term_certificate(str_of(cert_sha256(c)), &certificate);
		registry_term_dn(str_of(cert_subject(c)), str_of(cert_issuer(c)), &dn);
		terms[n++] = buf_c(&certificate);
		terms[n++] = buf_c(&dn);
	}
	put(REGISTRY_CREDENTIAL, "default", id, v, terms, n);
}

static void put_endpoint(const struct bundle_spec *spec)
{
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	AUTO_BUF(key, 512);
	AUTO_BUF(term, 1024);
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = NULL;
	AUTO_VALUE *v = value_object();
	AUTO_FREE char *name = str_dup(spec->name);
	struct err err = { 0 };
	assert_int_equal(bundle_write(spec, &zip, &err), RC_OK);
	assert_int_equal(bundle_read(buf_str(&zip), NULL, &plan, &err), RC_OK);
	value_set(v, "plan", flow_plan_to_value(plan));
	address_key(spec->address, &key);
	registry_term_address(buf_str(&key), &term);
	const char *terms[] = { buf_c(&term) };
	put(REGISTRY_ENDPOINT, "default", name, v, terms, 1);
}

static void put_revocation(void)
{
	AUTO_BUF(der, CRL_MAX_BYTES);
	const struct authority_revoked revoked = { cert_serial(w.revoked.chain.items[0]), wall_now() };
	assert_int_equal(authority_crl(w.ca.chain.items[0], w.ca.key, &revoked, 1, 1, wall_now(), 7, &der,
				       NULL),
			 RC_OK);
	put_der(REGISTRY_CRL, "list", buf_str(&der));
}

static void put_instance(const char *role)
{
	AUTO_VALUE *v = value_object();
	struct value *roles = value_array();
	value_append_c(roles, role);
	value_set_c(v, "id", "instance-1");
	value_set_c(v, "name", "runtime");
	value_set_c(v, "plan", "integration-flow");
	value_set(v, "roles", roles);
	put(REGISTRY_INSTANCE, "default", "instance-1", v, NULL, 0);
}

static void put_token_key(void)
{
	AUTO_BUF(spki, 8192);
	AUTO_VALUE *v = value_object();
	assert_int_equal(key_generate(&w.token_key, "rsa-2048", NULL), RC_OK);
	assert_int_equal(key_format_public(w.token_key, &spki), RC_OK);
	value_set_c(v, "kid", "k1");
	value_set(v, "public", base64_value(buf_str(&spki)));
	put(REGISTRY_TOKEN_KEY, "default", "k1", v, NULL, 0);
}

static void put_endpoints(void)
{
	char to[64];
	(void)snprintf(to, sizeof(to), "http://127.0.0.1:%u/up", w.upstream_port);
	put_endpoint(&(struct bundle_spec){
		.name = STR("orders"), .address = STR("/orders"), .reply = STR("ok") });
	put_endpoint(&(struct bundle_spec){ .name = STR("secret"),
					    .address = STR("/secret"),
					    .role = STR("Secret.send"),
					    .reply = STR("ok") });
	put_endpoint(&(struct bundle_spec){
		.name = STR("guarded"), .address = STR("/guarded"), .csrf = true, .reply = STR("ok") });
	put_endpoint(&(struct bundle_spec){
		.name = STR("small"), .address = STR("/small"), .max_body_mb = 1, .reply = STR("ok") });
	put_endpoint(
		&(struct bundle_spec){ .name = STR("passed"), .address = STR("/passed"), .to = str_of(to) });
	put_endpoint(&(struct bundle_spec){
		.name = STR("nowhere"), .address = STR("/nowhere"), .to = STR("http://127.0.0.1:9/") });
}

static void publish(void)
{
	AUTO_VALUE *tenant = value_object();
	assert_int_equal(registry_writer_open(&w.writer, w.registry, NULL), RC_OK);
	assert_int_equal(registry_writer_begin_rebuild(w.writer, NULL), RC_OK);
	value_set_c(tenant, "id", "tenant-id");
	value_set_c(tenant, "name", "default");
	put(REGISTRY_TENANT, "default", "default", tenant, NULL, 0);
	put_der(REGISTRY_ANCHOR, "root", cert_der(w.root.chain.items[0]));
	put_key(REGISTRY_SERVER_KEY, "", "ec", &w.server);
	put_revocation();
	put_instance("ESBMessaging.send");
	put_token_key();
	put_credential("good-key", "sb-good", &w.good, NULL);
	put_credential("revoked-key", "sb-revoked", &w.revoked, NULL);
	put_credential("secret-key", "sb-secret", NULL, "the secret");
	put_endpoints();
	assert_int_equal(registry_writer_commit(w.writer, true, true, NULL), RC_OK);
}

static void upstream_request(void *ctx, struct http_exchange *exchange)
{
	const struct http_field field = { STR("content-type"), STR("text/plain") };
	AUTO_BUF(body, 1 << 20);
	(void)buf_add_c(&body, "upstream got ");
	(void)buf_add(&body, http_exchange_body(exchange));
	http_exchange_respond(exchange, 200, &field, 1, buf_str(&body));
}

/* The worker as the supervisor starts it: descriptors at 3 to 6. */
static void be_worker(int control, int listener)
{
	AUTO_VALUE *settings = value_object();
	struct err err = { 0 };
	int registry = open(w.registry, O_RDONLY | O_DIRECTORY);
	int journal = open(w.journal, O_RDONLY | O_DIRECTORY);
	const int fds[] = { control, listener, registry, journal };
	int high[4];
	if (process_die_with_parent(0) != RC_OK) {
		_exit(1);
	}
	for (int i = 0; i < 4; i++) {
		high[i] = fcntl(fds[i], F_DUPFD, 100);
	}
	for (int i = 0; i < 4; i++) {
		(void)dup2(high[i], 3 + i);
	}
	value_set_c(settings, "state_dir", w.state);
	value_set_c(settings, "host", "localhost");
	value_set_c(settings, "tell_reason", "always");
	value_set_int(settings, "worker", 1);
	enum rc rc = gateway_run(settings, &err);
	if (rc != RC_OK) {
		(void)dprintf(2, "worker: %s\n", err.text);
	}
	_exit(rc == RC_OK ? 0 : 1);
}

static void start_worker(void)
{
	int pair[2], listener, secrets, fd;
	struct message message = { .kind = MESSAGE_SLOT_PUT };
	assert_int_equal(message_pair(pair, NULL), RC_OK);
	assert_int_equal(socket_listen_tcp("localhost", 0, &listener, &w.port, NULL), RC_OK);
	w.pid = fork();
	if (w.pid == 0) {
		be_worker(pair[1], listener);
	}
	(void)close(pair[1]);
	(void)close(listener);
	w.control = pair[0];
	assert_int_equal(file_memory_sealed("secrets", str_from(w.secrets.b, SEAL_KEY_BYTES), &secrets, NULL),
			 RC_OK);
	assert_int_equal(message_send(w.control, &message, secrets, NULL), RC_OK);
	(void)close(secrets);
	struct pollfd pollfd = { .fd = w.control, .events = POLLIN };
	assert_int_equal(poll(&pollfd, 1, 20000), 1);
	assert_int_equal(message_receive(w.control, &message, &fd, NULL), RC_OK);
	assert_int_equal(message.kind, MESSAGE_READY);
}

static int set_up(void **state)
{
	static const struct http_handler handler = { .on_request = upstream_request };
	int listener;
	(void)snprintf(w.state, sizeof(w.state), "/tmp/postern-test-XXXXXX");
	assert_non_null(mkdtemp(w.state));
	(void)snprintf(w.registry, sizeof(w.registry), "%s/registry", w.state);
	(void)snprintf(w.journal, sizeof(w.journal), "%s/journal", w.state);
	random_fill(&w.secrets, sizeof(w.secrets));
	make_certificates();
	assert_int_equal(loop_new(&w.loop, NULL), RC_OK);
	assert_int_equal(http_client_new(&w.client, w.loop, NULL, NULL), RC_OK);
	assert_int_equal(http_server_new(&w.upstream, w.loop, NULL, &handler, NULL, NULL), RC_OK);
	assert_int_equal(socket_listen_tcp("localhost", 0, &listener, &w.upstream_port, NULL), RC_OK);
	assert_int_equal(http_server_listen(w.upstream, listener, NULL, NULL, NULL), RC_OK);
	assert_int_equal(journal_reader_open(&w.reader, w.journal, NULL), RC_OK);
	publish();
	start_worker();
	return 0;
}

static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		(void)unlinkat(dirfd(dir), e->d_name, 0);
	}
	(void)closedir(dir);
	(void)rmdir(path);
}

static int tear_down(void **state)
{
	int status = 0;
	const struct message drain = { .kind = MESSAGE_DRAIN };
	http_client_free(w.client);
	assert_int_equal(message_send(w.control, &drain, -1, NULL), RC_OK);
	assert_int_equal(waitpid(w.pid, &status, 0), w.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	http_server_free(w.upstream);
	loop_free(w.loop);
	journal_reader_close(w.reader);
	registry_writer_close(w.writer);
	value_free(w.last);
	remove_folder(w.registry);
	remove_folder(w.journal);
	(void)rmdir(w.state);
	return 0;
}

/* One call from outside. */
struct reply {
	bool done;
	enum rc rc;
	int status;
	char body[4096];
	char id[64], code[16], csrf[1024], cookie[256];
};

static void copy_field(const struct http_client_response *response, const char *name, char *out, size_t size)
{
	struct str value = http_fields_get(response->fields, response->n_fields, name);
	(void)snprintf(out, size, "%.*s", STR_ARG(value));
}

static void on_reply(void *context, enum rc rc, const struct http_client_response *response,
		     const struct err *err)
{
	struct reply *reply = context;
	AUTO_VALUE *v = NULL;
	reply->done = true;
	reply->rc = rc;
	if (rc != RC_OK) {
		(void)snprintf(reply->body, sizeof(reply->body), "%s", err->text);
		return;
	}
	reply->status = response->status;
	(void)snprintf(reply->body, sizeof(reply->body), "%.*s", STR_ARG(response->body));
	copy_field(response, "x-request-id", reply->id, sizeof(reply->id));
	copy_field(response, "x-csrf-token", reply->csrf, sizeof(reply->csrf));
	copy_field(response, "set-cookie", reply->cookie, sizeof(reply->cookie));
	if (value_parse(&v, response->body, 65536, NULL) == RC_OK && value_get_c(v, "code")) {
		(void)snprintf(reply->code, sizeof(reply->code), "%s", value_get_c(v, "code"));
		assert_string_equal(value_get_c(v, "requestId"), reply->id);
	}
}

static struct tls_client_context *client_tls(const struct party *party)
{
	struct tls_client_context *tls = NULL;
	struct tls_client_options options = { .anchors = &w.root.chain };
	if (party) {
		options.identity = (struct tls_identity){ &party->chain, party->key };
	}
	assert_int_equal(tls_client_context_new(&tls, &options, NULL), RC_OK);
	return tls;
}

static struct reply call_with(struct tls_client_context *tls, const char *method, const char *path,
			      const struct http_field *fields, size_t n_fields, struct str body)
{
	char url[512];
	struct reply reply = { 0 };
	struct err err = { 0 };
	(void)snprintf(url, sizeof(url), "https://localhost:%u%s", w.port, path);
	const struct http_client_request request = { .method = str_of(method),
						     .url = str_of(url),
						     .fields = fields,
						     .n_fields = n_fields,
						     .body = body,
						     .tls = tls };
	if (http_client_call(w.client, &request, on_reply, &reply, NULL, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	while (!reply.done) {
		assert_int_equal(loop_turn(w.loop, 20000, NULL), RC_OK);
	}
	if (reply.rc != RC_OK) {
		fail_msg("%s %s: %s", method, path, reply.body);
	}
	return reply;
}

static struct reply call(const struct party *party, const char *method, const char *path)
{
	struct tls_client_context *tls = client_tls(party);
	struct reply reply = call_with(tls, method, path, NULL, 0, STR_NONE);
	tls_client_context_free(tls);
	return reply;
}

static struct reply call_field(const struct party *party, const char *method, const char *path,
			       const char *name, const char *value)
{
	struct tls_client_context *tls = client_tls(party);
	const struct http_field field = { str_of(name), str_of(value) };
	struct reply reply = call_with(tls, method, path, &field, 1, STR_NONE);
	tls_client_context_free(tls);
	return reply;
}

static enum rc keep_if_asked(void *context, struct str record, struct err *reterr)
{
	struct value *v = NULL;
	assert_int_equal(value_parse(&v, record, JOURNAL_MAX_RECORD, NULL), RC_OK);
	if (value_get_c(v, "id") && strcmp(value_get_c(v, "id"), context) == 0) {
		value_free(w.last);
		w.last = v;
	} else {
		value_free(v);
	}
	return RC_OK;
}

/* The record of an answer; it has to be there as soon as the answer is. */
static const struct value *record_of(char *id)
{
	size_t n;
	value_free(w.last);
	w.last = NULL;
	journal_reader_rollback(w.reader);
	assert_int_equal(journal_reader_read(w.reader, 0, keep_if_asked, id, &n, NULL), RC_OK);
	assert_non_null(w.last);
	return w.last;
}

static void refused(struct reply reply, int status, const char *code)
{
	if (reply.status != status) {
		fail_msg("%d instead of %d: %s", reply.status, status, reply.body);
	}
	if (reply.body[0]) {
		assert_string_equal(reply.code, code);
	}
	const struct value *record = record_of(reply.id);
	assert_string_equal(value_get_c(record, "code"), code);
	assert_string_equal(value_get_c(record, "status"), "REFUSED");
	assert_int_equal(value_get_int(record, "http_status", 0), status);
	assert_true(value_get_str(record, "text").n > 0 && value_get_str(record, "fix").n > 0);
}

static void a_good_caller_gets_the_flow_s_answer_and_stands_in_the_journal(void **state)
{
	struct reply reply = call(&w.good, "GET", "/http/orders");
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "ok");
	const struct value *record = record_of(reply.id);
	assert_string_equal(value_get_c(record, "status"), "COMPLETED");
	assert_string_equal(value_get_c(record, "artifact"), "orders");
	assert_string_equal(value_get_c(record, "address"), "/orders");
	assert_string_equal(value_get_c(record, "client"), "sb-good");
	assert_string_equal(value_get_c(record, "sha256"), cert_sha256(w.good.chain.items[0]));
	assert_string_equal(value_get_c(record, "tls"), "TLSv1.3");
	assert_string_equal(value_get_c(record, "code"), "");
}

static void each_certificate_that_is_not_good_is_refused_with_its_reason(void **state)
{
	const struct {
		const struct party *party;
		const char *code;
	} rows[] = {
		{ NULL, "R504" },       { &w.foreign, "K201" }, { &w.lonely, "K202" },
		{ &w.expired, "P109" }, { &w.early, "P109" },   { &w.server_only, "P108" },
		{ &w.ca, "P112" },      { &w.revoked, "K207" }, { &w.unknown, "S301" },
		{ &w.renewed, "S304" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		refused(call(rows[i].party, "GET", "/http/orders"), 401, rows[i].code);
		/* A stranger learns no addresses. */
		refused(call(rows[i].party, "GET", "/http/nothing"), 401, rows[i].code);
	}
}

static void a_known_caller_is_told_what_it_may_not(void **state)
{
	refused(call(&w.good, "GET", "/http/secret"), 403, "S307");
	refused(call(&w.good, "GET", "/http/nothing"), 404, "R501");
	refused(call(&w.good, "GET", "/elsewhere"), 404, "R501");
	refused(call(&w.good, "BREW", "/http/orders"), 405, "R502");
}

static void a_body_over_the_limit_is_refused(void **state)
{
	struct tls_client_context *tls = client_tls(&w.good);
	size_t limit = (size_t)1024 * 1024;
	AUTO_FREE char *big = mem_alloc(limit + 1);
	assert_int_equal(call_with(tls, "POST", "/http/small", NULL, 0, str_from(big, limit)).status, 200);
	refused(call_with(tls, "POST", "/http/small", NULL, 0, str_from(big, limit + 1)), 413, "R506");
	tls_client_context_free(tls);
}

static void head_is_a_probe(void **state)
{
	struct reply reply = call(&w.good, "HEAD", "/http/orders");
	assert_int_equal(reply.status, 200);
	assert_true(value_get_bool(record_of(reply.id), "probe", false));
	assert_int_equal(call(NULL, "HEAD", "/http/orders").status, 401);
}

static void a_csrf_token_is_fetched_then_opens(void **state)
{
	struct tls_client_context *tls = client_tls(&w.good);
	struct reply without = call(&w.good, "POST", "/http/guarded");
	refused(without, 403, "R503");
	assert_string_equal(without.csrf, "required");
	struct reply fetched = call_field(&w.good, "GET", "/http/guarded", "X-CSRF-Token", "Fetch");
	assert_int_equal(fetched.status, 200);
	assert_string_equal(fetched.body, "");
	struct str cookie = str_first(str_of(fetched.cookie), str_find(str_of(fetched.cookie), ';'));
	struct http_field fields[] = { { STR("x-csrf-token"), str_of(fetched.csrf) },
				       { STR("cookie"), cookie } };
	struct reply done = call_with(tls, "POST", "/http/guarded", fields, 2, STR("x"));
	assert_int_equal(done.status, 200);
	assert_string_equal(done.body, "ok");
	refused(call_with(tls, "POST", "/http/guarded", fields, 1, STR("x")), 403, "R503");
	fields[0].value = STR("made-up");
	refused(call_with(tls, "POST", "/http/guarded", fields, 2, STR("x")), 403, "R503");
	tls_client_context_free(tls);
}

static struct reply call_basic(const char *pair)
{
	AUTO_BUF(header, 1024);
	(void)buf_add_c(&header, "Basic ");
	(void)base64_encode(&header, str_of(pair));
	return call_field(NULL, "GET", "/http/orders", "Authorization", buf_c(&header));
}

static void client_id_and_secret_open_and_a_wrong_secret_is_refused(void **state)
{
	assert_int_equal(call_basic("sb-secret:the secret").status, 200);
	refused(call_basic("sb-secret:wrong"), 401, "R507");
	refused(call_basic("sb-good:"), 401, "R507");
	refused(call_basic("nobody:x"), 401, "R507");
	refused(call_field(NULL, "GET", "/http/orders", "Authorization", "Basic ???"), 401, "R507");
	refused(call_field(NULL, "GET", "/http/orders", "Authorization", "Digest x"), 401, "R507");
}

static struct reply call_bearer(const char *client, const char *tenant, int64_t lasts, const char *suffix)
{
	AUTO_VALUE *claims = value_object();
	AUTO_BUF(header, 8192);
	(void)buf_add_c(&header, "Bearer ");
	value_set_c(claims, "cid", client);
	value_set_c(claims, "zid", tenant);
	value_set_int(claims, "exp", wall_seconds(wall_now()) + lasts);
	assert_int_equal(jws_sign(w.token_key, "k1", NULL, claims, &header, NULL), RC_OK);
	(void)buf_add_c(&header, suffix);
	return call_field(NULL, "GET", "/http/orders", "Authorization", buf_c(&header));
}

static void a_token_opens_and_one_that_is_not_good_is_refused(void **state)
{
	assert_int_equal(call_bearer("sb-secret", "tenant-id", 60, "").status, 200);
	refused(call_bearer("sb-secret", "tenant-id", -1, ""), 401, "R507");
	refused(call_bearer("sb-secret", "another", 60, ""), 401, "R507");
	refused(call_bearer("nobody", "tenant-id", 60, ""), 401, "R507");
	refused(call_bearer("sb-secret", "tenant-id", 60, "A"), 401, "R507");
	refused(call_field(NULL, "GET", "/http/orders", "Authorization", "Bearer made.up.token"), 401,
		"R507");
	refused(call_field(&w.unknown, "GET", "/http/orders", "Authorization", "Bearer made.up.token"), 401,
		"S301");
}

static void a_flow_calls_its_receiver_and_one_that_is_away_fails_the_message(void **state)
{
	struct tls_client_context *tls = client_tls(&w.good);
	struct reply reply = call_with(tls, "POST", "/http/passed", NULL, 0, STR("this"));
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "upstream got this");
	reply = call_with(tls, "POST", "/http/nowhere", NULL, 0, STR("this"));
	assert_int_equal(reply.status, 502);
	const struct value *record = record_of(reply.id);
	assert_string_equal(value_get_c(record, "status"), "FAILED");
	assert_string_equal(value_get_c(record, "code"), "R514");
	tls_client_context_free(tls);
}

static void a_token_request_without_a_manager_is_503(void **state)
{
	struct reply reply = call(&w.good, "POST", "/oauth/token");
	assert_int_equal(reply.status, 503);
	refused(call(&w.unknown, "POST", "/oauth/token"), 401, "S301");
	refused(call(&w.good, "GET", "/oauth/token"), 405, "R502");
}

static void a_change_shows_at_the_next_request_of_an_open_connection(void **state)
{
	struct tls_client_context *tls = client_tls(&w.good);
	assert_int_equal(call_with(tls, "GET", "/http/orders", NULL, 0, STR_NONE).status, 200);
	assert_int_equal(registry_writer_delete(w.writer, REGISTRY_CREDENTIAL, STR("default"),
						STR("good-key"), NULL),
			 RC_OK);
	assert_int_equal(registry_writer_commit(w.writer, false, true, NULL), RC_OK);
	refused(call_with(tls, "GET", "/http/orders", NULL, 0, STR_NONE), 401, "S301");
	assert_int_equal(registry_writer_delete(w.writer, REGISTRY_ANCHOR, STR("default"), STR("root"), NULL),
			 RC_OK);
	assert_int_equal(registry_writer_commit(w.writer, true, false, NULL), RC_OK);
	refused(call_with(tls, "GET", "/http/orders", NULL, 0, STR_NONE), 401, "K201");
	put_der(REGISTRY_ANCHOR, "root", cert_der(w.root.chain.items[0]));
	put_credential("good-key", "sb-good", &w.good, NULL);
	assert_int_equal(registry_writer_commit(w.writer, true, true, NULL), RC_OK);
	assert_int_equal(call_with(tls, "GET", "/http/orders", NULL, 0, STR_NONE).status, 200);
	tls_client_context_free(tls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_caller_gets_the_flow_s_answer_and_stands_in_the_journal),
		TEST(each_certificate_that_is_not_good_is_refused_with_its_reason),
		TEST(a_known_caller_is_told_what_it_may_not),
		TEST(a_body_over_the_limit_is_refused),
		TEST(head_is_a_probe),
		TEST(a_csrf_token_is_fetched_then_opens),
		TEST(client_id_and_secret_open_and_a_wrong_secret_is_refused),
		TEST(a_token_opens_and_one_that_is_not_good_is_refused),
		TEST(a_flow_calls_its_receiver_and_one_that_is_away_fails_the_message),
		TEST(a_token_request_without_a_manager_is_503),
		TEST(a_change_shows_at_the_next_request_of_an_open_connection),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
