/* SPDX-License-Identifier: Apache-2.0
 * Java's own key stores: JKS read and written, JCEKS read. */
#pragma once

#include "container/container.h"

/**
 * Read a JKS or JCEKS store into c (c->kind says which).
 *
 * secrets  without a password, a store that holds only certificates is opened, unchecked
 *
 * The structure is read whole and every iteration count judged before anything is derived.
 * RC_DENIED (P101) wrong password, (P127) a key has another one; RC_INVALID (P116) damaged;
 * RC_LIMIT (P116) too many entries, (P117) iteration count;
 * RC_UNSUPPORTED (P115) a secret key, or a protection that is not known.
 * Source: OpenJDK sun.security.provider.{JavaKeyStore,KeyProtector},
 * com.sun.crypto.provider.{JceKeyStore,PBES1Core}.
 */
MUST_USE enum rc jks_open(struct container *c, struct str bytes, const struct container_secrets *secrets,
			  struct err *reterr);

/**
 * Write a JKS store, appended to out; keys under Sun's protector, aliases in lower case as Java wants them.
 * Aliases are told apart and certificates get an entry each: container_spread().
 * RC_INVALID no password; RC_LIMIT out is full.
 */
MUST_USE enum rc jks_write(const struct container *c, struct str password, struct buf *out,
			   struct err *reterr);
