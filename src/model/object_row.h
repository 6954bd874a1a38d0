/* SPDX-License-Identifier: Apache-2.0
 * How rows of the tables of fields are written; for the files that hold them alone. */
#pragma once

#include "model/object.h"

/** The object of a name with the way it goes and the fields behind it. */
#define OBJECT(id, title, goes, ...) \
	static const struct field id##_fields[] = { __VA_ARGS__, { 0 } }; \
	const struct object object_##id = { title, goes, id##_fields };

/** A member of every answer; one that may be null; one that some answers have. */
#define TOLD(member, kind, what) \
	{ \
		.name = member, .type = FIELD_##kind, .way = FIELD_OUT, .always = true, .help = what \
	}
#define TOLD_OR_NULL(member, kind, what) \
	{ \
		.name = member, .type = FIELD_##kind, .way = FIELD_OUT, .always = true, .or_null = true, \
		.help = what \
	}
#define TOLD_SOMETIMES(member, kind, what) \
	{ \
		.name = member, .type = FIELD_##kind, .way = FIELD_OUT, .or_null = true, .help = what \
	}
/** The same of an object, and of a list of them. */
#define TOLD_OBJECT(member, id, what) \
	{ \
		.name = member, .type = FIELD_OBJECT, .way = FIELD_OUT, .always = true, \
		.object = &object_##id, .help = what \
	}
#define TOLD_LIST(member, id, what) \
	{ \
		.name = member, .type = FIELD_LIST, .way = FIELD_OUT, .always = true, \
		.object = &object_##id, .help = what \
	}
/** One of words. */
#define TOLD_WORD(member, list, what) \
	{ \
		.name = member, .type = FIELD_CHOICE, .way = FIELD_OUT, .always = true, .words = list, \
		.help = what \
	}

#define KIB 1024
#define MIB (1024 * 1024)

#define CONTENT(what) \
	{ \
		.name = "content", .type = FIELD_BASE64, .required = true, .help = what \
	}
#define PASSWORDS \
	{ .name = "password", \
	  .type = FIELD_TEXT, \
	  .secret = true, \
	  .help = "Password that the file was written with." }, \
		{ .name = "key_password", \
		  .type = FIELD_TEXT, \
		  .secret = true, \
		  .help = "Password of the key in it, where it is another one." }, \
	{ \
		.name = "file", .type = FIELD_TEXT, .help = "Name of the file, for sentences about it." \
	}
