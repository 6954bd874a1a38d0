/* SPDX-License-Identifier: Apache-2.0
 * Records in memory that several processes share: what is found, what is not, and what damage does. */
#include "tls/session_store.h"

#include "base/memory.h"
#include "base/random.h"
#include "unit/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD 4096
#define INDEX (16384 * 64)
#define RING ((size_t)64 * 1024 * 1024)

static const struct seal_key KEY = { { 1, 2, 3 } };
static int fd = -1;
static struct session_store *store;
static uint8_t *shared; /* as a hostile or broken neighbour sees it */

static int set_up(void **state)
{
	assert_int_equal(session_store_create(&fd, NULL), RC_OK);
	assert_int_equal(session_store_open(&store, fd, &KEY, NULL), RC_OK);
	shared = mmap(NULL, HEAD + INDEX + RING, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return shared == MAP_FAILED;
}

static int tear_down(void **state)
{
	session_store_close(store);
	(void)munmap(shared, HEAD + INDEX + RING);
	(void)close(fd);
	return 0;
}

static void name_of(uint64_t n, uint8_t out[SESSION_STORE_NAME_BYTES])
{
	memset(out, 7, SESSION_STORE_NAME_BYTES);
	for (size_t i = 0; i < 4; i++) {
		uint64_t part = (n + 1) * UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
		memcpy(out + 8 * i, &part, 8);
	}
}

static enum rc put(uint64_t n, const char *bound, const char *bytes)
{
	uint8_t name[SESSION_STORE_NAME_BYTES];
	name_of(n, name);
	return session_store_put(store, SESSION_STORE_SESSION, name, str_of(bound), str_of(bytes));
}

static bool found(struct session_store *in, uint64_t n, const char *bound, const char *bytes)
{
	uint8_t name[SESSION_STORE_NAME_BYTES];
	AUTO_BUF(out, 1 << 17);
	name_of(n, name);
	return session_store_get(in, SESSION_STORE_SESSION, name, str_of(bound), &out) == RC_OK &&
	       str_is(buf_str(&out), bytes);
}

static void a_record_is_found_by_another_process_s_mapping(void **state)
{
	struct session_store *other = NULL;
	assert_int_equal(session_store_open(&other, fd, &KEY, NULL), RC_OK);
	assert_int_equal(put(1, "localhost", "one"), RC_OK);
	assert_true(found(other, 1, "localhost", "one"));
	assert_false(found(other, 2, "localhost", "one"));
	session_store_close(other);
}

static void a_record_written_again_is_the_new_one(void **state)
{
	assert_int_equal(put(1, "", "old"), RC_OK);
	assert_int_equal(put(1, "", "new"), RC_OK);
	assert_true(found(store, 1, "", "new"));
}

static void a_record_does_not_open_under_another_binding_kind_or_key(void **state)
{
	static const struct seal_key other_key = { { 9 } };
	struct session_store *other = NULL;
	uint8_t name[SESSION_STORE_NAME_BYTES];
	AUTO_BUF(out, 1024);
	assert_int_equal(put(1, "a.localhost", "one"), RC_OK);
	assert_false(found(store, 1, "b.localhost", "one"));
	assert_false(found(store, 1, "", "one"));
	name_of(1, name);
	assert_int_equal(session_store_get(store, SESSION_STORE_CHAIN, name, STR("a.localhost"), &out),
			 RC_NOT_FOUND);
	assert_int_equal(session_store_open(&other, fd, &other_key, NULL), RC_OK);
	assert_false(found(other, 1, "a.localhost", "one"));
	session_store_close(other);
	assert_true(found(store, 1, "a.localhost", "one"));
	assert_int_equal(out.n, 0);
}

static void any_byte_altered_makes_a_record_not_there(void **state)
{
	assert_int_equal(put(1, "x", "secret"), RC_OK);
	uint8_t *record = shared + HEAD + INDEX;
	assert_int_equal(record[0], 6);
	for (size_t i = 0; i < 4 + 12 + 6 + 16; i++) {
		for (int bit = 0; bit < 8; bit++) {
			record[i] = (uint8_t)(record[i] ^ 1 << bit);
			assert_false(found(store, 1, "x", "secret"));
			record[i] = (uint8_t)(record[i] ^ 1 << bit);
		}
	}
	assert_true(found(store, 1, "x", "secret"));
}

static void the_memory_shows_no_plain_text(void **state)
{
	assert_int_equal(put(1, "", "a very secret master key"), RC_OK);
	assert_null(memmem(shared, HEAD + INDEX + 65536, "secret", 6));
}

static void an_index_full_of_rubbish_finds_nothing_and_breaks_nothing(void **state)
{
	for (int round = 0; round < 20; round++) {
		random_fill(shared, HEAD + INDEX);
		random_fill(shared + HEAD + INDEX, 1 << 20);
		for (uint64_t n = 0; n < 2000; n++) {
			assert_false(found(store, n, "", "one"));
		}
	}
	/* A length that reaches over the ring's end is one that is not believed. */
	memset(shared, 0, HEAD + INDEX);
	memset(shared + HEAD + INDEX, 0xff, RING);
	for (uint64_t n = 0; n < 100; n++) {
		assert_false(found(store, n, "", "one"));
	}
	assert_int_equal(put(5, "", "five"), RC_OK);
	assert_true(found(store, 5, "", "five"));
}

static void the_oldest_give_way_and_the_newest_stay(void **state)
{
	AUTO_FREE char *big = mem_alloc(60001);
	memset(big, 'x', 60000);
	/* More than the ring holds. */
	for (uint64_t n = 0; n < 1300; n++) {
		assert_int_equal(put(n, "", big), RC_OK);
	}
	assert_false(found(store, 0, "", big));
	assert_false(found(store, 100, "", big));
	for (uint64_t n = 400; n < 1300; n++) {
		assert_true(found(store, n, "", big));
	}
}

static void what_will_be_overwritten_soon_is_said_not_to_be_there(void **state)
{
	uint8_t name[SESSION_STORE_NAME_BYTES];
	AUTO_FREE char *big = mem_alloc(60001);
	memset(big, 'x', 60000);
	name_of(7, name);
	assert_false(session_store_has(store, SESSION_STORE_SESSION, name));
	assert_int_equal(put(7, "", "seven"), RC_OK);
	assert_true(session_store_has(store, SESSION_STORE_SESSION, name));
	for (uint64_t n = 1000; n < 1700; n++) {
		assert_int_equal(put(n, "", big), RC_OK);
	}
	assert_false(session_store_has(store, SESSION_STORE_SESSION, name));
	assert_true(found(store, 7, "", "seven"));
}

static void a_record_over_the_limit_is_refused(void **state)
{
	uint8_t name[SESSION_STORE_NAME_BYTES];
	AUTO_FREE char *big = mem_alloc(SESSION_STORE_RECORD_MAX + 1);
	AUTO_BUF(out, SESSION_STORE_RECORD_MAX);
	AUTO_BUF(little, 10);
	name_of(1, name);
	assert_int_equal(session_store_put(store, SESSION_STORE_CHAIN, name, STR(""),
					   str_from(big, SESSION_STORE_RECORD_MAX + 1)),
			 RC_LIMIT);
	assert_int_equal(session_store_put(store, SESSION_STORE_CHAIN, name, STR(""),
					   str_from(big, SESSION_STORE_RECORD_MAX)),
			 RC_OK);
	assert_int_equal(session_store_get(store, SESSION_STORE_CHAIN, name, STR(""), &out), RC_OK);
	assert_int_equal(out.n, SESSION_STORE_RECORD_MAX);
	assert_int_equal(session_store_get(store, SESSION_STORE_CHAIN, name, STR(""), &little), RC_LIMIT);
	assert_int_equal(session_store_put(store, SESSION_STORE_CHAIN, name, STR(""), STR("")), RC_LIMIT);
}

/* Four writers, killed wherever they are: nobody waits for them, and what is found is whole. */
static void writers_that_are_killed_leave_no_lock_and_no_half_record(void **state)
{
	pid_t pids[4];
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct session_store *mine = NULL;
			if (session_store_open(&mine, fd, &KEY, NULL) != RC_OK) {
				_exit(1);
			}
			for (uint64_t n = 0;; n++) {
				uint8_t name[SESSION_STORE_NAME_BYTES];
				char text[5000];
				name_of(n % 50, name);
				memset(text, 'a' + (int)(n % 26), sizeof(text));
				(void)!session_store_put(mine, SESSION_STORE_SESSION, name, STR(""),
							 str_from(text, 1 + n * 37 % sizeof(text)));
			}
		}
	}
	size_t opened = 0;
	for (uint64_t n = 0; opened < 20000; n++) {
		uint8_t name[SESSION_STORE_NAME_BYTES];
		AUTO_BUF(out, 1 << 16);
		name_of(n % 50, name);
		if (session_store_get(store, SESSION_STORE_SESSION, name, STR(""), &out) != RC_OK) {
			continue;
		}
		opened++;
		for (size_t i = 1; i < out.n; i++) {
			assert_int_equal(out.p[i], out.p[0]);
		}
		if (opened == 10000) {
			for (int i = 0; i < 2; i++) {
				(void)kill(pids[i], SIGKILL);
			}
		}
	}
	for (int i = 0; i < 4; i++) {
		(void)kill(pids[i], SIGKILL);
		assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]);
	}
	assert_int_equal(put(1000, "", "after"), RC_OK);
	assert_true(found(store, 1000, "", "after"));
}

static void only_memory_that_cannot_shrink_is_mapped(void **state)
{
	struct session_store *none = NULL;
	int plain = memfd_create("plain", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(plain, HEAD + INDEX + RING), 0);
	assert_int_equal(session_store_open(&none, plain, &KEY, NULL), RC_INVALID);
	assert_int_equal(session_store_open(&none, STDIN_FILENO, &KEY, NULL), RC_INVALID);
	assert_int_equal(session_store_open(&none, -1, &KEY, NULL), RC_INVALID);
	(void)close(plain);
	assert_int_equal(ftruncate(fd, 4096), -1);
}

#define IN_STORE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

RUN_TESTS(IN_STORE(a_record_is_found_by_another_process_s_mapping),
	  IN_STORE(a_record_written_again_is_the_new_one),
	  IN_STORE(a_record_does_not_open_under_another_binding_kind_or_key),
	  IN_STORE(any_byte_altered_makes_a_record_not_there), IN_STORE(the_memory_shows_no_plain_text),
	  IN_STORE(an_index_full_of_rubbish_finds_nothing_and_breaks_nothing),
	  IN_STORE(the_oldest_give_way_and_the_newest_stay),
	  IN_STORE(what_will_be_overwritten_soon_is_said_not_to_be_there),
	  IN_STORE(a_record_over_the_limit_is_refused),
	  IN_STORE(writers_that_are_killed_leave_no_lock_and_no_half_record),
	  IN_STORE(only_memory_that_cannot_shrink_is_mapped))
