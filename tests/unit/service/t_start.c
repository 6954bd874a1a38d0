/* SPDX-License-Identifier: Apache-2.0
 * Starts: what a first one makes, what a later one needs, and what a kill leaves. */
#include "csrf/csrf.h"
#include "pki/chain/chain_pem.h"
#include "pki/paste.h"
#include "service/key/instance.h"
#include "service/key/key_row.h"
#include "service/key/role.h"
#include "service/authority/server_certificate.h"
#include "service/authority/server_renewal.h"
#include "service/key/service_key.h"
#include "service/core/tenant.h"
#include "service/token/user.h"
#include "store/keystore/server_key.h"
#include "store/subaccount/tenant.h"
#include "unit/service/world.h"

#include <signal.h>
#include <sys/wait.h>

static void read_text(struct world *w, const char *name, struct buf *out)
{
	AUTO_FREE char *path = mem_printf("%s/%s", w->folder, name);
	assert_int_equal(file_read(path, 100000, out, NULL), RC_OK);
}

static void remove_file(struct world *w, const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/%s", w->folder, name);
	file_remove(path);
}

static void reopen(struct world *w)
{
	service_close(TAKE(w->session));
	OK(w, world_open(w));
}

static void a_start_makes_server_certificates_for_this_machine(void **state)
{
	struct world *w = *state;
	static const char *const kinds[] = { "rsa", "ec" };
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		AUTO(store_server_key_fini) struct store_server_key row = { 0 };
		AUTO_CERT_LIST chain = { 0 };
		AUTO_BUF(names, 1000);
		OK(w, store_server_key_get(w->session->store, TENANT, kinds[i], &row, &w->err));
		assert_int_equal(paste_certificates(&chain, str_of(row.chain), NULL), RC_OK);
		assert_true(cert_may_server_auth(chain.items[0]));
		for (size_t k = 0; k < cert_san_count(chain.items[0]); k++) {
			(void)buf_printf(&names, "%s ", cert_san(chain.items[0], k));
		}
		assert_non_null(strstr(buf_c(&names), "DNS:localhost "));
		assert_non_null(strstr(buf_c(&names), "IP:127.0.0.1 "));
		assert_true(published(w, REGISTRY_SERVER_KEY, "", kinds[i], NULL));
	}
}

/* A token of an endpoint opens no management API, nor the other way round, even where all it is bound to has
 * the same names. */
static void csrf_tokens_of_gateway_and_manager_are_sealed_apart(void **state)
{
	struct world *w = *state;
	const struct service *service = w->session->service;
	const struct csrf_binding binding = { STR("t"), STR("a"), STR("c"), STR("s") };
	struct seal_key keys[] = { service->csrf, { { 0 } }, service->seal, service->worker_seal };
	seal_derive(&service->worker_seal, "csrf", &keys[1]); /* as serving_init() does */
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		AUTO_BUF(token, 1024);
		csrf_make(&keys[i], &binding, wall_now(), &token);
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			assert_int_equal(csrf_judge(&keys[k], &binding, buf_str(&token), wall_now()),
					 i == k ? POLICY_CSRF_GOOD : POLICY_CSRF_WRONG);
		}
	}
}

static void a_later_start_keeps_keys_and_writes_the_public_files(void **state)
{
	struct world *w = *state;
	AUTO_BUF(before, 10000);
	AUTO_BUF(after, 10000);
	AUTO_CERT_LIST root = { 0 };
	read_text(w, "ca/root.pem", &before);
	reopen(w);
	read_text(w, "ca/root.pem", &after);
	assert_true(str_equal(buf_str(&before), buf_str(&after)));
	assert_int_equal(paste_certificates(&root, buf_str(&after), NULL), RC_OK);
	assert_true(cert_is_self_signed(root.items[0]));
}

static void a_server_certificate_near_its_end_is_renewed(void **state)
{
	struct world *w = *state;
	AUTO(store_server_key_fini) struct store_server_key old = { 0 };
	AUTO(store_server_key_fini) struct store_server_key new = { 0 };
	OK(w, store_server_key_get(w->session->store, TENANT, "ec", &old, &w->err));
	struct store_server_key row = old;
	row.not_after = (struct wall){ wall_now().us + 29 * 86400 * US_PER_SECOND };
	OK(w, store_server_key_put(w->session->store, &row, &w->err));
	reopen(w);
	OK(w, store_server_key_get(w->session->store, TENANT, "ec", &new, &w->err));
	assert_string_not_equal(new.chain, old.chain);
	assert_true(new.not_after.us > row.not_after.us);
}

/* What a helper makes of what the server needs. */
static void keys_make(struct world *w, struct job_keys *ret)
{
	struct job_key_order order = { 0 };
	OK(w, server_renewal_order(w->session, NULL, &order, &w->err));
	for (; ret->n < order.n; ret->n++) {
		OK(w, key_generate(&ret->items[ret->n], order.types[ret->n], &w->err));
	}
}

static bool is_certified(const struct store_server_key *row, const struct key *key)
{
	AUTO_CERT_LIST chain = { 0 };
	assert_int_equal(chain_pem_parse(row->chain, &chain, NULL), RC_OK);
	return key_matches(key, chain.items[0]);
}

static void one_that_comes_near_its_end_while_the_server_runs_is_renewed_once_and_published(void **state)
{
	struct world *w = *state;
	AUTO(store_server_key_fini) struct store_server_key old = { 0 };
	AUTO(store_server_key_fini) struct store_server_key new = { 0 };
	AUTO(store_server_key_fini) struct store_server_key again = { 0 };
	AUTO(job_keys_fini) struct job_keys keys = { 0 };
	AUTO(job_keys_fini) struct job_keys none = { 0 };
	AUTO_BUF(before, 65536);
	AUTO_BUF(after, 65536);
	assert_true(published(w, REGISTRY_SERVER_KEY, "", "ec", &before));
	OK(w, store_server_key_get(w->session->store, TENANT, "ec", &old, &w->err));
	struct store_server_key row = old;
	row.not_after = (struct wall){ wall_now().us + 29 * 86400 * US_PER_SECOND };
	OK(w, store_server_key_put(w->session->store, &row, &w->err));
	keys_make(w, &keys);
	assert_int_equal(keys.n, 1);
	OK(w, service_server_certificate_upkeep(w->session, &keys, &w->err));
	OK(w, store_server_key_get(w->session->store, TENANT, "ec", &new, &w->err));
	assert_true(is_certified(&new, keys.items[0]));
	assert_string_not_equal(new.chain, old.chain);
	assert_true(published(w, REGISTRY_SERVER_KEY, "", "ec", &after));
	assert_false(str_equal(buf_str(&before), buf_str(&after)));
	keys_make(w, &none);
	assert_int_equal(none.n, 0);
	OK(w, service_server_certificate_upkeep(w->session, &none, &w->err));
	OK(w, store_server_key_get(w->session->store, TENANT, "ec", &again, &w->err));
	assert_string_equal(new.chain, again.chain);
}

/* The names of all would be more than a certificate may have:
 * it is not made anew each minute for want of them. */
static void of_very_many_subaccounts_some_are_named_and_the_certificates_stay(void **state)
{
	struct world *w = *state;
	AUTO(job_keys_fini) struct job_keys keys = { 0 };
	AUTO(job_keys_fini) struct job_keys none = { 0 };
	for (int i = 0; i < SERVER_RENEWAL_NAMES_MAX; i++) {
		AUTO_FREE char *name = mem_printf("many-%d", i);
		struct store_tenant row = { name, name, wall_now() };
		OK(w, store_tenant_insert(w->session->store, &row, &w->err));
	}
	keys_make(w, &keys);
	assert_int_equal(keys.n, 2);
	OK(w, server_renewal_make(w->session, keys.items, keys.n, NULL, &w->err));
	keys_make(w, &none);
	assert_int_equal(none.n, 0);
}

static void a_store_without_its_master_key_does_not_open(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *path = mem_printf("%s/master.key", w->folder);
	service_close(TAKE(w->session));
	remove_file(w, "master.key");
	REFUSED(w, world_open(w), RC_DENIED, "");
	assert_non_null(strstr(w->err.text, "master key"));
	assert_int_equal(
		file_write_new(path, STR("00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"),
			       0600, NULL),
		RC_OK);
	REFUSED(w, world_open(w), RC_DENIED, "");
	assert_int_equal(file_write_atomic(path, STR("not hex"), 0600, NULL), RC_OK);
	REFUSED(w, world_open(w), RC_DENIED, "");
}

static void the_administrator_s_password_opens_and_no_other(void **state)
{
	struct world *w = *state;
	AUTO_BUF(password, 1000);
	AUTO_FREE char *path = mem_printf("%s/admin.password", template_folder);
	assert_int_equal(file_read(path, 1000, &password, NULL), RC_OK);
	assert_true(password.n >= 22);
	assert_int_equal(user_login(w->session, TENANT, "admin", STR(""), NULL), RC_DENIED);
	assert_int_equal(user_login(w->session, TENANT, "nobody", buf_str(&password), NULL), RC_DENIED);
	assert_int_equal(user_login(w->session, TENANT, "admin", buf_str(&password), NULL), RC_OK);
	assert_int_equal(user_login(w->session, TENANT, "admin", buf_str(&password), NULL), RC_OK);
	assert_int_equal(user_login(w->session, TENANT, "admin",
				    str_first(buf_str(&password), password.n - 1), NULL),
			 RC_DENIED);
}

static void an_unknown_subaccount_is_not_found(void **state)
{
	struct world *w = *state;
	REFUSED(w, service_tenant_check(w->session, "nobody", &w->err), RC_NOT_FOUND, "");
	assert_string_equal(w->err.field, "subaccount");
}

static void what_was_acknowledged_survives_a_kill_and_is_published_again(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *instance = json("{'name':'kept','service':'it-rt','plan':'integration-flow'}");
	AUTO_VALUE *key = json("{'name':'k'}");
	AUTO_VALUE *got = NULL;
	int told[2];
	char byte = 0;
	service_close(TAKE(w->session));
	assert_int_equal(pipe(told), 0);
	pid_t child = fork();
	if (child == 0) {
		AUTO_VALUE *a = NULL;
		AUTO_VALUE *b = NULL;
		if (world_open(w) != RC_OK ||
		    service_instance_create(w->session, TENANT, instance, &a, NULL) != RC_OK ||
		    service_key_create(w->session, TENANT, "kept", key, NULL, &b, NULL) != RC_OK ||
		    write(told[1], "x", 1) != 1) {
			_exit(1);
		}
		for (;;) {
			(void)pause();
		}
	}
	(void)close(told[1]);
	assert_int_equal(read(told[0], &byte, 1), 1);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	(void)close(told[0]);
	OK(w, world_open(w));
	OK(w, service_key_get(w->session, TENANT, "kept", "k", &got, &w->err));
	assert_true(published(w, REGISTRY_SERVICE_KEY, TENANT, value_get_c(got, "id"), NULL));
}

static void a_full_disk_is_told_and_gateways_see_nothing_of_it(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *list = NULL;
	enum rc rc = RC_OK;
	assert_int_equal(store_limit(w->session->store, 1, NULL),
			 RC_OK); /* as large as it is, and no larger */
	for (int i = 0; i < 200 && rc == RC_OK; i++) {
		AUTO_VALUE *input = value_object();
		AUTO_VALUE *made = NULL;
		AUTO_FREE char *name = mem_printf("r%d", i);
		AUTO_FREE char *text = mem_printf("%0450d", i);
		value_set_c(input, "name", name);
		value_set_c(input, "description", text);
		rc = service_role_create(w->session, TENANT, input, &made, &w->err);
	}
	assert_int_equal(rc, RC_STORE);
	assert_int_equal(store_limit(w->session->store, 100000, NULL), RC_OK);
	AUTO_VALUE *input = json("{'name':'again'}");
	OK(w, service_role_create(w->session, TENANT, input, &ret, &w->err));
	OK(w, service_role_list(w->session, TENANT, &list, &w->err));
}

RUN_TESTS(WORLD_TEST(a_start_makes_server_certificates_for_this_machine),
	  WORLD_TEST(csrf_tokens_of_gateway_and_manager_are_sealed_apart),
	  WORLD_TEST(a_later_start_keeps_keys_and_writes_the_public_files),
	  WORLD_TEST(a_server_certificate_near_its_end_is_renewed),
	  WORLD_TEST(one_that_comes_near_its_end_while_the_server_runs_is_renewed_once_and_published),
	  WORLD_TEST(of_very_many_subaccounts_some_are_named_and_the_certificates_stay),
	  WORLD_TEST(a_store_without_its_master_key_does_not_open),
	  WORLD_TEST(the_administrator_s_password_opens_and_no_other),
	  WORLD_TEST(an_unknown_subaccount_is_not_found),
	  WORLD_TEST(what_was_acknowledged_survives_a_kill_and_is_published_again),
	  WORLD_TEST(a_full_disk_is_told_and_gateways_see_nothing_of_it))
