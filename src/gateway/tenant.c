/* SPDX-License-Identifier: Apache-2.0
 * What a gateway keeps ready of one subaccount, and when it reads it anew. */
#include "gateway/tenant.h"

#include "base/hash.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "http/host.h"
#include "view/view_sealed.h"

/* What the registry says of a subaccount itself [bytes]. */
#define TENANT_RECORD_MAX ((size_t)64 * 1024)

/* Most subaccount names kept, those that do not exist among them: strangers choose them. */
#define MAX_TENANTS 4096
#define MAX_JSON REGISTRY_MAX_VALUE

struct str tenant_name(const struct gateway *g, struct str host)
{
	struct str label = host_label(host, str_of(g->settings.host));
	return label.n > 0 ? label : STR("default");
}

struct view tenant_view(const struct gateway *g, const struct tenant *tenant)
{
	return (struct view){ g->registry, str_of(tenant->name) };
}

struct reading {
	struct jws_key **keys;
	size_t n_keys;
};

static bool read_token_key(void *context, const struct registry_record *record)
{
	struct reading *r = context;
	struct jws_key *key = NULL;
	AUTO_VALUE *v = NULL;
	AUTO_BUF(spki, 16384);
	AUTO_FREE char *kid = str_dup(record->key);
	/* A key that cannot be read verifies nothing; the others do. */
	if (value_parse(&v, record->value, MAX_JSON, NULL) == RC_OK &&
	    base64_decode(&spki, value_get_str(v, "public"), false) == RC_OK &&
	    jws_key_new(&key, kid, buf_str(&spki), NULL) == RC_OK) {
		r->keys = mem_resize(r->keys, r->n_keys + 1, sizeof(struct jws_key *));
		r->keys[r->n_keys++] = key;
	}
	return true;
}

static enum rc load_trust(struct gateway *g, struct tenant *tenant, struct err *reterr)
{
	struct trust *trust = NULL;
	TRY(view_trust(tenant_view(g, tenant), &trust, reterr));
	trust_free(tenant->trust);
	tenant->trust = trust;
	tenant->trust_generation = registry_trust_generation(g->registry);
	return RC_OK;
}

static void free_keys(struct tenant *tenant)
{
	for (size_t i = 0; i < tenant->n_keys; i++) {
		jws_key_free(tenant->keys[i]);
	}
	mem_free(tenant->keys);
	tenant->keys = NULL;
	tenant->n_keys = 0;
}

static void load_identity(struct gateway *g, struct tenant *tenant)
{
	struct reading r = { 0 };
	AUTO_VALUE *v = NULL;
	struct registry_record record;
	struct str name = str_of(tenant->name);
	registry_each(g->registry, REGISTRY_TOKEN_KEY, name, read_token_key, &r);
	registry_each(g->registry, REGISTRY_TOKEN_KEY, STR(""), read_token_key, &r);
	free_keys(tenant);
	tenant->keys = r.keys;
	tenant->n_keys = r.n_keys;
	mem_free(tenant->id);
	tenant->id = NULL;
	if (registry_get(g->registry, REGISTRY_TENANT, name, name, &record) &&
	    value_parse(&v, record.value, TENANT_RECORD_MAX, NULL) == RC_OK) {
		tenant->id = mem_strdup(value_get_c(v, "id"));
	}
	tenant->tell = (enum setting_tell)view_setting(tenant_view(g, tenant), SETTING_tell_reason,
						       g->settings.tell);
	tenant->identity_generation = registry_identity_generation(g->registry);
}

static void free_endpoints(struct tenant *tenant)
{
	for (size_t i = 0; i < TENANT_PATHS; i++) {
		endpoint_free(tenant->paths[i].endpoint);
	}
	for (size_t i = 0; i < TENANT_BUCKETS; i++) {
		while (tenant->endpoints[i]) {
			struct endpoint *endpoint = tenant->endpoints[i];
			tenant->endpoints[i] = endpoint->next;
			endpoint_free(endpoint);
		}
	}
}

static void free_tls(struct tenant *tenant)
{
	while (tenant->tls) {
		struct tenant_tls *tls = tenant->tls;
		tenant->tls = tls->next;
		tls_client_context_free(tls->context);
		mem_free(tls->alias);
		mem_free(tls);
	}
}

static void free_tenant(struct tenant *tenant)
{
	free_endpoints(tenant);
	free_tls(tenant);
	free_keys(tenant);
	trust_free(tenant->trust);
	mem_free(tenant->name);
	mem_free(tenant->id);
	mem_free(tenant);
}

void tenant_free_all(struct gateway *g)
{
	g->tenant = NULL;
	while (g->tenants) {
		struct tenant *tenant = g->tenants;
		g->tenants = tenant->next;
		free_tenant(tenant);
	}
}

static bool exists(struct gateway *g, struct str name)
{
	struct registry_record record;
	return registry_get(g->registry, REGISTRY_TENANT, name, name, &record);
}

static struct tenant *find_or_add(struct gateway *g, struct str name)
{
	size_t n = 0;
	for (struct tenant *t = g->tenants; t; t = t->next, n++) {
		if (str_is(name, t->name)) {
			return t;
		}
	}
	if (n >= MAX_TENANTS) {
		return NULL;
	}
	struct tenant *tenant = mem_alloc(sizeof(*tenant));
	tenant->name = str_dup(name);
	tenant->next = g->tenants;
	g->tenants = tenant;
	return tenant;
}

/* The subaccount of the request before, as a rule: nothing has moved since. */
static bool is_current(const struct gateway *g, const struct tenant *tenant, struct str name)
{
	return tenant && tenant->trust && str_is(name, tenant->name) &&
	       tenant->identity_generation == registry_identity_generation(g->registry) &&
	       tenant->trust_generation == registry_trust_generation(g->registry);
}

enum rc tenant_get(struct gateway *g, struct str name, struct tenant **ret, struct err *reterr)
{
	if (is_current(g, g->tenant, name)) {
		*ret = g->tenant;
		return RC_OK;
	}
	/* All names that do not exist share one entry, so that nobody can fill the list. */
	struct tenant *tenant = find_or_add(g, exists(g, name) ? name : STR(""));
	if (!tenant) {
		return err_set(reterr, RC_LIMIT, "There are more subaccounts than a gateway keeps.");
	}
	if (tenant->identity_generation != registry_identity_generation(g->registry)) {
		load_identity(g, tenant);
	}
	if (!tenant->trust || tenant->trust_generation != registry_trust_generation(g->registry)) {
		TRY(load_trust(g, tenant, reterr));
	}
	g->tenant = tenant;
	*ret = tenant;
	return RC_OK;
}

void endpoint_free(struct endpoint *endpoint)
{
	if (endpoint && --endpoint->refs == 0) {
		flow_plan_free(endpoint->plan);
		mem_free(endpoint->artifact);
		mem_free(endpoint);
	}
}

/* The cached endpoint of a record, read anew when its version is another. */
static enum rc load_endpoint(struct tenant *tenant, const struct registry_record *record,
			     struct endpoint **ret, struct err *reterr)
{
	struct flow_plan *plan = NULL;
	struct endpoint **at =
		&tenant->endpoints[hash_bytes(record->key.p, record->key.n, 0) % TENANT_BUCKETS];
	while (*at && !str_is(record->key, (*at)->artifact)) {
		at = &(*at)->next;
	}
	if (!*at || (*at)->version != record->version) {
		TRY(view_plan(record, &plan, reterr));
		struct endpoint *endpoint = mem_alloc(sizeof(*endpoint));
		*endpoint = (struct endpoint){ .refs = 1, .plan = plan, .version = record->version };
		endpoint->artifact = str_dup(record->key);
		endpoint->next = *at ? (*at)->next : NULL;
		endpoint_free(*at);
		*at = endpoint;
	}
	(*at)->refs++;
	*ret = *at;
	return RC_OK;
}

enum rc tenant_find_endpoint(struct gateway *g, struct tenant *tenant, struct str path, struct endpoint **ret,
			     struct err *reterr)
{
	uint64_t generation = registry_identity_generation(g->registry);
	struct tenant_path *known = &tenant->paths[hash_bytes(path.p, path.n, 0) % TENANT_PATHS];
	if (known->endpoint && known->generation == generation &&
	    str_equal(str_from(known->path, known->n), path)) {
		known->endpoint->refs++;
		*ret = known->endpoint;
		return RC_OK;
	}
	struct registry_record record;
	*ret = NULL;
	if (!view_endpoint(tenant_view(g, tenant), path, &record)) {
		return RC_OK;
	}
	TRY(load_endpoint(tenant, &record, ret, reterr));
	if (path.n <= TENANT_PATH_MAX) {
		endpoint_free(known->endpoint);
		(*ret)->refs++;
		known->endpoint = *ret;
		known->generation = generation;
		known->n = path.n;
		memcpy(known->path, path.p, path.n);
	}
	return RC_OK;
}

static enum rc make_tls(struct gateway *g, struct tenant *tenant, const struct registry_record *record,
			struct tls_client_context **ret, struct err *reterr)
{
	AUTO_CERT_LIST chain = { 0 };
	AUTO(key_free_cleanup) struct key *key = NULL;
	struct tls_client_options options = { .anchors = trust_anchors(tenant->trust),
					      .with_system_trust = true };
	if (record) {
		TRY(view_key_pair(&g->secrets, record, &chain, &key, reterr));
		options.identity = (struct tls_identity){ &chain, key };
	}
	return tls_client_context_new(ret, &options, reterr);
}

enum rc tenant_client_tls(struct gateway *g, struct tenant *tenant, const char *alias,
			  struct tls_client_context **ret, struct err *reterr)
{
	struct registry_record record = { 0 };
	struct tls_client_context *context = NULL;
	struct tenant_tls *tls = tenant->tls;
	if (alias[0] &&
	    !registry_get(g->registry, REGISTRY_RECEIVER_KEY, str_of(tenant->name), str_of(alias), &record)) {
		return err_set(reterr, RC_NOT_FOUND, "The keystore has no key pair with the alias %s.",
			       alias);
	}
	while (tls && strcmp(tls->alias, alias) != 0) {
		tls = tls->next;
	}
	if (tls && tls->version == record.version && tls->trust_generation == tenant->trust_generation) {
		*ret = tls->context;
		return RC_OK;
	}
	TRY(make_tls(g, tenant, alias[0] ? &record : NULL, &context, reterr));
	if (!tls) {
		tls = mem_alloc(sizeof(*tls));
		tls->alias = mem_strdup(alias);
		tls->next = tenant->tls;
		tenant->tls = tls;
	}
	tls_client_context_free(tls->context);
	tls->context = context;
	tls->version = record.version;
	tls->trust_generation = tenant->trust_generation;
	*ret = context;
	return RC_OK;
}
