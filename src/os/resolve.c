/* SPDX-License-Identifier: Apache-2.0
 * Looks names up on a thread of their own; the answer comes back over an eventfd. */
#include "os/resolve.h"

#include "base/memory.h"
#include "base/str.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Names looked up at once; a resolver that hangs must not take all threads of the machine. */
#define LOOKUPS_MAX 64

struct resolve {
	atomic_int owners; /* the loop's side, and the thread while it runs */
	int event;         /* -1 for an answer known at once */
	char *host;
	uint16_t port;
	/* Written by the thread before the event, read by the loop after it. */
	int result; /* of getaddrinfo() */
	struct socket_address addresses[RESOLVE_ADDRESSES_MAX];
	size_t n;
	/* The loop's side. */
	struct loop_watch *watch;
	struct loop_timer *timer;
	resolve_fn fn;
	void *context;
};

static atomic_int lookups;

static void drop(struct resolve *r)
{
	if (atomic_fetch_sub(&r->owners, 1) != 1) {
		return;
	}
	if (r->event >= 0) {
		(void)close(r->event);
	}
	mem_free(r->host);
	mem_free(r);
}

static void *look_up(void *arg)
{
	struct resolve *r = arg;
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *list = NULL;
	char port[8];
	uint64_t one = 1;
	(void)snprintf(port, sizeof(port), "%u", r->port);
	r->result = getaddrinfo(r->host, port, &hints, &list);
	for (struct addrinfo *a = r->result == 0 ? list : NULL; a && r->n < RESOLVE_ADDRESSES_MAX;
	     a = a->ai_next) {
		memcpy(&r->addresses[r->n].storage, a->ai_addr, a->ai_addrlen);
		r->addresses[r->n++].n = a->ai_addrlen;
	}
	if (list) {
		freeaddrinfo(list);
	}
	atomic_fetch_sub(&lookups, 1);
	(void)!write(r->event, &one, sizeof(one));
	drop(r);
	return NULL;
}

void resolve_cancel(struct resolve *resolve)
{
	if (!resolve) {
		return;
	}
	loop_watch_free(resolve->watch);
	loop_timer_free(resolve->timer);
	resolve->watch = NULL;
	resolve->timer = NULL;
	drop(resolve);
}

static void answer(struct resolve *r)
{
	struct err err = { 0 };
	enum rc rc = RC_OK;
	if (r->n == 0) {
		rc = err_set(&err, r->result == EAI_AGAIN ? RC_IO : RC_NOT_FOUND,
			     "the host %s was not found: %s", r->host,
			     r->result ? gai_strerror(r->result) : "no address");
	}
	r->fn(r->context, rc, r->addresses, r->n, &err);
	resolve_cancel(r);
}

static void answer_event(void *context, unsigned ready)
{
	answer(context);
}

static void answer_timer(void *context)
{
	answer(context);
}

/* Literals and the machine itself. */
static bool known(struct resolve *r)
{
	if (strcasecmp(r->host, "localhost") == 0) {
		if (socket_address_literal("127.0.0.1", r->port, &r->addresses[0]) != RC_OK ||
		    socket_address_literal("::1", r->port, &r->addresses[1]) != RC_OK) {
			return false;
		}
		r->n = 2;
	} else if (socket_address_literal(r->host, r->port, &r->addresses[0]) == RC_OK) {
		r->n = 1;
	}
	return r->n > 0;
}

static enum rc start_thread(struct resolve *r, struct loop *loop, struct err *reterr)
{
	pthread_t thread;
	sigset_t all, before;
	if (atomic_fetch_add(&lookups, 1) >= LOOKUPS_MAX) {
		atomic_fetch_sub(&lookups, 1);
		return err_set(reterr, RC_LIMIT, "more than %d host names are being looked up", LOOKUPS_MAX);
	}
	r->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	enum rc rc = r->event < 0
			     ? err_errno(reterr, "cannot look up a host name")
			     : loop_watch_new(&r->watch, loop, r->event, LOOP_READ, answer_event, r, reterr);
	if (rc == RC_OK) {
		/* Signals are for the loop's thread. */
		(void)sigfillset(&all);
		(void)pthread_sigmask(SIG_BLOCK, &all, &before);
		atomic_fetch_add(&r->owners, 1);
		errno = pthread_create(&thread, NULL, look_up, r);
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
		if (errno == 0) {
			(void)pthread_detach(thread);
			return RC_OK;
		}
		rc = err_errno(reterr, "cannot start a thread to look up a host name");
		atomic_fetch_sub(&r->owners, 1);
	}
	atomic_fetch_sub(&lookups, 1);
	return rc;
}

enum rc resolve_start(struct resolve **ret, struct loop *loop, const char *host, uint16_t port, resolve_fn fn,
		      void *context, struct err *reterr)
{
	struct resolve *r = mem_alloc(sizeof(*r));
	*r = (struct resolve){
		.owners = 1, .event = -1, .host = mem_strdup(host), .port = port, .fn = fn, .context = context
	};
	if (known(r)) {
		r->timer = loop_timer_new(loop, answer_timer, r);
		loop_timer_set(r->timer, loop_now(loop));
	} else {
		enum rc rc = start_thread(r, loop, reterr);
		if (rc != RC_OK) {
			resolve_cancel(r);
			return rc;
		}
	}
	*ret = r;
	return RC_OK;
}
