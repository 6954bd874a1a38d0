/* SPDX-License-Identifier: Apache-2.0
 * A list of names and values that never grows above its maximum, and borrows what it can. */
#include "flow/fields.h"

#include "base/memory.h"

static void free_texts(struct flow_entry *item)
{
	mem_free(item->name);
	mem_free(item->value);
}

void flow_fields_fini(struct flow_fields *fields)
{
	for (size_t i = 0; i < fields->n; i++) {
		free_texts(&fields->items[i]);
	}
	mem_free(fields->items);
	*fields = (struct flow_fields){ .nocase = fields->nocase };
}

static bool same_name(const struct flow_fields *fields, struct str a, struct str b)
{
	return fields->nocase ? str_equal_nocase(a, b) : str_equal(a, b);
}

static size_t find(const struct flow_fields *fields, struct str name)
{
	size_t i = 0;
	while (i < fields->n && !same_name(fields, fields->items[i].field.name, name)) {
		i++;
	}
	return i;
}

struct str flow_fields_get(const struct flow_fields *fields, struct str name)
{
	size_t i = find(fields, name);
	return i < fields->n ? fields->items[i].field.value : STR_NONE;
}

static bool has_room(struct flow_fields *fields, size_t more)
{
	if (more > FLOW_MAX_BODY || fields->bytes + more > FLOW_MAX_BODY) {
		fields->overflow = true;
		return false;
	}
	return true;
}

static void own_name(struct flow_entry *item)
{
	if (!item->name) {
		item->name = str_dup(item->field.name);
		item->field.name.p = item->name;
	}
}

static void own_value(struct flow_entry *item, char *take_value, size_t n)
{
	mem_free(item->value);
	item->value = take_value;
	item->field.value = str_from(take_value, n);
}

static void add(struct flow_fields *fields, struct str name, struct str value, bool borrowed)
{
	if (fields->n >= FLOW_MAX_FIELDS || !has_room(fields, name.n + value.n)) {
		fields->overflow = true;
		return;
	}
	if (fields->n == fields->size) {
		fields->size = fields->size ? fields->size * 2 : 16;
		fields->items = mem_resize(fields->items, fields->size, sizeof(*fields->items));
	}
	struct flow_entry *item = &fields->items[fields->n++];
	*item = (struct flow_entry){ .field = { name, value } };
	if (!borrowed) {
		own_name(item);
		own_value(item, str_dup(value), value.n);
	}
	fields->bytes += name.n + value.n;
}

static void replace(struct flow_fields *fields, size_t i, char *take_value, size_t n)
{
	struct flow_entry *item = &fields->items[i];
	fields->bytes = fields->bytes - item->field.value.n + n;
	own_name(item);
	own_value(item, take_value, n);
}

static void remove_at(struct flow_fields *fields, size_t i)
{
	fields->bytes -= fields->items[i].field.name.n + fields->items[i].field.value.n;
	free_texts(&fields->items[i]);
	memmove(&fields->items[i], &fields->items[i + 1], (fields->n - i - 1) * sizeof(*fields->items));
	fields->n--;
}

void flow_fields_set(struct flow_fields *fields, struct str name, struct str value)
{
	size_t i = find(fields, name);
	if (i == fields->n) {
		add(fields, name, value, false);
	} else if (has_room(fields, value.n)) {
		replace(fields, i, str_dup(value), value.n);
	}
}

void flow_fields_set_borrowed(struct flow_fields *fields, struct str name, struct str value)
{
	size_t i = find(fields, name);
	if (i < fields->n) {
		remove_at(fields, i);
	}
	add(fields, name, value, true);
}

void flow_fields_append(struct flow_fields *fields, struct str name, struct str value)
{
	size_t i = find(fields, name);
	struct str old;
	char *joined;
	if (i == fields->n || str_equal_nocase(name, STR("Set-Cookie"))) {
		add(fields, name, value, false);
		return;
	}
	old = fields->items[i].field.value;
	if (!has_room(fields, value.n + 2)) {
		return;
	}
	joined = mem_alloc(old.n + value.n + 3);
	memcpy(joined, old.p, old.n);
	memcpy(joined + old.n, ", ", 2);
	if (value.n > 0) {
		memcpy(joined + old.n + 2, value.p, value.n);
	}
	replace(fields, i, joined, old.n + 2 + value.n);
}

void flow_fields_remove(struct flow_fields *fields, struct str name)
{
	bool prefix = name.n > 0 && name.p[name.n - 1] == '*';
	struct str begin = prefix ? str_first(name, name.n - 1) : name;
	for (size_t i = fields->n; i-- > 0;) {
		struct str its = fields->items[i].field.name;
		if (prefix ? same_name(fields, str_first(its, begin.n), begin)
			   : same_name(fields, its, name)) {
			remove_at(fields, i);
		}
	}
}
