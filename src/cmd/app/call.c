/* SPDX-License-Identifier: Apache-2.0
 * `postern call`: curl through a destination. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/app/through.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

#include <string.h>

#define BODY_MAX ((size_t)40 * 1024 * 1024)
#define HEADERS_MAX 50
#define OWN_CA_MAX ((size_t)64 * 1024)

/* What looks like JSON is said to be JSON, unless a header says otherwise. */
static const char *type_of(struct str body)
{
	struct str text = str_trim(body);
	bool json = text.n && (text.p[0] == '{' || text.p[0] == '[');
	return json ? "Content-Type: application/json" : "Content-Type: text/plain; charset=utf-8";
}

static bool names_type(const char *const *headers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_equal_nocase(str_first(str_of(headers[i]), 13), STR("content-type:"))) {
			return true;
		}
	}
	return false;
}

static enum rc fetch(struct command_line *line, struct value **ret_found, struct value **ret_ca,
		     struct err *reterr)
{
	struct client *client;
	AUTO_FREE char *path =
		client_path("/destination-configuration/v1/destinations/%s", command_argument(line, 0));
	TRY(command_client(line, &client, reterr));
	enum rc rc = client_get(client, path, ret_found, reterr);
	if (rc == RC_NOT_FOUND) {
		err_fix(reterr, "`postern destination list` shows the destinations there are.");
	}
	if (rc != RC_OK) {
		return rc;
	}
	return client_get(client, "/admin/v1/ca", ret_ca, reterr);
}

static enum rc read_headers(const struct command_line *line, const char **headers, size_t *ret_n,
			    struct err *reterr)
{
	const char *one;
	size_t n = 0;
	while ((one = command_option_at(line, "header", n))) {
		if (n + 2 >= HEADERS_MAX || !strchr(one, ':') || strpbrk(one, "\r\n")) {
			return command_usage_error(
				reterr, "The option --header takes \"Name: value\", at most %d of them.",
				HEADERS_MAX - 2);
		}
		headers[n++] = one;
	}
	*ret_n = n;
	return RC_OK;
}

/* A method is a token (RFC 9110, section 5.6.2); anything else would tear the request line. */
static bool is_method(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (!char_is_letter_or_digit(*p) && !strchr("!#$%&'*+-.^_`|~", *p)) {
			return false;
		}
	}
	return *text;
}

static enum rc call_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *found = NULL;
	AUTO_VALUE *ca = NULL;
	AUTO_BUF_SECRET(body, BODY_MAX);
	AUTO_BUF(own, OWN_CA_MAX);
	const char *headers[HEADERS_MAX], *data = command_option(line, "data"),
					  *method = command_option(line, "request");
	struct through_answer answer;
	struct through_request request = {
		.path = command_argument(line, 1),
		.method = method ? method
			  : data ? "POST"
				 : "GET",
		.headers = headers,
		.verbose = command_flag(line, "verbose"),
	};
	if (!is_method(request.method)) {
		return command_usage_error(reterr, "The option --request takes a method, like POST.");
	}
	TRY(read_headers(line, headers, &request.n_headers, reterr));
	if (data) {
		TRY(command_text(data, BODY_MAX, &body, reterr));
		request.body = (struct str){ buf_c(&body), body.n };
		if (!names_type(headers, request.n_headers)) {
			headers[request.n_headers++] = type_of(buf_str(&body));
		}
	}
	TRY(fetch(line, &found, &ca, reterr));
	request.found = found;
	buf_add(&own, value_get_str(ca, "issuing_pem"));
	buf_add(&own, value_get_str(ca, "root_pem"));
	request.own_ca = buf_str(&own);
	TRY(through_call(&request, &answer, reterr));
	if (answer.status < 400) {
		return RC_OK;
	}
	output_say("\npostern: The server answered with status %ld.", answer.status);
	if (answer.request_id[0]) {
		output_next("postern doctor --request %s", answer.request_id);
	} else {
		output_next("postern doctor %s", command_argument(line, 0));
	}
	command_set_exit(line, COMMAND_EXIT_FAILED);
	return RC_OK;
}

static const struct command_option options[] = {
	{ .name = "request",
	  .letter = 'X',
	  .argument = "METHOD",
	  .help = "method (default GET, with data POST)" },
	{ .name = "data", .letter = 'd', .argument = "DATA|@FILE", .help = "body to send" },
	{ .name = "header",
	  .letter = 'H',
	  .argument = "LINE",
	  .help = "header field to send, \"Name: value\"",
	  .repeat = true },
	{ .name = "verbose", .letter = 'v', .help = "show heads and timing on standard error" },
	{ 0 },
};

const struct command call_commands[] = {
	{ .noun = "call",
	  .arguments = "DESTINATION [PATH]",
	  .summary = "call through a destination, with its certificate, like an app does",
	  .text = "The body goes to standard output. Exits 0 when the status is below 400.\n"
		  "Trusts Postern's own CA beside the destination's trust store.",
	  .options = options,
	  .examples = (const char *const[]){ "postern call ORDERS",
					     "postern call ORDERS /4711 -X POST -d '{\"n\":1}' -v",
					     "postern call ORDERS -d @order.json", NULL },
	  .run = call_run },
	{ 0 },
};
