/* SPDX-License-Identifier: Apache-2.0
 * No private key stands in the JSON of an answer, whatever a job opened, made or wrote anew:
 * they come beside it, to who asked.
 * This program is its own job; the files are the fuzz corpus'. */
#include "base/encoding.h"
#include "base/memory.h"
#include "helper/job.h"
#include "helper/job_container.h"
#include "helper/job_key.h"
#include "helper/job_run.h"
#include "os/file.h"
#include "os/loop.h"
#include "os/process.h"
#include "unit/test.h"
#include "container/format.h"

#include <stdio.h>
#include <stdlib.h>

#define WINDOW 20 /* [bytes] of a private key, and not of its public half, that tell it */

struct answer {
	struct value *value;
	struct buf secret;
	struct err err;
	struct job *job;
	int n;
};

static void on_done(void *context, const struct value *answer, const struct err *err)
{
	struct answer *a = context;
	a->value = value_copy(answer);
	assert_true(buf_add(&a->secret, job_secret(a->job)));
	if (err) {
		a->err = *err;
	}
	a->n++;
}

static void answer_fini(struct answer *a)
{
	value_free(a->value);
	buf_fini(&a->secret);
}

static void run(enum job_kind kind, struct value *request, struct answer *ret)
{
	struct loop *loop = NULL;
	*ret = (struct answer){ .secret = BUF_SECRET(JOB_MAX_BYTES) };
	assert_int_equal(loop_new(&loop, NULL), RC_OK);
	struct job_pool *pool = job_pool_new(loop, 1, 1, NULL);
	assert_int_equal(job_start(pool, kind, request, NULL, on_done, ret, &ret->job, NULL), RC_OK);
	while (ret->n == 0) {
		assert_int_equal(loop_turn(loop, 1000, NULL), RC_OK);
	}
	job_pool_free(pool);
	loop_free(loop);
}

/* Whether bytes hold a part of the private half of a key. */
static bool tells(struct str bytes, const struct key *key)
{
	AUTO_BUF_SECRET(private, KEY_MAX_BYTES);
	AUTO_BUF(public, KEY_MAX_BYTES);
	assert_int_equal(key_format_pkcs8(key, &private), RC_OK);
	assert_int_equal(key_format_public(key, &public), RC_OK);
	for (size_t at = 0; at + WINDOW <= private.n; at++) {
		struct str part = { private.p + at, WINDOW };
		if (str_find_str(buf_str(&public), part) == public.n && str_find_str(bytes, part) < bytes.n) {
			return true;
		}
	}
	return false;
}

/* Whether a text does, as it is, or what it says in base64 or hex. */
static bool text_tells(struct str text, const struct key *key)
{
	AUTO_BUF_SECRET(base64, JOB_MAX_BYTES);
	AUTO_BUF_SECRET(hex, JOB_MAX_BYTES);
	return str_find_str(text, STR("PRIVATE KEY")) < text.n || tells(text, key) ||
	       (base64_decode(&base64, text, true) == RC_OK && tells(buf_str(&base64), key)) ||
	       (hex_decode(&hex, text) == RC_OK && tells(buf_str(&hex), key));
}

static bool json_tells(const struct value *v, const struct key *key)
{
	const char *name;
	struct value *member;
	if (value_is_string(v)) {
		return text_tells(value_str(v), key);
	}
	for (size_t i = 0; value_is_array(v) && i < value_count(v); i++) {
		if (json_tells(value_at(v, i), key)) {
			return true;
		}
	}
	for (size_t i = 0; value_is_object(v) && value_member(v, i, &name, &member); i++) {
		if (json_tells(member, key)) {
			return true;
		}
	}
	return false;
}

static const struct {
	const char *name, *password;
	bool has_key;
} files[] = {
	{ "modern", "seed", true },     { "legacy", "seed", true },     { "JKS", "seedseed", true },
	{ "JCEKS", "seedseed", true },  { "pem", NULL, true },          { "pem-encrypted", "seed", true },
	{ "der", NULL, false },         { "pkcs7", NULL, false },       { "JCEKS-secret", "seedseed", true },
	{ "base64", "seed", true },     { "rfc9579-a1", "1234", true }, { "rfc9579-a2", "1234", true },
	{ "rfc9579-a3", "1234", true },
};

static struct value *request_of(size_t i)
{
	AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
	AUTO_FREE char *path =
		mem_printf("%s/fuzz/corpus/fuzz_container/%s", getenv("POSTERN_SOURCE_ROOT"), files[i].name);
	assert_int_equal(file_read(path, CONTAINER_MAX_BYTES, &bytes, NULL), RC_OK);
	struct value *request = value_object();
	value_set_base64(request, "content", buf_str(&bytes));
	if (files[i].password) {
		value_set_c(request, "password", files[i].password);
	}
	return request;
}

/* The one key of a file, by what the job says of it when asked for keys; NULL: it has none.
 * Nothing of it stands in the JSON. */
static struct key *key_of(size_t i)
{
	struct answer a;
	struct value *request = request_of(i);
	AUTO(container_free_cleanup) struct container *c = NULL;
	struct key *key = NULL;
	value_set_bool(request, "keys", true);
	run(JOB_CONTAINER_OPEN, request, &a);
	if (!a.value) {
		fail_msg("%s: %s", files[i].name, a.err.text);
	}
	assert_int_equal(job_container_from_value(value_get(a.value, "entries"), buf_str(&a.secret),
						  job_container_kind(a.value, CONTAINER_DER), &c, NULL),
			 RC_OK);
	for (size_t k = 0; k < c->n; k++) {
		if (c->entries[k].key) {
			key = c->entries[k].key;
		}
	}
	assert_int_equal(key != NULL, files[i].has_key);
	if (key && (json_tells(a.value, key) || !tells(buf_str(&a.secret), key))) {
		fail_msg("%s: the key stands in the JSON, or nowhere", files[i].name);
	}
	answer_fini(&a);
	return key_ref(key);
}

static void a_key_store_s_keys_come_beside_the_json(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		key_free(key_of(i));
	}
}

static void who_asks_for_no_keys_gets_none(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		AUTO(key_free_cleanup) struct key *key = key_of(i);
		AUTO(container_free_cleanup) struct container *c = NULL;
		struct answer a;
		run(JOB_CONTAINER_OPEN, request_of(i), &a);
		const struct value *entries = value_get(a.value, "entries");
		assert_int_equal(a.secret.n, 0);
		assert_int_equal(job_container_from_value(entries, STR_NONE, CONTAINER_DER, &c, NULL), RC_OK);
		assert_null(c->entries[0].key);
		assert_int_equal(value_get_bool(value_at(entries, 0), "key_pair", !key), key != NULL);
		assert_false(key && json_tells(a.value, key));
		answer_fini(&a);
	}
}

/* The written file opens with the new password alone. */
static void assert_opens(const struct value *answer, const struct key *key)
{
	AUTO_BUF_SECRET(bytes, CONTAINER_MAX_BYTES);
	AUTO(container_free_cleanup) struct container *c = NULL;
	struct err err = { 0 };
	bool same = !key;
	assert_int_equal(value_get_base64(answer, "content", &bytes, NULL), RC_OK);
	assert_int_not_equal(container_open(&c, buf_str(&bytes), STR("seed"), &err), RC_OK);
	if (container_open(&c, buf_str(&bytes), STR("another"), &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	assert_int_equal(c->kind, CONTAINER_PKCS12);
	assert_false(c->legacy);
	for (size_t i = 0; key && i < c->n; i++) {
		same |= c->entries[i].key && key_matches(key, c->entries[i].chain.items[0]);
	}
	assert_true(same);
}

static void a_file_written_anew_keeps_its_key_to_itself(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		AUTO(key_free_cleanup) struct key *key = key_of(i);
		struct value *request = request_of(i);
		struct answer a;
		value_set_c(request, "new_password", "another");
		run(JOB_CONTAINER_CONVERT, request, &a);
		if (!a.value) {
			fail_msg("%s: %s", files[i].name, a.err.text);
		}
		assert_int_equal(a.secret.n, 0);
		assert_false(key && json_tells(a.value, key));
		assert_non_null(value_get_c(a.value, "kind"));
		assert_non_null(value_get_c(a.value, "encryption"));
		assert_opens(a.value, key);
		answer_fini(&a);
	}
}

static void a_key_that_is_made_comes_beside_the_json(void **state)
{
	static const char *const types[] = { "p-256", "rsa-2048" };
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		AUTO(key_free_cleanup) struct key *key = NULL;
		struct answer a;
		run(JOB_KEY_GENERATE, job_key_request(types[i]), &a);
		assert_int_equal(job_key_take(buf_str(&a.secret), a.value, &a.err, &key, NULL), RC_OK);
		assert_false(json_tells(a.value, key));
		answer_fini(&a);
	}
}

static struct job_keys several(struct answer *ret)
{
	const struct job_key_order order = { { "p-256", "rsa-2048", "p-256" }, 3 };
	struct job_keys keys = { 0 };
	run(JOB_KEY_GENERATE, job_keys_request(&order), ret);
	assert_int_equal(job_keys_take(buf_str(&ret->secret), ret->value, &ret->err, &keys, NULL), RC_OK);
	return keys;
}

static void several_keys_of_one_helper_come_in_the_order_that_was_given(void **state)
{
	struct answer a;
	AUTO(job_keys_fini) struct job_keys keys = several(&a);
	assert_int_equal(keys.n, 3);
	for (size_t i = 0; i < keys.n; i++) {
		assert_int_equal(key_is_rsa(keys.items[i]), i == 1);
		assert_false(json_tells(a.value, keys.items[i]));
	}
	answer_fini(&a);
}

static void several_keys_of_which_one_is_missing_are_refused(void **state)
{
	struct answer a;
	AUTO(job_keys_fini) struct job_keys keys = several(&a);
	struct job_keys none = { 0 };
	struct str short_of_one = str_first(buf_str(&a.secret), a.secret.n - 1);
	assert_int_equal(job_keys_take(short_of_one, a.value, &a.err, &none, NULL), RC_INVALID);
	assert_int_equal(none.n, 0);
	answer_fini(&a);
}

/* What this test goes by does find a key. */
static void a_key_in_the_json_would_be_found(void **state)
{
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_BUF_SECRET(pem, KEY_MAX_BYTES);
	AUTO_VALUE *v = value_object(), *list = value_array(), *text = value_object();
	assert_int_equal(key_generate(&key, "p-256", NULL), RC_OK);
	assert_int_equal(key_format_pkcs8(key, &der), RC_OK);
	assert_int_equal(key_format_pem(key, STR_NONE, &pem), RC_OK);
	value_set_base64(v, "key", buf_str(&der));
	value_append(list, value_ref(v));
	value_set_str(text, "pem", buf_str(&pem));
	assert_true(json_tells(v, key));
	assert_true(json_tells(list, key));
	assert_true(json_tells(text, key));
}

/* Sizes that do not add up are no answer: neither more nor less than what came is taken for a key. */
static void entries_without_their_keys_are_refused(void **state)
{
	struct answer a;
	struct value *request = request_of(0);
	AUTO(container_free_cleanup) struct container *c = NULL;
	value_set_bool(request, "keys", true);
	run(JOB_CONTAINER_OPEN, request, &a);
	struct str less = str_first(buf_str(&a.secret), a.secret.n - 1);
	assert_int_equal(job_container_from_value(value_get(a.value, "entries"), less, CONTAINER_PKCS12, &c,
						  NULL),
			 RC_INVALID);
	answer_fini(&a);
}

int main(int argc, char *argv[])
{
	if (argc == 3 && strcmp(argv[1], PROCESS_PART) == 0) {
		return job_run();
	}
	const struct CMUnitTest tests[] = {
		TEST(a_key_store_s_keys_come_beside_the_json),
		TEST(who_asks_for_no_keys_gets_none),
		TEST(a_file_written_anew_keeps_its_key_to_itself),
		TEST(a_key_that_is_made_comes_beside_the_json),
		TEST(several_keys_of_one_helper_come_in_the_order_that_was_given),
		TEST(several_keys_of_which_one_is_missing_are_refused),
		TEST(a_key_in_the_json_would_be_found),
		TEST(entries_without_their_keys_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
