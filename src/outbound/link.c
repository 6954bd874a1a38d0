/* SPDX-License-Identifier: Apache-2.0
 * A libcurl handle that is used again. */
#include "outbound/link.h"

#include "base/memory.h"

#include <curl/curl.h>

#define TIMEOUT_S 90L
#define CONNECT_TIMEOUT_S 10L

struct outbound_link {
	CURL *curl;
	char problem[CURL_ERROR_SIZE];
};

struct outbound_link *outbound_link_new(void)
{
	struct outbound_link *link = mem_alloc(sizeof(*link));
	link->curl = curl_easy_init();
	if (link->curl) {
		return link;
	}
	mem_free(link);
	return NULL;
}

void outbound_link_free(struct outbound_link *link)
{
	if (!link) {
		return;
	}
	curl_easy_cleanup(link->curl);
	mem_free(link);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
	return buf_add(context, str_from(bytes, size * n)) ? size * n : 0;
}

static struct curl_slist *make_headers(const struct outbound_link_request *request)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; i < request->n_headers; i++) {
		list = curl_slist_append(list, request->headers[i]);
	}
	return list;
}

static void set_limits(CURL *curl)
{
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
}

static void set_request(CURL *curl, const struct outbound_link_request *request)
{
	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	if (request->socket) {
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request->socket);
	}
	if (request->login) {
		curl_easy_setopt(curl, CURLOPT_USERPWD, request->login);
	}
	if (request->ca_file) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
	}
	if (request->body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body->n);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body->p ? request->body->p : "");
	}
}

static enum rc unanswered(const struct outbound_link *link, CURLcode code, struct err *reterr)
{
	enum rc rc = code == CURLE_COULDNT_CONNECT            ? RC_CLOSED
		     : code == CURLE_PEER_FAILED_VERIFICATION ? RC_CERT
							      : RC_IO;
	(void)err_set(reterr, rc, "%s", link->problem[0] ? link->problem : curl_easy_strerror(code));
	return err_native(reterr, ERR_CURL, (int)code);
}

enum rc outbound_link_call(struct outbound_link *link, const struct outbound_link_request *request,
			   struct buf *answer, int *ret_status, struct err *reterr)
{
	struct curl_slist *headers = make_headers(request);
	long status = 0;
	link->problem[0] = '\0';
	curl_easy_reset(link->curl);
	set_limits(link->curl);
	set_request(link->curl, request);
	curl_easy_setopt(link->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(link->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(link->curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(link->curl, CURLOPT_ERRORBUFFER, link->problem);
	CURLcode code = curl_easy_perform(link->curl);
	curl_easy_setopt(link->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	if (code != CURLE_OK) {
		return unanswered(link, code, reterr);
	}
	curl_easy_getinfo(link->curl, CURLINFO_RESPONSE_CODE, &status);
	*ret_status = (int)status;
	return RC_OK;
}

const char *outbound_link_header(const struct outbound_link *link, const char *name)
{
	struct curl_header *field = NULL;
	bool found = curl_easy_header(link->curl, name, 0, CURLH_HEADER, -1, &field) == CURLHE_OK;
	return found ? field->value : NULL;
}
