/* SPDX-License-Identifier: Apache-2.0
 * Starting jobs, feeding them, listening for their one answer, and ending those that take too long. */
#include "helper/job.h"

#include "base/clock.h"
#include "base/memory.h"
#include "json/err.h"
#include "log/log.h"
#include "os/loop.h"
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((uint64_t)1024 * 1024)
#define READ_STEP ((size_t)64 * 1024)

struct job {
	struct job_pool *pool;
	struct job *next; /* in the pool's waiting or running list */
	enum job_kind kind;
	struct job_limits limits;
	struct buf request; /* what is left to write; secret */
	size_t written;
	struct buf answer; /* secret, too */
	struct str secret; /* of the answer: what stands beside its JSON */
	job_done_fn done;
	void *context;
	struct loop_watch *watch;
	struct loop_timer *timer;
	int fd;
	pid_t pid;
};

struct job_pool {
	struct loop *loop;
	size_t most, queue, n_running, n_waiting;
	struct job *running, *waiting;
	char *program;
};

static const struct {
	const char *name;
	struct job_limits limits;
} kinds[JOB_KIND_COUNT] = {
	[JOB_CONTAINER_OPEN] = { "container-open", { 20000, 15, 512 * MIB } },
	[JOB_CONTAINER_CONVERT] = { "container-convert", { 25000, 20, 512 * MIB } },
	[JOB_BUNDLE_OPEN] = { "bundle-open", { 10000, 8, 768 * MIB } },
	[JOB_BUNDLE_EDIT] = { "bundle-edit", { 10000, 8, 768 * MIB } },
	[JOB_BUNDLE_EXTRACT] = { "bundle-extract", { 10000, 8, 768 * MIB } },
	/* As many as a subaccount needs, where others want the processors as well. */
	[JOB_KEY_GENERATE] = { "key-generate", { 120000, 60, 512 * MIB } },
	[JOB_OUTBOUND] = { "outbound", { 30000, 10, 1024 * MIB } },
};

/* Name of a kind in requests, and its usual limits. */
static const char *kind_name(enum job_kind kind)
{
	return kinds[kind].name;
}

const struct job_limits *job_kind_limits(enum job_kind kind)
{
	return &kinds[kind].limits;
}

struct job_pool *job_pool_new(struct loop *loop, size_t most, size_t queue, const char *program)
{
	struct job_pool *pool = mem_alloc(sizeof(*pool));
	pool->loop = loop;
	pool->most = most;
	pool->queue = queue;
	pool->program = mem_strdup(program);
	return pool;
}

/* Free what a job holds; the loop may be inside one of its callbacks, so the object itself goes at the turn's
 * end. */
static void job_release(void *object)
{
	struct job *job = object;
	buf_fini(&job->request);
	buf_fini(&job->answer);
	mem_free(job);
}

static void job_end_process(struct job *job)
{
	loop_watch_free(TAKE(job->watch));
	loop_timer_free(TAKE(job->timer));
	if (job->fd >= 0) {
		close(job->fd);
	}
	job->fd = -1;
	if (job->pid > 0) {
		kill(job->pid, SIGKILL);
		while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR) {
			continue;
		}
	}
	job->pid = 0;
}

static bool list_remove(struct job **list, const struct job *job)
{
	for (struct job **at = list; *at; at = &(*at)->next) {
		if (*at == job) {
			*at = job->next;
			return true;
		}
	}
	return false;
}

static void job_unlink(struct job *job)
{
	if (list_remove(&job->pool->running, job)) {
		job->pool->n_running--;
	} else if (list_remove(&job->pool->waiting, job)) {
		job->pool->n_waiting--;
	}
}

void job_pool_free(struct job_pool *pool)
{
	if (!pool) {
		return;
	}
	struct job **lists[] = { &pool->running, &pool->waiting };
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		while (*lists[i]) {
			struct job *job = *lists[i];
			*lists[i] = job->next;
			job_end_process(job);
			job_release(job);
		}
	}
	mem_free(pool->program);
	mem_free(pool);
}

static enum rc job_spawn(struct job *job, struct err *reterr);

static void job_finish(struct job *job, const struct value *answer, const struct err *err);

/* A place is free: start the longest waiting job. */
static void pool_advance(struct job_pool *pool)
{
	while (pool->n_running < pool->most && pool->waiting) {
		struct job *job = pool->waiting;
		pool->waiting = job->next;
		pool->n_waiting--;
		job->next = pool->running;
		pool->running = job;
		pool->n_running++;
		struct err err = { 0 };
		if (job_spawn(job, &err) != RC_OK) {
			job_finish(job, NULL, &err);
			return; /* job_finish() advanced the rest */
		}
	}
}

static void job_finish(struct job *job, const struct value *answer, const struct err *err)
{
	struct job_pool *pool = job->pool;
	job_unlink(job);
	job_end_process(job);
	loop_defer(pool->loop, job_release, job);
	job->done(job->context, answer, err);
	pool_advance(pool);
}

void job_cancel(struct job *job)
{
	if (!job) {
		return;
	}
	struct job_pool *pool = job->pool;
	job_unlink(job);
	job_end_process(job);
	loop_defer(pool->loop, job_release, job);
	pool_advance(pool);
}

/* Take the answer apart: JSON, and what stands beside it. False: it is not whole. */
static bool answer_read(struct job *job, struct value **ret)
{
	struct str all = buf_str(&job->answer);
	struct job_answer_head head;
	if (all.n < sizeof(head)) {
		return false;
	}
	memcpy(&head, all.p, sizeof(head));
	all = str_skip(all, sizeof(head));
	if (head.json > all.n || head.secret != all.n - head.json) {
		return false;
	}
	job->secret = str_skip(all, head.json);
	return value_parse(ret, str_first(all, head.json), JOB_MAX_BYTES, NULL) == RC_OK &&
	       value_is_object(*ret);
}

struct str job_secret(const struct job *job)
{
	return job->secret;
}

static void job_answered(struct job *job)
{
	struct err err = { 0 };
	AUTO_VALUE *answer = NULL;
	if (!answer_read(job, &answer)) {
		log_event(LOG_WARNING, "job_died", "kind=%s", kind_name(job->kind));
		(void)err_set(&err, RC_IO,
			      "The %s job ended without an answer: it crashed, or passed its limit of memory "
			      "or time.",
			      kind_name(job->kind));
		job_finish(job, NULL, &err);
		return;
	}
	const struct value *error = value_get(answer, "error");
	if (error) {
		(void)err_from_value(&err, error);
		job_finish(job, NULL, &err);
		return;
	}
	job_finish(job, value_get(answer, "answer"), NULL);
}

static void job_late(void *context)
{
	struct job *job = context;
	struct err err = { 0 };
	log_event(LOG_WARNING, "job_late", "kind=%s limit_ms=%u", kind_name(job->kind), job->limits.time_ms);
	(void)err_set(&err, RC_TIMEOUT, "The %s job took longer than %u ms and was ended.",
		      kind_name(job->kind), job->limits.time_ms);
	job_finish(job, NULL, &err);
}

static bool job_write(struct job *job)
{
	while (job->written < job->request.n) {
		ssize_t n = send(job->fd, job->request.p + job->written, job->request.n - job->written,
				 MSG_NOSIGNAL);
		if (n < 0) {
			return errno == EAGAIN || errno == EINTR;
		}
		job->written += (size_t)n;
	}
	buf_fini(&job->request);
	job->written = 0;
	shutdown(job->fd, SHUT_WR);
	loop_watch_set(job->watch, LOOP_READ);
	return true;
}

static void job_ready(void *context, unsigned ready)
{
	struct job *job = context;
	if ((ready & LOOP_WRITE) && job->request.n > 0 && !job_write(job)) {
		/* The job ended early; what it said, if anything, is read below. */
		buf_fini(&job->request);
		loop_watch_set(job->watch, LOOP_READ);
	}
	if (!(ready & LOOP_READ)) {
		return;
	}
	char *room = buf_reserve(&job->answer, READ_STEP);
	ssize_t n = room ? read(job->fd, room, READ_STEP) : 0;
	if (n > 0) {
		buf_added(&job->answer, (size_t)n);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	job_answered(job);
}

static enum rc job_spawn(struct job *job, struct err *reterr)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		return err_errno(reterr, "A job cannot be started");
	}
	const char *const argv[] = { job->pool->program ? job->pool->program : "/proc/self/exe", PROCESS_PART,
				     "job", NULL };
	enum rc rc = process_spawn(argv, NULL, (const int[]){ pair[1] }, 1, &job->pid, reterr);
	close(pair[1]);
	job->fd = pair[0];
	TRY(rc);
	if (fcntl(job->fd, F_SETFL, O_NONBLOCK) < 0) {
		return err_errno(reterr, "A job cannot be started");
	}
	TRY(loop_watch_new(&job->watch, job->pool->loop, job->fd, LOOP_READ | LOOP_WRITE, job_ready, job,
			   reterr));
	job->timer = loop_timer_new(job->pool->loop, job_late, job);
	loop_timer_set(job->timer, mono_after_ms(mono_now(), job->limits.time_ms));
	return RC_OK;
}

static struct job *job_new(struct job_pool *pool, enum job_kind kind, const struct job_limits *limits)
{
	struct job *job = mem_alloc(sizeof(*job));
	job->pool = pool;
	job->kind = kind;
	job->limits = limits ? *limits : kinds[kind].limits;
	job->fd = -1;
	job->request = BUF_SECRET(JOB_MAX_BYTES);
	job->answer = BUF_SECRET(JOB_MAX_BYTES);
	return job;
}

static void waiting_append(struct job_pool *pool, struct job *job)
{
	struct job **at = &pool->waiting;
	while (*at) {
		at = &(*at)->next;
	}
	*at = job;
	pool->n_waiting++;
}

enum rc job_start(struct job_pool *pool, enum job_kind kind, struct value *take_request,
		  const struct job_limits *limits, job_done_fn done, void *context, struct job **ret,
		  struct err *reterr)
{
	AUTO_VALUE *request = take_request;
	if (pool->n_running >= pool->most && pool->n_waiting >= pool->queue) {
		return err_set(reterr, RC_LIMIT, "Too much is being worked on; try again in a moment.");
	}
	struct job *job = job_new(pool, kind, limits);
	job->done = done;
	job->context = context;
	struct job_head head = { .kind = (uint32_t)kind,
				 .cpu_s = job->limits.cpu_s,
				 .memory = job->limits.memory };
	buf_add(&job->request, str_from(&head, sizeof(head)));
	if (value_format(request, &job->request) != RC_OK) {
		job_release(job);
		return err_set(reterr, RC_LIMIT, "The input is too large.");
	}
	if (pool->n_running >= pool->most) {
		waiting_append(pool, job);
	} else {
		enum rc rc = job_spawn(job, reterr);
		if (rc != RC_OK) {
			job_end_process(job);
			job_release(job);
			return rc;
		}
		job->next = pool->running;
		pool->running = job;
		pool->n_running++;
	}
	if (ret) {
		*ret = job;
	}
	return RC_OK;
}
