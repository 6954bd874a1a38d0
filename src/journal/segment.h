/* SPDX-License-Identifier: Apache-2.0
 * How a segment of the journal lies in its file; for writer, reader and their tests. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Size of a segment and longest record in it [bytes]. */
#define JOURNAL_SEGMENT_SIZE ((size_t)4 * 1024 * 1024)
#define JOURNAL_MAX_RECORD ((size_t)64 * 1024)
/** Most segments that wait for being read: 2 GiB. */
#define JOURNAL_SEGMENTS_MAX 512

#define JOURNAL_MAGIC UINT64_C(0x3147455352545350) /* "PSTRSEG1" */

/** Front of a segment. The writer holds a flock() on the file as long as it appends. */
struct journal_head {
	uint64_t magic;
	uint32_t worker;
	uint32_t number;
	uint32_t records; /* appended so far */
	uint32_t group;   /* JOURNAL_GROUP_NONE, the hash of all records' group, or JOURNAL_GROUP_SEVERAL */
	uint64_t zero[5];
};

#define JOURNAL_GROUP_NONE 0u
#define JOURNAL_GROUP_SEVERAL UINT32_MAX

/** Before each record; padded to 8 bytes. `size` is stored last: a record counts once it is not 0. */
struct journal_record_head {
	uint32_t size; /* of the text [bytes] */
	uint32_t zero;
	uint64_t checksum; /* hash_bytes() of the text, seeded with its place in the file */
};

/** [bytes] that a record of size takes in the file. */
static inline size_t journal_record_space(size_t size)
{
	return sizeof(struct journal_record_head) + ((size + 7) & ~(size_t)7);
}
