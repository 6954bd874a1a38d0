/* SPDX-License-Identifier: Apache-2.0
 * What becomes an entry of the keystore, under which alias, and what is left as it was. */
#include "service/keystore/keystore.h"
#include "store/keystore/keystore_entry.h"
#include "unit/service/world.h"

/* A container of one entry: certificates up to a NULL, and a key (taken) or none. */
static struct container *contained(const char *alias, struct key *take_key, struct cert *const *chain)
{
	struct container *c = container_new(CONTAINER_PKCS12);
	struct container_entry *entry = container_add(c, alias);
	entry->key = take_key;
	for (; *chain; chain++) {
		cert_list_add(&entry->chain, *chain);
	}
	return c;
}

static enum rc import(struct world *w, const struct container *c, const char *input, struct value **ret)
{
	AUTO_VALUE *v = json(input);
	w->err = (struct err){ 0 };
	return service_keystore_import_container(w->session, TENANT, c, v, ret, &w->err);
}

static const char *alias_of(const struct value *imported, size_t i)
{
	return value_get_c(value_at(value_get(imported, "imported"), i), "alias");
}

static const char *status_of(const struct value *imported, size_t i)
{
	return value_get_c(value_at(value_get(imported, "imported"), i), "status");
}

static bool is_there(struct world *w, const char *alias)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	return store_keystore_entry_get(w->session->store, TENANT, alias, &row, NULL) == RC_OK;
}

static struct key *new_key(void)
{
	struct key *key = NULL;
	assert_int_equal(key_generate(&key, "p-256", NULL), RC_OK);
	return key;
}

/* A certificate for a key of its own, and that key. */
static struct cert *pair(const char *subject, struct key **ret_key)
{
	struct cert *c = NULL;
	struct authority_order order = { .subject = str_of(subject),
					 .usage = AUTHORITY_CLIENT,
					 .path_length = -1,
					 .not_before = { wall_now().us - US_PER_SECOND },
					 .days = 9 };
	*ret_key = new_key();
	assert_int_equal(authority_issue(&c, &order, *ret_key, NULL, *ret_key, NULL), RC_OK);
	return c;
}

static void an_alias_is_made_of_the_common_name(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *subject, *alias; /* NULL: of the fingerprint */
	} rows[] = {
		{ "CN=Example Root CA,O=E", "example-root-ca" },
		{ "CN=a.b_c,O=E", "a.b_c" },
		{ "CN=  two   words,O=E", "two-words" },
		{ "CN=(c) Example,O=E", "c-example" },
		{ "CN=42,O=E", "42" },
		{ "CN=\u4e2d\u6587,O=E", NULL },
		{ "O=No common name", "o-no-common-name" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct partner p;
		AUTO_VALUE *ret = NULL;
		partner_init(&p, rows[i].subject);
		AUTO(container_free_cleanup)
		struct container *c = contained(NULL, NULL, (struct cert *[]){ p.root, NULL });
		OK(w, import(w, c, "{}", &ret));
		AUTO_FREE char *sha = mem_printf("%.16s", cert_sha256(p.root));
		assert_string_equal(alias_of(ret, 0), rows[i].alias ? rows[i].alias : sha);
		assert_string_equal(status_of(ret, 0), "new");
		assert_true(published(w, REGISTRY_ANCHOR, TENANT, alias_of(ret, 0), NULL));
		partner_fini(&p);
	}
}

static void an_alias_that_is_given_goes_before_the_containers_and_is_numbered(void **state)
{
	struct world *w = *state;
	struct partner p, q;
	AUTO_VALUE *own = NULL, *given = NULL;
	partner_init(&p, "CN=P");
	partner_init(&q, "CN=Q");
	AUTO(container_free_cleanup)
	struct container *c = contained("theirs", NULL, (struct cert *[]){ p.root, q.root, NULL });
	OK(w, import(w, c, "{}", &own));
	/* A chain without a key is so many entries; the container's alias is that of the first. */
	assert_int_equal(value_count(value_get(own, "imported")), 2);
	assert_string_equal(alias_of(own, 0), "theirs");
	assert_string_equal(alias_of(own, 1), "q");
	OK(w, import(w, c, "{'alias':'ours'}", &given));
	assert_string_equal(alias_of(given, 0), "ours");
	assert_string_equal(alias_of(given, 1), "ours_1");
	partner_fini(&p);
	partner_fini(&q);
}

static void what_is_there_already_is_unchanged_and_replaced_only_where_that_is_asked_for(void **state)
{
	struct world *w = *state;
	struct partner p, q;
	AUTO_VALUE *first = NULL, *again = NULL, *other = NULL, *over = NULL;
	partner_init(&p, "CN=Root,O=P");
	partner_init(&q, "CN=Root,O=Q");
	AUTO(container_free_cleanup)
	struct container *c = contained(NULL, NULL, (struct cert *[]){ p.root, NULL });
	AUTO(container_free_cleanup)
	struct container *d = contained(NULL, NULL, (struct cert *[]){ q.root, NULL });
	OK(w, import(w, c, "{}", &first));
	OK(w, import(w, c, "{}", &again));
	assert_string_equal(status_of(again, 0), "unchanged");
	/* Another one that would have its alias, and the same under an alias that was given. */
	REFUSED(w, import(w, d, "{}", &other), RC_EXISTS, "");
	REFUSED(w, import(w, c, "{'alias':'root'}", &other), RC_EXISTS, "");
	OK(w, import(w, d, "{'alias':'root','overwrite':true}", &over));
	assert_string_equal(status_of(over, 0), "new");
	partner_fini(&p);
	partner_fini(&q);
}

static void a_key_pair_is_one_entry_and_no_certificate_takes_its_place(void **state)
{
	struct world *w = *state;
	struct partner p;
	struct key *key = NULL;
	AUTO_VALUE *made = NULL, *refused = NULL;
	AUTO(cert_free_cleanup) struct cert *leaf = pair("CN=sender", &key);
	partner_init(&p, "CN=P");
	AUTO(container_free_cleanup)
	struct container *c = contained("sender", key, (struct cert *[]){ leaf, p.root, NULL });
	AUTO(container_free_cleanup)
	struct container *d = contained("sender", NULL, (struct cert *[]){ p.root, NULL });
	OK(w, import(w, c, "{}", &made));
	assert_int_equal(value_count(value_get(made, "imported")), 1);
	const struct value *one = value_at(value_get(made, "imported"), 0);
	assert_string_equal(value_get_c(one, "type"), "Key Pair");
	assert_string_equal(value_get_c(one, "subject"), "CN=sender");
	/* What stands in its chain is no anchor by that. */
	assert_false(published(w, REGISTRY_ANCHOR, TENANT, "sender", NULL));
	REFUSED(w, import(w, d, "{'alias':'sender','overwrite':true}", &refused), RC_CONFLICT, "");
	partner_fini(&p);
}

static void of_several_entries_all_are_imported_or_none(void **state)
{
	struct world *w = *state;
	struct partner p, q;
	AUTO_VALUE *ret = NULL;
	partner_init(&p, "CN=P");
	partner_init(&q, "CN=Q");
	AUTO(container_free_cleanup)
	struct container *c = contained("first", NULL, (struct cert *[]){ p.root, NULL });
	cert_list_add(&container_add(c, "sap_second")->chain, q.root);
	REFUSED(w, import(w, c, "{}", &ret), RC_DENIED, "K205");
	assert_false(is_there(w, "first"));
	assert_false(published(w, REGISTRY_ANCHOR, TENANT, "first", NULL));
	assert_null(ret);
	partner_fini(&p);
	partner_fini(&q);
}

static void what_holds_nothing_to_import_is_refused(void **state)
{
	struct world *w = *state;
	struct cert *none[] = { NULL };
	AUTO_VALUE *ret = NULL;
	AUTO(container_free_cleanup) struct container *empty = container_new(CONTAINER_PEM);
	AUTO(container_free_cleanup) struct container *bare = contained("bare", new_key(), none);
	REFUSED(w, import(w, empty, "{}", &ret), RC_INVALID, "");
	REFUSED(w, import(w, bare, "{}", &ret), RC_INVALID, "P107");
	assert_false(is_there(w, "bare"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(an_alias_is_made_of_the_common_name),
		WORLD_TEST(an_alias_that_is_given_goes_before_the_containers_and_is_numbered),
		WORLD_TEST(what_is_there_already_is_unchanged_and_replaced_only_where_that_is_asked_for),
		WORLD_TEST(a_key_pair_is_one_entry_and_no_certificate_takes_its_place),
		WORLD_TEST(of_several_entries_all_are_imported_or_none),
		WORLD_TEST(what_holds_nothing_to_import_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
