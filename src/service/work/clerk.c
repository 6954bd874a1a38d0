/* SPDX-License-Identifier: Apache-2.0
 * Threads take work from a queue each kind has, and hand it back to the loop when it is done. */
#include "service/work/clerk.h"

#include "base/memory.h"
#include "os/file.h"
#include "os/thread.h"
#include "service/core/session.h"

#include <sys/eventfd.h>
#include <unistd.h>

/* Reading clerks wait for the disk more than for the processor.
 * One derives: who logs in with the same password at once has it derived from once, in the order in which
 * they came, and processors are left for others. */
#define READERS 3
#define DERIVERS 1
#define CLERKS_MAX (1 + READERS + DERIVERS)
/* The loop answers before they do. */
#define READ_NICE 2
#define DERIVE_NICE 5

enum work_state { WORK_WAITING, WORK_RUNNING, WORK_ENDED };

struct clerk_work {
	struct clerks *clerks;
	struct clerk_work *next; /* in the queue of its kind, or in the list of what has ended */
	enum clerk_kind kind;
	enum work_state state;
	bool left; /* nobody waits for it */
	const struct actor *actor;
	clerk_run_fn run;
	clerk_done_fn done, drop;
	void *subject;
};

/* A list in order. */
struct queue {
	struct clerk_work *first, **end;
	size_t n;
};

struct clerk {
	struct clerks *clerks;
	struct thread *thread;
	struct session *session;
	enum clerk_kind kind;
};

struct clerks {
	struct monitor monitor; /* guards the queues, the states of works, and stopping */
	struct queue waiting[CLERK_KINDS];
	struct queue ended;
	bool stopping;
	struct clerk clerks[CLERKS_MAX];
	size_t n;
	struct loop_watch *watch;
	int event;
};

static void queue_init(struct queue *queue)
{
	*queue = (struct queue){ .end = &queue->first };
}

static void queue_put(struct queue *queue, struct clerk_work *work)
{
	work->next = NULL;
	*queue->end = work;
	queue->end = &work->next;
	queue->n++;
}

static struct clerk_work *queue_take(struct queue *queue)
{
	struct clerk_work *work = queue->first;
	if (!work) {
		return NULL;
	}
	queue->first = work->next;
	if (!queue->first) {
		queue->end = &queue->first;
	}
	queue->n--;
	return work;
}

static void queue_remove(struct queue *queue, const struct clerk_work *work)
{
	struct queue kept;
	struct clerk_work *one;
	queue_init(&kept);
	while ((one = queue_take(queue))) {
		if (one != work) {
			queue_put(&kept, one);
		}
	}
	while ((one = queue_take(&kept))) {
		queue_put(queue, one);
	}
}

/* The next work of a kind; NULL when there will be none. */
static struct clerk_work *work_next(struct clerks *clerks, enum clerk_kind kind)
{
	struct clerk_work *work = NULL;
	monitor_enter(&clerks->monitor);
	while (!clerks->stopping && clerks->waiting[kind].n == 0) {
		monitor_wait(&clerks->monitor);
	}
	if (!clerks->stopping) {
		work = queue_take(&clerks->waiting[kind]);
		work->state = WORK_RUNNING;
	}
	monitor_leave(&clerks->monitor);
	return work;
}

static void wake_loop(struct clerks *clerks)
{
	uint64_t one = 1;
	ssize_t ignored = write(clerks->event, &one, sizeof(one));
	(void)ignored;
}

static void work_ended(struct clerk_work *work)
{
	struct clerks *clerks = work->clerks;
	monitor_enter(&clerks->monitor);
	work->state = WORK_ENDED;
	bool first = clerks->ended.n == 0;
	queue_put(&clerks->ended, work);
	monitor_leave(&clerks->monitor);
	if (first) {
		wake_loop(clerks);
	}
}

static void clerk_main(void *context)
{
	struct clerk *clerk = context;
	struct clerk_work *work;
	while ((work = work_next(clerk->clerks, clerk->kind))) {
		session_begin(clerk->session, work->actor);
		work->run(clerk->session, work->subject);
		session_end(clerk->session);
		work_ended(work);
	}
}

/* Tell the end of a work and free it. */
static void work_tell(struct clerk_work *work)
{
	clerk_done_fn tell = work->left ? work->drop : work->done;
	void *subject = work->subject;
	mem_free(work);
	tell(subject);
}

static struct clerk_work *ended_take(struct clerks *clerks)
{
	monitor_enter(&clerks->monitor);
	struct clerk_work *work = queue_take(&clerks->ended);
	monitor_leave(&clerks->monitor);
	return work;
}

static void on_ended(void *context, unsigned ready)
{
	struct clerks *clerks = context;
	struct clerk_work *work;
	uint64_t count;
	ssize_t ignored = read(clerks->event, &count, sizeof(count));
	(void)ignored;
	while ((work = ended_take(clerks))) {
		work_tell(work);
	}
}

static enum rc clerk_open(struct clerks *clerks, enum clerk_kind kind, struct session *changing,
			  struct err *reterr)
{
	static const char *const names[CLERK_KINDS] = { "change", "read", "derive" };
	static const int nices[CLERK_KINDS] = { 0, READ_NICE, DERIVE_NICE };
	struct clerk *clerk = &clerks->clerks[clerks->n];
	*clerk = (struct clerk){ .clerks = clerks, .kind = kind };
	if (kind == CLERK_CHANGE) {
		clerk->session = changing;
	} else {
		TRY(session_open_reading(&clerk->session, changing->service, reterr));
	}
	clerks->n++;
	return thread_start(&clerk->thread, names[kind], nices[kind], clerk_main, clerk, reterr);
}

static enum rc clerks_open(struct clerks *clerks, struct loop *loop, struct session *changing,
			   struct err *reterr)
{
	clerks->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (clerks->event < 0) {
		return err_errno(reterr, "The clerks cannot be started");
	}
	TRY(loop_watch_new(&clerks->watch, loop, clerks->event, LOOP_READ, on_ended, clerks, reterr));
	TRY(clerk_open(clerks, CLERK_CHANGE, changing, reterr));
	for (size_t i = 0; i < READERS; i++) {
		TRY(clerk_open(clerks, CLERK_READ, changing, reterr));
	}
	for (size_t i = 0; i < DERIVERS; i++) {
		TRY(clerk_open(clerks, CLERK_DERIVE, changing, reterr));
	}
	return RC_OK;
}

enum rc clerks_new(struct clerks **ret, struct loop *loop, struct session *changing, struct err *reterr)
{
	struct clerks *clerks = mem_alloc(sizeof(*clerks));
	monitor_init(&clerks->monitor);
	queue_init(&clerks->ended);
	for (size_t i = 0; i < CLERK_KINDS; i++) {
		queue_init(&clerks->waiting[i]);
	}
	enum rc rc = clerks_open(clerks, loop, changing, reterr);
	if (rc != RC_OK) {
		/* Those that were started wait for work that never comes. */
		(void)!clerks_stop(clerks, UINT32_MAX);
		clerks_free(clerks);
		return rc;
	}
	*ret = clerks;
	return RC_OK;
}

/* What waits is dropped like what nobody waits for. */
static void waiting_drop(struct clerks *clerks)
{
	struct clerk_work *work;
	monitor_enter(&clerks->monitor);
	clerks->stopping = true;
	for (size_t i = 0; i < CLERK_KINDS; i++) {
		while ((work = queue_take(&clerks->waiting[i]))) {
			work->left = true;
			queue_put(&clerks->ended, work);
		}
	}
	monitor_tell(&clerks->monitor);
	monitor_leave(&clerks->monitor);
}

bool clerks_stop(struct clerks *clerks, uint32_t timeout_ms)
{
	const struct mono end = mono_after_ms(mono_now(), timeout_ms);
	struct clerk_work *work;
	bool all = true;
	waiting_drop(clerks);
	for (size_t i = 0; i < clerks->n; i++) {
		int64_t left = (end.us - mono_now().us) / US_PER_MS;
		bool ended = thread_join(clerks->clerks[i].thread, left > 0 ? (uint32_t)left : 0);
		if (ended) {
			clerks->clerks[i].thread = NULL;
		}
		all = all && ended;
	}
	if (!all) {
		return false;
	}
	while ((work = ended_take(clerks))) {
		work_tell(work);
	}
	return true;
}

void clerks_free(struct clerks *clerks)
{
	if (!clerks) {
		return;
	}
	for (size_t i = 0; i < clerks->n; i++) {
		if (clerks->clerks[i].kind != CLERK_CHANGE) {
			session_close(clerks->clerks[i].session);
		}
	}
	loop_watch_free(clerks->watch);
	file_close(clerks->event);
	monitor_fini(&clerks->monitor);
	mem_free(clerks);
}

enum rc clerk_start(struct clerks *clerks, enum clerk_kind kind, const struct actor *actor, clerk_run_fn run,
		    clerk_done_fn done, clerk_done_fn drop, void *subject, struct clerk_work **ret,
		    struct err *reterr)
{
	struct clerk_work *work = mem_alloc(sizeof(*work));
	*work = (struct clerk_work){ .clerks = clerks,
				     .kind = kind,
				     .actor = actor,
				     .run = run,
				     .done = done,
				     .drop = drop,
				     .subject = subject };
	monitor_enter(&clerks->monitor);
	bool room = !clerks->stopping && clerks->waiting[kind].n < CLERK_WAITING_MAX;
	if (room) {
		queue_put(&clerks->waiting[kind], work);
		monitor_tell(&clerks->monitor);
	}
	monitor_leave(&clerks->monitor);
	if (!room) {
		mem_free(work);
		return err_set(reterr, RC_LIMIT, "Too much is being worked on; try again in a moment.");
	}
	if (ret) {
		*ret = work;
	}
	return RC_OK;
}

void clerk_leave(struct clerk_work *work)
{
	struct clerks *clerks = work->clerks;
	monitor_enter(&clerks->monitor);
	bool waits = work->state == WORK_WAITING;
	work->left = true;
	if (waits) {
		queue_remove(&clerks->waiting[work->kind], work);
	}
	monitor_leave(&clerks->monitor);
	if (waits) {
		work_tell(work);
	}
}

size_t clerks_waiting(struct clerks *clerks, enum clerk_kind kind)
{
	monitor_enter(&clerks->monitor);
	size_t n = clerks->waiting[kind].n;
	monitor_leave(&clerks->monitor);
	return n;
}
