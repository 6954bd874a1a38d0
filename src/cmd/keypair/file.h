/* SPDX-License-Identifier: Apache-2.0
 * What the verbs of `keypair` share: opening files with a password, choosing entries, writing files that hold
 * keys. */
#pragma once

#include "cmd/line/command.h"
#include "container/container.h"

/**
 * Open a key store or certificate file. The password comes from the options;
 * where none is given and one is needed, from a prompt on a terminal, else the error names --password-file.
 *
 * password      filled with the password that was given (p NULL when none was); give it BUF_SECRET
 * RC_IO unreadable; errors of container_open() with their fix naming the file
 */
MUST_USE enum rc keypair_file_open(const struct command_line *line, const char *path, struct container **ret,
				   struct buf *password, struct err *reterr);
/** Open a file of certificates without a password and append all that are in it. */
MUST_USE enum rc keypair_file_certificates(const char *path, struct cert_list *ret, struct err *reterr);
/**
 * Keep the one entry that alias names (its own alias, or its number from 1).
 * Where none is called so and there is one entry to speak of, that one is given the name.
 * RC_INVALID several entries and none of that name.
 */
MUST_USE enum rc keypair_file_choose(struct container *c, const char *alias, struct err *reterr);
/** The entry that is meant when none is named, by choice_make(); which one of several it is, is told.
 * RC_INVALID (P126, P104). */
MUST_USE enum rc keypair_file_entry(const struct container *c, const struct container_entry **ret,
				    struct err *reterr);
/** Complete the chains of key pairs (of every entry where there are none) with certificates of the files. */
MUST_USE enum rc keypair_file_complete(const struct command_line *line, struct container *c,
				       struct err *reterr);
/** Write a file that holds a key: 0600, and an existing one only with --force. RC_EXISTS. */
MUST_USE enum rc keypair_file_write(const struct command_line *line, const char *path, struct str bytes,
				    struct err *reterr);
/**
 * The password of a file that is to be written and needs one:
 * "out-password" options, else the given one, else a random one in PATH.password, which is told.
 * ret is secret.
 */
MUST_USE enum rc keypair_file_new_password(const struct command_line *line, const char *path,
					   const struct buf *given, struct buf *ret, struct err *reterr);

/* Rows of the noun's table, each in its file. */
enum rc keypair_create(struct command_line *line, struct err *reterr);
enum rc keypair_request(struct command_line *line, struct err *reterr);
enum rc keypair_examine(struct command_line *line, struct err *reterr);
enum rc keypair_verify(struct command_line *line, struct err *reterr);
enum rc keypair_convert(struct command_line *line, struct err *reterr);
enum rc keypair_export(struct command_line *line, struct err *reterr);
/** How a next command gets the password of the file just written:
 * " --password-file X", "" where it came from elsewhere. */
const char *keypair_file_password_words(const struct command_line *line, const char *path, char *out,
					size_t size);
