/* SPDX-License-Identifier: Apache-2.0
 * Reads and replaces whole files. */
#include "os/file.h"

#include "base/memory.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define STEP ((size_t)16 * 1024)

void file_close(int fd)
{
	if (fd >= 0) {
		(void)close(fd);
	}
}

static void close_cleanup(int *fd)
{
	file_close(*fd);
}
#define AUTO_CLOSE AUTO(close_cleanup) int

static enum rc fail(struct err *reterr, const char *what, const char *path)
{
	enum rc rc = errno == ENOENT || errno == ENOTDIR ? RC_NOT_FOUND
		     : errno == EACCES || errno == EPERM ? RC_DENIED
		     : errno == EEXIST                   ? RC_EXISTS
							 : RC_IO;
	(void)err_errno(reterr, "cannot %s %s", what, path);
	if (reterr) {
		reterr->code = rc;
	}
	return rc;
}

enum rc file_read_fd(int fd, size_t max, struct buf *out, struct err *reterr)
{
	size_t before = out->n;
	for (;;) {
		/* One byte more than allowed is asked for, so that a file of just max bytes is not
		 * refused. */
		size_t left = max - (out->n - before);
		char step[STEP];
		size_t want = left < sizeof(step) ? left + 1 : sizeof(step);
		ssize_t n = read(fd, step, want);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return err_errno(reterr, "cannot read");
		}
		bool fits = (size_t)n <= left && buf_add(out, str_from(step, (size_t)n));
		if (out->secret) {
			mem_wipe(step, sizeof(step));
		}
		if (n == 0) {
			return RC_OK;
		}
		if (!fits) {
			return err_set(reterr, RC_LIMIT, "larger than %zu bytes", max);
		}
	}
}

enum rc file_read(const char *path, size_t max, struct buf *out, struct err *reterr)
{
	AUTO_CLOSE fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return fail(reterr, "read", path);
	}
	struct err inner = { 0 };
	enum rc rc = file_read_fd(fd, max, out, &inner);
	if (rc != RC_OK) {
		return err_set(reterr, rc, "%s: %s", path, inner.text);
	}
	return RC_OK;
}

static enum rc write_all(int fd, struct str bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return RC_IO;
		}
		bytes = str_skip(bytes, (size_t)n);
	}
	return RC_OK;
}

/* The folder is synced, so that the name survives a power cut too. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *folder =
		slash ? str_dup(str_from(path, (size_t)(slash - path) + 1)) : mem_strdup(".");
	AUTO_CLOSE fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
	}
}

enum rc file_write_new(const char *path, struct str bytes, mode_t mode, struct err *reterr)
{
	AUTO_CLOSE fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0) {
		return fail(reterr, "create", path);
	}
	if (fchmod(fd, mode) != 0 || write_all(fd, bytes) != RC_OK || fsync(fd) != 0) {
		enum rc rc = fail(reterr, "write", path);
		(void)unlink(path);
		return rc;
	}
	sync_folder(path);
	return RC_OK;
}

enum rc file_write_atomic(const char *path, struct str bytes, mode_t mode, struct err *reterr)
{
	char random[13];
	AUTO_FREE char *temporary = mem_printf("%s.%s.tmp", path, random_text(random, sizeof(random) - 1));
	TRY(file_write_new(temporary, bytes, mode, reterr));
	if (rename(temporary, path) != 0) {
		enum rc rc = fail(reterr, "replace", path);
		(void)unlink(temporary);
		return rc;
	}
	sync_folder(path);
	return RC_OK;
}

enum rc file_make_folder(const char *path, mode_t mode, struct err *reterr)
{
	AUTO_FREE char *part = mem_strdup(path);
	struct stat st;
	for (char *p = part + 1;; p++) {
		if (*p != '/' && *p != '\0') {
			continue;
		}
		char end = *p;
		*p = '\0';
		if (mkdir(part, mode) != 0 && errno != EEXIST &&
		    !(stat(part, &st) == 0 && S_ISDIR(st.st_mode))) {
			return fail(reterr, "make the folder", part);
		}
		*p = end;
		if (end == '\0') {
			break;
		}
	}
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return fail(reterr, "make the folder", path);
	}
	return RC_OK;
}

void file_remove(const char *path)
{
	(void)unlink(path);
}

enum rc file_memory_sealed(const char *name, struct str bytes, int *ret_fd, struct err *reterr)
{
	AUTO_CLOSE fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || write_all(fd, bytes) != RC_OK || fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
		return err_errno(reterr, "cannot make a sealed file in memory");
	}
	*ret_fd = fd;
	fd = -1;
	return RC_OK;
}

enum rc file_read_sealed(int fd, size_t max, struct buf *out, struct err *reterr)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) != 0) {
		return err_set(reterr, RC_DENIED, "the file in memory is not sealed");
	}
	size_t n = (size_t)st.st_size;
	char *room = n <= max ? buf_reserve(out, n) : NULL;
	if (!room) {
		return err_set(reterr, RC_LIMIT, "larger than %zu bytes", max);
	}
	if (pread(fd, room, n, 0) != (ssize_t)n) {
		return err_errno(reterr, "cannot read the file in memory");
	}
	buf_added(out, n);
	return RC_OK;
}
