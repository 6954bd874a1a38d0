/* SPDX-License-Identifier: Apache-2.0
 * The gateways' side of the registry: lookups in what the manager has published, without locks. */
#pragma once

#include "registry/record.h"

struct registry_reader;

/**
 * Open the registry.
 *
 * dirfd  descriptor of STATE/registry, read-only is enough; borrowed until the reader is closed
 *
 * RC_AGAIN nothing is published yet; RC_INVALID damaged; RC_IO. Try again later in each case.
 */
MUST_USE enum rc registry_reader_open(struct registry_reader **ret, int dirfd, struct err *reterr);
/**
 * Open one base file with what of its delta is whole, whatever the control page says (recovery.h).
 * What is seen stays as it is: registry_refresh() is not for this one.
 *
 * RC_NOT_FOUND, RC_INVALID the base is damaged; RC_IO.
 */
MUST_USE enum rc registry_reader_open_whole(struct registry_reader **ret, int dirfd, uint64_t number,
					    struct err *reterr);
/** Close; accepts NULL. */
void registry_reader_close(struct registry_reader *reader);
DEFINE_CLEANUP(struct registry_reader, registry_reader_close);

/**
 * See what was published since the last call; once a request. One atomic load when nothing was.
 *
 * ret_trust_changed, ret_identity_changed  whether the generation moved; either may be NULL
 *
 * RC_INVALID or RC_IO: damaged. Then every lookup finds nothing, until a later refresh meets a whole registry
 * again; the caller has to refuse (a missing revocation list must not let anybody in).
 * Records given before are no longer valid once this returned with anything changed.
 */
MUST_USE enum rc registry_refresh(struct registry_reader *reader, bool *ret_trust_changed,
				  bool *ret_identity_changed, struct err *reterr);

/** Generations: move whenever trust, or anything else, was changed. */
uint64_t registry_trust_generation(const struct registry_reader *reader);
uint64_t registry_identity_generation(const struct registry_reader *reader);
/** What is seen now: number of the base file, and bytes of its delta. */
void registry_reader_position(const struct registry_reader *reader, uint64_t *ret_base,
			      uint64_t *ret_delta_length);
/** Number of records that were found damaged on lookup since the last refresh that changed something;
 * refuse when not 0. */
unsigned registry_damage(const struct registry_reader *reader);

/** Look a record up by key. ret is borrowed until the next refresh that changes something.
 * False when there is none. */
bool registry_get(struct registry_reader *reader, enum registry_kind kind, struct str tenant, struct str key,
		  struct registry_record *ret);

/** Place in a search by term; start with registry_find(), go on with registry_find_next(). */
struct registry_search {
	struct registry_reader *reader;
	enum registry_kind kind;
	struct str tenant, term;
	uint64_t hash;
	uint64_t slot;   /* in the base's index */
	uint64_t probes; /* slots looked at, so that a damaged index ends too */
	uint32_t entry;  /* in the delta */
};

/** Search the records of a kind and tenant that have a term; tenant and term are borrowed while it lasts. */
void registry_find(struct registry_reader *reader, enum registry_kind kind, struct str tenant,
		   struct str term, struct registry_search *ret_search);
/** The next record found; false when there are no more. ret as in registry_get(). */
bool registry_find_next(struct registry_search *search, struct registry_record *ret);

/** Called for a record; false ends the walk. */
typedef bool (*registry_each_fn)(void *context, const struct registry_record *record);
/** Walk all records of a kind and tenant, in no order. */
void registry_each(struct registry_reader *reader, enum registry_kind kind, struct str tenant,
		   registry_each_fn fn, void *context);
/** Walk all records of all kinds and tenants. */
void registry_each_all(struct registry_reader *reader, registry_each_fn fn, void *context);
/** Number of records; walks them all. */
uint64_t registry_count(struct registry_reader *reader);
