/* SPDX-License-Identifier: Apache-2.0
 * What the use cases of the broker share: an order with its instance, and how orders are read and
 * compared. */
#pragma once

#include "pki/digest.h"
#include "service/publish/change.h"
#include "service/core/input.h"
#include "store/key/broker_instance.h"
#include "store/key/instance.h"

/** Largest parameters of an order, as JSON text [bytes]. */
#define BROKER_PARAMETERS_MAX ((size_t)64 * 1024)
/** Room for a name made of an id, with NUL. */
#define BROKER_NAME_SIZE 33

/** A platform's order and what was made of it. Zeroed storage of the caller. */
struct broker_order {
	struct store_broker_instance row;
	struct store_instance instance;
};

/** Find an order by the platform's id; broker_order_fini() it. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc broker_order_find(struct session *session, const char *tenant, const char *id,
				   struct broker_order *ret, struct err *reterr);
/** Release; accepts a zeroed one. */
void broker_order_fini(struct broker_order *order);
/** Whether the catalog's ids (either may be NULL) are those of the order. RC_INVALID (err->field). */
MUST_USE enum rc broker_order_check(const struct broker_order *order, const char *service_id,
				    const char *plan_id, struct err *reterr);
/** Whether an id of a platform can be taken. RC_INVALID (err->field is field). */
MUST_USE enum rc broker_order_check_id(const char *id, const char *field, struct err *reterr);
/** A name as input_name() takes it: the id itself, a UUID without its hyphens, of other ids the digits of a
 * hash. */
void broker_order_name(const char *id, char ret[BROKER_NAME_SIZE]);
/** The member "parameters" (an empty object where there is none), owned, and its text.
 * RC_INVALID, RC_LIMIT. */
MUST_USE enum rc broker_order_parameters(const struct value *input, struct value **ret, struct buf *text,
					 struct err *reterr);
/** Whether the JSON text of stored parameters says the same. */
bool broker_order_same(const char *stored, const struct value *parameters);
