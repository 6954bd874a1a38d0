/* SPDX-License-Identifier: Apache-2.0
 * Publishing: a transaction is appended to the delta, then one store makes it visible. */
#include "base/memory.h"
#include "registry/base_file.h"
#include "registry/writer_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Most that is published while a base is made [bytes]; when it is more, the next compaction tries again. */
#define TAIL_MAX ((size_t)256 * 1024 * 1024)

void registry_writer_set_position(struct registry_writer *writer, uint64_t base, uint64_t delta_length)
{
	struct registry_control *control = writer->control;
	__atomic_store_n(&control->position, registry_position(base, delta_length), __ATOMIC_RELEASE);
	__atomic_store_n(&control->magic, REGISTRY_CONTROL_MAGIC, __ATOMIC_RELEASE);
}

void registry_writer_close(struct registry_writer *writer)
{
	if (!writer) {
		return;
	}
	registry_compaction_cancel(&writer->compaction);
	registry_reader_close(writer->found);
	if (writer->control) {
		(void)munmap(writer->control, REGISTRY_CONTROL_SIZE);
	}
	if (writer->delta >= 0) {
		(void)close(writer->delta);
	}
	if (writer->dirfd >= 0) {
		(void)close(writer->dirfd);
	}
	mem_free(writer);
}

void registry_writer_set_compaction(struct registry_writer *writer, unsigned percent, uint64_t bytes)
{
	writer->compact_percent = percent;
	writer->compact_bytes = bytes;
}

enum rc registry_writer_start_rebuild(struct registry_writer *writer, struct registry_batch **ret,
				      struct err *reterr)
{
	const struct registry_generations will = { writer->now.trust + 1, writer->now.identity + 1 };
	registry_compaction_cancel(&writer->compaction);
	registry_reader_close(TAKE(writer->found));
	TRY(registry_batch_new_rebuild(ret, writer->dirfd, writer->highest + 1, &will, reterr));
	writer->rebuild = ++writer->highest;
	writer->behind = true;
	return RC_OK;
}

static enum rc open_delta(struct registry_writer *w, uint64_t number, int *ret_fd, struct err *reterr)
{
	char name[REGISTRY_NAME_SIZE];
	int fd = openat(w->dirfd, registry_delta_name(number, name),
			O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return err_errno(reterr, "The registry's delta cannot be made");
	}
	*ret_fd = fd;
	return RC_OK;
}

/* Make a finished base file the one in force. */
static enum rc apply_rebuild(struct registry_writer *w, struct registry_batch *batch, struct err *reterr)
{
	int delta = -1;
	if (batch->applied || batch->number != w->rebuild) {
		return err_set(reterr, RC_BUG, "Another rebuild of the registry was started since.");
	}
	TRY(registry_batch_finish(batch, reterr));
	TRY(open_delta(w, batch->number, &delta, reterr));
	registry_writer_set_position(w, batch->number, 0);
	if (w->delta >= 0) {
		(void)close(w->delta);
	}
	w->delta = delta;
	w->number = batch->number;
	w->base_size = batch->size;
	w->delta_length = 0;
	w->now = batch->will;
	w->behind = false;
	w->rebuild = 0;
	batch->applied = true;
	registry_files_keep(w->dirfd, batch->number);
	return RC_OK;
}

static enum rc write_at(int fd, struct str bytes, uint64_t offset, struct err *reterr)
{
	while (bytes.n > 0) {
		ssize_t n = pwrite(fd, bytes.p, bytes.n, (off_t)offset);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return err_errno(reterr, "The registry's delta cannot be written");
		}
		bytes = str_skip(bytes, (size_t)n);
		offset += (uint64_t)n;
	}
	return RC_OK;
}

static enum rc append_delta(struct registry_writer *w, struct registry_batch *batch, struct err *reterr)
{
	const struct registry_generations will = { w->now.trust + batch->trust,
						   w->now.identity + batch->identity };
	const struct registry_record commit = { .version = will.trust };
	AUTO_BUF(end, 1024);
	uint64_t at = w->delta_length + batch->entries.n;
	registry_entries_set_version(batch->entries.p, batch->entries.n, registry_version_of(&will));
	TRY(registry_entry_format(REGISTRY_ENTRY_COMMIT, &commit, will.identity, &end, reterr));
	TRY(write_at(w->delta, buf_str(&batch->entries), w->delta_length, reterr));
	TRY(write_at(w->delta, buf_str(&end), at, reterr));
	w->delta_length = at + end.n;
	w->now = will;
	registry_writer_set_position(w, w->number, w->delta_length);
	return RC_OK;
}

/* What came after the new base was begun belongs behind it. */
static enum rc copy_tail(struct registry_writer *w, uint64_t from, int to, struct err *reterr)
{
	AUTO_BUF(tail, TAIL_MAX);
	uint64_t left = w->delta_length - from;
	char *place = left ? buf_reserve(&tail, left) : NULL;
	if (left == 0) {
		return RC_OK;
	}
	if (!place) {
		return err_set(reterr, RC_LIMIT, "The registry's delta grew too long.");
	}
	if (pread(w->delta, place, left, (off_t)from) != (ssize_t)left ||
	    pwrite(to, place, left, 0) != (ssize_t)left) {
		return err_errno(reterr, "The registry's delta cannot be copied");
	}
	return RC_OK;
}

/* Go on behind the base that was made; what is published does not change by it. */
static enum rc take_compacted(struct registry_writer *w, uint64_t number,
			      const struct registry_compaction_result *result, struct err *reterr)
{
	int delta = -1;
	if (result->base != w->number || result->delta_length > w->delta_length) {
		return err_set(reterr, RC_BUG, "The registry was compacted from another base.");
	}
	TRY(open_delta(w, number, &delta, reterr));
	enum rc rc = copy_tail(w, result->delta_length, delta, reterr);
	if (rc != RC_OK) {
		(void)close(delta);
		return rc;
	}
	(void)close(w->delta);
	w->delta = delta;
	w->delta_length -= result->delta_length;
	w->number = number;
	w->base_size = result->size;
	registry_writer_set_position(w, number, w->delta_length);
	registry_files_keep(w->dirfd, number);
	return RC_OK;
}

enum rc registry_writer_settle(struct registry_writer *writer, bool wait, struct err *reterr)
{
	struct registry_compaction_result result;
	uint64_t number = writer->compaction.number;
	if (!registry_compaction_is_on(&writer->compaction)) {
		return RC_OK;
	}
	TRY(registry_compaction_poll(&writer->compaction, wait, &result, reterr));
	return take_compacted(writer, number, &result, reterr);
}

static bool compaction_due(const struct registry_writer *w)
{
	return w->delta_length > w->compact_bytes ||
	       (w->delta_length > 64 * 1024 && w->delta_length > w->base_size / 100 * w->compact_percent);
}

static enum rc apply_change(struct registry_writer *w, struct registry_batch *batch, struct err *reterr)
{
	if (w->behind) {
		return err_set(reterr, RC_IO, "The registry has to be rebuilt before it is changed.");
	}
	if (batch->entries.overflow) {
		return err_set(reterr, RC_LIMIT, "The registry's transaction is too large.");
	}
	enum rc rc = append_delta(w, batch, reterr);
	if (rc != RC_OK) {
		/* What comes later must not stand there as if this did too. */
		w->behind = true;
		return rc;
	}
	/* The change is published; that the delta stays long is no failure of it. */
	(void)!registry_writer_settle(w, false, NULL);
	if (compaction_due(w) && !registry_compaction_is_on(&w->compaction)) {
		(void)!registry_compaction_start(&w->compaction, w->dirfd, ++w->highest, NULL);
	}
	return RC_OK;
}

enum rc registry_writer_apply(struct registry_writer *writer, struct registry_batch *batch,
			      struct err *reterr)
{
	if (batch->number) {
		return apply_rebuild(writer, batch, reterr);
	}
	return registry_batch_is_empty(batch) ? RC_OK : apply_change(writer, batch, reterr);
}
