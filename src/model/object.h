/* SPDX-License-Identifier: Apache-2.0
 * The objects of /admin/v1: what requests carry and answers tell, field by field. */
#pragma once

#include "model/field.h"

/** An object for each row of objects.def: object_credential, object_status, … */
#define OBJECT(id, ...) extern const struct object object_##id;
#define OBJECT_WITHOUT_FIELDS OBJECT
#include "model/objects.def"
#undef OBJECT
#undef OBJECT_WITHOUT_FIELDS

/** Every object, in the order of its row, for openapi.json and tests; ends with NULL. */
extern const struct object *const object_table[];
