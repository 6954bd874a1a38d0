/* SPDX-License-Identifier: Apache-2.0
 * Changes of keystore entries: certificates and key pairs put in, renamed, signed, deleted.
 * Jobs open what outsiders made. */
#include "api/odata/odata_answer.h"
#include "api/odata/odata_keystore.h"
#include "api/odata/odata_handler.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "helper/job_container.h"
#include "service/publish/change.h"
#include "service/core/input.h"
#include "service/keystore/keystore_entry.h"

#define BODY_MAX ODATA_KEYSTORE_BODY_MAX

void odata_keystore_refuse(struct odata_call *oc, enum rc code, const char *field, const char *text)
{
	struct err err = { 0 };
	(void)err_set(&err, code, "%s", text);
	(void)err_field(&err, field);
	odata_fail(oc, &err);
}

void odata_keystore_fail(struct odata_call *oc, const char *alias, struct err *err)
{
	if (err->code == RC_EXISTS) {
		(void)err_set(err, RC_INVALID,
			      "Entry with alias \"%.100s\" already exists in keystore \"system\"", alias);
		(void)err_field(err, "update");
	}
	odata_fail(oc, err);
}

void odata_keystore_changed(struct odata_call *oc)
{
	struct err err = { 0 };
	struct value *list = NULL;
	if (!odata_flag(oc, "returnKeystoreEntries")) {
		odata_answer_empty(oc, 204);
	} else if (service_keystore_entities(oc->call->session, oc->call->tenant, KEYSTORE_SYSTEM, &list,
					     &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_many(oc, "KeystoreEntries", list);
	}
}

void odata_keystore_rename(struct odata_call *oc)
{
	AUTO_FREE char *alias = odata_keystore_alias(oc), *to = odata_parameter(oc, "renameAlias");
	AUTO_VALUE *input = value_object(), *v = NULL;
	AUTO_BUF(hex, (size_t)8 * KEYSTORE_MAX_ALIAS);
	struct err err = { 0 };
	if (!alias) {
		return;
	}
	if (!to || !to[0]) {
		odata_keystore_refuse(oc, RC_INVALID, "renameAlias",
				      "renameAlias is missing: the entry's new alias.");
		return;
	}
	value_set_c(input, "alias", alias);
	value_set_c(input, "to", to);
	if (service_keystore_rename(oc->call->session, oc->call->tenant, input, &v, &err) != RC_OK) {
		odata_keystore_fail(oc, to, &err);
		return;
	}
	if (!odata_flag(oc, "returnHexAlias")) {
		odata_keystore_changed(oc);
		return;
	}
	(void)(buf_add_char(&hex, '[') && hex_encode(&hex, str_of(to)) && buf_add_char(&hex, ']'));
	odata_answer_text(oc, 200, buf_c(&hex));
}

void odata_keystore_delete(struct odata_call *oc)
{
	AUTO_FREE char *alias = odata_keystore_alias(oc), *keystore = odata_parameter(oc, "keystoreName");
	struct err err = { 0 };
	if (!alias) {
		return;
	}
	if (keystore && strcmp(keystore, KEYSTORE_SYSTEM) != 0) {
		odata_keystore_refuse(oc, RC_NOT_FOUND, "keystoreName", "The keystore has no such entry.");
	} else if (service_keystore_delete(oc->call->session, oc->call->tenant, alias, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_keystore_changed(oc);
	}
}

/* Containers that a job has opened. */

enum rc odata_keystore_taken(const struct odata_call *oc, const struct value *answer, struct container **ret,
			     struct err *reterr)
{
	if (value_get_c(answer, "crl")) {
		return err_set(reterr, RC_INVALID, "This is a revocation list, no certificate.");
	}
	return job_container_from_value(value_get(answer, "entries"), oc->call->session->secret,
					CONTAINER_PKCS12, ret, reterr);
}

/* The one certificate or key pair that may come; others are refused. */
static enum rc check_single(const struct container *container, bool key_pair, struct err *reterr)
{
	size_t pairs = 0, certificates = 0;
	for (size_t i = 0; i < container->n; i++) {
		pairs += container->entries[i].key != NULL;
		certificates += container->entries[i].chain.n;
	}
	if (key_pair) {
		return pairs == 1 && container->n == 1
			       ? RC_OK
			       : err_set(reterr, RC_INVALID,
					 "Exactly one key pair is taken here; there are %zu.", pairs);
	}
	return pairs == 0 && certificates == 1
		       ? RC_OK
		       : err_set(reterr, RC_INVALID, "Exactly one certificate is taken here; there are %zu.",
				 certificates);
}

/* Nobody has compared the fingerprint yet: told what it is, so that it can be. */
static void answer_unverified(struct odata_call *oc, const char *alias, const struct container *container)
{
	const struct container_entry *entry = &container->entries[0];
	struct value *v = service_keystore_entity_of(alias, entry->key != NULL, &entry->chain);
	value_set_c(v, "Status",
		    "notImported: The fingerprint was not verified; fingerprintVerified=true confirms it");
	odata_answer_one(oc, 409, "KeystoreEntries", v);
}

static void put_single(struct odata_call *oc, const char *alias, const struct value *answer, bool key_pair)
{
	AUTO(container_free_cleanup) struct container *container = NULL;
	AUTO_VALUE *input = value_object(), *v = NULL;
	struct err err = { 0 };
	enum rc rc = odata_keystore_taken(oc, answer, &container, &err);
	if (rc == RC_OK) {
		rc = check_single(container, key_pair, &err);
	}
	if (rc != RC_OK) {
		odata_fail(oc, &err);
		return;
	}
	if (!odata_flag(oc, "fingerprintVerified")) {
		answer_unverified(oc, alias, container);
		return;
	}
	value_set_c(input, "alias", alias);
	value_set_bool(input, "overwrite", odata_flag(oc, "update"));
	if (service_keystore_import_container(oc->call->session, oc->call->tenant, container, input, &v,
					      &err) != RC_OK) {
		odata_keystore_fail(oc, alias, &err);
	} else {
		odata_keystore_changed(oc);
	}
}

void odata_keystore_open(struct odata_call *oc, struct str bytes, struct str password, job_done_fn done)
{
	struct value *request = value_object();
	value_set_base64(request, "content", bytes);
	value_set_bool(request, "keys", true);
	if (password.p) {
		value_set_str(request, "password", password);
	}
	call_job(oc->call, JOB_CONTAINER_OPEN, request, done);
}

/* Bytes, base64 of them, or PEM, as a body has them. */
static struct str raw_body(struct odata_call *oc, struct buf *decoded)
{
	struct str body = oc->call->request.body;
	bool is_text = str_find_str(body, STR("-----BEGIN")) == body.n;
	return is_text && base64_decode(decoded, body, true) == RC_OK && decoded->n > 0 ? buf_str(decoded)
											: body;
}

static void certificate_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	AUTO_FREE char *alias = oc ? odata_keystore_alias(oc) : NULL;
	if (alias) {
		put_single(oc, alias, answer, false);
	}
}

void odata_keystore_put_certificate(struct odata_call *oc)
{
	AUTO_FREE char *alias = odata_keystore_alias(oc);
	AUTO_BUF(decoded, BODY_MAX);
	if (!alias) {
		return;
	}
	struct str bytes = raw_body(oc, &decoded);
	if (bytes.n == 0) {
		odata_keystore_refuse(oc, RC_INVALID, "body",
				      "The body is empty: the certificate as DER, base64 or PEM.");
	} else if (bytes.n > BODY_MAX) {
		odata_keystore_refuse(oc, RC_LIMIT, "body",
				      "The certificate is larger than the keystore takes.");
	} else {
		odata_keystore_open(oc, bytes, STR_NONE, certificate_done);
	}
}

bool odata_keystore_bytes(struct odata_call *oc, const char *name, struct buf *out)
{
	struct err err = { 0 };
	enum rc rc = input_bytes(oc->body, name, out->max, out, &err);
	if (rc != RC_OK) {
		odata_fail(oc, &err);
	}
	return rc == RC_OK;
}

const char *odata_keystore_body_alias(struct odata_call *oc)
{
	const char *alias = NULL;
	struct err err = { 0 };
	if (input_text(oc->body, "Alias", 1024, &alias, &err) == RC_OK) {
		return alias;
	}
	odata_fail(oc, &err);
	return NULL;
}

static void key_pair_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	if (oc) {
		put_single(oc, value_get_c(oc->body, "Alias"), answer, true);
	}
}

void odata_keystore_put_key_pair(struct odata_call *oc)
{
	AUTO_BUF_SECRET(bytes, BODY_MAX);
	if (odata_keystore_body_alias(oc) && odata_keystore_bytes(oc, "Resource", &bytes)) {
		odata_keystore_open(oc, buf_str(&bytes), value_get_str(oc->body, "Password"), key_pair_done);
	}
}

void odata_keystore_put_chain(struct odata_call *oc)
{
	AUTO_FREE char *alias = odata_keystore_alias(oc);
	AUTO_VALUE *input = value_object(), *v = NULL;
	struct str body = oc->call->request.body;
	struct err err = { 0 };
	if (!alias) {
		return;
	}
	if (!odata_flag(oc, "fingerprintVerified")) {
		(void)err_set(&err, RC_CONFLICT,
			      "The fingerprint was not verified; fingerprintVerified=true confirms it.");
		odata_fail(oc, &err);
		return;
	}
	value_set_base64(input, "content", body);
	if (service_keystore_signing_response(oc->call->session, oc->call->tenant, alias, input, &v, &err) ==
	    RC_OK) {
		odata_keystore_changed(oc);
		return;
	}
	if (strcmp(err.reason, "P107") == 0) {
		(void)err_set(&err, RC_INVALID,
			      "The public key of the CA Reply is different from the public key of the "
			      "keystore entry");
	}
	odata_fail(oc, &err);
}
