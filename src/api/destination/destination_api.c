/* SPDX-License-Identifier: Apache-2.0
 * Destinations, fragments and labels over REST: shapes, statuses and texts as clients expect them. */
#include "api/destination/destination_api.h"

#include "api/core/call.h"
#include "api/destination/destination_call.h"
#include "api/destination/destination_filter.h"
#include "base/memory.h"
#include "service/doctor/binding_check.h"
#include "service/keystore/key_store_form.h"

void destination_api_list(struct call *call)
{
	struct destination_at at;
	struct err err = { 0 };
	struct value *list = NULL;
	if (!destination_call_at(call, &at)) {
		return;
	}
	if (service_destination_list(call->session, &at, &list, &err) != RC_OK) {
		destination_call_fail(call, &err);
	} else if (at.kind == DESTINATION_FRAGMENT) {
		call_answer(call, 200, list);
	} else {
		destination_list_answer(call, list);
	}
}

void destination_api_get(struct call *call)
{
	struct destination_at at;
	char etag[DESTINATION_ETAG_SIZE] = "";
	struct err err = { 0 };
	AUTO_VALUE *v = NULL;
	if (!destination_call_at(call, &at)) {
		return;
	}
	if (service_destination_get(call->session, &at, &v, etag, &err) != RC_OK) {
		destination_call_fail(call, &err);
	} else if (destination_call_wants(call, etag)) {
		destination_call_tagged(call, TAKE(v), etag);
	}
}

/* A key store without a key is told now, not at the first call.
 * Owned, NULL where there is nothing to tell. */
static char *key_store_warning(struct call *call, const struct destination_at *at, const struct value *input)
{
	AUTO_VALUE *findings = value_array();
	if (!str_is(value_get_str(input, "Authentication"), "ClientCertificateAuthentication") ||
	    binding_check_one(call->session, at->tenant, at->instance ? at->instance : "", input,
			      KEY_STORE_CLIENT_ALL, findings, NULL) != RC_OK) {
		return NULL;
	}
	const struct value *found = value_find(findings, "code", STR("P104"));
	return found ? mem_printf("P104: %s", value_get_c(found, "text")) : NULL;
}

static enum rc create_one(struct call *call, const struct destination_at *at, const struct value *input,
			  char *etag, char **warning, struct err *reterr)
{
	TRY(service_destination_create(call->session, at, input, etag, reterr));
	*warning = key_store_warning(call, at, input);
	return RC_OK;
}

static enum rc update_one(struct call *call, const struct destination_at *at, const struct value *input,
			  char *etag, char **warning, struct err *reterr)
{
	AUTO_FREE char *if_match = destination_call_if_match(call);
	return service_destination_update(call->session, at, input, if_match, etag, reterr);
}

static enum rc patch_one(struct call *call, const struct destination_at *at, const struct value *input,
			 char *etag, char **warning, struct err *reterr)
{
	AUTO_FREE char *if_match = destination_call_if_match(call);
	return service_destination_patch(call->session, at, input, if_match, etag, reterr);
}

void destination_api_create(struct call *call)
{
	destination_call_write(call, create_one, 201, false);
}

void destination_api_update(struct call *call)
{
	destination_call_write(call, update_one, 200, true);
}

void destination_api_patch(struct call *call)
{
	destination_call_write(call, patch_one, 200, true);
}

void destination_api_delete(struct call *call)
{
	struct destination_at at;
	struct err err = { 0 };
	if (!destination_call_at(call, &at)) {
		return;
	}
	enum rc rc = service_destination_delete(call->session, &at, &err);
	destination_call_finish(call, rc, 200, destination_call_count(1), &err);
}

static struct value *deleted_element(struct str name, enum rc rc)
{
	struct value *one = value_object();
	value_set_str(one, "name", name);
	value_set_c(one, "status", rc == RC_OK ? "DELETED" : "NOT_FOUND");
	if (rc != RC_OK) {
		value_set_c(one, "reason", "Could not find configuration");
	}
	return one;
}

/* Delete the names one by one; what is refused is told together, as SAP words it. */
static void delete_names(struct call *call, const struct destination_at *level, const struct value *names)
{
	struct value *summary = value_array(), *answer;
	AUTO_BUF(refused, 4096);
	struct err err = { 0 };
	int64_t n = 0;
	for (size_t i = 0; i < value_count(names); i++) {
		const struct destination_at at = { level->kind, level->tenant, level->instance,
						   value_c(value_at(names, i)) };
		enum rc rc = service_destination_delete(call->session, &at, &err);
		if (rc == RC_OK) {
			n++;
		} else if (rc == RC_INVALID) {
			buf_printf(&refused, "%s%s", refused.n ? ", " : "", at.name);
		} else if (rc != RC_NOT_FOUND) {
			value_free(summary);
			destination_call_fail(call, &err);
			return;
		}
		if (rc != RC_INVALID) {
			value_append(summary, deleted_element(value_str(value_at(names, i)), rc));
		}
	}
	if (refused.n > 0) {
		value_free(summary);
		(void)err_set(&err, RC_INVALID, "Unable to remove Configurations \"[%s]\".", buf_c(&refused));
		destination_call_fail(call, &err);
		return;
	}
	answer = destination_call_count(n);
	value_set(answer, "Summary", summary);
	call_answer(call, 200, answer);
}

void destination_api_delete_many(struct call *call)
{
	AUTO_FREE char *filter = call_query(call, "$filter");
	AUTO_VALUE *names = NULL;
	struct destination_at at;
	struct err err = { 0 };
	if (!destination_call_at(call, &at)) {
		return;
	}
	if (destination_filter_names(str_of(filter ? filter : ""), &names, &err) != RC_OK) {
		destination_call_fail(call, &err);
	} else {
		delete_names(call, &at, names);
	}
}

void destination_api_label_get(struct call *call)
{
	struct destination_at at;
	struct err err = { 0 };
	struct value *labels = NULL;
	if (!destination_call_at(call, &at)) {
		return;
	}
	enum rc rc = service_destination_label_get(call->session, &at, &labels, &err);
	destination_call_finish(call, rc, 200, labels, &err);
}

void destination_api_label_put(struct call *call)
{
	struct destination_at at;
	struct err err = { 0 };
	if (!destination_call_at(call, &at)) {
		return;
	}
	enum rc rc = service_destination_label_put(call->session, &at, call->body, &err);
	destination_call_finish(call, rc, 200, NULL, &err);
}

void destination_api_label_patch(struct call *call)
{
	struct destination_at at;
	struct err err = { 0 };
	if (!destination_call_at(call, &at)) {
		return;
	}
	enum rc rc = service_destination_label_patch(call->session, &at, call->body, &err);
	destination_call_finish(call, rc, 200, NULL, &err);
}
