/* SPDX-License-Identifier: Apache-2.0
 * The management API is called here, one request at a time. */
#include "client/client.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "http/uri.h"
#include "json/err.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define TIMEOUT_S 90L
#define CONNECT_TIMEOUT_S 10L

struct client {
	CURL *curl;
	char *base;   /* without a slash at its end */
	char *socket; /* path of the Unix socket or NULL */
	char *state_dir;
	char *token;
	char *login;
	char *subaccount;
	char *warning;
	char *ca_file;
	int folder; /* holds the state folder open where its path is too long for a socket address, else -1 */
	char problem[CURL_ERROR_SIZE];
};

/* sun_path is 108 bytes; a longer path is reached through the open folder. */
static char *socket_path(struct client *client, const char *state_dir)
{
	if (strlen(state_dir) < 90)
		return mem_printf("%s/admin.sock", state_dir);
	client->folder = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return mem_printf("/proc/self/fd/%d/admin.sock", client->folder);
}

static enum rc open_socket(struct client *client, const char *state_dir, struct err *reterr)
{
	struct stat there;
	client->socket = socket_path(client, state_dir);
	client->state_dir = mem_strdup(state_dir);
	client->base = mem_strdup("http://localhost");
	if (stat(client->socket, &there) == 0)
		return RC_OK;
	err_set(reterr, RC_IO, "No server runs for the state folder %s.", state_dir);
	return err_fix(reterr, "`postern dev`, or name the folder with --state-dir DIR");
}

static enum rc open_url(struct client *client, const struct client_options *options, struct err *reterr)
{
	struct str url = str_of(options->server);
	struct uri uri;
	while (str_ends_with(url, STR("/")))
		url.n--;
	TRY(uri_parse(url, &uri, reterr));
	if (!uri.https && !host_is_loopback(uri.host))
		return err_set(reterr, RC_INVALID,
			       "The server's URL must be https unless it is on loopback.");
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
	client->curl = curl_easy_init();
	enum rc rc = !client->curl     ? err_set(reterr, RC_BUG, "libcurl does not start.")
		     : options->server ? open_url(client, options, reterr)
				       : open_socket(client, options->state_dir, reterr);
	if (rc == RC_OK)
		*ret = client;
	else
		client_free(client);
	return rc;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->curl);
	if (client->folder >= 0)
		close(client->folder);
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

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
	return buf_add(context, str_from(bytes, size * n)) ? size * n : 0;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
	AUTO_FREE_SECRET char *line = mem_printf("%s: %s", name, value);
	return curl_slist_append(list, line);
}

static struct curl_slist *make_headers(const struct client *client, bool body)
{
	struct curl_slist *list = add_header(NULL, "Accept", "application/json");
	/* A URL may name the subaccount itself. */
	if (client->socket || strcmp(client->subaccount, "default") != 0)
		list = add_header(list, "X-Postern-Subaccount", client->subaccount);
	list = curl_slist_append(list, "Expect:");
	if (body)
		list = add_header(list, "Content-Type", "application/json");
	if (client->token) {
		AUTO_FREE_SECRET char *bearer = mem_printf("Bearer %s", client->token);
		list = add_header(list, "Authorization", bearer);
	}
	return list;
}

static void set_options(struct client *client, const char *method, const char *url,
			struct curl_slist *headers, const struct buf *body, struct buf *answer)
{
	CURL *curl = client->curl;
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->problem);
	if (client->socket)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->socket);
	if (client->login && !client->token)
		curl_easy_setopt(curl, CURLOPT_USERPWD, client->login);
	if (client->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, client->ca_file);
	if (body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->n);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->p ? body->p : "");
	}
}

enum rc client_error(int status, const struct value *body, struct err *reterr)
{
	struct err err = { 0 };
	const char *sap = value_get_c(body, "ErrorMessage");
	(void)err_from_api(&err, status, value_get(body, "error"));
	if (!err.text[0] && sap)
		(void)snprintf(err.text, sizeof(err.text), "%s", sap);
	else if (!err.text[0])
		(void)snprintf(err.text, sizeof(err.text), "The server answered with status %d.", status);
	if (!err.fix[0] && status == 401)
		err_fix(&err, "Check the login: --login-file FILE with user:password, or POSTERN_TOKEN");
	else if (!err.fix[0] && status == 403)
		err_fix(&err, "This login may not do that; the administrator's may.");
	err_native(&err, ERR_CLIENT, status);
	if (reterr)
		*reterr = err;
	return err.code;
}

/* Why there is no answer, with what mends it. */
static enum rc unanswered(const struct client *client, CURLcode done, struct err *reterr)
{
	const char *problem = client->problem[0] ? client->problem : curl_easy_strerror(done);
	if (done == CURLE_COULDNT_CONNECT && client->socket)
		err_set(reterr, RC_IO, "No server runs for the state folder %s.", client->state_dir);
	else if (done == CURLE_PEER_FAILED_VERIFICATION)
		err_set(reterr, RC_IO, "The server's certificate is not trusted (%s).", problem);
	else
		err_set(reterr, RC_IO, "The server does not answer (%s).", problem);
	err_native(reterr, ERR_NONE, (int)done);
	if (client->socket)
		err_fix(reterr, "`postern dev --state-dir %s`", client->state_dir);
	else if (done == CURLE_PEER_FAILED_VERIFICATION)
		err_fix(reterr,
			"POSTERN_CA_FILE=FILE, its CA as PEM: ca/root.pem of the server's state folder");
	return RC_IO;
}

/* A refusal of our own is JSON; one in words, of a request in plain HTTP, comes from a port of TLS. */
static enum rc speaks_tls(struct err *reterr)
{
	err_set(reterr, RC_IO, "The server speaks TLS there, and was called in plain HTTP.");
	return err_fix(reterr, "`--server https://...`");
}

static enum rc perform(struct client *client, struct buf *answer, struct value **ret_body, struct err *reterr)
{
	long status = 0;
	CURLcode done = curl_easy_perform(client->curl);
	if (done != CURLE_OK)
		return unanswered(client, done, reterr);
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	AUTO_VALUE *body = NULL;
	if (answer->n && value_parse(&body, buf_str(answer), VALUE_MAX_BYTES, NULL) != RC_OK && status < 400)
		return err_set(reterr, RC_PROTO,
			       "The server's answer is no JSON; is it Postern's management address?");
	if (status == 400 && !body && str_starts_with(str_of(client->base), STR("http://")))
		return speaks_tls(reterr);
	if (status >= 400)
		return client_error((int)status, body, reterr);
	struct curl_header *warning;
	if (curl_easy_header(client->curl, "x-postern-warning", 0, CURLH_HEADER, -1, &warning) == CURLHE_OK)
		client->warning = mem_strdup(warning->value);
	if (ret_body)
		*ret_body = TAKE(body);
	return RC_OK;
}

enum rc client_call(struct client *client, const char *method, const char *path, const struct value *body,
		    struct value **ret_body, struct err *reterr)
{
	AUTO_FREE char *url = mem_printf("%s%s", client->base, path);
	AUTO_BUF_SECRET(text, VALUE_MAX_BYTES);
	AUTO_BUF_SECRET(answer, VALUE_MAX_BYTES);
	if (body && value_format(body, &text) != RC_OK)
		return err_set(reterr, RC_LIMIT, "The request is larger than %zu bytes.", VALUE_MAX_BYTES);
	struct curl_slist *headers = make_headers(client, body != NULL);
	set_options(client, method, url, headers, body ? &text : NULL, &answer);
	if (ret_body)
		*ret_body = NULL;
	client->problem[0] = '\0';
	mem_free(client->warning);
	client->warning = NULL;
	enum rc rc = perform(client, &answer, ret_body, reterr);
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	return rc;
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
