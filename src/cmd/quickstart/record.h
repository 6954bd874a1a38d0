/* SPDX-License-Identifier: Apache-2.0
 * The record of a quickstart: what it made, and the removal of that. */
#pragma once

#include "cmd/quickstart/things.h"

/** "artifact", "file": the word for a kind; static. */
const char *quickstart_word(enum quickstart_kind kind);
/**
 * What is known of the thing that has this name now.
 *
 * ret_mark  what tells it from another one of the same name: id, fingerprint, version; owned by the caller
 *
 * RC_NOT_FOUND there is none; RC_IO and what the server answers.
 */
MUST_USE enum rc quickstart_look(const struct quickstart *q, const struct quickstart_thing *thing,
				 char **ret_mark, struct err *reterr);
/**
 * Read the record of an earlier run into q->record; it stays NULL where there is none.
 * One that was cut short while it was written first is empty: nothing had been made. RC_IO, RC_DENIED.
 */
MUST_USE enum rc quickstart_record_load(struct quickstart *q, struct err *reterr);
/** Begin the record of this run. RC_EXISTS another run has begun meanwhile; RC_IO. */
MUST_USE enum rc quickstart_record_begin(struct quickstart *q, struct err *reterr);
/** Write down a thing and its mark, on disk before it is made. RC_IO. */
MUST_USE enum rc quickstart_record_add(struct quickstart *q, enum quickstart_kind kind, const char *name,
				       const char *mark, struct err *reterr);
/** Whether the record says that the thing with this mark is quickstart's. */
bool quickstart_record_has(const struct quickstart *q, const struct quickstart_thing *thing,
			   const char *mark);
/** The subaccount that the record is of; borrowed, "" where there is no record. */
const char *quickstart_record_subaccount(const struct quickstart *q);
/** Write a new file that the record knows already, whole or not at all. RC_EXISTS, RC_IO. */
MUST_USE enum rc quickstart_write(const struct quickstart *q, const char *path, struct str bytes,
				  unsigned mode, struct err *reterr);
/**
 * Take away all that the record names and that still is what was made, last first, and at the end the record.
 * What others have put in its place stays. It goes on after a failure, and the record then stays.
 *
 * talk     tell each command and each thing left
 * ret_any  whether there was anything
 */
MUST_USE enum rc quickstart_undo(struct quickstart *q, bool talk, bool *ret_any, struct err *reterr);
