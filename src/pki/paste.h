/* SPDX-License-Identifier: Apache-2.0
 * Certificates in whatever form people paste them. */
#pragma once

#include "pki/cert.h"

/** Most text that is looked at [bytes], and most certificates in it. */
#define PASTE_MAX_BYTES ((size_t)256 * 1024)
#define PASTE_MAX_CERTIFICATES 20

/**
 * Read every certificate of a pasted text, in its order: PEM with line feeds, CRLF, literal "\n", or no line
 * break at all, with the last dashes missing, several in a row; bare base64 of DER or of PEM; DER itself;
 * PKCS#7 as PEM or DER.
 * Certificates are appended to ret.
 *
 * RC_INVALID (reason S303, with the place in the text)  no certificate in it, or one that cannot be read
 * RC_LIMIT   longer than PASTE_MAX_BYTES or more than PASTE_MAX_CERTIFICATES
 */
MUST_USE enum rc paste_certificates(struct cert_list *ret, struct str text, struct err *reterr);

/**
 * Decode base64 as it survived pasting: white space, quotes, and escapes of line breaks and slashes are
 * skipped.
 * RC_INVALID other bytes in it, RC_LIMIT at out's maximum or text longer than PASTE_MAX_BYTES.
 */
MUST_USE enum rc paste_base64(struct str text, struct buf *out);

/** The certificate meant as sender: the first that is no CA, else the first;
 * borrowed, NULL of an empty list. */
struct cert *paste_leaf(const struct cert_list *list);
