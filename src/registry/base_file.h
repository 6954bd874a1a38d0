/* SPDX-License-Identifier: Apache-2.0
 * The registry's base file: all records of one moment with a hash index, immutable, checksummed, mapped by
 * its readers. */
#pragma once

#include "registry/files.h"
#include "registry/record.h"

#define REGISTRY_BASE_MAGIC UINT64_C(0x3145534142525350) /* "PSRBASE1" */

/** A place in the hash index; hash 0 is free. */
struct registry_slot {
	uint64_t hash;
	uint64_t offset; /* of the record in the file [bytes] */
};

/** All records of one kind and tenant: `count` places from `first` on in the list of offsets. */
struct registry_group {
	uint64_t first, count;
	uint32_t kind;
	uint32_t tenant_size;
	char tenant[REGISTRY_MAX_TENANT];
};

/** Front of the file; offsets and sizes in [bytes]. */
struct registry_base_head {
	uint64_t magic;
	uint64_t head_checksum; /* over the head with this field 0 */
	uint64_t file_size;
	uint64_t number;
	uint64_t record_count;
	uint64_t index_offset;   /* end of the records; slots, groups and offsets follow */
	uint64_t index_checksum; /* over everything from index_offset on */
	uint64_t slot_count;     /* a power of two */
	uint64_t group_count;
	uint64_t trust_generation;
	uint64_t identity_generation;
	uint64_t zero[5];
};

/** A base file mapped for reading. */
struct registry_base {
	void *map; /* of the file; NULL where the bytes are borrowed */
	const char *p;
	size_t n;
	const struct registry_base_head *head;
	const struct registry_slot *slots;
	const struct registry_group *groups;
	const uint64_t *offsets;
};

/** Largest base file [bytes]. */
#define REGISTRY_BASE_MAX ((uint64_t)1 << 40)

/** Check a whole file's bytes (aligned to 8); what base_open() does after mapping. RC_INVALID damaged.
 * Total on any bytes. */
MUST_USE enum rc registry_base_check(struct str bytes, uint64_t number, struct registry_base *ret,
				     struct err *reterr);
/** Map base file `number` of a folder and check head and index; records are checked when they are looked at.
 * RC_NOT_FOUND, RC_INVALID damaged, RC_IO. */
MUST_USE enum rc registry_base_open(int dirfd, uint64_t number, struct registry_base *ret,
				    struct err *reterr);
/** Unmap; accepts a zeroed one. */
void registry_base_close(struct registry_base *base);
/** Read the record at an offset. RC_INVALID damaged. */
MUST_USE enum rc registry_base_at(const struct registry_base *base, uint64_t offset,
				  struct registry_record *ret, struct err *reterr);
/** The group of a kind and tenant, or NULL. */
const struct registry_group *registry_base_group(const struct registry_base *base, enum registry_kind kind,
						 struct str tenant);

struct registry_builder;

/** Start writing a base file beside the others, under a temporary name. RC_IO. */
MUST_USE enum rc registry_builder_new(struct registry_builder **ret, int dirfd, uint64_t number,
				      struct err *reterr);
/** Drop it, and the temporary file when it was not finished; accepts NULL. */
void registry_builder_free(struct registry_builder *builder);
DEFINE_CLEANUP(struct registry_builder, registry_builder_free);
/** Add a record; of several with one key the last counts. RC_INVALID, RC_IO. */
MUST_USE enum rc registry_builder_add(struct registry_builder *builder, const struct registry_record *record,
				      struct err *reterr);
/** Take a key added before out again. */
MUST_USE enum rc registry_builder_remove(struct registry_builder *builder, enum registry_kind kind,
					 struct str tenant, struct str key, struct err *reterr);
/** Write the index and give the file its name. RC_IO. ret_size (may be NULL): its size [bytes]. */
MUST_USE enum rc registry_builder_finish(struct registry_builder *builder, uint64_t trust_generation,
					 uint64_t identity_generation, uint64_t *ret_size,
					 struct err *reterr);
