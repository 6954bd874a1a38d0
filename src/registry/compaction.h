/* SPDX-License-Identifier: Apache-2.0
 * A base file made of base and delta by a process of its own, while the writer goes on publishing. */
#pragma once

#include "base/result.h"

#include <stdint.h>
#include <sys/types.h>

/** One that is under way; zeroed when there is none. */
struct registry_compaction {
	pid_t pid;
	int pipe; /* the result comes here */
	uint64_t number;
};

/** What came of it. */
struct registry_compaction_result {
	uint64_t base;         /* number of the base that was read, */
	uint64_t delta_length; /* and how much of its delta [bytes]; what came later is not in the new base */
	uint64_t size;         /* of the new base [bytes] */
};

/**
 * Start to write base file `number` of what is published now:
 * by this very program, started anew as `postern part compaction NUMBER`, for a process that has threads must
 * not go on behind a fork(). RC_IO.
 */
MUST_USE enum rc registry_compaction_start(struct registry_compaction *ret, int dirfd, uint64_t number,
					   struct err *reterr);
/** Be that process: the folder is descriptor 3, the result goes to 4. Returns the exit code. */
int registry_compaction_run(const char *number_text);
/**
 * Look whether it is done.
 *
 * wait  until it is
 *
 * RC_AGAIN it is under way; RC_OK base file `number` stands under its name;
 * RC_IO it failed, nothing changed. Over, but for RC_AGAIN.
 */
MUST_USE enum rc registry_compaction_poll(struct registry_compaction *compaction, bool wait,
					  struct registry_compaction_result *ret, struct err *reterr);
/** Whether one is under way. */
static inline bool registry_compaction_is_on(const struct registry_compaction *compaction)
{
	return compaction->pid > 0;
}
/** End it, if there is one. */
void registry_compaction_cancel(struct registry_compaction *compaction);
