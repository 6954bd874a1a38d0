/* SPDX-License-Identifier: Apache-2.0
 * The store keeps what it acknowledged and nothing of what failed. */
#include "store/engine/store.h"

#include "base/buf.h"
#include "store/key/instance.h"
#include "store/keystore/keystore_entry.h"
#include "store/key/service_key.h"
#include "store/key/service_key_certificate.h"
#include "store/subaccount/tenant.h"
#include "unit/folder.h"
#include "unit/test.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct world {
	char *folder;
	char *path;
	struct store *store;
};

static void open_world(struct world *w)
{
	struct err err = { 0 };
	enum rc rc = store_open(&w->store, w->path, &err);
	if (rc != RC_OK) {
		print_error("%s\n", err.text);
	}
	assert_int_equal(rc, RC_OK);
}

static int set_up(void **state)
{
	struct world *w = mem_alloc(sizeof(*w));
	w->folder = folder_make();
	w->path = mem_printf("%s/postern.db", w->folder);
	open_world(w);
	assert_int_equal(store_tenant_insert(w->store, &(struct store_tenant){ "default", "id-1", { 1 } },
					     NULL),
			 RC_OK);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	store_close(w->store);
	folder_drop(w->folder);
	mem_free(w->path);
	mem_free(w);
	return 0;
}

static struct store_instance instance(const char *id, const char *name)
{
	return (struct store_instance){
		"default", id, name, "it-rt", "integration-flow", "{}", { 5 }, { 6 }
	};
}

static void the_file_is_its_owner_s_alone(void **state)
{
	struct world *w = *state;
	struct stat st;
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_row_reads_back_as_it_was_written(void **state)
{
	struct world *w = *state;
	static const char bytes[] = { 1, 0, 2, (char)0xff };
	struct store_keystore_entry row = { "default", "Älias", "id",  "Key Pair",    "chain", { bytes, 4 },
					    "AB",      42,      "new", { 123456789 }, { -1 } };
	struct store_keystore_entry got = { 0 };
	assert_int_equal(store_keystore_entry_insert(w->store, &row, NULL), RC_OK);
	assert_int_equal(store_keystore_entry_get(w->store, "default", "Älias", &got, NULL), RC_OK);
	assert_true(str_equal(got.key, row.key));
	assert_string_equal(got.chain, "chain");
	assert_int_equal(got.size, 42);
	assert_true(got.created.us == 123456789 && got.modified.us == -1);
	store_keystore_entry_fini(&got);
	row.alias = "plain";
	row.key = STR_NONE;
	assert_int_equal(store_keystore_entry_insert(w->store, &row, NULL), RC_OK);
	assert_int_equal(store_keystore_entry_get(w->store, "default", "PLAIN", &got, NULL), RC_OK);
	assert_null(got.key.p);
	store_keystore_entry_fini(&got);
}

static void what_is_taken_missing_or_in_use_has_a_code_of_its_own(void **state)
{
	struct world *w = *state;
	struct store_instance a = instance("1", "a");
	struct store_instance same_name = instance("2", "a");
	struct store_instance stranger = instance("3", "c");
	struct store_instance got = { 0 };
	struct store_service_key key = { .tenant = "default",
					 .id = "k",
					 .instance = "1",
					 .name = "k",
					 .type = "clientid-secret",
					 .client_id = "c" };
	stranger.tenant = "nobody";
	assert_int_equal(store_instance_insert(w->store, &a, NULL), RC_OK);
	assert_int_equal(store_instance_insert(w->store, &same_name, NULL), RC_EXISTS);
	assert_int_equal(store_instance_insert(w->store, &stranger, NULL), RC_CONFLICT);
	assert_int_equal(store_instance_get(w->store, "default", "2", &got, NULL), RC_NOT_FOUND);
	assert_int_equal(store_instance_delete(w->store, "default", "2", NULL), RC_NOT_FOUND);
	assert_int_equal(store_instance_update(w->store,
					       &(struct store_instance){ "default", "9", "x", "it-rt", "api",
									 "{}" },
					       NULL),
			 RC_NOT_FOUND);
	assert_int_equal(store_service_key_insert(w->store, &key, NULL), RC_OK);
	assert_int_equal(store_instance_delete(w->store, "default", "1", NULL), RC_CONFLICT);
}

static void a_key_s_certificates_go_with_it(void **state)
{
	struct world *w = *state;
	struct store_instance a = instance("1", "a");
	struct store_service_key key = { .tenant = "default",
					 .id = "k",
					 .instance = "1",
					 .name = "k",
					 .type = "certificate-external",
					 .client_id = "c" };
	struct store_service_key_certificate c = { .tenant = "default",
						   .sha256 = "AA",
						   .key = "k",
						   .chain = "",
						   .subject = "CN=a",
						   .issuer = "CN=b",
						   .serial = "1",
						   .public_key_sha256 = "BB" };
	struct store_service_key_certificate got = { 0 };
	assert_int_equal(store_instance_insert(w->store, &a, NULL), RC_OK);
	assert_int_equal(store_service_key_insert(w->store, &key, NULL), RC_OK);
	assert_int_equal(store_service_key_certificate_insert(w->store, &c, NULL), RC_OK);
	assert_int_equal(store_service_key_certificate_insert(w->store, &c, NULL), RC_EXISTS);
	assert_int_equal(store_service_key_delete(w->store, "default", "k", NULL), RC_OK);
	assert_int_equal(store_service_key_certificate_get(w->store, "default", "AA", &got, NULL),
			 RC_NOT_FOUND);
}

static void an_open_transaction_leaves_nothing(void **state)
{
	struct world *w = *state;
	struct store_transaction t = { 0 };
	struct store_instance a = instance("1", "a");
	struct store_instance got = { 0 };
	assert_int_equal(store_transaction_begin(&t, w->store, NULL), RC_OK);
	assert_int_equal(store_instance_insert(w->store, &a, NULL), RC_OK);
	store_transaction_end(&t);
	assert_int_equal(store_instance_get(w->store, "default", "1", &got, NULL), RC_NOT_FOUND);
}

static void a_full_disk_is_told_and_changes_nothing(void **state)
{
	struct world *w = *state;
	struct store_transaction t = { 0 };
	struct err err = { 0 };
	struct store_instance_list list = { 0 };
	struct store_instance row = instance("1", "big");
	AUTO_BUF(big, 2000000);
	assert_non_null(buf_reserve(&big, 1500000));
	memset(big.p, ' ', 1500000);
	buf_added(&big, 1500000);
	row.parameters = buf_c(&big);
	assert_int_equal(store_limit(w->store, 100, NULL), RC_OK);
	assert_int_equal(store_transaction_begin(&t, w->store, NULL), RC_OK);
	assert_int_equal(store_instance_insert(w->store, &row, &err), RC_STORE);
	assert_int_equal(err.source, ERR_SQLITE);
	store_transaction_end(&t);
	assert_int_equal(store_instance_list_all(w->store, "default", &list, NULL), RC_OK);
	assert_int_equal(list.n, 0);
	store_instance_list_fini(&list);
	/* Room again, and it works on. */
	assert_int_equal(store_limit(w->store, 100000, NULL), RC_OK);
	assert_int_equal(store_instance_insert(w->store, &row, NULL), RC_OK);
}

static void a_store_that_another_holds_is_away_and_not_in_conflict(void **state)
{
	struct world *w = *state;
	struct store_transaction t = { 0 };
	struct store_instance row = instance("1", "a");
	struct store_instance got = { 0 };
	struct err err = { 0 };
	sqlite3 *other = NULL;
	assert_int_equal(sqlite3_open(w->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_instance_insert(w->store, &row, &err), RC_AWAY);
	assert_int_equal(store_transaction_begin(&t, w->store, NULL), RC_AWAY);
	assert_int_equal(store_instance_delete(w->store, "default", "1", NULL), RC_AWAY);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	assert_int_equal(store_instance_insert(w->store, &row, NULL), RC_OK);
	assert_int_equal(store_instance_get(w->store, "default", "1", &got, NULL), RC_OK);
	store_instance_fini(&got);
}

/* The disk as it is, but that it confirms nothing while `deaf`. */
static bool deaf;
static sqlite3_io_methods deaf_methods;
static int (*open_file)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
static int (*sync_file)(sqlite3_file *, int);

static int deaf_sync(sqlite3_file *file, int flags)
{
	return deaf ? SQLITE_IOERR_FSYNC : sync_file(file, flags);
}

static int deaf_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	int native = open_file(vfs, name, file, flags, ret_flags);
	if (native == SQLITE_OK && flags & SQLITE_OPEN_WAL) {
		deaf_methods = *file->pMethods;
		sync_file = deaf_methods.xSync;
		deaf_methods.xSync = deaf_sync;
		file->pMethods = &deaf_methods;
	}
	return native;
}

static void a_change_that_the_disk_did_not_confirm_is_uncertain(void **state)
{
	struct world *w = *state;
	struct store_transaction t = { 0 };
	struct store_instance row = instance("1", "a");
	struct store_instance got = { 0 };
	sqlite3_vfs vfs = *sqlite3_vfs_find(NULL);
	open_file = vfs.xOpen;
	vfs.xOpen = deaf_open;
	vfs.zName = "deaf";
	store_close(w->store);
	assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
	open_world(w);
	assert_int_equal(store_transaction_begin(&t, w->store, NULL), RC_OK);
	assert_int_equal(store_instance_insert(w->store, &row, NULL), RC_OK);
	deaf = true;
	assert_int_equal(store_transaction_commit(&t, NULL), RC_UNCERTAIN);
	store_transaction_end(&t);
	assert_int_equal(store_instance_get(w->store, "default", "1", &got, NULL), RC_NOT_FOUND);
	deaf = false;
	assert_int_equal(store_instance_insert(w->store, &row, NULL), RC_OK);
	store_close(w->store);
	assert_int_equal(sqlite3_vfs_unregister(&vfs), SQLITE_OK);
	open_world(w);
}

static void a_commit_survives_a_kill(void **state)
{
	struct world *w = *state;
	int told[2];
	char byte = 0;
	struct store_instance got = { 0 };
	pid_t child;
	store_close(w->store);
	w->store = NULL;
	assert_int_equal(pipe(told), 0);
	child = fork();
	if (child == 0) {
		struct store_transaction t = { 0 };
		struct store_instance a = instance("1", "kept");
		struct store_instance b = instance("2", "lost");
		if (store_open(&w->store, w->path, NULL) != RC_OK ||
		    store_transaction_begin(&t, w->store, NULL) != RC_OK ||
		    store_instance_insert(w->store, &a, NULL) != RC_OK ||
		    store_transaction_commit(&t, NULL) != RC_OK ||
		    store_transaction_begin(&t, w->store, NULL) != RC_OK ||
		    store_instance_insert(w->store, &b, NULL) != RC_OK || write(told[1], "x", 1) != 1) {
			_exit(1);
		}
		for (;;) {
			(void)pause();
		}
	}
	assert_int_equal(read(told[0], &byte, 1), 1);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	(void)close(told[0]);
	(void)close(told[1]);
	open_world(w);
	assert_int_equal(store_instance_get(w->store, "default", "1", &got, NULL), RC_OK);
	store_instance_fini(&got);
	assert_int_equal(store_instance_get(w->store, "default", "2", &got, NULL), RC_NOT_FOUND);
}

static void a_file_that_is_no_store_is_refused(void **state)
{
	struct world *w = *state;
	struct store *other = NULL;
	AUTO_FREE char *path = mem_printf("%s/other", w->folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 2000; i++) {
		(void)fputs("this is no database ", f);
	}
	(void)fclose(f);
	assert_int_equal(store_open(&other, path, NULL), RC_STORE);
	assert_int_equal(store_open(&other, "/nonexistent/folder/db", NULL), RC_IO);
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

RUN_TESTS(STORE_TEST(the_file_is_its_owner_s_alone), STORE_TEST(a_row_reads_back_as_it_was_written),
	  STORE_TEST(what_is_taken_missing_or_in_use_has_a_code_of_its_own),
	  STORE_TEST(a_key_s_certificates_go_with_it), STORE_TEST(an_open_transaction_leaves_nothing),
	  STORE_TEST(a_full_disk_is_told_and_changes_nothing),
	  STORE_TEST(a_store_that_another_holds_is_away_and_not_in_conflict),
	  STORE_TEST(a_change_that_the_disk_did_not_confirm_is_uncertain),
	  STORE_TEST(a_commit_survives_a_kill), STORE_TEST(a_file_that_is_no_store_is_refused))
