/* SPDX-License-Identifier: Apache-2.0
 * Settings, trust and endpoints of one subaccount, as they are published. */
#include "view/view.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "flow/address.h"
#include "flow/plan_value.h"

#define MAX_SETTING ((size_t)65536)

uint64_t view_setting(struct view view, enum setting setting, uint64_t otherwise)
{
	AUTO_VALUE *v = NULL;
	struct registry_record record;
	uint64_t number;
	struct str name = str_of(setting_rows[setting].name);
	bool good = registry_get(view.registry, REGISTRY_SETTING, view.tenant, name, &record) &&
		    value_parse(&v, record.value, MAX_SETTING, NULL) == RC_OK &&
		    setting_of_value(setting, v, &number, NULL) == RC_OK;
	return good ? number : otherwise;
}

/* Anchors and lists while they are gathered; the first that cannot be read ends it. */
struct gathering {
	struct cert_list anchors;
	struct crl **lists;
	size_t n_lists;
	enum rc rc;
	struct err *reterr;
};

static void gathering_fini(struct gathering *g)
{
	cert_list_fini(&g->anchors);
	for (size_t i = 0; i < g->n_lists; i++) {
		crl_free(g->lists[i]);
	}
	mem_free(g->lists);
}

static enum rc read_der(const struct registry_record *record, struct buf *out, struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	TRY(value_parse(&v, record->value, REGISTRY_MAX_VALUE, reterr));
	struct str text = value_get_str(v, "der");
	if (!text.p || base64_decode(out, text, false) != RC_OK) {
		return err_set(reterr, RC_INVALID, "A record of the registry has no der.");
	}
	return RC_OK;
}

static enum rc read_anchor(const struct registry_record *record, struct gathering *g)
{
	AUTO(cert_free_cleanup) struct cert *c = NULL;
	AUTO_BUF(der, CERT_MAX_BYTES);
	TRY(read_der(record, &der, g->reterr));
	TRY(cert_new_der(&c, buf_str(&der), g->reterr));
	cert_list_add(&g->anchors, c);
	return RC_OK;
}

static enum rc read_list(const struct registry_record *record, struct gathering *g)
{
	struct crl *list = NULL;
	AUTO_BUF(der, CRL_MAX_BYTES);
	TRY(read_der(record, &der, g->reterr));
	TRY(crl_new_der(&list, buf_str(&der), g->reterr));
	g->lists = mem_resize(g->lists, g->n_lists + 1, sizeof(struct crl *));
	g->lists[g->n_lists++] = list;
	return RC_OK;
}

static bool gather(void *context, const struct registry_record *record)
{
	struct gathering *g = context;
	g->rc = record->kind == REGISTRY_ANCHOR ? read_anchor(record, g) : read_list(record, g);
	return g->rc == RC_OK;
}

enum rc view_trust(struct view view, struct trust **ret, struct err *reterr)
{
	AUTO(gathering_fini) struct gathering g = { .reterr = reterr };
	registry_each(view.registry, REGISTRY_ANCHOR, view.tenant, gather, &g);
	TRY(g.rc);
	registry_each(view.registry, REGISTRY_CRL, view.tenant, gather, &g);
	TRY(g.rc);
	/* A record that was skipped as damaged may have been the list that revokes somebody. */
	if (registry_damage(view.registry)) {
		return err_set(reterr, RC_INVALID, "The registry is damaged.");
	}
	enum crl_stale stale = (enum crl_stale)view_setting(view, SETTING_crl_stale, CRL_STALE_REFUSE);
	return trust_new(ret, &g.anchors, g.lists, g.n_lists, stale, reterr);
}

bool view_endpoint(struct view view, struct str path, struct registry_record *ret)
{
	AUTO_BUF(key, ADDRESS_PATH_MAX + 16);
	for (size_t i = 0; address_candidate(path, i, &key); i++) {
		struct registry_search search;
		AUTO_BUF(term, ADDRESS_PATH_MAX + 64);
		registry_term_address(buf_str(&key), &term);
		if (term.overflow || term.n > REGISTRY_MAX_TERM) {
			continue; /* longer than any address */
		}
		registry_find(view.registry, REGISTRY_ENDPOINT, view.tenant, buf_str(&term), &search);
		if (registry_find_next(&search, ret)) {
			return true;
		}
	}
	return false;
}

enum rc view_plan(const struct registry_record *record, struct flow_plan **ret, struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	TRY(value_parse(&v, record->value, REGISTRY_MAX_VALUE, reterr));
	return flow_plan_from_value(ret, value_get(v, "plan"), reterr);
}
