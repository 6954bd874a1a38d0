/* SPDX-License-Identifier: Apache-2.0
 * Key stores and certificates in files, for the commands that need their leaf or write a key pair. */
#pragma once

#include "cmd/line/command.h"

/**
 * The text to give the server as certificate: the file as it is when it is text, base64 when it is DER, and
 * the leaf as PEM when it is a key store (its password by command_password(), asked for where there is a
 * terminal).
 *
 * path  "-" is standard input
 * ret   appended
 *
 * RC_IO cannot be read; RC_DENIED with P101 the password does not open it
 */
MUST_USE enum rc container_file_certificate(const struct command_line *line, const char *path,
					    struct buf *ret, struct err *reterr);
/**
 * The leaf of a destination's key store as PEM, opened with the password that the destination holds:
 * so a repair can be typed without file and password at hand.
 *
 * RC_NOT_FOUND no such destination; RC_INVALID it holds no key store (D402, D411); errors of container_open()
 */
MUST_USE enum rc container_file_destination(struct command_line *line, const char *destination,
					    struct buf *ret, struct err *reterr);
/** Whether a file for a key may be written: it is not there, or --force is given. path NULL: none.
 * RC_EXISTS. */
MUST_USE enum rc container_file_may_write(const struct command_line *line, const char *path,
					  struct err *reterr);
/** As container_file_write(), appended to ret, which is secret, instead of written to path.
 * RC_LIMIT at its maximum. */
MUST_USE enum rc container_file_format(const char *path, struct str pem, const char *alias,
				       struct str password, struct buf *ret, struct err *reterr);
/**
 * Write a key pair: PKCS#12 (.p12, .pfx), JKS (.jks) or PEM, by the name's extension.
 *
 * pem       key and certificates, leaf first
 * alias     of the entry
 * password  p NULL for a PEM file without encryption; key stores need one
 */
MUST_USE enum rc container_file_write(const char *path, struct str pem, const char *alias,
				      struct str password, struct err *reterr);
/**
 * The password for a file that is to be written: from the options, else a random one that is written beside
 * it as FILE.password (told on standard error).
 */
MUST_USE enum rc container_file_password(const struct command_line *line, const char *path, struct buf *ret,
					 struct err *reterr);
