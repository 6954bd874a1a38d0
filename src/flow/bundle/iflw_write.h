/* SPDX-License-Identifier: Apache-2.0
 * A flow as a person would have drawn it, with its diagram. */
#pragma once

#include "flow/bundle/bundle_spec.h"

/** Names of the parameters that a flow is written with. */
#define REPLY_PARAMETER "Reply"
#define URL_PARAMETER "Receiver Address"

/** What the flow does between start and end. */
enum iflw_shape { IFLW_ECHO, IFLW_REPLY, IFLW_CALL };

/** Append the .iflw of a checked spec. */
void iflw_write(const struct bundle_spec *spec, enum iflw_shape shape, struct buf *out);
