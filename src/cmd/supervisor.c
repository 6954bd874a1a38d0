/* SPDX-License-Identifier: Apache-2.0
 * The supervisor: holds the listening sockets, starts manager and gateways, replaces what dies, parses nothing. */
#include "cmd/supervisor.h"
#include "base/clock.h"
#include "base/memory.h"
#include "cmd/command_line.h"
#include "cmd/output.h"
#include "log/log.h"
#include "os/file.h"
#include "os/loop.h"
#include "os/message.h"
#include "os/process.h"
#include "os/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 2000
#define SHORT_LIFE_US (INT64_C(1000) * US_PER_MS)
#define DRAIN_MS 10000    /* then what still runs is killed */
#define BIND_WAIT_MS 2000 /* a killed server's children may hold a port for a moment */
#define READY_MS 60000

enum child_state {
	CHILD_STATE_NONE,     /* not started */
	CHILD_STATE_STARTING, /* runs, has not said READY */
	CHILD_STATE_READY,
	CHILD_STATE_WAITING, /* died; its timer starts it anew */
	CHILD_STATE_ENDED,   /* ended while draining */
};

struct child {
	struct supervisor *supervisor;
	bool manager;
	int worker; /* gateways: 0, 1, ... */
	enum child_state state;
	pid_t pid;
	int control; /* our end, -1 none */
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct mono started;
	int64_t backoff_ms;
	bool was_ready; /* ever */
};

struct supervisor {
	const struct settings *settings;
	struct loop *loop;
	int lock, gateway, management, admin, internal, registry, journal;
	uint16_t gateway_port, management_port;
	char *gateway_url, *management_url;
	struct child children[1 + SUPERVISOR_WORKERS_MAX]; /* the manager first */
	size_t n_children;
	int slots[SUPERVISOR_SLOTS]; /* -1 empty */
	struct loop_timer *deadline; /* of starting, then of draining */
	bool ready, draining, failed;
};

static void child_start(struct child *child);

/* ---- state folder, lock and listeners ---- */

static enum rc take_lock(struct supervisor *s, struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/lock", s->settings->state_dir);
	char pid[32] = "";
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock < 0)
		return err_errno(reterr, "Cannot open %s", path);
	if (flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
		ssize_t n = read(s->lock, pid, sizeof(pid) - 1);
		pid[n > 0 ? n : 0] = '\0';
		err_set(reterr, RC_IO, "Another server has the state folder %s (process %s).",
			s->settings->state_dir, pid[0] ? pid : "unknown");
		return err_fix(reterr, "Stop it, or name another folder with --state-dir DIR");
	}
	int n = snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	if (ftruncate(s->lock, 0) != 0 || pwrite(s->lock, pid, (size_t)n, 0) != n)
		return err_errno(reterr, "Cannot write %s", path);
	return RC_OK;
}

static enum rc open_folder(const char *state_dir, const char *name, int *ret, struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/%s", state_dir, name);
	TRY(file_make_folder(path, 0700, reterr));
	*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret >= 0 ? RC_OK : err_errno(reterr, "Cannot open %s", path);
}

static enum rc listen_tcp(const char *host, const char *port_text, int *ret_fd, uint16_t *ret_port,
			  struct err *reterr)
{
	uint64_t port = 0;
	struct err err = { 0 };
	TRY(str_parse_uint(str_of(port_text), 65535, &port));
	struct mono until = mono_after_ms(mono_now(), BIND_WAIT_MS);
	for (;;) {
		enum rc rc = socket_listen_tcp(host, (uint16_t)port, ret_fd, ret_port, &err);
		if (rc != RC_EXISTS || port == 0 || mono_now().us > until.us) {
			if (rc == RC_EXISTS) {
				err_set(reterr, RC_IO, "The port %s is taken by another program.", port_text);
				return err_fix(reterr, "--gateway-port and --management-port choose others; "
						       "0 takes any free one");
			}
			if (rc != RC_OK && reterr)
				*reterr = err;
			return rc;
		}
		usleep(50000);
	}
}

/* sun_path is 108 bytes; a longer one is reached through the open folder. */
static enum rc listen_unix(const char *state_dir, const char *name, int *ret, struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/%s", state_dir, name);
	if (strlen(path) < 100)
		return socket_listen_unix(path, 0600, ret, reterr);
	int folder = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return err_errno(reterr, "Cannot open %s", state_dir);
	AUTO_FREE char *shorter = mem_printf("/proc/self/fd/%d/%s", folder, name);
	enum rc rc = socket_listen_unix(shorter, 0600, ret, reterr);
	close(folder);
	return rc;
}

static enum rc open_listeners(struct supervisor *s, struct err *reterr)
{
	const struct settings *t = s->settings;
	TRY(listen_tcp(t->text[SETTING_gateway_host], t->text[SETTING_gateway_port], &s->gateway,
		       &s->gateway_port, reterr));
	TRY(listen_tcp(t->text[SETTING_management_host], t->text[SETTING_management_port], &s->management,
		       &s->management_port, reterr));
	TRY(listen_unix(t->state_dir, "admin.sock", &s->admin, reterr));
	TRY(listen_unix(t->state_dir, "internal.sock", &s->internal, reterr));
	s->gateway_url = mem_printf("https://%s:%u", t->text[SETTING_host], s->gateway_port);
	s->management_url =
		mem_printf("%s://%s:%u", command_is_true(t->text[SETTING_management_tls]) ? "https" : "http",
			   t->text[SETTING_host], s->management_port);
	return RC_OK;
}

static enum rc prepare(struct supervisor *s, struct err *reterr)
{
	const char *state_dir = s->settings->state_dir;
	struct stat there;
	TRY(file_make_folder(state_dir, 0700, reterr));
	/* Private keys lie below it, sealed; the folder is nobody else's all the same. */
	if (stat(state_dir, &there) == 0 && (there.st_mode & 0077) && chmod(state_dir, 0700) != 0)
		return err_errno(reterr, "Cannot close the state folder %s to others", state_dir);
	TRY(take_lock(s, reterr));
	AUTO_FREE char *endpoints = mem_printf("%s/endpoints.json", state_dir);
	file_remove(endpoints);
	TRY(open_folder(state_dir, "registry", &s->registry, reterr));
	TRY(open_folder(state_dir, "journal", &s->journal, reterr));
	return open_listeners(s, reterr);
}

/* ---- children ---- */

static struct value *role_settings(const struct supervisor *s, const struct child *child)
{
	const struct settings *t = s->settings;
	struct value *v = value_object();
	value_set_c(v, "state_dir", t->state_dir);
	value_set_c(v, "host", t->text[SETTING_host]);
	value_set_c(v, "gateway_url", s->gateway_url);
	value_set_c(v, "management_url", s->management_url);
	value_set_c(v, "tell_reason", t->text[SETTING_tell_reason]);
	value_set_c(v, "crl_stale", t->text[SETTING_crl_stale]);
	value_set_bool(v, "offer_ca_names", command_is_true(t->text[SETTING_offer_ca_names]));
	value_set_bool(v, "dev", t->dev);
	if (t->text[SETTING_master_key_file][0])
		value_set_c(v, "master_key_file", t->text[SETTING_master_key_file]);
	value_set_int(v, "workers", (int64_t)s->n_children - 1);
	value_set_int(v, "worker", child->worker);
	return v;
}

static void child_name(const struct child *child, char *out, size_t size)
{
	if (child->manager)
		snprintf(out, size, "manager");
	else
		snprintf(out, size, "gateway-%d", child->worker);
}

static void child_forget(struct child *child)
{
	loop_watch_free(child->watch);
	child->watch = NULL;
	file_close(child->control);
	child->control = -1;
}

static void send_to(const struct child *child, uint32_t kind, uint32_t slot, int fd)
{
	struct message message = { .kind = kind, .slot = slot };
	struct err err = { 0 };
	if (child->control >= 0 && message_send(child->control, &message, fd, &err) != RC_OK &&
	    err.code != RC_CLOSED)
		log_err(LOG_WARNING, "control_message_lost", &err);
}

static void begin_drain(struct supervisor *s)
{
	if (s->draining)
		return;
	s->draining = true;
	AUTO_FREE char *endpoints = mem_printf("%s/endpoints.json", s->settings->state_dir);
	file_remove(endpoints);
	loop_timer_set_ms(s->deadline, DRAIN_MS);
	bool gateways = false;
	for (size_t i = 1; i < s->n_children; i++)
		if (s->children[i].pid > 0) {
			send_to(&s->children[i], MESSAGE_DRAIN, 0, -1);
			gateways = true;
		}
	if (!gateways)
		send_to(&s->children[0], MESSAGE_DRAIN, 0, -1);
	for (size_t i = 0; i < s->n_children; i++)
		loop_timer_stop(s->children[i].timer);
}

static void stop_when_empty(struct supervisor *s)
{
	bool gateways = false;
	for (size_t i = 1; i < s->n_children; i++)
		gateways = gateways || s->children[i].pid > 0;
	/* Gateways first: the manager takes their last records over. */
	if (!gateways && s->children[0].pid > 0)
		send_to(&s->children[0], MESSAGE_DRAIN, 0, -1);
	if (!gateways && s->children[0].pid <= 0)
		loop_stop(s->loop);
}

static void fail_start(struct supervisor *s)
{
	s->failed = true;
	begin_drain(s);
	stop_when_empty(s);
}

static void child_ended(struct child *child, int status)
{
	struct supervisor *s = child->supervisor;
	char name[32];
	child_name(child, name, sizeof(name));
	child->pid = 0;
	child_forget(child);
	if (s->draining) {
		child->state = CHILD_STATE_ENDED;
		stop_when_empty(s);
		return;
	}
	if (WIFSIGNALED(status))
		log_event(LOG_ERROR, "child_died", "child=%s signal=%d", name, WTERMSIG(status));
	else if (s->ready)
		log_event(LOG_ERROR, "child_died", "child=%s exit=%d", name, WEXITSTATUS(status));
	if (!s->ready && !child->was_ready && WIFEXITED(status)) {
		fail_start(s);
		return;
	}
	child->state = CHILD_STATE_WAITING;
	bool short_life = mono_now().us - child->started.us < SHORT_LIFE_US;
	child->backoff_ms = !short_life                              ? 0
			    : !child->backoff_ms                     ? BACKOFF_FIRST_MS
			    : child->backoff_ms < BACKOFF_MAX_MS / 2 ? child->backoff_ms * 2
								     : BACKOFF_MAX_MS;
	loop_timer_set_ms(child->timer, child->backoff_ms);
}

static void on_sigchld(void *context)
{
	struct supervisor *s = context;
	pid_t pid;
	int status;
	while (process_reap(&pid, &status) == RC_OK)
		for (size_t i = 0; i < s->n_children; i++)
			if (s->children[i].pid == pid) {
				child_ended(&s->children[i], status);
				break;
			}
}

static void write_endpoints(struct supervisor *s)
{
	struct err err = { 0 };
	const char *state_dir = s->settings->state_dir;
	AUTO_VALUE *v = value_object();
	AUTO_BUF(text, 65536);
	AUTO_FREE char *path = mem_printf("%s/endpoints.json", state_dir);
	AUTO_FREE char *sock = mem_printf("%s/admin.sock", state_dir);
	AUTO_FREE char *ca = mem_printf("%s/ca/root.pem", state_dir);
	value_set_c(v, "gateway", s->gateway_url);
	value_set_c(v, "management", s->management_url);
	value_set_c(v, "socket", sock);
	value_set_c(v, "ca", ca);
	value_set_int(v, "pid", getpid());
	if (value_format(v, &text) != RC_OK || !buf_add_char(&text, '\n') ||
	    file_write_atomic(path, buf_str(&text), 0600, &err) != RC_OK)
		log_err(LOG_ERROR, "endpoints_not_written", &err);
}

/* The administrator's password of a new store lies in a file that is read once here. */
static void print_ready(struct supervisor *s)
{
	AUTO_BUF_SECRET(password, 1024);
	AUTO_FREE char *file = mem_printf("%s/admin.password", s->settings->state_dir);
	bool fresh = file_read(file, 1024, &password, NULL) == RC_OK && str_trim(buf_str(&password)).n > 0;
	output_data("postern %s  dev: everything below %s, loopback only\n", POSTERN_VERSION,
		    s->settings->state_dir);
	if (fresh)
		output_data("  management   %s/   (admin / %.*s, shown once)\n", s->management_url,
			    STR_ARG(str_trim(buf_str(&password))));
	else
		output_data("  management   %s/   (admin; the password was shown at the first start)\n",
			    s->management_url);
	output_data("  integration  %s/http/...   client certificate asked for\n", s->gateway_url);
	output_data("  own CA       %s/ca/root.pem\n", s->settings->state_dir);
	output_data("Ready.  Next: postern quickstart hello\n");
	output_flush();
	file_remove(file);
}

/* A service has no terminal: what its operator should do is in the log. */
static void log_served(const struct supervisor *s)
{
	const char *state_dir = s->settings->state_dir;
	AUTO_FREE char *file = mem_printf("%s/admin.password", state_dir);
	if (access(file, F_OK) == 0)
		log_event(LOG_WARNING, "admin_password_waits",
			  "file=%s next=\"read it, then remove the file\"", file);
	if (!s->settings->text[SETTING_master_key_file][0])
		log_event(LOG_WARNING, "master_key_beside_store", "folder=%s next=\"set master_key_file\"",
			  state_dir);
}

static void check_ready(struct supervisor *s)
{
	if (s->ready || s->draining)
		return;
	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i].state != CHILD_STATE_READY)
			return;
	s->ready = true;
	loop_timer_stop(s->deadline);
	write_endpoints(s);
	log_event(LOG_INFO, "server_ready", "gateway=%s management=%s workers=%zu", s->gateway_url,
		  s->management_url, s->n_children - 1);
	if (s->settings->dev)
		print_ready(s);
	else
		log_served(s);
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
	for (size_t i = 1; i < s->n_children; i++)
		send_to(&s->children[i], MESSAGE_SLOT_PUT, slot, fd);
}

static void on_control(void *context, unsigned ready)
{
	struct child *child = context;
	struct message message;
	struct err err = { 0 };
	int fd = -1;
	enum rc rc;
	while ((rc = message_receive(child->control, &message, &fd, &err)) == RC_OK) {
		if (message.kind == MESSAGE_READY) {
			child->state = CHILD_STATE_READY;
			child->was_ready = true;
			check_ready(child->supervisor);
		} else if (message.kind == MESSAGE_SLOT_PUT && child->manager) {
			put_slot(child->supervisor, message.slot, fd);
			fd = -1;
		}
		file_close(fd);
	}
	if (rc != RC_AGAIN)
		child_forget(child); /* it is dying: SIGCHLD follows */
}

static enum rc spawn(struct child *child, struct err *reterr)
{
	struct supervisor *s = child->supervisor;
	int pair[2];
	AUTO_VALUE *settings = role_settings(s, child);
	AUTO_BUF(text, 65536);
	if (!buf_add_c(&text, "POSTERN_ROLE_SETTINGS=") || value_format(settings, &text) != RC_OK)
		return err_set(reterr, RC_LIMIT, "The settings are too long.");
	TRY(message_pair(pair, reterr));
	const int manager_fds[] = { pair[1], s->management, s->admin, s->internal };
	const int gateway_fds[] = { pair[1], s->gateway, s->registry, s->journal };
	const char *argv[] = { "/proc/self/exe", "role", child->manager ? "manager" : "gateway", NULL };
	const char *env[] = { buf_c(&text), NULL };
	enum rc rc =
		process_spawn(argv, env, child->manager ? manager_fds : gateway_fds, 4, &child->pid, reterr);
	close(pair[1]);
	if (rc == RC_OK)
		rc = loop_watch_new(&child->watch, s->loop, pair[0], LOOP_READ, on_control, child, reterr);
	if (rc == RC_OK)
		child->control = pair[0];
	else
		close(pair[0]);
	return rc;
}

static void child_start(struct child *child)
{
	struct supervisor *s = child->supervisor;
	struct err err = { 0 };
	child->started = mono_now();
	child->state = CHILD_STATE_STARTING;
	child->pid = 0;
	if (spawn(child, &err) != RC_OK) {
		log_err(LOG_ERROR, "child_not_started", &err);
		child->state = CHILD_STATE_WAITING;
		loop_timer_set_ms(child->timer, BACKOFF_MAX_MS);
		return;
	}
	for (uint32_t slot = 0; !child->manager && slot < SUPERVISOR_SLOTS; slot++)
		if (s->slots[slot] >= 0)
			send_to(child, MESSAGE_SLOT_PUT, slot, s->slots[slot]);
}

static void on_child_timer(void *context)
{
	struct child *child = context;
	if (!child->supervisor->draining && child->pid <= 0)
		child_start(child);
}

/* ---- the whole ---- */

static void on_deadline(void *context)
{
	struct supervisor *s = context;
	if (!s->draining) {
		log_event(LOG_ERROR, "server_not_ready", "after_ms=%d", READY_MS);
		fail_start(s);
		return;
	}
	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i].pid > 0)
			kill(s->children[i].pid, SIGKILL);
}

static void on_stop(void *context)
{
	struct supervisor *s = context;
	begin_drain(s);
	stop_when_empty(s);
}

static size_t worker_count(const struct settings *t)
{
	uint64_t n = 0;
	if (str_parse_uint(str_of(t->text[SETTING_workers]), SUPERVISOR_WORKERS_MAX, &n) != RC_OK || n == 0) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);
		n = cores > 0 ? (uint64_t)cores : 1;
	}
	return n < SUPERVISOR_WORKERS_MAX ? (size_t)n : SUPERVISOR_WORKERS_MAX;
}

static enum rc serve(struct supervisor *s, struct err *reterr)
{
	TRY(prepare(s, reterr));
	TRY(loop_new(&s->loop, reterr));
	TRY(loop_signal(s->loop, SIGTERM, on_stop, s, reterr));
	TRY(loop_signal(s->loop, SIGINT, on_stop, s, reterr));
	TRY(loop_signal(s->loop, SIGCHLD, on_sigchld, s, reterr));
	s->deadline = loop_timer_new(s->loop, on_deadline, s);
	s->n_children = 1 + worker_count(s->settings);
	for (size_t i = 0; i < s->n_children; i++) {
		s->children[i].worker = (int)i - 1;
		s->children[i].timer = loop_timer_new(s->loop, on_child_timer, &s->children[i]);
	}
	for (size_t i = 0; i < s->n_children; i++)
		child_start(&s->children[i]);
	loop_timer_set_ms(s->deadline, READY_MS);
	TRY(loop_run(s->loop, reterr));
	return s->failed ? err_set(reterr, RC_CLOSED, "The server could not start; the line above says why.")
			 : RC_OK;
}

static void remove_socket(const struct supervisor *s, int fd, const char *name)
{
	if (fd >= 0) {
		AUTO_FREE char *path = mem_printf("%s/%s", s->settings->state_dir, name);
		file_remove(path);
	}
}

static void supervisor_fini(struct supervisor *s)
{
	remove_socket(s, s->admin, "admin.sock");
	remove_socket(s, s->internal, "internal.sock");
	for (size_t i = 0; i < ARRAY_SIZE(s->children); i++) {
		child_forget(&s->children[i]);
		loop_timer_free(s->children[i].timer);
	}
	loop_timer_free(s->deadline);
	loop_free(s->loop);
	for (size_t i = 0; i < SUPERVISOR_SLOTS; i++)
		file_close(s->slots[i]);
	file_close(s->gateway);
	file_close(s->management);
	file_close(s->admin);
	file_close(s->internal);
	file_close(s->registry);
	file_close(s->journal);
	file_close(s->lock);
	mem_free(s->gateway_url);
	mem_free(s->management_url);
}

enum rc supervisor_run(const struct settings *settings, struct err *reterr)
{
	struct supervisor *s = mem_alloc(sizeof(*s));
	s->settings = settings;
	s->lock = s->gateway = s->management = s->admin = s->internal = s->registry = s->journal = -1;
	for (size_t i = 0; i < SUPERVISOR_SLOTS; i++)
		s->slots[i] = -1;
	for (size_t i = 0; i < ARRAY_SIZE(s->children); i++) {
		s->children[i].supervisor = s;
		s->children[i].manager = i == 0;
		s->children[i].control = -1;
	}
	process_raise_files(65536);
	enum rc rc = serve(s, reterr);
	supervisor_fini(s);
	mem_free(s);
	return rc;
}
