/* SPDX-License-Identifier: Apache-2.0
 * The manager's clock for generated certificates: looks what is due, lets jobs make the keys, renews. */
#pragma once

#include "service/work/work.h"

struct renewal;

/** Look now, and from then on every period_ms [ms]. What fails is logged and tried again the next time. */
struct renewal *renewal_new(struct loop *loop, struct works *works, int64_t period_ms);
/** End it, once the clerks have stopped or before they begin; accepts NULL. */
void renewal_free(struct renewal *renewal);
