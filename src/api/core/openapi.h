/* SPDX-License-Identifier: Apache-2.0
 * The description of /admin/v1 for programs. */
#pragma once

#include "json/value.h"

/** OpenAPI 3.1 of every route of /admin/v1, made from the tables of routes, objects and fields; owned. */
struct value *openapi_document(void);
