/* SPDX-License-Identifier: Apache-2.0
 * Opens a container of any kind, and writes one. */
#pragma once

#include "container/container.h"

/** Load what opening needs (legacy ciphers), so that container_open() does no I/O afterwards.
 * Call once, before a sandbox. */
void container_prepare(void);

/**
 * Open a container, or the base64 text of one. A password is tried in the few ways in which its letters
 * become bytes (password.h). Entries of kinds that are not known are passed over, and noted.
 *
 * RC_DENIED (P101) wrong password, or one is needed, (P127) a key in it has another;
 * RC_UNSUPPORTED (P115) a cipher that is not supported, named, (P119) its only keys are of kinds that are not
 * supported, named; RC_INVALID (P103) nothing that is known, or what is known as something else, named,
 * (P116) damaged; RC_LIMIT (P117) iteration count out of bounds, told before anything is derived, or (P116)
 * more entries, certificates or bytes than allowed.
 */
MUST_USE enum rc container_open_with(struct container **ret, struct str bytes,
				     const struct container_secrets *secrets, struct err *reterr);
/** As container_open_with(), for files that have one password, as all do that Postern keeps. */
MUST_USE enum rc container_open(struct container **ret, struct str bytes, struct str password,
				struct err *reterr);

/**
 * Write entries in another kind; legacy: PKCS#12 with RC2-40, 3DES and SHA-1, for the old that ask for it.
 * RC_INVALID no password where the kind needs one, or the kind cannot hold the entries; RC_LIMIT out is full.
 */
MUST_USE enum rc container_write(const struct container *c, enum container_kind kind, struct str password,
				 bool legacy, struct buf *out, struct err *reterr);
