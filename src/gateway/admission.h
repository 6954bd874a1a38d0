/* SPDX-License-Identifier: Apache-2.0
 * At a request's head: who calls, what is called, and whether it goes on. */
#pragma once

#include "gateway/visit.h"

/** Judge a request; it is answered, or its body is taken. */
void admission_judge(struct visit *visit);
/** The body grew over what the endpoint takes: refuse. */
void admission_body_limit(struct visit *visit);
