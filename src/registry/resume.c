/* SPDX-License-Identifier: Apache-2.0
 * Opening a registry's folder and going on with what is whole in it. */
#include "base/clock.h"
#include "base/memory.h"
#include "registry/files.h"
#include "registry/recovery.h"
#include "registry/writer_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static enum rc open_control(struct registry_writer *w, struct err *reterr)
{
	int fd = openat(w->dirfd, "control", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return err_errno(reterr, "The registry's control page cannot be opened");
	}
	/* The file is never replaced nor shortened: readers have it mapped. */
	void *p = ftruncate(fd, REGISTRY_CONTROL_SIZE) == 0
			  ? mmap(NULL, REGISTRY_CONTROL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
			  : MAP_FAILED;
	(void)close(fd);
	if (p == MAP_FAILED) {
		return err_errno(reterr, "The registry's control page cannot be mapped");
	}
	w->control = p;
	return RC_OK;
}

/* Generations go on from what is published; where that cannot be read, from the clock, which is past them. */
static void continue_generations(struct registry_writer *w)
{
	uint64_t now = (uint64_t)wall_now().us;
	w->now = (struct registry_generations){ now, now };
	if (w->found) {
		uint64_t trust = registry_trust_generation(w->found);
		uint64_t identity = registry_identity_generation(w->found);
		w->now.trust = trust >= now ? trust : now;
		w->now.identity = identity >= now ? identity : now;
	}
}

static void continue_numbers(struct registry_writer *w)
{
	uint64_t in_folder = registry_files_highest(w->dirfd);
	if (w->control->magic == REGISTRY_CONTROL_MAGIC) {
		w->highest = registry_position_base(w->control->position);
	}
	w->highest = in_folder > w->highest ? in_folder : w->highest;
}

enum rc registry_writer_open(struct registry_writer **ret, const char *dir, struct err *reterr)
{
	AUTO(registry_writer_close_cleanup) struct registry_writer *w = mem_alloc(sizeof(*w));
	w->dirfd = w->delta = -1;
	w->behind = true;
	registry_writer_set_compaction(w, 25, (uint64_t)4 * 1024 * 1024);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		return err_errno(reterr, "The registry's folder cannot be made");
	}
	w->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->dirfd < 0) {
		return err_errno(reterr, "The registry's folder cannot be opened");
	}
	TRY(open_control(w, reterr));
	(void)!registry_recover(w->dirfd, &w->found, &w->why_none);
	if (w->why_none.code == RC_AGAIN && w->control->position) {
		(void)err_set(&w->why_none, RC_INVALID, "The registry is damaged: its base file is gone.");
	}
	continue_generations(w);
	continue_numbers(w);
	*ret = TAKE(w);
	return RC_OK;
}

/* Every record is read, so that damage that a lookup would meet is met now. */
static bool look_at_record(void *context, const struct registry_record *record)
{
	return true;
}

/* Readers may have seen more than what is whole now: what comes next has to look new to them. */
static void rewind_readers(struct registry_writer *w)
{
	__atomic_store_n(&w->control->rewinds, w->control->rewinds + 1, __ATOMIC_RELEASE);
}

static bool was_ahead(const struct registry_writer *w, uint64_t position)
{
	return w->control->magic == REGISTRY_CONTROL_MAGIC && w->control->position > position;
}

/* What is not whole of the delta is cut off, after readers were told that it ends before:
 * what is appended must not have old bytes behind it that hold. */
static enum rc cut_delta(struct registry_writer *w, uint64_t length, struct err *reterr)
{
	char name[REGISTRY_NAME_SIZE];
	int fd = openat(w->dirfd, registry_delta_name(w->number, name),
			O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return err_errno(reterr, "The registry's delta cannot be opened");
	}
	w->delta = fd;
	w->delta_length = length;
	registry_writer_set_position(w, w->number, length);
	return ftruncate(fd, (off_t)length) == 0 ? RC_OK
						 : err_errno(reterr, "The registry's delta cannot be cut");
}

static enum rc go_on(struct registry_writer *w, struct registry_reader *found, struct err *reterr)
{
	struct stat st;
	char name[REGISTRY_NAME_SIZE];
	uint64_t length;
	registry_each_all(found, look_at_record, NULL);
	if (registry_damage(found)) {
		return err_set(reterr, RC_INVALID, "The registry holds damaged records.");
	}
	registry_reader_position(found, &w->number, &length);
	if (fstatat(w->dirfd, registry_base_name(w->number, name), &st, AT_SYMLINK_NOFOLLOW) != 0) {
		return err_errno(reterr, "The registry's base file cannot be read");
	}
	w->base_size = (uint64_t)st.st_size;
	if (was_ahead(w, registry_position(w->number, length))) {
		rewind_readers(w);
	} else {
		w->now.trust = registry_trust_generation(found);
		w->now.identity = registry_identity_generation(found);
	}
	TRY(cut_delta(w, length, reterr));
	w->behind = false;
	return RC_OK;
}

enum rc registry_writer_resume(struct registry_writer *writer, struct str stamp, struct buf *ret_found,
			       struct err *reterr)
{
	AUTO(registry_reader_close_cleanup) struct registry_reader *found = TAKE(writer->found);
	struct registry_record record;
	if (!found) {
		if (reterr) {
			*reterr = writer->why_none;
		}
		return writer->why_none.code;
	}
	bool is_stamped = registry_get(found, REGISTRY_SETTING, STR(""), STR(REGISTRY_STAMP_KEY), &record);
	if (is_stamped && ret_found) {
		(void)buf_add(ret_found, record.value);
	}
	if (!is_stamped || !str_equal(record.value, stamp)) {
		return err_set(reterr, RC_CONFLICT, "The registry is not of the store as it is now.");
	}
	return go_on(writer, found, reterr);
}
