/* SPDX-License-Identifier: Apache-2.0
 * Deployment: asked for, asked after; what is deployed, its errors and its endpoints. */
#include "api/core/call.h"
#include "api/odata/odata_answer.h"
#include "api/odata/odata_designtime.h"
#include "api/odata/odata_handler.h"
#include "base/memory.h"
#include "flow/bundle/bundle.h"
#include "log/log.h"
#include "service/content/artifact.h"
#include "service/content/deployment.h"

#define DEPLOY "Deploy"
#define JSON_MAX ((size_t)64 * 1024)

/* A deployment at work; it goes on when its caller has gone. */
struct deployment {
	struct actor actor; /* the server, in the subaccount */
	char *tenant, *task, *artifact, *title;
	struct value *content; /* {"content"}: the bundle as base64 */
};

static void deployment_free(struct deployment *d)
{
	mem_free(d->tenant);
	mem_free(d->task);
	mem_free(d->artifact);
	mem_free(d->title);
	value_free(d->content);
	mem_free(d);
}

/* The bundle's own id may be another: tools ask for the artifact by the id it was uploaded under. */
static struct value *parsed_as(const struct deployment *d, const struct value *answer)
{
	struct value *parsed = value_copy(answer);
	value_set_c(parsed, "id", d->artifact);
	value_set_c(parsed, "name", d->title);
	value_set_c(value_get(parsed, "plan"), "name", d->artifact);
	return parsed;
}

static enum rc deploy(struct session *session, const struct deployment *d, const struct value *answer,
		      struct err *reterr)
{
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	AUTO_VALUE *status = NULL, *parsed = parsed_as(d, answer), *v = NULL;
	/* Undeployed meanwhile: the task is forgotten, and nothing shall come of it. */
	TRY(service_deployment_status(session, d->tenant, d->task, &status, reterr));
	TRY(value_get_base64(d->content, "content", &zip, reterr));
	return service_artifact_deploy(session, d->tenant, buf_str(&zip), parsed, &v, reterr);
}

static void bundle_opened(struct session *session, void *context, const struct value *answer,
			  const struct err *failure)
{
	const struct deployment *d = context;
	struct err err = { 0 }, end = { 0 };
	enum rc rc = answer ? deploy(session, d, answer, &err) : failure->code;
	if (!answer) {
		err = *failure;
	}
	if (rc != RC_OK) {
		log_err(LOG_INFO, "deployment_failed", &err);
	}
	rc = service_deployment_end(session, d->tenant, d->task, rc == RC_OK ? NULL : &err, &end);
	if (rc != RC_OK && rc != RC_NOT_FOUND) {
		log_err(LOG_ERROR, "deployment_not_noted", &end);
	}
}

static void deployment_run(struct session *session, void *subject)
{
	struct deployment *d = subject;
	work_need(session, JOB_BUNDLE_OPEN, value_ref(d->content), NULL, bundle_opened, d);
}

static void deployment_ended(void *subject)
{
	deployment_free(subject);
}

static const struct use_case deployment_go_on = { "deployment.go-on", CLERK_CHANGE, deployment_run };

/* It was begun and told; one that is cut off here is noted as failed at the next start. */
static void then_deploy(struct call *call)
{
	struct odata_call *oc = call->state;
	struct deployment *d = TAKE(oc->deployment);
	struct err err = { 0 };
	if (work_start(call->api->works, &deployment_go_on, &d->actor, d, deployment_ended, deployment_ended,
		       NULL, &err) != RC_OK) {
		log_err(LOG_ERROR, "deployment_not_started", &err);
		deployment_free(d);
	}
}

static void start(struct odata_call *oc, const struct designtime_name *name, const struct value *version,
		  struct value *take_content)
{
	struct deployment *d = mem_alloc(sizeof(*d));
	struct err err = { 0 };
	d->tenant = mem_strdup(oc->call->tenant);
	d->actor = actor_server(d->tenant);
	d->artifact = mem_strdup(name->id);
	d->title = str_dup(value_get_str(version, "Name"));
	d->content = take_content;
	const struct deployment_order order = {
		d->tenant, name->kind, name->id, d->title, value_get_c(version, "Version"), odata_user(oc)
	};
	if (service_deployment_begin(oc->call->session, &order, &d->task, &err) != RC_OK) {
		deployment_free(d);
		odata_fail(oc, &err);
		return;
	}
	odata_answer_text(oc, 202, d->task);
	oc->deployment = d;
	oc->call->notes.then = then_deploy;
}

/* Deploy…DesigntimeArtifact?Id='x'&Version='active'. */
void odata_deployment_start(struct odata_call *oc)
{
	AUTO_FREE char *id = odata_parameter(oc, "Id"), *version = odata_parameter(oc, "Version");
	AUTO_FREE char *kind = mem_printf("%ss", oc->path.segments[0].name + strlen(DEPLOY));
	AUTO_VALUE *v = NULL;
	struct err err = { 0 };
	if (!id || !version) {
		(void)err_set(&err, RC_INVALID, "Id and Version are needed.");
		(void)err_field(&err, id ? "Version" : "Id");
		odata_fail(oc, &err);
		return;
	}
	struct designtime_name name = { oc->call->tenant, kind, id, version };
	if (service_designtime_get(oc->call->session, &name, &v, &err) != RC_OK) {
		odata_fail(oc, &err);
		return;
	}
	struct value *content = odata_designtime_request(oc, &name);
	if (content) {
		start(oc, &name, v, content);
	}
}

void odata_deployment_status(struct odata_call *oc)
{
	const char *task = odata_key(oc, 0, "TaskId");
	struct err err = { 0 };
	struct value *v = NULL;
	if (!task) {
		return;
	}
	if (service_deployment_status(oc->call->session, oc->call->tenant, task, &v, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_one(oc, 200, "BuildAndDeployStatus", v);
	}
}

void odata_runtime_list(struct odata_call *oc)
{
	struct err err = { 0 };
	struct value *list = NULL;
	if (service_runtime_list(oc->call->session, oc->call->tenant, &list, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_many(oc, "IntegrationRuntimeArtifacts", list);
	}
}

/* What is deployed under the id in the path; NULL: answered. */
static struct value *runtime_named(struct odata_call *oc)
{
	const char *id = odata_key(oc, 0, "Id");
	struct err err = { 0 };
	struct value *v = NULL;
	if (!id) {
		return NULL;
	}
	if (service_runtime_get(oc->call->session, oc->call->tenant, id, &v, &err) == RC_OK) {
		return v;
	}
	odata_fail(oc, &err);
	return NULL;
}

void odata_runtime_get(struct odata_call *oc)
{
	struct value *v = runtime_named(oc);
	if (!v) {
		return;
	}
	if (value_get(v, "error")) {
		struct value *information = value_object();
		value_set_str(information, "Id", value_get_str(v, "Id"));
		value_set(v, "ErrorInformation", information);
	} else {
		value_set(v, "ErrorInformation", value_null());
	}
	odata_answer_one(oc, 200, "IntegrationRuntimeArtifacts", v);
}

void odata_runtime_undeploy(struct odata_call *oc)
{
	const char *id = odata_key(oc, 0, "Id");
	struct err err = { 0 };
	if (!id) {
		return;
	}
	if (service_runtime_undeploy(oc->call->session, oc->call->tenant, id, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_empty(oc, 202);
	}
}

void odata_runtime_error(struct odata_call *oc)
{
	AUTO_VALUE *v = runtime_named(oc);
	if (!v) {
		return;
	}
	if (!value_get(v, "error")) {
		odata_answer_empty(oc, 204);
		return;
	}
	struct value *information = value_object();
	value_set_str(information, "Id", value_get_str(v, "Id"));
	odata_answer_one(oc, 200, "RuntimeArtifactErrorInformations", information);
}

/* {"message":{…},"parameter":[sentence]}: what tools print. */
void odata_runtime_error_value(struct odata_call *oc)
{
	AUTO_VALUE *v = runtime_named(oc);
	AUTO_VALUE *out = value_object();
	AUTO_BUF(text, JSON_MAX);
	if (!v) {
		return;
	}
	const struct value *error = value_get(v, "error");
	if (!error) {
		odata_answer_empty(oc, 204);
		return;
	}
	struct value *message = value_object(), *parameters = value_array();
	value_set(out, "message", message);
	value_set_c(message, "subsystemName", "CONTENT_DEPLOY");
	value_set_c(message, "subsytemPartName", "CONTENT_DEPLOY");
	value_set_str(message, "messageId", value_get_str(error, "reason"));
	value_set_str(message, "messageText", value_get_str(error, "text"));
	value_set(out, "parameter", parameters);
	value_append_c(parameters, value_get_c(error, "text"));
	(void)!value_format(out, &text);
	odata_answer_file(oc, "application/json", NULL, buf_str(&text));
}

static struct value *endpoint_of(const struct value *artifact)
{
	struct value *v = value_object(), *points = value_array(), *point = value_object();
	const char *id = value_get_c(artifact, "id"), *address = value_get_c(artifact, "address");
	AUTO_FREE char *name = mem_printf("%s$endpointAddress=%s", id, address + (address[0] == '/'));
	struct wall deployed = { 0 };
	(void)!wall_parse(value_get_str(artifact, "deployed"), &deployed);
	value_set_c(v, "Id", name);
	value_set_c(v, "Name", id);
	value_set_str(v, "Title", value_get_str(artifact, "name"));
	value_set_str(v, "Version", value_get_str(artifact, "version"));
	value_set_c(v, "Summary", "");
	value_set_c(v, "Description", "");
	value_set_int(v, "LastUpdated", deployed.us / US_PER_MS);
	value_set_c(v, "Protocol", "REST");
	value_set(v, "EntryPoints", points);
	value_set(v, "ApiDefinitions", value_array());
	value_append(points, point);
	value_set_c(point, "Name", id);
	value_set_str(point, "Url", value_get_str(artifact, "url"));
	value_set_c(point, "Type", "PROD");
	value_set_c(point, "AdditionalInformation", "");
	return v;
}

/* All endpoints; NULL: answered. */
static struct value *endpoints(struct odata_call *oc)
{
	AUTO_VALUE *artifacts = NULL;
	struct err err = { 0 };
	if (service_artifact_list(oc->call->session, oc->call->tenant, &artifacts, &err) != RC_OK) {
		odata_fail(oc, &err);
		return NULL;
	}
	struct value *list = value_array();
	for (size_t i = 0; i < value_count(artifacts); i++) {
		value_append(list, endpoint_of(value_at(artifacts, i)));
	}
	return list;
}

void odata_endpoint_list(struct odata_call *oc)
{
	struct value *list = endpoints(oc);
	if (list) {
		odata_answer_many(oc, "ServiceEndpoints", list);
	}
}

/* The endpoint in the path; NULL: answered. Owned. */
static struct value *endpoint_named(struct odata_call *oc)
{
	const char *id = odata_key(oc, 0, "Id");
	AUTO_VALUE *list = id ? endpoints(oc) : NULL;
	struct value *found = value_find(list, "Id", str_of(id));
	if (list && !found) {
		struct err err = { 0 };
		(void)err_set(&err, RC_NOT_FOUND, "There is no such endpoint.");
		odata_fail(oc, &err);
	}
	return value_ref(found);
}

void odata_endpoint_get(struct odata_call *oc)
{
	struct value *v = endpoint_named(oc);
	if (v) {
		odata_answer_one(oc, 200, "ServiceEndpoints", v);
	}
}

void odata_endpoint_points(struct odata_call *oc)
{
	AUTO_VALUE *v = endpoint_named(oc);
	if (v) {
		odata_answer_many(oc, "EntryPoints", value_ref(value_get(v, "EntryPoints")));
	}
}

void odata_endpoint_definitions(struct odata_call *oc)
{
	AUTO_VALUE *v = endpoint_named(oc);
	if (v) {
		odata_answer_many(oc, "APIDefinitions", value_array());
	}
}
