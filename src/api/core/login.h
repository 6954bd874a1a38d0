/* SPDX-License-Identifier: Apache-2.0
 * Who asks: by socket, by password, by token. */
#pragma once

#include "api/core/call.h"

/** login_status: memory does not know the login, judge it with a session that has a store. */
#define LOGIN_UNKNOWN (-1)

/**
 * On the loop, before the login is judged: 0 to go on, else 401, 403 or 429 to refuse with, and err says why:
 * a socket's peer is another user, or there were too many wrong logins.
 */
int login_begin(struct call *call, struct err *reterr);
/**
 * With call->session: fill call->login and call->tenant from the listener, the Authorization field and the
 * subaccount's header or host, and tell by call->login_status and call->login_err: 0: go on (the login may
 * still be empty, for public routes); else
 * 401, 403, 404, 503 to refuse with; LOGIN_UNKNOWN. May be called again then.
 */
void login_judge(struct call *call);
/** Whether judging it means to derive from a password. */
bool login_derives(const struct call *call);
/** Set call->actor once the login was judged. */
void login_actor(struct call *call);
/** Whether the login may use a route (NULL: whether it may learn that there is none): 0, else 401 or 403. */
int login_check(const struct call *call, const struct route *route, struct err *reterr);
/** Take "Basic base64(user:password)" apart; buffers get user and password.
 * RC_INVALID another scheme or malformed. */
MUST_USE enum rc login_parse_basic(struct str authorization, struct buf *user, struct buf *password);
