/* SPDX-License-Identifier: Apache-2.0
 * Orders of a platform. */
#pragma once

#include "service/broker/broker.h"
#include "service/broker/broker_catalog.h"
#include "unit/service/world.h"

#define INSTANCE "8f4e2c10-0000-4000-8000-00000000000a"
#define BINDING "8f4e2c10-0000-4000-8000-00000000000b"

/* The ids of a plan in a subaccount's catalog, into an order. */
static inline void set_ids(struct world *w, struct value *order, const char *service, const char *plan)
{
	AUTO_VALUE *catalog = NULL;
	OK(w, broker_catalog(w->session, TENANT, &catalog, &w->err));
	const struct value *services = value_get(catalog, "services");
	for (size_t i = 0; i < value_count(services); i++) {
		const struct value *one = value_at(services, i), *plans = value_get(one, "plans");
		for (size_t k = 0; k < value_count(plans); k++) {
			if (!str_is(value_get_str(one, "name"), service) ||
			    !str_is(value_get_str(value_at(plans, k), "name"), plan)) {
				continue;
			}
			value_set_str(order, "service_id", value_get_str(one, "id"));
			value_set_str(order, "plan_id", value_get_str(value_at(plans, k), "id"));
		}
	}
	assert_non_null(value_get_c(order, "plan_id"));
}

/* An order for plan integration-flow with what else is given. */
static inline struct value *order_with(struct world *w, const char *more)
{
	AUTO_VALUE *added = json(more);
	struct value *order = json("{'organization_guid':'o','space_guid':'s'}");
	const char *name = NULL;
	struct value *member = NULL;
	set_ids(w, order, "it-rt", "integration-flow");
	for (size_t i = 0; value_member(added, i, &name, &member); i++) {
		value_set(order, name, value_ref(member));
	}
	return order;
}

static inline enum rc provision(struct world *w, const char *id, const char *more, bool *ret_made)
{
	AUTO_VALUE *order = order_with(w, more);
	w->err = (struct err){ 0 };
	return service_broker_provision(w->session, TENANT, id, order, ret_made, &w->err);
}
