/* SPDX-License-Identifier: Apache-2.0
 * Appending to the journal: memory shared with a file, so that what is written outlives the writer. */
#include "journal/writer.h"

#include "base/hash.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 48
/* Names tried when others take them at the same time. */
#define TRIES 64

/* A mapped file; its descriptor holds the lock. */
struct segment {
	int fd;
	char *p; /* NULL none */
};

struct journal_writer {
	int dirfd;
	unsigned worker;
	unsigned number;
	struct segment segment; /* that is written */
	struct segment spare;   /* that comes next, made when the other is nearly full */
	size_t at;              /* [bytes] of segment used */
};

static const char *segment_name(unsigned worker, unsigned number, char out[NAME_SIZE])
{
	(void)snprintf(out, NAME_SIZE, "worker-%u-%u.segment", worker, number);
	return out;
}

/* The number in the name of one of this worker's segments, also of those kept aside; 0 for other names. */
static unsigned number_in(const char *name, unsigned worker)
{
	char prefix[NAME_SIZE];
	uint64_t number = 0;
	(void)snprintf(prefix, sizeof(prefix), "worker-%u-", worker);
	struct str text = str_of(name);
	if (!str_starts_with(text, str_of(prefix))) {
		return 0;
	}
	text = str_skip(text, strlen(prefix));
	return str_parse_uint(str_first(text, str_find(text, '.')), UINT32_MAX / 2, &number) == RC_OK
		       ? (unsigned)number
		       : 0;
}

static unsigned highest_number(int dirfd, unsigned worker)
{
	unsigned highest = 0;
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	if (!folder) {
		if (fd >= 0) {
			(void)close(fd);
		}
		return 0;
	}
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
		unsigned number = number_in(entry->d_name, worker);
		highest = number > highest ? number : highest;
	}
	(void)closedir(folder);
	return highest;
}

/* Take the lock that keeps readers from deleting the file.
 * A reader may have deleted it just before: then false. */
static bool lock_segment(int fd)
{
	struct stat st;
	int rc;
	do {
		rc = flock(fd, LOCK_EX);
	} while (rc != 0 && errno == EINTR);
	return rc == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0;
}

static enum rc create_segment(struct journal_writer *w, int *ret_fd, struct err *reterr)
{
	char name[NAME_SIZE];
	for (int i = 0; i < TRIES; i++) {
		int fd = openat(w->dirfd, segment_name(w->worker, ++w->number, name),
				O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno != EEXIST) {
			return err_errno(reterr, "A journal segment cannot be made");
		}
		if (fd >= 0 && lock_segment(fd)) {
			*ret_fd = fd;
			return RC_OK;
		}
		if (fd >= 0) {
			(void)close(fd);
		}
	}
	return err_set(reterr, RC_IO, "No name is free for a journal segment.");
}

static void close_segment(struct segment *segment)
{
	if (segment->p) {
		(void)munmap(segment->p, JOURNAL_SEGMENT_SIZE);
		(void)close(segment->fd);
	}
	*segment = (struct segment){ .fd = -1 };
}

static enum rc make_segment(struct journal_writer *w, struct segment *ret, struct err *reterr)
{
	int fd = -1;
	char name[NAME_SIZE];
	TRY(create_segment(w, &fd, reterr));
	/* All blocks now: a full disk must not show as a signal in the middle of a store to memory. */
	int failed = posix_fallocate(fd, 0, (off_t)JOURNAL_SEGMENT_SIZE);
	void *p = failed ? MAP_FAILED
			 : mmap(NULL, JOURNAL_SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		errno = failed ? failed : errno;
		enum rc rc = err_errno(reterr, "There is no room for a journal segment");
		(void)unlinkat(w->dirfd, segment_name(w->worker, w->number, name), 0);
		(void)close(fd);
		return rc;
	}
	const struct journal_head head = { .magic = JOURNAL_MAGIC, .worker = w->worker, .number = w->number };
	memcpy(p, &head, sizeof(head));
	*ret = (struct segment){ fd, p };
	return RC_OK;
}

static enum rc next_segment(struct journal_writer *w, struct err *reterr)
{
	if (!w->spare.p) {
		TRY(make_segment(w, &w->spare, reterr));
	}
	close_segment(&w->segment);
	w->segment = w->spare;
	w->spare = (struct segment){ .fd = -1 };
	w->at = sizeof(struct journal_head);
	return RC_OK;
}

enum rc journal_writer_open(struct journal_writer **ret, int dirfd, unsigned worker, struct err *reterr)
{
	AUTO(journal_writer_close_cleanup) struct journal_writer *w = mem_alloc(sizeof(*w));
	w->dirfd = dirfd;
	w->worker = worker;
	w->segment.fd = w->spare.fd = -1;
	w->number = highest_number(dirfd, worker);
	TRY(next_segment(w, reterr));
	*ret = TAKE(w);
	return RC_OK;
}

void journal_writer_close(struct journal_writer *writer)
{
	if (writer) {
		close_segment(&writer->segment);
		/* Without a record, and now without a lock, it is the reader's to delete. */
		close_segment(&writer->spare);
		mem_free(writer);
	}
}

/* For the reader's choice of what to let go alone: a wrong count costs lines of this worker, no more. */
static void count_record(struct journal_writer *w, struct str group)
{
	struct journal_head *head = (struct journal_head *)(void *)w->segment.p;
	uint32_t hash = (uint32_t)hash_bytes(group.p, group.n, 0);
	hash = hash == JOURNAL_GROUP_NONE || hash == JOURNAL_GROUP_SEVERAL ? 1 : hash;
	if (head->group != hash) {
		head->group = head->group == JOURNAL_GROUP_NONE ? hash : JOURNAL_GROUP_SEVERAL;
	}
	head->records++;
}

enum rc journal_append(struct journal_writer *writer, struct str group, struct str record, struct err *reterr)
{
	if (record.n == 0 || record.n > JOURNAL_MAX_RECORD) {
		return err_set(reterr, RC_LIMIT, "The journal takes records of 1 to %zu bytes.",
			       JOURNAL_MAX_RECORD);
	}
	if (journal_record_space(record.n) > JOURNAL_SEGMENT_SIZE - writer->at) {
		TRY(next_segment(writer, reterr));
	}
	char *to = writer->segment.p + writer->at;
	struct journal_record_head *head = (struct journal_record_head *)(void *)to;
	memcpy(to + sizeof(*head), record.p, record.n);
	head->checksum = hash_bytes(record.p, record.n, writer->at);
	__atomic_store_n(&head->size, (uint32_t)record.n, __ATOMIC_RELEASE);
	writer->at += journal_record_space(record.n);
	count_record(writer, group);
	return RC_OK;
}

bool journal_has_room(struct journal_writer *writer, struct err *reterr)
{
	if (JOURNAL_SEGMENT_SIZE - writer->at >= JOURNAL_RESERVE || writer->spare.p) {
		return true;
	}
	return make_segment(writer, &writer->spare, reterr) == RC_OK;
}
