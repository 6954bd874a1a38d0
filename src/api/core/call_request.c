/* SPDX-License-Identifier: Apache-2.0
 * What a request says, copied. */
#include "api/core/call_request.h"

#include "base/memory.h"

static struct str copy(char **at, struct str from)
{
	if (!from.p) {
		return STR_NONE;
	}
	memcpy(*at, from.p, from.n);
	struct str to = str_from(*at, from.n);
	*at += from.n;
	*(*at)++ = '\0';
	return to;
}

void call_request_init(struct call_request *request, struct http_exchange *exchange)
{
	size_t n;
	const struct http_field *fields = http_exchange_fields(exchange, &n);
	const struct str head[] = { http_exchange_method(exchange), http_exchange_path(exchange),
				    http_exchange_query(exchange), http_exchange_host(exchange) };
	const char *peer = http_connection_peer(http_exchange_connection(exchange));
	size_t room = strlen(peer) + 1;
	for (size_t i = 0; i < ARRAY_SIZE(head); i++) {
		room += head[i].n + 1;
	}
	for (size_t i = 0; i < n; i++) {
		room += fields[i].name.n + fields[i].value.n + 2;
	}
	char *at = request->text = mem_alloc(room);
	request->text_size = room;
	request->method = copy(&at, head[0]);
	request->path = copy(&at, head[1]);
	request->query = copy(&at, head[2]);
	request->host = copy(&at, head[3]);
	request->peer = copy(&at, str_of(peer)).p;
	request->is_unix = http_connection_is_unix(http_exchange_connection(exchange), NULL);
	request->fields = mem_array(n ? n : 1, sizeof(*request->fields));
	request->n_fields = n;
	for (size_t i = 0; i < n; i++) {
		request->fields[i] =
			(struct http_field){ copy(&at, fields[i].name), copy(&at, fields[i].value) };
	}
}

void call_request_take_body(struct call_request *request, struct http_exchange *exchange)
{
	struct str body = http_exchange_body(exchange);
	if (!body.p) {
		return;
	}
	char *at = request->body_text = mem_alloc(body.n + 1);
	request->body = copy(&at, body);
}

void call_request_fini(struct call_request *request)
{
	/* Passwords and tokens are in fields, passwords and keys in bodies. */
	if (request->text) {
		mem_wipe(request->text, request->text_size);
	}
	if (request->body_text) {
		mem_wipe(request->body_text, request->body.n);
	}
	mem_free(request->fields);
	mem_free(request->text);
	mem_free(request->body_text);
	*request = (struct call_request){ 0 };
}

struct str call_request_field(const struct call_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_fields; i++) {
		if (str_equal_nocase(request->fields[i].name, str_of(name))) {
			return request->fields[i].value;
		}
	}
	return STR_NONE;
}
