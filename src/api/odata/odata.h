/* SPDX-License-Identifier: Apache-2.0
 * The OData API of Cloud Integration, /api/v1: from a path to its operation. */
#pragma once

#include "api/odata/odata_call.h"

/** The table of operations; ends with a row without a method. */
extern const struct odata_operation odata_operations[];

/** A request below /api/v1, on the loop: find its operation, judge its right. False: it was answered. */
bool odata_admit(struct call *call);
/** What was admitted. */
void odata_handle(struct call *call);
