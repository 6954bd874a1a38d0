/* SPDX-License-Identifier: Apache-2.0
 * A work goes between clerk, helper and loop until nothing more is needed. */
#include "service/work/work.h"

#include "base/memory.h"
#include "log/log.h"
#include "metrics/metrics.h"
#include "service/monitor/message.h"
#include "service/publish/publish.h"
#include "service/core/session.h"

/* Messages are taken over in slices. Where none has begun within this, the clerk is held up by something
 * else; one that has begun may take as long as a busy disk does. */
#define SLICE_BEGIN_MS 500
#define SLICE_END_MS 5000
/* Nobody waits longer for messages than this, however many there are. */
#define SLICES_MS 5000

enum work_place { WORK_AT_CLERK, WORK_AT_HELPER, WORK_AT_MESSAGES };

struct work {
	struct works *works;
	struct work *next;              /* of those that wait for messages */
	struct work **place_of, *after; /* in the list of all */
	const struct use_case *use_case;
	const struct actor *actor;
	void *subject;
	clerk_done_fn done, drop;
	enum work_place place;
	struct clerk_work *clerk;
	struct job *job;
	struct need need; /* what is waited for, or was got */
	struct value *answer;
	struct buf secret; /* beside it */
	struct err err;
};

struct works {
	struct clerks *clerks;
	struct job_pool *jobs;
	struct metrics *metrics;
	struct work *all;
	struct work *readers;       /* wait for messages */
	struct loop_timer *timer;   /* until they are told that it takes too long */
	struct clerk_work *taking;  /* a slice of messages, being taken over */
	struct message_slice slice; /* what came of it */
	_Atomic bool slicing;       /* it has begun */
	bool patient;               /* the timer has been told so */
	struct mono since;          /* when the first of those that wait came */
	struct actor actor;         /* the server, for slices */
};

/* Free what it holds. */
static void need_fini(struct need *need)
{
	value_free(need->request);
	*need = (struct need){ 0 };
}

void work_need(struct session *session, enum job_kind kind, struct value *take_request,
	       const struct job_limits *limits, need_done_fn done, void *context)
{
	ASSERT(!session->need.done);
	session->need = (struct need){ .kind = kind,
				       .request = take_request,
				       .limits = limits ? *limits : *job_kind_limits(kind),
				       .done = done,
				       .context = context };
}

void work_need_messages(struct session *session, need_done_fn done, void *context)
{
	ASSERT(!session->need.done);
	session->need = (struct need){ .messages = true, .done = done, .context = context };
}

/* On the clerk: the beginning, or what goes on once the need was met. */
static void work_run(struct session *session, void *subject)
{
	struct work *work = subject;
	struct need need = work->need;
	work->need = (struct need){ 0 };
	if (need.done) {
		session->secret = buf_str(&work->secret);
		need.done(session, need.context, work->answer, &work->err);
		session->secret = STR_NONE;
		buf_clear(&work->secret);
	} else {
		work->use_case->run(session, work->subject);
	}
	value_free(TAKE(work->answer));
	/* Where the store has all messages there is nothing to wait for. */
	while (session->need.messages && !service_message_waits(session)) {
		struct need met = session->need;
		session->need = (struct need){ 0 };
		met.done(session, met.context, NULL, &(struct err){ 0 });
	}
	work->need = session->need;
	session->need = (struct need){ 0 };
}

static void all_add(struct works *works, struct work *work)
{
	work->after = works->all;
	work->place_of = &works->all;
	if (work->after) {
		work->after->place_of = &work->after;
	}
	works->all = work;
}

static void all_remove(struct work *work)
{
	*work->place_of = work->after;
	if (work->after) {
		work->after->place_of = work->place_of;
	}
}

static void work_free(struct work *work)
{
	all_remove(work);
	need_fini(&work->need);
	buf_fini(&work->secret);
	value_free(work->answer);
	mem_free(work);
}

static void work_dropped(void *subject)
{
	struct work *work = subject;
	clerk_done_fn drop = work->drop;
	void *own = work->subject;
	work_free(work);
	drop(own);
}

static void work_ran(void *subject);

static enum rc clerk_ask(struct work *work, struct err *reterr)
{
	work->place = WORK_AT_CLERK;
	return clerk_start(work->works->clerks, work->use_case->clerk, work->actor, work_run, work_ran,
			   work_dropped, work, &work->clerk, reterr);
}

/* What it waited for is there, or err says why not. Where no clerk takes it on, it is dropped. */
static void work_go_on(struct work *work)
{
	if (clerk_ask(work, NULL) != RC_OK) {
		work_dropped(work);
	}
}

static void helper_ended(void *context, const struct value *answer, const struct err *err)
{
	struct work *work = context;
	(void)buf_add(&work->secret, job_secret(TAKE(work->job)));
	work->answer = answer ? value_copy(answer) : NULL;
	work->err = err && !answer ? *err : (struct err){ 0 };
	work_go_on(work);
}

static void helper_ask(struct work *work)
{
	struct works *works = work->works;
	struct err err = { 0 };
	work->place = WORK_AT_HELPER;
	enum rc rc = job_start(works->jobs, work->need.kind, TAKE(work->need.request), &work->need.limits,
			       helper_ended, work, &work->job, &err);
	if (rc == RC_OK) {
		if (works->metrics) {
			metrics_add(works->metrics, METRIC_JOBS_TOTAL, 1);
		}
		return;
	}
	/* A full queue is no fault of the input. */
	err.code = rc == RC_LIMIT ? RC_AWAY : rc;
	work->err = err;
	work_go_on(work);
}

static void slice_start(struct works *works);

static void wait_start(struct works *works)
{
	works->patient = false;
	loop_timer_set_ms(works->timer, SLICE_BEGIN_MS);
}

static void readers_tell(struct works *works, const struct err *err)
{
	struct work *work = TAKE(works->readers);
	loop_timer_stop(works->timer);
	while (work) {
		struct work *next = work->next;
		work->next = NULL;
		work->err = *err;
		work_go_on(work);
		work = next;
	}
}

static void slice_done(void *subject)
{
	struct works *works = subject;
	works->taking = NULL;
	if (works->slice.rc != RC_OK) {
		log_err(LOG_ERROR, "messages_not_taken_over", &works->slice.err);
	}
	if (!works->readers) {
		return;
	}
	if (works->slice.rc != RC_OK) {
		readers_tell(works, &works->slice.err);
	} else if (!works->slice.more) {
		readers_tell(works, &(struct err){ 0 });
	} else if (mono_now().us - works->since.us > SLICES_MS * US_PER_MS) {
		struct err err = { 0 };
		(void)err_set(&err, RC_AWAY, "Gateways have written more than is in the store yet.");
		readers_tell(works, &err);
	} else {
		wait_start(works);
		slice_start(works);
	}
}

static void slice_dropped(void *subject)
{
	struct works *works = subject;
	works->taking = NULL;
}

static void slice_run(struct session *session, void *subject)
{
	struct works *works = subject;
	works->slicing = true;
	service_message_take_slice(session, &works->slice);
	works->slicing = false;
	service_settle_registry(session);
}

static void slice_start(struct works *works)
{
	struct err err = { 0 };
	if (works->taking) {
		return;
	}
	works->slice.many = works->readers != NULL;
	if (clerk_start(works->clerks, CLERK_CHANGE, &works->actor, slice_run, slice_done, slice_dropped,
			works, &works->taking, &err) != RC_OK) {
		readers_tell(works, &err);
	}
}

static void on_late(void *context)
{
	struct works *works = context;
	struct err err = { 0 };
	if (works->slicing && !works->patient) {
		works->patient = true;
		loop_timer_set_ms(works->timer, SLICE_END_MS);
		return;
	}
	(void)err_set(&err, RC_AWAY, "What gateways wrote last is not in the store yet: it is held up.");
	readers_tell(works, &err);
}

static void messages_ask(struct work *work)
{
	struct works *works = work->works;
	work->place = WORK_AT_MESSAGES;
	if (!works->readers) {
		works->since = mono_now();
		wait_start(works);
	}
	work->next = works->readers;
	works->readers = work;
	slice_start(works);
}

static void work_ran(void *subject)
{
	struct work *work = subject;
	work->clerk = NULL;
	if (work->need.messages) {
		messages_ask(work);
	} else if (work->need.done) {
		helper_ask(work);
	} else {
		clerk_done_fn done = work->done;
		void *own = work->subject;
		work_free(work);
		done(own);
	}
}

bool works_take_messages(struct works *works)
{
	bool good = works->slice.rc == RC_OK;
	slice_start(works);
	return good;
}

enum rc work_start(struct works *works, const struct use_case *use_case, const struct actor *actor,
		   void *subject, clerk_done_fn done, clerk_done_fn drop, struct work **ret,
		   struct err *reterr)
{
	struct work *work = mem_alloc(sizeof(*work));
	*work = (struct work){ .works = works,
			       .use_case = use_case,
			       .actor = actor,
			       .subject = subject,
			       .done = done,
			       .drop = drop,
			       .secret = BUF_SECRET(JOB_MAX_BYTES) };
	all_add(works, work);
	enum rc rc = clerk_ask(work, reterr);
	if (rc != RC_OK) {
		work_free(work);
		return rc;
	}
	if (ret) {
		*ret = work;
	}
	return RC_OK;
}

static void readers_remove(struct works *works, const struct work *work)
{
	struct work **at = &works->readers;
	while (*at && *at != work) {
		at = &(*at)->next;
	}
	if (*at) {
		*at = work->next;
	}
}

void work_leave(struct work *work)
{
	if (!work) {
		return;
	}
	switch (work->place) {
	case WORK_AT_CLERK: clerk_leave(work->clerk); return;
	case WORK_AT_HELPER: job_cancel(work->job); break;
	case WORK_AT_MESSAGES: readers_remove(work->works, work); break;
	}
	work_dropped(work);
}

struct works *works_new(struct loop *loop, struct clerks *clerks, struct job_pool *jobs,
			struct metrics *metrics)
{
	struct works *works = mem_alloc(sizeof(*works));
	*works = (struct works){
		.clerks = clerks, .jobs = jobs, .metrics = metrics, .actor = actor_server(NULL)
	};
	works->timer = loop_timer_new(loop, on_late, works);
	return works;
}

void works_free(struct works *works)
{
	if (!works) {
		return;
	}
	while (works->all) {
		work_leave(works->all);
	}
	loop_timer_free(works->timer);
	mem_free(works);
}
