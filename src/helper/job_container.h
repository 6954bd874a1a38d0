/* SPDX-License-Identifier: Apache-2.0
 * What jobs answer of key stores and keys, as JSON beside the bytes of the private keys, and back. */
#pragma once

#include "json/value.h"
#include "container/container.h"

/**
 * The entries as [{"alias": text or null, "key_pair": bool, "key_bytes"?: n, "chain":[base64 DER]}]; owned.
 * keys  the private keys are appended as PKCS#8 DER, key_bytes of each entry; NULL: they stay behind
 */
MUST_USE enum rc job_container_to_value(const struct container *container, struct value **ret,
					struct buf *keys, struct err *reterr);

/**
 * The reverse: kind and encryption of ret are those of `kind`;
 * keys as they were appended, STR_NONE where they stayed behind.
 * RC_INVALID (err->field "entries") malformed.
 */
MUST_USE enum rc job_container_from_value(const struct value *entries, struct str keys,
					  enum container_kind kind, struct container **ret,
					  struct err *reterr);

/** The chain of one entry, appended to ret. RC_INVALID malformed; RC_LIMIT longer than 100. */
MUST_USE enum rc job_container_chain(const struct value *entry, struct cert_list *ret, struct err *reterr);

/** The kind that an answer names; otherwise where it names none. */
enum container_kind job_container_kind(const struct value *answer, enum container_kind otherwise);
