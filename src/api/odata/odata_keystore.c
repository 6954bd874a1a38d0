/* SPDX-License-Identifier: Apache-2.0
 * What the keystore tells: entries, certificates, chains, signing requests, the whole of it. */
#include "api/odata/odata_keystore.h"

#include "api/odata/odata_answer.h"
#include "api/odata/odata_handler.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "service/publish/change.h"
#include "service/keystore/keystore_entry.h"

#define DOWNLOAD_MAX ((size_t)16 * 1024 * 1024)
#define TYPE_CERTIFICATE "application/pkix-cert"
#define TYPE_CHAIN "application/x-pkcs7-certificates"
#define TYPE_TEXT "text/plain;charset=utf-8"

char *odata_keystore_alias(struct odata_call *oc)
{
	const char *hex = odata_key(oc, 0, "Hexalias");
	AUTO_BUF(alias, KEYSTORE_MAX_ALIAS * 4);
	if (!hex) {
		return NULL;
	}
	if (hex_decode(&alias, str_of(hex)) == RC_OK && alias.n > 0 &&
	    str_find(buf_str(&alias), '\0') == alias.n) {
		return buf_take(&alias);
	}
	struct err err = { 0 };
	(void)err_set(&err, RC_INVALID,
		      "Hexalias is the alias in hexadecimal digits, two for each byte of UTF-8.");
	(void)err_field(&err, "Hexalias");
	odata_fail(oc, &err);
	return NULL;
}

/* Which keystore: as the query says, else the one in use. */
static char *keystore_named(const struct odata_call *oc)
{
	char *name = odata_parameter(oc, "keystoreName");
	return name ? name : mem_strdup(KEYSTORE_SYSTEM);
}

void odata_keystore_entries(struct odata_call *oc)
{
	AUTO_FREE char *keystore = keystore_named(oc);
	struct err err = { 0 };
	struct value *list = NULL;
	if (service_keystore_entities(oc->call->session, oc->call->tenant, keystore, &list, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_many(oc, "KeystoreEntries", list);
	}
}

/* The entry that the path names; NULL: answered. */
static struct value *entry_named(struct odata_call *oc)
{
	AUTO_FREE char *keystore = keystore_named(oc), *alias = odata_keystore_alias(oc);
	struct err err = { 0 };
	struct value *v = NULL;
	if (!alias) {
		return NULL;
	}
	if (service_keystore_entity(oc->call->session, oc->call->tenant, keystore, alias, &v, &err) ==
	    RC_OK) {
		return v;
	}
	odata_fail(oc, &err);
	return NULL;
}

void odata_keystore_entry(struct odata_call *oc)
{
	struct value *v = entry_named(oc);
	if (v) {
		odata_answer_one(oc, 200, "KeystoreEntries", v);
	}
}

void odata_keystore_chain(struct odata_call *oc)
{
	AUTO_VALUE *v = entry_named(oc);
	if (v) {
		odata_answer_many(oc, "ChainCertificates", value_ref(value_get(v, "ChainCertificates")));
	}
}

static void download(struct odata_call *oc, enum keystore_download what, const char *type, const char *suffix)
{
	AUTO_FREE char *keystore = keystore_named(oc), *alias = odata_keystore_alias(oc);
	AUTO_FREE char *name = mem_printf("%s%s", alias ? alias : "", suffix);
	AUTO_BUF(out, DOWNLOAD_MAX);
	struct err err = { 0 };
	if (!alias) {
		return;
	}
	if (service_keystore_download(oc->call->session, oc->call->tenant, keystore, alias, what, &out,
				      &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_file(oc, type, name, buf_str(&out));
	}
}

void odata_keystore_certificate(struct odata_call *oc)
{
	bool root = odata_flag(oc, "rootCA");
	download(oc, root ? KEYSTORE_DOWNLOAD_ROOT : KEYSTORE_DOWNLOAD_CERTIFICATE, TYPE_CERTIFICATE,
		 root ? "_rootCA.cer" : ".cer");
}

void odata_keystore_chain_resource(struct odata_call *oc)
{
	download(oc, KEYSTORE_DOWNLOAD_CHAIN, TYPE_CHAIN, ".p7b");
}

void odata_keystore_ssh(struct odata_call *oc)
{
	download(oc, KEYSTORE_DOWNLOAD_SSH, TYPE_TEXT, ".pub");
}

void odata_keystore_signing_request(struct odata_call *oc)
{
	AUTO_FREE char *alias = odata_keystore_alias(oc);
	AUTO_FREE char *name = mem_printf("%s.csr", alias ? alias : "");
	AUTO_VALUE *v = NULL;
	struct err err = { 0 };
	if (!alias) {
		return;
	}
	if (service_keystore_request(oc->call->session, oc->call->tenant, alias, &v, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_file(oc, "application/pkcs10", name, value_get_str(v, "csr_pem"));
	}
}

/* The keystore that the path names; NULL: answered. */
static struct value *whole_named(struct odata_call *oc)
{
	const char *name = odata_key(oc, 0, "Name");
	struct err err = { 0 };
	struct value *v = NULL;
	if (!name) {
		return NULL;
	}
	if (service_keystore_whole(oc->call->session, oc->call->tenant, name, &v, &err) == RC_OK) {
		return v;
	}
	odata_fail_status(oc, err.code == RC_INVALID ? 404 : call_status(&err), &err);
	return NULL;
}

void odata_keystore_whole(struct odata_call *oc)
{
	struct value *v = whole_named(oc);
	if (v) {
		odata_answer_one(oc, 200, "Keystores", v);
	}
}

void odata_keystore_whole_entries(struct odata_call *oc)
{
	AUTO_VALUE *v = whole_named(oc);
	if (v) {
		odata_answer_many(oc, "KeystoreEntries", value_ref(value_get(v, "Entries")));
	}
}

void odata_keystore_size(struct odata_call *oc)
{
	AUTO_VALUE *v = whole_named(oc);
	AUTO_FREE char *text = mem_printf("%lld", (long long)value_get_int(v, "Size", 0));
	if (v) {
		odata_answer_file(oc, TYPE_TEXT, NULL, str_of(text));
	}
}

void odata_keystore_public(struct odata_call *oc)
{
	const char *name = odata_key(oc, 0, "Name");
	AUTO_BUF(out, DOWNLOAD_MAX);
	struct err err = { 0 };
	if (!name) {
		return;
	}
	if (service_keystore_public(oc->call->session, oc->call->tenant, name, &out, &err) != RC_OK) {
		odata_fail(oc, &err);
		return;
	}
	struct value *v = value_object();
	value_set_c(v, "Name", name);
	value_set_base64(v, "Resource", buf_str(&out));
	odata_answer_one(oc, 200, "KeystoreResources", v);
}

/* Postern does not rotate keys of its own inside the keystore, so nothing was ever put aside. */
void odata_keystore_history(struct odata_call *oc)
{
	odata_answer_many(oc, "HistoryKeystoreEntries", value_array());
}

void odata_keystore_history_entry(struct odata_call *oc)
{
	struct err err = { 0 };
	(void)err_set(&err, RC_NOT_FOUND, "The history keystore has no such entry; it is always empty.");
	odata_fail(oc, &err);
}
