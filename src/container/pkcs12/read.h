/* SPDX-License-Identifier: Apache-2.0
 * A PKCS#12 file while it is read: for pkcs12.c and pkcs12_bag.c alone. */
#pragma once

#include "container/assembly.h"
#include "container/password.h"

#include <openssl/pkcs12.h>

struct pkcs12_reading {
	struct container *c;
	struct assembly parts;
	struct password_ways ways;
	bool lacks_key_id;      /* a key without localKeyID */
	bool password_is_right; /* the MAC said so, or a part that was opened */
};

/** Judge the keys among bags and count what there is, deriving nothing. Errors of container_open_with(). */
MUST_USE enum rc pkcs12_check_bags(struct pkcs12_reading *r, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth,
				   struct err *reterr);
/** Take what is in bags; what no client needs is passed over. Errors of container_open_with(). */
MUST_USE enum rc pkcs12_add_bags(struct pkcs12_reading *r, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth,
				 struct err *reterr);
