/* SPDX-License-Identifier: Apache-2.0
 * A server that answers each request with what it understood, for tests that compare it with another parser:
 * length-prefixed method, path, query and body. Prints its port; ends with its standard input. */
#include "http/server/server.h"
#include "os/socket.h"

#include <stdio.h>
#include <unistd.h>

static void add(struct buf *out, const char *name, struct str text)
{
	(void)buf_printf(out, "%s %zu\n", name, text.n);
	(void)buf_add(out, text);
	(void)buf_add_char(out, '\n');
}

static void on_request(void *ctx, struct http_exchange *x)
{
	AUTO_BUF(out, 2 * HTTP_BODY_MAX);
	struct str query = http_exchange_query(x);
	add(&out, "method", http_exchange_method(x));
	add(&out, "path", http_exchange_path(x));
	add(&out, "query", query.p ? query : STR(""));
	add(&out, "body", http_exchange_body(x));
	http_exchange_respond(x, 200, NULL, 0, buf_str(&out));
}

static void ended(void *context, unsigned ready)
{
	char byte;
	if (read(STDIN_FILENO, &byte, 1) <= 0) {
		loop_stop(context);
	}
}

int main(void)
{
	static const struct http_handler handler = { .on_request = on_request };
	struct loop *loop = NULL;
	struct loop_watch *input = NULL;
	struct http_server *server = NULL;
	struct err err = { 0 };
	int listener = -1;
	uint16_t port = 0;
	if (loop_new(&loop, &err) != RC_OK ||
	    http_server_new(&server, loop, NULL, &handler, NULL, &err) != RC_OK ||
	    socket_listen_tcp("localhost", 0, &listener, &port, &err) != RC_OK ||
	    http_server_listen(server, listener, NULL, NULL, &err) != RC_OK ||
	    loop_watch_new(&input, loop, STDIN_FILENO, LOOP_READ, ended, loop, &err) != RC_OK) {
		(void)fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	(void)printf("%u\n", port);
	(void)fflush(stdout);
	enum rc rc = loop_run(loop, &err);
	loop_watch_free(input);
	http_server_free(server);
	loop_free(loop);
	(void)close(listener);
	return rc == RC_OK ? 0 : 1;
}
