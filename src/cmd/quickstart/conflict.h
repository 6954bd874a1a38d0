/* SPDX-License-Identifier: Apache-2.0
 * What stands in the way of a quickstart. */
#pragma once

#include "cmd/quickstart/things.h"

/** See that nothing stands in the way of the run, before anything is made.
 * RC_EXISTS, with what is there and what to do. */
MUST_USE enum rc quickstart_check_free(struct quickstart *q, struct err *reterr);
