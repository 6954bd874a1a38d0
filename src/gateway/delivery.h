/* SPDX-License-Identifier: Apache-2.0
 * From a whole request to its answer: the flow runs, receivers are called, tokens are asked for. */
#pragma once

#include "gateway/visit.h"

/** The body is whole: run the endpoint's flow, or ask the token service; answers now or later. */
void delivery_start(struct visit *visit);
