/* SPDX-License-Identifier: Apache-2.0
 * The catalog of the Open Service Broker API: services, plans, and the JSON schemas of their parameters. */
#include "service/broker/broker_catalog.h"

#include "base/memory.h"
#include "pki/digest.h"
#include "service/core/tenant.h"

#include <stdio.h>

#define SCHEMA_MAX ((size_t)16 * 1024)

/* The instance's parameters of it-rt, for creation and update.
 * Source: SAP, Service Instance Parameters in JSON Format. */
#define RUNTIME_INSTANCE \
	"{\"$schema\":\"http://json-schema.org/draft-04/" \
	"schema#\",\"type\":\"object\",\"additionalProperties\":false," \
	"\"properties\":{" \
	"\"grant-types\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"}," \
	"\"description\":\"client_credentials serves secrets and certificates\"}," \
	"\"redirect-uris\":{\"type\":\"array\",\"maxItems\":20,\"items\":{\"type\":\"string\"}}," \
	"\"roles\":{\"type\":\"array\",\"maxItems\":50,\"items\":{\"type\":\"string\"}," \
	"\"description\":\"what the keys of this instance may do\"}," \
	"\"token-validity\":{\"type\":\"integer\",\"minimum\":3600,\"maximum\":86400," \
	"\"description\":\"seconds\"}}}"

/* The key's parameters of it-rt. Source: SAP, Service Key Parameters in JSON Format. */
#define RUNTIME_BINDING \
	"{\"$schema\":\"http://json-schema.org/draft-04/" \
	"schema#\",\"type\":\"object\",\"additionalProperties\":false," \
	"\"properties\":{" \
	"\"key-type\":{\"type\":\"string\",\"enum\":[\"clientid-secret\",\"certificate\",\"certificate_" \
	"external\"]}," \
	"\"X.509\":{\"type\":\"string\",\"description\":\"PEM of the leaf certificate, for " \
	"certificate_external\"}," \
	"\"validity\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":365,\"description\":\"days\"}," \
	"\"key-length\":{\"type\":\"integer\",\"enum\":[2048,3072,4096]}," \
	"\"pin\":{\"type\":\"boolean\",\"description\":\"match this very certificate, not its names\"}}}"

#define DESTINATION_INSTANCE \
	"{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"type\":\"object\",\"properties\":{}}"

#define DESTINATION_BINDING \
	"{\"$schema\":\"http://json-schema.org/draft-04/" \
	"schema#\",\"type\":\"object\",\"additionalProperties\":false," \
	"\"properties\":{" \
	"\"credential-type\":{\"type\":\"string\",\"enum\":[\"binding-secret\",\"x509\"]}," \
	"\"x509\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{" \
	"\"validity\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":365,\"description\":\"days\"}," \
	"\"validity-type\":{\"type\":\"string\",\"enum\":[\"DAYS\"]}," \
	"\"key-length\":{\"type\":\"integer\",\"enum\":[2048,3072,4096]}}}}}"

struct offer {
	const char *service;
	const char *service_text;
	const char *tag;
	const char *plan;
	const char *plan_text;
	const char *instance_schema;
	const char *binding_schema;
};

/* Plans of one service stand together. */
static const struct offer offers[] = {
	{ "it-rt", "Process Integration Runtime: who may call integration endpoints and the tenant's API",
	  "it-rt", "integration-flow", "Senders that call integration flow endpoints", RUNTIME_INSTANCE,
	  RUNTIME_BINDING },
	{ "it-rt", "", "it-rt", "api", "Clients of the Cloud Integration OData API", RUNTIME_INSTANCE,
	  RUNTIME_BINDING },
	{ "destination", "Destination service: named targets with their credentials for apps", "destination",
	  "lite", "Destinations and certificates of the subaccount and of the instance", DESTINATION_INSTANCE,
	  DESTINATION_BINDING },
};

/* A UUID (version 8, RFC 9562 §5.8) made of the subaccount's id and a name. */
static void id_make(const char *tenant_id, const char *name, const char *plan,
		    char ret[BROKER_CATALOG_ID_SIZE])
{
	uint8_t d[DIGEST_SHA256_SIZE];
	AUTO_FREE char *text = mem_printf("%s/%s/%s", tenant_id, name, plan);
	digest_sha256(str_of(text), d);
	(void)snprintf(ret, BROKER_CATALOG_ID_SIZE,
		       "%02x%02x%02x%02x-%02x%02x-8%01x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1],
		       d[2], d[3], d[4], d[5], d[6] & 0x0fU, d[7], (d[8] & 0x3fU) | 0x80U, d[9], d[10], d[11],
		       d[12], d[13], d[14], d[15]);
}

static struct value *schema_of(const char *text)
{
	struct value *v = NULL;
	ASSERT(value_parse(&v, str_of(text), SCHEMA_MAX, NULL) == RC_OK);
	struct value *wrapped = value_object();
	value_set(wrapped, "parameters", v);
	return wrapped;
}

static struct value *plan_value(const char *tenant_id, const struct offer *offer)
{
	char id[BROKER_CATALOG_ID_SIZE];
	struct value *v = value_object(), *schemas = value_object(), *instance = value_object(),
		     *binding = value_object();
	id_make(tenant_id, offer->service, offer->plan, id);
	value_set_c(v, "id", id);
	value_set_c(v, "name", offer->plan);
	value_set_c(v, "description", offer->plan_text);
	value_set_bool(v, "free", true);
	value_set_bool(v, "bindable", true);
	value_set_bool(v, "binding_rotatable", true);
	value_set(instance, "create", schema_of(offer->instance_schema));
	value_set(instance, "update", schema_of(offer->instance_schema));
	value_set(binding, "create", schema_of(offer->binding_schema));
	value_set(schemas, "service_instance", instance);
	value_set(schemas, "service_binding", binding);
	value_set(v, "schemas", schemas);
	return v;
}

static struct value *service_value(const char *tenant_id, const struct offer *offer)
{
	char id[BROKER_CATALOG_ID_SIZE];
	struct value *v = value_object(), *tags = value_array();
	id_make(tenant_id, offer->service, "", id);
	value_set_c(v, "id", id);
	value_set_c(v, "name", offer->service);
	value_set_c(v, "description", offer->service_text);
	value_append_c(tags, offer->tag);
	value_set(v, "tags", tags);
	value_set_bool(v, "bindable", true);
	value_set_bool(v, "instances_retrievable", true);
	value_set_bool(v, "bindings_retrievable", true);
	value_set_bool(v, "plan_updateable", false);
	value_set(v, "plans", value_array());
	return v;
}

enum rc broker_catalog(struct session *session, const char *tenant, struct value **ret, struct err *reterr)
{
	AUTO_FREE char *tenant_id = NULL;
	TRY(service_tenant_id(session, tenant, &tenant_id, reterr));
	struct value *catalog = value_object(), *services = value_array(), *last = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(offers); i++) {
		if (i == 0 || strcmp(offers[i - 1].service, offers[i].service) != 0) {
			last = service_value(tenant_id, &offers[i]);
			value_append(services, last);
		}
		value_append(value_get(last, "plans"), plan_value(tenant_id, &offers[i]));
	}
	value_set(catalog, "services", services);
	*ret = catalog;
	return RC_OK;
}

static enum rc refuse(struct err *reterr, const char *field, const char *text)
{
	(void)err_set(reterr, RC_INVALID, "%s %s", field, text);
	return err_field(reterr, field);
}

enum rc broker_catalog_find(struct session *session, const char *tenant, const char *service_id,
			    const char *plan_id, const char **ret_service, const char **ret_plan,
			    struct err *reterr)
{
	AUTO_FREE char *tenant_id = NULL;
	bool known = false;
	if (!service_id || !service_id[0]) {
		return refuse(reterr, "service_id", "is missing.");
	}
	if (!plan_id || !plan_id[0]) {
		return refuse(reterr, "plan_id", "is missing.");
	}
	TRY(service_tenant_id(session, tenant, &tenant_id, reterr));
	for (size_t i = 0; i < ARRAY_SIZE(offers); i++) {
		char id[BROKER_CATALOG_ID_SIZE], plan[BROKER_CATALOG_ID_SIZE];
		id_make(tenant_id, offers[i].service, "", id);
		id_make(tenant_id, offers[i].service, offers[i].plan, plan);
		known |= strcmp(id, service_id) == 0;
		if (strcmp(id, service_id) == 0 && strcmp(plan, plan_id) == 0) {
			*ret_service = offers[i].service;
			*ret_plan = offers[i].plan;
			return RC_OK;
		}
	}
	return known ? refuse(reterr, "plan_id", "is none of the service's plans; the catalog lists them.")
		     : refuse(reterr, "service_id", "is not in the catalog.");
}
