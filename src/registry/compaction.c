/* SPDX-License-Identifier: Apache-2.0
 * A base file made of base and delta by a process of its own, while the writer goes on publishing. */
#include "registry/compaction.h"

#include "os/process.h"
#include "registry/base_file.h"
#include "registry/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Those who serve requests come first. */
#define NICENESS 10
/* Where the process finds the registry's folder, and where its result goes. */
#define FOLDER_FD 3
#define RESULT_FD 4

struct copy {
	struct registry_builder *builder;
	enum rc rc;
};

static bool copy_one(void *context, const struct registry_record *record)
{
	struct copy *copy = context;
	copy->rc = registry_builder_add(copy->builder, record, NULL);
	return copy->rc == RC_OK;
}

static enum rc compact(int dirfd, uint64_t number, struct registry_compaction_result *ret)
{
	AUTO(registry_reader_close_cleanup) struct registry_reader *reader = NULL;
	AUTO(registry_builder_free_cleanup) struct registry_builder *builder = NULL;
	TRY(registry_reader_open(&reader, dirfd, NULL));
	TRY(registry_builder_new(&builder, dirfd, number, NULL));
	struct copy copy = { .builder = builder };
	registry_each_all(reader, copy_one, &copy);
	TRY(copy.rc);
	if (registry_damage(reader)) {
		return RC_INVALID;
	}
	registry_reader_position(reader, &ret->base, &ret->delta_length);
	return registry_builder_finish(builder, registry_trust_generation(reader),
				       registry_identity_generation(reader), &ret->size, NULL);
}

int registry_compaction_run(const char *number_text)
{
	struct registry_compaction_result result = { 0 };
	uint64_t number = 0;
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	if (str_parse_uint(str_of(number_text), UINT64_MAX, &number) != RC_OK ||
	    compact(FOLDER_FD, number, &result) != RC_OK) {
		return 1;
	}
	return write(RESULT_FD, &result, sizeof(result)) == (ssize_t)sizeof(result) ? 0 : 1;
}

enum rc registry_compaction_start(struct registry_compaction *ret, int dirfd, uint64_t number,
				  struct err *reterr)
{
	int ends[2];
	char text[24];
	pid_t pid = 0;
	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	const char *const argv[] = { "/proc/self/exe", PROCESS_PART, "compaction", text, NULL };
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return err_errno(reterr, "The registry's compaction cannot be started");
	}
	enum rc rc = process_spawn(argv, NULL, (const int[]){ dirfd, ends[1] }, 2, &pid, reterr);
	(void)close(ends[1]);
	if (rc != RC_OK) {
		(void)close(ends[0]);
		return rc;
	}
	*ret = (struct registry_compaction){ .pid = pid, .pipe = ends[0], .number = number };
	return RC_OK;
}

/* The process may have been collected already, by whoever collects all. */
static void over(struct registry_compaction *compaction)
{
	(void)close(compaction->pipe);
	(void)waitpid(compaction->pid, NULL, 0);
	*compaction = (struct registry_compaction){ 0 };
}

enum rc registry_compaction_poll(struct registry_compaction *compaction, bool wait,
				 struct registry_compaction_result *ret, struct err *reterr)
{
	struct registry_compaction_result result;
	struct pollfd pollfd = { .fd = compaction->pipe, .events = POLLIN };
	int n;
	do {
		n = poll(&pollfd, 1, wait ? -1 : 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0) {
		return RC_AGAIN;
	}
	/* One write of few bytes to a pipe comes whole. */
	ssize_t got = read(compaction->pipe, &result, sizeof(result));
	over(compaction);
	if (got != (ssize_t)sizeof(result)) {
		return err_set(reterr, RC_IO, "The registry could not be compacted.");
	}
	*ret = result;
	return RC_OK;
}

void registry_compaction_cancel(struct registry_compaction *compaction)
{
	if (registry_compaction_is_on(compaction)) {
		(void)kill(compaction->pid, SIGKILL);
		over(compaction);
	}
}
