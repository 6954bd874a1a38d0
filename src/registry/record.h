/* SPDX-License-Identifier: Apache-2.0
 * What the registry holds: one record, its kinds, its terms, and how it lies in a file. */
#pragma once

#include "base/buf.h"

/**
 * Kinds of records. `tenant` is the name of the subaccount ("default"), or "" for what belongs to the whole
 * server (server keys, settings, token keys used for all).
 * Values are JSON text; those of a sealed kind are what seal_close() made of it with
 * registry_format_associated() as associated data.
 */
enum registry_kind {
	REGISTRY_TENANT, /* key: name.  {"id","name"}; tenant is the name too */
	REGISTRY_ANCHOR, /* key: alias. {"alias","der":base64}; Postern's own CA stands in each tenant */
	REGISTRY_CRL,    /* key: any.   {"der":base64} */
	/* key: id.    terms: certificate, dn of each certificate, client; see identity.h */
	REGISTRY_SERVICE_KEY,
	REGISTRY_INSTANCE,  /* key: id.    {"id","name","plan","service","roles":[],"token_validity"} */
	REGISTRY_ENDPOINT,  /* key: artifact id. term: address. {"address","artifact","version","plan":{}} */
	REGISTRY_TOKEN_KEY, /* key: kid.   {"kid","public":base64 SubjectPublicKeyInfo} */
	/* key: "rsa" or "ec", tenant "". sealed {"kind","chain":[base64 DER],"key":base64 PKCS#8} */
	REGISTRY_SERVER_KEY,
	REGISTRY_RECEIVER_KEY,    /* key: alias. sealed {"alias","chain":[base64 DER],"key":base64 PKCS#8} */
	REGISTRY_USER_CREDENTIAL, /* key: name.  sealed {"name","user","password"} */
	REGISTRY_SETTING,         /* key: name.  any JSON */
	REGISTRY_KIND_COUNT,
};

/** Most index terms a record may have; longest tenant, key and term; largest value; all [bytes]. */
#define REGISTRY_MAX_TERMS 8
#define REGISTRY_MAX_TENANT 64
#define REGISTRY_MAX_KEY 512
#define REGISTRY_MAX_TERM 1024
#define REGISTRY_MAX_VALUE ((size_t)8 * 1024 * 1024)

/** One record; what it points to is borrowed, until when is told where it is given. */
struct registry_record {
	enum registry_kind kind;
	struct str tenant;
	struct str key; /* unique for kind and tenant */
	struct str value;
	struct str terms[REGISTRY_MAX_TERMS];
	size_t n_terms;
	uint64_t version; /* given by the writer; another one whenever the record is put again */
};

/** Append the term under which a service key is found by a certificate:
 * "cert:" and its SHA-256 in upper-case hex. */
void registry_term_certificate(struct str sha256, struct buf *out);
/** Append the term for subject and issuer (RFC 2253): "dn:" and a hash;
 * who finds by it compares the names himself. */
void registry_term_dn(struct str subject, struct str issuer, struct buf *out);
/** Append the term for a client id: "client:" and the id. */
void registry_term_client(struct str client_id, struct buf *out);
/** Append the term for an address key (flow/address.h: address_key(), address_candidate()):
 * "address:" and the key. */
void registry_term_address(struct str address_key, struct buf *out);

/** Append the associated data that binds a sealed value to its place: kind, tenant and key. */
void registry_format_associated(enum registry_kind kind, struct str tenant, struct str key, struct buf *out);

/** Hash of a term of a kind in a tenant; the record's own key counts as a term of its own (is_key). */
uint64_t registry_hash_term(enum registry_kind kind, struct str tenant, struct str term, bool is_key);

/* The form in a file, for writer, reader and their tests. A record is padded to 8 bytes. */

enum registry_entry { REGISTRY_ENTRY_PUT = 1, REGISTRY_ENTRY_DELETE = 2, REGISTRY_ENTRY_COMMIT = 3 };

/** What lies before each record. All numbers in the machine's order: files never leave it. */
struct registry_entry_head {
	uint64_t checksum; /* over all that follows it, padding included */
	uint32_t size;     /* of the whole entry, head and padding included [bytes] */
	uint8_t entry;     /* enum registry_entry */
	uint8_t kind;
	uint8_t n_terms;
	uint8_t tenant_size;
	uint32_t value_size;
	uint16_t key_size;
	uint16_t term_size[REGISTRY_MAX_TERMS];
	uint16_t zero;
	uint64_t version; /* of a commit: trust generation */
	uint64_t second;  /* of a commit: identity generation */
};

/** Append an entry. RC_INVALID (err->field) when a part is empty or too long, RC_LIMIT at out's maximum. */
MUST_USE enum rc registry_entry_format(enum registry_entry entry, const struct registry_record *record,
				       uint64_t second, struct buf *out, struct err *reterr);

/** Give entries, as registry_entry_format() appended them, n [bytes], their version. */
void registry_entries_set_version(char *entries, size_t n, uint64_t version);

/**
 * Read the entry at the front of bytes.
 *
 * ret_record  points into bytes; of a commit only `version` is set   ret_second  the identity generation of a
 *             commit
 * ret_size    [bytes] to skip to the next entry
 *
 * RC_INVALID truncated, checksum wrong or sizes that do not add up: the file is damaged. Total on any bytes.
 */
MUST_USE enum rc registry_entry_parse(struct str bytes, enum registry_entry *ret_entry,
				      struct registry_record *ret_record, uint64_t *ret_second,
				      size_t *ret_size, struct err *reterr);
