/* SPDX-License-Identifier: Apache-2.0
 * One record of the registry while it is put together. */
#include "service/publish/draft.h"

#include "base/encoding.h"
#include "pki/chain/chain_pem.h"
#include "pki/chain/chain_value.h"

void draft_init(struct draft *ret, enum registry_kind kind, const char *tenant, const char *key)
{
	*ret = (struct draft){ .value = BUF_SECRET(REGISTRY_MAX_VALUE) };
	ret->record.kind = kind;
	ret->record.tenant = str_of(tenant);
	ret->record.key = str_of(key);
}

void draft_fini(struct draft *draft)
{
	buf_fini(&draft->value);
	for (size_t i = 0; i < REGISTRY_MAX_TERMS; i++) {
		buf_fini(&draft->terms[i]);
	}
}

struct buf *draft_term(struct draft *draft)
{
	ASSERT(draft->record.n_terms < REGISTRY_MAX_TERMS);
	draft->terms[draft->record.n_terms] = BUF(REGISTRY_MAX_TERM);
	return &draft->terms[draft->record.n_terms++];
}

static enum rc put(struct draft *draft, struct change *change, struct err *reterr)
{
	draft->record.value = buf_str(&draft->value);
	for (size_t i = 0; i < draft->record.n_terms; i++) {
		draft->record.terms[i] = buf_str(&draft->terms[i]);
	}
	return registry_batch_put(change_batch(change), &draft->record, reterr);
}

static enum rc too_large(struct err *reterr)
{
	return err_set(reterr, RC_LIMIT, "A record is larger than the registry takes.");
}

enum rc draft_put(struct draft *draft, struct change *change, const struct value *v, struct err *reterr)
{
	return value_format(v, &draft->value) == RC_OK ? put(draft, change, reterr) : too_large(reterr);
}

enum rc draft_put_value(struct change *change, enum registry_kind kind, const char *tenant, const char *key,
			const struct value *v, struct err *reterr)
{
	AUTO(draft_fini) struct draft d;
	draft_init(&d, kind, tenant, key);
	return draft_put(&d, change, v, reterr);
}

/* The text of an object that has members, and a private key as the last of them. */
static bool plain_format(const struct value *v, struct str der, struct buf *out)
{
	if (value_format(v, out) != RC_OK) {
		return false;
	}
	if (!der.p) {
		return true;
	}
	out->n--; /* the closing brace */
	return buf_add_c(out, ",\"key\":\"") && base64_encode(out, der) && buf_add_c(out, "\"}");
}

static enum rc put_sealed(struct change *change, enum registry_kind kind, const char *tenant, const char *key,
			  const struct value *v, struct str der, struct err *reterr)
{
	AUTO_BUF_SECRET(plain, REGISTRY_MAX_VALUE);
	AUTO_BUF(associated, 4096);
	AUTO(draft_fini) struct draft d;
	const struct seal_key *seal = &change->session->service->worker_seal;
	draft_init(&d, kind, tenant, key);
	registry_format_associated(kind, d.record.tenant, d.record.key, &associated);
	if (!plain_format(v, der, &plain) ||
	    seal_close(seal, buf_str(&plain), buf_str(&associated), &d.value) != RC_OK) {
		return too_large(reterr);
	}
	return put(&d, change, reterr);
}

enum rc draft_put_sealed(struct change *change, enum registry_kind kind, const char *tenant, const char *key,
			 const struct value *v, struct err *reterr)
{
	return put_sealed(change, kind, tenant, key, v, STR_NONE, reterr);
}

enum rc draft_put_key(struct change *change, enum registry_kind kind, const char *tenant, const char *key,
		      const struct value *v, struct str der, struct err *reterr)
{
	return put_sealed(change, kind, tenant, key, v, der, reterr);
}

enum rc draft_delete(struct change *change, enum registry_kind kind, const char *tenant, const char *key,
		     struct err *reterr)
{
	return registry_batch_delete(change_batch(change), kind, str_of(tenant), str_of(key), reterr);
}

enum rc draft_chain_value(const char *chain_pem, struct value **ret, struct err *reterr)
{
	AUTO_CERT_LIST chain = { 0 };
	TRY(chain_pem_parse(chain_pem, &chain, reterr));
	*ret = value_object();
	value_set(*ret, "chain", chain_value_of(&chain));
	return RC_OK;
}
