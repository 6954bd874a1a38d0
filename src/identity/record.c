/* SPDX-License-Identifier: Apache-2.0
 * Service keys as the registry's JSON has them become candidates. */
#include "base/memory.h"
#include "identity/identity.h"

static struct wall wall_of(const struct value *object, const char *name)
{
	struct wall when = { 0 };
	struct str text = value_get_str(object, name);
	if (!text.p || wall_parse(text, &when) != RC_OK) {
		return (struct wall){ 0 };
	}
	return when;
}

static enum rc read_certificates(struct identity_record *record, const struct value *service_key,
				 struct err *reterr)
{
	const struct value *list = value_get(service_key, "certificates");
	size_t n = value_count(list);
	record->certificates = mem_array(n ? n : 1, sizeof(*record->certificates));
	for (size_t i = 0; i < n; i++) {
		const struct value *v = value_at(list, i);
		struct identity_certificate *c = &record->certificates[i];
		c->sha256 = value_get_c(v, "sha256");
		c->subject = value_get_c(v, "subject");
		c->issuer = value_get_c(v, "issuer");
		c->serial = value_get_c(v, "serial");
		c->issuer_public_key_sha256 = value_get_c(v, "issuer_public_key_sha256");
		c->not_before = wall_of(v, "not_before");
		c->not_after = wall_of(v, "not_after");
		if (!c->sha256 || !c->subject || !c->issuer) {
			(void)err_set(reterr, RC_INVALID,
				      "A certificate of the service key lacks sha256, subject or issuer.");
			return err_field(reterr, "certificates");
		}
	}
	record->candidate.certificates = record->certificates;
	record->candidate.n_certificates = n;
	return RC_OK;
}

static enum rc read_roles(struct identity_record *record, const struct value *instance, struct err *reterr)
{
	const struct value *list = value_get(instance, "roles");
	size_t n = value_count(list);
	record->roles = mem_array(n ? n : 1, sizeof(*record->roles));
	for (size_t i = 0; i < n; i++) {
		record->roles[i] = value_c(value_at(list, i));
		if (!record->roles[i]) {
			(void)err_set(reterr, RC_INVALID, "A role of the instance is no text.");
			return err_field(reterr, "roles");
		}
	}
	record->candidate.roles = record->roles;
	record->candidate.n_roles = n;
	return RC_OK;
}

/* Call use for every text that the candidate has. */
static void each_text(struct identity_record *record, void (*use)(const char **text, void *context),
		      void *context)
{
	struct identity_candidate *c = &record->candidate;
	const char **own[] = { &c->key_id,    &c->key_name, &c->instance_id,  &c->instance_name,
			       &c->client_id, &c->plan,     &c->secret_sha256 };
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		use(own[i], context);
	}
	for (size_t i = 0; i < c->n_roles; i++) {
		use(&record->roles[i], context);
	}
	for (size_t i = 0; i < c->n_certificates; i++) {
		struct identity_certificate *held = &record->certificates[i];
		use(&held->sha256, context);
		use(&held->subject, context);
		use(&held->issuer, context);
		use(&held->serial, context);
		use(&held->issuer_public_key_sha256, context);
	}
}

static void count_text(const char **text, void *context)
{
	size_t *n = context;
	*n += *text ? strlen(*text) + 1 : 0;
}

static void move_text(const char **text, void *context)
{
	char **place = context;
	if (*text) {
		size_t n = strlen(*text) + 1;
		*text = memcpy(*place, *text, n);
		*place += n;
	}
}

/* Parsed JSON takes ten times the room of its texts, and a gateway keeps a record for each client that it
 * knows. */
static void keep_texts(struct identity_record *record)
{
	size_t n = 0;
	each_text(record, count_text, &n);
	record->texts = mem_alloc(n);
	char *place = record->texts;
	each_text(record, move_text, &place);
}

enum rc identity_record_init(struct identity_record *ret, const struct value *service_key,
			     const struct value *instance, struct err *reterr)
{
	enum rc rc;
	struct identity_candidate *c = &ret->candidate;
	*ret = (struct identity_record){ 0 };
	c->key_id = value_get_c(service_key, "id");
	c->key_name = value_get_c(service_key, "name");
	c->client_id = value_get_c(service_key, "client_id");
	c->secret_sha256 = value_get_c(service_key, "secret_sha256");
	c->pinned = value_get_bool(service_key, "pinned", true);
	c->instance_id = value_get_c(instance, "id");
	c->instance_name = value_get_c(instance, "name");
	c->plan = value_get_c(instance, "plan");
	if (!c->key_id || !c->client_id || !c->instance_id || !c->plan) {
		rc = err_set(reterr, RC_INVALID,
			     "A service key's record lacks id, client_id, instance or plan.");
	} else {
		rc = read_certificates(ret, service_key, reterr);
	}
	if (rc == RC_OK) {
		rc = read_roles(ret, instance, reterr);
	}
	if (rc == RC_OK) {
		keep_texts(ret);
	} else {
		identity_record_fini(ret);
	}
	return rc;
}

void identity_record_fini(struct identity_record *record)
{
	mem_free(record->roles);
	mem_free(record->certificates);
	mem_free(record->texts);
	*record = (struct identity_record){ 0 };
}
