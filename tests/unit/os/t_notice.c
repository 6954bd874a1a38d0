/* SPDX-License-Identifier: Apache-2.0
 * Messages between processes carry a descriptor, and only ours are taken. */
#include "os/file.h"
#include "os/notice.h"
#include "unit/test.h"

#include <sys/socket.h>
#include <unistd.h>

static void a_descriptor_comes_along(void **state)
{
	int pair[2], fd, got = -1;
	struct notice m = { .kind = NOTICE_SLOT_PUT, .slot = 3, .value = 7 }, r = { 0 };
	AUTO_BUF(text, 100);
	assert_int_equal(notice_pair(pair, NULL), RC_OK);
	assert_int_equal(notice_receive(pair[1], &r, &got, NULL), RC_AGAIN);
	assert_int_equal(file_memory_sealed("test", STR("secret"), &fd, NULL), RC_OK);
	assert_int_equal(notice_send(pair[0], &m, fd, NULL), RC_OK);
	file_close(fd);
	m.kind = NOTICE_READY;
	assert_int_equal(notice_send(pair[0], &m, -1, NULL), RC_OK);
	assert_int_equal(notice_receive(pair[1], &r, &got, NULL), RC_OK);
	assert_true(r.kind == NOTICE_SLOT_PUT && r.slot == 3 && r.value == 7);
	assert_int_equal(file_read_sealed(got, 100, &text, NULL), RC_OK);
	assert_string_equal(buf_c(&text), "secret");
	assert_int_equal(file_read_sealed(got, 5, &text, NULL), RC_LIMIT);
	assert_int_equal(file_read_sealed(pair[0], 5, &text, NULL), RC_DENIED);
	assert_int_equal(write(got, "x", 1), -1);
	file_close(got);
	assert_int_equal(notice_receive(pair[1], &r, &got, NULL), RC_OK);
	assert_int_equal(got, -1);
	file_close(pair[0]);
	assert_int_equal(notice_receive(pair[1], &r, &got, NULL), RC_CLOSED);
	assert_int_equal(notice_send(pair[1], &m, -1, NULL), RC_CLOSED);
	file_close(pair[1]);
}

static void what_is_not_ours_is_refused(void **state)
{
	int pair[2], got;
	struct notice m = { .kind = NOTICE_KIND_END }, r;
	assert_int_equal(notice_pair(pair, NULL), RC_OK);
	assert_int_equal(send(pair[0], "short", 5, 0), 5);
	assert_int_equal(notice_receive(pair[1], &r, &got, NULL), RC_PROTO);
	assert_int_equal(send(pair[0], &m, sizeof(m), 0), sizeof(m));
	assert_int_equal(notice_receive(pair[1], &r, &got, NULL), RC_PROTO);
	while (notice_send(pair[0], &(struct notice){ .kind = NOTICE_READY }, -1, NULL) == RC_OK) {
		continue;
	}
	assert_int_equal(notice_send(pair[0], &(struct notice){ .kind = NOTICE_READY }, -1, NULL), RC_AGAIN);
	file_close(pair[0]);
	file_close(pair[1]);
}

RUN_TESTS(TEST(a_descriptor_comes_along), TEST(what_is_not_ours_is_refused))
