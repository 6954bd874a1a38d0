/* SPDX-License-Identifier: Apache-2.0
 * Key stores and certificate files of every kind, told by their content and opened into one shape. */
#pragma once

#include "pki/cert.h"
#include "pki/key.h"

/** Largest file that is opened [bytes]; most entries, certificates and keys together in one; longest alias [bytes]. */
#define CONTAINER_MAX_BYTES ((size_t)2 * 1024 * 1024)
#define CONTAINER_MAX_ENTRIES ((size_t)1000)
#define CONTAINER_MAX_ALIAS ((size_t)256)
/** Longest password that is tried [bytes]. */
#define CONTAINER_MAX_PASSWORD ((size_t)1024)
/** Longest chain that is put together below a leaf. */
#define CONTAINER_MAX_CHAIN ((size_t)10)

enum container_kind {
	CONTAINER_PKCS12,
	CONTAINER_JKS,
	CONTAINER_JCEKS,
	CONTAINER_PEM,
	CONTAINER_DER,
	CONTAINER_PKCS7,
};
#define CONTAINER_KIND_COUNT 6

/** One key pair, or one certificate that stands alone. */
struct container_entry {
	char *alias;            /* owned; NULL when the file gives none */
	struct key *key;        /* owned; NULL for a certificate entry */
	struct cert_list chain; /* leaf first; may be empty beside a key, one certificate without */
};

/** A file's contents. Entries stand in the file's order. */
struct container {
	enum container_kind kind;
	char encryption[96]; /* the weakest cipher in it: "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA256 2048",
			      * "pbeWithSHA1And40BitRC2-CBC", or "none" */
	bool legacy;         /* something in it needs a cipher older than PBES2 with AES */
	bool encrypted;      /* a private key in it is encrypted, or the whole */
	struct container_entry *entries; /* owned */
	size_t n;
};

/** "pkcs12", "jks", "jceks", "pem", "der" or "pkcs7". */
const char *container_kind_name(enum container_kind kind);
/** What the bytes look like, by their first few bytes alone; *ret_known false when like nothing that is read here. */
enum container_kind container_kind_of(struct str bytes, bool *ret_known);

/**
 * Load what opening may need from disk (OpenSSL's configuration and legacy provider). Call before a sandbox closes the file
 * system; container_open() and container_write() do no I/O after it. May be called again.
 */
void container_prepare(void);

/**
 * Open a file whatever it is.
 *
 * bytes     at most CONTAINER_MAX_BYTES        password  UTF-8; p NULL when none is given (then none and the empty one are tried)
 * ret       free with container_free()
 *
 * Every iteration count is judged before a key is derived with it. err->reason says why not:
 * P101 (RC_DENIED) wrong or missing password       P103 (RC_INVALID) nothing that is known here
 * P115 (RC_UNSUPPORTED) cipher named in the text   P116 (RC_INVALID, RC_LIMIT) damaged or over a limit
 * P117 (RC_LIMIT) asks for more work than allowed
 *
 * Source: RFC 7292, RFC 8018, RFC 7468, RFC 5652; the JKS format as in OpenJDK's sun.security.provider.JavaKeyStore.
 */
MUST_USE enum rc container_open(struct container **ret, struct str bytes, struct str password,
				struct err *reterr);
/** Free; accepts NULL. */
void container_free(struct container *c);
DEFINE_CLEANUP(struct container, container_free);

/**
 * Write the entries as another kind, appended to out (make it secret). JCEKS is not written.
 *
 * password  PKCS#12 and JKS need one; PEM encrypts its keys where one is given (p not NULL); others ignore it
 * legacy    PKCS#12 with RC2-40, 3DES and a SHA-1 MAC, for receivers that read nothing newer
 *
 * An entry without alias stays without in PKCS#12 and is named by its number in JKS. DER takes the first certificate, PKCS#7
 * every certificate; neither takes keys. RC_INVALID nothing to write, or the password is missing; RC_UNSUPPORTED the
 * kind is not written; RC_LIMIT out is full.
 */
MUST_USE enum rc container_write(const struct container *c, enum container_kind kind, struct str password,
				 bool legacy, struct buf *out, struct err *reterr);

/** The first key pair, or the first one of that alias (case counts for none); NULL when there is none. */
const struct container_entry *container_key_pair(const struct container *c, const char *alias);
/** The alias that people see: its own, else its number from 1; out has size [bytes]. Returns out. */
const char *container_alias(const struct container *c, const struct container_entry *entry, char *out,
			    size_t size);
/** Add certificates to the chains they complete (of key pairs); strays are ignored. Returns how many were added. */
size_t container_complete(struct container *c, const struct cert_list *more);
