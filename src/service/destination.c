/* SPDX-License-Identifier: Apache-2.0
 * Destinations: validated, their secrets sealed, found again in the shape clients read. */
#include "service/destination.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "pki/digest.h"
#include "service/destination_property.h"
#include "service/own_gateway.h"
#include "store/destination.h"

#include <ctype.h>

#define TABLE_NAME "destination"
#define JSON_MAX ((size_t)4 * 1024 * 1024)

static enum rc invalid(struct err *reterr, const char *field, const char *text)
{
	(void)err_set(reterr, RC_INVALID, "%s", text);
	return err_field(reterr, field);
}

static enum rc not_found(struct err *reterr)
{
	return err_set(reterr, RC_NOT_FOUND, "%s", DESTINATION_NOT_FOUND);
}

/* One property as text: clients read every value into a string. */
static enum rc property_take(struct value *out, const char *name, const struct value *v, struct err *reterr)
{
	size_t n = strlen(name);
	if (n == 0 || n > DESTINATION_NAME_MAX)
		return invalid(reterr, "", "A property has a name of 1 to 200 characters.");
	if (value_is_string(v) && value_str(v).n <= DESTINATION_VALUE_MAX)
		value_set_str(out, name, value_str(v));
	else if (value_is_bool(v))
		value_set_c(out, name, value_to_bool(v, false) ? "true" : "false");
	else if (value_is_int(v)) {
		AUTO_FREE char *text = mem_printf("%lld", (long long)value_to_int(v, 0));
		value_set_c(out, name, text);
	} else if (!value_is_null(v) && !value_is_object(v) && !value_is_array(v) && !value_is_string(v)) {
		AUTO_BUF(text, 64); /* a number with a fraction, as it is written in JSON */
		if (value_format(v, &text) != RC_OK)
			return invalid(reterr, name, "The number is too long.");
		value_set_str(out, name, buf_str(&text));
	} else if (!value_is_null(v))
		return invalid(reterr, name,
			       "A property is a text, a number or true or false, of at most 16 KiB.");
	return RC_OK;
}

static bool name_is_good(struct str name)
{
	if (name.n == 0 || name.n > DESTINATION_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (!isalnum((unsigned char)name.p[i]) && name.p[i] != '_' && name.p[i] != '-')
			return false;
	}
	return true;
}

static bool type_is_known(struct str type)
{
	return str_is(type, "HTTP") || str_is(type, "RFC") || str_is(type, "MAIL") || str_is(type, "LDAP") ||
	       str_is(type, "TCP");
}

/* Check a destination and put its properties into two objects, those to seal apart. */
static enum rc configuration_split(const struct value *input, struct value *open, struct value *secret,
				   struct err *reterr)
{
	const char *name;
	struct value *v;
	if (!value_is_object(input))
		return invalid(reterr, "", "A destination is a JSON object.");
	if (!name_is_good(value_get_str(input, "Name")))
		return invalid(reterr, "Name", "Name has 1 to 200 of the characters A-Z a-z 0-9 _ and -.");
	if (!type_is_known(value_get_str(input, "Type")))
		return invalid(reterr, "Type", "Type is HTTP, RFC, MAIL, LDAP or TCP.");
	if (value_count(input) > DESTINATION_PROPERTIES_MAX)
		return invalid(reterr, "", "A destination has at most 200 properties.");
	for (size_t i = 0; value_member(input, i, &name, &v); i++) {
		if (strcmp(name, "$metadata") != 0)
			TRY(property_take(destination_property_is_secret(name) ? secret : open, name, v,
					  reterr));
	}
	if (str_is(value_get_str(open, "Type"), "HTTP") && value_get_str(open, "URL").n == 0)
		return invalid(reterr, "URL", "A destination of type HTTP has a URL.");
	return RC_OK;
}

/* What lies in the store of one destination, before it is written. */
struct draft {
	struct value *open, *secret;
	struct buf configuration, sealed;
};

static void draft_fini(struct draft *d)
{
	value_free(d->open);
	value_free(d->secret);
	buf_fini(&d->configuration);
	buf_fini(&d->sealed);
}

static void row_name(const char *instance, const char *name, struct buf *out)
{
	buf_printf(out, "%s/%s", instance, name);
}

static enum rc draft_init(struct draft *d, struct service *service, const char *tenant, const char *instance,
			  const struct value *input, struct err *reterr)
{
	*d = (struct draft){ .open = value_object(),
			     .secret = value_object(),
			     .configuration = BUF(JSON_MAX),
			     .sealed = BUF(JSON_MAX) };
	AUTO_BUF_SECRET(plain, JSON_MAX);
	AUTO_BUF(row, 512);
	TRY(configuration_split(input, d->open, d->secret, reterr));
	if (value_format(d->open, &d->configuration) != RC_OK || value_format(d->secret, &plain) != RC_OK)
		return err_set(reterr, RC_LIMIT, "The destination is too large.");
	if (value_count(d->secret) == 0)
		return RC_OK;
	row_name(instance, value_get_c(d->open, "Name"), &row);
	return service_seal(service, tenant, TABLE_NAME, buf_c(&row), buf_str(&plain), &d->sealed, reterr);
}

static struct store_destination draft_row(struct draft *d, const char *tenant, const char *instance)
{
	struct wall now = wall_now();
	return (struct store_destination){
		.tenant = tenant,
		.instance = instance,
		.name = value_get_c(d->open, "Name"),
		.configuration = buf_c(&d->configuration),
		.secrets = buf_str(&d->sealed),
		.created = now,
		.modified = now,
	};
}

static void etag_of(const struct store_destination *row, char ret[DESTINATION_ETAG_SIZE])
{
	AUTO_BUF(text, JSON_MAX * 2);
	if (!ret)
		return;
	buf_printf(&text, "%s/%s/%s/%lld/", row->tenant, row->instance, row->name,
		   (long long)row->modified.us);
	buf_add_c(&text, row->configuration);
	buf_add(&text, row->secrets);
	digest_sha256_text(buf_str(&text), ret);
	for (char *p = ret; *p; p++)
		*p = (char)tolower((unsigned char)*p);
}

/* The flat destination of a row: open properties, then the secret ones. */
static enum rc row_open(struct service *service, const struct store_destination *row, bool with_secrets,
			struct value **ret, struct err *reterr)
{
	AUTO_VALUE *flat = NULL, *secret = NULL;
	AUTO_BUF_SECRET(plain, JSON_MAX);
	AUTO_BUF(at, 512);
	TRY(value_parse(&flat, str_of(row->configuration), JSON_MAX, reterr));
	if (with_secrets && row->secrets.n > 0) {
		const char *name;
		struct value *v;
		row_name(row->instance, row->name, &at);
		TRY(service_unseal(service, row->tenant, TABLE_NAME, buf_c(&at), row->secrets, &plain,
				   reterr));
		TRY(value_parse(&secret, buf_str(&plain), JSON_MAX, reterr));
		for (size_t i = 0; value_member(secret, i, &name, &v); i++)
			value_set(flat, name, value_ref(v));
	}
	*ret = TAKE(flat);
	return RC_OK;
}

static void metadata_set(const struct store_destination *row, struct value *flat)
{
	char etag[DESTINATION_ETAG_SIZE], time[WALL_TEXT_SIZE];
	struct value *metadata = value_object();
	etag_of(row, etag);
	value_set_c(metadata, "modification_time", wall_format(row->modified, time));
	value_set_c(metadata, "etag", etag);
	value_set(flat, "$metadata", metadata);
}

enum rc service_destination_list(struct service *service, const char *tenant, const char *instance,
				 struct value **ret, struct err *reterr)
{
	AUTO(store_destination_list_fini) struct store_destination_list list = { 0 };
	AUTO_VALUE *all = value_array();
	TRY(store_destination_list_all(service->store, tenant, instance, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		struct value *flat = NULL;
		TRY(row_open(service, &list.items[i], true, &flat, reterr));
		metadata_set(&list.items[i], flat);
		value_append(all, flat);
	}
	*ret = TAKE(all);
	return RC_OK;
}

static enum rc row_get(struct service *service, const char *tenant, const char *instance, const char *name,
		       struct store_destination *ret, struct err *reterr)
{
	enum rc rc = store_destination_get(service->store, tenant, instance, name, ret, reterr);
	return rc == RC_NOT_FOUND ? not_found(reterr) : rc;
}

enum rc service_destination_get(struct service *service, const char *tenant, const char *instance,
				const char *name, struct value **ret, char ret_etag[DESTINATION_ETAG_SIZE],
				struct err *reterr)
{
	AUTO(store_destination_fini) struct store_destination row = { 0 };
	TRY(row_get(service, tenant, instance, name, &row, reterr));
	etag_of(&row, ret_etag);
	return row_open(service, &row, true, ret, reterr);
}

/* A level is full at 1,000; what was there before does not count when it is overwritten. */
static enum rc level_check(struct service *service, const char *tenant, const char *instance,
			   struct err *reterr)
{
	AUTO(store_destination_list_fini) struct store_destination_list list = { 0 };
	TRY(store_destination_list_all(service->store, tenant, instance, &list, reterr));
	if (list.n >= DESTINATION_MAX)
		return err_set(reterr, RC_LIMIT, "There are %d destinations already, which is the most.",
			       DESTINATION_MAX);
	return RC_OK;
}

enum rc service_destination_create(struct service *service, const char *tenant, const char *instance,
				   const struct value *input, char ret_etag[DESTINATION_ETAG_SIZE],
				   struct err *reterr)
{
	AUTO(draft_fini) struct draft d = { 0 };
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	TRY(draft_init(&d, service, tenant, instance, input, reterr));
	TRY(level_check(service, tenant, instance, reterr));
	struct store_destination row = draft_row(&d, tenant, instance);
	TRY(store_transaction_begin(&transaction, service->store, reterr));
	enum rc rc = store_destination_insert(service->store, &row, reterr);
	if (rc == RC_EXISTS) {
		(void)err_set(reterr, RC_EXISTS, "Duplicate key: there is a destination named %s already.",
			      row.name);
		return err_field(reterr, "Name");
	}
	TRY(rc);
	TRY(store_transaction_commit(&transaction, reterr));
	etag_of(&row, ret_etag);
	return RC_OK;
}

enum rc service_destination_update(struct service *service, const char *tenant, const char *instance,
				   const struct value *input, const char *if_match,
				   char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	AUTO(draft_fini) struct draft d = { 0 };
	AUTO(store_destination_fini) struct store_destination old = { 0 };
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	char etag[DESTINATION_ETAG_SIZE];
	TRY(draft_init(&d, service, tenant, instance, input, reterr));
	TRY(row_get(service, tenant, instance, value_get_c(d.open, "Name"), &old, reterr));
	etag_of(&old, etag);
	if (if_match && str_find_str(str_of(if_match), str_of(etag)) == strlen(if_match))
		return err_set(reterr, RC_CONFLICT, "The configuration was changed meanwhile.");
	struct store_destination row = draft_row(&d, tenant, instance);
	row.created = old.created;
	TRY(store_transaction_begin(&transaction, service->store, reterr));
	TRY(store_destination_update(service->store, &row, reterr));
	TRY(store_transaction_commit(&transaction, reterr));
	etag_of(&row, ret_etag);
	return RC_OK;
}

enum rc service_destination_patch(struct service *service, const char *tenant, const char *instance,
				  const struct value *input, struct err *reterr)
{
	AUTO_VALUE *flat = NULL;
	const char *name = value_get_c(input, "Name"), *property;
	struct value *v;
	if (!name)
		return invalid(reterr, "Name", "Name says which destination is changed.");
	TRY(service_destination_get(service, tenant, instance, name, &flat, NULL, reterr));
	for (size_t i = 0; value_member(input, i, &property, &v); i++) {
		if (value_is_null(v))
			value_remove(flat, property);
		else
			value_set(flat, property, value_ref(v));
	}
	return service_destination_update(service, tenant, instance, flat, NULL, NULL, reterr);
}

enum rc service_destination_delete(struct service *service, const char *tenant, const char *instance,
				   const char *name, struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	TRY(store_transaction_begin(&transaction, service->store, reterr));
	enum rc rc = store_destination_delete(service->store, tenant, instance, name, reterr);
	if (rc == RC_NOT_FOUND)
		return not_found(reterr);
	TRY(rc);
	return store_transaction_commit(&transaction, reterr);
}

/* A certificate of the destination's level, else of the subaccount's; one that is not there is left out. */
static enum rc certificate_append(struct service *service, const char *tenant, const char *instance,
				  const char *name, struct value *certificates, struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	enum rc rc = service_destination_certificate_get(service, tenant, instance, name, &v, NULL, reterr);
	if (rc == RC_NOT_FOUND && *instance)
		rc = service_destination_certificate_get(service, tenant, "", name, &v, NULL, reterr);
	if (rc == RC_NOT_FOUND)
		return RC_OK;
	TRY(rc);
	/* Java compares these three names, and their case. */
	struct value *one = value_object();
	value_set_str(one, "Name", value_get_str(v, "Name"));
	value_set_str(one, "Content", value_get_str(v, "Content"));
	value_set_c(one, "Type", "CERTIFICATE");
	value_append(certificates, one);
	return RC_OK;
}

static enum rc certificates_set(struct service *service, const char *tenant, const char *instance,
				const struct value *flat, struct value *answer, struct err *reterr)
{
	AUTO_VALUE *certificates = value_array();
	const char *key = value_get_c(flat, "KeyStoreLocation"),
		   *trust = value_get_c(flat, "TrustStoreLocation");
	if (str_is(value_get_str(flat, "KeyStore.Source"), "ClientProvided"))
		key = NULL;
	if (key && *key)
		TRY(certificate_append(service, tenant, instance, key, certificates, reterr));
	if (trust && *trust && (!key || strcmp(trust, key) != 0))
		TRY(certificate_append(service, tenant, instance, trust, certificates, reterr));
	if (value_count(certificates) > 0)
		value_set(answer, "certificates", TAKE(certificates));
	return RC_OK;
}

/* Never an empty list: clients look at its first element. */
static void basic_token_set(const struct value *flat, struct value *answer)
{
	AUTO_BUF_SECRET(pair, 40000);
	AUTO_BUF_SECRET(text, 60000);
	AUTO_BUF_SECRET(header, 60000);
	if (!str_is(value_get_str(flat, "Authentication"), "BasicAuthentication"))
		return;
	buf_add(&pair, value_get_str(flat, "User"));
	buf_add_char(&pair, ':');
	buf_add(&pair, value_get_str(flat, "Password"));
	base64_encode(&text, buf_str(&pair));
	buf_add_c(&header, "Basic ");
	buf_add(&header, buf_str(&text));
	struct value *token = value_object(), *http_header = value_object(), *list = value_array();
	value_set_c(token, "type", "Basic");
	value_set_str(token, "value", buf_str(&text));
	value_set_c(http_header, "key", "Authorization");
	value_set_str(http_header, "value", buf_str(&header));
	value_set(token, "http_header", http_header);
	value_append(list, token);
	value_set(answer, "authTokens", list);
}

static enum rc owner_set(struct service *service, const char *tenant, const char *instance,
			 struct value *answer, struct err *reterr)
{
	AUTO_FREE char *id = NULL;
	TRY(service_tenant_id(service, tenant, &id, reterr));
	struct value *owner = value_object();
	value_set_c(owner, "SubaccountId", id);
	value_set_c(owner, "InstanceId", *instance ? instance : NULL);
	value_set(answer, "owner", owner);
	return RC_OK;
}

enum rc service_destination_find(struct service *service, const char *tenant, const char *instance,
				 const char *name, bool skip_credentials, struct value **ret,
				 char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	AUTO(store_destination_fini) struct store_destination row = { 0 };
	AUTO_VALUE *flat = NULL, *answer = value_object();
	enum rc rc = *instance ? row_get(service, tenant, instance, name, &row, reterr) : RC_NOT_FOUND;
	if (rc == RC_NOT_FOUND) {
		instance = "";
		rc = row_get(service, tenant, instance, name, &row, reterr);
	}
	TRY(rc);
	TRY(row_open(service, &row, !skip_credentials, &flat, reterr));
	TRY(owner_set(service, tenant, instance, answer, reterr));
	if (own_gateway_needs_trust(service, flat))
		value_set_c(flat, "TrustStoreLocation", OWN_GATEWAY_TRUST_STORE);
	value_set(answer, "destinationConfiguration", value_ref(flat));
	TRY(certificates_set(service, tenant, instance, flat, answer, reterr));
	if (!skip_credentials)
		basic_token_set(flat, answer);
	etag_of(&row, ret_etag);
	*ret = TAKE(answer);
	return RC_OK;
}
