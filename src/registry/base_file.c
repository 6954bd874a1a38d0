/* SPDX-License-Identifier: Apache-2.0
 * Reading a base file: nothing in it is believed before it was checked. */
#include "registry/base_file.h"

#include "base/hash.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool head_holds(struct str bytes, uint64_t number)
{
	struct registry_base_head head;
	if (bytes.n < sizeof(head)) {
		return false;
	}
	memcpy(&head, bytes.p, sizeof(head));
	uint64_t checksum = head.head_checksum;
	head.head_checksum = 0;
	return head.magic == REGISTRY_BASE_MAGIC && hash_bytes(&head, sizeof(head), 0) == checksum &&
	       head.number == number && head.file_size == bytes.n;
}

/* The index is as long as its counts say, without overflow whatever they are. */
static bool index_adds_up(const struct registry_base_head *head)
{
	uint64_t left = head->file_size;
	if (head->index_offset < sizeof(*head) || head->index_offset > left || head->index_offset % 8 != 0) {
		return false;
	}
	left -= head->index_offset;
	if (head->slot_count == 0 || (head->slot_count & (head->slot_count - 1)) != 0 ||
	    head->slot_count > left / sizeof(struct registry_slot)) {
		return false;
	}
	left -= head->slot_count * sizeof(struct registry_slot);
	if (head->group_count > left / sizeof(struct registry_group)) {
		return false;
	}
	left -= head->group_count * sizeof(struct registry_group);
	return left % sizeof(uint64_t) == 0 && left / sizeof(uint64_t) == head->record_count;
}

static bool groups_add_up(const struct registry_base *base)
{
	uint64_t next = 0;
	for (uint64_t i = 0; i < base->head->group_count; i++) {
		const struct registry_group *group = &base->groups[i];
		if (group->first != next || group->count > base->head->record_count - next ||
		    group->tenant_size > REGISTRY_MAX_TENANT || group->kind >= REGISTRY_KIND_COUNT) {
			return false;
		}
		next += group->count;
	}
	return next == base->head->record_count;
}

static enum rc damaged(const char *what, struct err *reterr)
{
	return err_set(reterr, RC_INVALID, "The registry is damaged: the base file's %s does not hold.",
		       what);
}

enum rc registry_base_check(struct str bytes, uint64_t number, struct registry_base *ret, struct err *reterr)
{
	if (!head_holds(bytes, number)) {
		return damaged("head", reterr);
	}
	struct registry_base base = { .p = bytes.p, .n = bytes.n };
	base.head = (const struct registry_base_head *)(const void *)bytes.p;
	uint64_t index = base.head->index_offset;
	if (!index_adds_up(base.head)) {
		return damaged("index", reterr);
	}
	if (hash_bytes(bytes.p + index, bytes.n - index, 0) != base.head->index_checksum) {
		return damaged("index checksum", reterr);
	}
	base.slots = (const struct registry_slot *)(const void *)(bytes.p + index);
	base.groups = (const struct registry_group *)(const void *)(base.slots + base.head->slot_count);
	base.offsets = (const uint64_t *)(const void *)(base.groups + base.head->group_count);
	if (!groups_add_up(&base)) {
		return damaged("index", reterr);
	}
	*ret = base;
	return RC_OK;
}

static enum rc map_file(int fd, void **ret, size_t *ret_n, struct err *reterr)
{
	struct stat st;
	if (fstat(fd, &st) != 0) {
		return err_errno(reterr, "The registry's base file cannot be read");
	}
	if (st.st_size < (off_t)sizeof(struct registry_base_head) ||
	    (uint64_t)st.st_size > REGISTRY_BASE_MAX) {
		return damaged("size", reterr);
	}
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		return err_errno(reterr, "The registry's base file cannot be mapped");
	}
	*ret = p;
	*ret_n = (size_t)st.st_size;
	return RC_OK;
}

enum rc registry_base_open(int dirfd, uint64_t number, struct registry_base *ret, struct err *reterr)
{
	char name[REGISTRY_NAME_SIZE];
	void *map = NULL;
	size_t n = 0;
	int fd = openat(dirfd, registry_base_name(number, name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		return errno == ENOENT ? err_set(reterr, RC_NOT_FOUND, "The registry has no file %s.", name)
				       : err_errno(reterr, "The registry's file %s cannot be opened", name);
	}
	enum rc rc = map_file(fd, &map, &n, reterr);
	(void)close(fd);
	TRY(rc);
	rc = registry_base_check(str_from(map, n), number, ret, reterr);
	if (rc != RC_OK) {
		(void)munmap(map, n);
		return rc;
	}
	ret->map = map;
	return RC_OK;
}

void registry_base_close(struct registry_base *base)
{
	if (base->map) {
		(void)munmap(base->map, base->n);
	}
	*base = (struct registry_base){ 0 };
}

enum rc registry_base_at(const struct registry_base *base, uint64_t offset, struct registry_record *ret,
			 struct err *reterr)
{
	enum registry_entry entry;
	uint64_t second;
	size_t size;
	uint64_t end = base->head->index_offset;
	if (offset < sizeof(*base->head) || offset >= end || offset % 8 != 0) {
		return damaged("offset", reterr);
	}
	TRY(registry_entry_parse(str_from(base->p + offset, end - offset), &entry, ret, &second, &size,
				 reterr));
	return entry == REGISTRY_ENTRY_PUT ? RC_OK : damaged("record", reterr);
}

const struct registry_group *registry_base_group(const struct registry_base *base, enum registry_kind kind,
						 struct str tenant)
{
	for (uint64_t i = 0; i < base->head->group_count; i++) {
		const struct registry_group *group = &base->groups[i];
		if (group->kind == (uint32_t)kind &&
		    str_equal(str_from(group->tenant, group->tenant_size), tenant)) {
			return group;
		}
	}
	return NULL;
}
