/* SPDX-License-Identifier: Apache-2.0
 * One caller, many service keys, one verdict that starts as refusal. */
#include "identity/identity.h"

#include "base/memory.h"
#include "model/dn.h"

#include <string.h>

void identity_fini(struct identity *identity)
{
	value_free(identity->presented);
	value_free(identity->expected);
	*identity = (struct identity){ 0 };
}

/** Both known and the same; unknown never equals anything. */
static bool same(const char *a, const char *b)
{
	return a && b && a[0] && strcmp(a, b) == 0;
}

static bool same_name(const char *a, const char *b)
{
	return a && b && dn_equal(str_of(a), str_of(b));
}

static bool same_hex(const char *a, const char *b)
{
	return a && b && a[0] && str_equal_nocase(str_of(a), str_of(b));
}

static void set_known(struct value *object, const char *name, const char *text)
{
	if (text && text[0]) {
		value_set_c(object, name, text);
	}
}

static void set_time(struct value *object, const char *name, struct wall when)
{
	char text[WALL_TEXT_SIZE];
	if (when.us != 0) {
		value_set_c(object, name, wall_format(when, text));
	}
}

static void describe_certificate(struct value *object, const struct identity_certificate *c)
{
	set_known(object, "subject", c->subject);
	set_known(object, "issuer", c->issuer);
	set_known(object, "serial", c->serial);
	set_known(object, "sha256", c->sha256);
	set_time(object, "not_before", c->not_before);
	set_time(object, "not_after", c->not_after);
}

/* {"subject","issuer","sha256","serial","not_before","not_after"} of a certificate, what is unknown left
 * out. */
static struct value *certificate_to_value(const struct identity_certificate *certificate)
{
	struct value *object = value_object();
	describe_certificate(object, certificate);
	return object;
}

static void describe_candidate(struct value *object, const struct identity_candidate *c)
{
	set_known(object, "instance", c->instance_name);
	set_known(object, "key", c->key_name);
	set_known(object, "client_id", c->client_id);
}

bool identity_has_role(const struct identity_candidate *candidate, const char *role)
{
	for (size_t i = 0; i < candidate->n_roles; i++) {
		if (same(candidate->roles[i], role)) {
			return true;
		}
	}
	return false;
}

/** What a candidate's certificates say about the one presented, the strongest of them. */
enum match {
	MATCH_NONE,
	MATCH_ISSUER_KEY, /* names equal, but unpinned and signed by another key */
	MATCH_UNKNOWN,    /* names equal, but unpinned and the key that signed the stored one is not known */
	MATCH_NAMES,      /* names equal, but pinned to another certificate */
	MATCH_OLDER,      /* unpinned, names and issuer's key equal, issued before the stored one */
	MATCH_GOOD,
};

static enum match match_certificate(const struct identity_candidate *candidate,
				    const struct identity_certificate *held,
				    const struct identity_certificate *leaf)
{
	if (same_hex(held->sha256, leaf->sha256)) {
		return MATCH_GOOD;
	}
	if (!same_name(held->subject, leaf->subject) || !same_name(held->issuer, leaf->issuer)) {
		return MATCH_NONE;
	}
	if (candidate->pinned) {
		return MATCH_NAMES;
	}
	if (!held->issuer_public_key_sha256 || !held->issuer_public_key_sha256[0]) {
		return MATCH_UNKNOWN;
	}
	if (!same_hex(held->issuer_public_key_sha256, leaf->issuer_public_key_sha256)) {
		return MATCH_ISSUER_KEY;
	}
	return leaf->not_before.us < held->not_before.us ? MATCH_OLDER : MATCH_GOOD;
}

static enum match match_candidate(const struct identity_candidate *candidate,
				  const struct identity_certificate *leaf,
				  const struct identity_certificate **ret_held)
{
	enum match best = MATCH_NONE;
	for (size_t i = 0; i < candidate->n_certificates; i++) {
		enum match match = match_certificate(candidate, &candidate->certificates[i], leaf);
		if (match > best) {
			best = match;
			*ret_held = &candidate->certificates[i];
		}
	}
	return best;
}

static enum reason reason_of(enum match match)
{
	switch (match) {
	case MATCH_NONE: return REASON_S301;
	case MATCH_ISSUER_KEY: return REASON_S313;
	case MATCH_UNKNOWN: return REASON_S314;
	case MATCH_NAMES: return REASON_S304;
	case MATCH_OLDER: return REASON_S312;
	case MATCH_GOOD: return REASON_NONE;
	}
	return REASON_S301;
}

/** Keys whose names equal the leaf's, of which one or more is unpinned: none can be told from the other. */
static bool is_clone(enum match match, bool pinned)
{
	return match == MATCH_GOOD || match == MATCH_OLDER || (pinned && match == MATCH_NAMES);
}

static bool may_be_one_issuer(const struct identity_certificate *a, const struct identity_certificate *b)
{
	const char *key_a = a->issuer_public_key_sha256, *key_b = b->issuer_public_key_sha256;
	bool known = key_a && key_a[0] && key_b && key_b[0];
	return same_name(a->subject, b->subject) && same_name(a->issuer, b->issuer) &&
	       (!known || same_hex(key_a, key_b));
}

bool identity_conflicts(const struct identity_candidate *a, const struct identity_candidate *b)
{
	if (a->pinned && b->pinned) {
		return false;
	}
	for (size_t i = 0; i < a->n_certificates; i++) {
		for (size_t k = 0; k < b->n_certificates; k++) {
			if (may_be_one_issuer(&a->certificates[i], &b->certificates[k])) {
				return true;
			}
		}
	}
	return false;
}

static void tell_clones(struct identity *ret, const struct identity_candidate *candidates, size_t n,
			const struct identity_certificate *leaf)
{
	struct value *list = value_array();
	for (size_t i = 0; i < n; i++) {
		const struct identity_certificate *held = NULL;
		if (is_clone(match_candidate(&candidates[i], leaf, &held), candidates[i].pinned)) {
			struct value *clone = value_object();
			describe_candidate(clone, &candidates[i]);
			value_append(list, clone);
		}
	}
	value_set(ret->expected, "keys", list);
}

void identity_judge_certificate(const struct identity_peer *peer, const struct identity_candidate *candidates,
				size_t n_candidates, struct identity *ret)
{
	const struct identity_certificate *leaf = &peer->leaf, *held = NULL;
	enum match best = MATCH_NONE;
	size_t good = 0, clones = 0, unpinned = 0;
	*ret = (struct identity){ .reason = REASON_S301,
				  .how = IDENTITY_CERTIFICATE,
				  .presented = certificate_to_value(leaf),
				  .expected = value_object() };
	value_set_bool(ret->presented, "verified", peer->anchored);
	ret->may_tell = peer->anchored;
	if (peer->chain_reason != REASON_NONE || !peer->anchored) {
		ret->reason = peer->chain_reason != REASON_NONE ? peer->chain_reason : REASON_K201;
		set_known(ret->presented, "chain", peer->chain_detail);
		set_known(ret->presented, "at_subject", peer->chain_subject);
		return;
	}
	set_known(ret->presented, "anchor_sha256", peer->anchor_sha256);
	set_known(ret->presented, "chain", peer->chain_detail);
	for (size_t i = 0; i < n_candidates; i++) {
		const struct identity_certificate *its = NULL;
		enum match match = match_candidate(&candidates[i], leaf, &its);
		good += match == MATCH_GOOD;
		if (is_clone(match, candidates[i].pinned)) {
			clones++;
			unpinned += !candidates[i].pinned;
		}
		if (match > best) {
			best = match;
			held = its;
			ret->candidate = &candidates[i];
		}
	}
	ret->reason = reason_of(best);
	/* Source: SAP KBA 3364579: equal names in two keys, one unpinned, refuse every call. */
	if (good > 1 || (unpinned > 0 && clones > 1)) {
		ret->reason = REASON_S310;
		tell_clones(ret, candidates, n_candidates, leaf);
	}
	if (ret->candidate) {
		describe_candidate(ret->expected, ret->candidate);
	}
	if (held) {
		describe_certificate(ret->expected, held);
		value_set_bool(ret->expected, "pinned", ret->candidate->pinned);
		ret->newer = ret->reason == REASON_NONE && !ret->candidate->pinned &&
			     leaf->not_before.us > held->not_before.us;
	}
}

/** Refuse with R507 and say which part was wrong, to the operator only. */
static void refuse(struct identity *ret, const char *why)
{
	ret->reason = REASON_R507;
	value_set_c(ret->presented, "error", why);
}

static const char *bearer_fault(const struct identity_authorization *a, const struct identity_peer *peer,
				struct wall now)
{
	if (!a->signature_good) {
		return "The token's signature does not hold.";
	}
	if (now.us >= a->expires.us) {
		return "The token has expired.";
	}
	if (wall_is_ahead(a->issued, now)) {
		return "The token was issued in the future: its iat is more than 60 s ahead, so one of the "
		       "clocks is "
		       "or was wrong.";
	}
	if (wall_is_ahead(a->not_before, now)) {
		return "The token is not yet valid: its nbf is more than 60 s ahead.";
	}
	if (!same(a->tenant, a->expected_tenant)) {
		return "The token is of another subaccount.";
	}
	if (a->confirmation && (!peer->has_certificate || !same_hex(a->confirmation, peer->leaf.sha256))) {
		return "The token is bound to another certificate.";
	}
	if (!a->candidate || !same(a->candidate->client_id, a->client_id)) {
		return "No service key has the token's client id.";
	}
	return NULL;
}

static const char *basic_fault(const struct identity_authorization *a)
{
	if (!a->candidate || !same(a->candidate->client_id, a->client_id)) {
		return "No service key has this client id.";
	}
	if (!a->candidate->secret_sha256 || strlen(a->candidate->secret_sha256) != 64) {
		return "The service key has no client secret.";
	}
	if (!a->secret_sha256 || strlen(a->secret_sha256) != 64 ||
	    !mem_equal_secret(a->secret_sha256, a->candidate->secret_sha256, 64)) {
		return "The client secret is wrong.";
	}
	return NULL;
}

static void judge_authorization(const struct identity_authorization *a, const struct identity_peer *peer,
				struct wall now, struct identity *ret)
{
	const char *fault;
	ret->how = a->scheme;
	set_known(ret->presented, "scheme",
		  a->scheme == IDENTITY_BEARER  ? "bearer"
		  : a->scheme == IDENTITY_BASIC ? "basic"
						: NULL);
	set_known(ret->presented, "client_id", a->client_id);
	ret->candidate = a->candidate;
	if (a->scheme == IDENTITY_BEARER) {
		set_time(ret->presented, "expires", a->expires);
		if (a->issued.us != 0) {
			set_time(ret->presented, "issued", a->issued);
		}
		fault = bearer_fault(a, peer, now);
	} else if (a->scheme == IDENTITY_BASIC) {
		fault = basic_fault(a);
	} else {
		fault = "The Authorization header is neither Bearer nor Basic, or malformed.";
	}
	if (a->candidate) {
		describe_candidate(ret->expected, a->candidate);
	}
	if (fault) {
		refuse(ret, fault);
		return;
	}
	ret->reason = REASON_NONE;
	ret->may_tell = true;
}

/* The certificate decides; but a token that is bound to another one was not got by this caller. */
static void judge_bound(const struct identity_authorization *a, const struct identity_peer *peer,
			struct identity *ret)
{
	if (ret->reason == REASON_NONE && a && a->scheme == IDENTITY_BEARER && a->signature_good &&
	    a->confirmation && !same_hex(a->confirmation, peer->leaf.sha256)) {
		set_known(ret->presented, "confirmation", a->confirmation);
		refuse(ret, "The token is bound to another certificate.");
	}
}

void identity_judge(const struct identity_peer *peer, const struct identity_authorization *authorization,
		    const struct identity_candidate *candidates, size_t n_candidates, struct wall now,
		    struct identity *ret)
{
	if (peer->has_certificate) {
		identity_judge_certificate(peer, candidates, n_candidates, ret);
		judge_bound(authorization, peer, ret);
		return;
	}
	*ret = (struct identity){ .reason = REASON_R504,
				  .presented = value_object(),
				  .expected = value_object() };
	if (authorization && (authorization->scheme != IDENTITY_NONE || authorization->unknown_scheme)) {
		judge_authorization(authorization, peer, now, ret);
		return;
	}
	value_set_bool(ret->presented, "certificate", false);
	value_set_c(ret->expected, "credentials",
		    "a client certificate that a service key holds, a bearer token, or client id and secret");
}
