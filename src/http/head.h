/* SPDX-License-Identifier: Apache-2.0
 * Fields of a message's head, and the texts of statuses. */
#pragma once

#include "base/str.h"

#include <stdint.h>

/* = issue: heads above 64 KiB or with more than 101 fields are answered 431. */
#define HTTP_HEAD_MAX ((size_t)64 * 1024)
#define HTTP_FIELDS_MAX ((size_t)101)
/* Largest body that is held in memory [bytes]. */
#define HTTP_BODY_MAX ((size_t)48 * 1024 * 1024)

/* Statuses outside of these mean nothing. = RFC 9110 §15 */
#define HTTP_STATUS_MIN 100
#define HTTP_STATUS_MAX 599

/* Length of a body that is known when it ends. */
#define HTTP_LENGTH_UNKNOWN UINT64_MAX

/** One field line; slices borrowed from where they were read. */
struct http_field {
	struct str name;
	struct str value; /* without surrounding white space */
};

/** Value of the first field of that name (any case); p is NULL when there is none. */
struct str http_fields_get(const struct http_field *fields, size_t n, const char *name);
/** How many fields have that name. */
size_t http_fields_count(const struct http_field *fields, size_t n, const char *name);
/** Whether the comma-separated lists of all fields of that name hold the token (any case). */
bool http_fields_has_token(const struct http_field *fields, size_t n, const char *name, const char *token);
/** Whether it may stand as a field name, and as a field value (visible bytes, spaces, tabs, obs-text). */
bool http_field_name_ok(struct str name);
bool http_field_value_ok(struct str value);
/** Fields that belong to one connection and are never passed on:
 * Connection, Keep-Alive, TE, Upgrade, … RFC 9110 §7.6.1 */
bool http_field_is_hop_by_hop(struct str name);
/** "OK", "Not Found"; "" for statuses without a text here. */
const char *http_status_text(int status);
