/* SPDX-License-Identifier: Apache-2.0
 * One call: whose memory it is, and what its owner is told. */
#include "http/client/client_internal.h"

#include <stddef.h>

/* Below this on_writable comes [bytes]. */
#define WRITE_LOW ((size_t)32 * 1024)
#define IN_BYTES (HTTP_HEAD_MAX + (size_t)16 * 1024)

void client_call_release(struct http_call *call)
{
	loop_timer_free(call->timer);
	mem_free(call->addresses);
	buf_fini(&call->out);
	buf_fini(&call->in);
	buf_fini(&call->head);
	buf_fini(&call->body);
	mem_free(call);
}

static void keep_buffer(struct buf *b)
{
	if (b->size > CLIENT_SPARE_BYTES_MAX) {
		buf_fini(b);
	} else {
		buf_clear(b);
	}
}

void client_call_free(void *object)
{
	struct http_call *call = object;
	struct http_client *client = call->client;
	if (client->n_spare_calls == CLIENT_SPARES_MAX) {
		client_call_release(call);
		return;
	}
	keep_buffer(&call->out);
	keep_buffer(&call->in);
	keep_buffer(&call->head);
	keep_buffer(&call->body);
	call->next = client->spare_calls;
	client->spare_calls = call;
	client->n_spare_calls++;
}

/* Everything but the answer's head is cleared, buffers keep their memory. */
struct http_call *client_call_new(struct http_client *client)
{
	struct http_call *call = client->spare_calls;
	if (call) {
		client->spare_calls = call->next;
		client->n_spare_calls--;
	} else {
		call = mem_alloc(sizeof(*call));
	}
	struct http_call kept = { .timer = call->timer,
				  .addresses = call->addresses,
				  .out = call->out,
				  .in = call->in,
				  .head = call->head,
				  .body = call->body };
	memcpy(call, &kept, offsetof(struct http_call, response));
	call->client = client;
	call->out.max = SIZE_MAX;
	call->out.secret = true; /* Authorization */
	call->in.max = IN_BYTES;
	call->head.max = HTTP_HEAD_MAX;
	return call;
}

void client_call_detach(struct http_call *call)
{
	call->dead = true;
	*(call->previous ? &call->previous->next : &call->client->calls) = call->next;
	if (call->next) {
		call->next->previous = call->previous;
	}
	resolve_cancel(TAKE(call->resolve));
	if (call->timer) {
		loop_timer_stop(call->timer);
	}
	if (call->connection) {
		call->connection->call = NULL;
		pool_drop(TAKE(call->connection));
	}
	receiver_release(TAKE(call->receiver));
	loop_defer(call->client->loop, client_call_free, call);
}

void client_call_fail(struct http_call *call, enum rc rc, const struct err *err)
{
	client_call_detach(call);
	if (call->handler) {
		call->handler->on_end(call->context, rc, err);
	} else {
		call->fn(call->context, rc, NULL, err);
	}
}

static struct http_client_response response_of(const struct http_call *call)
{
	const struct h1_response *r = &call->response;
	bool known = r->framing == H1_BODY_LENGTH || r->framing == H1_BODY_NONE;
	return (struct http_client_response){ .status = r->status,
					      .fields = r->fields,
					      .n_fields = r->n_fields,
					      .length = known ? r->length : HTTP_LENGTH_UNKNOWN,
					      .connection_tls = call->tls,
					      .reused = call->reused };
}

void client_call_head_read(struct http_call *call)
{
	if (!call->handler) {
		return;
	}
	call->told = UINT64_MAX; /* on_body follows at once */
	const struct http_client_response response = response_of(call);
	call->handler->on_response(call->context, &response);
}

static void call_end(struct http_call *call)
{
	struct http_client_response response = response_of(call);
	response.body = buf_str(&call->body);
	client_call_detach(call);
	if (call->handler) {
		call->handler->on_end(call->context, RC_OK, NULL);
	} else {
		call->fn(call->context, RC_OK, &response, NULL);
	}
}

void client_call_end_later(void *object)
{
	struct http_call *call = object;
	if (!call->dead) {
		call_end(call);
	}
}

void client_call_body_arrived(struct http_call *call)
{
	if (!call->handler) {
		if (call->whole) {
			call_end(call);
		}
		return;
	}
	if (call->told == call->received && call->whole == call->told_whole) {
		return;
	}
	call->told = call->received;
	call->told_whole = call->whole;
	call->handler->on_body(call->context);
	if (!call->dead && call->whole && call->body.n == 0 && !call->ending) {
		call_end(call);
	}
}

bool client_call_tell_writable(struct http_call *call)
{
	if (!call->blocked || client_call_unsent(call) > WRITE_LOW) {
		return false;
	}
	call->blocked = false;
	if (call->handler->on_writable) {
		call->handler->on_writable(call->context);
	}
	return true;
}
