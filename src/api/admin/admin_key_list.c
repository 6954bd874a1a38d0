/* SPDX-License-Identifier: Apache-2.0
 * The service keys of an instance: a million of them are told in pieces. */
#include "api/admin/admin.h"
#include "api/core/stream.h"
#include "base/memory.h"
#include "service/key/key_row.h"

/* So many are told at once and in the order in which they were made; more by name, so many at a time. */
#define WHOLE_MAX 10000
#define PIECE 200
#define KEY_MAX_TEXT ((size_t)1024 * 1024)

/* Between two pieces: the name of the last key told. */
static void keep(struct call *call, struct str name)
{
	mem_free(call->state);
	call->state = str_dup(name);
	call->state_free = mem_free;
}

static enum rc write_key(struct call *call, const struct value *key, struct err *reterr)
{
	AUTO_BUF(text, KEY_MAX_TEXT);
	if (value_format(key, &text) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "A service key is larger than %zu bytes.", KEY_MAX_TEXT);
	}
	stream_write(call, call->state ? STR(",") : STR("["));
	stream_write(call, buf_str(&text));
	keep(call, value_get_str(key, "name"));
	return RC_OK;
}

static enum rc write_piece(struct call *call, struct err *reterr)
{
	AUTO_VALUE *keys = NULL;
	const struct page page = { .after = call->state, .limit = PIECE };
	TRY(service_key_list(call->session, call->tenant, call->params[0], &page, &keys, reterr));
	size_t n = value_count(keys);
	for (size_t i = 0; i < n && i < PIECE; i++) {
		TRY(write_key(call, value_at(keys, i), reterr));
	}
	if (n <= PIECE) {
		stream_write(call, call->state ? STR("]") : STR("[]"));
		stream_end(call);
	}
	return RC_OK;
}

static void more(struct call *call)
{
	struct err err = { 0 };
	if (write_piece(call, &err) != RC_OK) {
		stream_fail(call, &err);
	}
}

void admin_key_list(struct call *call)
{
	struct err err = { 0 };
	struct value *v = NULL;
	int64_t n = 0;
	enum rc rc = RC_OK;
	if (!page_is_part(&call->page)) {
		rc = service_key_count(call->session, call->tenant, call->params[0], &n, &err);
	}
	if (rc == RC_OK && n > WHOLE_MAX) {
		stream_begin(call, more);
		return;
	}
	if (rc == RC_OK) {
		rc = service_key_list(call->session, call->tenant, call->params[0], &call->page, &v, &err);
	}
	call_finish(call, rc, 200, v, &err);
}
