/* SPDX-License-Identifier: Apache-2.0
 * One record of the registry while it is put together; in force with the change's commit. */
#pragma once

#include "service/publish/change.h"

/** A record with room for its value and terms. Caller's storage, from draft_init() to draft_fini(). */
struct draft {
	struct registry_record record;
	struct buf value;
	struct buf terms[REGISTRY_MAX_TERMS];
};

/** Begin a record; tenant and key are borrowed. */
void draft_init(struct draft *ret, enum registry_kind kind, const char *tenant, const char *key);
/** Release what it holds; for AUTO. */
void draft_fini(struct draft *draft);
/** Room for one more term, at most REGISTRY_MAX_TERMS; borrowed. */
struct buf *draft_term(struct draft *draft);
/** Put it with this value. RC_LIMIT it is too large, RC_IO. */
MUST_USE enum rc draft_put(struct draft *draft, struct change *change, const struct value *v,
			   struct err *reterr);

/** Put a record without terms. As draft_put(). */
MUST_USE enum rc draft_put_value(struct change *change, enum registry_kind kind, const char *tenant,
				 const char *key, const struct value *v, struct err *reterr);
/** The same with its value sealed for the gateways, bound to its place. As draft_put(). */
MUST_USE enum rc draft_put_sealed(struct change *change, enum registry_kind kind, const char *tenant,
				  const char *key, const struct value *v, struct err *reterr);
/** The same with a private key (PKCS#8 DER) as member "key":
 * written into the text that is sealed, it stands in no value. */
MUST_USE enum rc draft_put_key(struct change *change, enum registry_kind kind, const char *tenant,
			       const char *key, const struct value *v, struct str der, struct err *reterr);
/** Delete a record; none there is no error. RC_LIMIT, RC_IO. */
MUST_USE enum rc draft_delete(struct change *change, enum registry_kind kind, const char *tenant,
			      const char *key, struct err *reterr);
/** {"chain"} of a row's chain, owned; the key that belongs to it comes by draft_put_key().
 * RC_INVALID the row is damaged. */
MUST_USE enum rc draft_chain_value(const char *chain_pem, struct value **ret, struct err *reterr);
