/* SPDX-License-Identifier: Apache-2.0
 * Names of the kinds of those who ask. */
#include "api/core/subject.h"

#include "base/memory.h"

static const struct {
	const char *name;
	enum subject subject;
} roles[] = {
#define API_ROLE(name, subject) { #name, SUBJECT_##subject },
#include "model/api_roles.def"
#undef API_ROLE
};

static unsigned subject_of_role(struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (str_is(name, roles[i].name)) {
			return roles[i].subject;
		}
	}
	return 0;
}

unsigned subjects_of_roles(const struct value *names)
{
	unsigned subjects = SUBJECT_API;
	for (size_t i = 0; i < value_count(names); i++) {
		subjects |= subject_of_role(value_str(value_at(names, i)));
	}
	return subjects;
}

void subjects_format_roles(unsigned subjects, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (subjects & roles[i].subject) {
			(void)buf_printf(out, "%s%s", out->n > 0 ? " " : "", roles[i].name);
		}
	}
}

const char *subjects_name(unsigned serves)
{
	static const struct {
		unsigned kind;
		const char *name;
	} names[] = {
		{ SUBJECT_ANYBODY, "public" },
		{ SUBJECT_DESTINATION_READ, "destination-read" },
		{ SUBJECT_DESTINATION_MODIFY, "destination-write" },
		{ SUBJECT_API, "role" },
		{ SUBJECT_SERVER, "server" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (serves & names[i].kind) {
			return names[i].name;
		}
	}
	return "admin";
}
