/* SPDX-License-Identifier: Apache-2.0
 * Bindings: what an app needs to know to use the Destination service, in the shape of VCAP_SERVICES. */
#pragma once

#include "pki/key.h"
#include "service/core/service.h"

/**
 * Bind an app.
 *
 * input  {"instance"?: name of a `destination` instance, "x509"?: false, "clients"?: ["cap","sdk-js",
 *        "approuter",
 *        "sdk-java"]}; without a name the first instance is taken, made if there is none.
 *        The key is "binding" (or
 *        "binding-x509"), kept and given again. Without clients all that are known are meant.
 * key    for x509: made by a job; NULL: made here
 * ret    {"name","instance_name","label":"destination","plan":"lite","tags":[],"credentials":{},
 *        "findings":[]}. Secrets!
 *        The findings tell which of those clients cannot use the key store of which destination.
 *
 * RC_NOT_FOUND no such instance; RC_INVALID it is of another service, or a client is unknown; RC_STORE
 */
MUST_USE enum rc service_binding_create(struct session *session, const char *tenant,
					const struct value *input, struct key *key, struct value **ret,
					struct err *reterr);
