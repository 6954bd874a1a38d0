/* SPDX-License-Identifier: Apache-2.0
 * One process below the supervisor: started with its descriptors, heard, started anew when it dies,
 * retired. */
#pragma once

#include "base/clock.h"
#include "os/notice.h"
#include "supervisor/state.h"

/** A child that lives shorter [us] is started anew after a pause. */
#define CHILD_SHORT_LIFE_US (INT64_C(1000) * US_PER_MS)
/** After its idle time a gateway that drains has this long for requests under way [ms]. */
#define CHILD_DRAIN_GRACE_MS 8000
/** Then it is killed, so much later [ms]. */
#define CHILD_KILL_AFTER_MS 2000
/** So long [ms] a manager that is replaced waits for idle callers; the next one waits for its end. */
#define CHILD_MANAGER_IDLE_MS 200
/** So long [ms] the start of one worker in a replacement may take, */
#define CHILD_READY_MS 60000
/** and that of a server: a registry of many keys may have to be rebuilt. */
#define SERVER_READY_MS 600000

enum child_state {
	CHILD_STATE_STARTING, /* runs, has not said READY */
	CHILD_STATE_READY,
	CHILD_STATE_WAITING,  /* died; its timer starts it anew */
	CHILD_STATE_RETIRING, /* told to finish what is under way and end; a successor serves */
	CHILD_STATE_ENDED,    /* was told to end, and has */
	CHILD_STATES,
};

/** One process below the supervisor. */
struct child {
	struct child *next;
	struct supervisor *supervisor;
	bool manager;
	int worker;          /* gateways: 0, 1, ... */
	uint64_t generation; /* of the program and the settings that it was started with */
	enum child_state state;
	pid_t pid;   /* 0 none */
	int control; /* our end, -1 none */
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct mono started;
	int64_t backoff_ms;
	bool was_ready;    /* ever */
	unsigned failures; /* starts in a row that ended before READY */
};

/** Make one, not started yet: it waits. In the list until child_free(). */
struct child *child_new(struct supervisor *s, bool manager, int worker);
/** Take it out of the list and give it back; its process must have ended or be unknown. */
void child_free(struct child *child);
/** Start one that waits, with this program and these settings.
 * Where that fails it is tried again later, and the log says so. */
void child_start(struct child *child);
/** Start one that has ended anew: at once, or later the more often it lives for a short time only. */
void child_start_later(struct child *child);
/**
 * Go on with a process that an earlier program of this supervisor started.
 *
 * pid      of the process
 * control  our end of its control socket, owned from now on; -1: it is dying
 * state    STARTING, READY or RETIRING
 *
 * RC_IO the control socket cannot be watched
 */
MUST_USE enum rc child_adopt(struct child *child, pid_t pid, int control, enum child_state state,
			     struct err *reterr);
/** Tell it to finish and end; killed when it takes too long.
 * One that has no process at the moment is given back at once. */
void child_retire(struct child *child);
/** Its process has ended: it waits now, or, where it was told to end, has ended for good. */
void child_ended(struct child *child);
/** Log how its process ended; status as waitpid() tells. */
void child_log_death(const struct child *child, int status);
/** Send a notice; slot and fd (-1 none) as the notice has them. What is lost is logged. */
void child_send(const struct child *child, uint32_t kind, uint32_t slot, uint64_t value, int fd);
/** The manager that is not retiring, or NULL. */
struct child *child_manager(struct supervisor *s);
/** The one with this process, or NULL. */
struct child *child_find(struct supervisor *s, pid_t pid);
/** How long [ms] a gateway that is told to end waits for callers that hold a connection and say nothing. */
uint32_t child_idle_ms(const struct supervisor *s);
