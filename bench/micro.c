/* SPDX-License-Identifier: Apache-2.0
 * The pure parts of a request's way, each in a function of its own whose instructions bench/micro.py has
 * callgrind count.
 *
 * Usage: bench_micro CASE     runs micro_CASE() ROUNDS times; without CASE prints the names of the cases. */
#include "base/memory.h"
#include "flow/plan.h"
#include "flow/plan_value.h"
#include "flow/run.h"
#include "http/h1.h"
#include "identity/identity.h"
#include "policy/policy.h"
#include "registry/reader.h"
#include "registry/writer.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS 100
#define KEYS 1000
/* Callgrind switches counting on and off at these. */
#define COUNTED __attribute__((noinline, noclone))

static const char request[] =
	"POST /http/orders/42?full=true HTTP/1.1\r\nHost: localhost:8443\r\nUser-Agent: client/1.0\r\n"
	"Accept: application/json\r\nAccept-Encoding: gzip\r\nContent-Type: application/json\r\n"
	"Content-Length: 1024\r\nX-Correlation-Id: 2e6b2a1c-7c50-4b11-9a1b-6d8f5a3a9f10\r\n"
	"Connection: keep-alive\r\n\r\n";
static const char response[] =
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1024\r\nServer: erp\r\n"
	"Date: Wed, 25 Nov 2026 12:00:00 GMT\r\nCache-Control: no-store\r\nVary: Accept\r\n\r\n";
static const char chunks[] = "100\r\n" /* 256 bytes follow, made in setup() */;
static const char sha256[] = "C059ADEF555BFED65A3839002D2B04D95C5BAC4FA3901417F10EAA0870AF2784";

static struct fixture {
	struct h1_limits limits;
	struct h1_request request;
	struct h1_response response;
	struct buf chunked, body;
	struct registry_reader *reader;
	struct buf term;
	struct identity_record record;
	struct identity_peer peer;
	struct identity identity;
	struct flow_plan *plan;
	struct flow_request message;
} f;

static void check(bool good, const char *what)
{
	if (!good) {
		(void)fprintf(stderr, "bench_micro: %s\n", what);
		exit(1);
	}
}

/* The cases. */

COUNTED void micro_request_head(void);
COUNTED void micro_request_head(void)
{
	size_t scanned = 0, end = 0;
	int status;
	check(h1_find_end(STR(request), f.limits.max_head, &scanned, &end, NULL) == RC_OK &&
		      h1_parse_request(str_from(request, end), &f.limits, &f.request, &status, NULL) == RC_OK,
	      "the request cannot be parsed");
}

COUNTED void micro_response_head(void);
COUNTED void micro_response_head(void)
{
	size_t scanned = 0, end = 0;
	check(h1_find_end(STR(response), f.limits.max_head, &scanned, &end, NULL) == RC_OK &&
		      h1_parse_response(str_from(response, end), &f.limits, false, &f.response, NULL) ==
			      RC_OK,
	      "the response cannot be parsed");
}

COUNTED void micro_chunked_body(void);
COUNTED void micro_chunked_body(void)
{
	struct h1_chunks state = { .max = 65536 };
	size_t used = 0;
	buf_clear(&f.body);
	check(h1_chunks_decode(&state, buf_str(&f.chunked), &used, &f.body, NULL) == RC_OK,
	      "the chunks cannot be decoded");
}

COUNTED void micro_registry_lookup(void);
COUNTED void micro_registry_lookup(void)
{
	struct registry_search search;
	struct registry_record record;
	check(registry_refresh(f.reader, NULL, NULL, NULL) == RC_OK, "the registry cannot be read");
	registry_find(f.reader, REGISTRY_SERVICE_KEY, STR("default"), buf_str(&f.term), &search);
	check(registry_find_next(&search, &record), "the key is not found");
}

COUNTED void micro_identity(void);
COUNTED void micro_identity(void)
{
	struct identity identity;
	identity_judge_certificate(&f.peer, &f.record.candidate, 1, &identity);
	check(identity.reason == REASON_NONE, "the caller is not recognised");
	identity_fini(&identity);
}

static void judge(const char *method, enum policy_action action)
{
	struct policy_verdict verdict;
	const struct policy_request r = { .identity = &f.identity,
					  .endpoint = &f.plan->endpoint,
					  .address = STR("/orders"),
					  .method = str_of(method),
					  .body_size = 1024,
					  .leaf = &f.peer.leaf };
	policy_judge(&r, &verdict);
	check(verdict.action == action, "the verdict is another");
	policy_verdict_fini(&verdict);
}

COUNTED void micro_verdict(void);
COUNTED void micro_verdict(void)
{
	judge("POST", POLICY_RUN);
}

COUNTED void micro_refusal(void);
COUNTED void micro_refusal(void)
{
	judge("TRACE", POLICY_REFUSE);
}

COUNTED void micro_flow(void);
COUNTED void micro_flow(void)
{
	struct flow_run *run = flow_run_new(f.plan, &f.message);
	check(flow_run_step(run) == FLOW_DONE, "the flow does not end");
	flow_run_free(run);
}

static const struct micro {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "request_head", micro_request_head }, { "response_head", micro_response_head },
	{ "chunked_body", micro_chunked_body }, { "registry_lookup", micro_registry_lookup },
	{ "identity", micro_identity },         { "verdict", micro_verdict },
	{ "refusal", micro_refusal },           { "flow", micro_flow },
};

/* What they work on. */

static struct value *json(const char *text)
{
	struct value *v = NULL;
	check(value_parse(&v, str_of(text), 65536, NULL) == RC_OK, "the JSON cannot be parsed");
	return v;
}

static void put_key(struct registry_batch *batch, unsigned number)
{
	char key[32], fingerprint[65];
	AUTO_BUF(term, 128);
	(void)snprintf(key, sizeof(key), "key-%u", number);
	(void)snprintf(fingerprint, sizeof(fingerprint), "%064X", number);
	registry_term_certificate(number ? str_of(fingerprint) : STR(sha256), &term);
	const struct registry_record record = { .kind = REGISTRY_SERVICE_KEY,
						.tenant = STR("default"),
						.key = str_of(key),
						.value = STR("{}"),
						.terms = { buf_str(&term) },
						.n_terms = 1 };
	check(registry_batch_put(batch, &record, NULL) == RC_OK, "a key cannot be put");
}

static void make_registry(void)
{
	char folder[] = "/tmp/bench-micro.XXXXXX";
	struct registry_writer *writer = NULL;
	struct registry_batch *batch = NULL;
	check(mkdtemp(folder) && registry_writer_open(&writer, folder, NULL) == RC_OK &&
		      registry_writer_start_rebuild(writer, &batch, NULL) == RC_OK,
	      "the registry cannot be made");
	for (unsigned i = 0; i < KEYS; i++) {
		put_key(batch, i);
	}
	check(registry_writer_apply(writer, batch, NULL) == RC_OK, "the registry cannot be published");
	registry_batch_free(batch);
	registry_writer_close(writer);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(fd >= 0 && registry_reader_open(&f.reader, fd, NULL) == RC_OK, "the registry cannot be opened");
	registry_term_certificate(STR(sha256), &f.term);
	/* It is mapped and open: its files are needed no more. */
	DIR *files = opendir(folder);
	for (struct dirent *e = files ? readdir(files) : NULL; e; e = readdir(files)) {
		(void)unlinkat(fd, e->d_name, 0);
	}
	(void)closedir(files);
	(void)rmdir(folder);
}

static void make_caller(void)
{
	AUTO_VALUE *service_key =
		json("{\"id\":\"key-0\",\"name\":\"erp\",\"instance\":\"i\",\"client_id\":\"sb-1\","
		     "\"pinned\":true,"
		     "\"certificates\":[{\"sha256\":"
		     "\"C059ADEF555BFED65A3839002D2B04D95C5BAC4FA3901417F10EAA0870AF2784\","
		     "\"subject\":\"CN=erp,O=Example,C=DE\",\"issuer\":\"CN=Issuing CA,O=Example,C=DE\"}]}");
	AUTO_VALUE *instance =
		json("{\"id\":\"i\",\"name\":\"runtime\",\"plan\":\"integration-flow\","
		     "\"service\":\"it-rt\",\"roles\":[\"Other.send\",\"ESBMessaging.send\"]}");
	check(identity_record_init(&f.record, service_key, instance, NULL) == RC_OK,
	      "the record cannot be read");
	f.peer = (struct identity_peer){ .has_certificate = true,
					 .anchored = true,
					 .leaf = { .sha256 = sha256,
						   .subject = "CN=erp,O=Example,C=DE",
						   .issuer = "CN=Issuing CA,O=Example,C=DE" } };
	identity_judge_certificate(&f.peer, &f.record.candidate, 1, &f.identity);
}

static void make_message(void)
{
	static const struct flow_field fields[] = { { STR("Host"), STR("localhost") },
						    { STR("Content-Type"), STR("application/json") },
						    { STR("Accept"), STR("*/*") } };
	AUTO_VALUE *plan = json("{\"name\":\"orders\",\"allowed_headers\":\"X-*\",\"return_exception\":false,"
				"\"endpoint\":{\"address\":\"/"
				"orders\",\"auth\":\"role\",\"role\":\"ESBMessaging.send\",\"csrf\":false,"
				"\"max_body\":1048576},\"steps\":[{\"id\":\"s\",\"name\":\"Reply\",\"kind\":"
				"\"modifier\",\"headers\":[],"
				"\"properties\":[],\"body\":\"taken\",\"body_is_expression\":false}]}");
	struct err err = { 0 };
	check(flow_plan_from_value(&f.plan, plan, &err) == RC_OK, err.text);
	f.message = (struct flow_request){ .method = STR("POST"),
					   .url = STR("https://localhost/http/orders"),
					   .path = STR("/orders"),
					   .fields = fields,
					   .n_fields = ARRAY_SIZE(fields),
					   .user = STR("sb-1"),
					   .message_id = STR("AGabc") };
}

static void setup(void)
{
	static char bytes[256];
	f.limits = (struct h1_limits){ .max_head = 65536, .max_fields = 100 };
	f.chunked = BUF(65536);
	f.body = BUF(65536);
	f.term = BUF(128);
	for (int i = 0; i < 16; i++) {
		(void)buf_add_c(&f.chunked, chunks);
		(void)buf_add(&f.chunked, str_from(bytes, sizeof(bytes)));
		(void)buf_add_c(&f.chunked, "\r\n");
	}
	(void)buf_add_c(&f.chunked, "0\r\n\r\n");
	make_registry();
	make_caller();
	make_message();
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (argc < 2) {
			(void)printf("%s\n", cases[i].name);
		} else if (str_is(str_of(argv[1]), cases[i].name)) {
			setup();
			for (int round = 0; round < ROUNDS; round++) {
				cases[i].run();
			}
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
