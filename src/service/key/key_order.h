/* SPDX-License-Identifier: Apache-2.0
 * What the parameters of a service key ask for, in the words of three services. */
#pragma once

#include "json/value.h"
#include "store/key/instance.h"

/** What a key is recognised by. */
enum key_order_type {
	KEY_ORDER_SECRET,   /* client id and secret */
	KEY_ORDER_ISSUED,   /* a certificate that the built-in CA makes */
	KEY_ORDER_EXTERNAL, /* one that the caller has */
};

/** An order, read; borrows from the input. */
struct key_order {
	enum key_order_type type;
	bool pinned;            /* to its certificates, whatever their issuer signs later */
	struct str certificate; /* pasted, of KEY_ORDER_EXTERNAL */
	const char *key_type;   /* of KEY_ORDER_ISSUED: "rsa-2048"; static */
	int64_t days;           /* the same */
};

/**
 * Read "parameters" and "certificate" of what service_key_create() is given.
 *
 * RC_INVALID a name or a value that is not known (err->field);
 * RC_UNSUPPORTED a certificate without grant type client_credentials in the instance
 */
MUST_USE enum rc key_order_read(const struct value *input, const struct store_instance *instance,
				struct key_order *ret, struct err *reterr);
/** The type of private key that a job makes for service_key_create(input), static;
 * NULL where none is to be made. */
const char *service_key_type(const struct value *input);
