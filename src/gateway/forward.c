/* SPDX-License-Identifier: Apache-2.0
 * Token requests go on to the manager, who alone can sign. */
#include "gateway/forward.h"

/* The manager is on this machine: it answers soon or not at all. */
#define TIMEOUT_MS 10000
#define RESPONSE_MAX ((size_t)256 * 1024)

static void answered(void *context, enum rc rc, const struct http_client_response *response,
		     const struct err *err)
{
	static const char *const passed[] = { "content-type", "cache-control", "pragma", "www-authenticate",
					      "retry-after" };
	struct visit *v = context;
	struct http_field fields[ARRAY_SIZE(passed)];
	size_t n = 0;
	v->call = NULL;
	if (rc != RC_OK) {
		visit_refuse(v, REASON_R512, err->text);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
		struct str value = http_fields_get(response->fields, response->n_fields, passed[i]);
		if (value.p) {
			fields[n++] = (struct http_field){ str_of(passed[i]), value };
		}
	}
	bool refused = response->status >= 400 && response->status < 500;
	const struct visit_outcome outcome = {
		.status = refused                   ? "REFUSED"
			  : response->status >= 500 ? "FAILED"
						    : "COMPLETED",
		.http_status = response->status,
		.reason = refused ? REASON_R507 : REASON_NONE,
		.fields = fields,
		.n_fields = n,
		.body = response->body,
	};
	visit_answer(v, &outcome);
}

static void add_field(struct http_field *fields, size_t *n, const char *name, struct str value)
{
	if (value.p && value.n) {
		fields[(*n)++] = (struct http_field){ str_of(name), value };
	}
}

void forward_token(struct visit *visit)
{
	struct err err = { 0 };
	struct http_field fields[8];
	struct http_exchange *x = visit->exchange;
	const struct identity *identity = &visit->caller->identity;
	struct str query = http_exchange_query(x);
	size_t n = 0;
	add_field(fields, &n, "content-type", http_exchange_field(x, "content-type"));
	add_field(fields, &n, "accept", http_exchange_field(x, "accept"));
	add_field(fields, &n, "x-postern-subaccount", str_of(visit->tenant->name));
	add_field(fields, &n, "x-request-id", str_of(visit->id));
	add_field(fields, &n, "x-postern-peer",
		  str_of(http_connection_peer(http_exchange_connection(visit->exchange))));
	if (identity->how == IDENTITY_CERTIFICATE && identity->reason == REASON_NONE) {
		add_field(fields, &n, "x-postern-client-credential", str_of(identity->candidate->key_id));
		add_field(fields, &n, "x-postern-client-certificate", str_of(visit->peer->leaf.sha256));
	} else {
		add_field(fields, &n, "authorization", http_exchange_field(x, "authorization"));
	}
	(void)buf_add_c(&visit->url, "http://localhost/oauth/token");
	if (query.n) {
		(void)buf_add_char(&visit->url, '?');
		(void)buf_add(&visit->url, query);
	}
	const struct http_client_request request = { .method = STR("POST"),
						     .url = buf_str(&visit->url),
						     .unix_path = visit->g->settings.internal_socket,
						     .fields = fields,
						     .n_fields = n,
						     .body = http_exchange_body(x),
						     .connect_timeout_ms = TIMEOUT_MS,
						     .response_timeout_ms = TIMEOUT_MS,
						     .max_response = RESPONSE_MAX };
	if (http_client_call(visit->g->client, &request, answered, visit, &visit->call, &err) != RC_OK) {
		visit_refuse(visit, REASON_R512, err.text);
	}
}
