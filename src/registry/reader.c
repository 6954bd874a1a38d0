/* SPDX-License-Identifier: Apache-2.0
 * Following the published registry: base and delta seen as one, never half. */
#include "registry/reader.h"

#include "base/memory.h"
#include "registry/base_file.h"
#include "registry/control.h"
#include "registry/delta.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new base may replace the one just announced while it is being opened; that often is enough. */
#define TRIES 8

struct registry_reader {
	int dirfd;
	void *control_map; /* of the page */
	const struct registry_control *control;
	uint64_t position; /* that `base` and `delta` show; 0 when damaged */
	uint64_t rewinds;  /* for which the position holds */
	bool damaged;
	unsigned bad_records;
	uint64_t trust_generation, identity_generation;
	struct registry_base base;
	struct registry_delta delta;
};

static enum rc map_control(int dirfd, void **ret, struct err *reterr)
{
	struct stat st;
	void *p = MAP_FAILED;
	int fd = openat(dirfd, "control", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		return errno == ENOENT ? err_set(reterr, RC_AGAIN, "No registry is published yet.")
				       : err_errno(reterr, "The registry's control page cannot be opened");
	}
	if (fstat(fd, &st) == 0 && st.st_size == REGISTRY_CONTROL_SIZE) {
		p = mmap(NULL, REGISTRY_CONTROL_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	}
	(void)close(fd);
	if (p == MAP_FAILED) {
		return err_set(reterr, RC_INVALID,
			       "The registry is damaged: its control page has the wrong size.");
	}
	*ret = p;
	return RC_OK;
}

static uint64_t load_position(const struct registry_reader *reader)
{
	ASSERT(reader->control);
	return __atomic_load_n(&reader->control->position, __ATOMIC_ACQUIRE);
}

static enum rc open_delta(int dirfd, uint64_t number, int *ret_fd, struct err *reterr)
{
	char name[REGISTRY_NAME_SIZE];
	int fd = openat(dirfd, registry_delta_name(number, name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		return errno == ENOENT ? err_set(reterr, RC_NOT_FOUND, "The registry has no file %s.", name)
				       : err_errno(reterr, "The registry's file %s cannot be opened", name);
	}
	*ret_fd = fd;
	return RC_OK;
}

static bool is_current(const struct registry_reader *reader)
{
	return load_position(reader) == reader->position &&
	       __atomic_load_n(&reader->control->rewinds, __ATOMIC_ACQUIRE) == reader->rewinds;
}

/* Bytes [from, from + n) of a file, owned; NULL when there are fewer.
 * Asked for its size first, so that a wrong length in the control page does not ask for the memory. */
static char *read_bytes(int fd, uint64_t from, size_t n)
{
	struct stat st;
	char *bytes = NULL;
	size_t done = 0;
	if (fstat(fd, &st) == 0 && st.st_size >= 0 && (uint64_t)st.st_size >= from + n) {
		bytes = mem_try(n, REGISTRY_DELTA_MAX);
	}
	while (bytes && done < n) {
		ssize_t got = pread(fd, bytes + done, n - done, (off_t)(from + done));
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			mem_free(bytes);
			return NULL;
		}
		done += (size_t)got;
	}
	return bytes;
}

/* Read [from, to) of a delta file and apply it. Read, not mapped:
 * a file cut short must not end this process. */
static enum rc read_delta(int dirfd, uint64_t number, uint64_t from, uint64_t to,
			  struct registry_delta *delta, struct err *reterr)
{
	int fd = -1;
	if (from == to) {
		return RC_OK;
	}
	TRY(open_delta(dirfd, number, &fd, reterr));
	char *bytes = read_bytes(fd, from, to - from);
	(void)close(fd);
	if (!bytes) {
		char name[REGISTRY_NAME_SIZE];
		return err_set(reterr, RC_INVALID, "The registry is damaged: file %s is cut short.",
			       registry_delta_name(number, name));
	}
	return registry_delta_apply(delta, bytes, to - from, reterr);
}

/* A file that is not there was lost, or never made: nothing of it is whole. */
static enum rc read_whole_delta(int dirfd, uint64_t number, struct registry_delta *delta, size_t *ret_n,
				struct err *reterr)
{
	struct stat st;
	int fd = -1;
	char *bytes = NULL;
	enum rc rc = open_delta(dirfd, number, &fd, reterr);
	*ret_n = 0;
	if (rc != RC_OK) {
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	}
	if (fstat(fd, &st) == 0 && st.st_size > 0 && (bytes = read_bytes(fd, 0, (size_t)st.st_size))) {
		*ret_n = registry_delta_whole(str_from(bytes, (size_t)st.st_size));
	}
	(void)close(fd);
	return bytes ? registry_delta_apply(delta, bytes, *ret_n, reterr) : RC_OK;
}

static void drop_view(struct registry_reader *reader)
{
	registry_base_close(&reader->base);
	registry_delta_fini(&reader->delta);
	reader->position = 0;
}

static enum rc load_new_base(struct registry_reader *reader, uint64_t position, struct err *reterr)
{
	struct registry_base base = { 0 };
	struct registry_delta delta = { 0 };
	uint64_t number = registry_position_base(position);
	TRY(registry_base_open(reader->dirfd, number, &base, reterr));
	enum rc rc = read_delta(reader->dirfd, number, 0, registry_position_delta(position), &delta, reterr);
	if (rc != RC_OK) {
		registry_base_close(&base);
		registry_delta_fini(&delta);
		return rc;
	}
	drop_view(reader);
	reader->base = base;
	reader->delta = delta;
	return RC_OK;
}

static enum rc load(struct registry_reader *reader, uint64_t position, uint64_t rewinds, struct err *reterr)
{
	uint64_t from = registry_position_delta(reader->position);
	uint64_t to = registry_position_delta(position);
	uint64_t number = registry_position_base(position);
	if (__atomic_load_n(&reader->control->magic, __ATOMIC_ACQUIRE) != REGISTRY_CONTROL_MAGIC) {
		return err_set(reterr, RC_INVALID, "The registry is damaged: its control page is none.");
	}
	if (position == 0) {
		return err_set(reterr, RC_AGAIN, "No registry is published yet.");
	}
	if (!reader->position || registry_position_base(reader->position) != number || to < from ||
	    rewinds != reader->rewinds) {
		TRY(load_new_base(reader, position, reterr));
	} else {
		TRY(read_delta(reader->dirfd, number, from, to, &reader->delta, reterr));
	}
	reader->position = position;
	reader->rewinds = rewinds;
	return RC_OK;
}

static void take_generations(struct registry_reader *reader, bool *ret_trust, bool *ret_identity)
{
	const struct registry_delta *delta = &reader->delta;
	const struct registry_base_head *head = reader->base.head;
	uint64_t trust = delta->trust_generation ? delta->trust_generation : head->trust_generation;
	uint64_t identity =
		delta->identity_generation ? delta->identity_generation : head->identity_generation;
	*ret_trust = reader->damaged || trust != reader->trust_generation;
	*ret_identity = reader->damaged || identity != reader->identity_generation;
	reader->trust_generation = trust;
	reader->identity_generation = identity;
	reader->damaged = false;
	reader->bad_records = 0;
}

static enum rc follow(struct registry_reader *reader, struct err *reterr)
{
	enum rc rc = RC_BUG;
	for (int i = 0; i < TRIES; i++) {
		/* First, so that a position of after is not taken for one of before. */
		uint64_t rewinds = __atomic_load_n(&reader->control->rewinds, __ATOMIC_ACQUIRE);
		uint64_t position = load_position(reader);
		rc = load(reader, position, rewinds, reterr);
		if (rc != RC_NOT_FOUND || load_position(reader) == position) {
			break;
		}
	}
	return rc;
}

enum rc registry_refresh(struct registry_reader *reader, bool *ret_trust_changed, bool *ret_identity_changed,
			 struct err *reterr)
{
	bool trust = false, identity = false;
	if (reader->damaged || !is_current(reader)) {
		enum rc rc = follow(reader, reterr);
		if (rc != RC_OK) {
			drop_view(reader);
			reader->damaged = true;
			if (reterr && rc == RC_NOT_FOUND) {
				reterr->code = RC_INVALID;
			}
			return rc == RC_NOT_FOUND ? RC_INVALID : rc;
		}
		take_generations(reader, &trust, &identity);
	}
	if (ret_trust_changed) {
		*ret_trust_changed = trust;
	}
	if (ret_identity_changed) {
		*ret_identity_changed = identity;
	}
	return RC_OK;
}

enum rc registry_reader_open(struct registry_reader **ret, int dirfd, struct err *reterr)
{
	AUTO(registry_reader_close_cleanup) struct registry_reader *reader = mem_alloc(sizeof(*reader));
	reader->dirfd = dirfd;
	TRY(map_control(dirfd, &reader->control_map, reterr));
	reader->control = reader->control_map;
	reader->damaged = true;
	TRY(registry_refresh(reader, NULL, NULL, reterr));
	*ret = TAKE(reader);
	return RC_OK;
}

enum rc registry_reader_open_whole(struct registry_reader **ret, int dirfd, uint64_t number,
				   struct err *reterr)
{
	AUTO(registry_reader_close_cleanup) struct registry_reader *reader = mem_alloc(sizeof(*reader));
	size_t length = 0;
	bool trust, identity;
	reader->dirfd = dirfd;
	TRY(registry_base_open(dirfd, number, &reader->base, reterr));
	TRY(read_whole_delta(dirfd, number, &reader->delta, &length, reterr));
	reader->position = registry_position(number, length);
	take_generations(reader, &trust, &identity);
	*ret = TAKE(reader);
	return RC_OK;
}

void registry_reader_close(struct registry_reader *reader)
{
	if (!reader) {
		return;
	}
	drop_view(reader);
	if (reader->control_map) {
		(void)munmap(reader->control_map, REGISTRY_CONTROL_SIZE);
	}
	mem_free(reader);
}

uint64_t registry_trust_generation(const struct registry_reader *reader)
{
	return reader->trust_generation;
}

uint64_t registry_identity_generation(const struct registry_reader *reader)
{
	return reader->identity_generation;
}

void registry_reader_position(const struct registry_reader *reader, uint64_t *ret_base,
			      uint64_t *ret_delta_length)
{
	*ret_base = registry_position_base(reader->position);
	*ret_delta_length = registry_position_delta(reader->position);
}

unsigned registry_damage(const struct registry_reader *reader)
{
	return reader->damaged ? reader->bad_records + 1 : reader->bad_records;
}

static bool base_record(struct registry_reader *reader, uint64_t offset, struct registry_record *ret)
{
	if (registry_base_at(&reader->base, offset, ret, NULL) != RC_OK) {
		reader->bad_records++;
		return false;
	}
	/* What the delta names, the base no longer tells. */
	return registry_delta_get(&reader->delta, ret->kind, ret->tenant, ret->key) == NULL;
}

/* The next offset of a hash in the base's index; false at its end. */
static bool next_slot(const struct registry_base *base, uint64_t hash, uint64_t *slot, uint64_t *probes,
		      uint64_t *ret_offset)
{
	uint64_t mask = base->head->slot_count - 1;
	while ((*probes)++ <= mask) {
		const struct registry_slot *at = &base->slots[*slot & mask];
		*slot = (*slot + 1) & mask;
		if (at->hash == 0) {
			*probes = mask + 1;
			return false;
		}
		if (at->hash == hash) {
			*ret_offset = at->offset;
			return true;
		}
	}
	return false;
}

bool registry_get(struct registry_reader *reader, enum registry_kind kind, struct str tenant, struct str key,
		  struct registry_record *ret)
{
	struct registry_record found;
	uint64_t hash = registry_hash_term(kind, tenant, key, true);
	uint64_t slot = hash, probes = 0, offset;
	if (reader->damaged) {
		return false;
	}
	const struct registry_delta_entry *entry = registry_delta_get(&reader->delta, kind, tenant, key);
	if (entry) {
		*ret = entry->record;
		return !entry->deleted;
	}
	while (next_slot(&reader->base, hash, &slot, &probes, &offset)) {
		if (base_record(reader, offset, &found) && found.kind == kind &&
		    str_equal(found.tenant, tenant) && str_equal(found.key, key)) {
			*ret = found;
			return true;
		}
	}
	return false;
}

void registry_find(struct registry_reader *reader, enum registry_kind kind, struct str tenant,
		   struct str term, struct registry_search *ret_search)
{
	uint64_t hash = registry_hash_term(kind, tenant, term, false);
	*ret_search = (struct registry_search){ .reader = reader,
						.kind = kind,
						.tenant = tenant,
						.term = term,
						.hash = hash,
						.slot = hash,
						.entry = REGISTRY_DELTA_NONE };
	if (!reader->damaged) {
		ret_search->entry = registry_delta_first(&reader->delta, hash);
	}
}

static bool has_term(const struct registry_search *search, const struct registry_record *record)
{
	if (record->kind != search->kind || !str_equal(record->tenant, search->tenant)) {
		return false;
	}
	for (size_t i = 0; i < record->n_terms; i++) {
		if (str_equal(record->terms[i], search->term)) {
			return true;
		}
	}
	return false;
}

bool registry_find_next(struct registry_search *search, struct registry_record *ret)
{
	struct registry_reader *reader = search->reader;
	const struct registry_delta *delta = &reader->delta;
	uint64_t offset;
	if (reader->damaged) {
		return false;
	}
	while (search->entry != REGISTRY_DELTA_NONE) {
		const struct registry_delta_entry *entry = &delta->entries[delta->nodes[search->entry].entry];
		search->entry = registry_delta_next(delta, search->entry, search->hash);
		if (!entry->superseded && !entry->deleted && has_term(search, &entry->record)) {
			*ret = entry->record;
			return true;
		}
	}
	while (next_slot(&reader->base, search->hash, &search->slot, &search->probes, &offset)) {
		struct registry_record found;
		if (base_record(reader, offset, &found) && has_term(search, &found)) {
			*ret = found;
			return true;
		}
	}
	return false;
}

/* Walk what the delta holds; NULL tenant: all kinds and tenants. */
static bool each_in_delta(struct registry_reader *reader, enum registry_kind kind, const struct str *tenant,
			  registry_each_fn fn, void *context)
{
	for (size_t i = 0; i < reader->delta.n_entries; i++) {
		const struct registry_delta_entry *entry = &reader->delta.entries[i];
		bool wanted =
			!tenant || (entry->record.kind == kind && str_equal(entry->record.tenant, *tenant));
		if (wanted && !entry->superseded && !entry->deleted && !fn(context, &entry->record)) {
			return false;
		}
	}
	return true;
}

static bool each_in_base(struct registry_reader *reader, uint64_t first, uint64_t count, registry_each_fn fn,
			 void *context)
{
	for (uint64_t i = 0; i < count; i++) {
		struct registry_record record;
		if (base_record(reader, reader->base.offsets[first + i], &record) && !fn(context, &record)) {
			return false;
		}
	}
	return true;
}

void registry_each(struct registry_reader *reader, enum registry_kind kind, struct str tenant,
		   registry_each_fn fn, void *context)
{
	if (reader->damaged || !each_in_delta(reader, kind, &tenant, fn, context)) {
		return;
	}
	const struct registry_group *group = registry_base_group(&reader->base, kind, tenant);
	if (group) {
		(void)each_in_base(reader, group->first, group->count, fn, context);
	}
}

void registry_each_all(struct registry_reader *reader, registry_each_fn fn, void *context)
{
	if (!reader->damaged && each_in_delta(reader, REGISTRY_TENANT, NULL, fn, context)) {
		(void)each_in_base(reader, 0, reader->base.head->record_count, fn, context);
	}
}

static bool count_one(void *context, const struct registry_record *record)
{
	++*(uint64_t *)context;
	return true;
}

uint64_t registry_count(struct registry_reader *reader)
{
	uint64_t n = 0;
	registry_each_all(reader, count_one, &n);
	return n;
}
