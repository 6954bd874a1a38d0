/* SPDX-License-Identifier: Apache-2.0
 * Labels: a few keys with a few values each, on whatever the Destination service keeps. */
#include "base/memory.h"
#include "service/destination/destination.h"
#include "service/destination/destination_row.h"

#define LABELS_JSON_MAX ((size_t)64 * 1024)

static enum rc too_many(struct err *reterr)
{
	(void)err_set(reterr, RC_INVALID, "There are at most %d labels with %d values each.",
		      DESTINATION_LABELS_MAX, DESTINATION_LABEL_VALUES_MAX);
	return err_field(reterr, "labels");
}

static bool text_is_good(struct str text)
{
	return text.n > 0 && text.n <= DESTINATION_LABEL_TEXT_MAX && str_find(text, '\0') == text.n;
}

/* Put one label into a list, its values beside those that the key has already. */
static enum rc label_add(struct value *labels, const struct value *input, struct err *reterr)
{
	struct str key = value_get_str(input, "key");
	const struct value *values = value_get(input, "values");
	if (!text_is_good(key) || !value_is_array(values)) {
		return destination_row_invalid(
			reterr, "labels",
			"A label is {\"key\": text, \"values\": [texts]}, each of 1 to 256 bytes.");
	}
	struct value *label = value_find(labels, "key", key);
	if (!label) {
		label = value_object();
		value_set_str(label, "key", key);
		value_set(label, "values", value_array());
		value_append(labels, label);
	}
	struct value *have = value_get(label, "values");
	for (size_t i = 0; i < value_count(values); i++) {
		struct str text = value_str(value_at(values, i));
		if (!text_is_good(text)) {
			return destination_row_invalid(reterr, "labels",
						       "A label's value is a text of 1 to 256 bytes.");
		}
		if (!value_has(have, text)) {
			value_append(have, value_string(text));
		}
		if (value_count(have) > DESTINATION_LABEL_VALUES_MAX) {
			return too_many(reterr);
		}
	}
	return value_count(labels) > DESTINATION_LABELS_MAX ? too_many(reterr) : RC_OK;
}

static enum rc labels_add(struct value *labels, const struct value *input, struct err *reterr)
{
	if (!value_is_array(input)) {
		return destination_row_invalid(reterr, "labels", "Labels are a list.");
	}
	for (size_t i = 0; i < value_count(input); i++) {
		TRY(label_add(labels, value_at(input, i), reterr));
	}
	return RC_OK;
}

static struct value *values_without(const struct value *values, const struct value *gone)
{
	struct value *kept = value_array();
	for (size_t i = 0; i < value_count(values); i++) {
		if (!value_has(gone, value_str(value_at(values, i)))) {
			value_append(kept, value_ref(value_at(values, i)));
		}
	}
	return kept;
}

/* What is left of labels when those of input are taken away; owned. */
static struct value *labels_without(const struct value *labels, const struct value *input)
{
	struct value *kept = value_array();
	for (size_t i = 0; i < value_count(labels); i++) {
		struct value *label = value_at(labels, i);
		const struct value *gone = value_find(input, "key", value_get_str(label, "key"));
		if (gone) {
			value_set(label, "values",
				  value_count(value_get(gone, "values")) > 0
					  ? values_without(value_get(label, "values"),
							   value_get(gone, "values"))
					  : value_array());
		}
		if (!gone || value_count(value_get(label, "values")) > 0) {
			value_append(kept, value_ref(label));
		}
	}
	return kept;
}

static enum rc labels_write(struct session *session, const struct destination_at *at,
			    const struct value *labels, struct err *reterr)
{
	AUTO(store_destination_fini) struct store_destination owned = { 0 };
	struct store_destination row;
	AUTO_BUF(text, LABELS_JSON_MAX);
	TRY(destination_row_read(session, at, &owned, &row, NULL, reterr));
	if (value_format(labels, &text) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The labels are too large.");
	}
	row.labels = buf_c(&text);
	return destination_row_write(session, &row, false, NULL, reterr);
}

enum rc service_destination_label_get(struct session *session, const struct destination_at *at,
				      struct value **ret, struct err *reterr)
{
	const struct destination_row *kept = destination_row_find(session, at);
	if (!kept) {
		return destination_row_not_found(at, reterr);
	}
	return value_parse(ret, str_of(kept->row.labels), LABELS_JSON_MAX, reterr);
}

enum rc service_destination_label_put(struct session *session, const struct destination_at *at,
				      const struct value *input, struct err *reterr)
{
	AUTO_VALUE *labels = value_array();
	TRY(labels_add(labels, input, reterr));
	return labels_write(session, at, labels, reterr);
}

enum rc service_destination_label_patch(struct session *session, const struct destination_at *at,
					const struct value *input, struct err *reterr)
{
	AUTO_VALUE *labels = NULL;
	struct str action = value_get_str(input, "action");
	const struct value *change = value_get(input, "labels");
	TRY(service_destination_label_get(session, at, &labels, reterr));
	if (str_is(action, "ADD")) {
		TRY(labels_add(labels, change, reterr));
	} else if (str_is(action, "DELETE") && value_is_array(change)) {
		struct value *kept = labels_without(labels, change);
		value_free(labels);
		labels = kept;
	} else {
		return destination_row_invalid(
			reterr, "action",
			"A change of labels is {\"action\": \"ADD\" or \"DELETE\", \"labels\": []}.");
	}
	return labels_write(session, at, labels, reterr);
}
