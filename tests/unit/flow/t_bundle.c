/* SPDX-License-Identifier: Apache-2.0
 * Bundles: what is written can be read and runs; what is hostile is refused. */
#include "flow/bundle/bundle.h"
#include "flow/bundle/bundle_text.h"
#include "flow/bundle/bundle_write.h"
#include "flow/run.h"
#include "unit/test.h"

#include <zip.h>

static void properties_are_read_as_java_reads_them(void **state)
{
	AUTO_VALUE *v = NULL;
	struct err err = { 0 };
	assert_int_equal(bundle_parse_properties(STR("#comment\r\n"
						     "! another\n"
						     "a=1\r\n"
						     "  b : two words \n"
						     "Sender\\ Role=ESB\\:x\\=y\n"
						     "long=one,\\\r\n    two\n"
						     "u=\\u00e4\\uD83D\\uDE00\\t.\n"
						     "empty=\n"
						     "\n"
						     "bare\n"
						     "c d e\n"
						     "a=last"),
						 &v, &err),
			 RC_OK);
	assert_string_equal(value_get_c(v, "a"), "last");
	assert_string_equal(value_get_c(v, "b"), "two words ");
	assert_string_equal(value_get_c(v, "Sender Role"), "ESB:x=y");
	assert_string_equal(value_get_c(v, "long"), "one,two");
	assert_string_equal(value_get_c(v, "u"), "\xC3\xA4\xF0\x9F\x98\x80\t.");
	assert_string_equal(value_get_c(v, "empty"), "");
	assert_string_equal(value_get_c(v, "bare"), "");
	assert_string_equal(value_get_c(v, "c"), "d e");
}

static void bytes_that_are_no_utf8_do_no_harm(void **state)
{
	AUTO_VALUE *v = NULL;
	AUTO_VALUE *w = NULL;
	assert_int_equal(bundle_parse_properties(STR("a\xFF=b\xFF"), &v, NULL), RC_OK);
	assert_string_equal(value_get_c(v, "a\xEF\xBF\xBD"), "b\xEF\xBF\xBD");
	assert_int_equal(bundle_parse_manifest(STR("a\xFF: b\n"), &w, NULL), RC_OK);
}

static void malformed_properties_are_refused(void **state)
{
	static const char *const cases[] = { "a=\\u12", "a=\\uD83Dx", "a=\\u0000", "a=\\uZZZZ" };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_VALUE *v = NULL;
		assert_int_equal(bundle_parse_properties(str_of(cases[i]), &v, NULL), RC_INVALID);
	}
}

static void a_manifest_is_unfolded_and_ends_at_the_empty_line(void **state)
{
	AUTO_VALUE *v = NULL;
	assert_int_equal(bundle_parse_manifest(
				 STR("Manifest-Version: 1.0\r\n"
				     "Bundle-SymbolicName: a.very.lo\r\n ng.name; singl\r\n eton:=true\r\n"
				     "Bundle-Name: X\n\nName: other\n"),
				 &v, NULL),
			 RC_OK);
	assert_string_equal(value_get_c(v, "Bundle-SymbolicName"), "a.very.long.name; singleton:=true");
	assert_string_equal(value_get_c(v, "Bundle-Name"), "X");
	assert_null(value_get(v, "Name"));
}

static void a_malformed_manifest_is_refused(void **state)
{
	static const char *const cases[] = { " folded first\n", "no colon\n", ": no name\n" };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_VALUE *v = NULL;
		assert_int_equal(bundle_parse_manifest(str_of(cases[i]), &v, NULL), RC_INVALID);
	}
}

/** Write, read back and give the plan. */
static struct flow_plan *round_trip(const struct bundle_spec *spec, struct bundle **ret_bundle)
{
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	struct flow_plan *plan = NULL;
	struct err err = { 0 };
	if (bundle_write(spec, &zip, &err) != RC_OK ||
	    bundle_read(buf_str(&zip), ret_bundle, &plan, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	return plan;
}

static void a_written_bundle_reads_back_as_what_was_asked_for(void **state)
{
	AUTO(bundle_free_cleanup) struct bundle *b = NULL;
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = round_trip(&(struct bundle_spec){ .name = STR("Orders inbound"),
								   .address = STR("/orders/*"),
								   .role = STR("Orders.send"),
								   .csrf = true,
								   .max_body_mb = 1 },
					    &b);
	assert_string_equal(b->id, "Orders_inbound");
	assert_string_equal(b->name, "Orders inbound");
	assert_string_equal(b->version, "1.0.0");
	assert_string_equal(b->file, "src/main/resources/scenarioflows/integrationflow/Orders inbound.iflw");
	assert_string_equal(plan->name, "Orders_inbound");
	assert_string_equal(plan->endpoint.address, "/orders/*");
	assert_string_equal(plan->endpoint.role, "Orders.send");
	assert_true(plan->endpoint.csrf);
	assert_int_equal(plan->endpoint.max_body, 1024 * 1024);
	assert_int_equal(plan->n_steps, 0);
}

static struct flow_request request_of(const char *method, const char *query, const char *body)
{
	return (struct flow_request){ .method = str_of(method),
				      .url = STR("https://localhost:8443/http/a"),
				      .path = STR("/a"),
				      .query = str_of(query),
				      .body = str_of(body),
				      .user = STR("sb-x"),
				      .message_id = STR("AGabc") };
}

static bool has_field(const struct flow_response *response, const char *name)
{
	for (size_t i = 0; i < response->n_fields; i++) {
		if (str_is(response->fields[i].name, name)) {
			return true;
		}
	}
	return false;
}

static void a_reply_is_answered_byte_for_byte(void **state)
{
	static const char *const replies[] = { "hello",
					       "{\"a\":\"<&>\\\\ {{Reply}} # = : !\"}",
					       " leading\r\nlines\n",
					       "",
					       "\xC3\xA4 \xE2\x82\xAC",
					       "]]> <x/>" };
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		AUTO(flow_plan_free_cleanup)
		struct flow_plan *plan = round_trip(&(struct bundle_spec){ .name = STR("A"),
									   .address = STR("/a"),
									   .reply = str_of(replies[i]) },
						    NULL);
		struct flow_request request = request_of("POST", "", "the caller's");
		AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &request);
		assert_int_equal(flow_run_step(run), FLOW_DONE);
		assert_int_equal(flow_run_response(run)->status, 200);
		assert_true(str_is(flow_run_response(run)->body, replies[i]));
		assert_true(has_field(flow_run_response(run), "Content-Type"));
	}
}

static void a_reply_with_an_expression_is_evaluated(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan =
		round_trip(&(struct bundle_spec){ .name = STR("A"),
						  .address = STR("/a"),
						  .reply = STR("hi ${header.name} from ${camelId}") },
			   NULL);
	struct flow_request request = request_of("GET", "name=you%21&CamelHttpMethod=x", "");
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &request);
	assert_int_equal(flow_run_step(run), FLOW_DONE);
	assert_true(str_is(flow_run_response(run)->body, "hi you! from A"));
}

static void a_request_is_passed_on_with_method_query_and_body(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = round_trip(&(struct bundle_spec){ .name = STR("A"),
								   .address = STR("/a/*"),
								   .to = STR("http://localhost:1/x") },
					    NULL);
	struct flow_request request = request_of("PUT", "q=1&r=2", "body");
	const struct flow_call *call;
	request.path = STR("/a/b/c");
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &request);
	assert_int_equal(flow_run_step(run), FLOW_CALL);
	call = flow_run_call(run);
	assert_true(str_is(call->url, "http://localhost:1/x/b/c?q=1&r=2"));
	assert_true(str_is(call->method, "PUT"));
	assert_true(str_is(call->body, "body"));
	flow_run_answer(run, &(struct flow_response){ .status = 404, .body = STR("nope") });
	assert_int_equal(flow_run_step(run), FLOW_DONE);
	assert_int_equal(flow_run_response(run)->status, 404);
	assert_true(str_is(flow_run_response(run)->body, "nope"));
}

static void the_same_wish_makes_the_same_bytes(void **state)
{
	struct bundle_spec spec = { .name = STR("A"), .address = STR("/a"), .reply = STR("x") };
	AUTO_BUF(one, BUNDLE_MAX_ZIP);
	AUTO_BUF(two, BUNDLE_MAX_ZIP);
	assert_int_equal(bundle_write(&spec, &one, NULL), RC_OK);
	assert_int_equal(bundle_write(&spec, &two, NULL), RC_OK);
	assert_true(str_equal(buf_str(&one), buf_str(&two)));
}

static void a_wrong_wish_names_the_field(void **state)
{
	static const struct {
		struct bundle_spec spec;
		const char *field;
	} cases[] = {
		{ { .name = STR(""), .address = STR("/a") }, "name" },
		{ { .name = STR("../x"), .address = STR("/a") }, "name" },
		{ { .name = STR("a/b"), .address = STR("/a") }, "name" },
		{ { .name = STR("a"), .address = STR("a") }, "address" },
		{ { .name = STR("a"), .address = STR("/a"), .role = STR("a b") }, "role" },
		{ { .name = STR("a"), .address = STR("/a"), .to = STR("ftp://x") }, "to" },
		{ { .name = STR("a"), .address = STR("/a"), .to = STR("http://") }, "to" },
		{ { .name = STR("a"), .address = STR("/a"), .reply = STR("${file:x}") }, "reply" },
		{ { .name = STR("a"), .address = STR("/a"), .reply = STR("a\x01") }, "reply" },
		{ { .name = STR("a"), .address = STR("/a"), .to = STR("http://x"), .reply = STR("y") },
		  "reply" },
		{ { .name = STR("a"), .address = STR("/a"), .max_body_mb = 49 }, "max_body" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_BUF(zip, BUNDLE_MAX_ZIP);
		struct err err = { 0 };
		assert_int_not_equal(bundle_write(&cases[i].spec, &zip, &err), RC_OK);
		assert_string_equal(err.field, cases[i].field);
	}
}

struct entry {
	const char *name, *text;
	size_t n; /* 0: length of text */
};

static void make_zip(const struct entry *entries, size_t n, struct buf *out)
{
	zip_error_t error;
	zip_stat_t st;
	zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
	zip_t *zip;
	char *room;
	zip_source_keep(source);
	zip = zip_open_from_source(source, ZIP_TRUNCATE, &error);
	for (size_t i = 0; i < n; i++) {
		size_t length = entries[i].n ? entries[i].n : strlen(entries[i].text);
		assert_true(zip_file_add(zip, entries[i].name,
					 zip_source_buffer(zip, entries[i].text, length, 0), 0) >= 0);
	}
	assert_int_equal(zip_close(zip), 0);
	assert_int_equal(zip_source_stat(source, &st), 0);
	assert_int_equal(zip_source_open(source), 0);
	room = buf_reserve(out, (size_t)st.size);
	assert_non_null(room);
	assert_int_equal(zip_source_read(source, room, st.size), (zip_int64_t)st.size);
	buf_added(out, (size_t)st.size);
	zip_source_close(source);
	zip_source_free(source);
}

#define GOOD_MANIFEST \
	{ \
		"META-INF/MANIFEST.MF", "Bundle-SymbolicName: a\r\n", 0 \
	}

static void a_bundle_with_something_missing_twice_or_climbing_is_refused(void **state)
{
	static const struct {
		struct entry entries[3];
		size_t n;
		enum rc rc;
	} cases[] = {
		{ { GOOD_MANIFEST, { "a.iflw", "<x/>", 0 } }, 2, RC_OK },
		{ { { "a.iflw", "<x/>", 0 } }, 1, RC_INVALID },
		{ { GOOD_MANIFEST }, 1, RC_INVALID },
		{ { GOOD_MANIFEST, { "a.iflw", "<x/>", 0 }, { "b.iflw", "<x/>", 0 } }, 3, RC_INVALID },
		{ { GOOD_MANIFEST, { "a.iflw", "<x/>", 0 }, { "../b", "x", 0 } }, 3, RC_INVALID },
		{ { GOOD_MANIFEST, { "a.iflw", "<x/>", 0 }, { "a/../../b", "x", 0 } }, 3, RC_INVALID },
		{ { GOOD_MANIFEST, { "a.iflw", "<x/>", 0 }, { "/etc/x", "x", 0 } }, 3, RC_INVALID },
		{ { { "META-INF/MANIFEST.MF", "Bundle-Name: a\r\n", 0 }, { "a.iflw", "<x/>", 0 } },
		  2,
		  RC_INVALID },
		{ { { "META-INF/MANIFEST.MF",
		      "Bundle-SymbolicName: a\r\nSAP-BundleType: ScriptCollection\r\n", 0 },
		    { "a.iflw", "<x/>", 0 } },
		  2,
		  RC_UNSUPPORTED },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_BUF(zip, BUNDLE_MAX_ZIP);
		AUTO(bundle_free_cleanup) struct bundle *b = NULL;
		struct err err = { 0 };
		make_zip(cases[i].entries, cases[i].n, &zip);
		if (bundle_open(&b, buf_str(&zip), &err) != cases[i].rc) {
			fail_msg("case %zu: %s", i, err.text);
		}
	}
}

static void a_zip_bomb_is_refused_by_what_it_declares(void **state)
{
	static char zeros[BUNDLE_MAX_ENTRY + 1];
	const struct entry entries[] = { GOOD_MANIFEST, { "a.iflw", zeros, sizeof(zeros) } };
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	AUTO(bundle_free_cleanup) struct bundle *b = NULL;
	make_zip(entries, 2, &zip);
	assert_true(zip.n < 100000);
	assert_int_equal(bundle_open(&b, buf_str(&zip), NULL), RC_LIMIT);
}

static void damaged_zips_never_crash(void **state)
{
	struct bundle_spec spec = { .name = STR("A"), .address = STR("/a"), .reply = STR("x") };
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	assert_int_equal(bundle_write(&spec, &zip, NULL), RC_OK);
	for (size_t cut = 0; cut < zip.n; cut += 7) {
		AUTO(bundle_free_cleanup) struct bundle *b = NULL;
		assert_int_not_equal(bundle_open(&b, str_first(buf_str(&zip), cut), NULL), RC_OK);
	}
	for (size_t at = 0; at < zip.n; at += 3) {
		AUTO(bundle_free_cleanup) struct bundle *b = NULL;
		struct flow_plan *plan = NULL;
		zip.p[at] = (char)(zip.p[at] ^ 0x55);
		(void)!bundle_read(buf_str(&zip), &b, &plan, NULL);
		flow_plan_free(plan);
		zip.p[at] = (char)(zip.p[at] ^ 0x55);
	}
	assert_int_equal(bundle_open(&(struct bundle *){ NULL }, STR("no zip"), NULL), RC_INVALID);
}

RUN_TESTS(TEST(properties_are_read_as_java_reads_them), TEST(bytes_that_are_no_utf8_do_no_harm),
	  TEST(malformed_properties_are_refused), TEST(a_manifest_is_unfolded_and_ends_at_the_empty_line),
	  TEST(a_malformed_manifest_is_refused), TEST(a_written_bundle_reads_back_as_what_was_asked_for),
	  TEST(a_reply_is_answered_byte_for_byte), TEST(a_reply_with_an_expression_is_evaluated),
	  TEST(a_request_is_passed_on_with_method_query_and_body), TEST(the_same_wish_makes_the_same_bytes),
	  TEST(a_wrong_wish_names_the_field),
	  TEST(a_bundle_with_something_missing_twice_or_climbing_is_refused),
	  TEST(a_zip_bomb_is_refused_by_what_it_declares), TEST(damaged_zips_never_crash))
