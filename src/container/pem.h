/* SPDX-License-Identifier: Apache-2.0
 * PEM, DER and PKCS#7: keys and certificates in any order. */
#pragma once

#include "container/container.h"

/** Open PEM text into c: certificates, PKCS#8 (encrypted too), PKCS#1, SEC1 and DSA keys.
 * Errors of container_open(). */
MUST_USE enum rc pem_open(struct container *c, struct str bytes, const struct container_secrets *secrets,
			  struct err *reterr);
/** Open one DER certificate or private key into c. */
MUST_USE enum rc pem_open_der(struct container *c, struct str bytes, const struct container_secrets *secrets,
			      struct err *reterr);
/** Open PKCS#7, PEM or DER, into c. */
MUST_USE enum rc pem_open_pkcs7(struct container *c, struct str bytes, struct err *reterr);
/** Write every key (encrypted where password.p is not NULL and not empty) followed by its chain. RC_LIMIT. */
MUST_USE enum rc pem_write(const struct container *c, struct str password, struct buf *out,
			   struct err *reterr);
/** Write the first entry's certificate as DER. RC_INVALID there is none. */
MUST_USE enum rc pem_write_der(const struct container *c, struct buf *out, struct err *reterr);
/** Write all certificates as PKCS#7, PEM or DER. RC_LIMIT. */
MUST_USE enum rc pem_write_pkcs7(const struct container *c, bool der, struct buf *out, struct err *reterr);
