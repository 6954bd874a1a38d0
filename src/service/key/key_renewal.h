/* SPDX-License-Identifier: Apache-2.0
 * Service keys whose certificate Postern renews itself. */
#pragma once

#include "service/core/service.h"

/**
 * Let the service key that holds a certificate hold the one after it as well, so that calls go on with
 * either. Where it holds two already, the other one goes.
 *
 * before  the certificate that is renewed     chain  of the new one, leaf first
 *
 * RC_NOT_FOUND no service key of the subaccount holds it; RC_STORE, RC_IO
 */
MUST_USE enum rc service_key_follow_renewal(struct session *session, const char *tenant,
					    const struct cert *before, const struct cert_list *chain,
					    struct err *reterr);
