/* SPDX-License-Identifier: Apache-2.0
 * From a request below /api/v1 to its operation: path, options, right, CSRF, body. */
#include "api/odata/odata.h"

#include "api/odata/odata_answer.h"
#include "api/odata/odata_csrf.h"
#include "base/memory.h"
#include "service/core/service.h"

#define JSON_MAX ((size_t)16 * 1024 * 1024)
#define SHAPE_MAX 1024
#define ROLES_MAX 512

/* A client behind a proxy that knows only GET and POST says so. Source: OData 2.0, "Operations" §2.2. */
static struct str method_of(const struct call *call)
{
	struct str method = call->request.method;
	struct str tunnelled = call_field(call, "X-HTTP-Method");
	if (str_is(method, "POST") && tunnelled.n > 0) {
		method = tunnelled;
	}
	return str_is(method, "HEAD") ? STR("GET") : str_is(method, "MERGE") ? STR("PATCH") : method;
}

/* The operation for a shape; *ret_other tells that the path exists with another method. */
static const struct odata_operation *operation_find(struct str method, const char *shape, bool *ret_other)
{
	*ret_other = false;
	for (const struct odata_operation *o = odata_operations; o->method; o++) {
		if (strcmp(o->shape, shape) != 0) {
			continue;
		}
		if (str_is(method, o->method)) {
			return o;
		}
		*ret_other = true;
	}
	return NULL;
}

/* …/$count asks the operation of the path before it how many there are. */
static void count_take(struct odata_call *oc, struct str method)
{
	struct odata_segment *last = oc->path.n > 1 ? &oc->path.segments[oc->path.n - 1] : NULL;
	if (!last || last->n_keys > 0 || strcmp(last->name, "$count") != 0 || !str_is(method, "GET")) {
		return;
	}
	mem_free(TAKE(last->name));
	oc->path.n--;
	oc->counting = true;
}

static int operation_choose(struct odata_call *oc, struct err *reterr)
{
	AUTO_BUF(shape, SHAPE_MAX);
	bool other = false;
	struct str method = method_of(oc->call);
	count_take(oc, method);
	odata_path_shape(&oc->path, &shape);
	oc->operation = operation_find(method, buf_c(&shape), &other);
	if (oc->operation) {
		return 0;
	}
	if (other) {
		(void)err_set(reterr, RC_UNSUPPORTED, "The method is not served for this resource.");
		return 405;
	}
	char shown[200];
	(void)err_set(reterr, RC_NOT_FOUND, "There is no resource %s.",
		      str_printable(buf_str(&shape), shown, sizeof(shown)));
	return 404;
}

static int options_read(struct odata_call *oc, struct err *reterr)
{
	struct str path = str_skip(oc->call->request.path, strlen(ODATA_PREFIX));
	if (odata_path_parse(&oc->path, path, reterr) != RC_OK ||
	    odata_query_parse(&oc->query, oc->call->request.query, reterr) != RC_OK) {
		return 400;
	}
	oc->xml = call_asks_for_xml(oc->call);
	return 0;
}

static int right_check(const struct odata_call *oc, struct err *reterr)
{
	if (call_is(oc->call, oc->operation->serves)) {
		return 0;
	}
	AUTO_BUF(roles, ROLES_MAX);
	subjects_format_roles(oc->operation->serves, &roles);
	(void)err_set(reterr, RC_DENIED, "The service instance has none of the roles that this needs: %s.",
		      buf_c(&roles));
	(void)err_fix(reterr, "`postern service-instance update NAME` with the role in its parameters");
	return 403;
}

static int body_read(struct odata_call *oc, struct err *reterr)
{
	struct str text = oc->call->request.body;
	if (oc->operation->raw || strcmp(oc->operation->method, "GET") == 0 ||
	    strcmp(oc->operation->method, "DELETE") == 0 || str_trim(text).n == 0) {
		return 0;
	}
	if (value_parse(&oc->call->body, text, JSON_MAX, reterr) != RC_OK) {
		return 400;
	}
	oc->body = oc->call->body;
	/* Tools send back an entity as they got it. */
	if (value_count(oc->body) == 1 && value_is_object(value_get(oc->body, "d"))) {
		oc->body = value_get(oc->body, "d");
	}
	if (value_is_object(oc->body)) {
		return 0;
	}
	(void)err_set(reterr, RC_INVALID, "The body is a JSON object.");
	return 400;
}

bool odata_admit(struct call *call)
{
	struct odata_call *oc = odata_call_new(call);
	struct err err = { 0 };
	int status = options_read(oc, &err);
	if (status == 0) {
		status = operation_choose(oc, &err);
	}
	if (status == 0) {
		status = right_check(oc, &err);
	}
	if (status == 0 && !odata_csrf_good(oc)) {
		odata_csrf_refuse(oc);
		return false;
	}
	if (status != 0) {
		odata_fail_status(oc, status, &err);
		return false;
	}
	call->name = oc->operation->name;
	call->place = strcmp(oc->operation->method, "GET") == 0 ? CALL_READ : CALL_CHANGE;
	return true;
}

static void operation_run(struct call *call)
{
	struct odata_call *oc = call->state;
	oc->operation->handle(oc);
}

void odata_handle(struct call *call)
{
	struct odata_call *oc = call->state;
	struct err err = { 0 };
	int status = body_read(oc, &err);
	if (status != 0) {
		odata_fail_status(oc, status, &err);
	} else if (oc->operation->messages) {
		call_messages(call, operation_run);
	} else {
		operation_run(call);
	}
}
