/* SPDX-License-Identifier: Apache-2.0
 * Private keys that jobs make: they come beside the answer's JSON. */
#include "helper/job_key.h"

struct value *job_key_request(const char *type)
{
	struct value *request = value_object();
	value_set_c(request, "key_type", type ? type : JOB_KEY_DEFAULT);
	return request;
}

void job_keys_fini(struct job_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		key_free(keys->items[i]);
	}
	*keys = (struct job_keys){ 0 };
}

void job_key_order_add(struct job_key_order *order, const char *type)
{
	ASSERT(order->n < JOB_KEYS_MAX);
	order->types[order->n++] = type;
}

struct value *job_keys_request(const struct job_key_order *order)
{
	struct value *request = value_object(), *types = value_array();
	for (size_t i = 0; i < order->n; i++) {
		value_append_c(types, order->types[i]);
	}
	value_set(request, "key_types", types);
	return request;
}

/* They stand one behind the other, as long as the answer tells. */
static enum rc keys_read(struct str secret, const struct value *sizes, struct job_keys *ret,
			 struct err *reterr)
{
	for (size_t i = 0; i < value_count(sizes); i++) {
		int64_t n = value_to_int(value_at(sizes, i), 0);
		if (ret->n == JOB_KEYS_MAX || n <= 0 || (uint64_t)n > secret.n) {
			return err_set(reterr, RC_INVALID, "A private key is missing.");
		}
		TRY(key_new_der(&ret->items[ret->n], str_first(secret, (size_t)n), reterr));
		ret->n++;
		secret = str_skip(secret, (size_t)n);
	}
	return RC_OK;
}

enum rc job_keys_take(struct str secret, const struct value *answer, const struct err *job_err,
		      struct job_keys *ret, struct err *reterr)
{
	AUTO(job_keys_fini) struct job_keys keys = { 0 };
	if (!answer) {
		if (reterr) {
			*reterr = *job_err;
		}
		return job_err->code;
	}
	TRY(keys_read(secret, value_get(answer, "key_bytes"), &keys, reterr));
	*ret = keys;
	keys = (struct job_keys){ 0 };
	return RC_OK;
}

enum rc job_key_take(struct str secret, const struct value *answer, const struct err *job_err,
		     struct key **ret, struct err *reterr)
{
	if (answer) {
		return key_new_der(ret, secret, reterr);
	}
	if (reterr) {
		*reterr = *job_err;
	}
	return job_err->code;
}
