/* SPDX-License-Identifier: Apache-2.0
 * Key store containers as JSON, so that they can pass between the manager and a job. */
#pragma once

#include "json/value.h"
#include "keystore/container.h"

/** The entries as [{"alias": text or null, "key"?: base64 PKCS#8, "chain":[base64 DER]}]; owned. Holds secrets. */
MUST_USE enum rc job_container_to_value(const struct container *container, struct value **ret,
					struct err *reterr);

/** The reverse: kind and encryption of ret are those of `kind`. RC_INVALID (err->field "entries") malformed. */
MUST_USE enum rc job_container_from_value(const struct value *entries, enum container_kind kind,
					  struct container **ret, struct err *reterr);

/** A member that is base64 text, decoded and appended. RC_INVALID (err->field is name), RC_LIMIT at out's maximum. */
MUST_USE enum rc job_container_bytes(const struct value *object, const char *name, struct buf *out,
				     struct err *reterr);
