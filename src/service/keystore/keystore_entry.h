/* SPDX-License-Identifier: Apache-2.0
 * Entries of the keystore: what all its use cases share. */
#pragma once

#include "pki/key.h"
#include "service/publish/publish.h"

/** Limits. Source: SAP Cloud Integration, Managing Keystore Entries. */
#define KEYSTORE_MAX_ALIAS 250
#define KEYSTORE_MAX_CERTIFICATE ((size_t)10240)
#define KEYSTORE_MAX_KEY_PAIR ((size_t)30720)
#define KEYSTORE_MAX_TOTAL ((int64_t)6 * 1024 * 1024)

/** Reserved entries under which Postern's own CA stands in every keystore. */
#define KEYSTORE_OWN_ROOT "sap_postern_root"
#define KEYSTORE_OWN_ISSUING "sap_postern_issuing"

/** RC_INVALID empty, RC_LIMIT too long, RC_DENIED reserved (K205); err->field "alias". */
MUST_USE enum rc keystore_entry_check_alias(const char *alias, struct err *reterr);
/** Whether an alias is one that only Postern itself uses. Source: SAP, Managing Keystore Entries. */
bool keystore_entry_is_reserved(const char *alias);
/** The self-signed end of a chain, from the chain itself or from what the keystore knows;
 * borrowed, NULL when there is none. */
const struct cert *keystore_entry_root(const struct cert_list *chain, const struct cert_list *known);
/** Read an entry; those of the own CA too, their key never. RC_NOT_FOUND. */
MUST_USE enum rc keystore_entry_find(struct session *session, const char *tenant, const char *alias,
				     struct store_keystore_entry *ret, struct err *reterr);
/** The entry as the list shows it; owned. RC_BUG damaged. */
MUST_USE enum rc keystore_entry_value(const struct store_keystore_entry *row, struct value **ret,
				      struct err *reterr);
/** The private key of an entry. RC_INVALID it is a certificate. */
MUST_USE enum rc keystore_entry_key(struct session *session, const struct store_keystore_entry *row,
				    struct key **ret, struct err *reterr);

/** What is to become an entry. */
struct keystore_draft {
	const char *alias;
	struct key *key; /* NULL for a certificate */
	const struct cert_list *chain;
	bool overwrite;
};
/** Write and publish an entry. RC_EXISTS, RC_CONFLICT a certificate for a key pair, RC_LIMIT (K206),
 * RC_DENIED (K205). */
MUST_USE enum rc keystore_entry_write(struct change *change, const char *tenant,
				      const struct keystore_draft *draft, struct err *reterr);
/** All certificates known in a tenant: own CA and every chain of the keystore. RC_STORE. */
MUST_USE enum rc keystore_entry_known(struct session *session, const char *tenant, struct cert_list *ret,
				      struct err *reterr);
