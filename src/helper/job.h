/* SPDX-License-Identifier: Apache-2.0
 * Jobs: work on outsiders' files and outbound calls, done by a short-lived process of its own with limits. */
#pragma once

#include "json/value.h"

struct loop;
struct job;
struct job_pool;

/** What a job can do: what it asks for → what it answers. */
enum job_kind {
	/* {"content","password"?,"key_password"?,"file"?,"certificates_only"?: of PEM no key,"keys"?:
	 * hand the keys out as well} →
	 * {"kind","encryption","legacy","encrypted","entries":
	 * job_container.h,"examine":{}} beside the keys; or {"crl"} */
	JOB_CONTAINER_OPEN,
	/* {"content","password"?,"key_password"?,"file"?,"new_password"} → as of opening without keys, and
	 * "content": as PKCS#12 */
	JOB_CONTAINER_CONVERT,
	JOB_BUNDLE_OPEN, /* {"content"} → {"id","name","version","file","plan":{}} */
	/* {"content","edit"?:{"parameter","value","put","bytes","remove","version"}} → bundle_inspect()'s and
	 * "content"? */
	JOB_BUNDLE_EDIT,
	JOB_BUNDLE_EXTRACT, /* {"content","path"} → {"content"} */
	/* {"key_type"} or {"key_types":[]} → {"key_bytes":[]} beside the keys' PKCS#8 DER; job_key.h */
	JOB_KEY_GENERATE,
	JOB_OUTBOUND, /* outbound.h */
	JOB_KIND_COUNT,
};

/** Limits of one job. */
struct job_limits {
	uint32_t time_ms; /* wall time, then it is killed */
	uint32_t cpu_s;   /* [s] processor time */
	uint64_t memory;  /* [bytes] of address space */
};

/** What stands before the request's JSON on the way to a job. */
struct job_head {
	uint32_t kind; /* enum job_kind */
	uint32_t cpu_s;
	uint64_t memory;
};

/** What stands before an answer: JSON first, then the private keys that belong to it, which stand in no
 * JSON. */
struct job_answer_head {
	uint64_t json;   /* [bytes] */
	uint64_t secret; /* [bytes] */
};

/** Most that a request or an answer may be [bytes]. */
#define JOB_MAX_BYTES ((size_t)48 * 1024 * 1024)

/**
 * The end of a job, told exactly once from the loop unless it is cancelled.
 * answer  borrowed; NULL when err tells what went wrong (the job's own error, RC_TIMEOUT, or RC_IO when it
 *         died)
 */
typedef void (*job_done_fn)(void *context, const struct value *answer, const struct err *err);

/**
 * A pool on a loop.
 *
 * most     jobs that run at once      queue  further ones that wait; beyond them job_start() is RC_LIMIT
 * program  path of the program to start as `postern part job`; NULL takes the running one
 */
struct job_pool *job_pool_new(struct loop *loop, size_t most, size_t queue, const char *program);
/** Kill what runs, forget what waits, free; accepts NULL. No callback is called. */
void job_pool_free(struct job_pool *pool);
DEFINE_CLEANUP(struct job_pool, job_pool_free);

/**
 * Start one job, or queue it.
 *
 * take_request  an object as the kind asks for
 * limits        NULL takes the kind's own
 * ret           may be NULL; lives until done was called or job_cancel()
 *
 * RC_LIMIT the queue is full; RC_IO no process could be started
 */
MUST_USE enum rc job_start(struct job_pool *pool, enum job_kind kind, struct value *take_request,
			   const struct job_limits *limits, job_done_fn done, void *context, struct job **ret,
			   struct err *reterr);
/** The bytes beside the JSON of an answer: private keys. Borrowed, for the time that done is called;
 * wiped after. */
struct str job_secret(const struct job *job);
/** Kill it without telling; accepts NULL. */
void job_cancel(struct job *job);

/** The usual limits of a kind; static. */
const struct job_limits *job_kind_limits(enum job_kind kind);
