/* SPDX-License-Identifier: Apache-2.0
 * What the files of the keystore's OData share. */
#pragma once

#include "api/odata/odata_call.h"
#include "service/keystore/keystore_entity.h"

/** The alias that the first segment's key names in hexadecimal; owned. NULL: answered with 400. */
char *odata_keystore_alias(struct odata_call *oc);

/** Largest file that is taken [bytes]. */
#define ODATA_KEYSTORE_BODY_MAX ((size_t)2 * 1024 * 1024)

/** Answer with an error of the caller's. */
void odata_keystore_refuse(struct odata_call *oc, enum rc code, const char *field, const char *text);
/** Answer with an error; a taken alias is told with SAP's sentence and status. err is changed. */
void odata_keystore_fail(struct odata_call *oc, const char *alias, struct err *err);
/** Answer a change: 204, or all entries where returnKeystoreEntries=true asks for them. */
void odata_keystore_changed(struct odata_call *oc);
/** The container that a job has opened. RC_INVALID it is a revocation list, or malformed. */
MUST_USE enum rc odata_keystore_taken(const struct odata_call *oc, const struct value *answer,
				      struct container **ret, struct err *reterr);
/** Let a job open bytes; password.p may be NULL. */
void odata_keystore_open(struct odata_call *oc, struct str bytes, struct str password, job_done_fn done);
/** Append the bytes of a member that is base64. False: answered. */
bool odata_keystore_bytes(struct odata_call *oc, const char *name, struct buf *out);
/** The body's Alias, borrowed. NULL: answered. */
const char *odata_keystore_body_alias(struct odata_call *oc);
