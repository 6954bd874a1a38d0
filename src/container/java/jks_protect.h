/* SPDX-License-Identifier: Apache-2.0
 * How Java's key stores protect keys and themselves. */
#pragma once

#include "container/container.h"

#define JKS_DIGEST_SIZE 20

/** UTF-8 to the big-endian UTF-16 that JKS digests, appended.
 * Bytes that are no UTF-8 are taken as Latin-1. */
void jks_protect_password(struct str utf8, struct buf *utf16);

/** The digest at the end of a store: SHA-1 over password, "Mighty Aphrodite" and all before it. */
void jks_protect_digest(struct str utf16_password, struct str store, uint8_t ret[JKS_DIGEST_SIZE]);

/** Note the protection of an EncryptedPrivateKeyInfo in c and judge its cost, deriving nothing.
 * Errors as jks_open(). */
MUST_USE enum rc jks_protect_check(struct container *c, struct str sealed_key, struct err *reterr);
/**
 * Open an EncryptedPrivateKeyInfo (already checked) under Sun's protector or JCEKS' PBEWithMD5AndTripleDES.
 * password  the same as utf16_password in UTF-8       der  PKCS#8 appended; make it secret
 * RC_DENIED the password does not open it (reterr is not filled); RC_INVALID (P116) damaged
 */
MUST_USE enum rc jks_protect_open(struct str sealed_key, struct str password, struct str utf16_password,
				  struct buf *der, struct err *reterr);
/** Seal PKCS#8 DER under Sun's protector; EncryptedPrivateKeyInfo appended to out. RC_LIMIT. */
MUST_USE enum rc jks_protect_seal(struct str der, struct str utf16_password, struct buf *out);
