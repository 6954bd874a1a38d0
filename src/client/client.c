/* SPDX-License-Identifier: Apache-2.0
 * The management API is called here, one request at a time. */
#include "client/client.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "http/uri.h"
#include "json/err.h"
#include "outbound/link.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct client {
	struct outbound_link *link;
	char *base;   /* without a slash at its end */
	char *socket; /* path of the Unix socket or NULL */
	char *state_dir;
	char *token;
	char *login;
	char *subaccount;
	char *warning;
	char *ca_file;
	int folder; /* holds the state folder open where its path is too long for a socket address, else -1 */
};

/* sun_path is 108 bytes; a longer path is reached through the open folder. */
static char *socket_path(struct client *client, const char *state_dir)
{
	if (strlen(state_dir) < 90) {
		return mem_printf("%s/admin.sock", state_dir);
	}
	client->folder = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return mem_printf("/proc/self/fd/%d/admin.sock", client->folder);
}

static enum rc open_socket(struct client *client, const char *state_dir, struct err *reterr)
{
	struct stat there;
	client->socket = socket_path(client, state_dir);
	client->state_dir = mem_strdup(state_dir);
	client->base = mem_strdup("http://localhost");
	if (stat(client->socket, &there) == 0) {
		return RC_OK;
	}
	err_set(reterr, RC_IO, "No server runs for the state folder %s.", state_dir);
	return err_fix(reterr, "`postern dev`, or name the folder with --state-dir DIR");
}

static enum rc open_url(struct client *client, const struct client_options *options, struct err *reterr)
{
	struct str url = str_of(options->server);
	struct uri uri;
	while (str_ends_with(url, STR("/"))) {
		url.n--;
	}
	TRY(uri_parse(url, &uri, reterr));
	if (!uri.https && !host_is_loopback(uri.host)) {
		return err_set(reterr, RC_INVALID,
			       "The server's URL must be https unless it is on loopback.");
	}
	if (!options->token && !options->login) {
		err_set(reterr, RC_DENIED, "A server given by URL needs a login.");
		err_native(reterr, ERR_CLIENT, 0);
		return err_fix(reterr, "--login-file FILE with user:password, or POSTERN_TOKEN");
	}
	client->base = str_dup(url);
	client->token = mem_strdup(options->token);
	client->login = mem_strdup(options->login);
	client->ca_file = mem_strdup(options->ca_file);
	return RC_OK;
}

enum rc client_open(struct client **ret, const struct client_options *options, struct err *reterr)
{
	struct client *client = mem_alloc(sizeof(*client));
	client->folder = -1;
	client->subaccount = mem_strdup(options->subaccount ? options->subaccount : "default");
	client->link = outbound_link_new();
	enum rc rc = !client->link     ? err_set(reterr, RC_BUG, "libcurl does not start.")
		     : options->server ? open_url(client, options, reterr)
				       : open_socket(client, options->state_dir, reterr);
	if (rc == RC_OK) {
		*ret = client;
	} else {
		client_free(client);
	}
	return rc;
}

void client_free(struct client *client)
{
	if (!client) {
		return;
	}
	outbound_link_free(client->link);
	if (client->folder >= 0) {
		close(client->folder);
	}
	mem_free(client->base);
	mem_free(client->socket);
	mem_free(client->state_dir);
	mem_free_secret(client->token);
	mem_free_secret(client->login);
	mem_free(client->subaccount);
	mem_free(client->warning);
	mem_free(client->ca_file);
	mem_free(client);
}

const char *client_subaccount(const struct client *client)
{
	return client->subaccount;
}

/* The lines of a request's head; as many as there may be. */
struct head {
	char *lines[4];
	size_t n;
};

static void add_line(struct head *head, const char *name, const char *value)
{
	head->lines[head->n++] = mem_printf("%s: %s", name, value);
}

static void head_make(struct head *head, const struct client *client, bool body)
{
	add_line(head, "Accept", "application/json");
	/* A URL may name the subaccount itself. */
	if (client->socket || strcmp(client->subaccount, "default") != 0) {
		add_line(head, "X-Postern-Subaccount", client->subaccount);
	}
	if (body) {
		add_line(head, "Content-Type", "application/json");
	}
	if (client->token) {
		AUTO_FREE_SECRET char *bearer = mem_printf("Bearer %s", client->token);
		add_line(head, "Authorization", bearer);
	}
}

static void head_fini(struct head *head)
{
	for (size_t i = 0; i < head->n; i++) {
		mem_free_secret(head->lines[i]);
	}
}

enum rc client_error(int status, const struct value *body, struct err *reterr)
{
	struct err err = { 0 };
	const char *sap = value_get_c(body, "ErrorMessage");
	(void)err_from_api(&err, status, value_get(body, "error"));
	if (!err.text[0] && sap) {
		(void)snprintf(err.text, sizeof(err.text), "%s", sap);
	} else if (!err.text[0]) {
		(void)snprintf(err.text, sizeof(err.text), "The server answered with status %d.", status);
	}
	if (!err.fix[0] && status == 401) {
		err_fix(&err, "Check the login: --login-file FILE with user:password, or POSTERN_TOKEN");
	} else if (!err.fix[0] && status == 403) {
		err_fix(&err, "This login may not do that; the administrator's may.");
	}
	err_native(&err, ERR_CLIENT, status);
	if (reterr) {
		*reterr = err;
	}
	return err.code;
}

/* Why there is no answer, with what mends it. */
static enum rc unanswered(const struct client *client, const struct err *why, struct err *reterr)
{
	if (why->code == RC_CLOSED && client->socket) {
		err_set(reterr, RC_IO, "No server runs for the state folder %s.", client->state_dir);
	} else if (why->code == RC_CERT) {
		err_set(reterr, RC_IO, "The server's certificate is not trusted (%s).", why->text);
	} else {
		err_set(reterr, RC_IO, "The server does not answer (%s).", why->text);
	}
	err_native(reterr, why->source, why->native);
	if (client->socket) {
		err_fix(reterr, "`postern dev --state-dir %s`", client->state_dir);
	} else if (why->code == RC_CERT) {
		err_fix(reterr,
			"POSTERN_CA_FILE=FILE, its CA as PEM: ca/root.pem of the server's state folder");
	}
	return RC_IO;
}

/* A refusal of our own is JSON; one in words, of a request in plain HTTP, comes from a port of TLS. */
static enum rc speaks_tls(struct err *reterr)
{
	err_set(reterr, RC_IO, "The server speaks TLS there, and was called in plain HTTP.");
	return err_fix(reterr, "`--server https://...`");
}

/* What an answer came to: its body, or its error. */
static enum rc taken(struct client *client, int status, struct str text, struct value **ret_body,
		     struct err *reterr)
{
	AUTO_VALUE *body = NULL;
	if (text.n && value_parse(&body, text, VALUE_MAX_BYTES, NULL) != RC_OK && status < 400) {
		return err_set(reterr, RC_PROTO,
			       "The server's answer is no JSON; is it Postern's management address?");
	}
	if (status == 400 && !body && str_starts_with(str_of(client->base), STR("http://"))) {
		return speaks_tls(reterr);
	}
	if (status >= 400) {
		return client_error(status, body, reterr);
	}
	client->warning = mem_strdup(outbound_link_header(client->link, "x-postern-warning"));
	if (ret_body) {
		*ret_body = TAKE(body);
	}
	return RC_OK;
}

static enum rc perform(struct client *client, struct outbound_link_request *request, struct value **ret_body,
		       struct err *reterr)
{
	AUTO_BUF_SECRET(answer, VALUE_MAX_BYTES);
	AUTO(head_fini) struct head head = { 0 };
	struct err why = { 0 };
	int status = 0;
	head_make(&head, client, request->body != NULL);
	request->headers = (const char *const *)head.lines;
	request->n_headers = head.n;
	request->socket = client->socket;
	request->login = client->token ? NULL : client->login;
	request->ca_file = client->ca_file;
	if (outbound_link_call(client->link, request, &answer, &status, &why) != RC_OK) {
		return unanswered(client, &why, reterr);
	}
	return taken(client, status, buf_str(&answer), ret_body, reterr);
}

enum rc client_call(struct client *client, const char *method, const char *path, const struct value *body,
		    struct value **ret_body, struct err *reterr)
{
	AUTO_FREE char *url = mem_printf("%s%s", client->base, path);
	AUTO_BUF_SECRET(text, VALUE_MAX_BYTES);
	if (body && value_format(body, &text) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The request is larger than %zu bytes.", VALUE_MAX_BYTES);
	}
	struct outbound_link_request request = { .method = method, .url = url, .body = body ? &text : NULL };
	if (ret_body) {
		*ret_body = NULL;
	}
	mem_free(TAKE(client->warning));
	return perform(client, &request, ret_body, reterr);
}

const char *client_warning(const struct client *client)
{
	return client->warning;
}

enum rc client_get(struct client *client, const char *path, struct value **ret, struct err *reterr)
{
	return client_call(client, "GET", path, NULL, ret, reterr);
}

char *client_path(const char *fmt, ...)
{
	AUTO_BUF(out, 16384);
	va_list list;
	va_start(list, fmt);
	for (const char *p = fmt; *p; p++) {
		if (p[0] == '%' && p[1] == 's') {
			percent_encode(&out, str_of(va_arg(list, const char *)));
			p++;
		} else if (p[0] == '%' && p[1] == 'd') {
			buf_printf(&out, "%d", va_arg(list, int));
			p++;
		} else {
			buf_add_char(&out, *p);
		}
	}
	va_end(list);
	return mem_strdup(buf_c(&out));
}
