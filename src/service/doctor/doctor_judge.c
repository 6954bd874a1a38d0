/* SPDX-License-Identifier: Apache-2.0
 * The doctor's steps 1 to 3: key store, trust, service key and role. */
#include "service/doctor/doctor_round.h"

#include "base/memory.h"
#include "flow/address.h"
#include "helper/job_container.h"
#include "pki/digest.h"
#include "policy/policy.h"
#include "service/key/key_certificate.h"
#include "service/core/published.h"
#include "service/monitor/repair.h"
#include "service/keystore/revocation_list.h"

/* Step 1: what `keypair examine` says of the file; for a caller it has to hold a key as well. */
static void take_examination(struct doctor_round *d, const struct value *answer, bool has_key)
{
	const struct value *list = value_get(value_get(answer, "examine"), "findings");
	for (size_t i = 0; i < value_count(list); i++) {
		value_append(d->findings[1], value_ref(value_at(list, i)));
	}
	if (!has_key) {
		doctor_find(d, 1, REASON_P104, NULL, NULL);
	}
	d->judged[1] = true;
}

void doctor_open_error(struct doctor_round *d, const struct err *err)
{
	enum reason reason = reason_find(str_of(err->reason));
	if (reason == REASON_P101 && d->found) {
		doctor_find(d, 4, REASON_D403, NULL, NULL);
	} else if (reason != REASON_NONE) {
		doctor_find(d, 1, reason, err->text, NULL);
	} else {
		doctor_find(d, 1, REASON_P116, err->text, NULL);
	}
}

/* Step 2: the judge that the gateway asks, with the chain that a client would send. */
static void judge_trust(struct doctor_round *d, const struct trust *trust, const struct cert_list *chain,
			struct chain_verdict *verdict)
{
	chain_judge(trust, chain, wall_now(), CHAIN_CLIENT, verdict);
	enum reason reason = verdict->reason != REASON_NONE ? verdict->reason : verdict->note;
	if (reason == REASON_NONE) {
		return;
	}
	const struct reason_info *info = reason_info(reason);
	struct value *evidence = doctor_evidence(d);
	AUTO_FREE char *text =
		mem_printf("%s%s%s", info->title, verdict->detail[0] ? " " : "", verdict->detail);
	value_set_c(evidence, "subject", cert_subject(chain->items[0]));
	value_set_c(evidence, "issuer", cert_issuer(chain->items[0]));
	value_set_c(evidence, "sha256", cert_sha256(chain->items[0]));
	value_set_c(evidence, "at", verdict->at_subject);
	doctor_find(d, info->step >= 1 && info->step <= DOCTOR_STEPS ? info->step : 2, reason, text,
		    evidence);
}

static enum rc endpoint_read(struct view view, struct str raw_path, struct flow_plan **ret,
			     struct err *reterr)
{
	AUTO_BUF(path, ADDRESS_PATH_MAX);
	struct registry_record record;
	if (address_path(raw_path, &path) != RC_OK || !view_endpoint(view, buf_str(&path), &record)) {
		return RC_NOT_FOUND;
	}
	return view_plan(&record, ret, reterr);
}

static void judge_right(struct doctor_round *d, const struct flow_plan *plan, const struct identity *identity,
			const struct identity_certificate *leaf)
{
	if (!plan || identity->reason != REASON_NONE) {
		return;
	}
	AUTO_VALUE *presented = value_copy(identity->presented), *expected = value_copy(identity->expected);
	enum reason reason =
		policy_judge_right(identity->candidate, leaf, &plan->endpoint, presented, expected);
	if (reason != REASON_NONE) {
		doctor_find_judged(d, reason, presented, expected);
	}
}

/* An endpoint that was probably meant is the destination's fault; one that nobody deployed is not. */
static void find_no_endpoint(struct doctor_round *d, struct str path)
{
	AUTO_VALUE *meant = repair_url(d->session, d->tenant, value_get_str(doctor_configuration(d), "URL"));
	struct value *evidence = doctor_evidence(d);
	value_set_str(evidence, "address", path);
	if (!meant) {
		doctor_find(d, 3, REASON_S308, NULL, evidence);
		return;
	}
	value_set_str(evidence, "url", value_get_str(meant, "url"));
	AUTO_FREE char *text = mem_printf("%s Meant is probably %s", reason_info(REASON_D413)->title,
					  value_get_c(meant, "url"));
	doctor_find(d, 4, REASON_D413, text, evidence);
}

/* Which endpoint the destination leads to; the app may add the address itself. */
static enum rc find_endpoint(struct doctor_round *d, struct view view, struct flow_plan **ret,
			     struct err *reterr)
{
	struct str path;
	if (!doctor_is_own(d, "URL", &path) || str_is(path, "/") || str_is(path, "/http") ||
	    str_is(path, "/http/")) {
		return RC_OK;
	}
	enum rc rc = endpoint_read(view, path, ret, reterr);
	if (rc == RC_OK && !d->role) {
		d->role = mem_strdup((*ret)->endpoint.role);
	}
	if (rc != RC_NOT_FOUND) {
		return rc;
	}
	find_no_endpoint(d, path);
	return RC_OK;
}

static enum rc registry_whole(struct view view, struct err *reterr)
{
	return registry_damage(view.registry)
		       ? err_set(reterr, RC_INVALID, "A record of the registry is damaged.")
		       : RC_OK;
}

/* A key for a certificate that key creation refuses is no repair: what mends that comes first. */
static void judge_repair(struct doctor_round *d, const struct cert *leaf)
{
	struct err err = { 0 };
	struct value *finding = doctor_finding(d, 3, REASON_S301);
	if (finding && key_certificate_judge(leaf, wall_now(), &err) != RC_OK) {
		value_set_c(finding, "fix", err.fix);
	}
}

/* Step 3: which service key, which endpoint, which role; as if the chain held, for one broken step hides no
 * other. */
static enum rc judge_identity(struct doctor_round *d, struct view view, const struct cert *leaf,
			      const struct chain_verdict *verdict, struct err *reterr)
{
	const struct identity_peer peer = { .has_certificate = true,
					    .chain_reason = REASON_NONE,
					    .anchored = true,
					    .anchor_sha256 = verdict->anchor_sha256,
					    .leaf = view_certificate(leaf,
								     verdict->issuer_public_key_sha256) };
	AUTO(identity_fini) struct identity identity = { 0 };
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = NULL;
	AUTO(view_keys_fini) struct view_keys keys = { 0 };
	view_keys_by_certificate(view, &peer.leaf, &keys);
	TRY(find_endpoint(d, view, &plan, reterr));
	identity_judge_certificate(&peer, keys.candidates, keys.n, &identity);
	value_set_bool(identity.presented, "verified", verdict->anchored);
	if (identity.reason != REASON_NONE) {
		doctor_find_judged(d, identity.reason, identity.presented, identity.expected);
	}
	judge_repair(d, leaf);
	judge_right(d, plan, &identity, &peer.leaf);
	return registry_whole(view, reterr);
}

/* The same for client id and secret; whether the secret of a token's client is right is the token service's
 * to say. */
static enum rc judge_client(struct doctor_round *d, struct view view, struct str client_id,
			    struct err *reterr)
{
	static const struct identity_peer nobody;
	AUTO(identity_fini) struct identity identity = { 0 };
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = NULL;
	AUTO(view_keys_fini) struct view_keys keys = { 0 };
	AUTO_FREE char *id = str_dup(client_id);
	char secret[DIGEST_SHA256_TEXT_SIZE];
	bool basic = str_is(str_of(d->method->client), "User");
	view_keys_by_client(view, id, &keys);
	TRY(find_endpoint(d, view, &plan, reterr));
	const struct identity_candidate *key = keys.n ? &keys.candidates[0] : NULL;
	const struct identity_authorization authorization = {
		.scheme = IDENTITY_BASIC,
		.client_id = id,
		.candidate = key,
		.secret_sha256 =
			basic ? digest_sha256_text(value_get_str(doctor_configuration(d), "Password"), secret)
			: key ? key->secret_sha256
			      : NULL,
	};
	identity_judge(&nobody, &authorization, keys.candidates, keys.n, wall_now(), &identity);
	d->judged[3] = identity.reason == REASON_NONE;
	if (identity.reason != REASON_NONE && basic) {
		doctor_find_judged(d, identity.reason, identity.presented, identity.expected);
	}
	judge_right(d, plan, &identity, NULL);
	return registry_whole(view, reterr);
}

void doctor_judge_client(struct doctor_round *d)
{
	struct view view;
	struct err err = { 0 };
	struct str path, client_id = STR_NONE;
	if (d->method && d->method->client) {
		client_id = value_get_str(doctor_configuration(d), d->method->client);
	}
	if (!client_id.n || !doctor_is_own(d, "URL", &path)) {
		return;
	}
	enum rc rc = published_view(d->session, d->tenant, &view, &err);
	if (rc == RC_OK) {
		rc = judge_client(d, view, client_id, &err);
	}
	if (rc != RC_OK) {
		doctor_find(d, 5, REASON_R512, err.text, NULL);
	}
}

/* What a client sends of the first key pair, or of the first certificate where there is none.
 * Whether there is a key pair. */
static bool read_sent(const struct container *container, const struct value *entries, struct cert_list *ret)
{
	const struct container_entry *first = NULL;
	bool is_pair = false;
	for (size_t i = 0; i < container->n; i++) {
		const struct container_entry *entry = &container->entries[i];
		bool has_key = value_get_bool(value_at(entries, i), "key_pair", false);
		if (entry->chain.n == 0 || (first && (is_pair || !has_key))) {
			continue;
		}
		first = entry;
		is_pair = has_key;
	}
	if (first) {
		container_sent(container, first, ret);
	}
	return is_pair;
}

static enum rc judge_chain(struct doctor_round *d, const struct cert_list *chain, struct err *reterr)
{
	struct view view;
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	struct chain_verdict verdict = { 0 };
	TRY(published_view(d->session, d->tenant, &view, reterr));
	TRY(view_trust(view, &trust, reterr));
	judge_trust(d, trust, chain, &verdict);
	TRY(service_keystore_judge_crls(d->session, d->tenant, chain, d->findings[2], reterr));
	TRY(judge_identity(d, view, chain->items[0], &verdict, reterr));
	d->judged[2] = d->judged[3] = true;
	return RC_OK;
}

void doctor_judge_container(struct doctor_round *d, const struct value *answer)
{
	AUTO(container_free_cleanup) struct container *container = NULL;
	AUTO_CERT_LIST chain = { 0 };
	struct str path;
	struct err err = { 0 };
	const struct value *entries = value_get(answer, "entries");
	if (job_container_from_value(entries, STR_NONE, job_container_kind(answer, CONTAINER_PKCS12),
				     &container, &err) != RC_OK) {
		doctor_open_error(d, &err);
		return;
	}
	take_examination(d, answer, read_sent(container, entries, &chain));
	if (chain.n == 0 || (d->found && !doctor_is_own(d, d->method->presented_to, &path))) {
		return;
	}
	/* What gateways cannot read either refuses every call. */
	if (judge_chain(d, &chain, &err) != RC_OK) {
		doctor_find(d, 5, REASON_R512, err.text, NULL);
	}
}
