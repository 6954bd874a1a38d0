/* SPDX-License-Identifier: Apache-2.0
 * Chains as they are kept: the PEM of one certificate after the other. */
#pragma once

#include "pki/cert.h"

/** Format a chain as PEM, owned text. */
char *chain_pem_format(const struct cert_list *chain);
/** Read a chain that chain_pem_format() wrote and append it to ret. RC_INVALID it is damaged. */
MUST_USE enum rc chain_pem_parse(const char *pem, struct cert_list *ret, struct err *reterr);
