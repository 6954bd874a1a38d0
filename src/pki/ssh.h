/* SPDX-License-Identifier: Apache-2.0
 * Public keys in OpenSSH's text form. */
#pragma once

#include "pki/cert.h"

/** Append "ssh-rsa AAAA…" of a certificate's key. RC_INVALID it is no RSA key, RC_LIMIT.
 * Source: RFC 4253 §6.6. */
MUST_USE enum rc ssh_format_public(const struct cert *c, struct buf *out, struct err *reterr);
