/* SPDX-License-Identifier: Apache-2.0
 * Certificates of destinations that Postern's CA makes, and makes anew before they expire. */
#pragma once

#include "pki/key.h"
#include "service/destination/destination.h"

/** Longest password of a generated key store [bytes]. */
#define DESTINATION_PASSWORD_MAX 128

/** Whether an input asks for a certificate to be made: it has "Attributes". */
bool destination_generate_is(const struct value *input);
/** Whether a key has to be made for it: it brings no "CSR". */
bool destination_generate_needs_key(const struct value *input);

/**
 * Make one of {"Name","Attributes":{"CN"?,"CSR"?: base64 of PEM,"Validity"?:{"TimeUnit","Value"},
 * "AutomaticRenew"?,"Password"?}}.
 *
 * key      made by a job; NULL with a CSR
 * replace  overwrite; RC_NOT_FOUND when absent; else RC_EXISTS
 * now      the validity counts from here
 *
 * RC_INVALID (err->field), RC_STORE. Source: SAP, OpenAPI of the Destination service, Attributes.
 */
MUST_USE enum rc service_destination_generate(struct session *session, const struct destination_at *at,
					      const struct value *input, struct key *key, bool replace,
					      struct wall now, char ret_etag[DESTINATION_ETAG_SIZE],
					      struct err *reterr);

/** Check an input before a key is made for it: also that the name is free, or, to replace, taken. */
MUST_USE enum rc service_destination_generate_check(struct session *session, const struct destination_at *at,
						    const struct value *input, bool replace,
						    struct err *reterr);

/**
 * Days of a validity from now on. unit "DAYS", "MONTHS" or "YEARS";
 * months and years are those of the calendar.
 * 0: it is less than a day or more than 10 years, or another unit.
 */
int destination_generate_days(struct str unit, int64_t n, struct wall now);
/** How long before its end a certificate of that validity is renewed [s]. Source: SAP, Renew Certificates. */
int64_t destination_generate_margin(struct str unit, int64_t n);

/** A certificate that is due. */
struct destination_generate_due {
	char *tenant, *instance, *name;
	bool needs_key;
};
/** Release; accepts a zeroed one. */
void destination_generate_due_fini(struct destination_generate_due *due);
/** The i-th certificate that is due at now; false behind the last. */
bool service_destination_due(struct session *session, struct wall now, size_t i,
			     struct destination_generate_due *ret);
/**
 * Renew: the same subject, validity, form and password, a new key (or the same CSR).
 * Where a service key holds the certificate before, it gets the new one beside it.
 * RC_NOT_FOUND it went meanwhile, RC_STORE, RC_BUG.
 */
MUST_USE enum rc service_destination_renew(struct session *session,
					   const struct destination_generate_due *due, struct key *key,
					   struct wall now, struct err *reterr);

/** {"chain": PEM of leaf, issuing and root} of a generated one; NULL of an upload. Owned. */
char *service_destination_generated_chain(struct session *session, const struct destination_at *at);
