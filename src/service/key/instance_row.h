/* SPDX-License-Identifier: Apache-2.0
 * The row of a service instance, found by its name. */
#pragma once

#include "service/core/service.h"
#include "store/key/instance.h"

/** By name; store_instance_fini(ret) in any case. RC_NOT_FOUND (err->field "instance"), RC_STORE. */
MUST_USE enum rc instance_row_find(struct session *session, const char *tenant, const char *name,
				   struct store_instance *ret, struct err *reterr);
