/* SPDX-License-Identifier: Apache-2.0
 * Files are read up to a limit and replaced whole. */
#include "base/memory.h"
#include "os/file.h"
#include "os/socket.h"
#include "unit/test.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void files_are_replaced_whole(void **state)
{
	char folder[] = "/tmp/postern-XXXXXX";
	struct stat st;
	AUTO_BUF(text, 100);
	assert_non_null(mkdtemp(folder));
	AUTO_FREE char *deep = mem_printf("%s/a/b", folder);
	AUTO_FREE char *path = mem_printf("%s/file", deep);
	AUTO_FREE char *upper = mem_printf("%s/a", folder);
	assert_int_equal(file_make_folder(deep, 0700, NULL), RC_OK);
	assert_int_equal(file_make_folder(deep, 0700, NULL), RC_OK);
	assert_int_equal(file_read(path, 10, &text, NULL), RC_NOT_FOUND);
	assert_int_equal(file_write_atomic(path, STR("one"), 0600, NULL), RC_OK);
	assert_int_equal(file_write_atomic(path, STR("three"), 0640, NULL), RC_OK);
	assert_int_equal(file_write_new(path, STR("x"), 0600, NULL), RC_EXISTS);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(file_read(path, 4, &text, NULL), RC_LIMIT);
	buf_clear(&text);
	assert_int_equal(file_read(path, 5, &text, NULL), RC_OK);
	assert_string_equal(buf_c(&text), "three");
	file_remove(path);
	file_remove(path);
	assert_int_equal(rmdir(deep), 0); /* no temporary file is left */
	assert_int_equal(rmdir(upper), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void a_unix_listener_replaces_one_left_over(void **state)
{
	char folder[] = "/tmp/postern-XXXXXX";
	struct socket_address address;
	struct stat st;
	int fd, again, c, s;
	uid_t uid = (uid_t)-1;
	assert_non_null(mkdtemp(folder));
	AUTO_FREE char *path = mem_printf("%s/s.sock", folder);
	assert_int_equal(socket_listen_unix(path, 0600, &fd, NULL), RC_OK);
	file_close(fd);
	assert_int_equal(socket_listen_unix(path, 0600, &again, NULL), RC_OK);
	assert_true(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	assert_int_equal(socket_address_unix(path, &address, NULL), RC_OK);
	assert_int_equal(socket_accept(again, &s, NULL), RC_AGAIN);
	assert_int_equal(socket_connect_start(&address, &c, NULL), RC_OK);
	assert_int_equal(socket_accept(again, &s, NULL), RC_OK);
	assert_int_equal(socket_peer_uid(s, &uid), RC_OK);
	assert_int_equal(uid, getuid());
	file_close(c);
	file_close(s);
	file_close(again);
	file_remove(path);
	assert_int_equal(rmdir(folder), 0);
}

static void a_port_in_use_is_told(void **state)
{
	int a, b;
	uint16_t port = 0;
	assert_int_equal(socket_listen_tcp("localhost", 0, &a, &port, NULL), RC_OK);
	assert_true(port > 0);
	assert_int_equal(socket_listen_tcp("127.0.0.1", port, &b, NULL, NULL), RC_EXISTS);
	assert_int_equal(socket_listen_tcp("not an address", 0, &b, NULL, NULL), RC_INVALID);
	file_close(a);
}

static void an_accepted_connection_sends_small_writes_at_once(void **state)
{
	struct socket_address address;
	int listener, client, server, on = 0;
	socklen_t n = sizeof(on);
	uint16_t port = 0;
	assert_int_equal(socket_listen_tcp("127.0.0.1", 0, &listener, &port, NULL), RC_OK);
	assert_int_equal(socket_address_literal("127.0.0.1", port, &address), RC_OK);
	assert_int_equal(socket_connect_start(&address, &client, NULL), RC_OK);
	struct pollfd wait = { .fd = listener, .events = POLLIN };
	assert_int_equal(poll(&wait, 1, 5000), 1);
	assert_int_equal(socket_accept(listener, &server, NULL), RC_OK);
	assert_int_equal(getsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, &n), 0);
	assert_true(on != 0);
	file_close(server);
	file_close(client);
	file_close(listener);
}

RUN_TESTS(TEST(files_are_replaced_whole), TEST(a_unix_listener_replaces_one_left_over),
	  TEST(a_port_in_use_is_told), TEST(an_accepted_connection_sends_small_writes_at_once))
