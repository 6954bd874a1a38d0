/* SPDX-License-Identifier: Apache-2.0
 * Reading the registry for the doctor. */
#include "service/doctor_view.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "flow/address.h"
#include "os/file.h"
#include "registry/reader.h"

#include <fcntl.h>

#define CANDIDATES_MAX 64
#define RECORD_MAX ((size_t)8 * 1024 * 1024)

struct doctor_view {
	struct service *service;
	char *tenant;
	int dirfd;
	struct registry_reader *reader;
	struct identity_record records[CANDIDATES_MAX];
	struct identity_candidate candidates[CANDIDATES_MAX];
	size_t n;
};

enum rc doctor_view_open(struct doctor_view **ret, struct service *service, const char *tenant,
			 struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/registry", service->state_dir);
	AUTO(doctor_view_close_cleanup) struct doctor_view *view = mem_alloc(sizeof(*view));
	view->service = service;
	view->tenant = mem_strdup(tenant);
	view->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (view->dirfd < 0)
		return err_errno(reterr, "The registry cannot be opened");
	TRY(registry_reader_open(&view->reader, view->dirfd, reterr));
	*ret = TAKE(view);
	return RC_OK;
}

void doctor_view_close(struct doctor_view *view)
{
	if (!view)
		return;
	for (size_t i = 0; i < view->n; i++)
		identity_record_fini(&view->records[i]);
	registry_reader_close(view->reader);
	file_close(view->dirfd);
	mem_free(view->tenant);
	mem_free(view);
}

/* Anchors and lists while they are gathered. */
struct gathered {
	struct cert_list anchors;
	struct crl *crls[256];
	size_t n_crls;
};

static enum rc record_der(const struct registry_record *record, struct buf *out)
{
	AUTO_VALUE *v = NULL;
	TRY(value_parse(&v, record->value, RECORD_MAX, NULL));
	return base64_decode(out, value_get_str(v, "der"), false);
}

static bool gather(void *context, const struct registry_record *record)
{
	struct gathered *g = context;
	AUTO_BUF(der, CRL_MAX_BYTES);
	struct cert *c = NULL;
	if (record_der(record, &der) != RC_OK)
		return true;
	if (record->kind == REGISTRY_ANCHOR && cert_new_der(&c, buf_str(&der), NULL) == RC_OK) {
		cert_list_add(&g->anchors, c);
		cert_free(c);
	} else if (record->kind == REGISTRY_CRL && g->n_crls < ARRAY_SIZE(g->crls) &&
		   crl_new_der(&g->crls[g->n_crls], buf_str(&der), NULL) == RC_OK) {
		g->n_crls++;
	}
	return true;
}

enum rc doctor_view_judge_chain(struct doctor_view *view, const struct cert_list *chain, struct wall now,
				struct chain_verdict *ret, struct err *reterr)
{
	struct gathered g = { 0 };
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	bool warn = strcmp(service_setting_c(view->service, "crl_stale", "refuse"), "warn") == 0;
	registry_each(view->reader, REGISTRY_ANCHOR, str_of(view->tenant), gather, &g);
	registry_each(view->reader, REGISTRY_CRL, str_of(view->tenant), gather, &g);
	enum rc rc = trust_new(&trust, &g.anchors, g.crls, g.n_crls, warn ? CRL_STALE_WARN : CRL_STALE_REFUSE,
			       reterr);
	if (rc == RC_OK)
		chain_judge(trust, chain, now, CHAIN_CLIENT, ret);
	cert_list_fini(&g.anchors);
	for (size_t i = 0; i < g.n_crls; i++)
		crl_free(g.crls[i]);
	return rc;
}

static bool is_known(const struct doctor_view *view, const char *key_id)
{
	for (size_t i = 0; i < view->n; i++) {
		if (key_id && strcmp(view->candidates[i].key_id, key_id) == 0)
			return true;
	}
	return false;
}

static void candidate_add(struct doctor_view *view, const struct registry_record *record)
{
	AUTO_VALUE *credential = NULL, *instance = NULL;
	struct registry_record row;
	if (view->n == CANDIDATES_MAX || value_parse(&credential, record->value, RECORD_MAX, NULL) != RC_OK ||
	    is_known(view, value_get_c(credential, "id")) ||
	    !registry_get(view->reader, REGISTRY_INSTANCE, str_of(view->tenant),
			  value_get_str(credential, "instance"), &row) ||
	    value_parse(&instance, row.value, RECORD_MAX, NULL) != RC_OK)
		return;
	if (identity_record_init(&view->records[view->n], credential, instance, NULL) == RC_OK) {
		view->candidates[view->n] = view->records[view->n].candidate;
		view->n++;
	}
}

static void candidates_find(struct doctor_view *view, struct str term)
{
	struct registry_search search;
	struct registry_record record;
	registry_find(view->reader, REGISTRY_CREDENTIAL, str_of(view->tenant), term, &search);
	while (registry_find_next(&search, &record))
		candidate_add(view, &record);
}

const struct identity_candidate *doctor_view_candidates(struct doctor_view *view, const struct cert *leaf,
							size_t *ret_n)
{
	AUTO_BUF(by_certificate, REGISTRY_MAX_TERM);
	AUTO_BUF(by_names, REGISTRY_MAX_TERM);
	registry_term_certificate(str_of(cert_sha256(leaf)), &by_certificate);
	registry_term_dn(str_of(cert_subject(leaf)), str_of(cert_issuer(leaf)), &by_names);
	candidates_find(view, buf_str(&by_certificate));
	candidates_find(view, buf_str(&by_names));
	*ret_n = view->n;
	return view->candidates;
}

struct flow_plan *doctor_view_endpoint(struct doctor_view *view, struct str raw_path)
{
	AUTO_BUF(path, ADDRESS_PATH_MAX);
	AUTO_BUF(key, ADDRESS_PATH_MAX);
	if (address_path(raw_path, &path) != RC_OK)
		return NULL;
	for (size_t i = 0; address_candidate(buf_str(&path), i, &key); i++) {
		AUTO_BUF(term, ADDRESS_PATH_MAX + 32);
		AUTO_VALUE *v = NULL;
		struct registry_search search;
		struct registry_record record;
		struct flow_plan *plan = NULL;
		registry_term_address(buf_str(&key), &term);
		registry_find(view->reader, REGISTRY_ENDPOINT, str_of(view->tenant), buf_str(&term), &search);
		if (registry_find_next(&search, &record) &&
		    value_parse(&v, record.value, RECORD_MAX, NULL) == RC_OK &&
		    flow_plan_from_value(&plan, value_get(v, "plan"), NULL) == RC_OK)
			return plan;
	}
	return NULL;
}
