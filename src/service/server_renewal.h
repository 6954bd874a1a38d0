/* SPDX-License-Identifier: Apache-2.0
 * The server's own certificates, made by the built-in CA and renewed before their end. */
#pragma once

#include "service/service.h"

/** Make or renew the gateway's RSA and P-256 server certificates, where they are absent or near their end; ret_renewed
 * (may be NULL) tells whether one was. RC_STORE. */
MUST_USE enum rc service_server_renew(struct session *session, bool *ret_renewed, struct err *reterr);
