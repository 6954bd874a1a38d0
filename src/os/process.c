/* SPDX-License-Identifier: Apache-2.0
 * Starts programs with the descriptors they are to have and no others. */
#include "os/process.h"

#include "base/memory.h"
#include "base/str.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FD 3
#define FDS_MAX 32

extern char **environ;

static bool names_same(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");
	return strncmp(a, b, n) == 0 && b[n] == '=';
}

/* This environment with env_add in front of what it does not replace; the array is the caller's. */
static const char **merged_environment(const char *const env_add[])
{
	size_t n_add = 0, n_old = 0, n = 0;
	while (env_add && env_add[n_add]) {
		n_add++;
	}
	while (environ && environ[n_old]) {
		n_old++;
	}
	const char **merged = mem_array(n_add + n_old + 1, sizeof(char *));
	for (size_t i = 0; i < n_add; i++) {
		merged[n++] = env_add[i];
	}
	for (size_t i = 0; i < n_old; i++) {
		bool replaced = false;
		for (size_t j = 0; j < n_add && !replaced; j++) {
			replaced = names_same(env_add[j], environ[i]);
		}
		if (!replaced) {
			merged[n++] = environ[i];
		}
	}
	return merged;
}

/* The descriptors first move above all targets, so that none is overwritten before it was copied. */
static bool place_descriptors(const int fds[], size_t n_fds, int report)
{
	int moved[FDS_MAX];
	int above = FIRST_FD + FDS_MAX + 1;
	for (size_t i = 0; i < n_fds; i++) {
		moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, above);
		if (moved[i] < 0) {
			return false;
		}
	}
	if (dup3(report, FIRST_FD + (int)n_fds, O_CLOEXEC) < 0 && report != FIRST_FD + (int)n_fds) {
		return false;
	}
	for (size_t i = 0; i < n_fds; i++) {
		if (dup2(moved[i], FIRST_FD + (int)i) < 0) {
			return false;
		}
	}
	return close_range((unsigned)(FIRST_FD + (int)n_fds + 1), ~0u, 0) == 0;
}

NORETURN static void child(const char *const argv[], const char **env, const int fds[], size_t n_fds,
			   int report, pid_t parent)
{
	sigset_t none;
	for (int s = 1; s < NSIG; s++) {
		struct sigaction standard = { .sa_handler = SIG_DFL };
		(void)sigaction(s, &standard, NULL);
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (process_die_with_parent(parent) == RC_OK && place_descriptors(fds, n_fds, report)) {
		report = FIRST_FD + (int)n_fds;
		/* execve takes char *const for history's sake; it changes nothing. */
		union {
			const char *const *from;
			char *const *to;
		} args = { .from = argv }, environment = { .from = env };
		(void)execve(argv[0], args.to, environment.to);
	}
	int why = errno;
	(void)!write(report, &why, sizeof(why));
	_exit(127);
}

enum rc process_spawn(const char *const argv[], const char *const env_add[], const int fds[], size_t n_fds,
		      pid_t *ret, struct err *reterr)
{
	int report[2]; /* closes without a byte when the program was executed */
	pid_t parent = getpid();
	if (n_fds > FDS_MAX) {
		return err_set(reterr, RC_LIMIT, "more than %d descriptors for a child", FDS_MAX);
	}
	if (pipe2(report, O_CLOEXEC) != 0) {
		return err_errno(reterr, "cannot start %s", argv[0]);
	}
	const char **env = merged_environment(env_add);
	pid_t pid = fork();
	if (pid == 0) {
		child(argv, env, fds, n_fds, report[1], parent);
	}
	enum rc rc = pid < 0 ? err_errno(reterr, "cannot start %s", argv[0]) : RC_OK;
	mem_free(env);
	(void)close(report[1]);
	int why = 0;
	ssize_t n = 0;
	while (rc == RC_OK && (n = read(report[0], &why, sizeof(why))) < 0 && errno == EINTR) {
		continue;
	}
	(void)close(report[0]);
	if (rc == RC_OK && n > 0) {
		(void)waitpid(pid, NULL, 0);
		errno = why;
		rc = err_errno(reterr, "cannot execute %s", argv[0]);
	}
	if (rc == RC_OK) {
		*ret = pid;
	}
	return rc;
}

enum rc process_die_with_parent(pid_t parent)
{
	if (parent == 0) {
		parent = getppid();
	}
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
		return RC_IO;
	}
	/* It may have died before the request for its death was made. */
	return getppid() == parent ? RC_OK : RC_CLOSED;
}

enum rc process_reap(pid_t *ret_pid, int *ret_status)
{
	int status = 0;
	pid_t pid = waitpid(-1, &status, WNOHANG);
	if (pid <= 0) {
		return RC_NOT_FOUND;
	}
	*ret_pid = pid;
	*ret_status = status;
	return RC_OK;
}

void process_raise_files(unsigned long max)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		return;
	}
	limit.rlim_cur = limit.rlim_max < max ? limit.rlim_max : max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* A file that holds a number of bytes, or "max". */
static uint64_t limit_of(const char *path)
{
	AUTO_BUF(text, 64);
	uint64_t n = UINT64_MAX;
	if (file_read(path, 64, &text, NULL) != RC_OK ||
	    str_parse_uint(str_trim(buf_str(&text)), INT64_MAX, &n) != RC_OK) {
		return UINT64_MAX;
	}
	return n;
}

/* The least limit of our control group and those above it. */
static uint64_t group_memory(void)
{
	AUTO_BUF(text, 8192);
	uint64_t least = UINT64_MAX;
	struct str line, rest;
	if (file_read("/proc/self/cgroup", 8192, &text, NULL) != RC_OK) {
		return least;
	}
	rest = buf_str(&text);
	while (str_split(&rest, '\n', &line)) {
		if (!str_starts_with(line, STR("0::/"))) {
			continue;
		}
		for (struct str group = str_skip(line, 3); group.n > 0; group.n--) {
			AUTO_FREE char *path = mem_printf("/sys/fs/cgroup%.*s/memory.max", STR_ARG(group));
			uint64_t limit = limit_of(path);
			least = limit < least ? limit : least;
			while (group.n > 1 && group.p[group.n - 1] != '/') {
				group.n--;
			}
		}
	}
	return least;
}

uint64_t process_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	uint64_t memory =
		pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : (uint64_t)1024 * 1024 * 1024;
	uint64_t group = group_memory();
	struct rlimit space;
	memory = group > 0 && group < memory ? group : memory;
	if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY && space.rlim_cur > 0 &&
	    space.rlim_cur < memory) {
		memory = space.rlim_cur;
	}
	return memory;
}
