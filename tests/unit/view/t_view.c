/* SPDX-License-Identifier: Apache-2.0
 * Tests of reading what is published of one subaccount: whole, or told. */
#include "test.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "pki/authority.h"
#include "unit/registry/desk.h"
#include "unit/registry/folder.h"
#include "view/view.h"

#define MANY_LISTS 300
#define DAYS(n) ((n)*86400 * US_PER_SECOND)

/* A CA with a leaf, and a registry in a folder of its own. */
struct world {
	struct folder folder;
	struct desk desk;
	struct registry_reader *reader;
	struct view view;
	struct key *ca_key, *other_key;
	struct cert *ca, *other, *leaf;
};

static struct cert *issue(const struct world *w, const char *subject, enum authority_usage usage,
			  struct key *key, struct cert *issuer, struct key *issuer_key)
{
	struct cert *c = NULL;
	const struct authority_order order = { .subject = str_of(subject),
					       .usage = usage,
					       .path_length = -1,
					       .not_before = { wall_now().us - DAYS(1) },
					       .days = 100 };
	assert_int_equal(authority_issue(&c, &order, key, issuer, issuer_key, NULL), RC_OK);
	return c;
}

static int set_up(void **state)
{
	struct world *w = mem_alloc(sizeof(*w));
	AUTO(key_free_cleanup) struct key *key = NULL;
	w->folder = folder_make();
	assert_int_equal(key_generate(&key, "p-256", NULL), RC_OK);
	assert_int_equal(key_generate(&w->ca_key, "p-256", NULL), RC_OK);
	assert_int_equal(key_generate(&w->other_key, "p-256", NULL), RC_OK);
	w->ca = issue(w, "CN=CA", AUTHORITY_CA, w->ca_key, NULL, NULL);
	w->other = issue(w, "CN=Other", AUTHORITY_CA, w->other_key, NULL, NULL);
	w->leaf = issue(w, "CN=leaf", AUTHORITY_CLIENT, key, w->ca, w->ca_key);
	w->desk = desk_open(w->folder.path);
	desk_rebuild(&w->desk);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	registry_reader_close(w->reader);
	desk_close(&w->desk);
	folder_remove(&w->folder);
	cert_free(w->ca);
	cert_free(w->other);
	cert_free(w->leaf);
	key_free(w->ca_key);
	key_free(w->other_key);
	mem_free(w);
	return 0;
}

#define VIEW_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static void put(struct world *w, enum registry_kind kind, const char *key, struct str value, const char *term)
{
	struct registry_record r = {
		.kind = kind, .tenant = STR("default"), .key = str_of(key), .value = value
	};
	if (term) {
		r.terms[r.n_terms++] = str_of(term);
	}
	assert_int_equal(registry_batch_put(w->desk.batch, &r, NULL), RC_OK);
}

static void put_der(struct world *w, enum registry_kind kind, const char *key, struct str der)
{
	AUTO_BUF(value, 1 << 20);
	(void)buf_add_c(&value, "{\"der\":\"");
	(void)base64_encode(&value, der);
	(void)buf_add_c(&value, "\"}");
	put(w, kind, key, buf_str(&value), NULL);
}

/* A list of issuer that names the leaf, or nobody; made days_ago and due for renewal a day later. */
static void put_list(struct world *w, const char *key, const struct cert *issuer,
		     const struct key *issuer_key, bool names_leaf, int64_t days_ago)
{
	AUTO_BUF(der, CRL_MAX_BYTES);
	const struct authority_revoked revoked = { cert_serial(w->leaf), wall_now() };
	const struct wall made = { wall_now().us - DAYS(days_ago) };
	assert_int_equal(authority_crl(issuer, issuer_key, &revoked, names_leaf ? 1 : 0, 1, made, 1, &der,
				       NULL),
			 RC_OK);
	put_der(w, REGISTRY_CRL, key, buf_str(&der));
}

static void publish(struct world *w)
{
	desk_apply(&w->desk);
	if (!w->reader) {
		assert_int_equal(registry_reader_open(&w->reader, w->folder.fd, NULL), RC_OK);
	}
	assert_int_equal(registry_refresh(w->reader, NULL, NULL, NULL), RC_OK);
	w->view = (struct view){ w->reader, STR("default") };
}

static enum reason verdict(const struct world *w)
{
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	AUTO_CERT_LIST sent = { 0 };
	struct chain_verdict v;
	struct err err = { 0 };
	assert_int_equal(view_trust(w->view, &trust, &err), RC_OK);
	cert_list_add(&sent, w->leaf);
	chain_judge(trust, &sent, wall_now(), CHAIN_CLIENT, &v);
	return v.reason;
}

static enum rc trust_rc(const struct world *w)
{
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	struct err err = { 0 };
	enum rc rc = view_trust(w->view, &trust, &err);
	assert_true(rc == RC_OK || err.text[0] != '\0');
	return rc;
}

static void every_list_counts_however_many_there_are(void **state)
{
	struct world *w = *state;
	char key[32];
	put_der(w, REGISTRY_ANCHOR, "ca", cert_der(w->ca));
	put_list(w, "of the ca", w->ca, w->ca_key, true, 0);
	publish(w);
	assert_int_equal(verdict(w), REASON_K207);
	/* What was published later is read first. */
	for (int i = 0; i < MANY_LISTS; i++) {
		(void)snprintf(key, sizeof(key), "other%d", i);
		put_list(w, key, w->other, w->other_key, false, 0);
	}
	publish(w);
	assert_int_equal(verdict(w), REASON_K207);
}

static void an_anchor_or_list_that_cannot_be_read_is_no_trust_at_all(void **state)
{
	struct world *w = *state;
	put_der(w, REGISTRY_ANCHOR, "ca", cert_der(w->ca));
	publish(w);
	assert_int_equal(trust_rc(w), RC_OK);
	static const char *const broken[] = { "{\"der\":\"AAAA\"}", "{\"der\":7}", "{}", "no JSON" };
	static const enum registry_kind kinds[] = { REGISTRY_ANCHOR, REGISTRY_CRL };
	for (size_t i = 0; i < ARRAY_SIZE(broken) * ARRAY_SIZE(kinds); i++) {
		enum registry_kind kind = kinds[i % ARRAY_SIZE(kinds)];
		put(w, kind, "broken", str_of(broken[i / ARRAY_SIZE(kinds)]), NULL);
		publish(w);
		assert_int_not_equal(trust_rc(w), RC_OK);
		assert_int_equal(registry_batch_delete(w->desk.batch, kind, STR("default"), STR("broken"),
						       NULL),
				 RC_OK);
	}
	publish(w);
	assert_int_equal(trust_rc(w), RC_OK);
}

static void a_registry_that_is_damaged_is_no_trust_at_all(void **state)
{
	struct world *w = *state;
	char file[64];
	uint64_t base, delta;
	put_der(w, REGISTRY_ANCHOR, "ca", cert_der(w->ca));
	put_list(w, "of the ca", w->ca, w->ca_key, true, 0);
	publish(w);
	assert_int_equal(verdict(w), REASON_K207);
	registry_reader_position(w->reader, &base, &delta);
	(void)snprintf(file, sizeof(file), "base-%llu", (unsigned long long)base);
	int fd = openat(w->folder.fd, file, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	/* Somewhere within the records, which lie behind the head. */
	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff", 4, 600), 4);
	(void)close(fd);
	assert_int_not_equal(trust_rc(w), RC_OK);
}

static void what_an_overdue_list_does_is_the_setting_as_it_is_published(void **state)
{
	struct world *w = *state;
	put_der(w, REGISTRY_ANCHOR, "ca", cert_der(w->ca));
	put_list(w, "of the ca", w->ca, w->ca_key, false, 10);
	publish(w);
	assert_int_equal(verdict(w), REASON_K208);
	put(w, REGISTRY_SETTING, "crl_stale", STR("\"warn\""), NULL);
	publish(w);
	assert_int_equal(verdict(w), REASON_NONE);
	put(w, REGISTRY_SETTING, "crl_stale", STR("\"refuse\""), NULL);
	publish(w);
	assert_int_equal(verdict(w), REASON_K208);
}

static void put_instance(struct world *w)
{
	put(w, REGISTRY_INSTANCE, "i",
	    STR("{\"id\":\"i\",\"name\":\"i\",\"plan\":\"integration-flow\",\"roles\":[]}"), NULL);
}

static void put_key(struct world *w, const char *id, const char *instance, const char *term)
{
	AUTO_BUF(value, 1024);
	(void)buf_printf(&value,
			 "{\"id\":\"%s\",\"name\":\"%s\",\"instance\":\"%s\",\"client_id\":\"sb-%s\","
			 "\"certificates\":[]}",
			 id, id, instance, id);
	put(w, REGISTRY_SERVICE_KEY, id, buf_str(&value), term);
}

static void keys_are_found_by_certificate_names_and_client_once_each(void **state)
{
	struct world *w = *state;
	AUTO(view_keys_fini) struct view_keys keys = { 0 };
	AUTO_BUF(dn, 256);
	AUTO_BUF(certificate, 256);
	const struct identity_certificate leaf = view_certificate(w->leaf, "KEY");
	registry_term_dn(str_of(leaf.subject), str_of(leaf.issuer), &dn);
	registry_term_certificate(str_of(leaf.sha256), &certificate);
	put_instance(w);
	put_key(w, "by-names", "i", buf_c(&dn));
	put_key(w, "by-certificate", "i", buf_c(&certificate));
	put_key(w, "orphan", "gone", buf_c(&dn));
	put_key(w, "by-client", "i", "client:sb-by-client");
	put(w, REGISTRY_SERVICE_KEY, "broken", STR("{"), buf_c(&dn));
	publish(w);
	view_keys_by_certificate(w->view, &leaf, &keys);
	assert_int_equal(keys.n, 2);
	view_keys_by_certificate(w->view, &leaf, &keys);
	assert_int_equal(keys.n, 2);
	view_keys_by_client(w->view, "sb-by-client", &keys);
	view_keys_by_client(w->view, "sb-nobody", &keys);
	assert_int_equal(keys.n, 3);
	assert_string_equal(keys.candidates[2].key_id, "by-client");
	assert_string_equal(leaf.issuer_public_key_sha256, "KEY");
	assert_string_equal(leaf.serial, cert_serial(w->leaf));
}

static void no_more_keys_are_compared_than_the_limit(void **state)
{
	struct world *w = *state;
	AUTO(view_keys_fini) struct view_keys keys = { 0 };
	AUTO_BUF(dn, 256);
	const struct identity_certificate leaf = view_certificate(w->leaf, NULL);
	registry_term_dn(str_of(leaf.subject), str_of(leaf.issuer), &dn);
	put_instance(w);
	for (int i = 0; i < VIEW_KEYS_MAX + 5; i++) {
		char id[32];
		(void)snprintf(id, sizeof(id), "key%d", i);
		put_key(w, id, "i", buf_c(&dn));
	}
	publish(w);
	view_keys_by_certificate(w->view, &leaf, &keys);
	assert_int_equal(keys.n, VIEW_KEYS_MAX);
}

static void the_endpoint_is_that_of_the_longest_address(void **state)
{
	struct world *w = *state;
	struct registry_record record;
	struct flow_plan *plan = NULL;
	put(w, REGISTRY_ENDPOINT, "orders", STR("{}"), "address:/orders");
	put(w, REGISTRY_ENDPOINT, "below", STR("{\"plan\":{}}"), "address:/orders/*");
	publish(w);
	assert_true(view_endpoint(w->view, STR("/orders"), &record));
	assert_true(str_is(record.key, "orders"));
	assert_true(view_endpoint(w->view, STR("/ORDERS/4711"), &record));
	assert_true(str_is(record.key, "below"));
	assert_false(view_endpoint(w->view, STR("/oders"), &record));
	assert_int_not_equal(view_plan(&record, &plan, NULL), RC_OK);
}

static void a_path_that_is_nearly_an_endpoint_s_is_told_unless_two_are_as_near(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *asked, *meant;
	} rows[] = {
		{ "/orders", "/http/orders" },
		{ "/ORDERS/", "/http/orders" },
		{ "/http/oders", "/http/orders" },
		{ "/http/http/orders", "/http/orders" },
		{ "/HTTP/orders", "/http/orders" },
		{ "//http//orders", "/http/orders" },
		{ "/https/orders", "/http/orders" },
		{ "/http/invoices", NULL },
		{ "/http/partnr/4711/Lines", "/http/partner/4711/Lines" },
		{ "/partner", "/http/partner" },
		{ "/http/stock-1", "/http/http/stock-1" },
		{ "/http/twin-x", NULL },
		{ "/http/a", NULL },
		{ "/", NULL },
		{ "/http", NULL },
		{ "", NULL },
	};
	static const char *const addresses[] = { "/orders", "/partner/*", "/http/stock-1",
						 "/twin-a", "/twin-b",    "/b" };
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		AUTO_BUF(value, 256);
		(void)buf_printf(&value, "{\"address\":\"%s\"}", addresses[i]);
		put(w, REGISTRY_ENDPOINT, addresses[i], buf_str(&value), NULL);
	}
	put(w, REGISTRY_ENDPOINT, "broken", STR("{"), NULL);
	publish(w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_BUF(meant, 256);
		bool found = view_nearest(w->view, str_of(rows[i].asked), &meant);
		if (found != (rows[i].meant != NULL) || (found && !str_is(buf_str(&meant), rows[i].meant))) {
			fail_msg("%s gives %s", rows[i].asked, found ? buf_c(&meant) : "nothing");
		}
	}
}

RUN_TESTS(VIEW_TEST(a_path_that_is_nearly_an_endpoint_s_is_told_unless_two_are_as_near),
	  VIEW_TEST(every_list_counts_however_many_there_are),
	  VIEW_TEST(an_anchor_or_list_that_cannot_be_read_is_no_trust_at_all),
	  VIEW_TEST(a_registry_that_is_damaged_is_no_trust_at_all),
	  VIEW_TEST(what_an_overdue_list_does_is_the_setting_as_it_is_published),
	  VIEW_TEST(keys_are_found_by_certificate_names_and_client_once_each),
	  VIEW_TEST(no_more_keys_are_compared_than_the_limit),
	  VIEW_TEST(the_endpoint_is_that_of_the_longest_address))
