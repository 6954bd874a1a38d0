/* SPDX-License-Identifier: Apache-2.0
 * Memory that all gateway workers share, for sessions and the chains they stand for:
 * sealed records under 32-byte names.
 *
 * A ring of records and an index. Nothing is locked: a writer reserves its place with one atomic addition,
 * writes, then publishes the place in the index; a worker that dies in between leaves a place that nobody
 * reads. Each record is sealed (AES-256-GCM) with its kind, name and place, so that one that was overwritten
 * while it was read, or altered by anyone without the key, does not open and counts as not there.
 * The oldest records give way.
 */
#pragma once

#include "base/buf.h"
#include "seal/seal.h"

struct session_store;

#define SESSION_STORE_NAME_BYTES 32
/** Largest record [bytes]; a chain of 64 KiB fits. */
#define SESSION_STORE_RECORD_MAX ((size_t)68 * 1024)

/** Kinds of records; a name means something else in each. */
enum session_store_kind { SESSION_STORE_SESSION = 1, SESSION_STORE_CHAIN = 2 };

/** Make the memory: an anonymous file that cannot be resized, close-on-exec, for session_store_open() in each
 * worker. RC_IO. */
MUST_USE enum rc session_store_create(int *ret_fd, struct err *reterr);
/**
 * Map it. fd is borrowed for the call; key is the same in all workers. Free with session_store_close().
 * RC_INVALID fd is nothing that session_store_create() made; RC_IO.
 */
MUST_USE enum rc session_store_open(struct session_store **ret, int fd, const struct seal_key *key,
				    struct err *reterr);
/** Unmap; accepts NULL. */
void session_store_close(struct session_store *store);
DEFINE_CLEANUP(struct session_store, session_store_close);

/**
 * Keep a record, instead of one of the same kind and name.
 * name   SESSION_STORE_NAME_BYTES random or hashed bytes
 * bound  must be given again to read it; at most 512 [bytes]
 * RC_LIMIT larger than SESSION_STORE_RECORD_MAX.
 */
MUST_USE enum rc session_store_put(struct session_store *store, enum session_store_kind kind,
				   const uint8_t name[SESSION_STORE_NAME_BYTES], struct str bound,
				   struct str bytes);
/** Append a record to out (make it secret). RC_NOT_FOUND it is not there, is of another binding or was
 * altered; RC_LIMIT. */
MUST_USE enum rc session_store_get(struct session_store *store, enum session_store_kind kind,
				   const uint8_t name[SESSION_STORE_NAME_BYTES], struct str bound,
				   struct buf *out);
/** Whether there seems to be such a record that will stay for a while; nothing is opened. */
bool session_store_has(const struct session_store *store, enum session_store_kind kind,
		       const uint8_t name[SESSION_STORE_NAME_BYTES]);
