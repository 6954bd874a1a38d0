/* SPDX-License-Identifier: Apache-2.0
 * Handlers of the token endpoints, the life signs and the front page. */
#pragma once

#include "api/core/call.h"

/** POST /oauth/token. */
void token_api_issue(struct call *call);
/** Before a token is issued, on the loop: false, it was answered: the caller was wrong too often. */
bool token_api_admit(struct call *call);
/** GET /token_keys. */
void token_api_keys(struct call *call);
/** GET /.well-known/openid-configuration. */
void token_api_configuration(struct call *call);
/** What clients probe for and is not here: 404 for everybody. */
void token_api_absent(struct call *call);
/** GET /livez. */
void token_api_live(struct call *call);
/** GET /readyz. */
void token_api_ready(struct call *call);
/** GET /metrics. */
void token_api_metrics(struct call *call);
/** GET /. */
void token_api_page(struct call *call);
