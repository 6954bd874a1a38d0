/* SPDX-License-Identifier: Apache-2.0
 * Keystore entries with all facts of their certificates, as the OData API has them.
 * Times are milliseconds since 1970. */
#pragma once

#include "service/keystore/keystore.h"

/** Names of the keystores there are. */
#define KEYSTORE_SYSTEM "system"
#define KEYSTORE_BACKUP "backup_admin_system"
/** Keystores of SAP's own rotating keys; always empty here. */
#define KEYSTORE_RENEWAL "KeyRenewal"
#define KEYSTORE_HISTORY "KeyHistory"

/**
 * All entries of a keystore: [{"Hexalias","Alias","KeyType","KeySize",…,"Status","ChainCertificates":[…]}].
 * RC_INVALID no such keystore (err->field "keystoreName"), RC_STORE
 */
MUST_USE enum rc service_keystore_entities(struct session *session, const char *tenant, const char *keystore,
					   struct value **ret, struct err *reterr);
/** One of them by alias. RC_NOT_FOUND, RC_INVALID. */
MUST_USE enum rc service_keystore_entity(struct session *session, const char *tenant, const char *keystore,
					 const char *alias, struct value **ret, struct err *reterr);
/** What an entry would be told as: its certificates in memory. */
struct value *service_keystore_entity_of(const char *alias, bool is_key_pair, const struct cert_list *chain);
/** The keystore itself: {"Name","LastModifiedBy","LastModifiedTime","Size"}. RC_INVALID. */
MUST_USE enum rc service_keystore_whole(struct session *session, const char *tenant, const char *keystore,
					struct value **ret, struct err *reterr);

enum keystore_download {
	KEYSTORE_DOWNLOAD_CERTIFICATE, /* PEM of the entry's own certificate */
	KEYSTORE_DOWNLOAD_ROOT,        /* PEM of its root */
	KEYSTORE_DOWNLOAD_CHAIN,       /* PKCS#7 in PEM */
	KEYSTORE_DOWNLOAD_SSH,         /* the public key in OpenSSH's form */
};
/** Append a download to out. RC_NOT_FOUND no such entry or root, RC_INVALID no RSA key for SSH, RC_LIMIT. */
MUST_USE enum rc service_keystore_download(struct session *session, const char *tenant, const char *keystore,
					   const char *alias, enum keystore_download what, struct buf *out,
					   struct err *reterr);
/** Append all public content as JKS without password. RC_NOT_FOUND the keystore is empty, RC_INVALID,
 * RC_LIMIT. */
MUST_USE enum rc service_keystore_public(struct session *session, const char *tenant, const char *keystore,
					 struct buf *out, struct err *reterr);
