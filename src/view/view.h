/* SPDX-License-Identifier: Apache-2.0
 * One subaccount as it is published, read in one way by all who judge:
 * gateways, and the doctor who says why they refused. */
#pragma once

#include "flow/plan.h"
#include "identity/identity.h"
#include "pki/chain/chain.h"
#include "registry/reader.h"
#include "setting/setting.h"

/** Most service keys that are compared with one caller. */
#define VIEW_KEYS_MAX 64

/** Where to look: a registry and the name of a subaccount; both borrowed, cheap to pass. */
struct view {
	struct registry_reader *registry;
	struct str tenant;
};

/** The number of a setting of the run time as it is published; otherwise where none is that can be read. */
uint64_t view_setting(struct view view, enum setting setting, uint64_t otherwise);

/**
 * Anchors, lists of revocations and what an overdue list does (`crl_stale`;
 * refuse where it is not published). Owned.
 *
 * RC_INVALID a record of them cannot be read, or the registry is damaged:
 * what is missing may be the list that revokes somebody, so all are to be refused.
 * RC_CERT an anchor cannot be used.
 */
MUST_USE enum rc view_trust(struct view view, struct trust **ret, struct err *reterr);

/** The facts of a certificate that identity compares; issuer_public_key_sha256 (of struct chain_verdict) may
 * be NULL. Borrowed. */
struct identity_certificate view_certificate(const struct cert *c, const char *issuer_public_key_sha256);

/** Service keys that may be a caller's, with their instances. Starts zeroed; view_keys_fini() it. */
struct view_keys {
	struct identity_record *records;
	struct identity_candidate *candidates; /* borrow from records */
	size_t n;
};

/** Add those that hold a certificate, or one of the same subject and issuer.
 * A key that cannot be read, or has no instance, is nobody's. */
void view_keys_by_certificate(struct view view, const struct identity_certificate *certificate,
			      struct view_keys *keys);
/** Add the one of a client id. */
void view_keys_by_client(struct view view, const char *client_id, struct view_keys *keys);
/** Release them; accepts zeroed ones. */
void view_keys_fini(struct view_keys *keys);

/** The endpoint that serves a path (of address_path()). Borrowed as in registry_get().
 * False when none does. */
bool view_endpoint(struct view view, struct str path, struct registry_record *ret);
/** What an endpoint's record says is to be done; owned. RC_INVALID it cannot be read. */
MUST_USE enum rc view_plan(const struct registry_record *record, struct flow_plan **ret, struct err *reterr);
/**
 * Append the path, /http in front, that a raw path was probably meant for when no endpoint serves it:
 * /http is missing, doubled or in capitals, a slash is doubled, a letter in a few is wrong. False when no
 * endpoint is near, or two are equally near.
 */
bool view_nearest(struct view view, struct str raw_path, struct buf *out);
