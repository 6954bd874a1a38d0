/* SPDX-License-Identifier: Apache-2.0
 * Service keys as a platform orders them through the Open Service Broker API, and their renewal. */
#include "service/broker/broker.h"

#include "base/memory.h"
#include "service/broker/broker_order.h"
#include "service/key/key_order.h"
#include "service/key/key_row.h"
#include "service/key/service_key.h"
#include "store/key/broker_binding.h"
#include "store/key/service_key.h"

/* A certificate is to be renewed while a third of its time is left, but not earlier than this before its
 * end. */
#define RENEW_US_MOST ((int64_t)30 * 24 * 3600 * US_PER_SECOND)

/* A binding under way or found: what was ordered, for which instance. */
struct binding {
	struct broker_order order;
	struct value *parameters;
	struct buf text;         /* of parameters */
	const char *predecessor; /* id, or "" */
	struct store_broker_binding row;
	bool exists;
};

static void binding_fini(struct binding *b)
{
	broker_order_fini(&b->order);
	store_broker_binding_fini(&b->row);
	value_free(b->parameters);
	buf_fini(&b->text);
}

static enum rc not_found(struct err *reterr)
{
	return err_set(reterr, RC_NOT_FOUND, "The service instance has no binding of this id.");
}

static enum rc find_row(struct session *session, const char *tenant, const char *instance, const char *id,
			struct store_broker_binding *ret, struct err *reterr)
{
	TRY(store_broker_binding_get(session->store, tenant, id, ret, reterr));
	return strcmp(ret->instance, instance) == 0 ? RC_OK : RC_NOT_FOUND;
}

/* The key of a binding as service_key_get() tells it. */
static enum rc key_of(struct session *session, const struct broker_order *order,
		      const struct store_broker_binding *row, struct value **ret, struct err *reterr)
{
	AUTO(store_service_key_fini) struct store_service_key key = { 0 };
	TRY(store_service_key_get(session->store, row->tenant, row->key, &key, reterr));
	return service_key_get(session, row->tenant, order->instance.name, key.name, ret, reterr);
}

static enum rc refuse_predecessor(struct err *reterr, enum rc code, const char *text)
{
	(void)err_set(reterr, code, "%s", text);
	return err_field(reterr, "predecessor_binding_id");
}

static struct wall not_after_of(const struct value *key)
{
	struct wall end = { 0 };
	const char *text = value_get_c(value_get(key, "certificate"), "not_after");
	(void)!wall_parse(str_of(text ? text : ""), &end);
	return end;
}

/* = Open Service Broker API 2.17, Binding Rotation: a binding of the same instance that has not expired gives
 * its parameters. */
static enum rc take_predecessor(struct session *session, struct binding *b, const struct value *input,
				struct err *reterr)
{
	AUTO(store_broker_binding_fini) struct store_broker_binding old = { 0 };
	AUTO_VALUE *key = NULL;
	const struct value *parameters = value_get(input, "parameters");
	enum rc rc = find_row(session, b->order.row.tenant, b->order.row.id, b->predecessor, &old, reterr);
	if (rc == RC_NOT_FOUND) {
		return refuse_predecessor(reterr, RC_INVALID,
					  "predecessor_binding_id is no binding of this service instance.");
	}
	TRY(rc);
	if (parameters && !value_is_null(parameters)) {
		return refuse_predecessor(
			reterr, RC_INVALID,
			"A renewed binding takes the parameters of its predecessor; send none.");
	}
	TRY(key_of(session, &b->order, &old, &key, reterr));
	if (str_is(value_get_str(key, "type"), "certificate-external")) {
		return refuse_predecessor(
			reterr, RC_UNSUPPORTED,
			"An external certificate is renewed by its owner: bind with the new one in X.509.");
	}
	struct wall end = not_after_of(key);
	if (end.us != 0 && end.us <= wall_now().us) {
		return refuse_predecessor(
			reterr, RC_UNSUPPORTED,
			"The predecessor has expired; bind without predecessor_binding_id.");
	}
	TRY(value_parse(&b->parameters, str_of(old.parameters), BROKER_PARAMETERS_MAX, reterr));
	return value_format(b->parameters, &b->text);
}

/* The catalog's ids may be left out of a renewal, which names its predecessor. */
static enum rc check_ids(const struct binding *b, const struct value *input, struct err *reterr)
{
	const char *service_id = value_get_c(input, "service_id"), *plan_id = value_get_c(input, "plan_id");
	if (b->predecessor[0]) {
		service_id = service_id ? service_id : b->order.row.service_id;
		plan_id = plan_id ? plan_id : b->order.row.plan_id;
	}
	return broker_order_check(&b->order, service_id, plan_id, reterr);
}

static enum rc compare(struct binding *b, struct err *reterr)
{
	if (strcmp(b->row.predecessor, b->predecessor) == 0 &&
	    (b->predecessor[0] || broker_order_same(b->row.parameters, b->parameters))) {
		return RC_OK;
	}
	return err_set(reterr, RC_CONFLICT, "A binding of this id is there already, with other attributes.");
}

static enum rc binding_read(struct session *session, const char *tenant, const char *instance, const char *id,
			    const struct value *input, struct binding *ret, struct err *reterr)
{
	const char *predecessor = value_get_c(input, "predecessor_binding_id");
	ret->predecessor = predecessor ? predecessor : "";
	TRY(broker_order_check_id(id, "binding_id", reterr));
	TRY(broker_order_find(session, tenant, instance, &ret->order, reterr));
	enum rc rc = store_broker_binding_get(session->store, tenant, id, &ret->row, reterr);
	ret->exists = rc == RC_OK;
	if (rc != RC_OK && rc != RC_NOT_FOUND) {
		return rc;
	}
	if (ret->exists && strcmp(ret->row.instance, instance) != 0) {
		return err_set(reterr, RC_CONFLICT, "A binding of this id is there, of another instance.");
	}
	TRY(check_ids(ret, input, reterr));
	if (ret->predecessor[0] && !ret->exists) {
		TRY(take_predecessor(session, ret, input, reterr));
	} else {
		TRY(broker_order_parameters(input, &ret->parameters, &ret->text, reterr));
	}
	return ret->exists ? compare(ret, reterr) : RC_OK;
}

enum rc service_broker_key_type(struct session *session, const char *tenant, const char *instance,
				const char *id, const struct value *input, const char **ret_type,
				struct err *reterr)
{
	AUTO(binding_fini) struct binding b = { .text = BUF(BROKER_PARAMETERS_MAX) };
	TRY(binding_read(session, tenant, instance, id, input, &b, reterr));
	AUTO_VALUE *order = value_object();
	value_set(order, "parameters", value_ref(b.parameters));
	*ret_type = b.exists ? NULL : service_key_type(order);
	return RC_OK;
}

static void set_metadata(struct value *v, const struct value *key)
{
	struct wall begin = { 0 }, end = not_after_of(key);
	char text[WALL_TEXT_SIZE];
	const char *not_before = value_get_c(value_get(key, "certificate"), "not_before");
	if (end.us == 0 || wall_parse(str_of(not_before ? not_before : ""), &begin) != RC_OK) {
		return;
	}
	int64_t third = (end.us - begin.us) / 3;
	struct wall renew = { end.us - (third < RENEW_US_MOST ? third : RENEW_US_MOST) };
	struct value *metadata = value_object();
	value_set_c(metadata, "expires_at", wall_format_ms(end, text));
	value_set_c(metadata, "renew_before", wall_format_ms(renew, text));
	value_set(v, "metadata", metadata);
}

static enum rc describe(struct session *session, const struct broker_order *order, const struct value *key,
			struct value **ret, struct err *reterr)
{
	struct value *credentials = NULL;
	TRY(service_key_credentials(session, order->row.tenant, order->instance.name,
				    value_get_c(key, "name"), &credentials, reterr));
	*ret = value_object();
	value_set(*ret, "credentials", credentials);
	set_metadata(*ret, key);
	return RC_OK;
}

static enum rc insert(struct session *session, const char *id, struct binding *b, struct key *key,
		      struct value **ret_key, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_VALUE *order = value_object();
	char name[BROKER_NAME_SIZE];
	const char *tenant = b->order.row.tenant;
	broker_order_name(id, name);
	value_set_c(order, "name", name);
	value_set(order, "parameters", value_copy(b->parameters));
	TRY(change_begin(&change, session, reterr));
	TRY(service_key_add(&change, tenant, b->order.instance.name, order, key, ret_key, reterr));
	const struct store_broker_binding row = { .tenant = tenant,
						  .id = id,
						  .instance = b->order.row.id,
						  .key = value_get_c(*ret_key, "id"),
						  .parameters = buf_c(&b->text),
						  .predecessor = b->predecessor };
	TRY(store_broker_binding_insert(session->store, &row, reterr));
	return change_commit(&change, reterr);
}

enum rc service_broker_bind(struct session *session, const char *tenant, const char *instance, const char *id,
			    const struct value *input, struct key *key, bool *ret_made, struct value **ret,
			    struct err *reterr)
{
	AUTO(binding_fini) struct binding b = { .text = BUF(BROKER_PARAMETERS_MAX) };
	AUTO_VALUE *made = NULL;
	TRY(binding_read(session, tenant, instance, id, input, &b, reterr));
	*ret_made = !b.exists;
	if (b.exists) {
		TRY(key_of(session, &b.order, &b.row, &made, reterr));
	} else {
		TRY(insert(session, id, &b, key, &made, reterr));
	}
	return describe(session, &b.order, made, ret, reterr);
}

static enum rc binding_find(struct session *session, const char *tenant, const char *instance, const char *id,
			    struct binding *ret, struct err *reterr)
{
	enum rc rc;
	TRY(broker_order_find(session, tenant, instance, &ret->order, reterr));
	rc = find_row(session, tenant, instance, id, &ret->row, reterr);
	return rc == RC_NOT_FOUND ? not_found(reterr) : rc;
}

enum rc service_broker_binding(struct session *session, const char *tenant, const char *instance,
			       const char *id, struct value **ret, struct err *reterr)
{
	AUTO(binding_fini) struct binding b = { 0 };
	AUTO_VALUE *key = NULL;
	struct value *parameters = NULL;
	TRY(binding_find(session, tenant, instance, id, &b, reterr));
	TRY(key_of(session, &b.order, &b.row, &key, reterr));
	TRY(value_parse(&parameters, str_of(b.row.parameters), BROKER_PARAMETERS_MAX, reterr));
	enum rc rc = describe(session, &b.order, key, ret, reterr);
	if (rc == RC_OK) {
		value_set(*ret, "parameters", parameters);
	} else {
		value_free(parameters);
	}
	return rc;
}

enum rc service_broker_unbind(struct session *session, const char *tenant, const char *instance,
			      const char *id, const char *service_id, const char *plan_id, struct err *reterr)
{
	AUTO(binding_fini) struct binding b = { 0 };
	AUTO_VALUE *key = NULL;
	TRY(binding_find(session, tenant, instance, id, &b, reterr));
	TRY(broker_order_check(&b.order, service_id, plan_id, reterr));
	TRY(key_of(session, &b.order, &b.row, &key, reterr));
	return service_key_delete(session, tenant, b.order.instance.name, value_get_c(key, "name"), reterr);
}
