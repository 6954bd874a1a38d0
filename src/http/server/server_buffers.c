/* SPDX-License-Identifier: Apache-2.0
 * Memory that one request gives back and the next one takes. */
#include "http/server/server_internal.h"

void server_take_buffer(struct http_server *server, struct buf *b)
{
	size_t max = b->max;
	if (b->p || server->n_spare_buffers == 0) {
		return;
	}
	*b = server->spare_buffers[--server->n_spare_buffers];
	b->max = max;
}

void server_give_buffer(struct http_server *server, struct buf *b)
{
	if (!b->p) {
		return;
	}
	if (server->n_spare_buffers == SERVER_SPARES_MAX || b->size > SERVER_SPARE_BYTES_MAX) {
		buf_fini(b);
		return;
	}
	buf_clear(b);
	server->spare_buffers[server->n_spare_buffers++] = *b;
	*b = BUF(b->max);
}

void server_free_spares(struct http_server *server)
{
	while (server->n_spare_buffers > 0) {
		buf_fini(&server->spare_buffers[--server->n_spare_buffers]);
	}
	while (server->spare_exchanges) {
		struct http_exchange *x = server->spare_exchanges;
		server->spare_exchanges = x->next_spare;
		mem_free(x);
	}
}
