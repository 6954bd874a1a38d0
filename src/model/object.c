/* SPDX-License-Identifier: Apache-2.0
 * The tables of fields, from the rows of objects.def. What the macros below stand for is told there. */
#include "model/object.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* The help comes first of the rest, so that a field without more needs no comma behind it. */
#define FIELD(member, kind, ...) \
	{ \
		.name = member, .type = FIELD_##kind, .help = __VA_ARGS__ \
	}
#define TOLD(member, kind, ...) \
	{ \
		.name = member, .type = FIELD_##kind, .way = FIELD_OUT, .always = true, .help = __VA_ARGS__ \
	}
#define TOLD_OR_NULL(member, kind, what) TOLD(member, kind, what, .or_null = true)
#define TOLD_SOMETIMES(member, kind, what) FIELD(member, kind, what, .way = FIELD_OUT, .or_null = true)
#define TOLD_OBJECT(member, id, what) TOLD(member, OBJECT, what, .object = &object_##id)
#define TOLD_LIST(member, id, what) TOLD(member, LIST, what, .object = &object_##id)
#define TOLD_WORD(member, list, what) TOLD(member, CHOICE, what, .words = list)

#define OBJECT(id, title, goes, ...) \
	static const struct field id##_fields[] = { __VA_ARGS__, { 0 } }; \
	const struct object object_##id = { title, goes, id##_fields };
static const struct field no_fields[] = { { 0 } };
#define OBJECT_WITHOUT_FIELDS(id, title, goes) const struct object object_##id = { title, goes, no_fields };
#include "model/objects.def"
#undef OBJECT
#undef OBJECT_WITHOUT_FIELDS
#undef FIELD

#define OBJECT(id, ...) &object_##id,
#define OBJECT_WITHOUT_FIELDS OBJECT
const struct object *const object_table[] = {
#include "model/objects.def"
	NULL
};
