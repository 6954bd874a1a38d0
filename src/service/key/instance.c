/* SPDX-License-Identifier: Apache-2.0
 * Service instances: a plan and the roles of the keys made in it. */
#include "service/key/instance.h"

#include "base/memory.h"
#include "base/random.h"
#include "model/reason.h"
#include "service/core/destination_memory.h"
#include "service/core/input.h"
#include "service/key/instance_row.h"
#include "service/publish/publish.h"
#include "service/key/role.h"

#include <stdio.h>

#define MAX_PARAMETERS ((size_t)64 * 1024)
#define MAX_ROLES 50
#define MAX_URIS 20
#define MAX_URI 2000

struct plan {
	const char *service;
	const char *name;
	int64_t validity; /* default of token-validity [s] */
	const char *role; /* default role, or NULL */
};

/* Source: SAP, Creating Service Instance and Service Key for Inbound Authentication. */
static const struct plan plans[] = {
	{ "it-rt", "integration-flow", 3600, "ESBMessaging.send" },
	{ "it-rt", "api", 43200, NULL },
	{ "destination", "lite", 43200, NULL },
};

static const char *const grant_types[] = {
	"authorization_code",
	"client_credentials",
	"client_x509",
	"password",
	"refresh_token",
	"urn:ietf:params:oauth:grant-type:jwt-bearer",
	"urn:ietf:params:oauth:grant-type:saml2-bearer",
	"user_token",
};

static enum rc refuse(struct err *reterr, const char *field, const char *text)
{
	(void)err_set(reterr, RC_INVALID, "%s", text);
	return err_field(reterr, field);
}

static enum rc find_plan(const char *service, const char *name, const struct plan **ret, struct err *reterr)
{
	bool known = false;
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		known |= strcmp(plans[i].service, service) == 0;
		if (strcmp(plans[i].service, service) == 0 && strcmp(plans[i].name, name) == 0) {
			*ret = &plans[i];
			return RC_OK;
		}
	}
	return known ? refuse(reterr, "plan",
			      "There is no such plan; it-rt has integration-flow and api, destination has "
			      "lite.")
		     : refuse(reterr, "service",
			      "There is no such service; there are it-rt and destination.");
}

static enum rc check_grant_types(const struct value *list, struct err *reterr)
{
	if (!value_is_array(list) || value_count(list) == 0) {
		return refuse(reterr, "grant-types",
			      "grant-types has to be a list with at least one grant type.");
	}
	for (size_t i = 0; i < value_count(list); i++) {
		const char *type = value_c(value_at(list, i));
		bool known = false;
		for (size_t k = 0; type && k < ARRAY_SIZE(grant_types); k++) {
			known |= strcmp(type, grant_types[k]) == 0;
		}
		if (!known) {
			return refuse(reterr, "grant-types",
				      "grant-types holds an unknown grant type; client_credentials is the "
				      "usual one.");
		}
	}
	return RC_OK;
}

static bool has_grant(const struct value *parameters, const char *type)
{
	return value_has(value_get(parameters, "grant-types"), str_of(type));
}

/* Names of the roles of plan api are those of the runtime, not the tenant's user roles. */
static enum rc check_roles(struct session *session, const char *tenant, const struct plan *plan,
			   const struct value *list, struct err *reterr)
{
	if (!value_is_array(list)) {
		return refuse(reterr, "roles", "roles has to be a list of role names.");
	}
	if (value_count(list) > MAX_ROLES) {
		(void)err_set(reterr, RC_LIMIT, "An instance may have %d roles at most.", MAX_ROLES);
		return err_field(reterr, "roles");
	}
	for (size_t i = 0; i < value_count(list); i++) {
		const char *role = value_c(value_at(list, i));
		if (!role || !role[0] || strlen(role) > 200) {
			return refuse(reterr, "roles", "roles has to be a list of role names.");
		}
		if (strcmp(plan->name, "integration-flow") == 0) {
			TRY(service_role_check(session, tenant, role, reterr));
		}
	}
	return RC_OK;
}

static enum rc check_uris(const struct value *list, struct err *reterr)
{
	if (!value_is_array(list) || value_count(list) > MAX_URIS) {
		return refuse(reterr, "redirect-uris",
			      "redirect-uris has to be a list of 20 addresses at most.");
	}
	for (size_t i = 0; i < value_count(list); i++) {
		struct str uri = value_str(value_at(list, i));
		if (uri.n == 0 || uri.n > MAX_URI) {
			return refuse(reterr, "redirect-uris",
				      "redirect-uris has to be a list of addresses.");
		}
	}
	return RC_OK;
}

/* A misspelt name would silently leave an instance with other rights than meant. */
static enum rc check_names(const struct value *parameters, struct err *reterr)
{
	static const char *const known[] = { "grant-types", "redirect-uris", "roles", "token-validity" };
	return input_known(parameters, known, ARRAY_SIZE(known),
			   "grant-types, roles, redirect-uris and token-validity", reterr);
}

/* Destinations in init_data would silently not be made; the others change nothing here.
 * Source: SAP, Destination service. */
static enum rc check_destination_names(const struct value *parameters, struct err *reterr)
{
	static const char *const known[] = { "HTML5Runtime_enabled", "version" };
	return input_known(parameters, known, ARRAY_SIZE(known), "HTML5Runtime_enabled and version", reterr);
}

static void complete(struct value *parameters, const struct plan *plan)
{
	if (!value_get(parameters, "grant-types")) {
		struct value *list = value_array();
		value_append_c(list, "client_credentials");
		value_set(parameters, "grant-types", list);
	}
	if (!value_get(parameters, "roles")) {
		struct value *list = value_array();
		if (plan->role) {
			value_append_c(list, plan->role);
		}
		value_set(parameters, "roles", list);
	}
	if (!value_get(parameters, "redirect-uris")) {
		value_set(parameters, "redirect-uris", value_array());
	}
	if (!value_get(parameters, "token-validity")) {
		value_set_int(parameters, "token-validity", plan->validity);
	}
}

static enum rc read_validity(const struct value *parameters, const struct plan *plan, int64_t *ret,
			     struct err *reterr)
{
	struct field field = *field_find(&object_service_instance_parameters, "token-validity");
	char initial[24];
	(void)snprintf(initial, sizeof(initial), "%lld", (long long)plan->validity);
	field.initial = initial;
	return field_integer(&field, parameters, ret, reterr);
}

static enum rc check_parameters(struct session *session, const char *tenant, const struct plan *plan,
				struct value *parameters, struct err *reterr)
{
	int64_t validity = 0;
	if (strcmp(plan->service, "it-rt") != 0) {
		return check_destination_names(parameters, reterr);
	}
	TRY(check_names(parameters, reterr));
	complete(parameters, plan);
	TRY(check_grant_types(value_get(parameters, "grant-types"), reterr));
	TRY(check_roles(session, tenant, plan, value_get(parameters, "roles"), reterr));
	TRY(check_uris(value_get(parameters, "redirect-uris"), reterr));
	if (value_count(value_get(parameters, "redirect-uris")) > 0 &&
	    !has_grant(parameters, "authorization_code")) {
		return refuse(reterr, "redirect-uris",
			      "redirect-uris are for the grant type authorization_code only.");
	}
	TRY(read_validity(parameters, plan, &validity, reterr));
	value_set_int(parameters, "token-validity", validity);
	return RC_OK;
}

static enum rc take_parameters(const struct value *input, struct value **ret, struct err *reterr)
{
	const struct value *given = value_get(input, "parameters");
	if (given && !value_is_null(given) && !value_is_object(given)) {
		return refuse(reterr, "parameters", "parameters has to be a JSON object.");
	}
	*ret = value_is_object(given) ? value_copy(given) : value_object();
	return RC_OK;
}

static bool is_api_role(const char *role)
{
	static const char *const served[] = {
#define API_ROLE(name, subject) #name,
#include "model/api_roles.def"
#undef API_ROLE
	};
	for (size_t i = 0; i < ARRAY_SIZE(served); i++) {
		if (role && strcmp(role, served[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* A misspelt role, or none, ends as 403 of every call. */
static void warn_of_roles(struct value *warnings, const char *name, const struct value *roles)
{
	for (size_t i = 0; i < value_count(roles); i++) {
		AUTO_VALUE *evidence = value_object();
		const char *role = value_c(value_at(roles, i));
		if (is_api_role(role)) {
			continue;
		}
		value_set_c(evidence, "instance", name);
		value_set_c(evidence, "role", role);
		AUTO_FREE char *text =
			mem_printf("The role %.200s opens nothing here for plan api.", role ? role : "");
		value_append(warnings, reason_finding(REASON_S316, text, evidence));
	}
	if (value_count(roles) == 0) {
		AUTO_VALUE *evidence = value_object();
		value_set_c(evidence, "instance", name);
		value_append(warnings,
			     reason_finding(REASON_S316, "The instance has no role, so it opens nothing.",
					    evidence));
	}
}

static void add_warnings(struct value *v, const char *name, const char *plan, const struct value *parameters)
{
	struct value *warnings = value_array();
	if (strcmp(plan, "api") == 0) {
		warn_of_roles(warnings, name, value_get(parameters, "roles"));
	}
	if (has_grant(parameters, "client_x509")) {
		AUTO_VALUE *evidence = value_object();
		value_set_c(evidence, "instance", name);
		value_append(warnings, reason_finding(REASON_S306, NULL, evidence));
	}
	value_set(v, "warnings", warnings);
}

static enum rc instance_value(struct session *session, const struct store_instance *row, struct value **ret,
			      struct err *reterr)
{
	struct value *parameters = NULL;
	int64_t n_keys = 0;
	TRY(store_service_key_count_of_instance(session->store, row->tenant, row->id, &n_keys, reterr));
	TRY(value_parse(&parameters, str_of(row->parameters), MAX_PARAMETERS, reterr));
	*ret = value_object();
	value_set_c(*ret, "id", row->id);
	value_set_c(*ret, "name", row->name);
	value_set_c(*ret, "service", row->service);
	value_set_c(*ret, "plan", row->plan);
	add_warnings(*ret, row->name, row->plan, parameters);
	value_set(*ret, "parameters", parameters);
	value_set_int(*ret, "keys", n_keys);
	value_set_wall(*ret, "created", row->created);
	value_set_wall(*ret, "modified", row->modified);
	return RC_OK;
}

enum rc service_instance_list(struct session *session, const char *tenant, struct value **ret,
			      struct err *reterr)
{
	AUTO(store_instance_list_fini) struct store_instance_list list = { 0 };
	AUTO_VALUE *array = value_array();
	TRY(store_instance_list_all(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		struct value *v = NULL;
		TRY(instance_value(session, &list.items[i], &v, reterr));
		value_append(array, v);
	}
	*ret = TAKE(array);
	return RC_OK;
}

enum rc service_instance_get(struct session *session, const char *tenant, const char *name,
			     struct value **ret, struct err *reterr)
{
	AUTO(store_instance_fini) struct store_instance row = { 0 };
	TRY(instance_row_find(session, tenant, name, &row, reterr));
	return instance_value(session, &row, ret, reterr);
}

static enum rc format_parameters(const struct value *parameters, struct buf *out, struct err *reterr)
{
	if (value_format(parameters, out) != RC_OK) {
		(void)err_set(reterr, RC_LIMIT, "parameters are longer than %zu bytes.", MAX_PARAMETERS);
		return err_field(reterr, "parameters");
	}
	return RC_OK;
}

enum rc service_instance_add(struct change *change, const char *tenant, const struct value *input,
			     struct value **ret, struct err *reterr)
{
	struct session *session = change->session;
	AUTO_VALUE *parameters = NULL;
	AUTO_BUF(text, MAX_PARAMETERS);
	const struct plan *plan = NULL;
	const char *name = NULL;
	const char *service_name = value_get_c(input, "service");
	const char *plan_name = value_get_c(input, "plan");
	char id[RANDOM_UUID_SIZE];
	enum rc rc;
	TRY(input_name(input, &name, reterr));
	TRY(input_id(input, id, reterr));
	TRY(find_plan(service_name ? service_name : "", plan_name ? plan_name : "", &plan, reterr));
	TRY(take_parameters(input, &parameters, reterr));
	TRY(check_parameters(session, tenant, plan, parameters, reterr));
	TRY(format_parameters(parameters, &text, reterr));
	struct store_instance row = { .tenant = tenant,
				      .id = id,
				      .name = name,
				      .service = plan->service,
				      .plan = plan->name,
				      .parameters = buf_c(&text),
				      .created = wall_now(),
				      .modified = wall_now() };
	rc = store_instance_insert(session->store, &row, reterr);
	if (rc == RC_EXISTS) {
		(void)err_set(reterr, RC_EXISTS, "The service instance %s exists already.", name);
		return err_field(reterr, "name");
	}
	TRY(rc);
	TRY(publish_instance(change, &row, reterr));
	return instance_value(session, &row, ret, reterr);
}

enum rc service_instance_create(struct session *session, const char *tenant, const struct value *input,
				struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_VALUE *made = NULL;
	TRY(change_begin(&change, session, reterr));
	TRY(service_instance_add(&change, tenant, input, &made, reterr));
	TRY(change_commit(&change, reterr));
	*ret = TAKE(made);
	return RC_OK;
}

static void merge(struct value *parameters, const struct value *given)
{
	const char *name = NULL;
	struct value *member = NULL;
	for (size_t i = 0; value_member(given, i, &name, &member); i++) {
		value_set(parameters, name, value_copy(member));
	}
}

enum rc service_instance_alter(struct change *change, const char *tenant, const char *name,
			       const struct value *input, struct value **ret, struct err *reterr)
{
	struct session *session = change->session;
	AUTO(store_instance_fini) struct store_instance old = { 0 };
	AUTO_VALUE *given = NULL;
	AUTO_VALUE *parameters = NULL;
	AUTO_BUF(text, MAX_PARAMETERS);
	const struct plan *plan = NULL;
	TRY(take_parameters(input, &given, reterr));
	TRY(instance_row_find(session, tenant, name, &old, reterr));
	TRY(find_plan(old.service, old.plan, &plan, reterr));
	TRY(value_parse(&parameters, str_of(old.parameters), MAX_PARAMETERS, reterr));
	merge(parameters, given);
	TRY(check_parameters(session, tenant, plan, parameters, reterr));
	TRY(format_parameters(parameters, &text, reterr));
	struct store_instance row = old;
	row.parameters = buf_c(&text);
	row.modified = wall_now();
	TRY(store_instance_update(session->store, &row, reterr));
	TRY(publish_instance(change, &row, reterr));
	return instance_value(session, &row, ret, reterr);
}

enum rc service_instance_update(struct session *session, const char *tenant, const char *name,
				const struct value *input, struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_VALUE *altered = NULL;
	TRY(change_begin(&change, session, reterr));
	TRY(service_instance_alter(&change, tenant, name, input, &altered, reterr));
	TRY(change_commit(&change, reterr));
	*ret = TAKE(altered);
	return RC_OK;
}

static void forget_destinations(struct session *session, void *row)
{
	const struct store_instance *instance = row;
	destination_memory_remove_level(session->service->destinations, instance->tenant, instance->id);
}

enum rc service_instance_delete(struct session *session, const char *tenant, const char *name,
				struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_instance_fini) struct store_instance row = { 0 };
	enum rc rc;
	TRY(change_begin(&change, session, reterr));
	TRY(instance_row_find(session, tenant, name, &row, reterr));
	rc = store_instance_delete(session->store, tenant, row.id, reterr);
	if (rc == RC_CONFLICT) {
		(void)err_set(reterr, RC_CONFLICT,
			      "The service instance %s has service keys; delete them first.", name);
		return err_fix(reterr, "`postern service-key list %s`", name);
	}
	TRY(rc);
	TRY(store_destination_delete_instance(session->store, tenant, row.id, reterr));
	TRY(publish_gone(&change, REGISTRY_INSTANCE, tenant, row.id, reterr));
	change_when_done(&change, forget_destinations, &row);
	return change_commit(&change, reterr);
}
