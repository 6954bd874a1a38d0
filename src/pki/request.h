/* SPDX-License-Identifier: Apache-2.0
 * Certificate signing requests. */
#pragma once

#include "pki/key.h"

#include <openssl/x509.h>

struct request;

/** Most subject alternative names of one request or certificate. */
#define REQUEST_MAX_SANS 50

/**
 * Make a request for a key, PEM appended to out.
 * subject  as name_parse() reads it     sans  "DNS:x", "IP:x", "URI:x", "email:x"; a bare "x" is DNS or IP
 * RC_INVALID subject or a name cannot be read.  Source: RFC 2986.
 */
MUST_USE enum rc request_format_pem(const struct key *k, struct str subject, const char *const *sans,
				    size_t n_sans, struct buf *out, struct err *reterr);

/** Read a request from PEM (any line breaks) or DER and check that its own key signed it.
 * RC_INVALID, RC_LIMIT. */
MUST_USE enum rc request_parse(struct request **ret, struct str text, struct err *reterr);
/** Free; accepts NULL. */
void request_free(struct request *r);
DEFINE_CLEANUP(struct request, request_free);
/** The OpenSSL object, for pki; borrowed. */
X509_REQ *request_x509(const struct request *r);
/** Subject alternative names as a v3 extension, or NULL when there are none; the caller frees it.
 * RC_INVALID. */
MUST_USE enum rc request_san_extension(const char *const *sans, size_t n_sans, X509_EXTENSION **ret,
				       struct err *reterr);
