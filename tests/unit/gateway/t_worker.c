/* SPDX-License-Identifier: Apache-2.0
 * A worker as the supervisor starts it: a process with its descriptors, told its secrets, serving over TCP,
 * drained. What it answers is t_gateway.c's. */
#include "base/memory.h"
#include "base/random.h"
#include "gateway/worker.h"
#include "http/client/client.h"
#include "os/file.h"
#include "os/notice.h"
#include "os/process.h"
#include "os/socket.h"
#include "registry/writer.h"
#include "unit/folder.h"
#include "unit/gateway/furnish.h"
#include "unit/gateway/parties.h"
#include "unit/test.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>

struct fixture {
	char *folder, *registry, *journal;
	struct seal_key secrets;
	struct registry_writer *writer;
	struct loop *loop;
	struct http_client *client;
	struct tls_client_context *tls;
	uint16_t port;
	int control;
	pid_t pid;
};

static void publish(struct fixture *f)
{
	AUTO(registry_batch_free_cleanup) struct registry_batch *batch = NULL;
	assert_int_equal(registry_writer_open(&f->writer, f->registry, NULL), RC_OK);
	assert_int_equal(registry_writer_start_rebuild(f->writer, &batch, NULL), RC_OK);
	furnish_base(batch, &f->secrets);
	furnish(batch, &f->secrets, "", "trust root; key good; endpoint /orders");
	assert_int_equal(registry_writer_apply(f->writer, batch, NULL), RC_OK);
}

static int open_folder(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY);
}

/* Descriptors at 3 to 6. */
static void place(const int fds[4])
{
	int high[4];
	for (int i = 0; i < 4; i++) {
		high[i] = fcntl(fds[i], F_DUPFD, 100);
	}
	for (int i = 0; i < 4; i++) {
		(void)dup2(high[i], 3 + i);
	}
}

static void be_worker(const struct fixture *f, int control, int listener)
{
	AUTO_VALUE *settings = value_object();
	struct err err = { 0 };
	if (process_die_with_parent(0) != RC_OK) {
		_exit(1);
	}
	place((const int[4]){ control, listener, open_folder(f->registry), open_folder(f->journal) });
	value_set_c(settings, "state_dir", f->folder);
	value_set_c(settings, "host", "localhost");
	value_set_int(settings, "worker", 1);
	enum rc rc = worker_run(settings, &err);
	if (rc != RC_OK) {
		(void)dprintf(2, "worker: %s\n", err.text);
	}
	_exit(rc == RC_OK ? 0 : 1);
}

static void start_worker(struct fixture *f)
{
	int pair[2], listener;
	assert_int_equal(notice_pair(pair, NULL), RC_OK);
	assert_int_equal(socket_listen_tcp("localhost", 0, &listener, &f->port, NULL), RC_OK);
	f->pid = fork();
	if (f->pid == 0) {
		be_worker(f, pair[1], listener);
	}
	(void)close(pair[1]);
	(void)close(listener);
	f->control = pair[0];
}

static void tell_secrets(struct fixture *f)
{
	const struct notice notice = { .kind = NOTICE_SLOT_PUT };
	int secrets;
	assert_int_equal(file_memory_sealed("secrets", str_from(f->secrets.b, SEAL_KEY_BYTES), &secrets,
					    NULL),
			 RC_OK);
	assert_int_equal(notice_send(f->control, &notice, secrets, NULL), RC_OK);
	(void)close(secrets);
}

static bool says_something(const struct fixture *f, int patience_ms)
{
	struct pollfd pollfd = { .fd = f->control, .events = POLLIN };
	return poll(&pollfd, 1, patience_ms) == 1;
}

static void assert_ready(struct fixture *f)
{
	struct notice notice;
	int fd;
	assert_true(says_something(f, 20000));
	assert_int_equal(notice_receive(f->control, &notice, &fd, NULL), RC_OK);
	assert_int_equal(notice.kind, NOTICE_READY);
}

static void assert_ends_well(struct fixture *f)
{
	int status = 0;
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void drain(struct fixture *f)
{
	const struct notice notice = { .kind = NOTICE_DRAIN };
	assert_int_equal(notice_send(f->control, &notice, -1, NULL), RC_OK);
}

static void fixture_init(struct fixture *f)
{
	const struct party *good = party_get("good");
	const struct tls_client_options options = { .anchors = &party_get("root")->chain,
						    .identity = { &good->chain, good->key } };
	*f = (struct fixture){ .folder = folder_make() };
	f->registry = mem_printf("%s/registry", f->folder);
	f->journal = mem_printf("%s/journal", f->folder);
	random_fill(&f->secrets, sizeof(f->secrets));
	assert_int_equal(mkdir(f->registry, 0700), 0);
	assert_int_equal(mkdir(f->journal, 0700), 0);
	assert_int_equal(loop_new(&f->loop, NULL), RC_OK);
	assert_int_equal(http_client_new(&f->client, f->loop, NULL, NULL), RC_OK);
	assert_int_equal(tls_client_context_new(&f->tls, &options, NULL), RC_OK);
	start_worker(f);
}

static void fixture_fini(struct fixture *f)
{
	http_client_free(f->client);
	tls_client_context_free(f->tls);
	loop_free(f->loop);
	registry_writer_close(f->writer);
	(void)close(f->control);
	folder_drop(f->folder);
	mem_free(f->registry);
	mem_free(f->journal);
}

static void on_reply(void *context, enum rc rc, const struct http_client_response *response,
		     const struct err *err)
{
	*(int *)context = rc == RC_OK ? response->status : -1;
}

/* Status of an answer; -1: none. */
static int call(struct fixture *f, const char *path)
{
	AUTO_FREE char *url = mem_printf("https://localhost:%u%s", f->port, path);
	const struct http_client_request request = { .url = str_of(url), .tls = f->tls };
	int status = 0;
	assert_int_equal(http_client_call(f->client, &request, on_reply, &status, NULL, NULL), RC_OK);
	while (status == 0) {
		assert_int_equal(loop_turn(f->loop, 20000, NULL), RC_OK);
	}
	return status;
}

static void a_worker_serves_once_it_is_ready_and_ends_well_when_drained(void **state)
{
	struct fixture f;
	fixture_init(&f);
	publish(&f);
	tell_secrets(&f);
	assert_ready(&f);
	assert_int_equal(call(&f, "/http/orders"), 200);
	assert_int_equal(call(&f, "/http/nothing"), 404);
	drain(&f);
	assert_ends_well(&f);
	assert_int_equal(call(&f, "/http/orders"), -1);
	fixture_fini(&f);
}

static void a_worker_waits_for_its_secrets_and_for_a_registry(void **state)
{
	struct fixture f;
	fixture_init(&f);
	assert_false(says_something(&f, 100));
	tell_secrets(&f);
	assert_false(says_something(&f, 100));
	publish(&f);
	assert_ready(&f);
	assert_int_equal(call(&f, "/http/orders"), 200);
	drain(&f);
	assert_ends_well(&f);
	fixture_fini(&f);
}

static void a_worker_that_waits_can_be_drained_and_ends_with_its_supervisor(void **state)
{
	for (int gone = 0; gone < 2; gone++) {
		struct fixture f;
		fixture_init(&f);
		if (gone) {
			(void)shutdown(f.control, SHUT_RDWR);
		} else {
			drain(&f);
		}
		assert_ends_well(&f);
		fixture_fini(&f);
	}
}

static int tear_down(void **state)
{
	parties_free();
	furnish_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_worker_serves_once_it_is_ready_and_ends_well_when_drained),
		TEST(a_worker_waits_for_its_secrets_and_for_a_registry),
		TEST(a_worker_that_waits_can_be_drained_and_ends_with_its_supervisor),
	};
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
