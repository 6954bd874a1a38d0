/* SPDX-License-Identifier: Apache-2.0
 * Messages are listed newest first, page by page, and kept up to a number. */
#include "store/content/message.h"

#include "base/buf.h"
#include "store/subaccount/tenant.h"
#include "unit/folder.h"
#include "unit/test.h"

static void add(struct store *store, const char *tenant, int id, int64_t time, const char *status)
{
	char text[16];
	(void)snprintf(text, sizeof(text), "m%d", id);
	assert_int_equal(store_message_add(store,
					   &(struct store_message){ .tenant = tenant,
								    .id = text,
								    .time = { time },
								    .artifact = "a",
								    .address = "/a",
								    .status = status,
								    .code = "",
								    .client = "",
								    .subject = "",
								    .sha256 = "",
								    .tls = "",
								    .record = "{}" },
					   NULL),
			 RC_OK);
}

static struct store *make(char **ret_folder)
{
	struct store *store = NULL;
	*ret_folder = folder_make();
	AUTO_FREE char *path = mem_printf("%s/db", *ret_folder);
	assert_int_equal(store_open(&store, path, NULL), RC_OK);
	assert_int_equal(store_tenant_insert(store, &(struct store_tenant){ "default", "1", { 1 } }, NULL),
			 RC_OK);
	assert_int_equal(store_tenant_insert(store, &(struct store_tenant){ "other", "2", { 1 } }, NULL),
			 RC_OK);
	return store;
}

static void expect(struct store *store, const char *tenant, struct store_message_filter filter,
		   const char *ids)
{
	struct store_message_list list = { 0 };
	AUTO_BUF(seen, 1000);
	assert_int_equal(store_message_list_newest(store, tenant, &filter, &list, NULL), RC_OK);
	for (size_t i = 0; i < list.n; i++) {
		(void)buf_printf(&seen, "%s ", list.items[i].id);
	}
	store_message_list_fini(&list);
	assert_string_equal(buf_c(&seen), ids);
}

static void pages_neither_repeat_nor_leave_out(void **state)
{
	char *folder = NULL;
	struct store *store = make(&folder);
	for (int i = 0; i < 6; i++) {
		add(store, "default", i, 100 + i / 3, i % 2 ? "REFUSED" : "COMPLETED");
	}
	add(store, "other", 9, 500, "REFUSED");
	add(store, "default", 0, 900, "FAILED"); /* again after a restart: stays as it was */
	expect(store, "default", (struct store_message_filter){ .limit = 4 }, "m5 m4 m3 m2 ");
	expect(store, "default", (struct store_message_filter){ .limit = 4, .after = "m2" }, "m1 m0 ");
	expect(store, "default", (struct store_message_filter){ .limit = 9, .status = "REFUSED" },
	       "m5 m3 m1 ");
	expect(store, "default", (struct store_message_filter){ .limit = 9, .after = "unknown" }, "");
	expect(store, "default", (struct store_message_filter){ .limit = 9, .processed = true }, "m4 m2 m0 ");
	expect(store, "other", (struct store_message_filter){ .limit = 9, .processed = true }, "");
	expect(store, "other", (struct store_message_filter){ .limit = 9 }, "m9 ");
	store_close(store);
	folder_drop(folder);
}

static void trimming_keeps_the_newest_of_one_tenant(void **state)
{
	char *folder = NULL;
	struct store *store = make(&folder);
	for (int i = 0; i < 5; i++) {
		add(store, "default", i, i, "COMPLETED");
	}
	add(store, "other", 9, 0, "COMPLETED");
	assert_int_equal(store_message_trim(store, "default", 2, NULL), RC_OK);
	assert_int_equal(store_message_trim(store, "default", 2, NULL), RC_OK);
	expect(store, "default", (struct store_message_filter){ .limit = 9 }, "m4 m3 ");
	expect(store, "other", (struct store_message_filter){ .limit = 9 }, "m9 ");
	store_close(store);
	folder_drop(folder);
}

RUN_TESTS(TEST(pages_neither_repeat_nor_leave_out), TEST(trimming_keeps_the_newest_of_one_tenant))
