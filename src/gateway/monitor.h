/* SPDX-License-Identifier: Apache-2.0
 * One line in the monitor: what came, who sent it, what became of it and why, as JSON for the journal. */
#pragma once

#include "gateway/gateway.h"

#define MONITOR_ID_SIZE 29

/** Everything that is known when an answer is ready. Texts are borrowed, NULL or "" where unknown. */
struct monitor_entry {
	const char *id;
	const char *tenant;
	const char *artifact; /* "" unless an endpoint was found */
	struct str address;   /* path asked for, without /http where it is an endpoint's */
	const char *status;   /* "COMPLETED", "FAILED" or "REFUSED" */
	bool probe;
	int http_status;
	enum reason reason;
	/* of monitor_format_caller(), where it is known to hold; else what follows counts */
	struct str caller;
	const char *client;
	const char *service_key; /* name of the key that called, or nearest did */
	const char *instance;
	const char *how; /* "certificate", "bearer", "basic" or "none" */
	const char *subject, *sha256;
	bool anchored; /* subject and SHA-256 are of a chain that holds */
	const char *tls;
	int64_t duration_us;
	const char *peer;
	struct str method, host, user_agent;
	const char *sni;
	uint64_t request_bytes, response_bytes;
	const struct value *presented, *expected;
	const char *text; /* NULL takes the reason's */
	const char *fix;  /* the same */
	bool amends;      /* takes the place of the line with the same id */
	uint64_t count;   /* of refusals that this one line stands for; 0 for one */
};

/** A new message id: "A" and 27 base64url digits. Returns out. */
const char *monitor_id(struct gateway *g, char out[MONITOR_ID_SIZE]);

/** Append those members of the line that say who called: ready for entry->caller. */
void monitor_format_caller(const struct monitor_entry *entry, struct buf *out);

/** Append the entry to the journal. Texts too long are cut, evidence too long is left out.
 * RC_IO: the answer must not leave. */
MUST_USE enum rc monitor_record(struct gateway *g, const struct monitor_entry *entry, struct err *reterr);

/** Record a refusal of somebody unknown unless there are too many of them in this second. */
MUST_USE enum rc monitor_record_stranger(struct gateway *g, const struct monitor_entry *entry,
					 struct err *reterr);
/** Write the line that stands for those left out in the seconds before now; once in a while. */
void monitor_flush_strangers(struct gateway *g, struct mono now);

/** "certificate", "bearer", "basic" or "none". */
const char *monitor_how_name(int how);
