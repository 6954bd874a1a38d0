/* SPDX-License-Identifier: Apache-2.0
 * Service keys: who may call, by secret or by certificate. */
#include "service/service_key.h"

#include "base/memory.h"
#include "base/random.h"
#include "model/reason.h"
#include "pki/chain_pem.h"
#include "pki/digest.h"
#include "service/authority.h"
#include "service/input.h"
#include "service/key_certificate.h"
#include "service/key_conflict.h"
#include "service/publish.h"
#include "store/service_key_certificate.h"

#include <stdio.h>

#define MAX_PARAMETERS ((size_t)64 * 1024)
#define MAX_SEALED (KEY_MAX_BYTES + 256)
#define SECRET_DIGITS 43 /* 258 random bits */
#define SECRET_SIZE (RANDOM_UUID_SIZE + 1 + SECRET_DIGITS)

static const char TYPE_SECRET[] = "clientid-secret";
static const char TYPE_ISSUED[] = "certificate";
static const char TYPE_EXTERNAL[] = "certificate-external";

static enum rc find_instance(struct session *session, const char *tenant, const char *name,
			     struct store_instance *ret, struct err *reterr)
{
	enum rc rc = store_instance_find_name(session->store, tenant, name, ret, reterr);
	if (rc == RC_NOT_FOUND) {
		char shown[64];
		(void)err_set(reterr, RC_NOT_FOUND, "There is no service instance %s.",
			      str_printable(str_of(name), shown, sizeof(shown)));
		return err_field(reterr, "instance");
	}
	return rc;
}

static enum rc find_key(struct session *session, const struct store_instance *instance, const char *name,
			struct store_service_key *ret, struct err *reterr)
{
	enum rc rc = store_service_key_find_name(session->store, instance->tenant, instance->id, name, ret,
						 reterr);
	if (rc == RC_NOT_FOUND) {
		char shown[64];
		(void)err_set(reterr, RC_NOT_FOUND, "The service instance %s has no service key %s.",
			      instance->name, str_printable(str_of(name), shown, sizeof(shown)));
		return err_field(reterr, "name");
	}
	return rc;
}

/* A key with its instance: what most use cases begin with. */
struct pair {
	struct store_instance instance;
	struct store_service_key key;
};

static void pair_fini(struct pair *pair)
{
	store_instance_fini(&pair->instance);
	store_service_key_fini(&pair->key);
}

static enum rc find_pair(struct session *session, const char *tenant, const char *instance, const char *name,
			 struct pair *ret, struct err *reterr)
{
	TRY(find_instance(session, tenant, instance, &ret->instance, reterr));
	return find_key(session, &ret->instance, name, &ret->key, reterr);
}

/* The certificates of a key with their facts, newest first. */
static enum rc certificates_value(struct session *session, const struct store_service_key *key,
				  struct value **ret, struct value *warnings, struct err *reterr)
{
	AUTO(store_service_key_certificate_list_fini) struct store_service_key_certificate_list list = { 0 };
	AUTO_VALUE *array = value_array();
	TRY(store_service_key_certificate_list_of_key(session->store, key->tenant, key->id, &list, reterr));
	for (size_t i = list.n; i-- > 0;) {
		AUTO_CERT_LIST chain = { 0 };
		TRY(chain_pem_parse(list.items[i].chain, &chain, reterr));
		value_append(array, cert_to_value(chain.items[0]));
		key_certificate_warn(chain.items[0], wall_now(), warnings);
	}
	*ret = TAKE(array);
	return RC_OK;
}

/* An unpinned key follows renewals by its issuer's public key, which nobody may have given yet. */
static enum rc warn_of_unknown_issuers(struct session *session, const struct store_service_key *key,
				       struct value *warnings, struct err *reterr)
{
	AUTO_VALUE *record = NULL;
	if (key->pinned) {
		return RC_OK;
	}
	TRY(publish_credential_value(session, key, &record, reterr));
	const struct value *list = value_get(record, "certificates");
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *c = value_at(list, i);
		if (!value_get_c(c, "issuer_public_key_sha256")) {
			value_append(warnings, reason_finding(REASON_S315, NULL, c));
		}
	}
	return RC_OK;
}

static enum rc key_value(struct session *session, const struct store_instance *instance,
			 const struct store_service_key *key, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	AUTO_VALUE *record = publish_instance_value(instance);
	struct value *warnings = value_array();
	struct value *certificates = NULL;
	value_set(v, "warnings", warnings);
	TRY(certificates_value(session, key, &certificates, warnings, reterr));
	TRY(warn_of_unknown_issuers(session, key, warnings, reterr));
	value_set_c(v, "id", key->id);
	value_set_c(v, "name", key->name);
	value_set_c(v, "instance", instance->name);
	value_set_c(v, "service", instance->service);
	value_set_c(v, "plan", instance->plan);
	value_set_c(v, "type", key->type);
	value_set_bool(v, "pinned", key->pinned);
	value_set(v, "certificate",
		  value_count(certificates) > 0 ? value_copy(value_at(certificates, 0)) : value_null());
	value_set(v, "certificates", certificates);
	value_set(v, "roles", value_copy(value_get(record, "roles")));
	value_set_c(v, "client_id", key->client_id);
	value_set_wall(v, "created", key->created);
	*ret = TAKE(v);
	return RC_OK;
}

/* All, or only what is wanted: an instance may have a million. */
static enum rc read_page(struct session *session, const struct store_instance *instance,
			 const struct page *page, struct store_service_key_list *ret, struct err *reterr)
{
	if (!page_is_part(page))
		return store_service_key_list_of_instance(session->store, instance->tenant, instance->id, ret,
							  reterr);
	return store_service_key_list_after(session->store, instance->tenant, instance->id,
					    page->after ? page->after : "", page_rows(page), ret, reterr);
}

enum rc service_key_list(struct session *session, const char *tenant, const char *instance,
			 const struct page *page, struct value **ret, struct err *reterr)
{
	AUTO(store_instance_fini) struct store_instance row = { 0 };
	AUTO(store_service_key_list_fini) struct store_service_key_list keys = { 0 };
	AUTO_VALUE *array = value_array();
	TRY(find_instance(session, tenant, instance, &row, reterr));
	TRY(read_page(session, &row, page, &keys, reterr));
	for (size_t i = 0; i < keys.n; i++) {
		struct value *v = NULL;
		TRY(key_value(session, &row, &keys.items[i], &v, reterr));
		value_append(array, v);
	}
	*ret = TAKE(array);
	return RC_OK;
}

enum rc service_key_count(struct session *session, const char *tenant, const char *instance, int64_t *ret,
			  struct err *reterr)
{
	AUTO(store_instance_fini) struct store_instance row = { 0 };
	TRY(find_instance(session, tenant, instance, &row, reterr));
	return store_service_key_count_of_instance(session->store, tenant, row.id, ret, reterr);
}

enum rc service_key_get(struct session *session, const char *tenant, const char *instance, const char *name,
			struct value **ret, struct err *reterr)
{
	AUTO(pair_fini) struct pair pair = { 0 };
	TRY(find_pair(session, tenant, instance, name, &pair, reterr));
	return key_value(session, &pair.instance, &pair.key, ret, reterr);
}

/* A key in the making: its row, and what the row's slices point to. */
struct making {
	struct store_service_key row;
	char id[RANDOM_UUID_SIZE];
	char client_id[256];
	char secret[SECRET_SIZE];
	char secret_sha256[DIGEST_SHA256_TEXT_SIZE];
	struct buf sealed_secret, sealed_key;
	struct cert_list chain;
};

static void making_fini(struct making *m)
{
	mem_wipe(m->secret, sizeof(m->secret));
	buf_fini(&m->sealed_secret);
	buf_fini(&m->sealed_key);
	cert_list_fini(&m->chain);
}

/* Shapes of client ids. Source: SAP, credentials of it-rt and destination keys. */
static void name_client(struct making *m, const struct store_instance *instance)
{
	char uuid[RANDOM_UUID_SIZE];
	(void)random_uuid(uuid);
	if (strcmp(instance->service, "destination") == 0) {
		(void)snprintf(m->client_id, sizeof(m->client_id), "sb-clone-%s!b1|destination-xsappname!b1",
			       uuid);
	} else if (strcmp(instance->plan, "api") == 0) {
		(void)snprintf(m->client_id, sizeof(m->client_id), "sb-%s!b1|it!b1", uuid);
	} else {
		(void)snprintf(m->client_id, sizeof(m->client_id), "sb-%s!b1|it-rt-%s!b1", uuid,
			       instance->tenant);
	}
}

static void making_init(struct making *m, const struct store_instance *instance, const char *name)
{
	*m = (struct making){ .sealed_secret = BUF(MAX_SEALED), .sealed_key = BUF(MAX_SEALED) };
	name_client(m, instance);
	m->row = (struct store_service_key){ .tenant = instance->tenant,
					     .id = m->id,
					     .instance = instance->id,
					     .name = name,
					     .client_id = m->client_id,
					     .pinned = true,
					     .created = wall_now() };
}

static enum rc make_secret(struct session *session, struct making *m, struct err *reterr)
{
	char uuid[RANDOM_UUID_SIZE];
	char digits[SECRET_DIGITS + 1];
	(void)snprintf(m->secret, sizeof(m->secret), "%s$%s", random_uuid(uuid),
		       random_text(digits, SECRET_DIGITS));
	mem_wipe(digits, sizeof(digits));
	(void)digest_sha256_text(str_of(m->secret), m->secret_sha256);
	TRY(service_seal(session, m->row.tenant, "service_key", m->id, str_of(m->secret), &m->sealed_secret,
			 reterr));
	m->row.type = TYPE_SECRET;
	m->row.secret_sha256 = m->secret_sha256;
	m->row.secret = buf_str(&m->sealed_secret);
	return RC_OK;
}

static enum rc refuse(struct err *reterr, enum rc rc, const char *field, const char *text)
{
	(void)err_set(reterr, rc, "%s", text);
	return err_field(reterr, field);
}

/* XSUAA and the Destination service nest what it-rt has at the top. */
static const struct value *issue_parameters(const struct value *parameters)
{
	const struct value *nested = value_get(parameters, "x509");
	return value_is_object(nested) ? nested : parameters;
}

static enum rc key_type_of_length(const struct value *parameters, const char **ret, struct err *reterr)
{
	int64_t length = 0;
	TRY(field_integer(field_find(&object_service_key_parameters, "key-length"), parameters, &length,
			  reterr));
	if (length != 2048 && length != 3072 && length != 4096) {
		return refuse(reterr, RC_INVALID, "key-length", "key-length has to be 2048, 3072 or 4096.");
	}
	*ret = length == 2048 ? "rsa-2048" : length == 3072 ? "rsa-3072" : "rsa-4096";
	return RC_OK;
}

static enum rc check_validity_type(const struct value *parameters, struct err *reterr)
{
	struct str type = value_get_str(parameters, "validity-type");
	if (!type.p || str_equal_nocase(type, STR("DAYS"))) {
		return RC_OK;
	}
	return refuse(reterr, RC_INVALID, "validity-type", "validity-type has to be DAYS.");
}

static enum rc issue(struct session *session, struct making *m, const struct store_instance *instance,
		     const struct value *parameters, struct key *given, struct err *reterr)
{
	AUTO(key_free_cleanup) struct key *key = key_ref(given);
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_FREE char *subject = mem_printf("CN=%s, OU=%s, O=Postern Clients", m->row.name, instance->name);
	const char *type = NULL;
	int64_t days = 0;
	parameters = issue_parameters(parameters);
	TRY(check_validity_type(parameters, reterr));
	TRY(field_integer(field_find(&object_service_key_parameters, "validity"), parameters, &days, reterr));
	TRY(key_type_of_length(parameters, &type, reterr));
	if (!key) {
		TRY(key_generate(&key, type, reterr));
	}
	struct service_authority_order order = { .subject = str_of(subject),
						 .usage = "client",
						 .days = (int)days };
	TRY(service_authority_issue_chain(session, m->row.tenant, &order, key, &m->chain, reterr));
	if (key_format_pkcs8(key, &der) != RC_OK) {
		return err_set(reterr, RC_BUG, "The key cannot be written.");
	}
	TRY(service_seal(session, m->row.tenant, "service_key", m->id, buf_str(&der), &m->sealed_key,
			 reterr));
	m->row.type = TYPE_ISSUED;
	m->row.key = buf_str(&m->sealed_key);
	return RC_OK;
}

/* The pasted certificate, wherever it was put. */
static struct str given_certificate(const struct value *input, const struct value *parameters)
{
	struct str text = value_get_str(input, "certificate");
	return text.p ? text : value_get_str(parameters, "X.509");
}

/* What a member has to be, so that none of another kind is taken for absent. */
struct parameter {
	const char *name;
	bool (*is)(const struct value *v);
	const char *sentence;
};

static enum rc check_kinds(const struct value *object, const struct parameter *list, size_t n,
			   struct err *reterr)
{
	for (size_t i = 0; i < n; i++) {
		const struct value *v = value_get(object, list[i].name);
		if (v && !value_is_null(v) && !list[i].is(v)) {
			(void)err_set(reterr, RC_INVALID, "%s has to be %s.", list[i].name, list[i].sentence);
			return err_field(reterr, list[i].name);
		}
	}
	return RC_OK;
}

/* A misspelt name, as X509, or a value of another kind would silently make a key with a secret, or a pinned one. The names
 * after `pin` are XSUAA's and the Destination service's. */
static enum rc check_names(const struct value *parameters, struct err *reterr)
{
	static const char *const known[] = { "key-type",        "X.509", "validity",
					     "key-length",      "pin",   "certificate-pinning",
					     "credential-type", "x509",  "validity-type" };
	static const char *const nested[] = { "validity", "validity-type", "key-length",
					      "certificate-pinning" };
	static const struct parameter kinds[] = {
		{ "key-type", value_is_string, "a text" },
		{ "credential-type", value_is_string, "a text" },
		{ "X.509", value_is_string, "the text of a certificate" },
		{ "validity-type", value_is_string, "DAYS" },
		{ "pin", value_is_bool, "true or false" },
		{ "certificate-pinning", value_is_bool, "true or false" },
		{ "x509", value_is_object, "an object" },
	};
	const struct value *x509 = value_get(parameters, "x509");
	TRY(input_known(parameters, known, ARRAY_SIZE(known), "key-type, X.509, validity, key-length and pin",
			reterr));
	TRY(check_kinds(parameters, kinds, ARRAY_SIZE(kinds), reterr));
	TRY(input_known(x509, nested, ARRAY_SIZE(nested),
			"validity, validity-type, key-length and certificate-pinning", reterr));
	return check_kinds(x509, kinds, ARRAY_SIZE(kinds), reterr);
}

/* XSUAA's word for the kind. RC_INVALID one that says neither. */
static enum rc check_credential_type(const struct value *parameters, bool *ret_x509, struct err *reterr)
{
	static const char *const secrets[] = { "binding-secret", "instance-secret" };
	struct str type = value_get_str(parameters, "credential-type");
	*ret_x509 = str_is(type, "x509");
	bool known = !type.p || *ret_x509;
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		known = known || str_is(type, secrets[i]);
	}
	return known ? RC_OK
		     : refuse(reterr, RC_INVALID, "credential-type",
			      "credential-type has to be x509, binding-secret or instance-secret.");
}

/* Source: SAP, Service Key Parameters in JSON Format; "X.509" alone stands for an external certificate. */
static enum rc type_of(const struct value *input, const struct value *parameters, const char **ret,
		       struct err *reterr)
{
	const char *type = value_get_c(parameters, "key-type");
	bool is_x509 = false;
	bool has_certificate = given_certificate(input, parameters).p != NULL;
	if (type && strcmp(type, "certificate_external") != 0 && strcmp(type, "certificate-external") != 0 &&
	    strcmp(type, "certificate") != 0 && strcmp(type, "clientid-secret") != 0 &&
	    strcmp(type, "clientid_secret") != 0) {
		return refuse(reterr, RC_INVALID, "key-type",
			      "key-type has to be certificate, certificate_external or clientid-secret.");
	}
	TRY(check_credential_type(parameters, &is_x509, reterr));
	bool says_secret = (type && strncmp(type, "clientid", 8) == 0) ||
			   (!is_x509 && value_get_str(parameters, "credential-type").p);
	bool says_certificate = has_certificate || is_x509 || (type && strncmp(type, "certificate", 11) == 0);
	if (says_secret && says_certificate) {
		return refuse(reterr, RC_INVALID, "key-type",
			      "A key has a secret or a certificate: the parameters ask for both.");
	}
	if (has_certificate || (type && strstr(type, "external"))) {
		*ret = TYPE_EXTERNAL;
	} else {
		*ret = is_x509 || (type && strcmp(type, "certificate") == 0) ? TYPE_ISSUED : TYPE_SECRET;
	}
	if (*ret == TYPE_EXTERNAL && !has_certificate) {
		return refuse(reterr, RC_INVALID, "X.509",
			      "X.509 is missing: the text of the external key's certificate.");
	}
	return RC_OK;
}

const char *service_key_type(const struct value *input)
{
	const struct value *parameters = value_get(input, "parameters");
	const char *type = NULL, *ret = NULL;
	if (type_of(input, parameters, &type, NULL) != RC_OK || type != TYPE_ISSUED ||
	    key_type_of_length(issue_parameters(parameters), &ret, NULL) != RC_OK) {
		return NULL;
	}
	return ret;
}

static enum rc check_grant(const struct store_instance *instance, const char *type, struct err *reterr)
{
	AUTO_VALUE *parameters = NULL;
	const struct value *list;
	if (type == TYPE_SECRET || strcmp(instance->service, "it-rt") != 0) {
		return RC_OK;
	}
	TRY(value_parse(&parameters, str_of(instance->parameters), MAX_PARAMETERS, reterr));
	list = value_get(parameters, "grant-types");
	for (size_t i = 0; i < value_count(list); i++) {
		struct str grant = value_str(value_at(list, i));
		if (str_is(grant, "client_credentials") || str_is(grant, "client_x509")) {
			return RC_OK;
		}
	}
	(void)refuse(reterr, RC_UNSUPPORTED, "key-type",
		     "A key with a certificate needs the grant type client_credentials in its instance.");
	return err_fix(reterr,
		       "`postern service-instance update %s -c '{\"grant-types\":[\"client_credentials\"]}'`",
		       instance->name);
}

static enum rc fill(struct session *session, struct making *m, const struct store_instance *instance,
		    const struct value *input, struct key *key, struct err *reterr)
{
	const struct value *parameters = value_get(input, "parameters");
	const char *type = NULL;
	if (parameters && !value_is_object(parameters) && !value_is_null(parameters)) {
		return refuse(reterr, RC_INVALID, "parameters", "parameters has to be a JSON object.");
	}
	TRY(check_names(parameters, reterr));
	TRY(type_of(input, parameters, &type, reterr));
	TRY(check_grant(instance, type, reterr));
	if (type == TYPE_SECRET) {
		return make_secret(session, m, reterr);
	}
	bool pin = value_get_bool(value_get(parameters, "x509"), "certificate-pinning", true);
	m->row.pinned =
		value_get_bool(parameters, "pin", value_get_bool(parameters, "certificate-pinning", pin));
	if (type == TYPE_ISSUED) {
		return issue(session, m, instance, parameters, key, reterr);
	}
	m->row.type = TYPE_EXTERNAL;
	return key_certificate_take(session, m->row.tenant, given_certificate(input, parameters), &m->chain,
				    reterr);
}

enum rc service_key_add(struct change *change, const char *tenant, const char *instance,
			const struct value *input, struct key *key, struct value **ret, struct err *reterr)
{
	struct session *session = change->session;
	AUTO(store_instance_fini) struct store_instance row = { 0 };
	AUTO(making_fini) struct making m = { 0 };
	const char *name = NULL;
	enum rc rc;
	TRY(input_name(input, &name, reterr));
	TRY(find_instance(session, tenant, instance, &row, reterr));
	making_init(&m, &row, name);
	TRY(input_id(input, m.id, reterr));
	TRY(fill(session, &m, &row, input, key, reterr));
	rc = store_service_key_insert(session->store, &m.row, reterr);
	if (rc == RC_EXISTS) {
		(void)err_set(reterr, RC_EXISTS, "The service instance %s has a service key %s already.",
			      row.name, name);
		return err_field(reterr, "name");
	}
	TRY(rc);
	if (m.chain.n > 0) {
		TRY(key_certificate_add(session, &m.row, &m.chain, reterr));
		TRY(key_conflict_check(session, &row, &m.row, reterr));
	}
	TRY(publish_service_key(change, &m.row, reterr));
	return key_value(session, &row, &m.row, ret, reterr);
}

enum rc service_key_create(struct session *session, const char *tenant, const char *instance,
			   const struct value *input, struct key *key, struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_VALUE *made = NULL;
	TRY(change_begin(&change, session, reterr));
	TRY(service_key_add(&change, tenant, instance, input, key, &made, reterr));
	TRY(change_commit(&change, reterr));
	*ret = TAKE(made);
	return RC_OK;
}

enum rc service_key_add_certificate(struct session *session, const char *tenant, const char *instance,
				    const char *name, const struct value *input, struct value **ret,
				    struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(pair_fini) struct pair pair = { 0 };
	AUTO_CERT_LIST chain = { 0 };
	AUTO(store_service_key_certificate_list_fini) struct store_service_key_certificate_list held = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(find_pair(session, tenant, instance, name, &pair, reterr));
	if (pair.key.secret_sha256) {
		return refuse(reterr, RC_UNSUPPORTED, "certificate",
			      "A key with client id and secret takes no certificate; make another key.");
	}
	TRY(key_certificate_take(session, tenant, value_get_str(input, "certificate"), &chain, reterr));
	TRY(store_service_key_certificate_list_of_key(session->store, tenant, pair.key.id, &held, reterr));
	if (held.n >= SERVICE_KEY_MAX_CERTIFICATES) {
		(void)refuse(reterr, RC_LIMIT, "certificate",
			     "The key holds two certificates already; take the older one out first.");
		return err_fix(reterr, "`postern service-key update %s %s --remove-certificate %s`", instance,
			       name, held.items[0].sha256);
	}
	TRY(key_certificate_add(session, &pair.key, &chain, reterr));
	TRY(key_conflict_check(session, &pair.instance, &pair.key, reterr));
	TRY(publish_service_key(&change, &pair.key, reterr));
	TRY(change_commit(&change, reterr));
	return key_value(session, &pair.instance, &pair.key, ret, reterr);
}

enum rc service_key_remove_certificate(struct session *session, const char *tenant, const char *instance,
				       const char *name, const char *sha256, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(pair_fini) struct pair pair = { 0 };
	AUTO(store_service_key_certificate_list_fini) struct store_service_key_certificate_list held = { 0 };
	bool found = false;
	TRY(change_begin(&change, session, reterr));
	TRY(find_pair(session, tenant, instance, name, &pair, reterr));
	TRY(store_service_key_certificate_list_of_key(session->store, tenant, pair.key.id, &held, reterr));
	for (size_t i = 0; i < held.n; i++) {
		found |= str_equal_nocase(str_of(held.items[i].sha256), str_of(sha256));
	}
	if (!found) {
		return refuse(reterr, RC_NOT_FOUND, "sha256", "The key does not hold this certificate.");
	}
	if (held.n == 1) {
		return refuse(reterr, RC_CONFLICT, "sha256",
			      "It is the only certificate of the key; delete the key instead.");
	}
	for (size_t i = 0; i < held.n; i++) {
		if (str_equal_nocase(str_of(held.items[i].sha256), str_of(sha256))) {
			TRY(store_service_key_certificate_delete(session->store, tenant, held.items[i].sha256,
								 reterr));
		}
	}
	TRY(publish_service_key(&change, &pair.key, reterr));
	return change_commit(&change, reterr);
}

enum rc service_key_delete(struct session *session, const char *tenant, const char *instance,
			   const char *name, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(pair_fini) struct pair pair = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(find_pair(session, tenant, instance, name, &pair, reterr));
	TRY(store_service_key_delete(session->store, tenant, pair.key.id, reterr));
	TRY(publish_gone(&change, REGISTRY_CREDENTIAL, tenant, pair.key.id, reterr));
	return change_commit(&change, reterr);
}

static enum rc records(struct session *session, const struct store_service_key *key,
		       struct value **ret_credential, struct value **ret_instance, struct err *reterr)
{
	AUTO(store_instance_fini) struct store_instance instance = { 0 };
	TRY(store_instance_get(session->store, key->tenant, key->instance, &instance, reterr));
	AUTO_VALUE *parameters = NULL;
	TRY(value_parse(&parameters, str_of(instance.parameters), MAX_PARAMETERS, reterr));
	TRY(publish_credential_value(session, key, ret_credential, reterr));
	*ret_instance = publish_instance_value(&instance);
	const struct value *grant_types = value_get(parameters, "grant-types");
	if (value_is_array(grant_types)) {
		value_set(*ret_instance, "grant_types", value_copy(grant_types));
	}
	return RC_OK;
}

/* An unknown client costs what a known one does: one row is looked for, and two digests are compared. */
enum rc service_key_check_secret(struct session *session, const char *tenant, const char *client_id,
				 struct str secret, bool *ret, struct err *reterr)
{
	AUTO(store_service_key_fini) struct store_service_key key = { 0 };
	char sent[DIGEST_SHA256_TEXT_SIZE], other[DIGEST_SHA256_TEXT_SIZE];
	enum rc rc = store_service_key_find_client_id(session->store, tenant, client_id, &key, reterr);
	if (rc != RC_OK && rc != RC_NOT_FOUND) {
		return rc;
	}
	digest_sha256_text(secret, sent);
	memset(other, '-', sizeof(other));
	bool known =
		rc == RC_OK && key.secret_sha256 && strlen(key.secret_sha256) == DIGEST_SHA256_TEXT_SIZE - 1;
	bool same = mem_equal_secret(sent, known ? key.secret_sha256 : other, DIGEST_SHA256_TEXT_SIZE - 1);
	*ret = same && known;
	return RC_OK;
}

enum rc service_key_find_client(struct session *session, const char *tenant, const char *client_id,
				struct value **ret_credential, struct value **ret_instance,
				struct err *reterr)
{
	AUTO(store_service_key_fini) struct store_service_key key = { 0 };
	TRY(store_service_key_find_client_id(session->store, tenant, client_id, &key, reterr));
	return records(session, &key, ret_credential, ret_instance, reterr);
}

enum rc service_key_find_id(struct session *session, const char *tenant, const char *id,
			    struct value **ret_credential, struct value **ret_instance, struct err *reterr)
{
	AUTO(store_service_key_fini) struct store_service_key key = { 0 };
	TRY(store_service_key_get(session->store, tenant, id, &key, reterr));
	return records(session, &key, ret_credential, ret_instance, reterr);
}

enum rc service_key_credentials(struct session *session, const char *tenant, const char *instance,
				const char *name, struct value **ret, struct err *reterr)
{
	AUTO(pair_fini) struct pair pair = { 0 };
	TRY(find_pair(session, tenant, instance, name, &pair, reterr));
	return key_certificate_credentials(session, &pair.instance, &pair.key, ret, reterr);
}
