/* SPDX-License-Identifier: Apache-2.0
 * Who calls: from what the peer proved and what the registry holds to one service key, or the reason why
 * not. */
#pragma once

#include "base/clock.h"
#include "json/value.h"
#include "model/reason.h"

/** How the caller was recognised, or tried to be. */
enum identity_how { IDENTITY_NONE, IDENTITY_CERTIFICATE, IDENTITY_BEARER, IDENTITY_BASIC };

/** Facts of one certificate. Texts are borrowed; "" or NULL where unknown. */
struct identity_certificate {
	const char *sha256;  /* 64 upper-case hex digits */
	const char *subject; /* RFC 2253 */
	const char *issuer;
	const char *serial;
	const char *issuer_public_key_sha256; /* SHA-256 of the issuer's SubjectPublicKeyInfo, hex */
	struct wall not_before;
	struct wall not_after;
};

/** The verdict about the chain that the peer sent, from pki/chain/chain.h, and its leaf. */
struct identity_peer {
	bool has_certificate;
	/* REASON_NONE: verified to an anchor, in time, clientAuth, no CA, not revoked */
	enum reason chain_reason;
	bool anchored;             /* a path to an anchor holds; the names are those of a trusted CA */
	const char *chain_detail;  /* sentence of the chain's judge; may be NULL */
	const char *chain_subject; /* certificate at fault; may be NULL */
	const char *anchor_sha256; /* of the anchor reached; may be NULL */
	struct identity_certificate leaf;
};

/** A service key with its instance, as the registry has it. */
struct identity_candidate {
	const char *key_id;
	const char *key_name;
	const char *instance_id;
	const char *instance_name;
	const char *client_id;
	const char *plan;          /* "integration-flow" or "api" */
	const char *secret_sha256; /* 64 hex digits; NULL or "" for a key without secret */
	const char *const *roles;
	size_t n_roles;
	bool pinned;
	const struct identity_certificate *certificates;
	size_t n_certificates;
};

/** What the Authorization header came to; signatures were verified before by pki/jws.h. */
struct identity_authorization {
	enum identity_how scheme; /* IDENTITY_NONE none sent, IDENTITY_BEARER, IDENTITY_BASIC */
	bool unknown_scheme;      /* a header was sent that is neither Bearer nor Basic, or malformed */
	const char *client_id; /* claim "cid" (or "client_id"), or the user of Basic; NULL when unreadable */
	bool signature_good;   /* bearer */
	const char *tenant;    /* bearer: claim "zid" */
	const char *expected_tenant;
	struct wall expires, not_before, issued; /* bearer; the latter two have us 0 when absent */
	const char *confirmation;  /* bearer: claim cnf x5t#S256 as 64 upper hex digits; NULL when absent */
	const char *secret_sha256; /* basic: SHA-256 of the secret sent, 64 upper hex digits */
	const struct identity_candidate *candidate; /* key found by client_id; NULL when there is none */
};

/** The verdict. Starts as refusal; nothing is owned but evidence. */
struct identity {
	enum reason reason; /* REASON_NONE: recognised */
	enum identity_how how;
	const struct identity_candidate *candidate; /* the key; with a refusal the nearest one, or NULL */
	bool newer;              /* an unpinned key met a certificate issued after the stored one */
	bool may_tell;           /* an anchor was reached: `tell_reason = trusted` may name the code */
	struct value *presented; /* evidence: what came */
	struct value *expected; /* evidence: what would have been right; empty object when nothing is known */
};

/** Release the evidence; accepts a zeroed value. */
void identity_fini(struct identity *identity);

/**
 * Judge one caller: the certificate decides where there is one, else the Authorization header.
 * A bearer token that is bound to another certificate than the caller's is refused all the same.
 *
 * candidates  service keys of the tenant that hold the leaf's SHA-256, or its subject and issuer;
 *             others are harmless
 * ret         filled whatever the outcome; identity_fini() it. Borrows from all inputs.
 *
 * Reasons: those of the chain; R504 nothing sent; R507 token or secret; S301 in no key;
 * S304 another certificate of the same names is pinned; S310 several keys match; S312 older than the unpinned
 * one; S313 of another issuer's key; S314 the unpinned key's certificate is another one, and its issuer's key
 * is not known. A key's own certificate is always good.
 */
void identity_judge(const struct identity_peer *peer, const struct identity_authorization *authorization,
		    const struct identity_candidate *candidates, size_t n_candidates, struct wall now,
		    struct identity *ret);

/** Only the certificate part of the above, for doctor: peer has a certificate. */
void identity_judge_certificate(const struct identity_peer *peer, const struct identity_candidate *candidates,
				size_t n_candidates, struct identity *ret);

/**
 * Whether two keys could not be told apart, so that calls with either are refused (S310):
 * they hold certificates of the same names, one of them is unpinned, and their issuers' keys are the same, or
 * one is not known yet and may turn out to be.
 */
bool identity_conflicts(const struct identity_candidate *a, const struct identity_candidate *b);

/** Whether a candidate has a role. */
bool identity_has_role(const struct identity_candidate *candidate, const char *role);

/** A candidate with its own storage, read from the registry's JSON. */
struct identity_record {
	struct identity_candidate candidate;
	char *texts; /* all of them, one behind the other */
	const char **roles;
	struct identity_certificate *certificates;
};

/**
 * Read a service key record {"id","name","client_id","secret_sha256","pinned","certificates":[{"sha256",
 * "subject","issuer",
 * "issuer_public_key_sha256","not_before","not_after"}]} and its instance record {"id","name","plan",
 * "roles":[]}.
 * Copies what it needs of both. RC_INVALID when a member is missing; ret is then empty.
 * identity_record_fini() it.
 */
MUST_USE enum rc identity_record_init(struct identity_record *ret, const struct value *service_key,
				      const struct value *instance, struct err *reterr);
/** Release a record; accepts a zeroed one. */
void identity_record_fini(struct identity_record *record);
