/* SPDX-License-Identifier: Apache-2.0
 * What a gateway counts, in a mapped file beside its journal;
 * the manager reads all of them for GET /metrics. */
#pragma once

#include "metrics/metrics.h"
#include "model/reason.h"

/** Upper ends of the ranges in which requests are counted by duration [microseconds]. */
#define COUNTERS_DURATIONS \
	{ \
		500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 10000000 \
	}
#define COUNTERS_RANGES 11

/** The numbers of one process, or a sum of several. Zeroed storage of the caller, or mapped by
 * counters_open(). */
struct counters {
	uint64_t magic;
	struct metrics metrics;
	int64_t refused[REASON_COUNT];         /* requests, by the reason that the monitor names */
	int64_t duration[COUNTERS_RANGES + 1]; /* requests by range; the last takes what is longer */
	int64_t duration_us;                   /* sum */
};

/**
 * Make and map the file "worker-K-PID.counters" of this process.
 *
 * dirfd   STATE/journal; borrowed for the call
 * worker  number K of the worker
 * ret     mapped until the process ends; what it says then is kept by the manager
 *
 * RC_IO the file cannot be made.
 */
MUST_USE enum rc counters_open(struct counters **ret, int dirfd, unsigned worker, struct err *reterr);
/** Count one answered request. reason REASON_NONE: it was not refused. counters may be NULL. */
void counters_request(struct counters *counters, enum reason reason, int64_t duration_us);

/** What was read so far of processes that are gone. Zeroed storage of the caller. */
struct counters_history {
	struct counters gone;
};

/**
 * Add up what all gateways have counted. Files of processes that are gone go into the history and are
 * deleted.
 *
 * dir          path of STATE/journal
 * ret          sum; gauges are those of running processes alone
 * ret_workers  gateway processes that run now
 *
 * RC_IO the folder cannot be read. A file that is not what it should be is passed over.
 */
MUST_USE enum rc counters_read(struct counters_history *history, const char *dir, struct counters *ret,
			       size_t *ret_workers, struct err *reterr);
/** Append what is not in metrics_format(): refusals by code and the histogram of durations.
 * Exposition format 0.0.4. */
void counters_format(const struct counters *counters, struct buf *out);
