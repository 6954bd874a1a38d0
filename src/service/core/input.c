/* SPDX-License-Identifier: Apache-2.0
 * Members of what a use case is given, each read with its limits. */
#include "service/core/input.h"

static enum rc invalid(struct err *reterr, const char *field, const char *text)
{
	(void)err_set(reterr, RC_INVALID, "%s %s", field, text);
	return err_field(reterr, field);
}

enum rc input_text(const struct value *input, const char *name, size_t max, const char **ret,
		   struct err *reterr)
{
	const struct field field = {
		.name = name, .type = FIELD_LINE, .required = true, .most = (int64_t)max
	};
	return field_text(&field, input, ret, reterr);
}

enum rc input_bytes(const struct value *input, const char *name, size_t max, struct buf *out,
		    struct err *reterr)
{
	const struct field field = {
		.name = name, .type = FIELD_BYTES, .required = true, .most = (int64_t)max
	};
	return field_bytes(&field, input, out, reterr);
}

enum rc input_name(const struct value *input, const char **ret, struct err *reterr)
{
	return field_text(field_find(&object_service_instance, "name"), input, ret, reterr);
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
		good = dash ? id.p[i] == '-' : strchr(CHAR_DIGITS "abcdef", id.p[i]) != NULL;
	}
	if (!good) {
		return invalid(reterr, "id", "has to be a UUID in lower case.");
	}
	memcpy(ret, id.p, RANDOM_UUID_SIZE);
	return RC_OK;
}

static enum rc unknown(const char *name, const char *sentence, struct err *reterr)
{
	char shown[64];
	(void)err_set(reterr, RC_INVALID, "The parameter %s is not known; there are %s.",
		      str_printable(str_of(name), shown, sizeof(shown)), sentence);
	return err_field(reterr, "parameters");
}

enum rc input_known(const struct value *object, const char *const *known, size_t n_known,
		    const char *sentence, struct err *reterr)
{
	const char *name = NULL;
	struct value *member = NULL;
	for (size_t i = 0; value_member(object, i, &name, &member); i++) {
		bool found = false;
		for (size_t k = 0; k < n_known; k++) {
			found |= strcmp(name, known[k]) == 0;
		}
		if (!found) {
			return unknown(name, sentence, reterr);
		}
	}
	return RC_OK;
}

enum rc input_known_fields(const struct value *input, const struct object *object, const char *sentence,
			   struct err *reterr)
{
	const char *name = NULL;
	struct value *member = NULL;
	for (size_t i = 0; value_member(input, i, &name, &member); i++) {
		const struct field *field = object->fields;
		while (field->name && strcmp(field->name, name) != 0) {
			field++;
		}
		if (!field->name) {
			return unknown(name, sentence, reterr);
		}
	}
	return RC_OK;
}
