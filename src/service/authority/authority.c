/* SPDX-License-Identifier: Apache-2.0
 * The built-in certificate authority: the IT department of those who have none. */
#include "service/authority/authority.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "pki/authority.h"
#include "pki/chain/chain_pem.h"
#include "pki/paste.h"
#include "service/publish/authority_row.h"
#include "service/core/input.h"
#include "service/publish/publish.h"
#include "store/keystore/authority.h"
#include "store/keystore/authority_certificate.h"

#include <stdio.h>

#define MAX_SEALED (KEY_MAX_BYTES + 256)
#define ROOT_DAYS 7300
#define ISSUING_DAYS 3650
#define LIST_DAYS 7
#define MAX_SANS 20

static enum rc insert_authority(struct session *session, const char *tenant, const char *name,
				const struct cert *cert, const struct key *key, struct err *reterr)
{
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_BUF(sealed, MAX_SEALED);
	if (key_format_pkcs8(key, &der) != RC_OK) {
		return err_set(reterr, RC_BUG, "The CA key cannot be written.");
	}
	TRY(service_seal(session, tenant, "authority", name, buf_str(&der), &sealed, reterr));
	return store_authority_insert(session->store,
				      &(struct store_authority){ tenant, name, cert_der(cert),
								 buf_str(&sealed), wall_now() },
				      reterr);
}

enum rc service_authority_make(struct session *session, const char *tenant, struct key *given_root,
			       struct key *given_issuing, struct err *reterr)
{
	AUTO(key_free_cleanup) struct key *root_key = key_ref(given_root);
	AUTO(key_free_cleanup) struct key *issuing_key = key_ref(given_issuing);
	AUTO(cert_free_cleanup) struct cert *root = NULL;
	AUTO(cert_free_cleanup) struct cert *issuing = NULL;
	uint8_t mark[4];
	char mark_text[sizeof(mark) * 2 + 1];
	random_fill(mark, sizeof(mark));
	hex_format(mark, sizeof(mark), mark_text);
	/* The mark keeps the CAs of two installations apart where both are imported. */
	AUTO_FREE char *root_name = mem_printf("CN=Postern Root CA %s, O=Postern", mark_text);
	AUTO_FREE char *issuing_name = mem_printf("CN=Postern Issuing CA %s, O=Postern", mark_text);
	struct authority_order order = { .subject = str_of(root_name),
					 .usage = AUTHORITY_CA,
					 .path_length = 1,
					 .not_before = service_authority_backdated(),
					 .days = ROOT_DAYS };
	if (!root_key) {
		TRY(key_generate(&root_key, AUTHORITY_KEY_TYPE, reterr));
	}
	if (!issuing_key) {
		TRY(key_generate(&issuing_key, AUTHORITY_KEY_TYPE, reterr));
	}
	TRY(authority_issue(&root, &order, root_key, NULL, NULL, reterr));
	order.subject = str_of(issuing_name);
	order.path_length = 0;
	order.days = ISSUING_DAYS;
	TRY(authority_issue(&issuing, &order, issuing_key, root, root_key, reterr));
	TRY(insert_authority(session, tenant, "root", root, root_key, reterr));
	return insert_authority(session, tenant, "issuing", issuing, issuing_key, reterr);
}

static enum rc insert_issued(struct session *session, const char *tenant, const struct cert *c,
			     const char *usage, struct err *reterr)
{
	return store_authority_certificate_insert(session->store,
						  &(struct store_authority_certificate){
							  .tenant = tenant,
							  .serial = cert_serial(c),
							  .sha256 = cert_sha256(c),
							  .subject = cert_subject(c),
							  .issuer = cert_issuer(c),
							  .usage = usage,
							  .certificate = cert_der(c),
							  .not_after = cert_not_after(c),
							  .created = wall_now() },
						  reterr);
}

/* A key or a request becomes a certificate of the issuing CA, with its chain. */
static enum rc sign(struct session *session, const char *tenant, const struct service_authority_order *wish,
		    const struct key *key, const struct request *request, struct cert_list *ret_chain,
		    struct err *reterr)
{
	AUTO(cert_free_cleanup) struct cert *issuing = NULL;
	AUTO(cert_free_cleanup) struct cert *root = NULL;
	AUTO(cert_free_cleanup) struct cert *made = NULL;
	AUTO(key_free_cleanup) struct key *issuing_key = NULL;
	struct authority_order order = { .subject = wish->subject,
					 .sans = wish->sans,
					 .n_sans = wish->n_sans,
					 .not_before = service_authority_backdated(),
					 .days = wish->days };
	TRY(authority_usage_parse(str_of(wish->usage), &order.usage, reterr));
	if (order.usage == AUTHORITY_CA) {
		(void)err_set(reterr, RC_INVALID, "usage has to be client, server or both.");
		return err_field(reterr, "usage");
	}
	TRY(service_authority_load(session, tenant, "issuing", &issuing, &issuing_key, reterr));
	TRY(service_authority_load_cert(session, tenant, "root", &root, reterr));
	if (key) {
		TRY(authority_issue(&made, &order, key, issuing, issuing_key, reterr));
	} else {
		TRY(authority_sign(&made, &order, request, issuing, issuing_key, reterr));
	}
	TRY(insert_issued(session, tenant, made, wish->usage, reterr));
	cert_list_add(ret_chain, made);
	cert_list_add(ret_chain, issuing);
	cert_list_add(ret_chain, root);
	return RC_OK;
}

enum rc service_authority_issue_chain(struct session *session, const char *tenant,
				      const struct service_authority_order *order, const struct key *key,
				      struct cert_list *ret_chain, struct err *reterr)
{
	return sign(session, tenant, order, key, order->request, ret_chain, reterr);
}

/* usage, days and names of an input. */
static enum rc read_order(const struct value *input, struct service_authority_order *ret,
			  const char *sans[MAX_SANS], struct err *reterr)
{
	const char *usage = value_get_c(input, "usage");
	const struct value *list = value_get(input, "san");
	int64_t days = 0;
	TRY(field_integer(field_find(&object_certificate_order, "days"), input, &days, reterr));
	if (value_count(list) > MAX_SANS) {
		(void)err_set(reterr, RC_LIMIT, "A certificate may have %d alternative names at most.",
			      MAX_SANS);
		return err_field(reterr, "san");
	}
	for (size_t i = 0; i < value_count(list); i++) {
		sans[i] = value_c(value_at(list, i));
		if (!sans[i]) {
			(void)err_set(reterr, RC_INVALID, "san has to be a list of names.");
			return err_field(reterr, "san");
		}
	}
	*ret = (struct service_authority_order){ .sans = sans,
						 .n_sans = value_count(list),
						 .usage = usage && usage[0] ? usage : "client",
						 .days = (int)days };
	return RC_OK;
}

static struct value *chain_answer(const struct cert_list *chain)
{
	AUTO_FREE char *leaf = cert_pem(chain->items[0]);
	AUTO_FREE char *all = chain_pem_format(chain);
	struct value *v = value_object();
	value_set_c(v, "certificate_pem", leaf);
	value_set_c(v, "chain_pem", all);
	value_set(v, "certificate", cert_to_value(chain->items[0]));
	return v;
}

/* The subject given, or one from the name. A name is an attribute's value:
 * what RFC 2253 gives a meaning is escaped. */
static enum rc subject_of(const struct value *input, char **ret, struct err *reterr)
{
	const char *subject = value_get_c(input, "subject");
	const char *name = NULL;
	AUTO_BUF(out, 1024);
	if (subject && subject[0]) {
		*ret = mem_strdup(subject);
		return RC_OK;
	}
	TRY(input_text(input, "name", (size_t)field_find(&object_certificate_order, "name")->most, &name,
		       reterr));
	(void)buf_add_c(&out, "CN=");
	for (const char *p = name; *p; p++) {
		if (strchr(",+\"\\<>;=#", *p)) {
			(void)buf_add_char(&out, '\\');
		}
		(void)buf_add_char(&out, *p);
	}
	*ret = buf_take(&out);
	return RC_OK;
}

enum rc service_authority_issue(struct session *session, const char *tenant, const struct value *input,
				struct key *given, struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(key_free_cleanup) struct key *key = key_ref(given);
	AUTO_CERT_LIST chain = { 0 };
	AUTO_BUF_SECRET(pem, KEY_MAX_BYTES * 2);
	AUTO_FREE char *subject = NULL;
	const char *sans[MAX_SANS];
	const char *type = value_get_c(input, "key_type");
	struct service_authority_order order;
	TRY(subject_of(input, &subject, reterr));
	TRY(read_order(input, &order, sans, reterr));
	order.subject = str_of(subject);
	if (!key) {
		TRY(key_generate(&key, type && type[0] ? type : "rsa-2048", reterr));
	}
	TRY(change_begin(&change, session, reterr));
	TRY(sign(session, tenant, &order, key, NULL, &chain, reterr));
	if (key_format_pem(key, STR_NONE, &pem) != RC_OK) {
		return err_set(reterr, RC_BUG, "The key cannot be written.");
	}
	TRY(change_commit(&change, reterr));
	*ret = chain_answer(&chain);
	value_set_str(*ret, "key_pem", buf_str(&pem));
	return RC_OK;
}

enum rc service_authority_sign(struct session *session, const char *tenant, const struct value *input,
			       struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(request_free_cleanup) struct request *request = NULL;
	AUTO_CERT_LIST chain = { 0 };
	AUTO_BUF(text, KEY_MAX_BYTES);
	const char *sans[MAX_SANS];
	struct service_authority_order order;
	enum rc rc;
	TRY(read_order(input, &order, sans, reterr));
	TRY(field_bytes(field_find(&object_certificate_sign, "csr_pem"), input, &text, reterr));
	rc = request_parse(&request, buf_str(&text), reterr);
	if (rc != RC_OK) {
		return err_field(reterr, "csr_pem");
	}
	TRY(change_begin(&change, session, reterr));
	TRY(sign(session, tenant, &order, NULL, request, &chain, reterr));
	TRY(change_commit(&change, reterr));
	*ret = chain_answer(&chain);
	return RC_OK;
}

static struct value *issued_value(const struct store_authority_certificate *row)
{
	struct value *v = value_object();
	value_set_c(v, "serial", row->serial);
	value_set_c(v, "sha256", row->sha256);
	value_set_c(v, "subject", row->subject);
	value_set_c(v, "issuer", row->issuer);
	value_set_c(v, "usage", row->usage);
	value_set_wall(v, "not_after", row->not_after);
	value_set_wall(v, "created", row->created);
	value_set_wall(v, "revoked", row->revoked);
	return v;
}

enum rc service_authority_certificates(struct session *session, const char *tenant, const struct page *page,
				       struct value **ret, struct err *reterr)
{
	AUTO(store_authority_certificate_list_fini) struct store_authority_certificate_list list = { 0 };
	if (page_is_part(page)) {
		TRY(store_authority_certificate_list_after(session->store, tenant,
							   page->after ? page->after : "", page_rows(page),
							   &list, reterr));
	} else {
		TRY(store_authority_certificate_list_all(session->store, tenant, &list, reterr));
	}
	*ret = value_array();
	for (size_t i = 0; i < list.n; i++) {
		value_append(*ret, issued_value(&list.items[i]));
	}
	return RC_OK;
}

/* The certificate in force that was issued for a public key. */
static enum rc find_public_key(struct session *session, const char *tenant, const char *sha256,
			       struct store_authority_certificate *ret, struct err *reterr)
{
	AUTO(store_authority_certificate_list_fini) struct store_authority_certificate_list list = { 0 };
	TRY(store_authority_certificate_list_all(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		AUTO(cert_free_cleanup) struct cert *cert = NULL;
		if (list.items[i].revoked.us) {
			continue;
		}
		TRY(cert_new_der(&cert, list.items[i].certificate, reterr));
		if (strcmp(cert_public_key_sha256(cert), sha256) == 0) {
			return store_authority_certificate_get(session->store, tenant, list.items[i].serial,
							       ret, reterr);
		}
	}
	return RC_NOT_FOUND;
}

/* Find what is to be revoked, by any of the four ways to name it. */
static enum rc find_issued(struct session *session, const char *tenant, const struct value *input,
			   struct store_authority_certificate *ret, struct err *reterr)
{
	const char *serial = value_get_c(input, "serial");
	const char *sha256 = value_get_c(input, "sha256");
	AUTO_CERT_LIST pasted = { 0 };
	AUTO_BUF(key, 256);
	AUTO_BUF(text, PASTE_MAX_BYTES);
	if (value_get(input, "certificate")) {
		TRY(field_bytes(field_find(&object_certificate_revoke, "certificate"), input, &text, reterr));
		if (paste_certificates(&pasted, buf_str(&text), reterr) != RC_OK) {
			return err_field(reterr, "certificate");
		}
		sha256 = cert_sha256(paste_leaf(&pasted));
		serial = NULL;
	}
	const char *given = serial ? serial : sha256 ? sha256 : "";
	/* Serial and fingerprint are taken as people copy them:
	 * with colons, in either case, with 0x in front. */
	for (const char *p = strncmp(given, "0x", 2) == 0 ? given + 2 : given; *p; p++) {
		if (*p != ':' && *p != ' ') {
			(void)buf_add_char(&key, char_upper(*p));
		}
	}
	const char *public_key = value_get_c(input, "public_key_sha256");
	enum rc rc =
		serial ? store_authority_certificate_get(session->store, tenant, buf_c(&key), ret, reterr)
		: public_key && !sha256 ? find_public_key(session, tenant, public_key, ret, reterr)
					: store_authority_certificate_find_sha256(session->store, tenant,
										  buf_c(&key), ret, reterr);
	if (rc == RC_NOT_FOUND) {
		(void)err_set(reterr, RC_NOT_FOUND, "The built-in CA has not issued this certificate.");
		return err_fix(reterr, "For a certificate of another CA import that CA's list: "
				       "`postern keystore import LIST.crl`");
	}
	return rc;
}

enum rc service_authority_revoke(struct session *session, const char *tenant, const struct value *input,
				 struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_authority_certificate_fini) struct store_authority_certificate row = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(find_issued(session, tenant, input, &row, reterr));
	if (!row.revoked.us) {
		row.revoked = wall_now();
		TRY(store_authority_certificate_update(session->store, &row, reterr));
	}
	TRY(publish_own_lists(&change, tenant, reterr));
	TRY(change_commit(&change, reterr));
	*ret = value_object();
	value_set(*ret, "revoked", issued_value(&row));
	return RC_OK;
}

/* PEM with lines of 64 digits. Source: RFC 7468 §2. */
static void format_list_pem(struct str der, struct buf *out)
{
	AUTO_BUF(text, der.n * 2 + 8);
	(void)base64_encode(&text, der);
	(void)buf_add_c(out, "-----BEGIN X509 CRL-----\n");
	for (struct str rest = buf_str(&text); rest.n > 0; rest = str_skip(rest, 64)) {
		(void)buf_add(out, str_first(rest, 64));
		(void)buf_add_char(out, '\n');
	}
	(void)buf_add_c(out, "-----END X509 CRL-----\n");
}

enum rc service_authority_crl(struct session *session, const char *tenant, struct value **ret,
			      struct err *reterr)
{
	AUTO_BUF(der, CRL_MAX_BYTES);
	AUTO_BUF(pem, CRL_MAX_BYTES * 2);
	TRY(service_authority_list(session, tenant, "issuing", LIST_DAYS, &der, reterr));
	format_list_pem(buf_str(&der), &pem);
	*ret = value_object();
	value_set_str(*ret, "crl_pem", buf_str(&pem));
	return RC_OK;
}

enum rc service_authority_show(struct session *session, const char *tenant, struct value **ret,
			       struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	AUTO_VALUE *v = NULL;
	TRY(service_authority_certs(session, tenant, &own, reterr));
	TRY(service_authority_crl(session, tenant, &v, reterr));
	AUTO_FREE char *issuing = cert_pem(own.items[0]);
	AUTO_FREE char *root = cert_pem(own.items[1]);
	value_set_c(v, "root_pem", root);
	value_set_c(v, "issuing_pem", issuing);
	value_set(v, "root", cert_to_value(own.items[1]));
	value_set(v, "issuing", cert_to_value(own.items[0]));
	*ret = TAKE(v);
	return RC_OK;
}
