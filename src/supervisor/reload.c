/* SPDX-License-Identifier: Apache-2.0
 * SIGHUP: the program at our path looks whether it can go on from here with the settings as they are now;
 * then it does. */
#include "supervisor/reload.h"

#include "log/log.h"
#include "os/file.h"
#include "supervisor/child.h"
#include "supervisor/handover.h"

#include <signal.h>
#include <sys/wait.h>

#define CHECK_MS 20000
/* So many processes may finish what is under way; a further reload waits for them. */
#define RETIRING_MOST 256

static void refuse(const char *text)
{
	log_event(LOG_ERROR, "reload_refused",
		  "text=\"%s\" next=\"the settings and the program stay as they were; `postern validate` "
		  "looks at "
		  "the settings\"",
		  text);
}

static void check_fini(struct supervisor *s)
{
	s->check_pid = 0;
	file_close(s->check_control);
	file_close(s->check_handover);
	s->check_control = s->check_handover = -1;
	if (s->check_timer) {
		loop_timer_stop(s->check_timer);
	}
}

static size_t count_retiring(const struct supervisor *s)
{
	size_t n = 0;
	for (const struct child *c = s->children; c; c = c->next) {
		n += c->state == CHILD_STATE_RETIRING;
	}
	return n;
}

static void on_check_timer(void *context)
{
	struct supervisor *s = context;
	if (s->check_pid > 0) {
		kill(s->check_pid, SIGKILL);
	}
}

void reload_next(struct supervisor *s)
{
	struct err err = { 0 };
	if (!s->reload_wanted || !s->ready || s->draining || s->replacing || s->check_pid > 0 ||
	    count_retiring(s) >= RETIRING_MOST) {
		return;
	}
	s->reload_wanted = false;
	if (!s->check_timer) {
		s->check_timer = loop_timer_new(s->loop, on_check_timer, s);
	}
	if (handover_write(s, &s->check_handover, &err) != RC_OK ||
	    handover_check_start(s->check_handover, s->slots[0], &s->check_pid, &s->check_control, &err) !=
		    RC_OK) {
		refuse(err.text);
		check_fini(s);
		return;
	}
	loop_timer_set_ms(s->check_timer, CHECK_MS);
}

void reload_want(struct supervisor *s)
{
	log_event(LOG_INFO, "reload_wanted", "generation=%llu", (unsigned long long)s->generation);
	s->reload_wanted = true;
}

/* It must have said READY, which no other program at our path does, and have ended well. */
static bool check_passed(const struct supervisor *s, int status)
{
	struct notice notice;
	int fd = -1;
	bool said =
		notice_receive(s->check_control, &notice, &fd, NULL) == RC_OK && notice.kind == NOTICE_READY;
	file_close(fd);
	return said && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool reload_check_ended(struct supervisor *s, pid_t pid, int status)
{
	struct err err = { 0 };
	int handover = -1;
	if (s->check_pid <= 0 || pid != s->check_pid) {
		return false;
	}
	bool passed = check_passed(s, status);
	check_fini(s);
	if (s->draining) {
		return true;
	}
	if (!passed) {
		refuse("the program at our path does not take over with these settings; its line above says "
		       "why");
	} else if (handover_write(s, &handover, &err) != RC_OK ||
		   handover_execute(s, handover, &err) != RC_OK) { /* does not return when it succeeds */
		refuse(err.text);
	}
	file_close(handover);
	return true;
}

void reload_end(struct supervisor *s)
{
	if (s->check_pid > 0) {
		kill(s->check_pid, SIGKILL);
	}
	check_fini(s);
	loop_timer_free(s->check_timer);
	s->check_timer = NULL;
}
