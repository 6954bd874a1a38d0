/* SPDX-License-Identifier: Apache-2.0
 * Bundles are written as the ecosystem has them. */
#pragma once

#include "flow/bundle/bundle_limits.h"
#include "flow/bundle/bundle_spec.h"

/**
 * Write a bundle as the ecosystem has it, the same bytes for the same spec. Without `to` and `reply` the flow
 * answers with what it was sent. RC_INVALID (err->field names the member), RC_LIMIT at out's maximum.
 */
MUST_USE enum rc bundle_write(const struct bundle_spec *spec, struct buf *out, struct err *reterr);
