/* SPDX-License-Identifier: Apache-2.0
 * The supervisor's lock, folders and listening sockets. */
#include "supervisor/listeners.h"

#include "base/memory.h"
#include "log/log.h"
#include "os/file.h"
#include "os/socket.h"
#include "supervisor/announce.h"
#include "tls/session_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIND_WAIT_MS 2000 /* a killed server's children may hold a port for a moment */

static enum rc take_lock(struct supervisor *s, struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/lock", s->settings->state_dir);
	char pid[32] = "";
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock < 0) {
		return err_errno(reterr, "Cannot open %s", path);
	}
	if (flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
		ssize_t n = read(s->lock, pid, sizeof(pid) - 1);
		pid[n > 0 ? n : 0] = '\0';
		err_set(reterr, RC_IO, "Another server has the state folder %s (process %s).",
			s->settings->state_dir, pid[0] ? pid : "unknown");
		return err_fix(reterr, "Stop it, or name another folder with --state-dir DIR");
	}
	int n = snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	if (ftruncate(s->lock, 0) != 0 || pwrite(s->lock, pid, (size_t)n, 0) != n) {
		return err_errno(reterr, "Cannot write %s", path);
	}
	return RC_OK;
}

static enum rc open_folder(const char *state_dir, const char *name, int *ret, struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/%s", state_dir, name);
	TRY(file_make_folder(path, 0700, reterr));
	*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret >= 0 ? RC_OK : err_errno(reterr, "Cannot open %s", path);
}

static enum rc listen_tcp(const char *host, uint16_t port, int *ret_fd, uint16_t *ret_port,
			  struct err *reterr)
{
	struct err err = { 0 };
	struct mono until = mono_after_ms(mono_now(), BIND_WAIT_MS);
	for (;;) {
		enum rc rc = socket_listen_tcp(host, port, ret_fd, ret_port, &err);
		if (rc != RC_EXISTS || port == 0 || mono_now().us > until.us) {
			if (rc == RC_EXISTS) {
				err_set(reterr, RC_IO, "The port %u is taken by another program.", port);
				return err_fix(reterr, "--gateway-port and --management-port choose others; "
						       "0 takes any free one");
			}
			if (rc != RC_OK && reterr) {
				*reterr = err;
			}
			return rc;
		}
		usleep(50000);
	}
}

/* sun_path is 108 bytes; a longer one is reached through the open folder. */
static enum rc listen_unix(const char *state_dir, const char *name, int *ret, struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/%s", state_dir, name);
	if (strlen(path) < 100) {
		return socket_listen_unix(path, 0600, ret, reterr);
	}
	int folder = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		return err_errno(reterr, "Cannot open %s", state_dir);
	}
	AUTO_FREE char *shorter = mem_printf("/proc/self/fd/%d/%s", folder, name);
	enum rc rc = socket_listen_unix(shorter, 0600, ret, reterr);
	close(folder);
	return rc;
}

/* Make *fd a listener for where the settings say; one that listens there already stays. */
static enum rc renew(const char *host, uint16_t port, int *fd, uint16_t *ret_port, char **place,
		     struct err *reterr)
{
	AUTO_FREE char *wanted = mem_printf("%s %u", host, port);
	int fresh = -1;
	if (*fd >= 0 && *place && strcmp(wanted, *place) == 0) {
		return RC_OK;
	}
	TRY(listen_tcp(host, port, &fresh, ret_port, reterr));
	file_close(*fd);
	*fd = fresh;
	mem_free(*place);
	*place = TAKE(wanted);
	return RC_OK;
}

static enum rc renew_gateway(struct supervisor *s, struct err *reterr)
{
	return renew(settings_text(s->settings, SETTING_gateway_host),
		     settings_port(s->settings, SETTING_gateway_port), &s->gateway, &s->gateway_port,
		     &s->gateway_listen, reterr);
}

static enum rc renew_management(struct supervisor *s, struct err *reterr)
{
	return renew(settings_text(s->settings, SETTING_management_host),
		     settings_port(s->settings, SETTING_management_port), &s->management, &s->management_port,
		     &s->management_listen, reterr);
}

void listeners_renew(struct supervisor *s)
{
	struct err err = { 0 };
	if (renew_gateway(s, &err) != RC_OK) {
		log_err(LOG_ERROR, "gateway_listener_not_moved", &err);
	}
	if (renew_management(s, &err) != RC_OK) {
		log_err(LOG_ERROR, "management_listener_not_moved", &err);
	}
}

enum rc listeners_open(struct supervisor *s, struct err *reterr)
{
	const char *state_dir = s->settings->state_dir;
	struct stat there;
	TRY(file_make_folder(state_dir, 0700, reterr));
	/* Private keys lie below it, sealed; the folder is nobody else's all the same. */
	if (stat(state_dir, &there) == 0 && (there.st_mode & 0077) && chmod(state_dir, 0700) != 0) {
		return err_errno(reterr, "Cannot close the state folder %s to others", state_dir);
	}
	TRY(take_lock(s, reterr));
	announce_end(s); /* what a killed server has left */
	TRY(open_folder(state_dir, "registry", &s->registry, reterr));
	TRY(open_folder(state_dir, "journal", &s->journal, reterr));
	TRY(session_store_create(&s->sessions, reterr));
	TRY(renew_gateway(s, reterr));
	TRY(renew_management(s, reterr));
	TRY(listen_unix(state_dir, "admin.sock", &s->admin, reterr));
	return listen_unix(state_dir, "internal.sock", &s->internal, reterr);
}

void listeners_close_outside(struct supervisor *s)
{
	file_close(s->gateway);
	file_close(s->management);
	s->gateway = s->management = -1;
}

static void remove_socket(const struct supervisor *s, int fd, const char *name)
{
	if (fd >= 0) {
		AUTO_FREE char *path = mem_printf("%s/%s", s->settings->state_dir, name);
		file_remove(path);
	}
}

void listeners_close(struct supervisor *s)
{
	remove_socket(s, s->admin, "admin.sock");
	remove_socket(s, s->internal, "internal.sock");
	listeners_close_outside(s);
	file_close(s->admin);
	file_close(s->internal);
	file_close(s->registry);
	file_close(s->journal);
	file_close(s->sessions);
	file_close(s->lock);
	mem_free(s->gateway_listen);
	mem_free(s->management_listen);
}
