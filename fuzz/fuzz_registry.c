/* SPDX-License-Identifier: Apache-2.0
 * Fuzz: any bytes as a registry's base file and as its delta.
 * The checksums are made to hold, so that what lies behind them is reached. */
#include "base/memory.h"
#include "registry/base_file.h"
#include "base/hash.h"
#include "registry/delta.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend_entries(char *p, size_t n)
{
	while (n >= sizeof(struct registry_entry_head)) {
		struct registry_entry_head head;
		memcpy(&head, p, sizeof(head));
		if (head.size < sizeof(head) || head.size > n) {
			return;
		}
		head.checksum = hash_bytes(p + 8, head.size - 8, 0);
		memcpy(p, &head, sizeof(head));
		p += head.size;
		n -= head.size;
	}
}

/* What is said to be whole is taken. */
static void try_whole(const char *bytes, size_t size)
{
	struct registry_delta delta = { 0 };
	size_t whole = registry_delta_whole(str_from(bytes, size));
	ASSERT(whole <= size);
	ASSERT(registry_delta_apply(&delta, mem_dup(bytes, whole), whole, NULL) == RC_OK);
	registry_delta_fini(&delta);
}

static void try_delta(const uint8_t *data, size_t size)
{
	struct registry_delta delta = { 0 };
	char *copy = mem_dup(data, size);
	mend_entries(copy, size);
	try_whole(copy, size);
	if (registry_delta_apply(&delta, copy, size, NULL) == RC_OK) {
		(void)registry_delta_get(&delta, REGISTRY_ANCHOR, STR("default"), STR("a"));
	}
	registry_delta_fini(&delta);
}

static void mend_base(char *p, size_t n)
{
	struct registry_base_head head;
	memcpy(&head, p, sizeof(head));
	head.file_size = n;
	head.number = 1;
	head.magic = REGISTRY_BASE_MAGIC;
	if (head.index_offset >= sizeof(head) && head.index_offset <= n) {
		head.index_checksum = hash_bytes(p + head.index_offset, n - head.index_offset, 0);
		mend_entries(p + sizeof(head), head.index_offset - sizeof(head));
	}
	head.head_checksum = 0;
	head.head_checksum = hash_bytes(&head, sizeof(head), 0);
	memcpy(p, &head, sizeof(head));
}

static void try_base(const uint8_t *data, size_t size)
{
	struct registry_base base;
	struct registry_record record;
	AUTO_FREE char *copy = mem_dup(data, size);
	if (size < sizeof(struct registry_base_head)) {
		return;
	}
	mend_base(copy, size);
	if (registry_base_check(str_from(copy, size), 1, &base, NULL) != RC_OK) {
		return;
	}
	for (uint64_t i = 0; i < base.head->record_count; i++) {
		(void)!registry_base_at(&base, base.offsets[i], &record, NULL);
	}
	for (uint64_t i = 0; i < base.head->slot_count; i++) {
		(void)!registry_base_at(&base, base.slots[i].offset, &record, NULL);
	}
	(void)registry_base_group(&base, REGISTRY_ANCHOR, STR("default"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_delta(data, size);
	try_base(data, size);
	return 0;
}
