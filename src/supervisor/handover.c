/* SPDX-License-Identifier: Apache-2.0
 * The supervisor goes on as another program in the same process:
 * descriptors, children and numbers by a memory file. */
#include "supervisor/handover.h"

#include "base/memory.h"
#include "log/log.h"
#include "os/file.h"
#include "os/process.h"
#include "supervisor/child.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ENV_HANDOVER "POSTERN_HANDOVER" /* number of the memory file's descriptor */
#define ENV_CHECK "POSTERN_HANDOVER_CHECK"
#define VERSION 1 /* of the form below; another one needs a restart */
#define HANDOVER_MAX ((size_t)1024 * 1024)
#define WORDS_MAX ((size_t)256 * 1024)
#define CHECK_CONTROL_FD 3
#define CHECK_HANDOVER_FD 4
#define CHECK_SECRETS_FD 5 /* where there are some */

/* The descriptors of the server that are one number each. */
struct fd_field {
	const char *name;
	int *fd;
};

#define FD_FIELDS 8

static void fd_fields(struct supervisor *s, struct fd_field ret[FD_FIELDS])
{
	const struct fd_field fields[FD_FIELDS] = {
		{ "lock", &s->lock },       { "gateway", &s->gateway },   { "management", &s->management },
		{ "admin", &s->admin },     { "internal", &s->internal }, { "registry", &s->registry },
		{ "journal", &s->journal }, { "sessions", &s->sessions },
	};
	memcpy(ret, fields, sizeof(fields));
}

/* ---- writing ---- */

static struct value *child_value(const struct child *c)
{
	struct value *v = value_object();
	value_set_bool(v, "manager", c->manager);
	value_set_int(v, "worker", c->worker);
	value_set_int(v, "generation", (int64_t)c->generation);
	value_set_int(v, "pid", c->pid);
	value_set_int(v, "control", c->control);
	value_set_bool(v, "ready", c->state == CHILD_STATE_READY);
	value_set_bool(v, "retiring", c->state == CHILD_STATE_RETIRING);
	return v;
}

static struct value *handover_value(struct supervisor *s)
{
	struct fd_field fields[FD_FIELDS];
	struct value *v = value_object();
	struct value *slots = value_array(), *children = value_array();
	value_set_int(v, "version", VERSION);
	value_set_c(v, "state_dir", s->settings->state_dir);
	value_set_int(v, "generation", (int64_t)s->generation);
	value_set_int(v, "gateway_port", s->gateway_port);
	value_set_int(v, "management_port", s->management_port);
	value_set_c(v, "gateway_listen", s->gateway_listen);
	value_set_c(v, "management_listen", s->management_listen);
	fd_fields(s, fields);
	for (size_t i = 0; i < FD_FIELDS; i++) {
		value_set_int(v, fields[i].name, *fields[i].fd);
	}
	for (size_t i = 0; i < SUPERVISOR_SLOTS; i++) {
		value_append(slots, value_int(s->slots[i]));
	}
	value_set(v, "slots", slots);
	for (struct child *c = s->children; c; c = c->next) {
		if (c->pid > 0) {
			value_append(children, child_value(c));
		}
	}
	value_set(v, "children", children);
	return v;
}

enum rc handover_write(struct supervisor *s, int *ret_fd, struct err *reterr)
{
	AUTO_VALUE *v = handover_value(s);
	AUTO_BUF(text, HANDOVER_MAX);
	if (value_format(v, &text) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "There is too much to hand over.");
	}
	return file_memory_sealed("handover", buf_str(&text), ret_fd, reterr);
}

/* ---- reading ---- */

static enum rc does_not_fit(struct err *reterr, const char *what)
{
	err_set(reterr, RC_INVALID, "This program cannot go on from the running one: %s.", what);
	return err_fix(reterr, "Stop the server and start it anew");
}

static enum rc parse(int fd, const struct settings *settings, struct value **ret, struct err *reterr)
{
	AUTO_BUF(text, HANDOVER_MAX);
	AUTO_VALUE *v = NULL;
	TRY(file_read_sealed(fd, HANDOVER_MAX, &text, reterr));
	TRY(value_parse(&v, buf_str(&text), HANDOVER_MAX, reterr));
	const char *state_dir = value_get_c(v, "state_dir");
	if (value_get_int(v, "version", 0) != VERSION) {
		return does_not_fit(reterr, "it hands over in another form");
	}
	if (!state_dir || strcmp(state_dir, settings->state_dir) != 0) {
		return does_not_fit(reterr, "the settings name another state folder");
	}
	*ret = TAKE(v);
	return RC_OK;
}

/* A number of a descriptor that is open; it becomes close-on-exec again. */
static enum rc take_fd(const struct value *v, int64_t number, int *ret, struct err *reterr)
{
	if (number < 0 || number > INT32_MAX || fcntl((int)number, F_SETFD, FD_CLOEXEC) != 0) {
		return does_not_fit(reterr, "a descriptor is missing");
	}
	*ret = (int)number;
	return RC_OK;
}

static enum rc take_child(struct supervisor *s, const struct value *v, struct err *reterr)
{
	struct child *c =
		child_new(s, value_get_bool(v, "manager", false), (int)value_get_int(v, "worker", 0));
	enum child_state state = value_get_bool(v, "retiring", false) ? CHILD_STATE_RETIRING
				 : value_get_bool(v, "ready", false)  ? CHILD_STATE_READY
								      : CHILD_STATE_STARTING;
	int64_t number = value_get_int(v, "control", -1);
	int control = -1;
	if (number >= 0) {
		TRY(take_fd(v, number, &control, reterr));
	}
	c->generation = (uint64_t)value_get_int(v, "generation", 0);
	return child_adopt(c, (pid_t)value_get_int(v, "pid", 0), control, state, reterr);
}

static enum rc take_all(struct supervisor *s, const struct value *v, struct err *reterr)
{
	struct fd_field fields[FD_FIELDS];
	const struct value *slots = value_get(v, "slots"), *children = value_get(v, "children");
	fd_fields(s, fields);
	for (size_t i = 0; i < FD_FIELDS; i++) {
		TRY(take_fd(v, value_get_int(v, fields[i].name, -1), fields[i].fd, reterr));
	}
	for (size_t i = 0; i < value_count(slots) && i < SUPERVISOR_SLOTS; i++) {
		int64_t fd = value_to_int(value_at(slots, i), -1);
		if (fd >= 0) {
			TRY(take_fd(v, fd, &s->slots[i], reterr));
		}
	}
	s->gateway_port = (uint16_t)value_get_int(v, "gateway_port", 0);
	s->management_port = (uint16_t)value_get_int(v, "management_port", 0);
	s->gateway_listen = mem_strdup(value_get_c(v, "gateway_listen"));
	s->management_listen = mem_strdup(value_get_c(v, "management_listen"));
	s->generation = (uint64_t)value_get_int(v, "generation", 1) + 1;
	for (size_t i = value_count(children); i-- > 0;) {
		TRY(take_child(s, value_at(children, i), reterr));
	}
	return RC_OK;
}

static int env_fd(const char *name)
{
	uint64_t fd = 0;
	const char *text = getenv(name); /* lint: no setting, but what the program before us says */
	return text && str_parse_uint(str_of(text), INT32_MAX, &fd) == RC_OK ? (int)fd : -1;
}

enum rc handover_take(struct supervisor *s, bool *ret, struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	int fd = env_fd(ENV_HANDOVER);
	*ret = false;
	if (fd < 0) {
		return RC_OK;
	}
	unsetenv(ENV_HANDOVER);
	enum rc rc = parse(fd, s->settings, &v, reterr);
	file_close(fd);
	TRY(rc);
	TRY(take_all(s, v, reterr));
	*ret = true;
	return RC_OK;
}

/* ---- the check beforehand, and the step itself ---- */

enum rc handover_check(const struct supervisor_options *options, bool *ret_is_check, struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	const struct notice ready = { .kind = NOTICE_READY };
	*ret_is_check = getenv(ENV_CHECK) != NULL; /* lint: the same */
	if (!*ret_is_check) {
		return RC_OK;
	}
	TRY(parse(CHECK_HANDOVER_FD, options->settings, &v, reterr));
	int secrets = fcntl(CHECK_SECRETS_FD, F_GETFD) >= 0 ? CHECK_SECRETS_FD : -1;
	TRY(options->look(options->settings, secrets, reterr));
	return notice_send(CHECK_CONTROL_FD, &ready, -1, reterr);
}

/* The words that this process was started with; ret_argv points into text and is the caller's. */
static enum rc read_words(struct buf *text, char ***ret_argv, struct err *reterr)
{
	size_t n = 0, i = 0;
	TRY(file_read("/proc/self/cmdline", WORDS_MAX, text, reterr));
	for (size_t k = 0; k < text->n; k++) {
		n += text->p[k] == '\0';
	}
	char **argv = mem_array(n + 1, sizeof(*argv));
	for (char *word = text->p; i < n; word += strlen(word) + 1) {
		argv[i++] = word;
	}
	*ret_argv = argv;
	return RC_OK;
}

/* Where the next program lies: as it was called, where that leads to a file, so that a link may have been
 * turned; else where this one came from. */
static char *program_path(const char *word)
{
	char link[4096];
	if (strchr(word, '/') && access(word, X_OK) == 0) {
		return mem_strdup(word);
	}
	ssize_t n = readlink("/proc/self/exe", link, sizeof(link) - 1);
	struct str path = str_from(link, n > 0 ? (size_t)n : 0);
	/* The kernel marks a program whose file was replaced. */
	struct str mark = STR(" (deleted)");
	if (path.n > mark.n && str_equal(str_skip(path, path.n - mark.n), mark)) {
		path.n -= mark.n;
	}
	return str_dup(path);
}

enum rc handover_check_start(int handover, int secrets, pid_t *ret_pid, int *ret_control, struct err *reterr)
{
	AUTO_BUF(text, WORDS_MAX);
	AUTO_FREE char **argv = NULL;
	int pair[2];
	TRY(read_words(&text, &argv, reterr));
	AUTO_FREE char *path = program_path(argv[0]);
	TRY(notice_pair(pair, reterr));
	const int fds[] = { pair[1], handover, secrets };
	const char *env[] = { ENV_CHECK "=1", NULL };
	argv[0] = path;
	enum rc rc =
		process_spawn((const char *const *)argv, env, fds, secrets >= 0 ? 3 : 2, ret_pid, reterr);
	close(pair[1]);
	if (rc == RC_OK) {
		*ret_control = pair[0];
	} else {
		close(pair[0]);
	}
	return rc;
}

/* Which descriptors the next program gets. */
static void keep_descriptors(struct supervisor *s, int handover, bool keep)
{
	struct fd_field fields[FD_FIELDS];
	int flags = keep ? 0 : FD_CLOEXEC;
	fd_fields(s, fields);
	(void)fcntl(handover, F_SETFD, flags);
	for (size_t i = 0; i < FD_FIELDS; i++) {
		(void)fcntl(*fields[i].fd, F_SETFD, flags);
	}
	for (size_t i = 0; i < SUPERVISOR_SLOTS; i++) {
		if (s->slots[i] >= 0) {
			(void)fcntl(s->slots[i], F_SETFD, flags);
		}
	}
	for (struct child *c = s->children; c; c = c->next) {
		if (c->control >= 0) {
			(void)fcntl(c->control, F_SETFD, flags);
		}
	}
}

enum rc handover_execute(struct supervisor *s, int handover, struct err *reterr)
{
	AUTO_BUF(text, WORDS_MAX);
	AUTO_FREE char **argv = NULL;
	char number[16];
	TRY(read_words(&text, &argv, reterr));
	AUTO_FREE char *path = program_path(argv[0]);
	snprintf(number, sizeof(number), "%d", handover);
	if (setenv(ENV_HANDOVER, number, 1) != 0) {
		return err_errno(reterr, "cannot hand over");
	}
	keep_descriptors(s, handover, true);
	log_event(LOG_INFO, "reload_executes", "program=%s", path);
	(void)execv(path, argv);
	enum rc rc = err_errno(reterr, "cannot execute %s", path);
	keep_descriptors(s, handover, false);
	unsetenv(ENV_HANDOVER);
	return rc;
}
