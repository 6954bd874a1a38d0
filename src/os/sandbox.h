/* SPDX-License-Identifier: Apache-2.0
 * A process gives up what its role does not need. */
#pragma once

#include "base/result.h"

#include <stdint.h>

enum sandbox_role {
	SANDBOX_GATEWAY,     /* network; no new programs; files only through descriptors it holds */
	SANDBOX_JOB,         /* reads its input, writes its answer: no network, no files, no new programs */
	SANDBOX_JOB_NETWORK, /* a job that makes an outbound check */
	SANDBOX_MANAGER,     /* state folder; starts jobs */
};

/** What a role may use. 0 leaves a limit as it is. */
struct sandbox_options {
	uint64_t memory_max;         /* address space [bytes] */
	uint32_t cpu_seconds_max;    /* [s] of processor time */
	uint32_t files_max;          /* open descriptors */
	const char *const *writable; /* folders that stay writable (Landlock), NULL at the end; may be NULL */
	const char *const *readable; /* folders and files that stay readable, the same */
};

/**
 * Enter the sandbox for good: no_new_privs, no core files, limits, a seccomp filter, and Landlock where the kernel has it.
 * The gateway's and the jobs' resolver files (/etc) stay readable where the role has network.
 * RC_IO when something that this kernel should do failed; ret_parts (may be NULL) then and on success is left to hold
 * which parts are in force: "no_new_privs,rlimits,seccomp,landlock".
 */
MUST_USE enum rc sandbox_enter(enum sandbox_role role, const struct sandbox_options *options,
			       const char **ret_parts, struct err *reterr);
