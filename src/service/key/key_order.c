/* SPDX-License-Identifier: Apache-2.0
 * What the parameters of a service key ask for, in the words of three services. */
#include "service/key/key_order.h"

#include "service/core/input.h"

#define MAX_PARAMETERS ((size_t)64 * 1024)

static enum rc refuse(struct err *reterr, enum rc rc, const char *field, const char *text)
{
	(void)err_set(reterr, rc, "%s", text);
	return err_field(reterr, field);
}

/* What a member has to be, so that none of another kind is taken for absent. */
struct parameter {
	const char *name;
	bool (*is)(const struct value *v);
	const char *sentence;
};

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

/* The pasted certificate, wherever it was put. */
static struct str given_certificate(const struct value *input, const struct value *parameters)
{
	struct str text = value_get_str(input, "certificate");
	return text.p ? text : value_get_str(parameters, "X.509");
}

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

/* A misspelt name, as X509, or a value of another kind would silently make a key with a secret, or a pinned
 * one. The names after `pin` are XSUAA's and the Destination service's. */
static enum rc check_names(const struct value *parameters, struct err *reterr)
{
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
	TRY(input_known_fields(parameters, &object_service_key_parameters,
			       "key-type, X.509, validity, key-length and pin", reterr));
	TRY(check_kinds(parameters, kinds, ARRAY_SIZE(kinds), reterr));
	TRY(input_known_fields(x509, &object_service_key_x509,
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
static enum rc type_of(const struct value *input, const struct value *parameters, enum key_order_type *ret,
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
		*ret = KEY_ORDER_EXTERNAL;
	} else {
		*ret = is_x509 || (type && strcmp(type, "certificate") == 0) ? KEY_ORDER_ISSUED
									     : KEY_ORDER_SECRET;
	}
	if (*ret == KEY_ORDER_EXTERNAL && !has_certificate) {
		return refuse(reterr, RC_INVALID, "X.509",
			      "X.509 is missing: the text of the external key's certificate.");
	}
	return RC_OK;
}

const char *service_key_type(const struct value *input)
{
	const struct value *parameters = value_get(input, "parameters");
	enum key_order_type type;
	const char *ret = NULL;
	if (type_of(input, parameters, &type, NULL) != RC_OK || type != KEY_ORDER_ISSUED ||
	    key_type_of_length(issue_parameters(parameters), &ret, NULL) != RC_OK) {
		return NULL;
	}
	return ret;
}

static enum rc check_grant(const struct store_instance *instance, enum key_order_type type,
			   struct err *reterr)
{
	AUTO_VALUE *parameters = NULL;
	const struct value *list;
	if (type == KEY_ORDER_SECRET || strcmp(instance->service, "it-rt") != 0) {
		return RC_OK;
	}
	TRY(value_parse(&parameters, str_of(instance->parameters), MAX_PARAMETERS, reterr));
	list = value_get(parameters, "grant-types");
	if (value_has(list, STR("client_credentials")) || value_has(list, STR("client_x509"))) {
		return RC_OK;
	}
	(void)refuse(reterr, RC_UNSUPPORTED, "key-type",
		     "A key with a certificate needs the grant type client_credentials in its instance.");
	return err_fix(reterr,
		       "`postern service-instance update %s -c '{\"grant-types\":[\"client_credentials\"]}'`",
		       instance->name);
}

static enum rc read_issue(const struct value *parameters, struct key_order *ret, struct err *reterr)
{
	parameters = issue_parameters(parameters);
	TRY(check_validity_type(parameters, reterr));
	TRY(field_integer(field_find(&object_service_key_parameters, "validity"), parameters, &ret->days,
			  reterr));
	return key_type_of_length(parameters, &ret->key_type, reterr);
}

enum rc key_order_read(const struct value *input, const struct store_instance *instance,
		       struct key_order *ret, struct err *reterr)
{
	const struct value *parameters = value_get(input, "parameters");
	if (parameters && !value_is_object(parameters) && !value_is_null(parameters)) {
		return refuse(reterr, RC_INVALID, "parameters", "parameters has to be a JSON object.");
	}
	*ret = (struct key_order){ .certificate = given_certificate(input, parameters), .pinned = true };
	TRY(check_names(parameters, reterr));
	TRY(type_of(input, parameters, &ret->type, reterr));
	TRY(check_grant(instance, ret->type, reterr));
	if (ret->type == KEY_ORDER_SECRET) {
		return RC_OK;
	}
	bool pin = value_get_bool(value_get(parameters, "x509"), "certificate-pinning", true);
	ret->pinned =
		value_get_bool(parameters, "pin", value_get_bool(parameters, "certificate-pinning", pin));
	return ret->type == KEY_ORDER_ISSUED ? read_issue(parameters, ret, reterr) : RC_OK;
}
