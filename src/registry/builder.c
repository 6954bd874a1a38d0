/* SPDX-License-Identifier: Apache-2.0
 * Writing a base file: records stream to disk as they come, the index follows at the end. */
#include "base/memory.h"

#include "base/hash.h"
#include "registry/base_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define WRITE_AT ((size_t)1024 * 1024)
#define DEAD UINT64_MAX

struct built {
	uint64_t offset; /* DEAD when taken out */
	uint64_t first;  /* its hashes: key first, then terms */
	uint32_t n_hashes;
	uint32_t group;
};

struct registry_builder {
	int dirfd, fd;
	uint64_t number;
	char temporary[REGISTRY_NAME_SIZE + 8];
	struct buf pending; /* not written yet */
	uint64_t written;   /* [bytes] in the file */
	struct built *records;
	size_t n_records, size_records;
	uint64_t *hashes;
	size_t n_hashes, size_hashes;
	struct registry_group *groups;
	size_t n_groups;
};

enum rc registry_builder_new(struct registry_builder **ret, int dirfd, uint64_t number, struct err *reterr)
{
	static const struct registry_base_head empty;
	char name[REGISTRY_NAME_SIZE];
	struct registry_builder *b = mem_alloc(sizeof(*b));
	b->dirfd = dirfd;
	b->number = number;
	buf_init(&b->pending, WRITE_AT + 2 * REGISTRY_MAX_VALUE);
	(void)snprintf(b->temporary, sizeof(b->temporary), "%s.new", registry_base_name(number, name));
	b->fd = openat(dirfd, b->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (b->fd < 0) {
		enum rc rc = err_errno(reterr, "The registry's base file cannot be made");
		registry_builder_free(b);
		return rc;
	}
	(void)buf_add(&b->pending, str_from(&empty, sizeof(empty)));
	*ret = b;
	return RC_OK;
}

void registry_builder_free(struct registry_builder *builder)
{
	if (!builder) {
		return;
	}
	if (builder->fd >= 0) {
		(void)close(builder->fd);
		(void)unlinkat(builder->dirfd, builder->temporary, 0);
	}
	buf_fini(&builder->pending);
	mem_free(builder->records);
	mem_free(builder->hashes);
	mem_free(builder->groups);
	mem_free(builder);
}

static enum rc write_all(int fd, const char *p, size_t n, struct err *reterr)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR) {
			continue;
		}
		if (done <= 0) {
			return err_errno(reterr, "The registry's base file cannot be written");
		}
		p += done;
		n -= (size_t)done;
	}
	return RC_OK;
}

static enum rc flush(struct registry_builder *b, struct err *reterr)
{
	TRY(write_all(b->fd, b->pending.p, b->pending.n, reterr));
	b->written += b->pending.n;
	buf_clear(&b->pending);
	return RC_OK;
}

static uint32_t group_of(struct registry_builder *b, enum registry_kind kind, struct str tenant)
{
	for (size_t i = b->n_groups; i-- > 0;) {
		struct registry_group *group = &b->groups[i];
		if (group->kind == (uint32_t)kind &&
		    str_equal(str_from(group->tenant, group->tenant_size), tenant)) {
			return (uint32_t)i;
		}
	}
	b->groups = mem_resize(b->groups, b->n_groups + 1, sizeof(*b->groups));
	struct registry_group *group = &b->groups[b->n_groups];
	*group = (struct registry_group){ .kind = (uint32_t)kind, .tenant_size = (uint32_t)tenant.n };
	if (tenant.n) {
		memcpy(group->tenant, tenant.p, tenant.n);
	}
	return (uint32_t)b->n_groups++;
}

static void add_hash(struct registry_builder *b, uint64_t hash)
{
	if (b->n_hashes == b->size_hashes) {
		b->size_hashes = b->size_hashes ? b->size_hashes * 2 : 64;
		b->hashes = mem_resize(b->hashes, b->size_hashes, sizeof(*b->hashes));
	}
	b->hashes[b->n_hashes++] = hash;
}

static struct built *add_built(struct registry_builder *b, const struct registry_record *record)
{
	if (b->n_records == b->size_records) {
		b->size_records = b->size_records ? b->size_records * 2 : 64;
		b->records = mem_resize(b->records, b->size_records, sizeof(*b->records));
	}
	struct built *built = &b->records[b->n_records++];
	*built = (struct built){ .offset = b->written + b->pending.n,
				 .first = b->n_hashes,
				 .n_hashes = (uint32_t)record->n_terms + 1,
				 .group = group_of(b, record->kind, record->tenant) };
	add_hash(b, registry_hash_term(record->kind, record->tenant, record->key, true));
	return built;
}

enum rc registry_builder_add(struct registry_builder *builder, const struct registry_record *record,
			     struct err *reterr)
{
	uint64_t at = builder->pending.n;
	TRY(registry_entry_format(REGISTRY_ENTRY_PUT, record, 0, &builder->pending, reterr));
	struct built *built = add_built(builder, record);
	built->offset = builder->written + at;
	for (size_t i = 0; i < record->n_terms; i++) {
		add_hash(builder, registry_hash_term(record->kind, record->tenant, record->terms[i], false));
	}
	return builder->pending.n >= WRITE_AT ? flush(builder, reterr) : RC_OK;
}

/* A removal is a delete entry among the records: it wins over what stands before it, and is then left out. */
enum rc registry_builder_remove(struct registry_builder *builder, enum registry_kind kind, struct str tenant,
				struct str key, struct err *reterr)
{
	const struct registry_record record = { .kind = kind, .tenant = tenant, .key = key };
	uint64_t at = builder->pending.n;
	TRY(registry_entry_format(REGISTRY_ENTRY_DELETE, &record, 0, &builder->pending, reterr));
	add_built(builder, &record)->offset = builder->written + at;
	return RC_OK;
}

/* What finishing works on: the records as written, mapped, and the table that is filled. */
struct finish {
	struct registry_builder *b;
	struct str bytes;
	struct registry_slot *slots;
	uint64_t slot_count;
	uint64_t live;
};

static bool record_at(const struct finish *f, uint64_t offset, enum registry_entry *ret_entry,
		      struct registry_record *ret)
{
	uint64_t second;
	size_t size;
	return registry_entry_parse(str_skip(f->bytes, offset), ret_entry, ret, &second, &size, NULL) ==
	       RC_OK;
}

static void insert(struct finish *f, uint64_t hash, uint64_t offset)
{
	uint64_t i = hash & (f->slot_count - 1);
	while (f->slots[i].hash != 0) {
		i = (i + 1) & (f->slot_count - 1);
	}
	f->slots[i] = (struct registry_slot){ hash, offset };
}

/* Whether a later record of the same key is in the table already. */
static bool superseded(const struct finish *f, uint64_t hash, const struct registry_record *record)
{
	for (uint64_t i = hash & (f->slot_count - 1); f->slots[i].hash != 0;
	     i = (i + 1) & (f->slot_count - 1)) {
		enum registry_entry entry;
		struct registry_record other;
		if (f->slots[i].hash == hash && record_at(f, f->slots[i].offset, &entry, &other) &&
		    other.kind == record->kind && str_equal(other.tenant, record->tenant) &&
		    str_equal(other.key, record->key)) {
			return true;
		}
	}
	return false;
}

/* Keys first, last record first, so that the last one of a key stays;
 * deleted ones hold their place until then. */
static enum rc settle_keys(struct finish *f, struct err *reterr)
{
	struct registry_builder *b = f->b;
	for (size_t i = b->n_records; i-- > 0;) {
		enum registry_entry entry;
		struct registry_record record;
		struct built *built = &b->records[i];
		if (!record_at(f, built->offset, &entry, &record)) {
			return err_set(reterr, RC_IO, "The registry's base file reads back damaged.");
		}
		if (superseded(f, b->hashes[built->first], &record)) {
			built->offset = DEAD;
			continue;
		}
		insert(f, b->hashes[built->first], built->offset);
		if (entry == REGISTRY_ENTRY_DELETE) {
			built->offset = DEAD;
			continue;
		}
		f->live++;
	}
	return RC_OK;
}

/* Fill the table again with what is left, terms too. */
static void fill_slots(struct finish *f)
{
	struct registry_builder *b = f->b;
	memset(f->slots, 0, f->slot_count * sizeof(*f->slots));
	for (size_t i = 0; i < b->n_records; i++) {
		const struct built *built = &b->records[i];
		for (size_t k = 0; built->offset != DEAD && k < built->n_hashes; k++) {
			insert(f, b->hashes[built->first + k], built->offset);
		}
	}
}

static uint64_t *fill_offsets(struct finish *f)
{
	struct registry_builder *b = f->b;
	uint64_t *offsets = mem_array(f->live ? f->live : 1, sizeof(*offsets));
	uint64_t next = 0;
	for (size_t i = 0; i < b->n_records; i++) {
		b->groups[b->records[i].group].count += b->records[i].offset != DEAD;
	}
	for (size_t g = 0; g < b->n_groups; g++) {
		b->groups[g].first = next;
		next += b->groups[g].count;
		b->groups[g].count = 0;
	}
	for (size_t i = 0; i < b->n_records; i++) {
		struct registry_group *group = &b->groups[b->records[i].group];
		if (b->records[i].offset != DEAD) {
			offsets[group->first + group->count++] = b->records[i].offset;
		}
	}
	return offsets;
}

static enum rc write_index(struct finish *f, struct registry_base_head *head, struct err *reterr)
{
	struct registry_builder *b = f->b;
	AUTO_FREE uint64_t *offsets = fill_offsets(f);
	size_t slots_size = f->slot_count * sizeof(*f->slots);
	size_t groups_size = b->n_groups * sizeof(*b->groups);
	size_t offsets_size = f->live * sizeof(*offsets);
	AUTO_FREE char *index = mem_alloc(slots_size + groups_size + offsets_size);
	memcpy(index, f->slots, slots_size);
	if (groups_size) {
		memcpy(index + slots_size, b->groups, groups_size);
	}
	memcpy(index + slots_size + groups_size, offsets, offsets_size);
	size_t n = slots_size + groups_size + offsets_size;
	head->index_checksum = hash_bytes(index, n, 0);
	head->file_size = head->index_offset + n;
	return write_all(b->fd, index, n, reterr);
}

static enum rc write_head(struct registry_builder *b, struct registry_base_head *head, struct err *reterr)
{
	char name[REGISTRY_NAME_SIZE];
	head->head_checksum = 0;
	head->head_checksum = hash_bytes(head, sizeof(*head), 0);
	if (pwrite(b->fd, head, sizeof(*head), 0) != (ssize_t)sizeof(*head)) {
		return err_errno(reterr, "The registry's base file cannot be written");
	}
	/* A file under its name is whole, also when power is lost next. */
	if (fdatasync(b->fd) != 0) {
		return err_errno(reterr, "The registry's base file cannot be written");
	}
	if (renameat(b->dirfd, b->temporary, b->dirfd, registry_base_name(b->number, name)) != 0) {
		return err_errno(reterr, "The registry's base file cannot be renamed");
	}
	(void)close(b->fd);
	b->fd = -1;
	return fsync(b->dirfd) == 0 ? RC_OK : err_errno(reterr, "The registry's folder cannot be written");
}

static enum rc finish_mapped(struct finish *f, uint64_t trust_generation, uint64_t identity_generation,
			     uint64_t *ret_size, struct err *reterr)
{
	struct registry_builder *b = f->b;
	f->slot_count = 16;
	while (f->slot_count < b->n_hashes + b->n_hashes / 2) {
		f->slot_count *= 2;
	}
	AUTO_FREE struct registry_slot *slots = mem_array(f->slot_count, sizeof(*slots));
	f->slots = slots;
	TRY(settle_keys(f, reterr));
	fill_slots(f);
	struct registry_base_head head = { .magic = REGISTRY_BASE_MAGIC,
					   .number = b->number,
					   .record_count = f->live,
					   .index_offset = b->written,
					   .slot_count = f->slot_count,
					   .group_count = b->n_groups,
					   .trust_generation = trust_generation,
					   .identity_generation = identity_generation };
	TRY(write_index(f, &head, reterr));
	TRY(write_head(b, &head, reterr));
	if (ret_size) {
		*ret_size = head.file_size;
	}
	return RC_OK;
}

enum rc registry_builder_finish(struct registry_builder *builder, uint64_t trust_generation,
				uint64_t identity_generation, uint64_t *ret_size, struct err *reterr)
{
	struct finish f = { .b = builder };
	TRY(flush(builder, reterr));
	size_t n = builder->written;
	void *p = mmap(NULL, n, PROT_READ, MAP_SHARED, builder->fd, 0);
	if (p == MAP_FAILED) {
		return err_errno(reterr, "The registry's base file cannot be mapped");
	}
	f.bytes = str_from(p, n);
	enum rc rc = finish_mapped(&f, trust_generation, identity_generation, ret_size, reterr);
	(void)munmap(p, n);
	return rc;
}
