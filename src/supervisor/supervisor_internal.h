/* SPDX-License-Identifier: Apache-2.0
 * What the files of the supervisor share: the server as it sees it, and its children. */
#pragma once

#include "base/clock.h"
#include "supervisor/supervisor.h"
#include "json/value.h"
#include "os/loop.h"
#include "os/notice.h"

#include <sys/types.h>

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
	CHILD_STATE_ENDED,    /* ended while the server stops */
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

/** The server. */
struct supervisor {
	const struct supervisor_options *options;
	const struct settings *settings; /* of options */
	struct loop *loop;
	int lock, gateway, management, admin, internal, registry, journal, sessions;
	uint16_t gateway_port, management_port;
	char *gateway_listen, *management_listen; /* "host port" that the sockets were asked for */
	char *gateway_url, *management_url;
	struct child *children;
	size_t n_workers;            /* gateways wanted */
	int slots[SUPERVISOR_SLOTS]; /* -1 empty */
	struct loop_timer *deadline; /* of starting, then of stopping */
	uint64_t generation;         /* of this program and these settings; counts the reloads */
	bool ready, draining, failed;
	/* replacement.c */
	bool replacing;
	struct child *candidate; /* the successor that is being started, or NULL */
	/* reload.c */
	bool reload_wanted;
	pid_t check_pid; /* a copy of the next program that looks whether it can take over; 0 none */
	int check_control;
	int check_handover;
	bool check_good;
	struct loop_timer *check_timer;
};

/* ---- listeners.c: state folder, lock and sockets ---- */

/** Take the lock, make the folders, listen. RC_IO. */
MUST_USE enum rc listeners_open(struct supervisor *s, struct err *reterr);
/** After a handover: listen anew where the settings name another place; one that cannot be had leaves the old socket. */
void listeners_renew(struct supervisor *s);
/** No more callers from outside: those that come are refused once the gateways have let go too. */
void listeners_close_outside(struct supervisor *s);
/** Remove sockets' files, close everything. */
void listeners_close(struct supervisor *s);

/* ---- announce.c: what a person and the command line are told ---- */

/** Compute the URLs of the listeners. */
void announce_urls(struct supervisor *s);
/** Write endpoints.json; a failure is logged. */
void announce_endpoints(const struct supervisor *s);
/** endpoints.json goes with the server. */
void announce_end(const struct supervisor *s);
/** The server is ready for the first time: log, and in dev print its block. */
void announce_ready(const struct supervisor *s);

/* ---- child.c: one process ---- */

/** Make one, not started yet; in the list until child_free(). */
struct child *child_new(struct supervisor *s, bool manager, int worker);
/** Take it out of the list and give it back; its process must have ended or be unknown. */
void child_free(struct child *child);
/** Start it with this program and these settings. */
void child_start(struct child *child);
/** Go on with a process that an earlier program of this supervisor started: watch its control socket. RC_IO. */
MUST_USE enum rc child_adopt(struct child *child, struct err *reterr);
/** Tell it to finish and end, idle_ms [ms] for callers that hold a connection; killed when it takes too long. */
void child_retire(struct child *child, uint32_t idle_ms);
/** Send a message; slot and fd (-1 none) as the message has them. */
void child_send(const struct child *child, uint32_t kind, uint32_t slot, uint64_t value, int fd);
/** "manager", "gateway-0"; out has 32 bytes. Returns out. */
const char *child_name(const struct child *child, char out[32]);
/** The manager that is not retiring, or NULL. */
struct child *child_manager(struct supervisor *s);
/** Collect those that ended. */
void child_reap_all(struct supervisor *s);
/** Tell the manager of every gateway. */
void child_report_all(struct supervisor *s);

/* ---- supervisor.c ---- */

/** A child has said READY, or has ended for good: go on with what waits for it. */
void supervisor_child_ready(struct child *child);
void supervisor_stop_when_empty(struct supervisor *s);
/** A part cannot start: end with failure. */
void supervisor_fail_start(struct supervisor *s);
/** Idle time of gateways [ms] when they are replaced, and when the server stops. */
uint32_t supervisor_idle_ms(const struct supervisor *s);

/* ---- replacement.c: gateways and manager, one by one ---- */

/** Begin to replace every child of an older generation. */
void replacement_begin(struct supervisor *s);
/** Something moved: start the next one, retire the one replaced, or find that all is done. */
void replacement_next(struct supervisor *s);
/** A child died before READY. True: it was given up (and freed), the old ones serve on. */
bool replacement_failed_once(struct child *child);
/** Give up a replacement that does not go on, for another is wanted; one that goes on is left to its end. */
void replacement_give_up(struct supervisor *s);

/* ---- handover.c: this very process goes on as another program ---- */

/** Everything that the next program needs, as a sealed memory file. RC_IO, RC_LIMIT. */
MUST_USE enum rc handover_write(struct supervisor *s, int *ret_fd, struct err *reterr);
/** Read what an earlier program wrote; false in *ret when there was none. RC_INVALID with what does not fit. */
MUST_USE enum rc handover_take(struct supervisor *s, bool *ret, struct err *reterr);
/** In a process started by handover_check_start(): whether handover_take() would succeed; says READY. */
MUST_USE enum rc handover_check(const struct supervisor_options *options, bool *ret_is_check,
				struct err *reterr);
/** Start the program at our path with our words, only to look whether it could take over. secrets: the key that the gateways
 * have, to see that the next master key is the same; -1 none. RC_IO. */
MUST_USE enum rc handover_check_start(int handover, int secrets, pid_t *ret_pid, int *ret_control,
				      struct err *reterr);
/** Become the program at our path. Returns only on failure, with nothing changed. RC_IO. */
enum rc handover_execute(struct supervisor *s, int handover, struct err *reterr);

/* ---- reload.c: SIGHUP ---- */

/** Somebody wants the settings and the program read anew. */
void reload_begin(struct supervisor *s);
/** What a reload waited for may be over. */
void reload_next(struct supervisor *s);
/** A process ended that is no child of the list; whether it was the check. */
bool reload_check_ended(struct supervisor *s, pid_t pid, int status);
/** Give up a check under way. */
void reload_end(struct supervisor *s);
