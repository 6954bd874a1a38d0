/* SPDX-License-Identifier: Apache-2.0
 * The server's own certificates: from the built-in CA by default, replaced by the operator where wanted. */
#pragma once

#include "container/container.h"
#include "helper/job_key.h"
#include "service/core/service.h"

/** [{"kind":"rsa|ec","own":true,"certificate":{…}}]; own: issued by the built-in CA. RC_STORE. */
MUST_USE enum rc service_server_certificate_list(struct session *session, struct value **ret,
						 struct err *reterr);
/**
 * Replace the certificates of the kinds (RSA, EC) of which the container holds a key pair;
 * gateways present them from the next connection on. ret is the list, with "warnings".
 *
 * RC_INVALID no key pair in it (P104), key of another certificate (P107), not for servers (P108), out of its
 * dates (P109)
 */
MUST_USE enum rc service_server_certificate_replace(struct session *session,
						    const struct container *container, struct value **ret,
						    struct err *reterr);
/** Make those of the built-in CA anew that come near their end, and publish them.
 * keys: as server_renewal_order() told, asked now and then; one that is missing is made here.
 * RC_STORE, RC_IO. */
MUST_USE enum rc service_server_certificate_upkeep(struct session *session, const struct job_keys *keys,
						   struct err *reterr);
/** Go back to certificates of the built-in CA, of the keys that server_renewal_order_all() tells;
 * one that is missing is made here. RC_STORE. */
MUST_USE enum rc service_server_certificate_reset(struct session *session, const struct job_keys *keys,
						  struct value **ret, struct err *reterr);
