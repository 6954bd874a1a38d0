/* SPDX-License-Identifier: Apache-2.0
 * Importing revocation lists and saying what each can say. */
#include "service/keystore/revocation_list.h"

#include "base/memory.h"
#include "model/reason.h"
#include "pki/digest.h"
#include "service/publish/authority_row.h"
#include "service/publish/publish.h"
#include "service/keystore/revocation_set.h"

#include <stdio.h>

#define TEXT_MAX 2000

/* An import under way. */
struct import {
	struct change *change;
	const char *tenant;
	struct revocation_set set; /* as it was before */
	const struct crl *list;
	const struct cert *signer;
	struct wall now;
	struct value *replaces;
	struct buf *beside; /* lists that stay though the new one may have been made in their stead */
	size_t n, bytes;    /* what remains of the others */
};

/* Whether a list is one that the new one would be compared with: of the same signer. */
static bool is_alike(const struct import *import, size_t i)
{
	return import->signer && crl_verify(import->set.lists[i], import->signer);
}

/* One that is in force and newer refuses the import; what the older one names is of no interest any more. */
static enum rc check_newer(const struct import *import, struct err *reterr)
{
	for (size_t i = 0; i < import->set.rows.n; i++) {
		const struct crl *other = import->set.lists[i];
		AUTO_BUF(text, TEXT_MAX);
		if (crl_this_update(other).us > import->now.us || !is_alike(import, i) ||
		    !crl_replaces(other, import->list)) {
			continue;
		}
		revocation_set_describe(other, &text);
		return err_set(reterr, RC_CONFLICT,
			       "Not taken: %s is in force and newer than this list of %.200s.", buf_c(&text),
			       crl_issuer(import->list));
	}
	return RC_OK;
}

/* The serial numbers that a list of the own CA names, and which are not revoked here:
 * as after a restored backup. */
static void find_unknown(const struct crl *own, const struct crl *list, struct buf *out)
{
	for (size_t i = 0; i < crl_count(list); i++) {
		AUTO_FREE char *serial = crl_revoked_serial(list, i);
		if (serial && crl_find_entry(own, list, i) == CRL_ENTRY_NONE && out->n < 250) {
			(void)buf_printf(out, "%s%s", out->n > 0 ? ", " : "", serial);
		}
	}
}

/* Lists of the own CA are made from the store, with every change. */
static enum rc check_own(const struct import *import, struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	AUTO_BUF(issuing, CRL_MAX_BYTES);
	AUTO_BUF(root, CRL_MAX_BYTES);
	AUTO_BUF(unknown, 400);
	AUTO(crl_free_cleanup) struct crl *made = NULL;
	TRY(service_authority_certs(import->change->session, import->tenant, &own, reterr));
	bool of_issuing = crl_verify(import->list, own.items[0]);
	if (!of_issuing && !crl_verify(import->list, own.items[1])) {
		return RC_OK;
	}
	TRY(service_authority_lists(import->change->session, import->tenant, &issuing, &root, reterr));
	TRY(crl_new_der(&made, buf_str(of_issuing ? &issuing : &root), reterr));
	find_unknown(made, import->list, &unknown);
	if (unknown.n == 0) {
		(void)err_set(
			reterr, RC_CONFLICT,
			"Not taken: the list of the built-in CA is kept here, and newer than this one.");
	} else {
		(void)err_set(
			reterr, RC_CONFLICT,
			"Not taken: the list of the built-in CA is kept here. The file names some that are "
			"not revoked here: %s.",
			buf_c(&unknown));
	}
	return err_fix(reterr, "Revoke with `postern ca revoke SERIAL`; it holds at the next request.");
}

/* Those that the new list replaces go; of those that stay beside it for their number or date alone is
 * told. */
static enum rc replace_others(struct import *import, struct err *reterr)
{
	bool counts = crl_this_update(import->list).us <= import->now.us;
	for (size_t i = 0; i < import->set.rows.n; i++) {
		const struct store_crl *row = &import->set.rows.items[i];
		const struct crl *other = import->set.lists[i];
		bool alike = is_alike(import, i);
		if (!alike || !counts || !crl_replaces(import->list, other)) {
			import->n++;
			import->bytes += row->der.n;
			if (alike && crl_is_rival(import->list, other)) {
				(void)buf_add_c(import->beside, import->beside->n > 0 ? ", " : "");
				revocation_set_describe(other, import->beside);
			}
			continue;
		}
		struct value *one = value_object();
		value_set_c(one, "number", crl_facts(other)->number);
		value_set_wall(one, "this_update", row->this_update);
		value_set_c(one, "sha256", row->sha256);
		value_append(import->replaces, one);
		TRY(store_crl_delete(import->change->session->store, import->tenant, row->sha256, reterr));
		TRY(publish_gone(import->change, REGISTRY_CRL, import->tenant, row->sha256, reterr));
	}
	return RC_OK;
}

static enum rc store_list(struct import *import, const char *sha256, struct err *reterr)
{
	struct str der = crl_der(import->list);
	struct wall next = crl_next_update(import->list);
	if (import->n >= REVOCATION_LISTS_MAX || import->bytes + der.n > REVOCATION_LISTS_MAX_BYTES) {
		return reason_err(reterr, RC_LIMIT, REASON_K221, NULL);
	}
	struct store_crl row = { .tenant = import->tenant,
				 .sha256 = sha256,
				 .issuer = crl_issuer(import->list),
				 .der = der,
				 .this_update = crl_this_update(import->list),
				 .next_update = { next.us == INT64_MAX ? 0 : next.us },
				 .created = wall_now() };
	TRY(store_crl_put(import->change->session->store, &row, reterr));
	return publish_list(import->change, import->tenant, sha256, der, reterr);
}

static void describe_replaced(const struct value *replaces, struct buf *out)
{
	for (size_t i = 0; i < value_count(replaces); i++) {
		const struct value *one = value_at(replaces, i);
		const char *number = value_get_c(one, "number");
		(void)buf_printf(out, "%s%s%.60s of %s", i == 0 ? " It replaces " : ", ",
				 number ? "number " : "the one", number ? number : "",
				 value_get_c(one, "this_update"));
	}
	(void)buf_add_c(out, value_count(replaces) > 0 ? "." : "");
}

/* One sentence or two: what was imported, and what came of it. */
static void describe_import(const struct import *import, const struct value *v, struct buf *out)
{
	const struct crl_facts *f = crl_facts(import->list);
	(void)buf_printf(out, "Imported the revocation list %s%.60s%sof %.300s", f->number ? "number " : "",
			 f->number ? f->number : "", f->number ? " " : "", crl_issuer(import->list));
	if (f->delta) {
		(void)buf_printf(out, ", a delta on number %.60s", f->base ? f->base : "?");
	}
	if (!import->signer) {
		(void)buf_printf(out, ", but it says nothing yet: %s", value_get_c(v, "says"));
	} else {
		(void)buf_add_char(out, '.');
	}
	describe_replaced(import->replaces, out);
	if (import->beside->n > 0) {
		(void)buf_printf(out, " It replaces none of what stays in force beside it: %s.",
				 buf_c(import->beside));
	}
}

/* A finding K220 with the repair that fits its cause. */
static void add_finding(struct value *findings, const struct value *evidence, const char *fix,
			const char *fmt, ...) PRINTF_LIKE(4, 5);
static void add_finding(struct value *findings, const struct value *evidence, const char *fix,
			const char *fmt, ...)
{
	va_list ap;
	char text[TEXT_MAX];
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	struct value *finding = reason_finding(REASON_K220, text, evidence);
	value_set_c(finding, "fix", fix);
	value_append(findings, finding);
}

static bool is_in_state(const struct value *v, enum revocation_state state)
{
	return str_is(value_get_str(v, "state"), revocation_set_state_name(state));
}

/* What is to be known of the list: that it is stale, or what it cannot say. */
static void add_findings(const struct value *v, struct value *findings)
{
	AUTO_VALUE *evidence = value_object();
	const char *number = value_get_c(v, "number"), *says = value_get_c(v, "says");
	value_set_c(evidence, "issuer", value_get_c(v, "issuer"));
	value_set_c(evidence, "sha256", value_get_c(v, "sha256"));
	if (is_in_state(v, REVOCATION_STATE_STALE)) {
		value_append(findings, reason_finding(REASON_K208, NULL, evidence));
	} else if (says) {
		add_finding(
			findings, evidence,
			is_in_state(v, REVOCATION_STATE_WAITING)
				? "Import the certificate of its issuer: `postern keystore import CA.cer`"
				: "Where it is to say all, import the CA's complete list: `postern keystore "
				  "import LIST.crl`",
			"The revocation list %s%.60s%sof %.300s says nothing yet, or not all. %s",
			number ? "number " : "", number ? number : "", number ? " " : "",
			value_get_c(v, "issuer"), says);
	}
}

static struct value *answer(const struct import *import, const char *sha256, const char *text)
{
	struct value *v = value_object(), *findings = value_array();
	struct value *crl = revocation_set_value(&import->set, import->list, sha256, import->now);
	AUTO_BUF(sentence, TEXT_MAX * 2);
	if (text) {
		(void)buf_add_c(&sentence, text);
	} else {
		describe_import(import, crl, &sentence);
	}
	add_findings(crl, findings);
	if (import->beside->n > 0) {
		add_finding(findings, NULL,
			    "If the CA began to count anew, delete the other: `postern keystore crls`, then "
			    "`postern keystore delete-crl SHA256`",
			    "The list stays beside %s: either its number or its date is not the newer one.",
			    buf_c(import->beside));
	}
	value_set_c(crl, "text", buf_c(&sentence));
	value_set(crl, "replaces", value_ref(import->replaces));
	value_set(v, "imported", value_array());
	value_set(v, "crl", crl);
	value_set(v, "findings", findings);
	return v;
}

static bool is_there(const struct import *import, const char *sha256)
{
	for (size_t i = 0; i < import->set.rows.n; i++) {
		if (strcmp(import->set.rows.items[i].sha256, sha256) == 0) {
			return true;
		}
	}
	return false;
}

static enum rc import_list(struct import *import, const char *sha256, struct value **ret, struct err *reterr)
{
	if (is_there(import, sha256)) {
		*ret = answer(import, sha256, "This revocation list is there already.");
		return RC_OK;
	}
	TRY(check_own(import, reterr));
	TRY(check_newer(import, reterr));
	TRY(replace_others(import, reterr));
	TRY(store_list(import, sha256, reterr));
	TRY(change_commit(import->change, reterr));
	*ret = answer(import, sha256, NULL);
	return RC_OK;
}

enum rc service_keystore_import_crl(struct session *session, const char *tenant, struct str bytes,
				    struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(crl_free_cleanup) struct crl *list = NULL;
	AUTO_VALUE *replaces = value_array();
	AUTO_BUF(beside, TEXT_MAX);
	char sha256[DIGEST_SHA256_TEXT_SIZE];
	struct import import = { .change = &change,
				 .tenant = tenant,
				 .now = wall_now(),
				 .replaces = replaces,
				 .beside = &beside };
	TRY(crl_new_any(&list, bytes, reterr));
	(void)digest_sha256_text(crl_der(list), sha256);
	TRY(change_begin(&change, session, reterr));
	TRY(revocation_set_read(&import.set, session, tenant, NULL, reterr));
	import.list = list;
	import.signer = revocation_set_find_signer(&import.set, list);
	enum rc rc = import_list(&import, sha256, ret, reterr);
	revocation_set_fini(&import.set);
	return rc;
}

enum rc service_keystore_crls(struct session *session, const char *tenant, struct value **ret,
			      struct err *reterr)
{
	AUTO_REVOCATION_SET set = { 0 };
	TRY(revocation_set_read(&set, session, tenant, NULL, reterr));
	*ret = value_array();
	for (size_t i = 0; i < set.rows.n; i++) {
		value_append(*ret,
			     revocation_set_value(&set, set.lists[i], set.rows.items[i].sha256, wall_now()));
	}
	return RC_OK;
}

static bool is_about(const struct crl *list, const struct cert_list *chain)
{
	for (size_t i = 0; i < chain->n; i++) {
		if (crl_is_of_issuer(list, chain->items[i])) {
			return true;
		}
	}
	return false;
}

enum rc service_keystore_judge_crls(struct session *session, const char *tenant,
				    const struct cert_list *chain, struct value *findings, struct err *reterr)
{
	AUTO_REVOCATION_SET set = { 0 };
	TRY(revocation_set_read(&set, session, tenant, chain, reterr));
	for (size_t i = 0; i < set.rows.n; i++) {
		AUTO_VALUE *v = NULL;
		if (!is_about(set.lists[i], chain)) {
			continue;
		}
		v = revocation_set_value(&set, set.lists[i], set.rows.items[i].sha256, wall_now());
		/* A stale list is K208, which the chain's verdict tells; a replaced one is of no interest. */
		if (!is_in_state(v, REVOCATION_STATE_STALE) && !is_in_state(v, REVOCATION_STATE_REPLACED)) {
			add_findings(v, findings);
		}
	}
	return RC_OK;
}
