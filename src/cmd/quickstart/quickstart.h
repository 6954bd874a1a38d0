/* SPDX-License-Identifier: Apache-2.0
 * What the parts of `postern quickstart` share: the things it makes, the record of them, and their removal. */
#pragma once

#include "client/client.h"
#include "cmd/line/command.h"

#define QUICKSTART_CERTIFICATES "/destination-configuration/v1/subaccountCertificates"
#define QUICKSTART_DESTINATIONS "/destination-configuration/v1/subaccountDestinations"
#define QUICKSTART_PEM_MAX ((size_t)256 * 1024)

/** Kinds of things that a quickstart makes, in the order in which they can be made. */
enum quickstart_kind {
	QUICKSTART_CERTIFICATE, /* issued by Postern's CA */
	QUICKSTART_FILE,
	QUICKSTART_ALIAS,
	QUICKSTART_ARTIFACT,
	QUICKSTART_INSTANCE,
	QUICKSTART_KEY,
	QUICKSTART_STORE,
	QUICKSTART_DESTINATION,
};

/** Most things of one quickstart. */
#define QUICKSTART_THINGS 16

/** One thing: its kind and its name (of a file: its path), borrowed from the quickstart. */
struct quickstart_thing {
	enum quickstart_kind kind;
	const char *name;
};

/** One run of the command. What the steps hand to each other. */
struct quickstart {
	struct command_line *line; /* borrowed */
	struct client *client;     /* borrowed */
	char *name;
	char *folder; /* where files go, "." or below the state folder */
	char *p12, *password_file, *leaf, *root, *ca;
	char *store, *root_alias, *ca_alias, *instance, *address;
	char *version, *description; /* marks of artifact and destination: nobody else would choose them */
	char *url;
	struct buf password;
	struct value *report; /* for --json */
	struct value *record; /* what was begun, as it stands on disk; NULL: nothing yet */
	char *record_file;
	struct quickstart_thing things[QUICKSTART_THINGS];
	size_t n_things;
};

/** Tell a command as a user would type it. */
void quickstart_tell(const struct quickstart *q, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** Name all that a quickstart NAME makes. Nothing is asked or written. q is zeroed before but for line and client. */
void quickstart_name(struct quickstart *q, const char *name, const char *folder);
/** Give back what it owns. */
void quickstart_fini(struct quickstart *q);

/** "artifact", "file": the word for a kind; static. */
const char *quickstart_word(enum quickstart_kind kind);

/**
 * What is known of the thing that has this name now.
 *
 * ret_mark  what tells it from another one of the same name: id, fingerprint, version; owned by the caller
 *
 * RC_NOT_FOUND there is none; RC_IO and what the server answers.
 */
MUST_USE enum rc quickstart_look(const struct quickstart *q, const struct quickstart_thing *thing,
				 char **ret_mark, struct err *reterr);

/**
 * Read the record of an earlier run into q->record; it stays NULL where there is none. One that was cut short while it was
 * written first is empty: nothing had been made. RC_IO, RC_DENIED.
 */
MUST_USE enum rc quickstart_record_load(struct quickstart *q, struct err *reterr);
/** Begin the record of this run. RC_EXISTS another run has begun meanwhile; RC_IO. */
MUST_USE enum rc quickstart_record_begin(struct quickstart *q, struct err *reterr);
/** Write down a thing and its mark, on disk before it is made. RC_IO. */
MUST_USE enum rc quickstart_record_add(struct quickstart *q, enum quickstart_kind kind, const char *name,
				       const char *mark, struct err *reterr);
/** Whether the record says that the thing with this mark is quickstart's. */
bool quickstart_record_has(const struct quickstart *q, const struct quickstart_thing *thing,
			   const char *mark);
/** The subaccount that the record is of; borrowed, "" where there is no record. */
const char *quickstart_record_subaccount(const struct quickstart *q);
/** Write a new file that the record knows already, whole or not at all. RC_EXISTS, RC_IO. */
MUST_USE enum rc quickstart_write(const struct quickstart *q, const char *path, struct str bytes,
				  unsigned mode, struct err *reterr);

/**
 * Take away all that the record names and that still is what was made, last first, and at the end the record. What others
 * have put in its place stays. It goes on after a failure, and the record then stays.
 *
 * talk     tell each command and each thing left
 * ret_any  whether there was anything
 */
MUST_USE enum rc quickstart_undo(struct quickstart *q, bool talk, bool *ret_any, struct err *reterr);

/** See that nothing stands in the way of the run, before anything is made. RC_EXISTS, with what is there and what to do. */
MUST_USE enum rc quickstart_check_free(struct quickstart *q, struct err *reterr);
