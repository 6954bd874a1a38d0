/* SPDX-License-Identifier: Apache-2.0
 * Keys that are made, or come without a certificate: a self-signed one is made for them.
 * Jobs make and open keys. */
#include "api/core/key_job.h"
#include "api/odata/odata_answer.h"
#include "api/odata/odata_keystore.h"
#include "api/odata/odata_handler.h"
#include "base/memory.h"

#define SUBJECT_MAX ((size_t)4096)
#define DEFAULT_YEARS 3

/* /Date(ms)/ or /Date(ms+0000)/; 0 where absent. */
static enum rc date_of(const struct value *body, const char *name, int64_t *ret, struct err *reterr)
{
	struct str text = value_get_str(body, name);
	uint64_t ms = 0;
	*ret = 0;
	if (text.n == 0) {
		return RC_OK;
	}
	struct str digits = str_starts_with(text, STR("/Date(")) ? str_skip(text, 6) : STR_NONE;
	size_t end = 0;
	while (end < digits.n && char_is_digit(digits.p[end])) {
		end++;
	}
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
	if (text.n == 0) {
		return;
	}
	(void)buf_printf(out, "%s%s=", out->n ? "," : "", type);
	for (size_t i = 0; i < text.n; i++) {
		if (strchr(",+\"\\<>;=#", text.p[i]) || (text.p[i] == ' ' && (i == 0 || i + 1 == text.n))) {
			(void)buf_add_char(out, '\\');
		}
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
		if (value_get_str(body, needed[i]).n > 0) {
			continue;
		}
		(void)err_set(reterr, RC_INVALID, "%s is missing.", needed[i]);
		return err_field(reterr, needed[i]);
	}
	if (value_get_str(body, "Country").n != 2) {
		(void)err_set(reterr, RC_INVALID, "Country has two letters.");
		return err_field(reterr, "Country");
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		add_part(out, parts[i][1], value_get_str(body, parts[i][0]));
	}
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
	if (from) {
		value_set_int(order, "not_before_ms", from);
	}
	value_set_bool(order, "overwrite", odata_flag(oc, "update"));
	return RC_OK;
}

static bool key_use(struct odata_call *oc, struct key *key)
{
	AUTO_VALUE *order = value_object(), *v = NULL;
	struct err err = { 0 };
	enum rc rc = order_of(oc, order, &err);
	if (rc == RC_OK) {
		rc = service_keystore_create(oc->call->session, oc->call->tenant, order, key, &v, &err);
	}
	if (rc != RC_OK) {
		odata_keystore_fail(oc, value_get_c(oc->body, "Alias"), &err);
	}
	return rc == RC_OK;
}

static void generated(struct call *call, struct key *key)
{
	if (key_use(call->state, key)) {
		odata_keystore_changed(call->state);
	}
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
		if (size == 0 || size == 4096) {
			return "rsa-4096";
		}
		if (size == 2048 || size == 3072) {
			return size == 2048 ? "rsa-2048" : "rsa-3072";
		}
		odata_keystore_refuse(oc, RC_INVALID, "KeySize", "KeySize is 2048, 3072 or 4096.");
		return NULL;
	}
	if (!str_is(type, "EC")) {
		odata_keystore_refuse(oc, RC_INVALID, "KeyType",
				      "KeyType is RSA or EC; DSA keys are not made here.");
		return NULL;
	}
	if (curve.n == 0 && (size == 0 || size == 256 || size == 384)) {
		return size == 384 ? "p-384" : "p-256";
	}
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		if (str_is(curve, curves[i].parameter)) {
			return curves[i].type;
		}
	}
	odata_keystore_refuse(oc, RC_INVALID, "KeyAlgorithmParameter",
			      "The curve is secp256r1 or secp384r1.");
	return NULL;
}

void odata_keystore_generate(struct odata_call *oc)
{
	AUTO_VALUE *order = value_object();
	struct err err = { 0 };
	const char *type = odata_keystore_body_alias(oc) ? key_type_of(oc) : NULL;
	if (!type) {
		return;
	}
	if (order_of(oc, order, &err) != RC_OK) { /* told before a key is made */
		odata_fail(oc, &err);
	} else {
		key_job(oc->call, type, generated);
	}
}

/* The one private key in what a job has opened; NULL: answered. Borrowed. */
static struct key *only_key(struct odata_call *oc, const struct container *container)
{
	if (container->n == 1 && container->entries[0].key) {
		return container->entries[0].key;
	}
	odata_keystore_refuse(oc, RC_INVALID, "Resource",
			      "There is not exactly one private key in the file.");
	return NULL;
}

static struct odata_call *key_opened(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	AUTO(container_free_cleanup) struct container *container = NULL;
	struct err err = { 0 };
	if (!oc) {
		return NULL;
	}
	if (odata_keystore_taken(oc, answer, &container, &err) != RC_OK) {
		odata_fail(oc, &err);
		return NULL;
	}
	struct key *key = only_key(oc, container);
	return key && key_use(oc, key) ? oc : NULL;
}

static void rsa_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = key_opened(context, answer, failure);
	if (oc) {
		odata_keystore_changed(oc);
	}
}

static void ssh_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = key_opened(context, answer, failure);
	if (!oc) {
		return;
	}
	struct value *v = value_object();
	value_set_str(v, "Alias", value_get_str(oc->body, "Alias"));
	odata_answer_one(oc, 200, "SSHKeyGenerationRequests", v);
}

static void open_key(struct odata_call *oc, const char *member, job_done_fn done)
{
	AUTO_VALUE *order = value_object();
	AUTO_BUF_SECRET(bytes, KEY_MAX_BYTES);
	struct err err = { 0 };
	if (!odata_keystore_body_alias(oc) || !odata_keystore_bytes(oc, member, &bytes)) {
		return;
	}
	if (str_find_str(buf_str(&bytes), STR("OPENSSH PRIVATE KEY")) < bytes.n) {
		(void)err_set(&err, RC_UNSUPPORTED, "The key is in OpenSSH's own format.");
		(void)err_fix(&err, "`ssh-keygen -p -m PEM -f FILE` rewrites it");
		(void)err_field(&err, member);
		odata_fail(oc, &err);
	} else if (order_of(oc, order, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_keystore_open(oc, buf_str(&bytes), value_get_str(oc->body, "Password"), done);
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
	    strcmp(alias, "id_ec") != 0) {
		odata_keystore_refuse(oc, RC_INVALID, "Alias",
				      "The alias of an SSH key is id_rsa, id_dsa or id_ec.");
	} else {
		open_key(oc, "SSHFile", ssh_done);
	}
}
