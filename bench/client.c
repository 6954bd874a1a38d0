/* SPDX-License-Identifier: Apache-2.0
 * One thread, one epoll set, as many TLS connections as wanted. */
#include "client.h"

#include "measure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE 65536
#define HEAD_MAX 8192
/* Connections that are to stay open are opened so many at a time:
 * no server need take thousands of handshakes at once. */
#define OPENING_MAX 32

enum slot_state { SLOT_FREE, SLOT_CONNECTING, SLOT_HANDSHAKE, SLOT_WRITING, SLOT_READING, SLOT_IDLE };

struct slot {
	struct client_load *load;
	enum slot_state state;
	bool busy; /* an operation is under way */
	bool checked_server;
	int fd;
	uint32_t interest;
	SSL *ssl;
	SSL_SESSION *session;
	uint64_t due_ns;
	size_t head_n; /* of the answer's head, as far as it is here */
	size_t left;   /* [bytes] of the answer's body still to come */
	bool has_head;
	bool last;         /* the server said that it closes the connection */
	struct slot *next; /* in the list of those that wait for an operation */
	char head[HEAD_MAX + 1];
};

struct client_load {
	struct client_options options;
	struct client_count count;
	SSL_CTX *context;
	X509 **leaves;
	size_t next_leaf;
	struct slot *slots;
	struct slot *waiting;
	size_t n_idle, n_busy;
	int epoll;
	double due_ns; /* of the next operation, with a rate */
	char *request;
	size_t request_n;
	char *scratch;
};

static void run_slot(struct slot *s);

static void die(const char *what)
{
	(void)fprintf(stderr, "bench_load: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static void check(bool good, const char *what)
{
	if (!good) {
		die(what);
	}
}

/* Shared by all connections. */

static FILE *open_in(const char *folder, const char *name)
{
	char path[4096];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "r");
	check(file, path);
	return file;
}

static void read_leaves(struct client_load *load)
{
	const struct client_options *o = &load->options;
	FILE *file = open_in(o->client, "clients.pem");
	load->leaves = calloc(o->n_leaves, sizeof(X509 *));
	for (size_t i = 0; i < o->first_leaf + o->n_leaves; i++) {
		X509 *leaf = PEM_read_X509(file, NULL, NULL, NULL);
		check(leaf, "there are too few client certificates");
		if (i < o->first_leaf) {
			X509_free(leaf);
		} else {
			load->leaves[i - o->first_leaf] = leaf;
		}
	}
	(void)fclose(file);
}

static void read_key_and_chain(struct client_load *load)
{
	FILE *file = open_in(load->options.client, "client.key");
	EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	(void)fclose(file);
	file = open_in(load->options.client, "ca.pem");
	X509 *ca = PEM_read_X509(file, NULL, NULL, NULL);
	(void)fclose(file);
	check(key && ca && SSL_CTX_use_certificate(load->context, load->leaves[0]) == 1 &&
		      SSL_CTX_use_PrivateKey(load->context, key) == 1 &&
		      SSL_CTX_add_extra_chain_cert(load->context, ca) == 1,
	      "the client's key pair cannot be used");
	EVP_PKEY_free(key);
}

/* Whether the server is who it should be is no part of what is measured. */
static int accept_server(X509_STORE_CTX *context, void *arg)
{
	(void)context;
	(void)arg;
	return 1;
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct slot *s = SSL_get_app_data(ssl);
	SSL_SESSION_free(s->session);
	s->session = session;
	return 1;
}

/* The algorithms are the client's choice, so that all servers end up with the same.
 * HAProxy 2.6 shows its P-256 certificate only to clients that offer an ECDSA cipher suite, which TLS 1.3
 * alone does not have: hence 1.2 at least. */
static void set_algorithms(struct client_load *load)
{
	const struct client_options *o = &load->options;
	int version = o->tls == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
	const char *signatures =
		o->ec_server ? "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256" : "RSA-PSS+SHA256:RSA+SHA256";
	check(SSL_CTX_set_min_proto_version(load->context, TLS1_2_VERSION) &&
		      SSL_CTX_set_max_proto_version(load->context, version) &&
		      SSL_CTX_set1_groups_list(load->context, "X25519:P-256") &&
		      SSL_CTX_set1_sigalgs_list(load->context, signatures) &&
		      SSL_CTX_set_ciphersuites(load->context, "TLS_AES_128_GCM_SHA256") &&
		      SSL_CTX_set_cipher_list(load->context, o->ec_server ? "ECDHE-ECDSA-AES128-GCM-SHA256"
									  : "ECDHE-RSA-AES128-GCM-SHA256"),
	      "the algorithms cannot be set");
}

static void make_request(struct client_load *load)
{
	const struct client_options *o = &load->options;
	char length[128] = "";
	if (o->body) {
		(void)snprintf(length, sizeof(length),
			       "Content-Type: application/octet-stream\r\nContent-Length: %zu\r\n", o->body);
	}
	load->request = calloc(1, strlen(o->path) + 512 + o->body);
	check(load->request, "memory");
	int n = snprintf(
		load->request, strlen(o->path) + 512,
		"%s %s HTTP/1.1\r\nHost: localhost:%d\r\nUser-Agent: bench/1\r\nAccept: */*\r\n%s\r\n",
		o->body ? "POST" : "GET", o->path, o->port, length);
	memset(load->request + n, 'y', o->body);
	load->request_n = (size_t)n + o->body;
}

struct client_load *client_load_new(const struct client_options *options)
{
	struct client_load *load = calloc(1, sizeof(*load));
	check(load, "memory");
	load->options = *options;
	load->context = SSL_CTX_new(TLS_client_method());
	check(load->context, "OpenSSL");
	set_algorithms(load);
	SSL_CTX_set_cert_verify_callback(load->context, accept_server, NULL);
	(void)SSL_CTX_set_mode(load->context, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(load->context,
					     SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
	if (options->mode == CLIENT_RESUMED) {
		SSL_CTX_sess_set_new_cb(load->context, keep_session);
	}
	read_leaves(load);
	read_key_and_chain(load);
	make_request(load);
	load->scratch = malloc(READ_SIZE);
	load->slots = calloc(options->connections, sizeof(*load->slots));
	check(load->slots && load->scratch, "memory");
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < options->connections; i++) {
		load->slots[i].load = load;
		load->slots[i].fd = -1;
	}
	return load;
}

/* One connection. */

static void watch(struct slot *s, uint32_t interest)
{
	struct epoll_event event = { .events = interest, .data.ptr = s };
	if (s->interest == interest) {
		return;
	}
	check(epoll_ctl(s->load->epoll, s->interest ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, s->fd, &event) == 0,
	      "epoll_ctl");
	s->interest = interest;
}

static void disconnect(struct slot *s)
{
	if (s->state == SLOT_IDLE) {
		s->load->n_idle--;
	}
	if (s->ssl) {
		/* A session of a connection that ends without close_notify is not to be resumed. */
		(void)SSL_shutdown(s->ssl);
		SSL_free(s->ssl);
	}
	if (s->fd >= 0) {
		(void)close(s->fd);
	}
	s->ssl = NULL;
	s->fd = -1;
	s->interest = 0;
	s->state = SLOT_FREE;
}

/* No operation is under way on it any more. */
static void rest(struct slot *s)
{
	s->load->n_busy -= s->busy;
	s->busy = false;
}

/* Nothing to do for this connection until an operation is due. */
static void wait_for_operation(struct slot *s)
{
	rest(s);
	s->next = s->load->waiting;
	s->load->waiting = s;
}

static void note_failure(struct slot *s, const char *what)
{
	struct client_count *count = &s->load->count;
	if (count->failed++ == 0) {
		unsigned long code = ERR_peek_error();
		char text[100] = "";
		if (code) {
			ERR_error_string_n(code, text, sizeof(text));
		}
		(void)snprintf(count->first_failure, sizeof(count->first_failure), "%s %s", what, text);
	}
	ERR_clear_error();
}

static void fail(struct slot *s, const char *what)
{
	note_failure(s, what);
	disconnect(s);
	SSL_SESSION_free(s->session);
	s->session = NULL;
	wait_for_operation(s);
}

static void begin_request(struct slot *s)
{
	s->state = SLOT_WRITING;
	s->head_n = 0;
	s->has_head = false;
}

static void connect_slot(struct slot *s)
{
	struct client_load *load = s->load;
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)load->options.port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int one = 1;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	check(s->fd >= 0, "socket");
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	s->ssl = SSL_new(load->context);
	check(s->ssl, "SSL_new");
	SSL_set_connect_state(s->ssl);
	SSL_set_app_data(s->ssl, s);
	(void)SSL_set_fd(s->ssl, s->fd);
	(void)SSL_set_tlsext_host_name(s->ssl, "localhost");
	if (load->options.n_leaves > 1) {
		check(SSL_use_certificate(s->ssl, load->leaves[load->next_leaf]) == 1, "use a certificate");
		load->next_leaf = (load->next_leaf + 1) % load->options.n_leaves;
	}
	if (s->session) {
		(void)SSL_set_session(s->ssl, s->session);
	}
	s->state = SLOT_CONNECTING;
	if (connect(s->fd, (struct sockaddr *)&to, sizeof(to)) == 0) {
		s->state = SLOT_HANDSHAKE;
	} else if (errno != EINPROGRESS) {
		fail(s, "connect");
		return;
	} else {
		watch(s, EPOLLOUT);
	}
}

static void start_operation(struct slot *s, uint64_t due_ns)
{
	s->busy = true;
	s->load->n_busy++;
	s->due_ns = due_ns;
	if (s->state == SLOT_IDLE) {
		s->load->n_idle--;
		begin_request(s);
	} else {
		connect_slot(s);
	}
	run_slot(s);
}

/* Note which algorithms were agreed on, and that the server showed the certificate that was meant. */
static void check_handshake(struct slot *s)
{
	struct client_count *count = &s->load->count;
	X509 *server = SSL_get0_peer_certificate(s->ssl);
	if (s->load->options.mode == CLIENT_RESUMED && !SSL_session_reused(s->ssl)) {
		count->not_resumed++;
	}
	if (s->checked_server) {
		return;
	}
	s->checked_server = true;
	bool ec = EVP_PKEY_get_base_id(X509_get0_pubkey(server)) == EVP_PKEY_EC;
	check(ec == s->load->options.ec_server, "the server showed its other certificate");
	check(SSL_version(s->ssl) == (s->load->options.tls == 12 ? TLS1_2_VERSION : TLS1_3_VERSION),
	      "the server chose another version of TLS");
	(void)snprintf(count->algorithms, sizeof(count->algorithms), "%s %s group %d",
		       SSL_get_version(s->ssl), SSL_get_cipher_name(s->ssl),
		       (int)SSL_get_negotiated_group(s->ssl));
}

static void operation_done(struct slot *s)
{
	struct client_load *load = s->load;
	uint64_t now = measure_now();
	load->count.operations++;
	histogram_add(&load->count.latency, now > s->due_ns ? now - s->due_ns : 0);
	load->count.let_go += s->last;
	if (load->options.mode == CLIENT_FULL || load->options.mode == CLIENT_RESUMED || s->last) {
		disconnect(s);
	} else {
		s->state = SLOT_IDLE;
		load->n_idle++;
		watch(s, EPOLLIN);
	}
	if (load->options.mode != CLIENT_IDLE) {
		wait_for_operation(s);
	} else {
		rest(s);
	}
}

/* What OpenSSL wants; false: the slot has failed. */
static bool wants(struct slot *s, int result, const char *what)
{
	switch (SSL_get_error(s->ssl, result)) {
	case SSL_ERROR_WANT_READ: watch(s, EPOLLIN); return true;
	case SSL_ERROR_WANT_WRITE: watch(s, EPOLLOUT); return true;
	default: fail(s, what); return false;
	}
}

/* The head has come whole: take its status and length. */
static bool take_head(struct slot *s)
{
	const char *end_of_head = memmem(s->head, s->head_n, "\r\n\r\n", 4);
	if (!end_of_head) {
		return s->head_n < HEAD_MAX;
	}
	s->head[s->head_n] = '\0';
	const char *length = strcasestr(s->head, "\r\ncontent-length:");
	if (strncmp(s->head, "HTTP/1.1 200", 12) != 0 || !length || length > end_of_head) {
		return false;
	}
	size_t body = strtoul(length + 17, NULL, 10);
	size_t here = s->head_n - (size_t)(end_of_head + 4 - s->head);
	if (here > body || (s->load->options.answer && s->load->options.answer != body)) {
		return false;
	}
	const char *close = strcasestr(s->head, "\r\nconnection: close");
	s->left = body - here;
	s->has_head = true;
	s->last = close && close < end_of_head;
	return true;
}

/* False: wait, or the operation is over. */
static bool read_some(struct slot *s)
{
	size_t n = 0;
	char *to = s->has_head ? s->load->scratch : s->head + s->head_n;
	size_t room = s->has_head ? READ_SIZE : HEAD_MAX - s->head_n;
	int result = SSL_read_ex(s->ssl, to, room, &n);
	if (result != 1) {
		(void)wants(s, result, "the answer was cut off");
		return false;
	}
	if (s->has_head) {
		s->left = n > s->left ? 0 : s->left - n;
	} else {
		s->head_n += n;
		if (!take_head(s)) {
			s->head[s->head_n] = '\0';
			s->head[strcspn(s->head, "\r")] = '\0';
			char what[160];
			(void)snprintf(what, sizeof(what), "unexpected answer: %.100s", s->head);
			fail(s, what);
			return false;
		}
	}
	if (s->has_head && s->left == 0) {
		operation_done(s);
		return false;
	}
	return true;
}

static bool step(struct slot *s)
{
	size_t n;
	int result;
	switch (s->state) {
	case SLOT_HANDSHAKE:
		result = SSL_connect(s->ssl);
		if (result != 1) {
			(void)wants(s, result, "the handshake failed");
			return false;
		}
		check_handshake(s);
		begin_request(s);
		return true;
	case SLOT_WRITING:
		result = SSL_write_ex(s->ssl, s->load->request, s->load->request_n, &n);
		if (result != 1) {
			(void)wants(s, result, "the request cannot be sent");
			return false;
		}
		s->state = SLOT_READING;
		watch(s, EPOLLIN);
		return false;
	case SLOT_READING: return read_some(s);
	case SLOT_IDLE:
		/* Tickets, or the server's goodbye. */
		result = SSL_read_ex(s->ssl, s->load->scratch, 1, &n);
		if (result == 1 || SSL_get_error(s->ssl, result) != SSL_ERROR_WANT_READ) {
			note_failure(s, "the server closed a connection that was to be kept");
			disconnect(s);
		}
		return false;
	case SLOT_FREE:
	case SLOT_CONNECTING:
	default: return false;
	}
}

static void run_slot(struct slot *s)
{
	while (step(s)) {
	}
}

static void ready(struct slot *s)
{
	if (s->state == SLOT_CONNECTING) {
		int error = 0;
		socklen_t size = sizeof(error);
		(void)getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
		if (error) {
			fail(s, "connect");
			return;
		}
		s->state = SLOT_HANDSHAKE;
	}
	run_slot(s);
}

/* All connections. */

/* Give due operations to connections that wait for one. Returns the instant of the next one that nobody waits
 * for. */
static void hand_out(struct client_load *load)
{
	uint64_t now = measure_now();
	struct slot *again = NULL;
	if (load->options.rate <= 0) {
		/* A slot that fails at once must not be tried for ever in one turn. */
		again = load->waiting;
		load->waiting = NULL;
		while (again) {
			struct slot *s = again;
			again = s->next;
			if (load->options.mode == CLIENT_IDLE && load->n_busy >= OPENING_MAX) {
				wait_for_operation(s);
			} else {
				start_operation(s, now);
			}
		}
		return;
	}
	while (load->waiting && (double)now >= load->due_ns) {
		struct slot *s = load->waiting;
		load->waiting = s->next;
		histogram_add(&load->count.lag, now - (uint64_t)load->due_ns);
		start_operation(s, (uint64_t)load->due_ns);
		load->due_ns += 1e9 / load->options.rate;
		now = measure_now();
	}
}

static struct timespec time_left(const struct client_load *load, uint64_t until_ns)
{
	uint64_t now = measure_now();
	double next = load->options.rate > 0 && load->waiting && load->due_ns < (double)until_ns
			      ? load->due_ns
			      : (double)until_ns;
	uint64_t left = next > (double)now ? (uint64_t)next - now : 0;
	if (load->options.rate <= 0 && load->waiting && load->options.mode != CLIENT_IDLE) {
		left = 0;
	}
	return (struct timespec){ (time_t)(left / 1000000000), (long)(left % 1000000000) };
}

void client_load_start(struct client_load *load)
{
	load->due_ns = (double)measure_now();
	for (size_t i = load->options.connections; i-- > 0;) {
		wait_for_operation(&load->slots[i]);
	}
}

void client_load_run(struct client_load *load, uint64_t until_ns, uint64_t operations)
{
	struct epoll_event events[256];
	while (measure_now() < until_ns &&
	       (!operations || load->count.operations + load->count.failed < operations)) {
		hand_out(load);
		const struct timespec left = time_left(load, until_ns);
		int n = epoll_pwait2(load->epoll, events, 256, &left, NULL);
		for (int i = 0; i < n; i++) {
			ready(events[i].data.ptr);
		}
	}
}

size_t client_load_idle(const struct client_load *load)
{
	return load->n_idle;
}

const struct client_count *client_load_count(const struct client_load *load)
{
	return &load->count;
}

void client_load_reset(struct client_load *load)
{
	char algorithms[sizeof(load->count.algorithms)];
	memcpy(algorithms, load->count.algorithms, sizeof(algorithms));
	memset(&load->count, 0, sizeof(load->count));
	/* What was due while connections were opened is no longer. */
	load->due_ns = (double)measure_now();
	memcpy(load->count.algorithms, algorithms, sizeof(algorithms));
}
