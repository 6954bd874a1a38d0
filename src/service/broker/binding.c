/* SPDX-License-Identifier: Apache-2.0
 * Bindings of destination instances, made on demand and given again. */
#include "service/broker/binding.h"

#include "base/memory.h"
#include "http/uri.h"
#include "service/doctor/binding_check.h"
#include "service/key/instance.h"
#include "service/key/key_row.h"
#include "service/keystore/key_store_form.h"
#include "service/key/service_key.h"
#include "service/core/tenant.h"
#include "service/token/token.h"

#define INSTANCE_NAME "destination"

/* The instance asked for, else the first of the service, else a new one; owned. */
static enum rc instance_find(struct session *session, const char *tenant, const char *wanted,
			     struct value **ret, struct err *reterr)
{
	AUTO_VALUE *list = NULL, *input = NULL;
	if (wanted) {
		TRY(service_instance_get(session, tenant, wanted, ret, reterr));
		if (str_is(value_get_str(*ret, "service"), "destination")) {
			return RC_OK;
		}
		value_free(TAKE(*ret));
		(void)err_set(reterr, RC_INVALID, "The instance %s is not one of the service destination.",
			      wanted);
		return err_field(reterr, "instance");
	}
	TRY(service_instance_list(session, tenant, &list, reterr));
	struct value *found = value_find(list, "service", STR("destination"));
	if (found) {
		*ret = value_ref(found);
		return RC_OK;
	}
	input = value_object();
	value_set_c(input, "name", INSTANCE_NAME);
	value_set_c(input, "service", "destination");
	value_set_c(input, "plan", "lite");
	return service_instance_create(session, tenant, input, ret, reterr);
}

static enum rc key_ensure(struct session *session, const char *tenant, const char *instance, bool x509,
			  struct key *key, struct err *reterr)
{
	AUTO_VALUE *there = NULL, *made = NULL, *input = NULL;
	const char *name = x509 ? "binding-x509" : "binding";
	enum rc rc = service_key_get(session, tenant, instance, name, &there, reterr);
	if (rc != RC_NOT_FOUND) {
		return rc;
	}
	input = value_object();
	value_set_c(input, "name", name);
	if (x509) {
		struct value *parameters = value_object();
		value_set_c(parameters, "key-type", "certificate");
		value_set(input, "parameters", parameters);
	}
	return service_key_create(session, tenant, instance, input, key, &made, reterr);
}

static void set_default(struct value *object, const char *name, const char *text)
{
	if (!value_get(object, name)) {
		value_set_c(object, name, text);
	}
}

static enum rc credentials_complete(struct session *session, const char *tenant, const struct value *instance,
				    bool x509, struct value *c, struct err *reterr)
{
	AUTO_FREE char *id = NULL, *url = service_tenant_url(session, "management_url", tenant);
	AUTO_FREE char *gateway = service_tenant_url(session, "gateway_url", tenant);
	const char *host = strstr(url, "://");
	TRY(service_tenant_id(session, tenant, &id, reterr));
	/* Clients drop a path of url and append /destination-configuration to uri:
	 * both are the root, without a slash. */
	value_set_c(c, "url", url);
	value_set_c(c, "uri", url);
	value_set_c(c, "uaadomain", host ? host + 3 : url);
	value_set_c(c, "tenantid", id);
	value_set_c(c, "tenantmode", "dedicated");
	value_set_c(c, "identityzone", tenant);
	value_set_str(c, "instanceid", value_get_str(instance, "id"));
	value_set_c(c, "xsappname", TOKEN_DESTINATION_XSAPPNAME);
	set_default(c, "credential-type", x509 ? "x509" : "binding-secret");
	if (x509) {
		/* Secret and certificate together would let clients send the secret. */
		value_remove(c, "clientsecret");
		value_set_c(c, "credential-type", "x509");
		value_set_c(c, "certurl", gateway);
	}
	return RC_OK;
}

static struct value *entry_of(const struct value *instance, struct value *take_credentials)
{
	struct value *v = value_object(), *tags = value_array();
	static const char *const names[] = { "destination", "conn", "connsvc" };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		value_append_c(tags, names[i]);
	}
	value_set_str(v, "name", value_get_str(instance, "name"));
	value_set_str(v, "instance_name", value_get_str(instance, "name"));
	value_set_str(v, "instance_guid", value_get_str(instance, "id"));
	value_set_c(v, "label", "destination");
	value_set_c(v, "plan", "lite");
	value_set(v, "tags", tags);
	value_set(v, "credentials", take_credentials);
	return v;
}

static enum rc clients_read(const struct value *list, unsigned *ret, struct err *reterr)
{
	*ret = value_count(list) > 0 ? 0 : KEY_STORE_CLIENT_ALL;
	for (size_t i = 0; i < value_count(list); i++) {
		unsigned one = key_store_form_client(value_str(value_at(list, i)));
		if (one == 0) {
			(void)err_set(reterr, RC_INVALID,
				      "A client is one of cap, sdk-js, approuter and sdk-java.");
			return err_field(reterr, "clients");
		}
		*ret |= one;
	}
	return RC_OK;
}

enum rc service_binding_create(struct session *session, const char *tenant, const struct value *input,
			       struct key *key, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *instance = NULL, *credentials = NULL, *findings = value_array();
	bool x509 = value_get_bool(input, "x509", false);
	unsigned clients = 0;
	TRY(clients_read(value_get(input, "clients"), &clients, reterr));
	TRY(instance_find(session, tenant, value_get_c(input, "instance"), &instance, reterr));
	const char *name = value_get_c(instance, "name");
	TRY(binding_check(session, tenant, value_get_c(instance, "id"), clients, findings, reterr));
	TRY(key_ensure(session, tenant, name, x509, key, reterr));
	TRY(service_key_credentials(session, tenant, name, x509 ? "binding-x509" : "binding", &credentials,
				    reterr));
	TRY(credentials_complete(session, tenant, instance, x509, credentials, reterr));
	*ret = entry_of(instance, TAKE(credentials));
	value_set(*ret, "findings", value_ref(findings));
	return RC_OK;
}
