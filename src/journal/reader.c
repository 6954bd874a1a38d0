/* SPDX-License-Identifier: Apache-2.0
 * Taking the journal over: segments are read, never mapped, because their writers are trusted less than this
 * process. */
#include "journal/reader.h"

#include "base/hash.h"
#include "base/memory.h"
#include "log/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 64
/* [bytes] read at once; a whole record fits. */
#define PART ((size_t)256 * 1024)
/* More files than this are not looked at in one reading. */
#define MAX_SEGMENTS 100000

struct segment {
	char name[NAME_SIZE];
	uint64_t worker, number;
	ino_t inode;
	int fd;
	size_t stored; /* [bytes] given and committed */
	size_t given;  /* [bytes] given */
	bool seen;     /* in the present listing */
	bool damaged;
};

struct journal_reader {
	int dirfd;
	struct segment *segments; /* by worker and number */
	size_t n;
	char *part;
};

enum rc journal_reader_open(struct journal_reader **ret, const char *dir, struct err *reterr)
{
	AUTO(journal_reader_close_cleanup) struct journal_reader *r = mem_alloc(sizeof(*r));
	r->dirfd = -1;
	r->part = mem_alloc(PART);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		return err_errno(reterr, "The journal's folder cannot be made");
	}
	r->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dirfd < 0) {
		return err_errno(reterr, "The journal's folder cannot be opened");
	}
	*ret = TAKE(r);
	return RC_OK;
}

void journal_reader_close(struct journal_reader *reader)
{
	if (!reader) {
		return;
	}
	for (size_t i = 0; i < reader->n; i++) {
		(void)close(reader->segments[i].fd);
	}
	if (reader->dirfd >= 0) {
		(void)close(reader->dirfd);
	}
	mem_free(reader->segments);
	mem_free(reader->part);
	mem_free(reader);
}

static bool parse_name(const char *name, uint64_t *ret_worker, uint64_t *ret_number)
{
	struct str rest = str_of(name);
	struct str part;
	if (rest.n >= NAME_SIZE - 16 || !str_starts_with(rest, STR("worker-")) ||
	    !str_ends_with(rest, STR(".segment"))) {
		return false;
	}
	rest = str_skip(rest, 7);
	rest = str_first(rest, rest.n - 8);
	return str_split(&rest, '-', &part) && str_parse_uint(part, UINT32_MAX, ret_worker) == RC_OK &&
	       str_parse_uint(rest, UINT32_MAX, ret_number) == RC_OK;
}

static void note_segment(struct journal_reader *r, const char *name, ino_t inode)
{
	uint64_t worker, number;
	if (!parse_name(name, &worker, &number)) {
		return;
	}
	for (size_t i = 0; i < r->n; i++) {
		/* A writer that found no room gives its name back; the next one may be given it. */
		if (r->segments[i].worker == worker && r->segments[i].number == number &&
		    r->segments[i].inode == inode) {
			r->segments[i].seen = true;
			return;
		}
	}
	int fd = r->n < MAX_SEGMENTS ? openat(r->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
				     : -1;
	if (fd < 0) {
		return; /* deleted meanwhile, or too many: a later reading finds it */
	}
	r->segments = mem_resize(r->segments, r->n + 1, sizeof(*r->segments));
	struct segment *segment = &r->segments[r->n++];
	*segment = (struct segment){
		.worker = worker, .number = number, .inode = inode, .fd = fd, .seen = true
	};
	segment->stored = segment->given = sizeof(struct journal_head);
	/* parse_name() has seen that it fits. */
	memcpy(segment->name, name, strlen(name) + 1);
}

static int by_place(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	if (x->worker != y->worker) {
		return x->worker < y->worker ? -1 : 1;
	}
	return x->number < y->number ? -1 : x->number > y->number;
}

static void forget(struct journal_reader *r, size_t i)
{
	(void)close(r->segments[i].fd);
	r->n--;
	memmove(&r->segments[i], &r->segments[i + 1], (r->n - i) * sizeof(*r->segments));
}

static enum rc list_segments(struct journal_reader *r, struct err *reterr)
{
	size_t before = r->n;
	int fd = openat(r->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	if (!folder) {
		enum rc rc = err_errno(reterr, "The journal's folder cannot be read");
		if (fd >= 0) {
			(void)close(fd);
		}
		return rc;
	}
	for (size_t i = 0; i < r->n; i++) {
		r->segments[i].seen = false;
	}
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
		note_segment(r, entry->d_name, entry->d_ino);
	}
	(void)closedir(folder);
	for (size_t i = r->n; i-- > 0;) {
		if (!r->segments[i].seen) {
			forget(r, i);
			before -= i < before;
		}
	}
	if (r->n > before) {
		qsort(r->segments, r->n, sizeof(*r->segments), by_place);
	}
	return RC_OK;
}

static size_t read_part(const struct journal_reader *r, const struct segment *segment, size_t at)
{
	size_t want = JOURNAL_SEGMENT_SIZE > at ? JOURNAL_SEGMENT_SIZE - at : 0;
	ssize_t n;
	do {
		n = pread(segment->fd, r->part, want < PART ? want : PART, (off_t)at);
	} while (n < 0 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}

/* Give up a segment at the place where it cannot be understood; it is kept aside for a person to look at. */
static void give_up(struct journal_reader *r, struct segment *segment)
{
	char aside[NAME_SIZE + 16];
	segment->damaged = true;
	(void)snprintf(aside, sizeof(aside), "%s.damaged", segment->name);
	(void)renameat(r->dirfd, segment->name, r->dirfd, aside);
	log_event(LOG_ERROR, "journal_damaged", "file=%s offset=%zu", aside, segment->given);
}

enum look { LOOK_END, LOOK_RECORD, LOOK_BAD };

/* The record at the front of part; place is its offset in the file. */
static enum look look_at(const char *part, size_t n, size_t place, struct str *ret)
{
	struct journal_record_head head;
	if (n < sizeof(head)) {
		return LOOK_END;
	}
	memcpy(&head, part, sizeof(head));
	if (head.size == 0) {
		return LOOK_END;
	}
	if (head.size > JOURNAL_MAX_RECORD ||
	    journal_record_space(head.size) > JOURNAL_SEGMENT_SIZE - place) {
		return LOOK_BAD;
	}
	if (journal_record_space(head.size) > n) {
		return LOOK_END;
	}
	*ret = str_from(part + sizeof(head), head.size);
	return hash_bytes(ret->p, ret->n, place) == head.checksum ? LOOK_RECORD : LOOK_BAD;
}

/* What one reading gives out. */
struct giving {
	journal_record_fn fn;
	void *context;
	size_t limit, n;
};

/* One part of a segment; *ret_more says whether anything was taken from it. */
static enum rc read_records(struct journal_reader *r, struct segment *segment, struct giving *giving,
			    bool *ret_more, struct err *reterr)
{
	size_t n = read_part(r, segment, segment->given);
	size_t at = 0;
	for (*ret_more = false; !giving->limit || giving->n < giving->limit; *ret_more = true) {
		struct str record;
		enum look look = look_at(r->part + at, n - at, segment->given, &record);
		if (look == LOOK_BAD) {
			/* Read once more: the first reading may have been torn by the writer. */
			n = read_part(r, segment, segment->given);
			at = 0;
			look = look_at(r->part, n, segment->given, &record);
		}
		if (look != LOOK_RECORD) {
			if (look == LOOK_BAD) {
				give_up(r, segment);
				*ret_more = false;
			}
			return RC_OK;
		}
		TRY(giving->fn(giving->context, record, reterr));
		giving->n++;
		at += journal_record_space(record.n);
		segment->given += journal_record_space(record.n);
	}
	*ret_more = false;
	return RC_OK;
}

enum rc journal_reader_read(struct journal_reader *reader, size_t limit, journal_record_fn fn, void *context,
			    size_t *ret_n, struct err *reterr)
{
	struct giving giving = { .fn = fn, .context = context, .limit = limit };
	TRY(list_segments(reader, reterr));
	for (size_t i = 0; i < reader->n; i++) {
		bool more = !reader->segments[i].damaged;
		while (more) {
			TRY(read_records(reader, &reader->segments[i], &giving, &more, reterr));
		}
	}
	*ret_n = giving.n;
	return RC_OK;
}

bool journal_reader_waits(struct journal_reader *reader)
{
	struct journal_record_head head;
	if (list_segments(reader, NULL) != RC_OK) {
		return true;
	}
	for (size_t i = 0; i < reader->n; i++) {
		const struct segment *segment = &reader->segments[i];
		if (!segment->damaged &&
		    pread(segment->fd, &head, sizeof(head), (off_t)segment->stored) ==
			    (ssize_t)sizeof(head) &&
		    head.size != 0) {
			return true;
		}
	}
	return false;
}

/* Delete a segment that nobody writes any more and that holds nothing new. */
static bool retire(struct journal_reader *r, struct segment *segment)
{
	struct str record;
	if (flock(segment->fd, LOCK_EX | LOCK_NB) != 0) {
		return false;
	}
	/* Looked at under the lock: the writer may have appended, then gone, since the last reading. */
	size_t n = read_part(r, segment, segment->stored);
	bool done = look_at(r->part, n, segment->stored, &record) == LOOK_END;
	if (done) {
		(void)unlinkat(r->dirfd, segment->name, 0);
	}
	(void)flock(segment->fd, LOCK_UN);
	return done;
}

void journal_reader_commit(struct journal_reader *reader)
{
	for (size_t i = reader->n; i-- > 0;) {
		struct segment *segment = &reader->segments[i];
		segment->stored = segment->given;
		if (!segment->damaged && retire(reader, segment)) {
			forget(reader, i);
		}
	}
}

/* Delete a segment unless somebody writes it still. */
static bool drop(struct journal_reader *r, size_t i)
{
	struct segment *segment = &r->segments[i];
	if (segment->damaged || flock(segment->fd, LOCK_EX | LOCK_NB) != 0) {
		return false;
	}
	(void)unlinkat(r->dirfd, segment->name, 0);
	(void)flock(segment->fd, LOCK_UN);
	forget(r, i);
	return true;
}

static struct journal_head head_of(const struct segment *segment)
{
	struct journal_head head;
	if (pread(segment->fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    head.magic != JOURNAL_MAGIC ||
	    head.records > JOURNAL_SEGMENT_SIZE / sizeof(struct journal_record_head)) {
		head = (struct journal_head){ .group = JOURNAL_GROUP_SEVERAL };
	}
	return head;
}

static size_t drop_above_limit(struct journal_reader *r)
{
	size_t n = 0;
	for (size_t i = 0; r->n > JOURNAL_SEGMENTS_MAX && i < r->n;) {
		if (drop(r, i)) {
			n++;
		} else {
			i++;
		}
	}
	if (n > 0) {
		log_event(LOG_WARNING, "journal_overrun", "segments=%zu", n);
	}
	return n;
}

size_t journal_reader_drop(struct journal_reader *reader, size_t keep)
{
	size_t dropped = 0, newer = 0;
	uint32_t group = JOURNAL_GROUP_NONE;
	uint64_t worker = 0;
	if (list_segments(reader, NULL) != RC_OK) {
		return 0;
	}
	/* From the newest to the oldest of each worker. Only one group at a time is counted, which is what
	 * one busy subaccount makes; whatever is mixed in between stays. */
	for (size_t i = reader->n; i-- > 0;) {
		const struct segment *segment = &reader->segments[i];
		struct journal_head head = head_of(segment);
		bool other = segment->worker != worker || head.group != group;
		if (head.group == JOURNAL_GROUP_SEVERAL || head.group == JOURNAL_GROUP_NONE) {
			continue;
		}
		newer = other ? 0 : newer;
		worker = segment->worker;
		group = head.group;
		if (newer >= keep && drop(reader, i)) {
			dropped++;
		} else {
			newer += head.records;
		}
	}
	return dropped + drop_above_limit(reader);
}

void journal_reader_rollback(struct journal_reader *reader)
{
	for (size_t i = 0; i < reader->n; i++) {
		reader->segments[i].given = reader->segments[i].stored;
	}
}
