/* SPDX-License-Identifier: Apache-2.0
 * What the files of the design-time family share. */
#pragma once

#include "api/odata/odata_call.h"
#include "service/content/designtime.h"

/** The version that segment i names: its set is the kind. False: answered with 400. */
bool odata_designtime_name(struct odata_call *oc, size_t segment, struct designtime_name *ret);
/**
 * Let a job change the bundle, store it, answer with status and no body.
 * Done again when somebody else was faster.
 * take_edit  as JOB_BUNDLE_EDIT has it
 */
void odata_designtime_edit(struct odata_call *oc, const struct designtime_name *name, int status,
			   struct value *take_edit);
/** The bytes of a version as base64 in a job's request; NULL: answered. Owned. */
struct value *odata_designtime_request(struct odata_call *oc, const struct designtime_name *name);
