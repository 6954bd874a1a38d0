/* SPDX-License-Identifier: Apache-2.0
 * Keystore entries with all facts of their certificates. */
#include "service/keystore/keystore_entity.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "container/pem.h"
#include "pki/chain/chain_pem.h"
#include "pki/ssh.h"
#include "service/keystore/keystore_entry.h"
#include "store/keystore/keystore_backup.h"
#include "container/format.h"

#define HEX_MAX ((size_t)4 * KEYSTORE_MAX_ALIAS)
#define DN_MAX ((size_t)8192)

static void set_ms(struct value *v, const char *name, struct wall w)
{
	value_set_int(v, name, w.us / US_PER_MS);
}

/* "AB:CD:…" of "ABCD…". */
static void set_fingerprint(struct value *v, const char *name, const char *hex)
{
	AUTO_BUF(out, 256);
	for (size_t i = 0; hex[i] && hex[i + 1]; i += 2) {
		(void)buf_printf(&out, "%s%.2s", i ? ":" : "", hex + i);
	}
	value_set_str(v, name, buf_str(&out));
}

/* Java's form of a name: a space behind each comma that separates. */
static void set_name(struct value *v, const char *name, const char *dn)
{
	AUTO_BUF(out, DN_MAX);
	for (const char *c = dn; *c; c++) {
		(void)buf_add_char(&out, *c);
		if (*c == '\\' && c[1]) {
			(void)buf_add_char(&out, *++c);
		} else if (*c == ',' && c[1] != ' ') {
			(void)buf_add_char(&out, ' ');
		}
	}
	value_set_str(v, name, buf_str(&out));
}

/* Java's names of algorithms; what is not among them keeps OpenSSL's. */
static const char *algorithm_name(const char *openssl)
{
	static const char *const names[][2] = {
		{ "sha1WithRSAEncryption", "SHA1withRSA" },
		{ "sha224WithRSAEncryption", "SHA224withRSA" },
		{ "sha256WithRSAEncryption", "SHA256withRSA" },
		{ "sha384WithRSAEncryption", "SHA384withRSA" },
		{ "sha512WithRSAEncryption", "SHA512withRSA" },
		{ "md5WithRSAEncryption", "MD5withRSA" },
		{ "RSASSA-PSS", "RSASSA-PSS" },
		{ "ecdsa-with-SHA1", "SHA1withECDSA" },
		{ "ecdsa-with-SHA256", "SHA256withECDSA" },
		{ "ecdsa-with-SHA384", "SHA384withECDSA" },
		{ "ecdsa-with-SHA512", "SHA512withECDSA" },
		{ "ED25519", "Ed25519" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i][0], openssl) == 0) {
			return names[i][1];
		}
	}
	return openssl;
}

/* "RSA 2048", "EC P-256", "Ed25519" → KeyType, KeySize, EllipticCurve. */
static void set_key(struct value *v, const char *text)
{
	static const char *const curves[][2] = { { "P-224", "secp224r1" },
						 { "P-256", "secp256r1" },
						 { "P-384", "secp384r1" },
						 { "P-521", "secp521r1" } };
	struct str rest = str_of(text), type = STR_NONE;
	(void)str_split(&rest, ' ', &type);
	uint64_t size = 0;
	value_set_str(v, "KeyType", type);
	value_set_c(v, "EllipticCurve", NULL);
	if (str_parse_uint(rest, 100000, &size) != RC_OK) {
		struct str digits = str_starts_with(rest, STR("P-")) ? str_skip(rest, 2) : STR("255");
		(void)!str_parse_uint(digits, 100000, &size);
		value_set_str(v, "EllipticCurve", rest.n > 0 ? rest : type);
	}
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		if (str_is(rest, curves[i][0])) {
			value_set_c(v, "EllipticCurve", curves[i][1]);
		}
	}
	value_set_int(v, "KeySize", (int64_t)size);
}

static void set_alias(struct value *v, const char *alias)
{
	AUTO_BUF(hex, HEX_MAX);
	(void)hex_encode(&hex, str_of(alias));
	value_set_str(v, "Hexalias", buf_str(&hex));
	value_set_c(v, "Alias", alias);
}

static void set_certificate(struct value *v, const struct cert *c)
{
	AUTO_FREE char *serial = mem_printf("0x%s", cert_serial(c));
	set_key(v, cert_key_text(c));
	set_ms(v, "ValidNotBefore", cert_not_before(c));
	set_ms(v, "ValidNotAfter", cert_not_after(c));
	value_set_c(v, "SerialNumber", serial);
	value_set_c(v, "SignatureAlgorithm", algorithm_name(cert_signature_text(c)));
	set_name(v, "SubjectDN", cert_subject(c));
	set_name(v, "IssuerDN", cert_issuer(c));
	value_set_int(v, "Version", cert_version(c));
	set_fingerprint(v, "FingerprintSha1", cert_sha1(c));
	set_fingerprint(v, "FingerprintSha256", cert_sha256(c));
	set_fingerprint(v, "FingerprintSha512", cert_sha512(c));
}

struct value *service_keystore_entity_of(const char *alias, bool is_key_pair, const struct cert_list *chain)
{
	struct value *v = value_object(), *certificates = value_array();
	set_alias(v, alias);
	set_certificate(v, chain->items[0]);
	value_set_c(v, "Type", is_key_pair ? "Key Pair" : "Certificate");
	value_set_c(v, "Owner", keystore_entry_is_reserved(alias) ? "SAP" : "Tenant Administrator");
	value_set(v, "ChainCertificates", certificates);
	for (size_t i = 0; i < chain->n; i++) {
		struct value *one = value_object();
		set_alias(one, alias);
		value_set_int(one, "Index", (int64_t)i);
		set_certificate(one, chain->items[i]);
		value_append(certificates, one);
	}
	return v;
}

static enum rc row_entity(const struct store_keystore_entry *row, struct value **ret, struct err *reterr)
{
	AUTO_CERT_LIST chain = { 0 };
	TRY(chain_pem_parse(row->chain, &chain, reterr));
	struct value *v = service_keystore_entity_of(row->alias, strcmp(row->type, "Key Pair") == 0, &chain);
	value_set_c(v, "LastModifiedBy", "admin");
	set_ms(v, "LastModifiedTime", row->modified);
	value_set_c(v, "CreatedBy", "admin");
	set_ms(v, "CreatedTime", row->created);
	value_set_c(v, "Status", row->status);
	*ret = v;
	return RC_OK;
}

static struct store_keystore_entry entry_of(const struct store_keystore_backup *b)
{
	return (struct store_keystore_entry){ b->tenant, b->alias, b->id,     b->type,    b->chain,   b->key,
					      b->sha256, b->size,  b->status, b->created, b->modified };
}

static enum rc append_row(const struct store_keystore_entry *row, struct value *array, struct err *reterr)
{
	struct value *v = NULL;
	TRY(row_entity(row, &v, reterr));
	value_append(array, v);
	return RC_OK;
}

static enum rc append_own(struct session *session, const char *tenant, const char *alias, struct value *array,
			  struct err *reterr)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	TRY(keystore_entry_find(session, tenant, alias, &row, reterr));
	return append_row(&row, array, reterr);
}

static enum rc list_system(struct session *session, const char *tenant, struct value *array,
			   struct err *reterr)
{
	AUTO(store_keystore_entry_list_fini) struct store_keystore_entry_list list = { 0 };
	TRY(store_keystore_entry_list_all(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		TRY(append_row(&list.items[i], array, reterr));
	}
	TRY(append_own(session, tenant, KEYSTORE_OWN_ISSUING, array, reterr));
	return append_own(session, tenant, KEYSTORE_OWN_ROOT, array, reterr);
}

static enum rc list_backup(struct session *session, const char *tenant, struct value *array,
			   struct err *reterr)
{
	AUTO(store_keystore_backup_list_fini) struct store_keystore_backup_list list = { 0 };
	TRY(store_keystore_backup_list_all(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		struct store_keystore_entry row = entry_of(&list.items[i]);
		TRY(append_row(&row, array, reterr));
	}
	return RC_OK;
}

static enum rc check_name(const char *keystore, struct err *reterr)
{
	static const char *const names[] = { KEYSTORE_SYSTEM, KEYSTORE_BACKUP, KEYSTORE_RENEWAL,
					     KEYSTORE_HISTORY };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(keystore, names[i]) == 0) {
			return RC_OK;
		}
	}
	(void)err_set(reterr, RC_INVALID,
		      "There is no such keystore; there are system, backup_admin_system, KeyRenewal and "
		      "KeyHistory.");
	return err_field(reterr, "keystoreName");
}

enum rc service_keystore_entities(struct session *session, const char *tenant, const char *keystore,
				  struct value **ret, struct err *reterr)
{
	AUTO_VALUE *array = value_array();
	TRY(check_name(keystore, reterr));
	if (strcmp(keystore, KEYSTORE_SYSTEM) == 0) {
		TRY(list_system(session, tenant, array, reterr));
	} else if (strcmp(keystore, KEYSTORE_BACKUP) == 0) {
		TRY(list_backup(session, tenant, array, reterr));
	}
	*ret = TAKE(array);
	return RC_OK;
}

static enum rc not_found(const char *alias, struct err *reterr)
{
	char shown[128];
	(void)err_set(reterr, RC_NOT_FOUND, "The keystore has no entry %s.",
		      str_printable(str_of(alias), shown, sizeof(shown)));
	return err_field(reterr, "Hexalias");
}

/* Use an entry's row of any keystore. */
typedef enum rc (*row_fn)(struct session *session, const struct store_keystore_entry *row, void *context,
			  struct err *reterr);

static enum rc with_row(struct session *session, const char *tenant, const char *keystore, const char *alias,
			row_fn use, void *context, struct err *reterr)
{
	AUTO(store_keystore_backup_list_fini) struct store_keystore_backup_list list = { 0 };
	TRY(check_name(keystore, reterr));
	if (strcmp(keystore, KEYSTORE_SYSTEM) == 0) {
		AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
		enum rc rc = keystore_entry_find(session, tenant, alias, &row, reterr);
		if (rc == RC_NOT_FOUND) {
			return not_found(alias, reterr);
		}
		TRY(rc);
		return use(session, &row, context, reterr);
	}
	if (strcmp(keystore, KEYSTORE_BACKUP) == 0) {
		TRY(store_keystore_backup_list_all(session->store, tenant, &list, reterr));
	}
	for (size_t i = 0; i < list.n; i++) {
		struct store_keystore_entry row = entry_of(&list.items[i]);
		if (str_equal_nocase(str_of(row.alias), str_of(alias))) {
			return use(session, &row, context, reterr);
		}
	}
	return not_found(alias, reterr);
}

static enum rc use_entity(struct session *session, const struct store_keystore_entry *row, void *context,
			  struct err *reterr)
{
	return row_entity(row, context, reterr);
}

enum rc service_keystore_entity(struct session *session, const char *tenant, const char *keystore,
				const char *alias, struct value **ret, struct err *reterr)
{
	return with_row(session, tenant, keystore, alias, use_entity, ret, reterr);
}

enum rc service_keystore_whole(struct session *session, const char *tenant, const char *keystore,
			       struct value **ret, struct err *reterr)
{
	AUTO_VALUE *entries = NULL;
	int64_t modified = 0;
	TRY(service_keystore_entities(session, tenant, keystore, &entries, reterr));
	for (size_t i = 0; i < value_count(entries); i++) {
		int64_t ms = value_get_int(value_at(entries, i), "LastModifiedTime", 0);
		modified = ms > modified ? ms : modified;
	}
	*ret = value_object();
	value_set_c(*ret, "Name", keystore);
	value_set_c(*ret, "LastModifiedBy", "admin");
	if (modified > 0) {
		value_set_int(*ret, "LastModifiedTime", modified);
	}
	value_set_int(*ret, "Size", (int64_t)value_count(entries));
	value_set(*ret, "Entries", TAKE(entries));
	return RC_OK;
}

/* A download under way. */
struct download {
	enum keystore_download what;
	struct buf *out;
};

static enum rc add_root(struct session *session, const struct store_keystore_entry *row,
			const struct cert_list *chain, struct buf *out, struct err *reterr)
{
	AUTO_CERT_LIST known = { 0 };
	TRY(keystore_entry_known(session, row->tenant, &known, reterr));
	const struct cert *root = keystore_entry_root(chain, &known);
	if (!root) {
		return err_set(reterr, RC_NOT_FOUND, "The root of %.100s is not in the keystore.",
			       row->alias);
	}
	return cert_format_pem(root, out);
}

static enum rc add_chain(const struct cert_list *chain, struct buf *out, struct err *reterr)
{
	AUTO(container_free_cleanup) struct container *c = container_new(CONTAINER_PKCS7);
	struct container_entry *entry = container_add(c, NULL);
	for (size_t i = 0; i < chain->n; i++) {
		cert_list_add(&entry->chain, chain->items[i]);
	}
	return pem_write_pkcs7(c, false, out, reterr);
}

static enum rc use_download(struct session *session, const struct store_keystore_entry *row, void *context,
			    struct err *reterr)
{
	struct download *download = context;
	AUTO_CERT_LIST chain = { 0 };
	TRY(chain_pem_parse(row->chain, &chain, reterr));
	switch (download->what) {
	case KEYSTORE_DOWNLOAD_CERTIFICATE: return cert_format_pem(chain.items[0], download->out);
	case KEYSTORE_DOWNLOAD_ROOT: return add_root(session, row, &chain, download->out, reterr);
	case KEYSTORE_DOWNLOAD_CHAIN: return add_chain(&chain, download->out, reterr);
	case KEYSTORE_DOWNLOAD_SSH: break;
	}
	TRY(ssh_format_public(chain.items[0], download->out, reterr));
	(void)buf_printf(download->out, " public key for alias %s\n", row->alias);
	return RC_OK;
}

enum rc service_keystore_download(struct session *session, const char *tenant, const char *keystore,
				  const char *alias, enum keystore_download what, struct buf *out,
				  struct err *reterr)
{
	struct download download = { what, out };
	return with_row(session, tenant, keystore, alias, use_download, &download, reterr);
}

/* The chain of an entry under x, x_1, x_2. */
static void add_public(struct container *c, const char *alias, const struct cert_list *chain)
{
	for (size_t i = 0; i < chain->n; i++) {
		AUTO_FREE char *name = i ? mem_printf("%s_%zu", alias, i) : mem_strdup(alias);
		struct container_entry *entry = container_add(c, name);
		cert_list_add(&entry->chain, chain->items[i]);
	}
}

enum rc service_keystore_public(struct session *session, const char *tenant, const char *keystore,
				struct buf *out, struct err *reterr)
{
	AUTO(container_free_cleanup) struct container *c = container_new(CONTAINER_JKS);
	AUTO(store_keystore_entry_list_fini) struct store_keystore_entry_list list = { 0 };
	AUTO(store_keystore_backup_list_fini) struct store_keystore_backup_list backup = { 0 };
	bool is_backup = strcmp(keystore, KEYSTORE_BACKUP) == 0;
	TRY(check_name(keystore, reterr));
	if (strcmp(keystore, KEYSTORE_SYSTEM) == 0) {
		TRY(store_keystore_entry_list_all(session->store, tenant, &list, reterr));
	} else if (is_backup) {
		TRY(store_keystore_backup_list_all(session->store, tenant, &backup, reterr));
	}
	for (size_t i = 0; i < (is_backup ? backup.n : list.n); i++) {
		AUTO_CERT_LIST chain = { 0 };
		TRY(chain_pem_parse(is_backup ? backup.items[i].chain : list.items[i].chain, &chain, reterr));
		add_public(c, is_backup ? backup.items[i].alias : list.items[i].alias, &chain);
	}
	if (c->n == 0) {
		return err_set(reterr, RC_NOT_FOUND, "The keystore has no entry.");
	}
	return container_write(c, CONTAINER_JKS, STR(""), false, out, reterr);
}
