/* SPDX-License-Identifier: Apache-2.0
 * What the parts of `postern quickstart` share: one run, and the things that it makes. */
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

/** Name all that a quickstart NAME makes. Nothing is asked or written.
 * q is zeroed before but for line and client. */
void quickstart_name(struct quickstart *q, const char *name, const char *folder);
/** Give back what it owns. */
void quickstart_fini(struct quickstart *q);
/** Tell a command as a user would type it. */
void quickstart_tell(const struct quickstart *q, const char *fmt, ...) PRINTF_LIKE(2, 3);
