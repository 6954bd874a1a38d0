/* SPDX-License-Identifier: Apache-2.0
 * The journal of finished messages, the side of the manager:
 * it takes over into the store what workers appended. */
#pragma once

#include "base/str.h"
#include "journal/segment.h"

struct journal_reader;

/** Open the folder of segments, made when it is not there (0700). RC_IO. */
MUST_USE enum rc journal_reader_open(struct journal_reader **ret, const char *dir, struct err *reterr);
/** Close; accepts NULL. */
void journal_reader_close(struct journal_reader *reader);
DEFINE_CLEANUP(struct journal_reader, journal_reader_close);

/** Takes one record, borrowed for the call. Anything but RC_OK ends the reading. */
typedef enum rc (*journal_record_fn)(void *context, struct str record, struct err *reterr);

/**
 * Give every record that was appended since the last journal_reader_commit(), of all workers;
 * in order within one worker.
 * After a restart all records whose segments are still there come again: take them over by message id.
 *
 * limit    most records given in one call; 0 for all
 * ret_n    records given
 *
 * Fails with what fn returned, or RC_IO. A damaged segment is given up at the damage, logged, and kept aside
 * as
 * "*.damaged"; the others go on.
 */
MUST_USE enum rc journal_reader_read(struct journal_reader *reader, size_t limit, journal_record_fn fn,
				     void *context, size_t *ret_n, struct err *reterr);
/**
 * Let go of whole segments that are written to their end and of one group, when the same worker has appended
 * at least keep records of that group behind them: kept for no more than keep, they would be removed as soon
 * as they were stored. Also of the oldest segments above JOURNAL_SEGMENTS_MAX, whatever they hold;
 * that is logged.
 *
 * Returns how many segments went.
 */
size_t journal_reader_drop(struct journal_reader *reader, size_t keep);
/** Whether something was appended that is not committed yet. Cheap: one read a segment. */
bool journal_reader_waits(struct journal_reader *reader);
/** What was given is safely stored: do not give it again, delete the segments that are read to their end and
 * that no worker writes any more. */
void journal_reader_commit(struct journal_reader *reader);
/** What was given since the last commit is to be given again. */
void journal_reader_rollback(struct journal_reader *reader);
