/* SPDX-License-Identifier: Apache-2.0
 * The supervisor's lock, folders and listening sockets. */
#pragma once

#include "supervisor/state.h"

/** Take the lock, make the folders, listen. RC_IO. */
MUST_USE enum rc listeners_open(struct supervisor *s, struct err *reterr);
/** After a handover: listen anew where the settings name another place;
 * one that cannot be had leaves the old socket. */
void listeners_renew(struct supervisor *s);
/** No more callers from outside: those that come are refused once the gateways have let go too. */
void listeners_close_outside(struct supervisor *s);
/** Remove sockets' files, close everything. */
void listeners_close(struct supervisor *s);
