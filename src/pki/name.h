/* SPDX-License-Identifier: Apache-2.0
 * Distinguished names: between the text that people write and X.501. */
#pragma once

#include "base/buf.h"

#include <openssl/types.h>

/** Longest name that is read [bytes], and most attributes in it. */
#define NAME_MAX_BYTES 1024
#define NAME_MAX_PARTS 20

/** A name in RFC 2253 form, UTF-8 kept; owned. NULL when it cannot be shown. */
char *name_format(const X509_NAME *name);

/**
 * Read "CN=x, O=y, C=DE" (RFC 2253 with backslash escapes and quotes, most specific first) or
 * "/C=DE/O=y/CN=x" (the openssl command's form). The caller frees *ret with X509_NAME_free().
 * RC_INVALID unknown attribute or empty name; RC_LIMIT too long or too many parts. err->field is "subject".
 */
MUST_USE enum rc name_parse(X509_NAME **ret, struct str text, struct err *reterr);
