/* SPDX-License-Identifier: Apache-2.0
 * Handlers of the token endpoints, the life signs and the front page. */
#pragma once

#include "api/call.h"

void token_api_issue(struct call *call);
void token_api_keys(struct call *call);
void token_api_configuration(struct call *call);
void token_api_live(struct call *call);
void token_api_ready(struct call *call);
void token_api_metrics(struct call *call);
void token_api_page(struct call *call);
