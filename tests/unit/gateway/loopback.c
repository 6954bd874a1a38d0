/* SPDX-License-Identifier: Apache-2.0
 * The gateway of a loopback: its registry, its journal, the receiver of its flows. */
#include "base/memory.h"
#include "base/random.h"
#include "journal/reader.h"
#include "os/socket.h"
#include "unit/folder.h"
#include "unit/gateway/furnish.h"
#include "unit/gateway/loopback_internal.h"
#include "unit/test.h"

#include <fcntl.h>

/* The gateway. */

static int open_folder(const struct loopback *l, const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/%s", l->folder, name);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void publish(struct loopback *l, const char *statements)
{
	AUTO(registry_batch_free_cleanup) struct registry_batch *batch = NULL;
	AUTO_FREE char *registry = mem_printf("%s/registry", l->folder);
	AUTO_FREE char *journal = mem_printf("%s/journal", l->folder);
	assert_int_equal(registry_writer_open(&l->writer, registry, NULL), RC_OK);
	assert_int_equal(registry_writer_start_rebuild(l->writer, &batch, NULL), RC_OK);
	furnish_base(batch, &l->secrets);
	furnish(batch, &l->secrets, l->receiver_url, statements);
	assert_int_equal(registry_writer_apply(l->writer, batch, NULL), RC_OK);
	assert_int_equal(journal_reader_open(&l->journal, journal, NULL), RC_OK);
}

void loopback_change(struct loopback *loopback, const char *statements)
{
	AUTO(registry_batch_free_cleanup) struct registry_batch *batch = registry_batch_new();
	furnish(batch, &loopback->secrets, loopback->receiver_url, statements);
	assert_int_equal(registry_writer_apply(loopback->writer, batch, NULL), RC_OK);
}

static struct value *settings_of(const struct loopback *l, const char *settings)
{
	struct value *v = NULL;
	assert_int_equal(value_parse(&v, str_of(settings[0] ? settings : "{}"), 4096, NULL), RC_OK);
	value_set_c(v, "state_dir", l->folder);
	if (!value_get(v, "host")) {
		value_set_c(v, "host", "localhost");
	}
	if (!value_get(v, "tell_reason")) {
		value_set_c(v, "tell_reason", "always");
	}
	return v;
}

static void start_gateway(struct loopback *l, const char *settings)
{
	AUTO_VALUE *v = settings_of(l, settings);
	struct err err = { 0 };
	l->registry_fd = open_folder(l, "registry");
	l->journal_fd = open_folder(l, "journal");
	if (serving_init(&l->gateway, v, l->registry_fd, -1, &l->secrets, &err) != RC_OK ||
	    serving_listen(&l->gateway, -1, l->journal_fd, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
}

/* "/never" is not answered. */
static void receiver_request(void *ctx, struct http_exchange *exchange)
{
	static const struct http_field field = { STR("content-type"), STR("text/plain") };
	AUTO_BUF(body, HTTP_BODY_MAX);
	if (str_is(http_exchange_path(exchange), "/never")) {
		return;
	}
	(void)buf_add_c(&body, "upstream got ");
	(void)buf_add(&body, http_exchange_body(exchange));
	http_exchange_respond(exchange, 200, &field, 1, buf_str(&body));
}

static void open_receiver(struct loopback *l)
{
	uint16_t port = 0;
	assert_int_equal(socket_listen_tcp("localhost", 0, &l->listener, &port, NULL), RC_OK);
	(void)snprintf(l->receiver_url, sizeof(l->receiver_url), "http://127.0.0.1:%u", port);
}

static void start_receiver(struct loopback *l)
{
	static const struct http_handler handler = { .on_request = receiver_request };
	assert_int_equal(http_server_new(&l->receiver, l->gateway.loop, NULL, &handler, NULL, NULL), RC_OK);
	assert_int_equal(http_server_listen(l->receiver, l->listener, NULL, NULL, NULL), RC_OK);
}

struct loopback *loopback_new(const char *settings, const char *statements)
{
	struct loopback *l = mem_alloc(sizeof(*l));
	l->folder = folder_make();
	random_fill(&l->secrets, sizeof(l->secrets));
	open_receiver(l);
	publish(l, statements);
	start_gateway(l, settings);
	start_receiver(l);
	return l;
}

void loopback_free(struct loopback *loopback)
{
	struct loopback *l = loopback;
	if (!l) {
		return;
	}
	while (l->callers) {
		loopback_hang_up(l->callers);
	}
	http_server_free(l->receiver);
	serving_fini(&l->gateway);
	journal_reader_close(l->journal);
	registry_writer_close(l->writer);
	value_free(l->record);
	(void)close(l->listener);
	(void)close(l->registry_fd);
	(void)close(l->journal_fd);
	folder_drop(l->folder);
	mem_free(l);
}

struct gateway *loopback_gateway(struct loopback *loopback)
{
	return &loopback->gateway;
}

/* The journal. */

struct wanted {
	const char *id; /* NULL: any */
	struct value *found;
};

static enum rc keep_if_wanted(void *context, struct str record, struct err *reterr)
{
	struct wanted *wanted = context;
	struct value *v = NULL;
	assert_int_equal(value_parse(&v, record, JOURNAL_MAX_RECORD, NULL), RC_OK);
	bool is_it = !wanted->id || str_is(value_get_str(v, "id"), wanted->id);
	value_free(is_it ? wanted->found : v);
	wanted->found = is_it ? v : wanted->found;
	return RC_OK;
}

static const struct value *find_record(struct loopback *l, const char *id)
{
	struct wanted wanted = { .id = id };
	size_t n = 0;
	journal_reader_rollback(l->journal);
	assert_int_equal(journal_reader_read(l->journal, 0, keep_if_wanted, &wanted, &n, NULL), RC_OK);
	value_free(l->record);
	l->record = wanted.found;
	return l->record;
}

const struct value *loopback_record(struct loopback *loopback, const char *id)
{
	const struct value *record = find_record(loopback, id);
	if (!record) {
		fail_msg("no record of %s", id);
	}
	return record;
}

const struct value *loopback_last_record(struct loopback *loopback)
{
	return find_record(loopback, NULL);
}
