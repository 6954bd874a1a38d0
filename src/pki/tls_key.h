/* SPDX-License-Identifier: Apache-2.0
 * Which keys a client certificate can have in TLS, before anybody tries. */
#pragma once

#include "pki/cert.h"

enum tls_key {
	TLS_KEY_GOOD, /* with TLS 1.2 and 1.3 */
	TLS_KEY_OLD,  /* with TLS 1.2, where the client names the curve; RFC 8446 has no number for it */
	TLS_KEY_NONE, /* it cannot sign, has no number in TLS, or is smaller or larger than is taken */
};

/** RSA keys of a client certificate [bits]: what is smaller cannot make the signatures of TLS 1.3, what is
 * larger costs too much. */
#define TLS_KEY_RSA_MIN 1024
#define TLS_KEY_RSA_MAX 8192

/**
 * Judge the key of a certificate by its kind alone: the gateway's offer in src/tls/context.c is what it has
 * to agree with.
 * Source: RFC 8446 §4.2.3, RFC 8422 §5.1.1.
 */
enum tls_key tls_key_judge(const struct cert *c);
