/* SPDX-License-Identifier: Apache-2.0
 * Java's own key stores: JKS read and written, JCEKS read. */
#pragma once

#include "keystore/container.h"

/** Open into c; errors of container_open(). Source: the format as OpenJDK's provider reads it. */
MUST_USE enum rc jks_open(struct container *c, struct str bytes, struct str password, struct err *reterr);
/** Write JKS. RC_INVALID no password, or below six characters, which keytool refuses. */
MUST_USE enum rc jks_write(const struct container *c, struct str password, struct buf *out,
			   struct err *reterr);
