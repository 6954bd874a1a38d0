/* SPDX-License-Identifier: Apache-2.0
 * The Destination service's use cases in its own shapes: destinations, fragments, certificates, labels,
 * Find. */
#pragma once

#include "service/core/destination_memory.h"
#include "service/destination/destination_place.h"
#include "service/core/service.h"

/* In all of these, ret_etag is 64 hex digits and a NUL, and may be NULL. */

/** All of a level, by name, secrets included; destinations with "$metadata":{"modification_time","etag"}.
 * RC_STORE, RC_BUG. */
MUST_USE enum rc service_destination_list(struct session *session, const struct destination_at *at,
					  struct value **ret, struct err *reterr);
/** One: flat, or {"Name","Type","Content"} of a certificate.
 * RC_NOT_FOUND, RC_BUG what is stored is damaged. */
MUST_USE enum rc service_destination_get(struct session *session, const struct destination_at *at,
					 struct value **ret, char ret_etag[DESTINATION_ETAG_SIZE],
					 struct err *reterr);
/** Delete. RC_NOT_FOUND; RC_INVALID another destination needs it. */
MUST_USE enum rc service_destination_delete(struct session *session, const struct destination_at *at,
					    struct err *reterr);

/** Make a destination {"Name","Type",…} or a fragment {"FragmentName",…}; at->name does not count.
 * RC_EXISTS, RC_INVALID
 * (err->field), RC_LIMIT. */
MUST_USE enum rc service_destination_create(struct session *session, const struct destination_at *at,
					    const struct value *input, char ret_etag[DESTINATION_ETAG_SIZE],
					    struct err *reterr);
/** Overwrite the one with the input's name. RC_NOT_FOUND, RC_INVALID, RC_LIMIT;
 * RC_CONFLICT if_match (may be NULL) is another. */
MUST_USE enum rc service_destination_update(struct session *session, const struct destination_at *at,
					    const struct value *input, const char *if_match,
					    char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr);
/** Change the properties given of the one with that Name; null removes one.
 * RC_NOT_FOUND, RC_INVALID, RC_CONFLICT. */
MUST_USE enum rc service_destination_patch(struct session *session, const struct destination_at *at,
					   const struct value *input, const char *if_match,
					   char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr);

/** The labels of one: [{"key","values":[]}]. RC_NOT_FOUND. */
MUST_USE enum rc service_destination_label_get(struct session *session, const struct destination_at *at,
					       struct value **ret, struct err *reterr);
/** Replace them. RC_NOT_FOUND, RC_INVALID, RC_LIMIT more than the limits above. */
MUST_USE enum rc service_destination_label_put(struct session *session, const struct destination_at *at,
					       const struct value *input, struct err *reterr);
/** {"action":"ADD"|"DELETE","labels":[…]}: add values to keys, or take them away;
 * a key without values is taken away whole. */
MUST_USE enum rc service_destination_label_patch(struct session *session, const struct destination_at *at,
						 const struct value *input, struct err *reterr);

/** What a Find asks for, beside the name. Zeroed: of the subaccount, everything. */
struct destination_find {
	const char *tenant;
	const char *instance; /* of the caller; NULL: none */
	const char *name;
	bool explicit_level; /* v2: of `instance` (or, NULL, the subaccount) and nowhere else */
	bool skip_credentials;
	struct {
		const char *name;
		const char *instance; /* level; NULL: that of the destination */
	} fragments[DESTINATION_FRAGMENTS_MAX];
	size_t n_fragments;
	bool fragment_optional;
};
/**
 * Find a destination: of the instance, else of the subaccount: {"owner","destinationConfiguration",
 * "certificates"?}.
 * Tokens are not in it, see auth_token.h. Answered from memory but for what is larger than
 * DESTINATION_MEMORY_ROW_MAX.
 *
 * ret_etag  of the destination and all that was merged into the answer
 *
 * RC_NOT_FOUND no destination, or a fragment that is not optional.
 * Source: SAP, Find a Destination Response Structure.
 */
MUST_USE enum rc service_destination_find(struct session *session, const struct destination_find *find,
					  struct value **ret, char ret_etag[DESTINATION_ETAG_SIZE],
					  struct err *reterr);

/** How a certificate is put. */
struct destination_certificate_put {
	bool replace;         /* it has to be there; otherwise it must not */
	const char *if_match; /* may be NULL */
	/* of a generated one: what stands in its row beside its type; borrowed; NULL: an upload */
	struct value *attributes;
	struct str renewal; /* plain JSON that renewing needs; p NULL: none */
};
/**
 * Store {"Name","Type"?,"Content": base64}. RC_NOT_FOUND, RC_EXISTS, RC_INVALID, RC_LIMIT, RC_CONFLICT.
 * ret_warning (may be NULL) gets an owned sentence about what clients will stumble over and what mends it, or
 * NULL.
 */
MUST_USE enum rc service_destination_certificate_put(struct session *session, const struct destination_at *at,
						     const struct value *input,
						     const struct destination_certificate_put *how,
						     char ret_etag[DESTINATION_ETAG_SIZE], char **ret_warning,
						     struct err *reterr);
