/* SPDX-License-Identifier: Apache-2.0
 * Children of an earlier generation are replaced one by one:
 * the successor serves before the old one lets go. */
#include "supervisor/replacement.h"

#include "log/log.h"
#include "supervisor/announce.h"

/* A successor that dies so often before it is ready is given up. */
#define FAILURES_MOST 3
/* A successor that is not ready for so long [us] does not keep a further reload waiting. */
#define HANGING_US (INT64_C(5) * US_PER_SECOND)

static bool is_serving(const struct child *c)
{
	return c->state != CHILD_STATE_RETIRING && c->state != CHILD_STATE_ENDED;
}

/* A gateway of an earlier generation, that of the given worker number where there is one. */
static struct child *find_old(struct supervisor *s, int worker)
{
	struct child *any = NULL;
	for (struct child *c = s->children; c; c = c->next) {
		if (c->manager || !is_serving(c) || c->generation == s->generation) {
			continue;
		}
		if (c->worker == worker) {
			return c;
		}
		/* The list has the latest first; the lowest number goes first. */
		if (!any || c->worker < any->worker) {
			any = c;
		}
	}
	return any;
}

static size_t count_new(const struct supervisor *s)
{
	size_t n = 0;
	for (const struct child *c = s->children; c; c = c->next) {
		n += !c->manager && is_serving(c) && c->generation == s->generation;
	}
	return n;
}

static bool has_worker(const struct supervisor *s, int worker)
{
	for (const struct child *c = s->children; c; c = c->next) {
		if (!c->manager && is_serving(c) && c->generation == s->generation && c->worker == worker) {
			return true;
		}
	}
	return false;
}

static int free_worker(const struct supervisor *s)
{
	int worker = 0;
	while (has_worker(s, worker)) {
		worker++;
	}
	return worker;
}

static void start_candidate(struct supervisor *s)
{
	s->candidate = child_new(s, false, free_worker(s));
	child_start(s->candidate);
}

static void finish(struct supervisor *s)
{
	s->replacing = false;
	log_event(LOG_INFO, "replacement_done", "generation=%llu workers=%zu version=%s",
		  (unsigned long long)s->generation, s->n_workers, POSTERN_VERSION);
	announce_endpoints(s);
}

/* The manager goes last, and its successor waits for its end: there is one writer of the store's registry. */
static void replace_manager(struct supervisor *s)
{
	struct child *serving = child_manager(s);
	if (serving && serving->generation != s->generation) {
		child_retire(serving);
		serving = child_manager(s);
	}
	for (struct child *c = s->children; c; c = c->next) {
		if (c->manager && c->state == CHILD_STATE_RETIRING) {
			return;
		}
	}
	if (!serving) {
		child_start(child_new(s, true, -1));
	} else if (serving->state == CHILD_STATE_READY) {
		finish(s);
	}
}

void replacement_next(struct supervisor *s)
{
	struct child *old;
	if (!s->replacing || s->draining) {
		return;
	}
	if (s->candidate) {
		if (s->candidate->state != CHILD_STATE_READY) {
			return;
		}
		old = find_old(s, s->candidate->worker);
		if (old) {
			child_retire(old);
		}
		s->candidate = NULL;
	}
	if (count_new(s) < s->n_workers) {
		start_candidate(s);
		return;
	}
	while ((old = find_old(s, -1))) {
		child_retire(old);
	}
	replace_manager(s);
}

void replacement_begin(struct supervisor *s)
{
	s->replacing = true;
	log_event(LOG_INFO, "replacement_begun", "generation=%llu workers=%zu version=%s",
		  (unsigned long long)s->generation, s->n_workers, POSTERN_VERSION);
	replacement_next(s);
}

static void give_up(struct supervisor *s, const char *what)
{
	log_event(
		LOG_ERROR, "replacement_failed",
		"generation=%llu text=\"%s\" next=\"mend what its lines above say, then send SIGHUP again\"",
		(unsigned long long)s->generation, what);
	s->replacing = false;
	s->candidate = NULL;
}

/* Of gateways the old ones serve on; the manager has no other, and is started again and again. */
bool replacement_failed_once(struct child *child)
{
	struct supervisor *s = child->supervisor;
	bool candidate = child == s->candidate;
	if (!s->replacing || child->failures < FAILURES_MOST || (!candidate && !child->manager)) {
		return false;
	}
	give_up(s, candidate
			   ? "a new gateway ended three times before it was ready; the old ones serve on"
			   : "the new manager ended three times before it was ready; the gateways serve on");
	if (candidate) {
		child_free(child);
	}
	return candidate;
}

static bool hangs(const struct child *c)
{
	return c && c->state != CHILD_STATE_READY && c->state != CHILD_STATE_RETIRING &&
	       (c->failures > 0 || mono_now().us - c->started.us > HANGING_US);
}

void replacement_give_up(struct supervisor *s)
{
	struct child *manager = child_manager(s);
	if (!s->replacing || !(s->candidate ? hangs(s->candidate) : hangs(manager))) {
		return;
	}
	/* A candidate stays as a child like others; the next replacement takes its place. */
	give_up(s, "it did not go on, and another is wanted");
}
