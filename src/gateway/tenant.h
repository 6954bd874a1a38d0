/* SPDX-License-Identifier: Apache-2.0
 * What a gateway keeps ready of one subaccount: trust, token keys, endpoints, receivers' TLS;
 * each as old as its generation. */
#pragma once

#include "gateway/gateway.h"
#include "pki/jws.h"
#include "view/view.h"

/** A deployed endpoint, read once; shared by counting, because requests outlive a redeployment. */
struct endpoint {
	unsigned refs;
	char *artifact;
	uint64_t version; /* of its record */
	struct flow_plan *plan;
	struct endpoint *next;
};

/** TLS for calls with one key pair of the keystore ("" for none). */
struct tenant_tls {
	char *alias;
	uint64_t version; /* of the key's record; 0 for none */
	uint64_t trust_generation;
	struct tls_client_context *context;
	struct tenant_tls *next;
};

#define TENANT_BUCKETS 64
/** Paths whose endpoint is remembered, and the longest such [bytes];
 * callers choose paths, so there is one place for each. */
#define TENANT_PATHS 256
#define TENANT_PATH_MAX 104

/** The endpoint that a path led to when the registry was at a generation. */
struct tenant_path {
	uint64_t generation;
	struct endpoint *endpoint; /* one reference */
	size_t n;
	char path[TENANT_PATH_MAX];
};

/** One subaccount. */
struct tenant {
	struct tenant *next;
	char *name;
	char *id; /* NULL: there is no such subaccount */
	uint64_t trust_generation, identity_generation;
	struct trust *trust;
	struct jws_key **keys;
	size_t n_keys;
	enum setting_tell tell;
	struct endpoint *endpoints[TENANT_BUCKETS];
	struct tenant_tls *tls;
	struct tenant_path paths[TENANT_PATHS];
};

/**
 * The subaccount that a host name (with or without port) stands for:
 * NAME.host is NAME, everything else is "default".
 * What has changed in the registry is read anew. A name without a record gives a tenant that trusts nobody.
 * RC_INVALID its trust cannot be read: refuse.
 */
MUST_USE enum rc tenant_get(struct gateway *g, struct str name, struct tenant **ret, struct err *reterr);
/** The name of the subaccount in a host; slices into host or static. */
struct str tenant_name(const struct gateway *g, struct str host);
/** The subaccount as it is published; borrows from both. */
struct view tenant_view(const struct gateway *g, const struct tenant *tenant);
/** Free all of a gateway. */
void tenant_free_all(struct gateway *g);

/** The endpoint that serves a path (of address_path()), with one more reference; NULL when none does.
 * RC_INVALID its plan cannot be read. */
MUST_USE enum rc tenant_find_endpoint(struct gateway *g, struct tenant *tenant, struct str path,
				      struct endpoint **ret, struct err *reterr);
/** Give up a reference; accepts NULL. */
void endpoint_free(struct endpoint *endpoint);

/** TLS for calls with a key pair of the keystore; alias "" for none. Borrowed.
 * RC_NOT_FOUND there is no such alias. */
MUST_USE enum rc tenant_client_tls(struct gateway *g, struct tenant *tenant, const char *alias,
				   struct tls_client_context **ret, struct err *reterr);
