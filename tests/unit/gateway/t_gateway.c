/* SPDX-License-Identifier: Apache-2.0
 * What a gateway lets in, what it refuses and with which reason:
 * a row says what its registry holds, who asks for what, and what comes back. All of it goes through TLS and
 * HTTP in this one process, loopback.h. */
#include "base/memory.h"
#include "http/server/server_internal.h"
#include "model/reason.h"
#include "unit/gateway/furnish.h"
#include "unit/gateway/loopback.h"
#include "unit/gateway/parties.h"
#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>

/* A registry in which good may call /orders. */
#define GOOD "trust root; key good; endpoint /orders; "
#define ORDERS "GET /http/orders"

struct row {
	const char *name;
	const char *registry; /* of furnish() */
	const char *caller;   /* who presents itself, of parties.h */
	const char *request;  /* of loopback_ask() */
	int status;
	const char *says; /* the reason's code, or, where it is let in, the body; NULL: it is not looked at */
	const char *settings; /* of worker_run(); NULL: none */
	const char *host;     /* server name of the handshake; NULL: localhost */
	bool untold;          /* the code stands in the journal alone */
};

static const struct row ROWS[] = {
	/* The certificate. */
	{ "who is known gets the flow's answer", GOOD, "good", ORDERS, 200, "ok" },
	{ "nothing presented", GOOD, "", ORDERS, 401, "R504" },
	{ "a CA that nobody trusts", GOOD, "foreign", ORDERS, 401, "K201" },
	{ "no CA that is trusted at all", "key good; endpoint /orders", "good", ORDERS, 401, "K201" },
	{ "without its intermediate", GOOD, "lonely", ORDERS, 401, "K202" },
	{ "without its intermediate, which is imported", "trust ca; key good; endpoint /orders", "good-alone",
	  ORDERS, 200, "ok" },
	{ "expired", GOOD, "expired", ORDERS, 401, "P109" },
	{ "not valid yet", GOOD, "early", ORDERS, 401, "P109" },
	{ "for servers alone", GOOD, "server-only", ORDERS, 401, "P108" },
	{ "a CA itself", GOOD, "ca", ORDERS, 401, "P112" },
	{ "may not sign", GOOD, "no-signature", ORDERS, 401, "P118" },
	{ "an intermediate that has expired", GOOD, "below-expired", ORDERS, 401, "K203" },
	{ "an intermediate that is no CA", GOOD, "below-no-ca", ORDERS, 401, "K204" },
	{ "revoked", GOOD "key revoked; revoke revoked", "revoked", ORDERS, 401, "K207" },
	{ "its neighbour is not", GOOD "revoke revoked", "good", ORDERS, 200, "ok" },
	{ "a list that is overdue", GOOD "overdue ca", "good", ORDERS, 401, "K208" },
	{ "a list that is overdue, and only warned of", GOOD "overdue ca; setting crl_stale \"warn\"", "good",
	  ORDERS, 200, "ok" },
	{ "signed by another key", GOOD, "forged", ORDERS, 401, "K209" },
	{ "a name that its CA may not give", GOOD, "below-constrained", ORDERS, 401, "K210" },
	{ "signed with SHA-1", GOOD, "weak", ORDERS, 401, "K211" },
	{ "an anchor of its issuer's name with another key", "trust root; trust other-ca; endpoint /orders",
	  "good-alone", ORDERS, 401, "K212" },
	{ "more CAs than an anchor allows below it", "trust root-narrow; key good; endpoint /orders", "good",
	  ORDERS, 401, "K213" },
	{ "a critical extension that nobody knows", GOOD, "critical", ORDERS, 401, "K214" },
	{ "too many CAs of one name", "twins 40; endpoint /orders", "below-twin", ORDERS, 401, "K215" },
	{ "an intermediate for servers alone", GOOD, "below-servers", ORDERS, 401, "K217" },
	{ "a chain of eleven", GOOD, "deep", ORDERS, 401, "K218" },

	/* The service key. */
	{ "in no key", GOOD, "unknown", ORDERS, 401, "S301" },
	{ "another one of its names is pinned", GOOD, "renewed", ORDERS, 401, "S304" },
	{ "renewed, where the key is not pinned", "trust root; key good unpinned; endpoint /orders",
	  "renewed", ORDERS, 200, "ok" },
	{ "older than the one of an unpinned key", "trust root; key good unpinned; endpoint /orders", "older",
	  ORDERS, 401, "S312" },
	{ "of another issuer than that of an unpinned key", "trust root; key good unpinned; endpoint /orders",
	  "imitator", ORDERS, 401, "S313" },
	{ "an unpinned key whose issuer is not known",
	  "trust root; key good unpinned issuer-unknown; endpoint /orders", "renewed", ORDERS, 401, "S314" },
	{ "two keys that cannot be told apart",
	  "trust root; key good unpinned; key older unpinned; endpoint /orders", "renewed", ORDERS, 401,
	  "S310" },

	/* The right. */
	{ "a role that it lacks", GOOD "endpoint /secret role=Secret.send", "good", "GET /http/secret", 403,
	  "S307" },
	{ "a role that it has", "trust root; key good role=Secret.send; endpoint /secret role=Secret.send",
	  "good", "GET /http/secret", 200, "ok" },
	{ "a key for the management API", "trust root; key good plan=api; endpoint /orders", "good", ORDERS,
	  403, "S309" },
	{ "no such address", GOOD, "good", "GET /http/nothing", 404, "R501" },
	{ "no address of a flow", GOOD, "good", "GET /elsewhere", 404, "R501" },
	{ "no such method", GOOD, "good", "BREW /http/orders", 405, "R502" },
	{ "without a CSRF token", GOOD "endpoint /guarded csrf", "good", "POST /http/guarded", 403, "R503" },
	{ "with one that is made up", GOOD "endpoint /guarded csrf", "good",
	  "POST /http/guarded\nX-CSRF-Token: made-up\nCookie: postern-csrf=x", 403, "R503" },
	{ "reading needs none", GOOD "endpoint /guarded csrf", "good", "GET /http/guarded", 200, "ok" },
	{ "a body at the limit", GOOD "endpoint /small max=1", "good", "POST /http/small\n@body 1048576", 200,
	  "ok" },
	{ "a body above it", GOOD "endpoint /small max=1", "good", "POST /http/small\n@body 1048577", 413,
	  "R506" },
	{ "a body that says so", GOOD "endpoint /small max=1", "good", "POST /http/small\n@length 1048577",
	  413, "R506" },

	/* Client id and secret, tokens. */
	{ "id and secret", GOOD "key - as=secret secret=sesame", "", ORDERS "\n@basic sb-secret:sesame", 200,
	  "ok" },
	{ "a wrong secret", GOOD "key - as=secret secret=sesame", "", ORDERS "\n@basic sb-secret:wrong", 401,
	  "R507" },
	{ "no secret of a key without one", GOOD, "", ORDERS "\n@basic sb-good:", 401, "R507" },
	{ "nobody's id", GOOD, "", ORDERS "\n@basic nobody:x", 401, "R507" },
	{ "no pair", GOOD, "", ORDERS "\nAuthorization: Basic ???", 401, "R507" },
	{ "another scheme", GOOD, "", ORDERS "\nAuthorization: Digest x", 401, "R507" },
	{ "a token", GOOD "key - as=secret secret=sesame", "", ORDERS "\n@bearer sb-secret tenant-id 60", 200,
	  "ok" },
	{ "a token that has expired", GOOD "key - as=secret secret=sesame", "",
	  ORDERS "\n@bearer sb-secret tenant-id -1", 401, "R507" },
	{ "a token of another subaccount", GOOD "key - as=secret secret=sesame", "",
	  ORDERS "\n@bearer sb-secret another 60", 401, "R507" },
	{ "a token of nobody", GOOD, "", ORDERS "\n@bearer nobody tenant-id 60", 401, "R507" },
	{ "a token with a signature that is not its own", GOOD "key - as=secret secret=sesame", "",
	  ORDERS "\n@bearer sb-secret tenant-id 60 A", 401, "R507" },
	{ "no token", GOOD, "", ORDERS "\nAuthorization: Bearer made.up.token", 401, "R507" },
	{ "a token does not help a certificate", GOOD "key - as=secret secret=sesame", "unknown",
	  ORDERS "\n@bearer sb-secret tenant-id 60", 401, "S301" },
	{ "nor does one that is made up", GOOD, "unknown", ORDERS "\nAuthorization: Bearer made.up.token",
	  401, "S301" },
	{ "a token is asked for without a manager", GOOD, "good", "POST /oauth/token", 503, NULL },
	{ "a token for nobody who is known", GOOD, "unknown", "POST /oauth/token", 401, "S301" },
	{ "a token is not to be got", GOOD, "good", "GET /oauth/token", 405, "R502" },

	/* The flow and its receiver. */
	{ "what the flow passes on", GOOD "endpoint /passed to=@/up", "good", "POST /http/passed\n@body 4",
	  200, "upstream got xxxx" },
	{ "what the flow gives back", GOOD "endpoint /echo echo", "good", "POST /http/echo\n@body 4", 200,
	  "xxxx" },
	{ "a receiver that is away", GOOD "endpoint /nowhere to=http://127.0.0.1:9/", "good",
	  "POST /http/nowhere\n@body 4", 502, "R514" },
	{ "a receiver that does not answer", GOOD "endpoint /slow to=@/never timeout=50", "good",
	  "POST /http/slow\n@body 4", 504, "R515" },
	{ "an address of no receiver", GOOD "endpoint /lost to=http://${header.x}/", "good",
	  "POST /http/lost", 500, "R509" },
	{ "a flow that cannot be read", GOOD "endpoint /bad broken", "good", "GET /http/bad", 503, "R512" },
	{ "an anchor that cannot be read", GOOD "trust broken", "good", ORDERS, 503, "R512" },
	{ "more than a caller's share", GOOD "endpoint /echo echo", "good", "POST /http/echo\n@length 300000",
	  429, "R517", .settings = "{\"body_memory\":1048576}" },
	{ "more than there is", GOOD "endpoint /echo echo", "good", "POST /http/echo\n@length 3000000", 503,
	  "R518", .settings = "{\"body_memory\":1048576}" },

	/* Host and server name. */
	{ "a server name of another subaccount", GOOD, "good", ORDERS, 421, "R519",
	  .host = "other.localhost" },
	{ "a Host of another subaccount", GOOD, "good", ORDERS "\nHost: other.localhost", 421, "R519" },
	{ "both of a subaccount that there is not", GOOD, "good", ORDERS "\nHost: other.localhost", 401,
	  "K201", .host = "other.localhost" },

	/* Whom the code is told. */
	{ "a stranger is not told the code", GOOD, "foreign", ORDERS, 401, "K201",
	  .settings = "{\"tell_reason\":\"trusted\"}", .untold = true },
	{ "who has a trusted certificate is", GOOD, "unknown", ORDERS, 401, "S301",
	  .settings = "{\"tell_reason\":\"trusted\"}" },
	{ "or nobody is", GOOD, "good", "GET /http/nothing", 404, "R501",
	  .settings = "{\"tell_reason\":\"never\"}", .untold = true },
	{ "the subaccount's own setting counts", GOOD "setting tell_reason \"never\"", "good",
	  "GET /http/nothing", 404, "R501", .untold = true },
};

/* Asking. */

static struct loopback_reply ask_once(struct loopback *l, const char *party, const char *host,
				      const char *request)
{
	struct loopback_caller *caller = loopback_connect(l, party, host);
	struct loopback_reply reply = loopback_ask(caller, request);
	loopback_hang_up(caller);
	return reply;
}

static void assert_status(const struct loopback_reply *reply, int status)
{
	if (reply->status != status) {
		fail_msg("%d instead of %d: %s", reply->status, status, reply->body);
	}
}

/* The flow's own answer, and the one in plain HTTP, are no JSON. */
static bool is_text(const char *code)
{
	return strstr("R509 R514 R515 R516", code) != NULL;
}

/* Refused for a reason, which stands in the journal with what is to be done about it. */
static void assert_refused(struct loopback *l, const struct loopback_reply *reply, int status,
			   const char *code, bool told)
{
	assert_status(reply, status);
	if (reply->body[0] && !is_text(code)) {
		assert_string_equal(reply->code, told ? code : "");
	}
	const struct value *record = loopback_record(l, reply->id);
	assert_string_equal(value_get_c(record, "code"), code);
	assert_string_equal(value_get_c(record, "status"), status < 500 ? "REFUSED" : "FAILED");
	assert_int_equal(value_get_int(record, "http_status", 0), status);
	assert_true(value_get_str(record, "text").n > 0 && value_get_str(record, "fix").n > 0);
}

static void row_holds(void **state)
{
	const struct row *row = *state;
	struct loopback *l = loopback_new(row->settings ? row->settings : "", row->registry);
	struct loopback_reply reply = ask_once(l, row->caller, row->host, row->request);
	if (row->status < 400) {
		assert_status(&reply, row->status);
		assert_string_equal(reply.body, row->says);
		assert_string_equal(value_get_c(loopback_record(l, reply.id), "status"), "COMPLETED");
	} else if (row->says) {
		assert_refused(l, &reply, row->status, row->says, !row->untold);
	} else {
		assert_status(&reply, row->status);
	}
	/* A stranger learns no addresses. */
	if (row->status == 401 && strcmp(row->request, ORDERS) == 0) {
		reply = ask_once(l, row->caller, row->host, "GET /http/nothing");
		assert_refused(l, &reply, 401, row->says, !row->untold);
	}
	loopback_free(l);
}

/* What is no request. */

struct unread {
	const char *name;
	const char *caller;
	const char *bytes;
	size_t filling; /* [bytes] of a field's value between the bytes and the head's end */
	int status;
	const char *code;
	const char *registry;
};

static const struct unread UNREAD[] = {
	{ "a head that is none", "good", "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 0, 400, "R508", GOOD },
	{ "a head above its limit", "good", "GET / HTTP/1.1\r\nHost: localhost\r\nX: ", 65536, 431, "R510",
	  GOOD },
	{ "a body that breaks off being HTTP", "good",
	  "POST /http/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 0, 400,
	  "R508", GOOD "endpoint /echo echo" },
	{ "plain HTTP to a port of TLS", "plain", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, 400, "R516",
	  GOOD },
};

static void unread_holds(void **state)
{
	const struct unread *row = *state;
	struct loopback *l = loopback_new("", row->registry);
	struct loopback_caller *caller = loopback_connect(l, row->caller, NULL);
	AUTO_BUF(bytes, 1 << 20);
	(void)buf_add_c(&bytes, row->bytes);
	for (size_t i = 0; i < row->filling; i++) {
		(void)buf_add_char(&bytes, 'x');
	}
	(void)buf_add_c(&bytes, row->filling ? "\r\n\r\n" : "");
	loopback_say(caller, buf_str(&bytes));
	struct loopback_reply reply = loopback_hear(caller, false);
	assert_refused(l, &reply, row->status, row->code, true);
	loopback_free(l);
}

/* More than one request, or more than an answer. */

static void a_good_caller_stands_in_the_journal(void **state)
{
	struct loopback *l = loopback_new("", GOOD);
	struct loopback_reply reply = ask_once(l, "good", NULL, ORDERS);
	const struct value *record = loopback_record(l, reply.id);
	assert_string_equal(value_get_c(record, "status"), "COMPLETED");
	assert_string_equal(value_get_c(record, "artifact"), "orders");
	assert_string_equal(value_get_c(record, "address"), "/orders");
	assert_string_equal(value_get_c(record, "client"), "sb-good");
	assert_string_equal(value_get_c(record, "sha256"), cert_sha256(party_get("good")->chain.items[0]));
	assert_string_equal(value_get_c(record, "tls"), "TLSv1.3");
	assert_string_equal(value_get_c(record, "code"), "");
	loopback_free(l);
}

static void head_is_a_probe(void **state)
{
	struct loopback *l = loopback_new("", GOOD);
	struct loopback_reply reply = ask_once(l, "good", NULL, "HEAD /http/orders");
	assert_int_equal(reply.status, 200);
	assert_true(value_get_bool(loopback_record(l, reply.id), "probe", false));
	assert_int_equal(ask_once(l, "", NULL, "HEAD /http/orders").status, 401);
	loopback_free(l);
}

static struct loopback_reply ask_guarded(struct loopback_caller *caller, const char *token,
					 const char *cookie)
{
	AUTO_FREE char *request = mem_printf("POST /http/guarded\n@body 1\nX-CSRF-Token: %s%s%s", token,
					     cookie ? "\nCookie: " : "", cookie ? cookie : "");
	return loopback_ask(caller, request);
}

static void a_csrf_token_is_fetched_then_opens(void **state)
{
	struct loopback *l = loopback_new("", GOOD "endpoint /guarded csrf");
	struct loopback_caller *good = loopback_connect(l, "good", NULL);
	struct loopback_reply reply = loopback_ask(good, "POST /http/guarded");
	assert_refused(l, &reply, 403, "R503", true);
	assert_string_equal(reply.csrf, "required");
	struct loopback_reply fetched = loopback_ask(good, "GET /http/guarded\nX-CSRF-Token: Fetch");
	assert_int_equal(fetched.status, 200);
	assert_string_equal(fetched.body, "");
	fetched.cookie[str_find(str_of(fetched.cookie), ';')] = '\0';
	reply = ask_guarded(good, fetched.csrf, fetched.cookie);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "ok");
	reply = ask_guarded(good, fetched.csrf, NULL);
	assert_refused(l, &reply, 403, "R503", true);
	/* What was refused with its body unread has ended the connection. */
	good = loopback_connect(l, "good", NULL);
	reply = ask_guarded(good, "made-up", fetched.cookie);
	assert_refused(l, &reply, 403, "R503", true);
	loopback_free(l);
}

static void assert_asks(struct loopback *l, struct loopback_caller *caller, const char *code)
{
	struct loopback_reply reply = loopback_ask(caller, ORDERS);
	if (code[0]) {
		assert_refused(l, &reply, 401, code, true);
	} else {
		assert_status(&reply, 200);
	}
}

static void a_change_shows_at_the_next_request_of_an_open_connection(void **state)
{
	struct loopback *l = loopback_new("", GOOD);
	struct loopback_caller *good = loopback_connect(l, "good", NULL);
	assert_asks(l, good, "");
	loopback_change(l, "no key good");
	assert_asks(l, good, "S301");
	loopback_change(l, "no trust root");
	assert_asks(l, good, "K201");
	loopback_change(l, "trust root; key good");
	assert_asks(l, good, "");
	loopback_change(l, "revoke good");
	assert_asks(l, good, "K207");
	loopback_change(l, "no revoke good; no endpoint /orders");
	struct loopback_reply reply = loopback_ask(good, ORDERS);
	assert_refused(l, &reply, 404, "R501", true);
	loopback_free(l);
}

static void callers_side_by_side_are_told_apart(void **state)
{
	struct loopback *l = loopback_new("", GOOD);
	struct loopback_caller *good = loopback_connect(l, "good", NULL),
			       *unknown = loopback_connect(l, "unknown", NULL),
			       *nobody = loopback_connect(l, "", NULL);
	for (int i = 0; i < 3; i++) {
		assert_asks(l, good, "");
		assert_asks(l, unknown, "S301");
		assert_asks(l, nobody, "R504");
	}
	loopback_free(l);
}

static void a_head_that_does_not_come_in_time_is_refused(void **state)
{
	struct loopback *l = loopback_new("", GOOD);
	loopback_gateway(l)->server->options.head_timeout_ms = 50;
	struct loopback_caller *good = loopback_connect(l, "good", NULL);
	loopback_say(good, STR("GET /http/or"));
	struct loopback_reply reply = loopback_hear(good, false);
	assert_refused(l, &reply, 408, "R511", true);
	loopback_free(l);
}

static void a_handshake_that_fails_stands_in_the_journal(void **state)
{
	struct loopback *l = loopback_new("", GOOD);
	struct loopback_caller *caller = loopback_connect(l, "plain", NULL);
	loopback_say(caller, STR("\x16\x03\x01\x00\x05hello"));
	struct loopback_reply reply = loopback_hear(caller, false);
	assert_true(reply.closed);
	assert_int_equal(reply.status, 0);
	const struct value *record = loopback_last_record(l);
	assert_non_null(record);
	assert_string_equal(value_get_c(record, "code"), "R513");
	assert_int_equal(value_get_int(record, "http_status", -1), 0);
	loopback_free(l);
}

/* The reasons. */

static const char *const ELSEWHERE[] = {
	"K216", /* a key of 8,200 bits: t_path.c */
	"R505", /* no certificate of a header is taken, so nobody gives it */
	"R511", /* above: it takes a clock */
};

static bool has_row(const char *code)
{
	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		if (ROWS[i].status >= 400 && ROWS[i].says && strcmp(ROWS[i].says, code) == 0) {
			return true;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(UNREAD); i++) {
		if (strcmp(UNREAD[i].code, code) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_elsewhere(const char *code)
{
	for (size_t i = 0; i < ARRAY_SIZE(ELSEWHERE); i++) {
		if (strcmp(ELSEWHERE[i], code) == 0) {
			return true;
		}
	}
	return false;
}

static void every_reason_that_a_request_is_refused_for_has_its_row(void **state)
{
	for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		const struct reason_info *info = reason_info(reason);
		if (info->http_status && has_row(info->code) == is_elsewhere(info->code)) {
			fail_msg("%s: %s", info->code, info->title);
		}
	}
}

static int tear_down(void **state)
{
	parties_free();
	furnish_fini();
	return 0;
}

static void add_test(struct CMUnitTest *tests, size_t *n, const char *name, CMUnitTestFunction function,
		     const void *row)
{
	tests[(*n)++] = (struct CMUnitTest){ .name = name,
					     .test_func = function,
					     .initial_state = (void *)(uintptr_t)row };
}

int main(void)
{
	static const struct CMUnitTest more[] = {
		TEST(a_good_caller_stands_in_the_journal),
		TEST(head_is_a_probe),
		TEST(a_csrf_token_is_fetched_then_opens),
		TEST(a_change_shows_at_the_next_request_of_an_open_connection),
		TEST(callers_side_by_side_are_told_apart),
		TEST(a_head_that_does_not_come_in_time_is_refused),
		TEST(a_handshake_that_fails_stands_in_the_journal),
		TEST(every_reason_that_a_request_is_refused_for_has_its_row),
	};
	static struct CMUnitTest tests[ARRAY_SIZE(ROWS) + ARRAY_SIZE(UNREAD) + ARRAY_SIZE(more)];
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		add_test(tests, &n, ROWS[i].name, row_holds, &ROWS[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(UNREAD); i++) {
		add_test(tests, &n, UNREAD[i].name, unread_holds, &UNREAD[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		tests[n++] = more[i];
	}
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
