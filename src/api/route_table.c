/* SPDX-License-Identifier: Apache-2.0
 * The table of management routes, from the rows of routes.def. */
#include "api/core/route.h"

#include "api/admin/admin.h"
#include "api/broker_api.h"
#include "api/destination/destination_api.h"
#include "api/odata/odata.h"
#include "api/token_api.h"

const struct route route_table[] = {
#include "api/routes.def"
	{ 0 },
};
