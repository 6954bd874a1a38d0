/* SPDX-License-Identifier: Apache-2.0
 * Whether libssl's decoding of certificates goes by pki's cache: that hangs on how the program was linked. */
#pragma once

#include "tls/context.h"

/**
 * Let libssl decode the context's own certificate while a cache of its own holds it, and look whether the
 * cache was asked.
 */
bool tls_decode_check(const struct tls_server_context *context);
