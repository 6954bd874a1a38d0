/* SPDX-License-Identifier: Apache-2.0
 * PKCS#12: modern and legacy, read and written. */
#pragma once

#include "container/container.h"

/** Open into c; errors of container_open(). Source: RFC 7292, RFC 9879. */
MUST_USE enum rc pkcs12_open(struct container *c, struct str bytes, const struct container_secrets *secrets,
			     struct err *reterr);
/** Write; PBES2 AES-256 with a SHA-256 MAC, or RC2-40, 3DES and SHA-1 when legacy. RC_INVALID no password. */
MUST_USE enum rc pkcs12_write(const struct container *c, struct str password, bool legacy, struct buf *out,
			      struct err *reterr);
