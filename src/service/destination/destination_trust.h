/* SPDX-License-Identifier: Apache-2.0
 * The key pairs with which a subaccount would sign SAML assertions: one active, one passive. */
#pragma once

#include "pki/key.h"
#include "service/destination/destination.h"

/** PEM of the certificate, owned. RC_NOT_FOUND with the sentence that clients know. */
MUST_USE enum rc service_destination_trust_get(struct session *session, const char *tenant, bool passive,
					       char **ret, struct err *reterr);
/** Make, or renew, for a key made by a job. RC_STORE. */
MUST_USE enum rc service_destination_trust_put(struct session *session, const char *tenant, bool passive,
					       const struct key *key, char **ret, struct err *reterr);
/** Delete the passive one. RC_NOT_FOUND. */
MUST_USE enum rc service_destination_trust_delete(struct session *session, const char *tenant,
						  struct err *reterr);
/** Let the two change places: {"activeCertificate","passiveCertificate"}.
 * RC_NOT_FOUND one of them is not there. */
MUST_USE enum rc service_destination_trust_rotate(struct session *session, const char *tenant,
						  struct value **ret, struct err *reterr);
/** {"idpMetadata": base64 of XML} with the active and, if there, the passive certificate. RC_NOT_FOUND. */
MUST_USE enum rc service_destination_trust_metadata(struct session *session, const char *tenant,
						    struct value **ret, struct err *reterr);
