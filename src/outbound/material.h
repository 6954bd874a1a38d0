/* SPDX-License-Identifier: Apache-2.0
 * What a call presents and whom it trusts, as PEM, opened from what its request brings. */
#pragma once

#include "model/reason.h"

/** All PEM. Zeroed by outbound_material_init(). */
struct outbound_material {
	struct buf anchors, chain, key;
	bool certificate; /* chain and key are there */
	bool weak;        /* the key or a certificate that is sent is too weak for today's TLS libraries */
};
void outbound_material_init(struct outbound_material *m);
/** Release, wiping the key. */
void outbound_material_fini(struct outbound_material *m);
/** Where the anchors of the system stand: SSL_CERT_FILE as with OpenSSL, else what Debian keeps. A path. */
const char *outbound_system_anchors(void);
/** Open what a request of outbound_plan() brings. Errors as outbound_call(). */
MUST_USE enum rc outbound_material_open(struct outbound_material *m, const struct value *request,
					struct err *reterr);
