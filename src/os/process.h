/* SPDX-License-Identifier: Apache-2.0
 * Child processes with descriptors at fixed numbers, which end with their parent. */
#pragma once

#include "base/result.h"

#include <stdint.h>
#include <sys/types.h>

/** How this program is started as a process of a server: its first word;
 * the second names the part, "gateway". The table of parts is cmd/server/part.c. */
#define PROCESS_PART "part"
/** Environment variable that holds the settings of such a process: a JSON object, no secret in it. */
#define PROCESS_PART_SETTINGS "POSTERN_PART_SETTINGS"

/**
 * Start a program: argv[0] is its path ("/proc/self/exe" for this one again), the array ends with NULL.
 *
 * env_add  "NAME=value" entries added to (or replacing those of) this environment, NULL at the end;
 *          may be NULL
 * fds      become 3, 4, 5, … in the child in this order; every other descriptor but 0, 1, 2 is closed there
 *
 * The child gets default signal handling, an empty signal mask, and SIGKILL when this process dies.
 * RC_IO also when the program cannot be executed.
 */
MUST_USE enum rc process_spawn(const char *const argv[], const char *const env_add[], const int fds[],
			       size_t n_fds, pid_t *ret, struct err *reterr);
/** In a child: die with the parent, which must be the process parent (getppid() as told by it;
 * 0: whichever it is now).
 * RC_CLOSED when it has died already. */
MUST_USE enum rc process_die_with_parent(pid_t parent);
/** Collect one child that ended. RC_NOT_FOUND none did. ret_status as by waitpid(). */
MUST_USE enum rc process_reap(pid_t *ret_pid, int *ret_status);
/** Memory [bytes] that this process may use: what the machine has, its control group may take (version 2),
 * and its address space may be, whichever is least; never 0. */
uint64_t process_memory(void);
/** Raise the soft limit of open files to the hard one, at most to max. */
void process_raise_files(unsigned long max);
