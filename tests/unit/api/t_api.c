/* SPDX-License-Identifier: Apache-2.0
 * The management listener over a real socket: who gets in, and the Destination service's shapes. */
#include "api/core/api.h"
#include "api/core/login.h"
#include "api/core/throttle.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "os/file.h"
#include "os/socket.h"
#include "service/destination/auth_token.h"
#include "service/broker/binding.h"
#include "service/key/instance.h"
#include "service/key/key_row.h"
#include "service/core/service.h"
#include "service/key/service_key.h"
#include "service/core/session.h"
#include "unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One manager without processes around it. */
struct world {
	char folder[64];
	struct api api;
	struct session *session; /* that changes */
	struct value *settings;
	struct http_server *http;
	int listener;
	uint16_t port;
	char *password; /* of admin */
};

static struct world w;

static int world_open(void **state)
{
	struct err err = { 0 };
	char url[64];
	AUTO_BUF_SECRET(password, 256);
	(void)snprintf(w.folder, sizeof(w.folder), "/tmp/postern-t-api-XXXXXX");
	if (!mkdtemp(w.folder) || socket_listen_tcp("localhost", 0, &w.listener, &w.port, &err) != RC_OK) {
		return -1;
	}
	(void)snprintf(url, sizeof(url), "http://localhost:%u", (unsigned)w.port);
	w.settings = value_object();
	value_set_c(w.settings, "state_dir", w.folder);
	value_set_c(w.settings, "host", "localhost");
	value_set_c(w.settings, "management_url", url);
	value_set_c(w.settings, "gateway_url", "https://localhost:8443");
	if (loop_new(&w.api.loop, &err) != RC_OK || service_open(&w.session, w.settings, &err) != RC_OK) {
		print_error("%s\n", err.text);
		return -1;
	}
	w.api.settings = w.settings;
	w.api.memory = session_new_memory(w.session->service);
	w.api.auth_tokens = auth_tokens_new(w.api.loop, NULL);
	w.api.throttle = throttle_new();
	w.api.jobs = job_pool_new(w.api.loop, 1, 4, NULL);
	if (clerks_new(&w.api.clerks, w.api.loop, w.session, &err) != RC_OK) {
		return -1;
	}
	w.api.works = works_new(w.api.loop, w.api.clerks, w.api.jobs, NULL);
	w.api.management_port = w.port;
	w.api.management_host = mem_printf("localhost:%u", (unsigned)w.port);
	w.api.ready = true;
	w.api.servers[0] = (struct api_server){ .api = &w.api, .listener = API_LISTENER_TCP };
	if (http_server_new(&w.http, w.api.loop, NULL, &api_handler, &w.api.servers[0], &err) != RC_OK ||
	    http_server_listen(w.http, w.listener, NULL, NULL, &err) != RC_OK) {
		return -1;
	}
	AUTO_FREE char *path = mem_printf("%s/admin.password", w.folder);
	if (file_read(path, 256, &password, &err) != RC_OK) {
		return -1;
	}
	w.password = mem_strdup(buf_c(&password));
	return 0;
}

static int world_close(void **state)
{
	http_server_free(w.http);
	file_close(w.listener);
	ASSERT(clerks_stop(w.api.clerks, 5000));
	works_free(w.api.works);
	clerks_free(w.api.clerks);
	job_pool_free(w.api.jobs);
	auth_tokens_free(w.api.auth_tokens);
	throttle_free(w.api.throttle);
	mem_free(w.api.management_host);
	loop_free(w.api.loop);
	session_close(w.api.memory);
	service_close(w.session);
	value_free(w.settings);
	mem_free(w.password);
	AUTO_FREE char *command = mem_printf("%s", w.folder);
	static const char *const parts[] = { "ca/root.pem",     "ca/issuing.pem",   "ca",
					     "admin.password",  "master.key",       "postern.db",
					     "postern.db-wal",  "postern.db-shm",   "registry/control",
					     "registry/base-1", "registry/delta-1", "registry",
					     "journal" };
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		AUTO_FREE char *path = mem_printf("%s/%s", command, parts[i]);
		if (unlink(path) != 0) {
			(void)!rmdir(path);
		}
	}
	(void)!rmdir(command);
	return 0;
}

/* What came back. */
struct reply {
	int status;
	struct buf bytes;
	struct str body;
	struct value *json;
};

static void reply_fini(struct reply *r)
{
	buf_fini(&r->bytes);
	value_free(r->json);
	*r = (struct reply){ 0 };
}

static int connect_now(void)
{
	struct socket_address address;
	int fd = -1;
	assert_int_equal(socket_address_literal("127.0.0.1", w.port, &address), RC_OK);
	assert_int_equal(socket_connect_start(&address, &fd, NULL), RC_OK);
	return fd;
}

/* One request on a connection of its own; the server's loop runs until it has closed. */
static void ask(struct reply *r, const char *method, const char *path, const char *host,
		const char *authorization, const char *body)
{
	AUTO_BUF(request, 65536);
	int fd = connect_now();
	*r = (struct reply){ .bytes = BUF(1024 * 1024) };
	buf_printf(&request, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", method, path, host);
	if (authorization) {
		buf_printf(&request, "Authorization: %s\r\n", authorization);
	}
	if (body) {
		buf_printf(&request, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
	} else {
		buf_add_c(&request, "\r\n");
	}
	for (bool open = true; open;) {
		assert_int_equal(loop_turn(w.api.loop, 10, NULL), RC_OK);
		if (request.n > 0) {
			ssize_t n = send(fd, request.p, request.n, MSG_NOSIGNAL);
			if (n > 0) {
				buf_drop(&request, (size_t)n);
			}
		}
		char *room = buf_reserve(&r->bytes, 4096);
		assert_non_null(room);
		ssize_t n = read(fd, room, 4096);
		if (n > 0) {
			buf_added(&r->bytes, (size_t)n);
		}
		open = n > 0 || (n < 0 && (errno == EAGAIN || errno == ENOTCONN));
	}
	file_close(fd);
	struct str all = buf_str(&r->bytes);
	size_t end = str_find_str(all, STR("\r\n\r\n"));
	assert_true(all.n > 12 && end < all.n);
	r->status = (all.p[9] - '0') * 100 + (all.p[10] - '0') * 10 + (all.p[11] - '0');
	r->body = str_skip(all, end + 4);
	if (r->body.n > 0) {
		(void)!value_parse(&r->json, r->body, 1024 * 1024, NULL);
	}
}

static int status_of(const char *method, const char *path, const char *host, const char *authorization,
		     const char *body)
{
	AUTO(reply_fini) struct reply r;
	ask(&r, method, path, host, authorization, body);
	return r.status;
}

static const char *own_host(void)
{
	return w.api.management_host;
}

static char *basic(const char *user, const char *password)
{
	AUTO_BUF_SECRET(pair, 1024);
	AUTO_BUF_SECRET(text, 2048);
	buf_printf(&pair, "%s:%s", user, password);
	buf_add_c(&text, "Basic ");
	base64_encode(&text, buf_str(&pair));
	return buf_take(&text);
}

static void no_route_but_the_public_ones_answers_without_credentials(void **state)
{
	for (const struct route *route = route_table; route->method; route++) {
		if (route->serves & SUBJECT_ANYBODY) {
			continue;
		}
		assert_int_equal(status_of(route->method, route->path[1] ? "/admin/v1/status" : "/",
					   own_host(), NULL, NULL),
				 401);
		AUTO_BUF(path, 512);
		for (const char *p = route->path; *p; p++) {
			if (*p != '{' && *p != '}') {
				buf_add_char(&path, *p);
			}
		}
		assert_int_equal(status_of(route->method, buf_c(&path), own_host(), NULL, NULL), 401);
	}
}

static void a_stranger_learns_no_paths(void **state)
{
	assert_int_equal(status_of("GET", "/admin/v1/nothing", own_host(), NULL, NULL), 401);
	AUTO_FREE char *login = basic("admin", w.password);
	assert_int_equal(status_of("GET", "/admin/v1/nothing", own_host(), login, NULL), 404);
	assert_int_equal(status_of("PUT", "/admin/v1/roles", own_host(), login, NULL), 405);
}

static void life_signs_are_public(void **state)
{
	assert_int_equal(status_of("GET", "/livez", own_host(), NULL, NULL), 200);
	assert_int_equal(status_of("GET", "/readyz", own_host(), NULL, NULL), 200);
	assert_int_equal(status_of("GET", "/metrics", own_host(), NULL, NULL), 200);
	assert_int_equal(status_of("GET", "/token_keys", own_host(), NULL, NULL), 200);
}

static void another_host_is_refused(void **state)
{
	assert_int_equal(status_of("GET", "/livez", "evil.example", NULL, NULL), 421);
	assert_int_equal(status_of("GET", "/livez", "localhost.evil.example", NULL, NULL), 421);
}

static void an_origin_of_another_site_is_refused(void **state)
{
	AUTO_FREE char *own = mem_printf("http://%s", own_host());
	assert_int_equal(api_check_host(&w.api, str_of(own_host()), STR("https://evil.example")), 403);
	assert_int_equal(api_check_host(&w.api, str_of(own_host()), STR("null")), 403);
	assert_int_equal(api_check_host(&w.api, str_of(own_host()), str_of(own)), 0);
}

static void the_administrator_s_password_opens_and_ten_wrong_ones_close(void **state)
{
	AUTO_FREE char *good = basic("admin", w.password), *bad = basic("intruder", "wrong");
	assert_int_equal(status_of("GET", "/admin/v1/status", own_host(), good, NULL), 200);
	for (int i = 0; i < THROTTLE_MAX; i++) {
		assert_int_equal(status_of("GET", "/admin/v1/status", own_host(), bad, NULL), 401);
	}
	assert_int_equal(status_of("GET", "/admin/v1/status", own_host(), bad, NULL), 429);
	assert_int_equal(status_of("GET", "/admin/v1/status", own_host(), good, NULL), 200);
}

static void a_malformed_body_is_400(void **state)
{
	AUTO_FREE char *login = basic("admin", w.password);
	assert_int_equal(status_of("POST", "/admin/v1/roles", own_host(), login, "{"), 400);
	assert_int_equal(status_of("POST", "/admin/v1/roles", own_host(), login, "[]"), 400);
}

/* A token of a new binding. */
static char *token_get(void)
{
	struct value *binding = NULL;
	AUTO_BUF(form, 4096);
	AUTO(reply_fini) struct reply r;
	struct err err = { 0 };
	if (service_binding_create(w.session, "default", NULL, NULL, &binding, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	const struct value *c = value_get(binding, "credentials");
	buf_add_c(&form, "grant_type=client_credentials&client_id=");
	percent_encode(&form, value_get_str(c, "clientid"));
	buf_add_c(&form, "&client_secret=");
	percent_encode(&form, value_get_str(c, "clientsecret"));
	ask(&r, "POST", "/oauth/token", own_host(), NULL, buf_c(&form));
	assert_int_equal(r.status, 200);
	assert_string_equal(value_get_c(r.json, "token_type"), "bearer");
	assert_true(value_get_int(r.json, "expires_in", 0) > 0);
	assert_non_null(value_get_c(r.json, "jti"));
	value_free(binding);
	return mem_printf("Bearer %s", value_get_c(r.json, "access_token"));
}

static void a_wrong_secret_is_invalid_client(void **state)
{
	AUTO(reply_fini) struct reply r;
	ask(&r, "POST", "/oauth/token", own_host(), NULL,
	    "grant_type=client_credentials&client_id=x&client_secret=y");
	assert_int_equal(r.status, 401);
	assert_string_equal(value_get_c(r.json, "error"), "invalid_client");
}

#define BASE "/destination-configuration/v1"
#define ORDERS \
	"{\"Name\":\"ORDERS\",\"Type\":\"HTTP\",\"URL\":\"https://host/a\",\"Authentication\":" \
	"\"ClientCertificateAuthentication\",\"KeyStoreLocation\":\"c.p12\",\"KeyStorePassword\":" \
	"\"geheim\",\"n\":1}"

static void destinations_have_the_shapes_that_clients_read(void **state)
{
	AUTO_FREE char *token = token_get();
	struct reply r;
	assert_int_equal(status_of("POST", BASE "/subaccountDestinations", own_host(), token, ORDERS), 201);
	assert_int_equal(status_of("POST", BASE "/subaccountDestinations", own_host(), token, ORDERS), 409);
	assert_int_equal(status_of("POST", BASE "/subaccountCertificates", own_host(), token,
				   "{\"Name\":\"c.p12\",\"Content\":\"AAEC\"}"),
			 201);
	ask(&r, "GET", BASE "/destinations/ORDERS?$skipTokenRetrieval=true", own_host(), token, NULL);
	assert_int_equal(r.status, 200);
	const struct value *c = value_get(r.json, "destinationConfiguration");
	assert_string_equal(value_get_c(c, "KeyStorePassword"), "geheim");
	assert_string_equal(value_get_c(c, "n"), "1");
	assert_true(value_is_null(value_get(value_get(r.json, "owner"), "InstanceId")));
	assert_non_null(value_get_c(value_get(r.json, "owner"), "SubaccountId"));
	assert_null(value_get(r.json, "authTokens"));
	const struct value *file = value_at(value_get(r.json, "certificates"), 0);
	assert_string_equal(value_get_c(file, "Name"), "c.p12");
	assert_string_equal(value_get_c(file, "Type"), "CERTIFICATE");
	assert_string_equal(value_get_c(file, "Content"), "AAEC");
	reply_fini(&r);
	ask(&r, "GET", BASE "/destinations/NOPE", own_host(), token, NULL);
	assert_int_equal(r.status, 404);
	assert_string_equal(value_get_c(r.json, "ErrorMessage"),
			    "Configuration with the specified name was not found");
	reply_fini(&r);
	ask(&r, "DELETE", BASE "/subaccountDestinations/ORDERS", own_host(), token, NULL);
	assert_int_equal(value_get_int(r.json, "Count", 0), 1);
	reply_fini(&r);
}

static void several_at_once_are_answered_one_by_one(void **state)
{
	AUTO_FREE char *token = token_get();
	AUTO(reply_fini) struct reply r;
	ask(&r, "POST", BASE "/instanceDestinations", own_host(), token, "[" ORDERS "," ORDERS "]");
	assert_int_equal(r.status, 207);
	assert_int_equal(value_get_int(value_at(r.json, 0), "status", 0), 201);
	assert_int_equal(value_get_int(value_at(r.json, 1), "status", 0), 409);
	reply_fini(&r);
	ask(&r, "GET", BASE "/destinations/ORDERS", own_host(), token, NULL);
	assert_non_null(value_get_c(value_get(r.json, "owner"), "InstanceId"));
}

static void basic_authentication_comes_with_its_token_and_no_list_is_empty(void **state)
{
	AUTO_FREE char *token = token_get();
	AUTO(reply_fini) struct reply r;
	assert_int_equal(
		status_of("POST", BASE "/subaccountDestinations", own_host(), token,
			  "{\"Name\":\"B\",\"Type\":\"HTTP\",\"URL\":\"https://h\",\"Authentication\":"
			  "\"BasicAuthentication\",\"User\":\"u\",\"Password\":\"p\"}"),
		201);
	ask(&r, "GET", BASE "/destinations/B", own_host(), token, NULL);
	const struct value *one = value_at(value_get(r.json, "authTokens"), 0);
	assert_string_equal(value_get_c(value_get(one, "http_header"), "value"), "Basic dTpw");
	assert_null(value_get(r.json, "certificates"));
}

static void a_token_that_was_changed_is_401_and_a_destination_token_is_no_administrator(void **state)
{
	AUTO_FREE char *token = token_get();
	assert_int_equal(status_of("GET", "/admin/v1/keystore", own_host(), token, NULL), 403);
	token[strlen(token) - 5] = token[strlen(token) - 5] == 'A' ? 'B' : 'A';
	assert_int_equal(status_of("GET", BASE "/subaccountDestinations", own_host(), token, NULL), 401);
}

static unsigned of_roles(const char *first, const char *second)
{
	AUTO_VALUE *roles = value_array();
	if (first) {
		value_append_c(roles, first);
	}
	if (second) {
		value_append_c(roles, second);
	}
	return SUBJECT_ANYBODY | SUBJECT_CLIENT | subjects_of_roles(roles);
}

static void a_route_asks_for_one_of_its_roles(void **state)
{
	const struct route read = { .method = "GET",
				    .serves = SUBJECTS_ADMIN | SUBJECT_MONITORING_DATA_READ |
					      SUBJECT_ACCESS_POLICIES_READ };
	const struct route any = { .method = "GET", .serves = SUBJECTS_API };
	struct call call = { .login = { .subjects = SUBJECT_ANYBODY } };
	assert_int_equal(login_check(&call, &read, NULL), 401);
	call.login.subjects |= SUBJECT_CLIENT;
	assert_int_equal(login_check(&call, &read, NULL), 403);
	assert_int_equal(login_check(&call, &any, NULL), 403);
	call.login.subjects = of_roles(NULL, NULL);
	assert_int_equal(login_check(&call, &read, NULL), 403);
	assert_int_equal(login_check(&call, &any, NULL), 0);
	call.login.subjects = of_roles("MonitoringDataReadAll", "MonitoringData");
	assert_int_equal(login_check(&call, &read, NULL), 403);
	call.login.subjects = of_roles("Other", "AccessPoliciesRead");
	assert_int_equal(login_check(&call, &read, NULL), 0);
	call.login.subjects = SUBJECT_ADMINISTRATOR;
	assert_int_equal(login_check(&call, &read, NULL), 0);
}

/* Each right that a row can have, against each kind of login: 1 it may, 0 it is 403, -1 it is 401. */
static void a_login_may_what_its_kinds_are_served(void **state)
{
	static const struct {
		unsigned login;
		int anybody, admin, server, read, modify, api, nothing_there;
	} rows[] = {
		{ SUBJECT_ANYBODY, 1, -1, -1, -1, -1, -1, -1 },
		{ SUBJECT_ANYBODY | SUBJECT_GATEWAY, 1, -1, -1, -1, -1, -1, -1 },
		{ SUBJECT_ANYBODY | SUBJECT_SOCKET, 1, 1, 1, 1, 1, 1, 1 },
		{ SUBJECT_ANYBODY | SUBJECT_ADMINISTRATOR, 1, 1, 0, 1, 1, 1, 1 },
		{ SUBJECT_ANYBODY | SUBJECT_ADMINISTRATOR | SUBJECT_SERVER, 1, 1, 1, 1, 1, 1, 1 },
		{ SUBJECT_ANYBODY | SUBJECT_CLIENT, 1, 0, 0, 0, 0, 0, 1 },
		{ SUBJECT_ANYBODY | SUBJECT_CLIENT | SUBJECT_DESTINATION_READ, 1, 0, 0, 1, 0, 0, 1 },
		{ SUBJECT_ANYBODY | SUBJECT_CLIENT | SUBJECT_DESTINATION_MODIFY, 1, 0, 0, 0, 1, 0, 1 },
		{ SUBJECT_ANYBODY | SUBJECT_CLIENT | SUBJECT_API, 1, 0, 0, 0, 0, 1, 1 },
	};
	static const unsigned rights[] = { SUBJECT_ANYBODY,
					   SUBJECTS_ADMIN,
					   SUBJECTS_SERVER,
					   SUBJECTS_DESTINATION_READ,
					   SUBJECTS_DESTINATION_MODIFY,
					   SUBJECTS_API };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct call call = { .login = { .subjects = rows[i].login } };
		const int wanted[] = { rows[i].anybody, rows[i].admin,  rows[i].server,
				       rows[i].read,    rows[i].modify, rows[i].api };
		for (size_t k = 0; k < ARRAY_SIZE(rights); k++) {
			const struct route route = { .method = "GET", .serves = rights[k] };
			int status = login_check(&call, &route, NULL);
			assert_int_equal(status, wanted[k] > 0 ? 0 : wanted[k] < 0 ? 401 : 403);
		}
		assert_int_equal(login_check(&call, NULL, NULL), rows[i].nothing_there > 0 ? 0 : 401);
	}
}

static void a_service_key_s_secret_is_no_login_where_a_token_or_an_administrator_is_asked_for(void **state)
{
	struct err err = { 0 };
	struct value *instance = NULL, *key = NULL, *credentials = NULL;
	AUTO_VALUE *input = value_object(), *named = value_object();
	value_set_c(input, "name", "tools");
	value_set_c(input, "service", "it-rt");
	value_set_c(input, "plan", "api");
	value_set_c(named, "name", "k");
	assert_int_equal(service_instance_create(w.session, "default", input, &instance, &err), RC_OK);
	assert_int_equal(service_key_create(w.session, "default", "tools", named, NULL, &key, &err), RC_OK);
	assert_int_equal(service_key_credentials(w.session, "default", "tools", "k", &credentials, &err),
			 RC_OK);
	const struct value *oauth = value_get(credentials, "oauth");
	AUTO_FREE char *login = basic(value_get_c(oauth, "clientid"), value_get_c(oauth, "clientsecret"));
	assert_int_equal(status_of("GET", "/admin/v1/roles", own_host(), login, NULL), 401);
	assert_int_equal(status_of("GET", BASE "/subaccountDestinations", own_host(), login, NULL), 401);
	value_free(instance);
	value_free(key);
	value_free(credentials);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_route_but_the_public_ones_answers_without_credentials),
		TEST(a_stranger_learns_no_paths),
		TEST(life_signs_are_public),
		TEST(another_host_is_refused),
		TEST(an_origin_of_another_site_is_refused),
		TEST(the_administrator_s_password_opens_and_ten_wrong_ones_close),
		TEST(a_malformed_body_is_400),
		TEST(a_wrong_secret_is_invalid_client),
		TEST(destinations_have_the_shapes_that_clients_read),
		TEST(several_at_once_are_answered_one_by_one),
		TEST(basic_authentication_comes_with_its_token_and_no_list_is_empty),
		TEST(a_token_that_was_changed_is_401_and_a_destination_token_is_no_administrator),
		TEST(a_route_asks_for_one_of_its_roles),
		TEST(a_login_may_what_its_kinds_are_served),
		TEST(a_service_key_s_secret_is_no_login_where_a_token_or_an_administrator_is_asked_for),
	};
	return cmocka_run_group_tests(tests, world_open, world_close);
}
