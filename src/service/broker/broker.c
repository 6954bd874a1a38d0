/* SPDX-License-Identifier: Apache-2.0
 * Service instances as a platform orders them through the Open Service Broker API: under ids of its own. */
#include "service/broker/broker.h"

#include "base/memory.h"
#include "base/random.h"
#include "service/broker/broker_catalog.h"
#include "service/broker/broker_order.h"
#include "service/core/input.h"
#include "service/key/instance.h"

#include <stdio.h>

static enum rc not_found(struct err *reterr)
{
	return err_set(reterr, RC_NOT_FOUND, "The platform has ordered no service instance of this id here.");
}

enum rc broker_order_find(struct session *session, const char *tenant, const char *id,
			  struct broker_order *ret, struct err *reterr)
{
	enum rc rc = store_broker_instance_get(session->store, tenant, id, &ret->row, reterr);
	if (rc == RC_NOT_FOUND) {
		return not_found(reterr);
	}
	TRY(rc);
	return store_instance_get(session->store, tenant, ret->row.instance, &ret->instance, reterr);
}

void broker_order_fini(struct broker_order *order)
{
	store_broker_instance_fini(&order->row);
	store_instance_fini(&order->instance);
}

enum rc broker_order_check(const struct broker_order *order, const char *service_id, const char *plan_id,
			   struct err *reterr)
{
	if (!service_id || !service_id[0] || !plan_id || !plan_id[0]) {
		const char *field = service_id && service_id[0] ? "plan_id" : "service_id";
		(void)err_set(reterr, RC_INVALID, "%s is missing.", field);
		return err_field(reterr, field);
	}
	if (strcmp(service_id, order->row.service_id) != 0 || strcmp(plan_id, order->row.plan_id) != 0) {
		const char *field = strcmp(service_id, order->row.service_id) != 0 ? "service_id" : "plan_id";
		(void)err_set(reterr, RC_INVALID, "%s is not that of the service instance.", field);
		return err_field(reterr, field);
	}
	return RC_OK;
}

enum rc broker_order_check_id(const char *id, const char *field, struct err *reterr)
{
	if (!id[0] || strlen(id) > BROKER_ID_MAX) {
		(void)err_set(reterr, RC_INVALID, "%s has 1 to %d characters.", field, BROKER_ID_MAX);
		return err_field(reterr, field);
	}
	return RC_OK;
}

/* "01234567-89ab-..." without its hyphens is as long as a name may be. */
static bool uuid_shorten(const char *id, char ret[BROKER_NAME_SIZE])
{
	size_t n = 0;
	if (strlen(id) != RANDOM_UUID_SIZE - 1) {
		return false;
	}
	for (size_t i = 0; id[i]; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		if (hyphen ? id[i] != '-' : !char_is_hex(id[i])) {
			return false;
		}
		if (!hyphen) {
			ret[n++] = id[i];
		}
	}
	ret[n] = '\0';
	return true;
}

void broker_order_name(const char *id, char ret[BROKER_NAME_SIZE])
{
	char digest[DIGEST_SHA256_TEXT_SIZE];
	AUTO_VALUE *wanted = value_object();
	const char *name = NULL;
	value_set_c(wanted, "name", id);
	if (input_name(wanted, &name, NULL) == RC_OK) {
		(void)snprintf(ret, BROKER_NAME_SIZE, "%s", name);
	} else if (!uuid_shorten(id, ret)) {
		(void)snprintf(ret, BROKER_NAME_SIZE, "%.32s", digest_sha256_text(str_of(id), digest));
	}
}

enum rc broker_order_parameters(const struct value *input, struct value **ret, struct buf *text,
				struct err *reterr)
{
	const struct value *given = value_get(input, "parameters");
	if (given && !value_is_null(given) && !value_is_object(given)) {
		(void)err_set(reterr, RC_INVALID, "parameters has to be a JSON object.");
		return err_field(reterr, "parameters");
	}
	*ret = value_is_object(given) ? value_copy(given) : value_object();
	if (value_format(*ret, text) != RC_OK) {
		(void)err_set(reterr, RC_LIMIT, "parameters are longer than %zu bytes.",
			      BROKER_PARAMETERS_MAX);
		return err_field(reterr, "parameters");
	}
	return RC_OK;
}

bool broker_order_same(const char *stored, const struct value *parameters)
{
	AUTO_VALUE *old = NULL;
	return value_parse(&old, str_of(stored), BROKER_PARAMETERS_MAX, NULL) == RC_OK &&
	       value_equal(old, parameters);
}

/* = Open Service Broker API 2.17, Maintenance Info Object:
 * only a version can conflict, and no plan of ours has one.
 * A platform that knows none may send the object empty or with other members. */
static enum rc check_maintenance(const struct value *input, struct err *reterr)
{
	const struct value *info = value_get(input, "maintenance_info");
	const struct value *version = value_get(info, "version");
	if (!info || value_is_null(info) || (value_is_object(info) && !version)) {
		return RC_OK;
	}
	if (!value_is_object(info) || !value_is_string(version)) {
		(void)err_set(reterr, RC_INVALID,
			      "maintenance_info has to be an object whose version is a text.");
		return err_field(reterr, "parameters");
	}
	(void)err_set(reterr, RC_UNSUPPORTED, "The plans of the catalog have no maintenance_info.");
	return err_field(reterr, "maintenance_info");
}

/* The name that the platform shows its user, where it tells one that can be had; else one made of the id. */
static enum rc choose_name(struct session *session, const char *tenant, const char *id,
			   const struct value *input, struct value *order, struct err *reterr)
{
	AUTO(store_instance_fini) struct store_instance taken = { 0 };
	AUTO_VALUE *wanted = value_object();
	char name[BROKER_NAME_SIZE];
	const char *told = NULL;
	value_set_str(wanted, "name", value_get_str(value_get(input, "context"), "instance_name"));
	if (input_name(wanted, &told, NULL) == RC_OK) {
		enum rc rc = store_instance_find_name(session->store, tenant, told, &taken, reterr);
		if (rc == RC_NOT_FOUND) {
			value_set_c(order, "name", told);
		}
		if (rc != RC_OK) {
			return rc == RC_NOT_FOUND ? RC_OK : rc;
		}
	}
	broker_order_name(id, name);
	value_set_c(order, "name", name);
	return RC_OK;
}

/* What a platform says of an instance. */
struct request {
	const char *service_id, *plan_id, *organization, *space;
	const char *service, *plan; /* names */
	struct value *parameters;
	struct buf text; /* of parameters */
};

static void request_fini(struct request *r)
{
	value_free(r->parameters);
	buf_fini(&r->text);
}

static enum rc request_read(struct session *session, const char *tenant, const struct value *input,
			    struct request *ret, struct err *reterr)
{
	ret->service_id = value_get_c(input, "service_id");
	ret->plan_id = value_get_c(input, "plan_id");
	TRY(broker_catalog_find(session, tenant, ret->service_id, ret->plan_id, &ret->service, &ret->plan,
				reterr));
	TRY(input_text(input, "organization_guid", BROKER_ID_MAX, &ret->organization, reterr));
	TRY(input_text(input, "space_guid", BROKER_ID_MAX, &ret->space, reterr));
	TRY(check_maintenance(input, reterr));
	return broker_order_parameters(input, &ret->parameters, &ret->text, reterr);
}

static bool is_same(const struct store_broker_instance *row, const struct request *r)
{
	return strcmp(row->service_id, r->service_id) == 0 && strcmp(row->plan_id, r->plan_id) == 0 &&
	       strcmp(row->organization, r->organization) == 0 && strcmp(row->space, r->space) == 0 &&
	       broker_order_same(row->parameters, r->parameters);
}

static enum rc insert(struct session *session, const char *tenant, const char *id, const struct value *input,
		      struct request *r, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_VALUE *order = value_object(), *made = NULL;
	value_set_c(order, "service", r->service);
	value_set_c(order, "plan", r->plan);
	value_set(order, "parameters", value_copy(r->parameters));
	TRY(change_begin(&change, session, reterr));
	TRY(choose_name(session, tenant, id, input, order, reterr));
	TRY(service_instance_add(&change, tenant, order, &made, reterr));
	const struct store_broker_instance row = { .tenant = tenant,
						   .id = id,
						   .instance = value_get_c(made, "id"),
						   .service_id = r->service_id,
						   .plan_id = r->plan_id,
						   .organization = r->organization,
						   .space = r->space,
						   .parameters = buf_c(&r->text) };
	TRY(store_broker_instance_insert(session->store, &row, reterr));
	return change_commit(&change, reterr);
}

enum rc service_broker_provision(struct session *session, const char *tenant, const char *id,
				 const struct value *input, bool *ret_made, struct err *reterr)
{
	AUTO(request_fini) struct request r = { .text = BUF(BROKER_PARAMETERS_MAX) };
	AUTO(store_broker_instance_fini) struct store_broker_instance row = { 0 };
	TRY(broker_order_check_id(id, "instance_id", reterr));
	TRY(request_read(session, tenant, input, &r, reterr));
	enum rc rc = store_broker_instance_get(session->store, tenant, id, &row, reterr);
	*ret_made = rc == RC_NOT_FOUND;
	if (rc == RC_NOT_FOUND) {
		return insert(session, tenant, id, input, &r, reterr);
	}
	TRY(rc);
	if (is_same(&row, &r)) {
		return RC_OK;
	}
	return err_set(reterr, RC_CONFLICT,
		       "A service instance of this id is there already, with other attributes.");
}

enum rc service_broker_instance(struct session *session, const char *tenant, const char *id,
				struct value **ret, struct err *reterr)
{
	AUTO(broker_order_fini) struct broker_order order = { 0 };
	struct value *parameters = NULL;
	TRY(broker_order_find(session, tenant, id, &order, reterr));
	TRY(value_parse(&parameters, str_of(order.instance.parameters), BROKER_PARAMETERS_MAX, reterr));
	*ret = value_object();
	value_set_c(*ret, "service_id", order.row.service_id);
	value_set_c(*ret, "plan_id", order.row.plan_id);
	value_set(*ret, "parameters", parameters);
	return RC_OK;
}

/* What is compared with a repeated order is what the instance has become. */
static enum rc remember(struct session *session, struct broker_order *order, const struct value *given,
			struct err *reterr)
{
	AUTO_VALUE *parameters = NULL;
	AUTO_BUF(text, BROKER_PARAMETERS_MAX);
	const char *name = NULL;
	struct value *member = NULL;
	TRY(value_parse(&parameters, str_of(order->row.parameters), BROKER_PARAMETERS_MAX, reterr));
	for (size_t i = 0; value_member(given, i, &name, &member); i++) {
		value_set(parameters, name, value_copy(member));
	}
	TRY(value_format(parameters, &text));
	struct store_broker_instance row = order->row;
	row.parameters = buf_c(&text);
	return store_broker_instance_update(session->store, &row, reterr);
}

static enum rc check_plan(const struct broker_order *order, const struct value *input, struct err *reterr)
{
	const char *plan_id = value_get_c(input, "plan_id");
	TRY(broker_order_check(order, value_get_c(input, "service_id"), order->row.plan_id, reterr));
	if (!plan_id || strcmp(plan_id, order->row.plan_id) == 0) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_UNSUPPORTED,
		      "The plan of a service instance cannot be changed; order a new instance.");
	return err_field(reterr, "plan_id");
}

enum rc service_broker_update(struct session *session, const char *tenant, const char *id,
			      const struct value *input, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(broker_order_fini) struct broker_order order = { 0 };
	AUTO_VALUE *parameters = NULL, *altered = NULL, *wanted = value_object();
	AUTO_BUF(text, BROKER_PARAMETERS_MAX);
	TRY(change_begin(&change, session, reterr));
	TRY(broker_order_find(session, tenant, id, &order, reterr));
	TRY(check_plan(&order, input, reterr));
	TRY(check_maintenance(input, reterr));
	TRY(broker_order_parameters(input, &parameters, &text, reterr));
	value_set(wanted, "parameters", value_copy(parameters));
	TRY(service_instance_alter(&change, tenant, order.instance.name, wanted, &altered, reterr));
	TRY(remember(session, &order, parameters, reterr));
	return change_commit(&change, reterr);
}

enum rc service_broker_deprovision(struct session *session, const char *tenant, const char *id,
				   const char *service_id, const char *plan_id, struct err *reterr)
{
	AUTO(broker_order_fini) struct broker_order order = { 0 };
	const char *service_name = NULL, *plan = NULL;
	/* Also of an instance that is gone: what is missing is told first. */
	TRY(broker_catalog_find(session, tenant, service_id, plan_id, &service_name, &plan, reterr));
	TRY(broker_order_find(session, tenant, id, &order, reterr));
	TRY(broker_order_check(&order, service_id, plan_id, reterr));
	return service_instance_delete(session, tenant, order.instance.name, reterr);
}
