/* SPDX-License-Identifier: Apache-2.0
 * What destinations, fragments, certificates and trust key pairs share: a place, a row, a seal.
 * For this module. */
#pragma once

#include "service/core/destination_memory.h"
#include "service/destination/destination_place.h"
#include "service/core/service.h"

/** Most that a row's JSON may be [bytes]. */
#define DESTINATION_JSON_MAX ((size_t)4 * 1024 * 1024)

/** The key of a place as a row of the store. */
struct store_destination destination_row_key(const struct destination_at *at);
/** The sentence for what is not there, as clients compare it. Returns RC_NOT_FOUND. */
enum rc destination_row_not_found(const struct destination_at *at, struct err *reterr);
/** RC_INVALID with a field. */
enum rc destination_row_invalid(struct err *reterr, const char *field, const char *text);

/** A row as it is kept; NULL when there is none. */
const struct destination_row *destination_row_find(struct session *session, const struct destination_at *at);
/**
 * The whole row, from memory or, when it is too large for that, from the store.
 *
 * ret  shallow copy of what is kept, or the row read, which then is in *owned;
 *      store_destination_fini(owned) in any case
 *
 * RC_NOT_FOUND with the sentence for it, RC_STORE
 */
MUST_USE enum rc destination_row_read(struct session *session, const struct destination_at *at,
				      struct store_destination *owned, struct store_destination *ret,
				      char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr);
/** The same for a row that is known to be kept. RC_STORE. */
MUST_USE enum rc destination_row_load(struct session *session, const struct destination_row *kept,
				      struct store_destination *owned, struct store_destination *ret,
				      struct err *reterr);

/** Write a row: the store first, then memory. RC_EXISTS there is one already (is_new), RC_LIMIT the level is
 * full, RC_STORE. */
MUST_USE enum rc destination_row_write(struct session *session, const struct store_destination *row,
				       bool is_new, char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr);
/** Seal bytes for a row. RC_LIMIT. */
MUST_USE enum rc destination_row_seal(struct session *session, const struct store_destination *row,
				      struct str plain, struct buf *out, struct err *reterr);
/** The reverse; out should be secret. RC_BUG it does not open: the row was tampered with or damaged. */
MUST_USE enum rc destination_row_unseal(struct session *session, const struct store_destination *row,
					struct str sealed, struct buf *out, struct err *reterr);
/** The flat JSON of a destination or a fragment, or {"Name","Type","Content"} of a certificate; owned.
 * RC_BUG, RC_STORE. */
MUST_USE enum rc destination_row_open(struct session *session, const struct store_destination *row,
				      bool with_secrets, struct value **ret, struct err *reterr);
/** Whether an If-Match, NULL for none, allows to change what has this etag. RC_CONFLICT. */
MUST_USE enum rc destination_row_match(const char *if_match, const char *etag, struct err *reterr);
