/* SPDX-License-Identifier: Apache-2.0
 * Who asks: by socket, by password, by token. */
#pragma once

#include "api/api.h"

/**
 * Fill call->login and call->tenant from the listener, the Authorization field and the subaccount's header or host.
 *
 * ret_status  0: go on (login may still be empty, for public routes); else 401, 403, 404 or 429 to refuse with, and err says why
 */
void login_judge(struct call *call, enum api_listener listener, int *ret_status, struct err *reterr);
/** Whether the login may use a route: 0, else 401 or 403. */
int login_check(const struct call *call, const struct route *route, struct err *reterr);
/** Take "Basic base64(user:password)" apart; buffers get user and password. RC_INVALID another scheme or malformed. */
MUST_USE enum rc login_parse_basic(struct str authorization, struct buf *user, struct buf *password);
