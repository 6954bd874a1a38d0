/* SPDX-License-Identifier: Apache-2.0
 * Integration flows: deployed, listed, undeployed. */
#include "service/content/artifact.h"

#include "base/memory.h"
#include "flow/address.h"
#include "flow/bundle/bundle_write.h"
#include "flow/plan_value.h"
#include "flow/bundle/bundle.h"
#include "service/core/input.h"
#include "service/publish/publish.h"
#include "service/publish/publish_receiver.h"
#include "service/key/role.h"
#include "service/core/tenant.h"
#include "store/keystore/credential.h"

#define MAX_PLAN ((size_t)4 * 1024 * 1024)
#define MAX_ARTIFACTS 1000

static struct value *artifact_value(struct session *session, const struct store_artifact *row)
{
	AUTO_VALUE *plan = NULL;
	struct value *v = value_object();
	const struct value *endpoint;
	AUTO_FREE char *gateway = service_tenant_url(session, "gateway_url", row->tenant);
	AUTO_FREE char *url = mem_printf("%s/http%s", gateway, row->address);
	endpoint = value_parse(&plan, str_of(row->plan), VALUE_MAX_BYTES, NULL) == RC_OK
			   ? value_get(plan, "endpoint")
			   : NULL;
	/* The address of a wildcard is told as one that can be called. */
	if (str_ends_with(str_of(url), STR("/*"))) {
		url[strlen(url) - 2] = '\0';
	}
	value_set_c(v, "id", row->id);
	value_set_c(v, "name", row->name);
	value_set_c(v, "version", row->version);
	value_set_c(v, "status", "STARTED");
	value_set_c(v, "address", row->address);
	value_set_c(v, "url", url);
	value_set_c(v, "role", value_get_c(endpoint, "role"));
	value_set_bool(v, "csrf", value_get_bool(endpoint, "csrf", false));
	value_set_int(v, "max_body", value_get_int(endpoint, "max_body", 0));
	value_set_wall(v, "deployed", row->deployed);
	return v;
}

enum rc service_artifact_list(struct session *session, const char *tenant, struct value **ret,
			      struct err *reterr)
{
	AUTO(store_artifact_list_fini) struct store_artifact_list list = { 0 };
	TRY(store_artifact_list_all(session->store, tenant, &list, reterr));
	*ret = value_array();
	for (size_t i = 0; i < list.n; i++) {
		value_append(*ret, artifact_value(session, &list.items[i]));
	}
	return RC_OK;
}

static enum rc find(struct session *session, const char *tenant, const char *id, struct store_artifact *ret,
		    struct err *reterr)
{
	enum rc rc = store_artifact_get(session->store, tenant, id, ret, reterr);
	if (rc == RC_NOT_FOUND) {
		char shown[128];
		(void)err_set(reterr, RC_NOT_FOUND, "There is no artifact %s.",
			      str_printable(str_of(id), shown, sizeof(shown)));
		return err_field(reterr, "id");
	}
	return rc;
}

enum rc service_artifact_get(struct session *session, const char *tenant, const char *id, struct value **ret,
			     struct err *reterr)
{
	AUTO(store_artifact_fini) struct store_artifact row = { 0 };
	TRY(find(session, tenant, id, &row, reterr));
	*ret = artifact_value(session, &row);
	return RC_OK;
}

enum rc service_artifact_parse(struct str zip, struct value **ret, struct err *reterr)
{
	AUTO(bundle_free_cleanup) struct bundle *bundle = NULL;
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = NULL;
	TRY(bundle_read(zip, &bundle, &plan, reterr));
	*ret = value_object();
	value_set_c(*ret, "id", bundle->id);
	value_set_c(*ret, "name", bundle->name);
	value_set_c(*ret, "version", bundle->version);
	value_set_c(*ret, "file", bundle->file);
	value_set(*ret, "plan", flow_plan_to_value(plan));
	return RC_OK;
}

static enum rc check_address(struct session *session, const char *tenant, const char *id, struct str address,
			     struct err *reterr)
{
	AUTO(store_artifact_list_fini) struct store_artifact_list list = { 0 };
	size_t others = 0;
	TRY(store_artifact_list_heads(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		if (strcmp(list.items[i].id, id) == 0) {
			continue;
		}
		others++;
		if (address_conflicts(str_of(list.items[i].address), address)) {
			char shown[200];
			(void)err_set(reterr, RC_CONFLICT,
				      "The address %s collides with %s of the artifact %s.",
				      str_printable(address, shown, sizeof(shown)), list.items[i].address,
				      list.items[i].id);
			return err_field(reterr, "address");
		}
	}
	return others < MAX_ARTIFACTS
		       ? RC_OK
		       : err_set(reterr, RC_LIMIT, "There are %d artifacts already.", MAX_ARTIFACTS);
}

static enum rc check_credential(struct session *session, const char *tenant, const char *name,
				struct err *reterr)
{
	AUTO(store_credential_fini) struct store_credential row = { 0 };
	enum rc rc = store_credential_get(session->store, tenant, name, &row, reterr);
	if (rc == RC_NOT_FOUND) {
		(void)err_set(reterr, RC_INVALID, "The receiver's user credential %.100s does not exist.",
			      name);
		(void)err_fix(reterr, "`postern credential create %.100s --user USER --password-file FILE`",
			      name);
		return err_field(reterr, "credential");
	}
	return rc;
}

static enum rc check_alias(struct session *session, const char *tenant, const char *alias, struct err *reterr)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	enum rc rc = store_keystore_entry_get(session->store, tenant, alias, &row, reterr);
	if (rc == RC_NOT_FOUND || (rc == RC_OK && !row.key.p)) {
		(void)err_set(reterr, RC_INVALID, "The receiver's key pair %.100s is not in the keystore.",
			      alias);
		(void)err_fix(reterr, "`postern keystore create --alias %.100s`", alias);
		return err_field(reterr, "alias");
	}
	return rc;
}

/* A role not known yet is made, so that an instance can be given it. */
static enum rc check_plan(struct session *session, const char *tenant, const struct flow_plan *plan,
			  struct err *reterr)
{
	const struct flow_receiver *r;
	if (plan->endpoint.auth == FLOW_AUTH_ROLE) {
		TRY(service_role_ensure(session, tenant, plan->endpoint.role, reterr));
	}
	for (size_t i = 0; (r = flow_plan_receiver(plan, i)); i++) {
		if (r->auth == FLOW_RECEIVER_BASIC) {
			TRY(check_credential(session, tenant, r->credential, reterr));
		} else if (r->auth == FLOW_RECEIVER_CERTIFICATE) {
			TRY(check_alias(session, tenant, r->alias, reterr));
		}
	}
	return RC_OK;
}

/* Secrets that only this flow used, and uses no more, leave the registry. */
static enum rc put(struct change *change, const struct store_artifact *row, const struct flow_plan *plan,
		   struct err *reterr)
{
	AUTO(store_artifact_receiver_list_fini) struct store_artifact_receiver_list before = { 0 };
	struct session *session = change->session;
	TRY(store_artifact_receiver_list_of(session->store, row->tenant, row->id, &before, reterr));
	TRY(store_artifact_put(session->store, row, reterr));
	TRY(publish_note_receivers(session, row->tenant, row->id, plan, reterr));
	TRY(publish_unused(change, &before, reterr));
	TRY(publish_artifact(change, row, reterr));
	return publish_receivers(change, row->tenant, reterr);
}

static enum rc deploy(struct session *session, const char *tenant, struct str zip, const struct value *parsed,
		      bool only_new, struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = NULL;
	AUTO(store_artifact_fini) struct store_artifact old = { 0 };
	AUTO_BUF(text, MAX_PLAN);
	const char *version = value_get_c(parsed, "version");
	struct store_artifact row = { .tenant = tenant, .bundle = zip, .deployed = wall_now() };
	TRY(input_text(parsed, "id", 200, &row.id, reterr));
	TRY(input_text(parsed, "name", 500, &row.name, reterr));
	TRY(flow_plan_from_value(&plan, value_get(parsed, "plan"), reterr));
	if (value_format(value_get(parsed, "plan"), &text) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The flow is larger than %zu bytes.", MAX_PLAN);
	}
	row.version = version ? version : "1.0.0";
	row.address = plan->endpoint.address;
	row.plan = buf_c(&text);
	TRY(change_begin(&change, session, reterr));
	if (only_new && store_artifact_get(session->store, tenant, row.id, &old, NULL) == RC_OK) {
		(void)err_set(reterr, RC_EXISTS, "The artifact %s exists already.", row.id);
		return err_field(reterr, "name");
	}
	TRY(check_address(session, tenant, row.id, str_of(row.address), reterr));
	TRY(check_plan(session, tenant, plan, reterr));
	TRY(put(&change, &row, plan, reterr));
	TRY(change_commit(&change, reterr));
	*ret = artifact_value(session, &row);
	return RC_OK;
}

enum rc service_artifact_deploy(struct session *session, const char *tenant, struct str zip,
				const struct value *parsed, struct value **ret, struct err *reterr)
{
	return deploy(session, tenant, zip, parsed, false, ret, reterr);
}

enum rc service_artifact_create(struct session *session, const char *tenant, const struct value *input,
				struct value **ret, struct err *reterr)
{
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	AUTO_VALUE *parsed = NULL;
	const char *name = NULL;
	int64_t max_body = 0;
	TRY(field_text(field_find(&object_artifact, "name"), input, &name, reterr));
	TRY(field_integer(field_find(&object_artifact, "max_body_mb"), input, &max_body, reterr));
	struct bundle_spec spec = { .name = str_of(name),
				    .version = value_get_str(input, "version"),
				    .address = value_get_str(input, "address"),
				    .role = value_get_str(input, "role"),
				    .csrf = value_get_bool(input, "csrf", false),
				    .max_body_mb = (uint32_t)max_body,
				    .to = value_get_str(input, "to"),
				    .reply = value_get_str(input, "reply") };
	TRY(bundle_write(&spec, &zip, reterr));
	TRY(service_artifact_parse(buf_str(&zip), &parsed, reterr));
	return deploy(session, tenant, buf_str(&zip), parsed, true, ret, reterr);
}

enum rc service_artifact_undeploy(struct session *session, const char *tenant, const char *id,
				  struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_artifact_fini) struct store_artifact row = { 0 };
	AUTO(store_artifact_receiver_list_fini) struct store_artifact_receiver_list named = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(find(session, tenant, id, &row, reterr));
	TRY(store_artifact_receiver_list_of(session->store, tenant, id, &named, reterr));
	TRY(store_artifact_delete(session->store, tenant, id, reterr));
	TRY(publish_gone(&change, REGISTRY_ENDPOINT, tenant, id, reterr));
	TRY(publish_unused(&change, &named, reterr));
	return change_commit(&change, reterr);
}
