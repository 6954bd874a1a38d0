/* SPDX-License-Identifier: Apache-2.0
 * From an admitted request to its answer: the flow runs, receivers are called, tokens are asked for. */
#pragma once

#include "gateway/visit.h"

/** The body is whole: run the endpoint's flow, or ask the token service; answers now or later. */
void delivery_start(struct visit *visit);
/** More of a body that the flow does not look at has arrived: run the flow at the first of it, pass it on. */
void delivery_body_arrived(struct visit *visit);
/** The caller takes more of an answer that goes out in parts. */
void delivery_writable(struct visit *visit);
