/* SPDX-License-Identifier: Apache-2.0
 * The journal of finished messages, the side of a worker: it appends to mapped segments. */
#pragma once

#include "base/str.h"
#include "journal/segment.h"

struct journal_writer;

/**
 * Start appending, always in a segment of its own: "worker-K-N.segment" with the next N that is free.
 *
 * dirfd   STATE/journal; borrowed until journal_writer_close()
 * worker  number K of the worker
 *
 * RC_IO no room for a segment. One writer at a time for a worker number is not asked for.
 */
MUST_USE enum rc journal_writer_open(struct journal_writer **ret, int dirfd, unsigned worker,
				     struct err *reterr);
/** End the segment; accepts NULL. */
void journal_writer_close(struct journal_writer *writer);
DEFINE_CLEANUP(struct journal_writer, journal_writer_close);

/**
 * Append one record (JSON text). group is whose it is (the subaccount), for journal_reader_drop(). When this
 * returns RC_OK it outlives a kill of this or any process.
 * RC_LIMIT longer than JOURNAL_MAX_RECORD or empty; RC_IO no room for a further segment (nothing was
 * written).
 */
MUST_USE enum rc journal_append(struct journal_writer *writer, struct str group, struct str record,
				struct err *reterr);

/** So much [bytes] is kept for requests under way, once there is no room for a further segment. */
#define JOURNAL_RESERVE ((size_t)512 * 1024)

/**
 * Whether a request may begin that will have a record: there is a further segment (made here, once it is
 * needed), or more than the reserve left in this one. False: reterr says why. Cheap as long as there is room.
 */
MUST_USE bool journal_has_room(struct journal_writer *writer, struct err *reterr);
