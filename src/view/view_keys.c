/* SPDX-License-Identifier: Apache-2.0
 * The published service keys that a caller may be. */
#include "base/memory.h"
#include "view/view.h"

struct identity_certificate view_certificate(const struct cert *c, const char *issuer_public_key_sha256)
{
	return (struct identity_certificate){
		.sha256 = cert_sha256(c),
		.subject = cert_subject(c),
		.issuer = cert_issuer(c),
		.serial = cert_serial(c),
		.issuer_public_key_sha256 = issuer_public_key_sha256,
		.not_before = cert_not_before(c),
		.not_after = cert_not_after(c),
	};
}

void view_keys_fini(struct view_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		identity_record_fini(&keys->records[i]);
	}
	mem_free(keys->records);
	mem_free(keys->candidates);
	*keys = (struct view_keys){ 0 };
}

static bool is_known(const struct view_keys *keys, struct str key_id)
{
	for (size_t i = 0; i < keys->n; i++) {
		if (str_is(key_id, keys->candidates[i].key_id)) {
			return true;
		}
	}
	return false;
}

static enum rc read_key(struct view view, const struct registry_record *record, struct identity_record *ret)
{
	AUTO_VALUE *service_key = NULL, *instance = NULL;
	struct registry_record owner;
	TRY(value_parse(&service_key, record->value, REGISTRY_MAX_VALUE, NULL));
	if (!registry_get(view.registry, REGISTRY_INSTANCE, view.tenant,
			  value_get_str(service_key, "instance"), &owner)) {
		return RC_NOT_FOUND;
	}
	TRY(value_parse(&instance, owner.value, REGISTRY_MAX_VALUE, NULL));
	return identity_record_init(ret, service_key, instance, NULL);
}

static void add_by_term(struct view view, struct str term, struct view_keys *keys)
{
	struct registry_search search;
	struct registry_record record;
	struct identity_record one;
	registry_find(view.registry, REGISTRY_SERVICE_KEY, view.tenant, term, &search);
	while (keys->n < VIEW_KEYS_MAX && registry_find_next(&search, &record)) {
		if (is_known(keys, record.key) || read_key(view, &record, &one) != RC_OK) {
			continue;
		}
		keys->records = mem_resize(keys->records, keys->n + 1, sizeof(*keys->records));
		keys->candidates = mem_resize(keys->candidates, keys->n + 1, sizeof(*keys->candidates));
		keys->records[keys->n] = one;
		keys->candidates[keys->n++] = one.candidate;
	}
}

void view_keys_by_certificate(struct view view, const struct identity_certificate *certificate,
			      struct view_keys *keys)
{
	AUTO_BUF(by_certificate, REGISTRY_MAX_TERM);
	AUTO_BUF(by_names, REGISTRY_MAX_TERM);
	registry_term_certificate(str_of(certificate->sha256), &by_certificate);
	registry_term_dn(str_of(certificate->subject), str_of(certificate->issuer), &by_names);
	add_by_term(view, buf_str(&by_certificate), keys);
	add_by_term(view, buf_str(&by_names), keys);
}

void view_keys_by_client(struct view view, const char *client_id, struct view_keys *keys)
{
	AUTO_BUF(term, REGISTRY_MAX_TERM);
	registry_term_client(str_of(client_id), &term);
	if (!term.overflow) {
		add_by_term(view, buf_str(&term), keys);
	}
}
