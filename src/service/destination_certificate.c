/* SPDX-License-Identifier: Apache-2.0
 * Certificates of destinations: files as they were uploaded, sealed, with a warning where clients will stumble. */
#include "base/encoding.h"
#include "base/memory.h"
#include "keystore/container.h"
#include "pki/digest.h"
#include "service/destination.h"
#include "service/own_gateway.h"
#include "store/destination_certificate.h"

#include <ctype.h>
#include <string.h>

#define TABLE_NAME "destination_certificate"

static enum rc invalid(struct err *reterr, const char *field, const char *text)
{
	(void)err_set(reterr, RC_INVALID, "%s", text);
	return err_field(reterr, field);
}

static enum rc not_found(struct err *reterr)
{
	return err_set(reterr, RC_NOT_FOUND, "%s", DESTINATION_NOT_FOUND);
}

static enum rc name_check(struct str name, struct err *reterr)
{
	enum container_kind kind;
	if (name.n == 0 || name.n > DESTINATION_NAME_MAX)
		return invalid(reterr, "Name", "Name has 1 to 200 characters.");
	for (size_t i = 0; i < name.n; i++) {
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == '/' || name.p[i] == '\\' ||
		    name.p[i] == 0x7f)
			return invalid(reterr, "Name", "Name is a file name without folders.");
	}
	if (!container_kind_of_name(name, &kind))
		return invalid(reterr, "Name", "Name ends in .p12, .pfx, .jks, .pem, .cer, .crt or .der.");
	return RC_OK;
}

static struct str row_name(const char *instance, const char *name, struct buf *out)
{
	buf_printf(out, "%s/%s", instance, name);
	return buf_str(out);
}

/* The content's old ciphers, seen without its password: their identifiers stand in the file in the clear. */
static bool is_legacy(struct str bytes)
{
	/* pkcs-12PbeIds (RFC 7292, appendix C): RC4 and RC2; 3DES is old, but everybody still opens it. */
	static const char arc[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01";
	static const char last[] = { 1, 2, 5, 6 };
	for (size_t i = 0; i < sizeof(last); i++) {
		char id[sizeof(arc)];
		memcpy(id, arc, sizeof(arc) - 1);
		id[sizeof(arc) - 1] = last[i];
		if (str_find_str(bytes, str_from(id, sizeof(id))) < bytes.n)
			return true;
	}
	return false;
}

static char *warning_of(struct str name, struct str bytes)
{
	enum container_kind kind = CONTAINER_PEM, named = CONTAINER_PEM;
	if (!container_kind_of(bytes, &kind))
		return mem_strdup("P103: the content is no key store or certificate that Postern can read.");
	if (container_kind_of_name(name, &named) && named != kind && kind != CONTAINER_DER)
		return mem_printf("D404: the content is %s, but the name says %s; clients go by the name.",
				  container_kind_name(kind), container_kind_name(named));
	if (kind == CONTAINER_PKCS12 && is_legacy(bytes))
		return mem_strdup(
			"P102: encrypted with a legacy cipher that Node 17 and later and OpenSSL 3 refuse; "
			"`postern keypair convert` writes a new one.");
	if (kind == CONTAINER_PKCS12 && !str_ends_with(name, STR(".p12")))
		return mem_strdup(
			"D404: the approuter takes key stores only under a name that ends in .p12.");
	if (kind == CONTAINER_JKS || kind == CONTAINER_JCEKS)
		return mem_strdup("D404: the approuter refuses JKS; PKCS#12 with the ending .p12 is taken by "
				  "every client.");
	return NULL;
}

static void etag_of(const struct store_destination_certificate *row, struct str content,
		    char ret[DESTINATION_ETAG_SIZE])
{
	AUTO_BUF(text, DESTINATION_CERTIFICATE_MAX + 1024);
	if (!ret)
		return;
	buf_printf(&text, "%s/%s/%s/%lld/", row->tenant, row->instance, row->name,
		   (long long)row->modified.us);
	buf_add(&text, content);
	digest_sha256_text(buf_str(&text), ret);
	for (char *p = ret; *p; p++)
		*p = (char)tolower((unsigned char)*p);
}

static enum rc row_open(struct service *service, const struct store_destination_certificate *row,
			struct value **ret, char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	AUTO_BUF_SECRET(plain, DESTINATION_CERTIFICATE_MAX + 1);
	AUTO_BUF_SECRET(text, DESTINATION_CERTIFICATE_MAX * 2);
	AUTO_BUF(at, 1024);
	row_name(row->instance, row->name, &at);
	TRY(service_unseal(service, row->tenant, TABLE_NAME, buf_c(&at), row->content, &plain, reterr));
	base64_encode(&text, buf_str(&plain));
	struct value *v = value_object();
	value_set_c(v, "Name", row->name);
	value_set_c(v, "Type", row->type);
	value_set_str(v, "Content", buf_str(&text));
	etag_of(row, buf_str(&plain), ret_etag);
	*ret = v;
	return RC_OK;
}

enum rc service_destination_certificate_list(struct service *service, const char *tenant,
					     const char *instance, struct value **ret, struct err *reterr)
{
	AUTO(store_destination_certificate_list_fini) struct store_destination_certificate_list list = { 0 };
	AUTO_VALUE *all = value_array();
	TRY(store_destination_certificate_list_all(service->store, tenant, instance, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		struct value *v = NULL;
		TRY(row_open(service, &list.items[i], &v, NULL, reterr));
		value_append(all, v);
	}
	*ret = TAKE(all);
	return RC_OK;
}

enum rc service_destination_certificate_get(struct service *service, const char *tenant, const char *instance,
					    const char *name, struct value **ret,
					    char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	AUTO(store_destination_certificate_fini) struct store_destination_certificate row = { 0 };
	enum rc rc = store_destination_certificate_get(service->store, tenant, instance, name, &row, reterr);
	if (rc == RC_NOT_FOUND && !*instance && strcmp(name, OWN_GATEWAY_TRUST_STORE) == 0) {
		if (ret_etag)
			ret_etag[0] = '\0';
		return own_gateway_trust_store(service, ret, reterr);
	}
	if (rc == RC_NOT_FOUND)
		return not_found(reterr);
	TRY(rc);
	return row_open(service, &row, ret, ret_etag, reterr);
}

/* A row to write: a new one must not be there yet, one to replace must. */
static enum rc row_check(struct service *service, const struct store_destination_certificate *row,
			 bool replace, struct err *reterr)
{
	AUTO(store_destination_certificate_list_fini) struct store_destination_certificate_list list = { 0 };
	bool there = false;
	TRY(store_destination_certificate_list_all(service->store, row->tenant, row->instance, &list,
						   reterr));
	for (size_t i = 0; i < list.n; i++)
		there = there || strcmp(list.items[i].name, row->name) == 0;
	if (replace && !there)
		return not_found(reterr);
	if (!replace && there) {
		(void)err_set(reterr, RC_EXISTS, "Duplicate key: there is a certificate named %s already.",
			      row->name);
		return err_field(reterr, "Name");
	}
	if (!replace && list.n >= DESTINATION_MAX)
		return err_set(reterr, RC_LIMIT, "There are %d certificates already, which is the most.",
			       DESTINATION_MAX);
	return RC_OK;
}

enum rc service_destination_certificate_put(struct service *service, const char *tenant, const char *instance,
					    const struct value *input, bool replace,
					    char ret_etag[DESTINATION_ETAG_SIZE], char **ret_warning,
					    struct err *reterr)
{
	AUTO_BUF_SECRET(content, DESTINATION_CERTIFICATE_MAX);
	AUTO_BUF(sealed, DESTINATION_CERTIFICATE_MAX + 1024);
	AUTO_BUF(at, 1024);
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	const char *type = value_get_c(input, "Type");
	struct str text = value_get_str(input, "Content");
	TRY(name_check(value_get_str(input, "Name"), reterr));
	if (text.n == 0 || base64_decode(&content, text, true) != RC_OK || content.n == 0)
		return invalid(reterr, "Content", "Content is the file as base64, at most 2 MiB of it.");
	struct wall now = wall_now();
	struct store_destination_certificate row = { .tenant = tenant,
						     .instance = instance,
						     .name = value_get_c(input, "Name"),
						     .type = type && strlen(type) <= 64 ? type
											: "CERTIFICATE",
						     .created = now,
						     .modified = now };
	TRY(row_check(service, &row, replace, reterr));
	row_name(instance, row.name, &at);
	TRY(service_seal(service, tenant, TABLE_NAME, buf_c(&at), buf_str(&content), &sealed, reterr));
	row.content = buf_str(&sealed);
	TRY(store_transaction_begin(&transaction, service->store, reterr));
	TRY(store_destination_certificate_put(service->store, &row, reterr));
	TRY(store_transaction_commit(&transaction, reterr));
	etag_of(&row, buf_str(&content), ret_etag);
	if (ret_warning)
		*ret_warning = warning_of(str_of(row.name), buf_str(&content));
	return RC_OK;
}

enum rc service_destination_certificate_delete(struct service *service, const char *tenant,
					       const char *instance, const char *name, struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	TRY(store_transaction_begin(&transaction, service->store, reterr));
	enum rc rc = store_destination_certificate_delete(service->store, tenant, instance, name, reterr);
	if (rc == RC_NOT_FOUND)
		return not_found(reterr);
	TRY(rc);
	return store_transaction_commit(&transaction, reterr);
}
