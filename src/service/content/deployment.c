/* SPDX-License-Identifier: Apache-2.0
 * Deployments, and what is deployed with its errors. */
#include "service/content/deployment.h"

#include "base/memory.h"
#include "base/random.h"
#include "service/content/artifact.h"
#include "service/publish/change.h"
#include "store/content/artifact.h"
#include "store/content/deployment.h"

#define WORKING "DEPLOYING"
#define GOOD "SUCCESS"
#define BAD "FAIL"
/* SAP's sentence, which tools compare. */
#define NOT_DEPLOYED "Requested entity could not be found."

static enum rc put(struct session *session, const struct store_deployment *row, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(store_deployment_put(session->store, row, reterr));
	enum rc rc = store_deployment_trim(session->store, row->tenant, row->artifact, reterr);
	if (rc != RC_OK && rc != RC_NOT_FOUND) {
		return rc;
	}
	return change_commit(&change, reterr);
}

enum rc service_deployment_begin(struct session *session, const struct deployment_order *order,
				 char **ret_task, struct err *reterr)
{
	char task[RANDOM_UUID_SIZE];
	struct store_deployment row = { .tenant = order->tenant,
					.task = random_uuid(task),
					.artifact = order->artifact,
					.kind = order->kind,
					.name = order->name,
					.version = order->version,
					.status = WORKING,
					.error = "",
					.reason = "",
					.user_name = order->user,
					.started = wall_now() };
	TRY(put(session, &row, reterr));
	*ret_task = mem_strdup(task);
	return RC_OK;
}

static enum rc end_row(struct session *session, const struct store_deployment *row, const struct err *failure,
		       struct err *reterr)
{
	struct store_deployment ended = *row;
	AUTO_FREE char *text = failure && failure->fix[0] ? mem_printf("%s %s", failure->text, failure->fix)
							  : mem_strdup(failure ? failure->text : "");
	ended.status = failure ? BAD : GOOD;
	ended.error = text;
	ended.reason = failure ? failure->reason : "";
	ended.ended = wall_now();
	return put(session, &ended, reterr);
}

enum rc service_deployment_end(struct session *session, const char *tenant, const char *task,
			       const struct err *failure, struct err *reterr)
{
	AUTO(store_deployment_fini) struct store_deployment row = { 0 };
	TRY(store_deployment_get(session->store, tenant, task, &row, reterr));
	return end_row(session, &row, failure, reterr);
}

enum rc service_deployment_recover(struct session *session, struct err *reterr)
{
	AUTO(store_deployment_list_fini) struct store_deployment_list list = { 0 };
	struct err failure = { 0 };
	(void)err_set(&failure, RC_AGAIN, "The server was restarted during the deployment; deploy again.");
	TRY(store_deployment_list_open(session->store, WORKING, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		TRY(end_row(session, &list.items[i], &failure, reterr));
	}
	return RC_OK;
}

enum rc service_deployment_status(struct session *session, const char *tenant, const char *task,
				  struct value **ret, struct err *reterr)
{
	AUTO(store_deployment_fini) struct store_deployment row = { 0 };
	enum rc rc = store_deployment_get(session->store, tenant, task, &row, reterr);
	if (rc == RC_NOT_FOUND) {
		(void)err_set(reterr, RC_NOT_FOUND, "There is no deployment task of this id.");
		return err_field(reterr, "TaskId");
	}
	TRY(rc);
	*ret = value_object();
	value_set_c(*ret, "TaskId", row.task);
	value_set_c(*ret, "Status", row.status);
	return RC_OK;
}

/* Type of a runtime artifact, by the set it was deployed from. */
static const char *type_of(const char *kind)
{
	static const char *const types[][2] = {
		{ "MessageMappingDesigntimeArtifacts", "MESSAGE_MAPPING" },
		{ "ValueMappingDesigntimeArtifacts", "VALUE_MAPPING" },
		{ "ScriptCollectionDesigntimeArtifacts", "SCRIPT_COLLECTION" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(types[i][0], kind) == 0) {
			return types[i][1];
		}
	}
	return "INTEGRATION_FLOW";
}

static struct value *runtime_value(const char *id, const char *version, const char *name, const char *user,
				   struct wall when, const char *status)
{
	struct value *v = value_object();
	value_set_c(v, "Id", id);
	value_set_c(v, "Version", version);
	value_set_c(v, "Name", name);
	value_set_c(v, "Type", "INTEGRATION_FLOW");
	value_set_c(v, "DeployedBy", user);
	value_set_int(v, "DeployedOn", when.us / US_PER_MS);
	value_set_c(v, "Status", status);
	return v;
}

/* The newer of what is deployed and what the last deployment came to; either may be NULL, not both. */
static struct value *runtime_of(const struct store_artifact *artifact, const struct store_deployment *last)
{
	bool superseded = artifact && last && last->started.us < artifact->deployed.us;
	if (!last || superseded || strcmp(last->status, GOOD) == 0) {
		return artifact ? runtime_value(artifact->id, artifact->version, artifact->name,
						last ? last->user_name : "admin", artifact->deployed,
						"STARTED")
				: NULL;
	}
	bool failed = strcmp(last->status, BAD) == 0;
	struct value *v = runtime_value(last->artifact, last->version, last->name, last->user_name,
					last->started, failed ? "ERROR" : "STARTING");
	value_set_c(v, "Type", type_of(last->kind));
	if (failed) {
		struct value *error = value_object();
		value_set(v, "error", error);
		value_set_c(error, "text", last->error);
		value_set_c(error, "reason", last->reason);
	}
	return v;
}

static const struct store_deployment *deployment_of(const struct store_deployment_list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->items[i].artifact, id) == 0) {
			return &list->items[i];
		}
	}
	return NULL;
}

static bool is_deployed(const struct store_artifact_list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->items[i].id, id) == 0) {
			return true;
		}
	}
	return false;
}

enum rc service_runtime_list(struct session *session, const char *tenant, struct value **ret,
			     struct err *reterr)
{
	AUTO(store_artifact_list_fini) struct store_artifact_list artifacts = { 0 };
	AUTO(store_deployment_list_fini) struct store_deployment_list deployments = { 0 };
	TRY(store_artifact_list_heads(session->store, tenant, &artifacts, reterr));
	TRY(store_deployment_list_newest(session->store, tenant, &deployments, reterr));
	*ret = value_array();
	for (size_t i = 0; i < artifacts.n; i++) {
		struct value *v =
			runtime_of(&artifacts.items[i], deployment_of(&deployments, artifacts.items[i].id));
		value_append(*ret, v);
	}
	for (size_t i = 0; i < deployments.n; i++) {
		if (is_deployed(&artifacts, deployments.items[i].artifact)) {
			continue;
		}
		struct value *v = runtime_of(NULL, &deployments.items[i]);
		if (v) {
			value_append(*ret, v);
		}
	}
	return RC_OK;
}

enum rc service_runtime_get(struct session *session, const char *tenant, const char *id, struct value **ret,
			    struct err *reterr)
{
	AUTO(store_artifact_fini) struct store_artifact artifact = { 0 };
	AUTO(store_deployment_fini) struct store_deployment last = { 0 };
	enum rc has_artifact = store_artifact_get(session->store, tenant, id, &artifact, reterr);
	enum rc has_last = store_deployment_get_newest(session->store, tenant, id, &last, reterr);
	if (has_artifact != RC_OK && has_artifact != RC_NOT_FOUND) {
		return has_artifact;
	}
	if (has_last != RC_OK && has_last != RC_NOT_FOUND) {
		return has_last;
	}
	struct value *v = has_artifact == RC_OK || has_last == RC_OK
				  ? runtime_of(has_artifact == RC_OK ? &artifact : NULL,
					       has_last == RC_OK ? &last : NULL)
				  : NULL;
	if (!v) {
		(void)err_set(reterr, RC_NOT_FOUND, NOT_DEPLOYED);
		return err_field(reterr, "Id");
	}
	*ret = v;
	return RC_OK;
}

enum rc service_runtime_undeploy(struct session *session, const char *tenant, const char *id,
				 struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	TRY(service_runtime_get(session, tenant, id, &v, reterr));
	enum rc rc = service_artifact_undeploy(session, tenant, id, reterr);
	if (rc != RC_OK && rc != RC_NOT_FOUND) {
		return rc;
	}
	AUTO_CHANGE change = { 0 };
	TRY(change_begin(&change, session, reterr));
	rc = store_deployment_forget(session->store, tenant, id, reterr);
	if (rc != RC_OK && rc != RC_NOT_FOUND) {
		return rc;
	}
	return change_commit(&change, reterr);
}
