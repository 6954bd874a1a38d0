/* SPDX-License-Identifier: Apache-2.0
 * Members of what a use case is given, each read with its limits. */
#include "service/input.h"

#include "base/encoding.h"

#define MAX_NAME 32

static enum rc invalid(struct err *reterr, const char *field, const char *text)
{
	(void)err_set(reterr, RC_INVALID, "%s %s", field, text);
	return err_field(reterr, field);
}

enum rc input_text(const struct value *input, const char *name, size_t max, const char **ret,
		   struct err *reterr)
{
	struct str s = value_get_str(input, name);
	if (!s.p || s.n == 0) {
		return invalid(reterr, name, "is missing.");
	}
	if (s.n > max) {
		(void)err_set(reterr, RC_LIMIT, "%s is longer than %zu bytes.", name, max);
		return err_field(reterr, name);
	}
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f) {
			return invalid(reterr, name, "holds a control character.");
		}
	}
	*ret = s.p;
	return RC_OK;
}

enum rc input_int(const struct value *input, const char *name, int64_t least, int64_t most, int64_t otherwise,
		  int64_t *ret, struct err *reterr)
{
	const struct value *v = value_get(input, name);
	uint64_t digits = 0;
	int64_t i = otherwise;
	if (value_is_int(v)) {
		i = value_to_int(v, 0);
	} else if (value_is_string(v) && str_parse_uint(value_str(v), INT64_MAX, &digits) == RC_OK) {
		i = (int64_t)digits;
	} else if (v && !value_is_null(v)) {
		return invalid(reterr, name, "is no whole number.");
	}
	if (i < least || i > most) {
		(void)err_set(reterr, RC_INVALID, "%s has to be between %lld and %lld.", name,
			      (long long)least, (long long)most);
		return err_field(reterr, name);
	}
	*ret = i;
	return RC_OK;
}

enum rc input_name(const struct value *input, const char **ret, struct err *reterr)
{
	const char *name = NULL;
	TRY(input_text(input, "name", 1024, &name, reterr));
	if (strlen(name) > MAX_NAME ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") !=
		    strlen(name)) {
		return invalid(reterr, "name", "has to be 1 to 32 of A-Z a-z 0-9 . _ and -.");
	}
	*ret = name;
	return RC_OK;
}

enum rc input_id(const struct value *input, char ret[RANDOM_UUID_SIZE], struct err *reterr)
{
	struct str id = value_get_str(input, "id");
	if (!id.p) {
		(void)random_uuid(ret);
		return RC_OK;
	}
	bool good = id.n == RANDOM_UUID_SIZE - 1;
	for (size_t i = 0; good && i < id.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		good = dash ? id.p[i] == '-' : strchr("0123456789abcdef", id.p[i]) != NULL;
	}
	if (!good) {
		return invalid(reterr, "id", "has to be a UUID in lower case.");
	}
	memcpy(ret, id.p, RANDOM_UUID_SIZE);
	return RC_OK;
}

enum rc input_bytes(const struct value *input, const char *name, size_t max, struct buf *out,
		    struct err *reterr)
{
	struct str text = value_get_str(input, name);
	if (!text.p || text.n == 0) {
		return invalid(reterr, name, "is missing.");
	}
	if (text.n > max / 3 * 4 + 4096) {
		(void)err_set(reterr, RC_LIMIT, "%s is larger than %zu bytes.", name, max);
		return err_field(reterr, name);
	}
	if (str_find_str(text, STR("-----BEGIN")) == text.n && base64_decode(out, text, true) == RC_OK) {
		return RC_OK;
	}
	buf_clear(out);
	if (!buf_add(out, text)) {
		(void)err_set(reterr, RC_LIMIT, "%s is larger than %zu bytes.", name, max);
		return err_field(reterr, name);
	}
	return RC_OK;
}

enum rc input_known(const struct value *object, const char *const *known, size_t n_known,
		    const char *sentence, struct err *reterr)
{
	const char *name = NULL;
	struct value *member = NULL;
	for (size_t i = 0; value_member(object, i, &name, &member); i++) {
		bool found = false;
		for (size_t k = 0; k < n_known; k++)
			found |= strcmp(name, known[k]) == 0;
		if (!found) {
			char shown[64];
			(void)err_set(reterr, RC_INVALID, "The parameter %s is not known; there are %s.",
				      str_printable(str_of(name), shown, sizeof(shown)), sentence);
			return err_field(reterr, "parameters");
		}
	}
	return RC_OK;
}
