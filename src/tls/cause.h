/* SPDX-License-Identifier: Apache-2.0
 * Why a handshake failed, in words for people: no library's name for it goes further than this. */
#pragma once

#include "base/result.h"

/**
 * Fill reterr with what, the cause, and its mend if there is one, from OpenSSL's error queue, which is
 * emptied.
 *
 * what       "the TLS handshake failed"; the cause follows behind a colon
 * is_server  whether the error is of the server's side: it tells whose mistake it was
 *
 * Returns code. reterr may be NULL. Alerts are told by the names of RFC 8446 §6.
 */
enum rc tls_err(struct err *reterr, enum rc code, const char *what, bool is_server);
