/* SPDX-License-Identifier: Apache-2.0
 * The management listeners: from a request of theirs to its handler. */
#pragma once

#include "api/core/state.h"

/** The callbacks for http_server_new(); its ctx is a struct api_server *. */
extern const struct http_handler api_handler;

/** Whether Host and, when sent, Origin name this server: 0, else the status to refuse with (421 or 403). */
int api_check_host(const struct api *api, struct str host, struct str origin);
