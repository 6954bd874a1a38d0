/* SPDX-License-Identifier: Apache-2.0
 * Reading a private key, and naming the kinds that are not supported. */
#pragma once

#include "container/container.h"

/**
 * Read PKCS#8, PKCS#1 or SEC1 DER. A key of a kind that is not supported is noted in c as passed over (P119,
 * with its name and
 * OID) and *ret is NULL. A key is read anew in the default context:
 * one of the private context cannot be used for TLS.
 *
 * alias  of its entry, for the note; may be NULL
 *
 * RC_INVALID (P116) it is no key that can be read.
 */
MUST_USE enum rc key_kind_read(struct container *c, struct str der, const char *alias, struct key **ret,
			       struct err *reterr);
