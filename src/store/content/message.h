/* SPDX-License-Identifier: Apache-2.0
 * What became of every request: the monitor's rows. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_message_fini(). */
struct store_message {
	const char *tenant;
	const char *id;
	struct wall time;
	const char *artifact;
	const char *address;
	const char *status; /* "COMPLETED", "FAILED" or "REFUSED" */
	bool probe;
	int64_t http_status;
	const char *code;
	const char *client;
	const char *subject;
	const char *sha256;
	const char *tls;
	int64_t duration_us;
	const char *record; /* JSON text of the journal's record, evidence included */
};
/** Release a row that was read; accepts a zeroed one. */
void store_message_fini(struct store_message *row);

/** Rows read; zeroed when empty. */
struct store_message_list {
	struct store_message *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_message_list_fini(struct store_message_list *list);

/** Which messages; "" or NULL in a member asks for all. */
struct store_message_filter {
	const char *after;    /* id: only messages older than this one */
	const char *status;   /* equal */
	const char *artifact; /* equal */
	const char *code;     /* equal */
	uint32_t limit;       /* most rows */
	bool processed;       /* only what flows worked on: no refusals, no probes */
};

/** Add a row; one with this id that is there already stays as it is. RC_CONFLICT unknown tenant, RC_STORE. */
MUST_USE enum rc store_message_add(struct store *store, const struct store_message *row, struct err *reterr);
/** Add a row, or put it in the place of the one with this id. RC_CONFLICT unknown tenant, RC_STORE. */
MUST_USE enum rc store_message_replace(struct store *store, const struct store_message *row,
				       struct err *reterr);
/** Read one row. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_message_get(struct store *store, const char *tenant, const char *id,
				   struct store_message *ret, struct err *reterr);
/** Newest first. RC_STORE. */
MUST_USE enum rc store_message_list_newest(struct store *store, const char *tenant,
					   const struct store_message_filter *filter,
					   struct store_message_list *ret, struct err *reterr);
/** Delete all but the newest so many of a tenant. RC_STORE. */
MUST_USE enum rc store_message_trim(struct store *store, const char *tenant, uint32_t keep,
				    struct err *reterr);
