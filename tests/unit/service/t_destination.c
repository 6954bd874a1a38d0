/* SPDX-License-Identifier: Apache-2.0
 * Generated certificates: how long they last, when they are due, what renewing keeps.
 * The clock is the test's. */
#include "container/container.h"
#include "container/format.h"
#include "pki/chain/chain_pem.h"
#include "service/destination/destination_generate.h"
#include "unit/service/world.h"

#define DAY INT64_C(86400)

static const struct destination_at certificates = { DESTINATION_CERTIFICATE, TENANT, "", NULL };

static struct wall at_day(struct wall start, double days)
{
	return (struct wall){ start.us + (int64_t)(days * 86400.0) * US_PER_SECOND };
}

static void a_validity_follows_the_calendar(void **state)
{
	struct wall january = { 0 };
	assert_int_equal(wall_parse(STR("2027-01-31T12:00:00Z"), &january), RC_OK);
	assert_int_equal(destination_generate_days(STR("DAYS"), 30, january), 30);
	assert_int_equal(destination_generate_days(STR("MONTHS"), 12, january), 365);
	assert_int_equal(destination_generate_days(STR("YEARS"), 2, january), 731);
	assert_int_equal(destination_generate_days(STR("DAYS"), 3650, january), 3650);
	assert_int_equal(destination_generate_days(STR("DAYS"), 0, january), 0);
	assert_int_equal(destination_generate_days(STR("DAYS"), 3651, january), 0);
	assert_int_equal(destination_generate_days(STR("YEARS"), 11, january), 0);
	assert_int_equal(destination_generate_days(STR("WEEKS"), 1, january), 0);
}

static void the_margin_is_the_one_that_sap_documents(void **state)
{
	static const struct {
		const char *unit;
		int64_t n, margin;
	} rows[] = {
		{ "DAYS", 1, DAY / 2 },   { "DAYS", 2, DAY },         { "DAYS", 14, DAY },
		{ "DAYS", 15, 3 * DAY },  { "DAYS", 31, 3 * DAY },    { "DAYS", 32, 7 * DAY },
		{ "DAYS", 154, 7 * DAY }, { "DAYS", 155, 30 * DAY },  { "MONTHS", 1, 3 * DAY },
		{ "MONTHS", 2, 7 * DAY }, { "MONTHS", 5, 7 * DAY },   { "MONTHS", 6, 30 * DAY },
		{ "YEARS", 1, 30 * DAY }, { "MONTHS", 12, 30 * DAY },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(destination_generate_margin(str_of(rows[i].unit), rows[i].n),
				 rows[i].margin);
	}
}

static void generate(struct world *w, const char *text, struct wall now)
{
	AUTO_VALUE *input = json(text);
	struct key *key = NULL;
	assert_int_equal(key_generate(&key, "rsa-2048", NULL), RC_OK);
	OK(w, service_destination_generate(w->session, &certificates, input, key, false, now, NULL, &w->err));
	key_free(key);
}

static struct cert *leaf_of(struct world *w, const char *name)
{
	const struct destination_at at = { DESTINATION_CERTIFICATE, TENANT, "", name };
	AUTO_FREE char *chain = service_destination_generated_chain(w->session, &at);
	AUTO_CERT_LIST list = { 0 };
	assert_int_equal(chain_pem_parse(chain, &list, NULL), RC_OK);
	return cert_ref(list.items[0]);
}

static bool is_due(struct world *w, struct wall now)
{
	AUTO(destination_generate_due_fini) struct destination_generate_due due = { 0 };
	return service_destination_due(w->session, now, 0, &due);
}

static void only_what_asks_for_it_is_due_and_only_near_its_end(void **state)
{
	struct world *w = *state;
	struct wall now = wall_now();
	generate(w, "{'Name':'stays.pem','Attributes':{'Validity':{'TimeUnit':'DAYS','Value':30}}}", now);
	assert_false(is_due(w, at_day(now, 29.9)));
	generate(w,
		 "{'Name':'due.pem','Attributes':{'AutomaticRenew':true,'Validity':{'TimeUnit':'DAYS',"
		 "'Value':30}}}",
		 now);
	assert_false(is_due(w, at_day(now, 26.9)));
	assert_true(is_due(w, at_day(now, 27.1)));
	AUTO(destination_generate_due_fini) struct destination_generate_due due = { 0 };
	assert_true(service_destination_due(w->session, at_day(now, 28), 0, &due));
	assert_string_equal(due.name, "due.pem");
	assert_true(due.needs_key);
	struct destination_generate_due none = { 0 };
	assert_false(service_destination_due(w->session, at_day(now, 28), 1, &none));
}

static void renewing_keeps_subject_form_and_password_and_changes_the_key(void **state)
{
	struct world *w = *state;
	struct wall now = wall_now();
	const struct destination_at at = { DESTINATION_CERTIFICATE, TENANT, "", "app.p12" };
	AUTO(destination_generate_due_fini) struct destination_generate_due due = { 0 };
	AUTO_VALUE *file = NULL;
	AUTO_BUF_SECRET(bytes, 100000);
	struct container *container = NULL;
	struct key *key = NULL;
	generate(w,
		 "{'Name':'app.p12','Attributes':{'CN':'app','Password':'geheim','AutomaticRenew':true,"
		 "'Validity':{'TimeUnit':'DAYS','Value':30}}}",
		 now);
	struct cert *before = leaf_of(w, "app.p12");
	assert_true(service_destination_due(w->session, at_day(now, 29), 0, &due));
	assert_int_equal(key_generate(&key, "rsa-2048", NULL), RC_OK);
	OK(w, service_destination_renew(w->session, &due, key, now, &w->err));
	struct cert *after = leaf_of(w, "app.p12");
	assert_string_equal(cert_subject(after), cert_subject(before));
	assert_string_not_equal(cert_sha256(after), cert_sha256(before));
	assert_true(key_matches(key, after));
	OK(w, service_destination_get(w->session, &at, &file, NULL, &w->err));
	assert_int_equal(base64_decode(&bytes, value_get_str(file, "Content"), false), RC_OK);
	assert_int_equal(container_open(&container, buf_str(&bytes), STR("geheim"), NULL), RC_OK);
	assert_true(key_matches(container->entries[0].key, after));
	container_free(container);
	key_free(key);
	cert_free(before);
	cert_free(after);
}

static void one_that_went_meanwhile_is_not_renewed(void **state)
{
	struct world *w = *state;
	struct destination_generate_due due = { .tenant = mem_strdup(TENANT),
						.instance = mem_strdup(""),
						.name = mem_strdup("gone.pem") };
	REFUSED(w, service_destination_renew(w->session, &due, NULL, wall_now(), &w->err), RC_NOT_FOUND, "");
	destination_generate_due_fini(&due);
}

/* What is too large for memory is found all the same. */
static void a_large_row_stays_in_the_store_and_is_found(void **state)
{
	struct world *w = *state;
	AUTO_BUF(text, 400000);
	const struct destination_at at = { DESTINATION_CONFIGURATION, TENANT, "", "large" };
	AUTO_VALUE *input = json("{'Name':'large','Type':'HTTP','URL':'https://x'}");
	AUTO_VALUE *got = NULL;
	for (int i = 0; i < 10; i++) {
		AUTO_FREE char *name = mem_printf("p%d", i);
		buf_clear(&text);
		for (int k = 0; k < 10000; k++) {
			buf_add_char(&text, 'x');
		}
		value_set_str(input, name, buf_str(&text));
	}
	OK(w, service_destination_create(w->session, &at, input, NULL, &w->err));
	OK(w, service_destination_get(w->session, &at, &got, NULL, &w->err));
	assert_int_equal(value_get_str(got, "p9").n, 10000);
	OK(w, service_destination_delete(w->session, &at, &w->err));
	REFUSED(w, service_destination_delete(w->session, &at, &w->err), RC_NOT_FOUND, "");
}

static void a_level_is_full_at_1000(void **state)
{
	struct world *w = *state;
	const struct destination_at at = { DESTINATION_FRAGMENT, TENANT, "", NULL };
	for (int i = 0; i < DESTINATION_MAX; i++) {
		AUTO_FREE char *name = mem_printf("f%d", i);
		AUTO_VALUE *input = value_object();
		value_set_c(input, "FragmentName", name);
		OK(w, service_destination_create(w->session, &at, input, NULL, &w->err));
	}
	AUTO_VALUE *last = json("{'FragmentName':'one-more'}");
	REFUSED(w, service_destination_create(w->session, &at, last, NULL, &w->err), RC_LIMIT, "");
	const struct destination_at instance = { DESTINATION_FRAGMENT, TENANT, "1", NULL };
	OK(w, service_destination_create(w->session, &instance, last, NULL, &w->err));
}

static enum rc put_file(struct world *w, const char *name, size_t size, bool replace)
{
	AUTO_VALUE *input = value_object();
	AUTO_BUF(bytes, DESTINATION_CERTIFICATE_MAX);
	const struct destination_certificate_put how = { .replace = replace };
	memset(buf_reserve(&bytes, size), 'x', size);
	buf_added(&bytes, size);
	value_set_c(input, "Name", name);
	value_set_base64(input, "Content", buf_str(&bytes));
	return service_destination_certificate_put(w->session, &certificates, input, &how, NULL, NULL,
						   &w->err);
}

static void a_level_is_full_at_32_mib_so_that_its_list_fits_an_answer(void **state)
{
	struct world *w = *state;
	char name[32] = "";
	AUTO_VALUE *list = NULL;
	for (int i = 0; i < 15; i++) {
		(void)snprintf(name, sizeof(name), "%d.p12", i);
		OK(w, put_file(w, name, DESTINATION_CERTIFICATE_MAX - 8, false));
	}
	REFUSED(w, put_file(w, "last.p12", DESTINATION_CERTIFICATE_MAX, false), RC_LIMIT, "");
	OK(w, service_destination_list(w->session, &certificates, &list, &w->err));
	assert_int_equal(value_count(list), 15);
	OK(w, put_file(w, name, 1000, true));
	OK(w, put_file(w, "last.p12", DESTINATION_CERTIFICATE_MAX - 8, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_validity_follows_the_calendar),
		cmocka_unit_test(the_margin_is_the_one_that_sap_documents),
		WORLD_TEST(only_what_asks_for_it_is_due_and_only_near_its_end),
		WORLD_TEST(renewing_keeps_subject_form_and_password_and_changes_the_key),
		WORLD_TEST(one_that_went_meanwhile_is_not_renewed),
		WORLD_TEST(a_large_row_stays_in_the_store_and_is_found),
		WORLD_TEST(a_level_is_full_at_1000),
		WORLD_TEST(a_level_is_full_at_32_mib_so_that_its_list_fits_an_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
