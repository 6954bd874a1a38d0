/* SPDX-License-Identifier: Apache-2.0
 * Reads the .iflw of an integration flow (BPMN XML) into a plan; what cannot be run is refused by name. */
#pragma once

#include "flow/plan.h"

/** Largest text [bytes], deepest nesting and most elements. */
#define IFLW_MAX_BYTES ((size_t)8 * 1024 * 1024)
#define IFLW_MAX_DEPTH 64
#define IFLW_MAX_ELEMENTS 100000

/**
 * Read one flow. No document type, no entities but the five of XML, no network.
 *
 * file        name for error texts, such as "orders.iflw"
 * text        the XML as it stands in the bundle
 * parameters  object name → string for {{name}}; may be NULL
 *
 * RC_UNSUPPORTED a step, channel or setting that is not served: its name, type and file are told
 * RC_INVALID malformed, no HTTPS sender, or a {{name}} without value (named)   RC_LIMIT too large or deep
 */
MUST_USE enum rc iflw_parse(struct str file, struct str text, const struct value *parameters,
			    struct flow_plan **ret, struct err *reterr);
