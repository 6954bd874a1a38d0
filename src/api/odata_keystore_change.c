/* SPDX-License-Identifier: Apache-2.0
 * Changes of the keystore: certificates, key pairs and whole key stores put in; renamed, signed, deleted, restored.
 * What outsiders made is opened by jobs, and so are keys made. */
#include "api/key_job.h"
#include "api/odata_keystore.h"
#include "api/odata_operation.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "service/change.h"
#include "service/job_container.h"
#include "service/keystore_bulk.h"

#define BODY_MAX ((size_t)2 * 1024 * 1024)
#define ALIASES_MAX 1000
#define SUBJECT_MAX ((size_t)4096)
#define DEFAULT_YEARS 3

static void refuse(struct odata_call *oc, enum rc code, const char *field, const char *text)
{
	struct err err = { 0 };
	(void)err_set(&err, code, "%s", text);
	(void)err_field(&err, field);
	odata_fail(oc, &err);
}

/* SAP's sentence and status for an alias that is taken. */
static void fail(struct odata_call *oc, const char *alias, struct err *err)
{
	if (err->code == RC_EXISTS) {
		(void)err_set(err, RC_INVALID,
			      "Entry with alias \"%.100s\" already exists in keystore \"system\"", alias);
		(void)err_field(err, "update");
	}
	odata_fail(oc, err);
}

/* 204, or all entries where returnKeystoreEntries=true asks for them. */
static void answer_changed(struct odata_call *oc)
{
	struct err err = { 0 };
	struct value *list = NULL;
	if (!odata_flag(oc, "returnKeystoreEntries"))
		odata_answer_empty(oc, 204);
	else if (service_keystore_entities(oc->call->service, oc->call->tenant, KEYSTORE_SYSTEM, &list,
					   &err) != RC_OK)
		odata_fail(oc, &err);
	else
		odata_answer_many(oc, "KeystoreEntries", list);
}

void odata_keystore_rename(struct odata_call *oc)
{
	AUTO_FREE char *alias = odata_keystore_alias(oc), *to = odata_parameter(oc, "renameAlias");
	AUTO_VALUE *input = value_object(), *v = NULL;
	AUTO_BUF(hex, (size_t)8 * KEYSTORE_MAX_ALIAS);
	struct err err = { 0 };
	if (!alias)
		return;
	if (!to || !to[0]) {
		refuse(oc, RC_INVALID, "renameAlias", "renameAlias is missing: the entry's new alias.");
		return;
	}
	value_set_c(input, "alias", alias);
	value_set_c(input, "to", to);
	if (service_keystore_rename(oc->call->service, oc->call->tenant, input, &v, &err) != RC_OK) {
		fail(oc, to, &err);
		return;
	}
	if (!odata_flag(oc, "returnHexAlias")) {
		answer_changed(oc);
		return;
	}
	(void)(buf_add_char(&hex, '[') && hex_encode(&hex, str_of(to)) && buf_add_char(&hex, ']'));
	odata_answer_text(oc, 200, buf_c(&hex));
}

void odata_keystore_delete(struct odata_call *oc)
{
	AUTO_FREE char *alias = odata_keystore_alias(oc), *keystore = odata_parameter(oc, "keystoreName");
	struct err err = { 0 };
	if (!alias)
		return;
	if (keystore && strcmp(keystore, KEYSTORE_SYSTEM) != 0)
		refuse(oc, RC_NOT_FOUND, "keystoreName", "The keystore has no such entry.");
	else if (service_keystore_delete(oc->call->service, oc->call->tenant, alias, &err) != RC_OK)
		odata_fail(oc, &err);
	else
		answer_changed(oc);
}

/* Containers that a job has opened. */

static enum rc container_taken(const struct value *answer, struct container **ret, struct err *reterr)
{
	if (value_get_c(answer, "crl"))
		return err_set(reterr, RC_INVALID, "This is a revocation list, no certificate.");
	return job_container_from_value(value_get(answer, "entries"), CONTAINER_PKCS12, ret, reterr);
}

/* The one certificate or key pair that may come; others are refused. */
static enum rc check_single(const struct container *container, bool key_pair, struct err *reterr)
{
	size_t pairs = 0, certificates = 0;
	for (size_t i = 0; i < container->n; i++) {
		pairs += container->entries[i].key != NULL;
		certificates += container->entries[i].chain.n;
	}
	if (key_pair)
		return pairs == 1 && container->n == 1
			       ? RC_OK
			       : err_set(reterr, RC_INVALID,
					 "Exactly one key pair is taken here; there are %zu.", pairs);
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
	enum rc rc = container_taken(answer, &container, &err);
	if (rc == RC_OK)
		rc = check_single(container, key_pair, &err);
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
	if (service_keystore_import_container(oc->call->service, oc->call->tenant, container, input, &v,
					      &err) != RC_OK)
		fail(oc, alias, &err);
	else
		answer_changed(oc);
}

static void open_bytes(struct odata_call *oc, struct str bytes, struct str password, job_done_fn done)
{
	struct value *request = value_object();
	value_set_base64(request, "content", bytes);
	if (password.p)
		value_set_str(request, "password", password);
	call_job(oc->call, JOB_CONTAINER_OPEN, request, done);
}

/* Bytes, base64 of them, or PEM, as a body has them. */
static struct str raw_body(struct odata_call *oc, struct buf *decoded)
{
	struct str body = http_exchange_body(oc->call->exchange);
	bool is_text = str_find_str(body, STR("-----BEGIN")) == body.n;
	return is_text && base64_decode(decoded, body, true) == RC_OK && decoded->n > 0 ? buf_str(decoded)
											: body;
}

static void certificate_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	AUTO_FREE char *alias = oc ? odata_keystore_alias(oc) : NULL;
	if (alias)
		put_single(oc, alias, answer, false);
}

void odata_keystore_put_certificate(struct odata_call *oc)
{
	AUTO_FREE char *alias = odata_keystore_alias(oc);
	AUTO_BUF(decoded, BODY_MAX);
	if (!alias)
		return;
	struct str bytes = raw_body(oc, &decoded);
	if (bytes.n == 0)
		refuse(oc, RC_INVALID, "body", "The body is empty: the certificate as DER, base64 or PEM.");
	else if (bytes.n > BODY_MAX)
		refuse(oc, RC_LIMIT, "body", "The certificate is larger than the keystore takes.");
	else
		open_bytes(oc, bytes, STR_NONE, certificate_done);
}

/* A member that is base64; false: answered. */
static bool member_bytes(struct odata_call *oc, const char *name, struct buf *out)
{
	struct err err = { 0 };
	enum rc rc = input_bytes(oc->body, name, out->max, out, &err);
	if (rc != RC_OK)
		odata_fail(oc, &err);
	return rc == RC_OK;
}

/* The alias in the body; NULL: answered. Borrowed. */
static const char *body_alias(struct odata_call *oc)
{
	const char *alias = NULL;
	struct err err = { 0 };
	if (input_text(oc->body, "Alias", 1024, &alias, &err) == RC_OK)
		return alias;
	odata_fail(oc, &err);
	return NULL;
}

static void key_pair_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	if (oc)
		put_single(oc, value_get_c(oc->body, "Alias"), answer, true);
}

void odata_keystore_put_key_pair(struct odata_call *oc)
{
	AUTO_BUF_SECRET(bytes, BODY_MAX);
	if (body_alias(oc) && member_bytes(oc, "Resource", &bytes))
		open_bytes(oc, buf_str(&bytes), value_get_str(oc->body, "Password"), key_pair_done);
}

void odata_keystore_put_chain(struct odata_call *oc)
{
	AUTO_FREE char *alias = odata_keystore_alias(oc);
	AUTO_VALUE *input = value_object(), *v = NULL;
	struct str body = http_exchange_body(oc->call->exchange);
	struct err err = { 0 };
	if (!alias)
		return;
	if (!odata_flag(oc, "fingerprintVerified")) {
		(void)err_set(&err, RC_CONFLICT,
			      "The fingerprint was not verified; fingerprintVerified=true confirms it.");
		odata_fail(oc, &err);
		return;
	}
	value_set_base64(input, "content", body);
	if (service_keystore_signing_response(oc->call->service, oc->call->tenant, alias, input, &v, &err) ==
	    RC_OK) {
		answer_changed(oc);
		return;
	}
	if (strcmp(err.reason, "P107") == 0)
		(void)err_set(&err, RC_INVALID,
			      "The public key of the CA Reply is different from the public key of the "
			      "keystore entry");
	odata_fail(oc, &err);
}

/* Keys that are made, or come without a certificate: a self-signed one is made for them. */

/* /Date(ms)/ or /Date(ms+0000)/; 0 where absent. */
static enum rc date_of(const struct value *body, const char *name, int64_t *ret, struct err *reterr)
{
	struct str text = value_get_str(body, name);
	uint64_t ms = 0;
	*ret = 0;
	if (text.n == 0)
		return RC_OK;
	struct str digits = str_starts_with(text, STR("/Date(")) ? str_skip(text, 6) : STR_NONE;
	size_t end = 0;
	while (end < digits.n && digits.p[end] >= '0' && digits.p[end] <= '9')
		end++;
	struct str rest = str_skip(digits, end);
	if (str_parse_uint(str_first(digits, end), INT64_MAX / US_PER_MS, &ms) != RC_OK ||
	    !(str_is(rest, ")/") || str_is(rest, "+0000)/"))) {
		(void)err_set(reterr, RC_INVALID, "%s has the form /Date(milliseconds)/.", name);
		return err_field(reterr, name);
	}
	*ret = (int64_t)ms;
	return RC_OK;
}

/* A part of a name, what means something in a name escaped. Source: RFC 2253 §2.4. */
static void add_part(struct buf *out, const char *type, struct str text)
{
	if (text.n == 0)
		return;
	(void)buf_printf(out, "%s%s=", out->n ? "," : "", type);
	for (size_t i = 0; i < text.n; i++) {
		if (strchr(",+\"\\<>;=#", text.p[i]) || (text.p[i] == ' ' && (i == 0 || i + 1 == text.n)))
			(void)buf_add_char(out, '\\');
		(void)buf_add_char(out, text.p[i]);
	}
}

static enum rc subject_of(const struct value *body, struct buf *out, struct err *reterr)
{
	static const char *const parts[][2] = { { "CommonName", "CN" },     { "OrganizationUnit", "OU" },
						{ "Organization", "O" },    { "Locality", "L" },
						{ "State", "ST" },          { "Country", "C" },
						{ "Email", "emailAddress" } };
	static const char *const needed[] = { "CommonName", "Country" };
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (value_get_str(body, needed[i]).n > 0)
			continue;
		(void)err_set(reterr, RC_INVALID, "%s is missing.", needed[i]);
		return err_field(reterr, needed[i]);
	}
	if (value_get_str(body, "Country").n != 2) {
		(void)err_set(reterr, RC_INVALID, "Country has two letters.");
		return err_field(reterr, "Country");
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		add_part(out, parts[i][1], value_get_str(body, parts[i][0]));
	return out->overflow ? err_set(reterr, RC_LIMIT, "The name is longer than is taken.") : RC_OK;
}

/* The order for a key pair, as service_keystore_create() takes it. */
static enum rc order_of(struct odata_call *oc, struct value *order, struct err *reterr)
{
	AUTO_BUF(subject, SUBJECT_MAX);
	int64_t from = 0, to = 0;
	TRY(subject_of(oc->body, &subject, reterr));
	TRY(date_of(oc->body, "ValidNotBefore", &from, reterr));
	TRY(date_of(oc->body, "ValidNotAfter", &to, reterr));
	int64_t start = from ? from : wall_now().us / US_PER_MS;
	if (to && to <= start) {
		(void)err_set(reterr, RC_INVALID, "ValidNotAfter is not after ValidNotBefore.");
		return err_field(reterr, "ValidNotAfter");
	}
	value_set_str(order, "alias", value_get_str(oc->body, "Alias"));
	value_set_str(order, "subject", buf_str(&subject));
	value_set_int(order, "days", to ? (to - start + 86399999) / 86400000 : DEFAULT_YEARS * 365);
	if (from)
		value_set_int(order, "not_before_ms", from);
	value_set_bool(order, "overwrite", odata_flag(oc, "update"));
	return RC_OK;
}

static bool key_use(struct odata_call *oc, struct key *key)
{
	AUTO_VALUE *order = value_object(), *v = NULL;
	struct err err = { 0 };
	enum rc rc = order_of(oc, order, &err);
	if (rc == RC_OK)
		rc = service_keystore_create(oc->call->service, oc->call->tenant, order, key, &v, &err);
	if (rc != RC_OK)
		fail(oc, value_get_c(oc->body, "Alias"), &err);
	return rc == RC_OK;
}

static void generated(void *context, const struct value *answer, const struct err *failure)
{
	struct call *call = context;
	AUTO(key_free_cleanup) struct key *key = NULL;
	struct err err = { 0 };
	if (key_job_take(call, answer, failure, &key, &err) != RC_OK)
		call_fail(call, &err);
	else if (key_use(call->state, key))
		answer_changed(call->state);
}

/* "rsa-4096", "p-256"; NULL: answered. */
static const char *key_type_of(struct odata_call *oc)
{
	static const struct {
		const char *parameter, *type;
	} curves[] = { { "secp256r1", "p-256" },
		       { "P-256", "p-256" },
		       { "prime256v1", "p-256" },
		       { "secp384r1", "p-384" },
		       { "P-384", "p-384" } };
	struct str type = value_get_str(oc->body, "KeyType");
	struct str curve = value_get_str(oc->body, "KeyAlgorithmParameter");
	int64_t size = value_get_int(oc->body, "KeySize", 0);
	if (type.n == 0 || str_is(type, "RSA")) {
		if (size == 0 || size == 4096)
			return "rsa-4096";
		if (size == 2048 || size == 3072)
			return size == 2048 ? "rsa-2048" : "rsa-3072";
		refuse(oc, RC_INVALID, "KeySize", "KeySize is 2048, 3072 or 4096.");
		return NULL;
	}
	if (!str_is(type, "EC")) {
		refuse(oc, RC_INVALID, "KeyType", "KeyType is RSA or EC; DSA keys are not made here.");
		return NULL;
	}
	if (curve.n == 0 && (size == 0 || size == 256 || size == 384))
		return size == 384 ? "p-384" : "p-256";
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		if (str_is(curve, curves[i].parameter))
			return curves[i].type;
	}
	refuse(oc, RC_INVALID, "KeyAlgorithmParameter", "The curve is secp256r1 or secp384r1.");
	return NULL;
}

void odata_keystore_generate(struct odata_call *oc)
{
	AUTO_VALUE *order = value_object();
	struct err err = { 0 };
	const char *type = body_alias(oc) ? key_type_of(oc) : NULL;
	if (!type)
		return;
	if (order_of(oc, order, &err) != RC_OK) /* told before a key is made */
		odata_fail(oc, &err);
	else
		key_job_start(oc->call, type, generated);
}

/* The one private key in what a job has opened; NULL: answered. Borrowed. */
static struct key *only_key(struct odata_call *oc, const struct container *container)
{
	if (container->n == 1 && container->entries[0].key)
		return container->entries[0].key;
	refuse(oc, RC_INVALID, "Resource", "There is not exactly one private key in the file.");
	return NULL;
}

static struct odata_call *key_opened(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	AUTO(container_free_cleanup) struct container *container = NULL;
	struct err err = { 0 };
	if (!oc)
		return NULL;
	if (container_taken(answer, &container, &err) != RC_OK) {
		odata_fail(oc, &err);
		return NULL;
	}
	struct key *key = only_key(oc, container);
	return key && key_use(oc, key) ? oc : NULL;
}

static void rsa_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = key_opened(context, answer, failure);
	if (oc)
		answer_changed(oc);
}

static void ssh_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = key_opened(context, answer, failure);
	if (!oc)
		return;
	struct value *v = value_object();
	value_set_str(v, "Alias", value_get_str(oc->body, "Alias"));
	odata_answer_one(oc, 200, "SSHKeyGenerationRequests", v);
}

static void open_key(struct odata_call *oc, const char *member, job_done_fn done)
{
	AUTO_VALUE *order = value_object();
	AUTO_BUF_SECRET(bytes, KEY_MAX_BYTES);
	struct err err = { 0 };
	if (!body_alias(oc) || !member_bytes(oc, member, &bytes))
		return;
	if (str_find_str(buf_str(&bytes), STR("OPENSSH PRIVATE KEY")) < bytes.n) {
		(void)err_set(&err, RC_UNSUPPORTED, "The key is in OpenSSH's own format.");
		(void)err_fix(&err, "`ssh-keygen -p -m PEM -f FILE` rewrites it");
		(void)err_field(&err, member);
		odata_fail(oc, &err);
	} else if (order_of(oc, order, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		open_bytes(oc, buf_str(&bytes), value_get_str(oc->body, "Password"), done);
	}
}

void odata_keystore_put_rsa(struct odata_call *oc)
{
	open_key(oc, "RSAFile", rsa_done);
}

void odata_keystore_put_ssh(struct odata_call *oc)
{
	const char *alias = value_get_c(oc->body, "Alias");
	if (alias && strcmp(alias, "id_rsa") != 0 && strcmp(alias, "id_dsa") != 0 &&
	    strcmp(alias, "id_ec") != 0)
		refuse(oc, RC_INVALID, "Alias", "The alias of an SSH key is id_rsa, id_dsa or id_ec.");
	else
		open_key(oc, "SSHFile", ssh_done);
}

/* The whole keystore. */

static bool option_of(struct odata_call *oc, enum keystore_option *ret)
{
	static const char *const names[] = { "overwrite", "merge", "replace" };
	AUTO_FREE char *text = odata_parameter(oc, "importOption");
	*ret = KEYSTORE_OVERWRITE;
	if (!text)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		*ret = (enum keystore_option)i;
		if (strcmp(text, names[i]) == 0)
			return true;
	}
	refuse(oc, RC_INVALID, "importOption", "importOption is overwrite, merge or replace.");
	return false;
}

static void import_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	AUTO(container_free_cleanup) struct container *container = NULL;
	AUTO_VALUE *results = NULL;
	enum keystore_option option;
	struct err err = { 0 };
	if (!oc || !option_of(oc, &option))
		return;
	enum rc rc = container_taken(answer, &container, &err);
	if (rc == RC_OK)
		rc = service_keystore_bulk_import(oc->call->service, oc->call->tenant, container, option,
						  &results, &err);
	if (rc != RC_OK)
		odata_fail(oc, &err);
	else if (odata_flag(oc, "returnKeystoreEntries"))
		odata_answer_many(oc, "KeystoreEntries", TAKE(results));
	else
		odata_answer_empty(oc, 204);
}

/* {"Name":"backup_admin_system"} makes the backup, {"Name":"system","Resource",…} imports. */
void odata_keystore_import(struct odata_call *oc)
{
	struct str name = value_get_str(oc->body, "Name");
	AUTO_BUF_SECRET(bytes, BODY_MAX);
	AUTO_VALUE *v = NULL;
	enum keystore_option option;
	struct err err = { 0 };
	if (str_is(name, KEYSTORE_BACKUP)) {
		if (service_keystore_backup(oc->call->service, oc->call->tenant, &v, &err) != RC_OK)
			odata_fail(oc, &err);
		else
			answer_changed(oc);
		return;
	}
	if (!str_is(name, KEYSTORE_SYSTEM))
		refuse(oc, RC_INVALID, "Name",
		       "Name is system to import, or backup_admin_system to back up.");
	else if (option_of(oc, &option) && member_bytes(oc, "Resource", &bytes))
		open_bytes(oc, buf_str(&bytes), value_get_str(oc->body, "Password"), import_done);
}

/* "a;b" where a backslash takes the next character as it is. */
static struct value *aliases_of(struct str text)
{
	struct value *list = value_array();
	AUTO_BUF(one, (size_t)16 * KEYSTORE_MAX_ALIAS);
	for (size_t i = 0; i <= text.n && value_count(list) <= ALIASES_MAX; i++) {
		if (i < text.n && text.p[i] == '\\' && i + 1 < text.n) {
			(void)buf_add_char(&one, text.p[++i]);
		} else if (i < text.n && text.p[i] != ';') {
			(void)buf_add_char(&one, text.p[i]);
		} else {
			if (one.n > 0)
				value_append(list, value_string(buf_str(&one)));
			buf_clear(&one);
		}
	}
	return list;
}

static void delete_many(struct odata_call *oc)
{
	AUTO_VALUE *aliases = aliases_of(value_get_str(oc->body, "Aliases"));
	struct err err = { 0 };
	if (value_count(aliases) == 0 || value_count(aliases) > ALIASES_MAX)
		refuse(oc, RC_INVALID, "Aliases",
		       "Aliases has 1 to 1000 aliases with a semicolon between them.");
	else if (service_keystore_bulk_delete(oc->call->service, oc->call->tenant, aliases, &err) != RC_OK)
		odata_fail(oc, &err);
	else
		answer_changed(oc);
}

void odata_keystore_manage(struct odata_call *oc)
{
	const char *name = odata_key(oc, 0, "Name");
	AUTO_FREE char *backup = odata_parameter(oc, "retrieveBackup");
	AUTO_VALUE *v = NULL;
	struct err err = { 0 };
	if (!name)
		return;
	if (strcmp(name, KEYSTORE_SYSTEM) != 0)
		refuse(oc, RC_INVALID, "Name", "Only the keystore system is changed.");
	else if (odata_flag(oc, "deleteEntries"))
		delete_many(oc);
	else if (!backup || strcmp(backup, KEYSTORE_BACKUP) != 0)
		refuse(oc, RC_INVALID, "retrieveBackup",
		       "Either deleteEntries=true or retrieveBackup=backup_admin_system is needed.");
	else if (service_keystore_restore(oc->call->service, oc->call->tenant, &v, &err) != RC_OK)
		odata_fail(oc, &err);
	else
		answer_changed(oc);
}
