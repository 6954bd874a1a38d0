/* SPDX-License-Identifier: Apache-2.0
 * What a gateway counts, in a mapped file beside its journal; read by the manager, never mapped by it. */
#include "journal/counters.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".counters"
/* Another layout has another size, and so another magic. */
#define MAGIC (UINT64_C(0x504f53544552434e) ^ sizeof(struct counters))

static const int64_t durations[COUNTERS_RANGES] = COUNTERS_DURATIONS;

/* The lock is held before the first number stands there, and goes with the process. */
static enum rc map(struct counters **ret, int fd, struct err *reterr)
{
	if (flock(fd, LOCK_EX) != 0 || ftruncate(fd, sizeof(struct counters)) != 0) {
		return err_errno(reterr, "The counters' file cannot be prepared");
	}
	void *p = mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		return err_errno(reterr, "The counters' file cannot be mapped");
	}
	*ret = p;
	(*ret)->magic = MAGIC;
	return RC_OK;
}

enum rc counters_open(struct counters **ret, int dirfd, unsigned worker, struct err *reterr)
{
	char name[64];
	(void)snprintf(name, sizeof(name), "worker-%u-%ld" SUFFIX, worker, (long)getpid());
	/* One of this name is of a process that is gone and had the same number. */
	(void)unlinkat(dirfd, name, 0);
	int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return err_errno(reterr, "The counters' file cannot be made");
	}
	enum rc rc = map(ret, fd, reterr);
	if (rc != RC_OK) {
		(void)close(fd); /* else it stays open: the lock tells that the process lives */
	}
	return rc;
}

void counters_request(struct counters *counters, enum reason reason, int64_t duration_us)
{
	size_t range = 0;
	if (!counters) {
		return;
	}
	while (range < COUNTERS_RANGES && duration_us > durations[range]) {
		range++;
	}
	counters->duration[range]++;
	counters->duration_us += duration_us;
	if (reason != REASON_NONE) {
		counters->refused[reason]++;
	}
}

static void add(struct counters *sum, const struct counters *more, bool with_gauges)
{
	for (int i = 0; i < METRIC_COUNT; i++) {
		if (with_gauges || metrics_is_counter((enum metric)i)) {
			sum->metrics.value[i] += more->metrics.value[i];
		}
	}
	for (size_t i = 0; i < REASON_COUNT; i++) {
		sum->refused[i] += more->refused[i];
	}
	for (size_t i = 0; i <= COUNTERS_RANGES; i++) {
		sum->duration[i] += more->duration[i];
	}
	sum->duration_us += more->duration_us;
}

/* Half a file, or one of another version, says nothing. */
static bool read_file(int fd, struct counters *ret)
{
	return pread(fd, ret, sizeof(*ret), 0) == (ssize_t)sizeof(*ret) && ret->magic == MAGIC;
}

static void take(struct counters_history *history, int dirfd, const char *name, struct counters *sum,
		 size_t *workers)
{
	struct counters one;
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		return;
	}
	bool gone = flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (read_file(fd, &one)) {
		add(gone ? &history->gone : sum, &one, !gone);
		*workers += !gone;
		if (gone) {
			(void)unlinkat(dirfd, name, 0);
		}
	}
	(void)close(fd);
}

enum rc counters_read(struct counters_history *history, const char *dir, struct counters *ret,
		      size_t *ret_workers, struct err *reterr)
{
	DIR *folder = opendir(dir);
	if (!folder) {
		return err_errno(reterr, "The journal's folder cannot be read");
	}
	*ret = (struct counters){ 0 };
	*ret_workers = 0;
	for (struct dirent *entry; (entry = readdir(folder));) {
		if (str_ends_with(str_of(entry->d_name), STR(SUFFIX))) {
			take(history, dirfd(folder), entry->d_name, ret, ret_workers);
		}
	}
	(void)closedir(folder);
	add(ret, &history->gone, false);
	return RC_OK;
}

void counters_format(const struct counters *counters, struct buf *out)
{
	int64_t n = 0;
	(void)buf_add_c(
		out,
		"# HELP postern_refusals_total Requests that did not get what they asked for, by reason.\n"
		"# TYPE postern_refusals_total counter\n");
	for (int i = 1; i < REASON_COUNT; i++) {
		if (counters->refused[i]) {
			(void)buf_printf(out, "postern_refusals_total{code=\"%s\"} %lld\n",
					 reason_info((enum reason)i)->code, (long long)counters->refused[i]);
		}
	}
	(void)buf_add_c(out, "# HELP postern_request_duration_seconds From a request's head to its answer.\n"
			     "# TYPE postern_request_duration_seconds histogram\n");
	for (size_t i = 0; i < COUNTERS_RANGES; i++) {
		n += counters->duration[i];
		(void)buf_printf(out, "postern_request_duration_seconds_bucket{le=\"%g\"} %lld\n",
				 (double)durations[i] / US_PER_SECOND, (long long)n);
	}
	n += counters->duration[COUNTERS_RANGES];
	(void)buf_printf(
		out,
		"postern_request_duration_seconds_bucket{le=\"+Inf\"} %lld\n"
		"postern_request_duration_seconds_sum %.6f\npostern_request_duration_seconds_count %lld\n",
		(long long)n, (double)counters->duration_us / US_PER_SECOND, (long long)n);
}
