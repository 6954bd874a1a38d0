/* SPDX-License-Identifier: Apache-2.0
 * Entries of the keystore: what all its use cases share. */
#include "service/keystore/keystore_entry.h"

#include "base/memory.h"
#include "base/random.h"
#include "model/reason.h"
#include "pki/chain/chain_pem.h"
#include "service/publish/authority_row.h"

#define MAX_SEALED (KEY_MAX_BYTES + 256)

/* Refuse with a reason's code and fix, and a sentence of its own. */
static enum rc refuse(struct err *reterr, enum rc rc, enum reason reason, const char *text)
{
	struct err full = { 0 };
	(void)reason_err(&full, rc, reason, NULL);
	(void)err_set(reterr, rc, "%s", text);
	(void)err_reason(reterr, full.reason);
	(void)err_fix(reterr, "%s", full.fix);
	return err_field(reterr, "alias");
}

bool keystore_entry_is_reserved(const char *text)
{
	struct str alias = str_of(text);
	static const char *const prefixes[] = { "sap_", "hcicertificate", "hcimsgcertificate" };
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (str_equal_nocase(str_first(alias, strlen(prefixes[i])), str_of(prefixes[i]))) {
			return true;
		}
	}
	return false;
}

enum rc keystore_entry_check_alias(const char *alias, struct err *reterr)
{
	size_t n = strlen(alias);
	if (n == 0) {
		(void)err_set(reterr, RC_INVALID, "The alias is empty.");
		return err_field(reterr, "alias");
	}
	if (n > KEYSTORE_MAX_ALIAS) {
		(void)err_set(reterr, RC_LIMIT, "The alias is longer than %d bytes.", KEYSTORE_MAX_ALIAS);
		return err_field(reterr, "alias");
	}
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)alias[i] < ' ' || alias[i] == 0x7f) {
			(void)err_set(reterr, RC_INVALID, "The alias holds a control character.");
			return err_field(reterr, "alias");
		}
	}
	/* A path that ends in these is another path, so no request could name the entry. */
	if (strcmp(alias, ".") == 0 || strcmp(alias, "..") == 0) {
		(void)err_set(reterr, RC_INVALID, "The alias is not a name but a path.");
		return err_field(reterr, "alias");
	}
	if (keystore_entry_is_reserved(alias)) {
		return refuse(reterr, RC_DENIED, REASON_K205,
			      "The alias is reserved: sap_*, hcicertificate* and hcimsgcertificate* are.");
	}
	return RC_OK;
}

static enum rc find_own(struct session *session, const char *tenant, bool root,
			struct store_keystore_entry *ret, struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	TRY(service_authority_certs(session, tenant, &own, reterr));
	const struct cert *c = own.items[root ? 1 : 0];
	*ret = (struct store_keystore_entry){
		.tenant = mem_strdup(tenant),
		.alias = mem_strdup(root ? KEYSTORE_OWN_ROOT : KEYSTORE_OWN_ISSUING),
		.id = mem_strdup(""),
		.type = mem_strdup("Certificate"),
		.chain = root ? cert_pem(c) : chain_pem_format(&own),
		.sha256 = mem_strdup(cert_sha256(c)),
		.status = mem_strdup("unchanged"),
		.created = cert_not_before(c),
		.modified = cert_not_before(c),
	};
	return RC_OK;
}

enum rc keystore_entry_find(struct session *session, const char *tenant, const char *alias,
			    struct store_keystore_entry *ret, struct err *reterr)
{
	enum rc rc;
	bool is_root = strcmp(alias, KEYSTORE_OWN_ROOT) == 0;
	if (is_root || strcmp(alias, KEYSTORE_OWN_ISSUING) == 0) {
		return find_own(session, tenant, is_root, ret, reterr);
	}
	rc = store_keystore_entry_get(session->store, tenant, alias, ret, reterr);
	if (rc == RC_NOT_FOUND) {
		char shown[128];
		(void)err_set(reterr, RC_NOT_FOUND, "The keystore has no entry %s.",
			      str_printable(str_of(alias), shown, sizeof(shown)));
		return err_field(reterr, "alias");
	}
	return rc;
}

enum rc keystore_entry_value(const struct store_keystore_entry *row, struct value **ret, struct err *reterr)
{
	AUTO_CERT_LIST chain = { 0 };
	struct value *v;
	TRY(chain_pem_parse(row->chain, &chain, reterr));
	const struct cert *c = chain.items[0];
	v = value_object();
	value_set_c(v, "alias", row->alias);
	value_set_c(v, "type", row->type);
	value_set_c(v, "owner", keystore_entry_is_reserved(row->alias) ? "Postern" : "Tenant Administrator");
	value_set_c(v, "role", cert_place_name(cert_place(c)));
	value_set_wall(v, "valid_from", cert_not_before(c));
	value_set_wall(v, "valid_until", cert_not_after(c));
	value_set_c(v, "subject", cert_subject(c));
	value_set_c(v, "issuer", cert_issuer(c));
	value_set_c(v, "sha256", cert_sha256(c));
	value_set_c(v, "key", cert_key_text(c));
	value_set_c(v, "serial", cert_serial(c));
	value_set_c(v, "status", row->status);
	value_set_bool(v, "anchor", !row->key.p && cert_is_ca(c));
	value_set_wall(v, "created", row->created);
	value_set_wall(v, "last_modified", row->modified);
	*ret = v;
	return RC_OK;
}

enum rc keystore_entry_key(struct session *session, const struct store_keystore_entry *row, struct key **ret,
			   struct err *reterr)
{
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	if (!row->key.p) {
		(void)err_set(reterr, RC_INVALID, "The entry %.100s is a certificate, not a key pair.",
			      row->alias);
		return err_field(reterr, "alias");
	}
	TRY(service_unseal(session, row->tenant, "keystore_entry", row->id, row->key, &der, reterr));
	return key_new_der(ret, buf_str(&der), reterr);
}

enum rc keystore_entry_known(struct session *session, const char *tenant, struct cert_list *ret,
			     struct err *reterr)
{
	AUTO(store_keystore_entry_list_fini) struct store_keystore_entry_list list = { 0 };
	TRY(service_authority_certs(session, tenant, ret, reterr));
	TRY(store_keystore_entry_list_all(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		TRY(chain_pem_parse(list.items[i].chain, ret, reterr));
	}
	return RC_OK;
}

const struct cert *keystore_entry_root(const struct cert_list *chain, const struct cert_list *known)
{
	const struct cert *at = chain->items[0];
	for (size_t depth = 0; depth < 10 && at && !cert_is_self_signed(at); depth++) {
		const struct cert *issuer = NULL;
		for (size_t i = 0; i < chain->n + known->n && !issuer; i++) {
			const struct cert *c = i < chain->n ? chain->items[i] : known->items[i - chain->n];
			issuer = c != at && cert_issued(c, at) ? c : NULL;
		}
		at = issuer;
	}
	return at && cert_is_self_signed(at) ? at : NULL;
}

static size_t chain_size(const struct cert_list *chain)
{
	size_t n = 0;
	for (size_t i = 0; i < chain->n; i++) {
		n += cert_der(chain->items[i]).n;
	}
	return n;
}

static enum rc check_size(struct session *session, const char *tenant, const struct keystore_draft *draft,
			  size_t size, struct err *reterr)
{
	AUTO(store_keystore_entry_list_fini) struct store_keystore_entry_list list = { 0 };
	int64_t total = (int64_t)size;
	if (size > (draft->key ? KEYSTORE_MAX_KEY_PAIR : KEYSTORE_MAX_CERTIFICATE)) {
		return refuse(reterr, RC_LIMIT, REASON_K206,
			      draft->key ? "The key pair is larger than 30720 bytes."
					 : "The certificate is larger than 10240 bytes.");
	}
	TRY(store_keystore_entry_list_all(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		if (!str_equal_nocase(str_of(list.items[i].alias), str_of(draft->alias))) {
			total += list.items[i].size;
		}
	}
	return total <= KEYSTORE_MAX_TOTAL
		       ? RC_OK
		       : refuse(reterr, RC_LIMIT, REASON_K206, "The keystore would be larger than 6 MB.");
}

/* Make room for an entry: what is there under its alias goes, if it may. */
static enum rc clear(struct change *change, const char *tenant, const struct keystore_draft *draft,
		     struct wall *created, bool *was_there, struct err *reterr)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry old = { 0 };
	struct store *store = change->session->store;
	enum rc rc = store_keystore_entry_get(store, tenant, draft->alias, &old, reterr);
	*was_there = rc == RC_OK;
	if (rc != RC_OK) {
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	}
	if (!draft->overwrite) {
		(void)err_set(reterr, RC_EXISTS, "An entry with the alias %.100s exists already.", old.alias);
		(void)err_fix(reterr, "Choose another alias with --alias, or --overwrite.");
		return err_field(reterr, "alias");
	}
	if (old.key.p && !draft->key) {
		(void)err_set(reterr, RC_CONFLICT,
			      "The key pair %.100s cannot be overwritten by a certificate.", old.alias);
		return err_field(reterr, "alias");
	}
	*created = old.created;
	TRY(publish_keystore_gone(change, tenant, old.alias, reterr));
	return store_keystore_entry_delete(store, tenant, old.alias, reterr);
}

static enum rc seal_key(struct session *session, const char *tenant, const char *id, const struct key *key,
			size_t *size, struct buf *out, struct err *reterr)
{
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	if (key_format_pkcs8(key, &der) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The key is larger than the keystore takes.");
	}
	*size += der.n;
	return service_seal(session, tenant, "keystore_entry", id, buf_str(&der), out, reterr);
}

enum rc keystore_entry_write(struct change *change, const char *tenant, const struct keystore_draft *draft,
			     struct err *reterr)
{
	struct session *session = change->session;
	AUTO_BUF(sealed, MAX_SEALED);
	AUTO_FREE char *pem = chain_pem_format(draft->chain);
	char id[RANDOM_UUID_SIZE];
	struct wall now = wall_now();
	struct wall created = now;
	size_t size = chain_size(draft->chain);
	bool was_there = false;
	TRY(keystore_entry_check_alias(draft->alias, reterr));
	(void)random_uuid(id);
	if (draft->key) {
		TRY(seal_key(session, tenant, id, draft->key, &size, &sealed, reterr));
	}
	TRY(check_size(session, tenant, draft, size, reterr));
	TRY(clear(change, tenant, draft, &created, &was_there, reterr));
	struct store_keystore_entry row = { .tenant = tenant,
					    .alias = draft->alias,
					    .id = id,
					    .type = draft->key ? "Key Pair" : "Certificate",
					    .chain = pem,
					    .key = draft->key ? buf_str(&sealed) : STR_NONE,
					    .sha256 = cert_sha256(draft->chain->items[0]),
					    .size = (int64_t)size,
					    .status = was_there ? "changed" : "new",
					    .created = created,
					    .modified = now };
	TRY(store_keystore_entry_insert(session->store, &row, reterr));
	return publish_keystore_entry(change, &row, reterr);
}
