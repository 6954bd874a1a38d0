/* SPDX-License-Identifier: Apache-2.0
 * What is in a container of keys and certificates, whatever its kind. */
#pragma once

#include "base/buf.h"
#include "model/reason.h"
#include "pki/key.h"

enum container_kind {
	CONTAINER_PKCS12,
	CONTAINER_JKS,
	CONTAINER_JCEKS,
	CONTAINER_PEM,
	CONTAINER_DER,
	CONTAINER_PKCS7,
};

/** Largest file [bytes], most entries, most certificates of one chain, highest iteration count of any key
 * derivation. */
#define CONTAINER_MAX_BYTES ((size_t)2 * 1024 * 1024)
#define CONTAINER_MAX_ENTRIES 1000
#define CONTAINER_MAX_CHAIN 20
#define CONTAINER_MAX_ITERATIONS 5000000 /* the JDK's limit too */
#define CONTAINER_MAX_PASSED_OVER 100
/** Iterations of a whole file, all its parts together. */
#define CONTAINER_MAX_ALL_ITERATIONS UINT64_C(40000000)

struct container_entry {
	char *alias;            /* owned; NULL when the entry has none */
	struct key *key;        /* owned; NULL for a certificate entry */
	struct cert_list chain; /* leaf first, then its issuers as far as they are in the file */
};

/** An entry that is left out, and why: "a secret key". */
struct container_passed_over {
	enum reason reason; /* P119 a key that nobody here can use, P123 what no client needs */
	char *text;         /* owned; "The entry NAME is ...", one sentence */
};

struct container {
	enum container_kind kind;
	/* The weakest: "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA256, 2048 iterations",
	 * "pbeWithSHA1And40BitRC2-CBC", "none". */
	char encryption[96];
	bool legacy; /* something in it is protected with less than PBES2 and AES */
	bool encrypted;
	struct container_entry *entries;
	size_t n;
	uint64_t iterations; /* asked for by the file so far, while it is opened */
	unsigned traits;     /* set of enum form_trait (form.h) */
	/* Static: how the password fitted where not as it was given, "as UTF-8"; else NULL. */
	const char *password_called;
	struct container_passed_over *passed_over;
	size_t n_passed_over;
};

/** What opens a container. p NULL: none given; an empty one is another thing. */
struct container_secrets {
	struct str password;
	struct str key_password; /* of the keys in it, where they have one of their own */
	const char *file;        /* the file's name, for the commands that mend; NULL stands as FILE */
};

/** "pkcs12", "jks", "jceks", "pem", "der", "pkcs7". */
const char *container_kind_name(enum container_kind kind);

/** Append what a client that uses an entry sends: its chain, then all other certificates of the file;
 * of a Java key store the chain alone, whose other certificates are what it trusts. */
void container_sent(const struct container *c, const struct container_entry *entry, struct cert_list *out);

/** A new, empty container. */
struct container *container_new(enum container_kind kind);
/** Append an entry, zeroed but for the alias (copied; may be NULL). Lives until the next is added. */
struct container_entry *container_add(struct container *c, const char *alias);
/** Note an entry that is left out: "The entry ALIAS is <fmt>.";
 * the first CONTAINER_MAX_PASSED_OVER are kept. alias may be NULL. */
void container_pass_over(struct container *c, enum reason reason, const char *alias, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/** RC_INVALID (P103): a file of secret keys or passwords alone. */
enum rc container_nothing_in_it(struct err *reterr);
/** What to call a file that a repair writes beside `file`:
 * its name without extension, told apart from itself; owned. */
char *container_stem(const char *file);
/**
 * The same entries for formats that want one certificate in each entry without a key, and names told apart:
 * chains of certificate entries are taken apart, nameless ones named by their common name (key pairs by their
 * number when name_keys), doubles get "-2", "-3" ... Case does not tell names apart. The caller frees it.
 */
struct container *container_spread(const struct container *c, bool name_keys);
/** Free with everything in it; accepts NULL. */
void container_free(struct container *c);
DEFINE_CLEANUP(struct container, container_free);
/** The name to call an entry by: its alias, else its number from 1, into out; returned. */
const char *container_entry_name(const struct container *c, const struct container_entry *entry, char *out,
				 size_t size);
