/* SPDX-License-Identifier: Apache-2.0
 * Whole files: read with a limit, write so that a reader sees the old or the new one, never half. */
#pragma once

#include "base/buf.h"

#include <sys/types.h>

/** Append the whole file; out's own maximum and max [bytes] both hold.
 * RC_NOT_FOUND, RC_LIMIT, RC_DENIED, RC_IO. */
MUST_USE enum rc file_read(const char *path, size_t max, struct buf *out, struct err *reterr);
/** The same from an open descriptor (borrowed), from its current position (pipes too). */
MUST_USE enum rc file_read_fd(int fd, size_t max, struct buf *out, struct err *reterr);
/** Write to a temporary file beside path, sync it, rename it over path, sync the folder. RC_IO, RC_DENIED. */
MUST_USE enum rc file_write_atomic(const char *path, struct str bytes, mode_t mode, struct err *reterr);
/** Write a new file; RC_EXISTS when there is one. Synced like file_write_atomic(). */
MUST_USE enum rc file_write_new(const char *path, struct str bytes, mode_t mode, struct err *reterr);
/** Make a folder (and those above it) with mode; fine when it exists. RC_IO, RC_DENIED. */
MUST_USE enum rc file_make_folder(const char *path, mode_t mode, struct err *reterr);
/** Remove a file; fine when it is not there. */
void file_remove(const char *path);
/** Anonymous file with these bytes, sealed against every change, close-on-exec;
 * for secrets between processes. */
MUST_USE enum rc file_memory_sealed(const char *name, struct str bytes, int *ret_fd, struct err *reterr);
/** Append a file from file_memory_sealed(); the position of fd is not touched. RC_DENIED it is not sealed. */
MUST_USE enum rc file_read_sealed(int fd, size_t max, struct buf *out, struct err *reterr);
/** Close, ignoring -1 and failures. */
void file_close(int fd);
