/* SPDX-License-Identifier: Apache-2.0
 * One process below the supervisor: started with its descriptors, heard, started anew when it dies,
 * retired. */
#include "supervisor/child.h"

#include "base/memory.h"
#include "log/log.h"
#include "os/file.h"
#include "os/process.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 2000
#define MANAGER_END_MS 10000

/* Which state may follow which. From WAITING to READY or RETIRING goes only what an earlier program had
 * started. */
static const unsigned FOLLOWS[CHILD_STATES] = {
	[CHILD_STATE_STARTING] = 1u << CHILD_STATE_READY | 1u << CHILD_STATE_WAITING |
				 1u << CHILD_STATE_RETIRING | 1u << CHILD_STATE_ENDED,
	[CHILD_STATE_READY] =
		1u << CHILD_STATE_WAITING | 1u << CHILD_STATE_RETIRING | 1u << CHILD_STATE_ENDED,
	[CHILD_STATE_WAITING] =
		1u << CHILD_STATE_STARTING | 1u << CHILD_STATE_READY | 1u << CHILD_STATE_RETIRING,
	[CHILD_STATE_RETIRING] = 1u << CHILD_STATE_ENDED,
};

/* What it is told: the settings that its part reads, and what only a running server knows. */
static struct value *part_settings(const struct child *child)
{
	const struct supervisor *s = child->supervisor;
	struct value *v = settings_to_value(s->settings, child->manager ? SETTING_MANAGER : SETTING_GATEWAY);
	value_set_c(v, "gateway_url", s->gateway_url);
	value_set_c(v, "management_url", s->management_url);
	value_set_int(v, "worker", child->worker);
	value_set_int(v, "drain_grace_ms", CHILD_DRAIN_GRACE_MS);
	return v;
}

/* "manager", "gateway-0". Returns out. */
static const char *child_name(const struct child *child, char out[32])
{
	if (child->manager) {
		snprintf(out, 32, "manager");
	} else {
		snprintf(out, 32, "gateway-%d", child->worker);
	}
	return out;
}

struct child *child_manager(struct supervisor *s)
{
	for (struct child *c = s->children; c; c = c->next) {
		if (c->manager && c->state != CHILD_STATE_RETIRING) {
			return c;
		}
	}
	return NULL;
}

void child_send(const struct child *child, uint32_t kind, uint32_t slot, uint64_t value, int fd)
{
	struct notice notice = { .kind = kind, .slot = slot, .value = value };
	struct err err = { 0 };
	if (child->control >= 0 && notice_send(child->control, &notice, fd, &err) != RC_OK &&
	    err.code != RC_CLOSED) {
		log_err(LOG_WARNING, "control_message_lost", &err);
	}
}

static const char *state_name(enum child_state state)
{
	static const char *const names[CHILD_STATES] = { "starting", "ready", "waiting", "retiring",
							 "ended" };
	return names[state];
}

/* What the manager shows an operator: this worker, its generation, its process, and how it stands. */
static void report(const struct child *child, enum child_state state)
{
	struct child *manager = child_manager(child->supervisor);
	if (manager && !child->manager && child->pid > 0) {
		child_send(manager, NOTICE_WORKER, (uint32_t)child->worker | (uint32_t)state << 16,
			   child->generation << 32 | (uint32_t)child->pid, -1);
	}
}

static void report_all(struct supervisor *s)
{
	for (struct child *c = s->children; c; c = c->next) {
		report(c, c->state);
	}
}

/* Nobody else writes the state. */
static void move(struct child *child, enum child_state state)
{
	char name[32];
	ASSERT(FOLLOWS[child->state] & 1u << state);
	child->state = state;
	log_event(LOG_DEBUG, "child_state", "child=%s generation=%llu state=%s", child_name(child, name),
		  (unsigned long long)child->generation, state_name(state));
}

static void set_state(struct child *child, enum child_state state)
{
	move(child, state);
	report(child, state);
}

static void forget(struct child *child)
{
	loop_watch_free(child->watch);
	child->watch = NULL;
	file_close(child->control);
	child->control = -1;
}

/* Keep the manager's descriptor for gateways that start later, and hand it to those that run. */
static void put_slot(struct supervisor *s, uint32_t slot, int fd)
{
	if (slot >= SUPERVISOR_SLOTS || fd < 0) {
		file_close(fd);
		return;
	}
	file_close(s->slots[slot]);
	s->slots[slot] = fd;
	for (struct child *c = s->children; c; c = c->next) {
		if (!c->manager) {
			child_send(c, NOTICE_SLOT_PUT, slot, 0, fd);
		}
	}
}

static void said_ready(struct child *child)
{
	child->was_ready = true;
	child->failures = 0;
	if (child->state != CHILD_STATE_STARTING) {
		return;
	}
	loop_timer_stop(child->timer);
	set_state(child, CHILD_STATE_READY);
	if (child->manager) {
		report_all(child->supervisor);
	}
	child->supervisor->child_ready(child);
}

static void on_control(void *context, unsigned ready)
{
	struct child *child = context;
	struct notice notice;
	struct err err = { 0 };
	int fd = -1;
	enum rc rc = RC_AGAIN;
	while (child->control >= 0 && (rc = notice_receive(child->control, &notice, &fd, &err)) == RC_OK) {
		if (notice.kind == NOTICE_READY) {
			said_ready(child);
		} else if (notice.kind == NOTICE_SLOT_PUT && child->manager) {
			put_slot(child->supervisor, notice.slot, fd);
			fd = -1;
		}
		file_close(fd);
	}
	if (rc != RC_AGAIN) {
		forget(child); /* it is dying: SIGCHLD follows */
	}
}

static enum rc watch(struct child *child, struct err *reterr)
{
	return loop_watch_new(&child->watch, child->supervisor->loop, child->control, LOOP_READ, on_control,
			      child, reterr);
}

static enum rc spawn(struct child *child, struct err *reterr)
{
	struct supervisor *s = child->supervisor;
	int pair[2];
	AUTO_VALUE *settings = part_settings(child);
	AUTO_BUF(text, 65536);
	if (!buf_add_c(&text, PROCESS_PART_SETTINGS "=") || value_format(settings, &text) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The settings are too long.");
	}
	TRY(notice_pair(pair, reterr));
	const int manager_fds[] = { pair[1], s->management, s->admin, s->internal };
	const int gateway_fds[] = { pair[1], s->gateway, s->registry, s->journal, s->sessions };
	const char *argv[] = { "/proc/self/exe", PROCESS_PART, child->manager ? "manager" : "gateway", NULL };
	const char *env[] = { buf_c(&text), NULL };
	enum rc rc =
		child->manager
			? process_spawn(argv, env, manager_fds, ARRAY_SIZE(manager_fds), &child->pid, reterr)
			: process_spawn(argv, env, gateway_fds, ARRAY_SIZE(gateway_fds), &child->pid, reterr);
	close(pair[1]);
	if (rc != RC_OK) {
		close(pair[0]);
		return rc;
	}
	child->control = pair[0];
	return watch(child, reterr);
}

void child_start(struct child *child)
{
	struct supervisor *s = child->supervisor;
	struct err err = { 0 };
	child->started = mono_now();
	child->generation = s->generation;
	child->pid = 0;
	if (spawn(child, &err) != RC_OK) {
		log_err(LOG_ERROR, "child_not_started", &err);
		loop_timer_set_ms(child->timer, BACKOFF_MAX_MS);
		if (child->pid <= 0) {
			return;
		}
		/* It runs and cannot be heard: the timer ends it. */
	}
	set_state(child, CHILD_STATE_STARTING);
	if (child == s->candidate || (child->manager && s->replacing)) {
		loop_timer_set_ms(child->timer, CHILD_READY_MS);
	}
	for (uint32_t slot = 0; !child->manager && slot < SUPERVISOR_SLOTS; slot++) {
		if (s->slots[slot] >= 0) {
			child_send(child, NOTICE_SLOT_PUT, slot, 0, s->slots[slot]);
		}
	}
}

uint32_t child_idle_ms(const struct supervisor *s)
{
	return settings_ms(s->settings, SETTING_drain_timeout);
}

/* How long [ms] it may take to end. */
static int64_t end_ms(const struct child *child)
{
	if (child->manager) {
		return MANAGER_END_MS;
	}
	return (int64_t)child_idle_ms(child->supervisor) + CHILD_DRAIN_GRACE_MS + CHILD_KILL_AFTER_MS;
}

enum rc child_adopt(struct child *child, pid_t pid, int control, enum child_state state, struct err *reterr)
{
	child->pid = pid;
	child->control = control;
	child->started = mono_now();
	child->was_ready = state == CHILD_STATE_READY;
	move(child, state);
	if (state == CHILD_STATE_RETIRING) {
		loop_timer_set_ms(child->timer, end_ms(child));
	}
	return control >= 0 ? watch(child, reterr) : RC_OK;
}

void child_retire(struct child *child)
{
	uint32_t idle_ms = child->manager ? CHILD_MANAGER_IDLE_MS : child_idle_ms(child->supervisor);
	if (child->pid <= 0) {
		child_free(child);
		return;
	}
	set_state(child, CHILD_STATE_RETIRING);
	/* 0 would leave the time to the gateway. */
	child_send(child, NOTICE_DRAIN, 0, idle_ms ? idle_ms : 1, -1);
	loop_timer_set_ms(child->timer, end_ms(child));
}

static void on_timer(void *context)
{
	struct child *child = context;
	char name[32];
	if (child->pid > 0) {
		log_event(LOG_WARNING, "child_killed", "child=%s pid=%ld why=\"%s\"", child_name(child, name),
			  (long)child->pid,
			  child->state == CHILD_STATE_RETIRING ? "it did not end in time"
							       : "it was not ready in time");
		kill(child->pid, SIGKILL);
	} else if (!child->supervisor->draining) {
		child_start(child);
	}
}

void child_start_later(struct child *child)
{
	bool short_life = mono_now().us - child->started.us < CHILD_SHORT_LIFE_US;
	child->backoff_ms = !short_life                              ? 0
			    : !child->backoff_ms                     ? BACKOFF_FIRST_MS
			    : child->backoff_ms < BACKOFF_MAX_MS / 2 ? child->backoff_ms * 2
								     : BACKOFF_MAX_MS;
	loop_timer_set_ms(child->timer, child->backoff_ms);
}

void child_log_death(const struct child *child, int status)
{
	char name[32];
	if (WIFSIGNALED(status)) {
		log_event(LOG_ERROR, "child_died", "child=%s signal=%d", child_name(child, name),
			  WTERMSIG(status));
	} else {
		log_event(LOG_ERROR, "child_died", "child=%s exit=%d", child_name(child, name),
			  WEXITSTATUS(status));
	}
}

void child_ended(struct child *child)
{
	bool for_good = child->supervisor->draining || child->state == CHILD_STATE_RETIRING;
	report(child, CHILD_STATE_ENDED);
	child->failures += child->state == CHILD_STATE_STARTING;
	child->pid = 0;
	forget(child);
	set_state(child, for_good ? CHILD_STATE_ENDED : CHILD_STATE_WAITING);
}

struct child *child_find(struct supervisor *s, pid_t pid)
{
	struct child *c = s->children;
	while (c && c->pid != pid) {
		c = c->next;
	}
	return c;
}

struct child *child_new(struct supervisor *s, bool manager, int worker)
{
	struct child *child = mem_alloc(sizeof(*child));
	*child = (struct child){ .next = s->children,
				 .supervisor = s,
				 .manager = manager,
				 .worker = worker,
				 .generation = s->generation,
				 .state = CHILD_STATE_WAITING,
				 .control = -1 };
	child->timer = loop_timer_new(s->loop, on_timer, child);
	s->children = child;
	return child;
}

static void free_deferred(void *object)
{
	mem_free(object);
}

void child_free(struct child *child)
{
	struct supervisor *s = child->supervisor;
	struct child **at = &s->children;
	while (*at != child) {
		at = &(*at)->next;
	}
	*at = child->next;
	forget(child);
	loop_timer_free(child->timer);
	/* One of its callbacks may stand below. */
	loop_defer(s->loop, free_deferred, child);
}
