/* SPDX-License-Identifier: Apache-2.0
 * What part of a list is asked for. */
#pragma once

#include "api/core/call.h"

/**
 * Before the handler: read what part of a list is asked for, into call->page.
 *
 * False: the call was answered, with 400 and the parameter's name. What is no list takes no such parameters.
 */
bool list_ask(struct call *call);
