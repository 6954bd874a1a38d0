/* SPDX-License-Identifier: Apache-2.0
 * The supervisor: holds the listening sockets, starts manager and gateways, replaces what dies, parses
 * nothing. */
#include "supervisor/supervisor.h"

#include "base/memory.h"
#include "log/log.h"
#include "os/file.h"
#include "os/process.h"
#include "supervisor/announce.h"
#include "supervisor/child.h"
#include "supervisor/handover.h"
#include "supervisor/listeners.h"
#include "supervisor/reload.h"
#include "supervisor/replacement.h"

#include <signal.h>
#include <sys/wait.h>

/* A server that stops has no successor: it does not wait longer than this [ms] for callers that say
 * nothing. */
#define STOP_IDLE_MOST_MS 5000
#define FILES_MAX 65536

static bool has_gateways(const struct supervisor *s)
{
	for (const struct child *c = s->children; c; c = c->next) {
		if (!c->manager && c->pid > 0) {
			return true;
		}
	}
	return false;
}

static void drain_managers(struct supervisor *s)
{
	for (struct child *c = s->children; c; c = c->next) {
		if (c->manager && c->pid > 0) {
			child_send(c, NOTICE_DRAIN, NOTICE_DRAIN_LAST, 0, -1);
		}
	}
}

static void begin_drain(struct supervisor *s, uint32_t idle_ms)
{
	s->draining = true;
	announce_end(s);
	listeners_close_outside(s);
	loop_timer_set_ms(s->deadline, (int64_t)idle_ms + CHILD_DRAIN_GRACE_MS + CHILD_KILL_AFTER_MS);
	for (struct child *c = s->children; c; c = c->next) {
		loop_timer_stop(c->timer);
		if (!c->manager && c->pid > 0) {
			child_send(c, NOTICE_DRAIN, NOTICE_DRAIN_LAST, idle_ms ? idle_ms : 1, -1);
		}
	}
}

static void stop_when_empty(struct supervisor *s)
{
	bool any = false;
	for (const struct child *c = s->children; c; c = c->next) {
		any = any || c->pid > 0;
	}
	/* Gateways first: the manager takes their last records over. */
	if (any && !has_gateways(s)) {
		drain_managers(s);
	}
	if (!any) {
		loop_stop(s->loop);
	}
}

static void fail_start(struct supervisor *s)
{
	s->failed = true;
	if (!s->draining) {
		begin_drain(s, 0);
	}
	stop_when_empty(s);
}

/* Something has moved: go on with what waits for it. A reload waits for the end of a replacement. */
static void step(struct supervisor *s)
{
	replacement_next(s);
	reload_next(s);
}

static bool all_are_ready(const struct supervisor *s)
{
	for (const struct child *c = s->children; c; c = c->next) {
		if (c->state != CHILD_STATE_READY) {
			return false;
		}
	}
	return true;
}

static void on_child_ready(struct child *child)
{
	struct supervisor *s = child->supervisor;
	if (s->draining || (!s->ready && !all_are_ready(s))) {
		return;
	}
	if (!s->ready) {
		s->ready = true;
		loop_timer_stop(s->deadline);
		announce_endpoints(s);
		announce_ready(s);
	}
	step(s);
}

static void on_child_ended(struct child *child, int status)
{
	struct supervisor *s = child->supervisor;
	child_ended(child);
	if (s->draining) {
		stop_when_empty(s);
		return;
	}
	if (child->state == CHILD_STATE_ENDED) {
		child_free(child);
		step(s);
		return;
	}
	if (WIFSIGNALED(status) || s->ready) {
		child_log_death(child, status);
	}
	if (!s->ready && !child->was_ready && WIFEXITED(status)) {
		fail_start(s);
		return;
	}
	if (!replacement_failed_once(child)) {
		child_start_later(child);
	}
	step(s);
}

static void on_sigchld(void *context)
{
	struct supervisor *s = context;
	pid_t pid;
	int status;
	while (process_reap(&pid, &status) == RC_OK) {
		struct child *child = child_find(s, pid);
		if (child) {
			on_child_ended(child, status);
		} else if (reload_check_ended(s, pid, status)) {
			step(s);
		}
	}
}

static void on_hangup(void *context)
{
	struct supervisor *s = context;
	reload_want(s);
	replacement_give_up(s);
	step(s);
}

static void on_deadline(void *context)
{
	struct supervisor *s = context;
	if (!s->draining) {
		log_event(LOG_ERROR, "server_not_ready", "after_ms=%d", SERVER_READY_MS);
		fail_start(s);
		return;
	}
	for (struct child *c = s->children; c; c = c->next) {
		if (c->pid > 0) {
			kill(c->pid, SIGKILL);
		}
	}
}

/* The first time callers are waited for; whoever asks again does not want to wait. */
static void on_stop(void *context)
{
	struct supervisor *s = context;
	uint32_t idle_ms = child_idle_ms(s);
	begin_drain(s, s->draining ? 0 : idle_ms < STOP_IDLE_MOST_MS ? idle_ms : STOP_IDLE_MOST_MS);
	stop_when_empty(s);
}

static void start_all(struct supervisor *s)
{
	s->generation = 1;
	child_start(child_new(s, true, -1));
	for (size_t i = 0; i < s->n_workers; i++) {
		child_start(child_new(s, false, (int)i));
	}
	loop_timer_set_ms(s->deadline, SERVER_READY_MS);
}

/* This process was another program until now. */
static void go_on(struct supervisor *s)
{
	s->ready = true;
	listeners_renew(s);
	announce_urls(s);
	on_sigchld(s); /* of whoever ended meanwhile */
	if (!child_manager(s)) {
		child_start(child_new(s, true, -1));
	}
	replacement_begin(s);
}

static enum rc serve(struct supervisor *s, struct err *reterr)
{
	bool taken = false;
	TRY(loop_new(&s->loop, reterr));
	TRY(loop_signal(s->loop, SIGTERM, on_stop, s, reterr));
	TRY(loop_signal(s->loop, SIGINT, on_stop, s, reterr));
	TRY(loop_signal(s->loop, SIGHUP, on_hangup, s, reterr));
	TRY(loop_signal(s->loop, SIGCHLD, on_sigchld, s, reterr));
	s->deadline = loop_timer_new(s->loop, on_deadline, s);
	s->n_workers = (size_t)settings_number(s->settings, SETTING_workers);
	TRY(handover_take(s, &taken, reterr));
	if (taken) {
		go_on(s);
	} else {
		TRY(listeners_open(s, reterr));
		announce_urls(s);
		start_all(s);
	}
	TRY(loop_run(s->loop, reterr));
	return s->failed ? err_set(reterr, RC_CLOSED, "The server could not start; the line above says why.")
			 : RC_OK;
}

static void supervisor_fini(struct supervisor *s)
{
	reload_end(s);
	while (s->children) {
		child_free(s->children);
	}
	loop_timer_free(s->deadline);
	loop_free(s->loop);
	for (size_t i = 0; i < SUPERVISOR_SLOTS; i++) {
		file_close(s->slots[i]);
	}
	listeners_close(s);
	mem_free(s->gateway_url);
	mem_free(s->management_url);
}

enum rc supervisor_run(const struct supervisor_options *options, struct err *reterr)
{
	bool is_check = false;
	TRY(handover_check(options, &is_check, reterr));
	if (is_check) {
		return RC_OK;
	}
	struct supervisor *s = mem_alloc(sizeof(*s));
	s->options = options;
	s->settings = options->settings;
	s->child_ready = on_child_ready;
	s->lock = s->gateway = s->management = s->admin = s->internal = s->registry = s->journal =
		s->sessions = -1;
	s->check_control = s->check_handover = -1;
	for (size_t i = 0; i < SUPERVISOR_SLOTS; i++) {
		s->slots[i] = -1;
	}
	process_raise_files(FILES_MAX);
	enum rc rc = serve(s, reterr);
	supervisor_fini(s);
	mem_free(s);
	return rc;
}
