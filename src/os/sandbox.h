/* SPDX-License-Identifier: Apache-2.0
 * A process gives up what it does not need. */
#pragma once

#include "base/result.h"

#include <stddef.h>
#include <stdint.h>

enum sandbox_process {
	SANDBOX_GATEWAY,     /* network; no new programs; files only through descriptors it holds */
	SANDBOX_JOB,         /* reads its input, writes its answer: no network, no files, no new programs */
	SANDBOX_JOB_NETWORK, /* a job that makes an outbound check */
	SANDBOX_MANAGER,     /* state folder; starts jobs */
};

/** What a process may use. 0 leaves a limit as it is. */
struct sandbox_options {
	uint64_t memory_max;      /* address space [bytes] */
	uint32_t cpu_seconds_max; /* [s] of processor time */
	uint32_t files_max;       /* open descriptors */
	/* folders (open descriptors) below which files may be made, written, removed */
	const int *writable_fds;
	size_t n_writable_fds;
	const int *readable_fds; /* folders below which files may be read, or files themselves */
	size_t n_readable_fds;
	bool with_files; /* no Landlock at all: the process needs files anywhere */
};

/**
 * Enter the sandbox for good: no_new_privs, no core files, limits, a seccomp filter, and Landlock where the
 * kernel has it.
 * A process with network keeps reading the system's resolver and trust files.
 * A folder reached by a descriptor opened before is closed by Landlock too, unless it is given in options.
 * ret_parts (may be NULL): which parts are in force, static text such as
 * "no_new_privs,rlimits,seccomp,landlock".
 * RC_IO when something that this kernel can do failed.
 */
MUST_USE enum rc sandbox_enter(enum sandbox_process process, const struct sandbox_options *options,
			       const char **ret_parts, struct err *reterr);
