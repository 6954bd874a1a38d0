/* SPDX-License-Identifier: Apache-2.0
 * The doctor's steps 1 to 4: key store, trust, service key and role, properties. */
#include "service/doctor_round.h"

#include "base/memory.h"
#include "flow/address.h"
#include "policy/policy.h"
#include "service/job_container.h"
#include "service/own_gateway.h"
#include "service/published.h"

static bool has_certificate(const struct doctor_round *d, const char *name)
{
	const struct value *list = value_get(d->found, "certificates");
	for (size_t i = 0; i < value_count(list); i++) {
		if (str_is(value_get_str(value_at(list, i), "Name"), name))
			return true;
	}
	return false;
}

/* Postern's own check trusts its own CA all the same; the apps take the trust store from the answer, and it is not in it. */
static void judge_trust_store(struct doctor_round *d)
{
	const char *trust = value_get_c(doctor_configuration(d), "TrustStoreLocation");
	if (!trust || !*trust || has_certificate(d, trust))
		return;
	struct value *evidence = doctor_evidence(d);
	value_set_c(evidence, "file", trust);
	doctor_find(d, 4, REASON_D412, NULL, evidence);
}

void doctor_judge_properties(struct doctor_round *d)
{
	const struct value *c = doctor_configuration(d);
	const char *location = value_get_c(c, "KeyStoreLocation");
	if (str_is(value_get_str(c, "ProxyType"), "OnPremise"))
		doctor_find(d, 4, REASON_D407, NULL, NULL);
	judge_trust_store(d);
	if (!str_is(value_get_str(c, "Authentication"), "ClientCertificateAuthentication")) {
		doctor_find(d, 4, REASON_D405, NULL, NULL);
		return;
	}
	if (!str_starts_with(value_get_str(c, "URL"), STR("https://")))
		doctor_find(d, 4, REASON_D401, NULL, NULL);
	if (!location || !*location) {
		doctor_find(d, 4, REASON_D411, NULL, NULL);
		return;
	}
	if (!str_ends_with(str_of(location), STR(".p12")))
		doctor_find(d, 4, REASON_D404,
			    "The approuter takes a key store only under a name that ends in .p12.", NULL);
}

/* Whether the destination calls this server's own gateway, and its path. */
static bool is_own_gateway(const struct doctor_round *d, struct str *ret_path)
{
	return own_gateway_path(d->service, value_get_str(doctor_configuration(d), "URL"), ret_path);
}

/* Step 1: what `keypair examine` says of the file. */
static void take_examination(struct doctor_round *d, const struct value *answer)
{
	const struct value *list = value_get(value_get(answer, "examine"), "findings");
	for (size_t i = 0; i < value_count(list); i++)
		value_append(d->findings[1], value_ref(value_at(list, i)));
}

void doctor_open_error(struct doctor_round *d, const struct err *err)
{
	enum reason reason = reason_find(str_of(err->reason));
	if (reason == REASON_P101 && d->found)
		doctor_find(d, 4, REASON_D403, NULL, NULL);
	else if (reason != REASON_NONE)
		doctor_find(d, 1, reason, err->text, NULL);
	else
		doctor_find(d, 1, REASON_P116, err->text, NULL);
}

/* Step 2: the judge that the gateway asks, with the chain that a client would send. */
static void judge_trust(struct doctor_round *d, const struct trust *trust, const struct cert_list *chain,
			struct chain_verdict *verdict)
{
	chain_judge(trust, chain, wall_now(), CHAIN_CLIENT, verdict);
	enum reason reason = verdict->reason != REASON_NONE ? verdict->reason : verdict->note;
	if (reason == REASON_NONE)
		return;
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

static enum rc endpoint_read(const struct published *o, struct str raw_path, struct flow_plan **ret,
			     struct err *reterr)
{
	AUTO_BUF(path, ADDRESS_PATH_MAX);
	struct registry_record record;
	if (address_path(raw_path, &path) != RC_OK || !view_endpoint(o->view, buf_str(&path), &record))
		return RC_NOT_FOUND;
	return view_plan(&record, ret, reterr);
}

static void judge_right(struct doctor_round *d, const struct flow_plan *plan, const struct identity *identity,
			const struct identity_certificate *leaf)
{
	if (!plan || identity->reason != REASON_NONE)
		return;
	AUTO_VALUE *presented = value_copy(identity->presented), *expected = value_copy(identity->expected);
	enum reason reason =
		policy_judge_right(identity->candidate, leaf, &plan->endpoint, presented, expected);
	if (reason != REASON_NONE)
		doctor_find_judged(d, reason, presented, expected);
}

/* Which endpoint a path leads to; the app may add the address itself. */
static enum rc find_endpoint(struct doctor_round *d, const struct published *o, struct str path,
			     struct flow_plan **ret, struct err *reterr)
{
	if (!path.n || str_is(path, "/") || str_is(path, "/http") || str_is(path, "/http/"))
		return RC_OK;
	enum rc rc = endpoint_read(o, path, ret, reterr);
	if (rc == RC_OK)
		d->role = mem_strdup((*ret)->endpoint.role);
	if (rc != RC_NOT_FOUND)
		return rc;
	struct value *evidence = doctor_evidence(d);
	value_set_str(evidence, "address", path);
	doctor_find(d, 3, REASON_S308, NULL, evidence);
	return RC_OK;
}

/* Step 3: which service key, which endpoint, which role; as if the chain held, for one broken step hides no other. */
static enum rc judge_identity(struct doctor_round *d, struct published *o, const struct cert *leaf,
			      const struct chain_verdict *verdict, struct str path, struct err *reterr)
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
	view_keys_by_certificate(o->view, &peer.leaf, &keys);
	TRY(find_endpoint(d, o, path, &plan, reterr));
	identity_judge_certificate(&peer, keys.candidates, keys.n, &identity);
	if (identity.reason != REASON_NONE)
		doctor_find_judged(d, identity.reason, identity.presented, identity.expected);
	judge_right(d, plan, &identity, &peer.leaf);
	return registry_damage(o->registry)
		       ? err_set(reterr, RC_INVALID, "A record of the registry is damaged.")
		       : RC_OK;
}

/* What a client sends of the first key pair: its chain, then whatever else the file holds. */
static bool read_sent(const struct container *container, struct cert_list *ret)
{
	for (size_t i = 0; i < container->n; i++) {
		if (container->entries[i].key && container->entries[i].chain.n > 0) {
			container_sent(container, &container->entries[i], ret);
			return true;
		}
	}
	return false;
}

static enum rc judge_chain(struct doctor_round *d, const struct cert_list *chain, struct str path,
			   struct err *reterr)
{
	AUTO(published_fini) struct published o = { .dirfd = -1 };
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	struct chain_verdict verdict = { 0 };
	TRY(published_init(&o, d->service, d->tenant, reterr));
	TRY(view_trust(o.view, &trust, reterr));
	judge_trust(d, trust, chain, &verdict);
	TRY(judge_identity(d, &o, chain->items[0], &verdict, path, reterr));
	d->judged[2] = d->judged[3] = true;
	return RC_OK;
}

static enum container_kind kind_of(const struct value *answer)
{
	struct str name = value_get_str(value_get(answer, "examine"), "container");
	return str_is(name, container_kind_name(CONTAINER_JKS))     ? CONTAINER_JKS
	       : str_is(name, container_kind_name(CONTAINER_JCEKS)) ? CONTAINER_JCEKS
								    : CONTAINER_PKCS12;
}

void doctor_judge_container(struct doctor_round *d, const struct value *answer)
{
	AUTO(container_free_cleanup) struct container *container = NULL;
	AUTO_CERT_LIST chain = { 0 };
	struct str path = STR_NONE;
	struct err err = { 0 };
	take_examination(d, answer);
	d->judged[1] = true;
	if (job_container_from_value(value_get(answer, "entries"), kind_of(answer), &container, &err) !=
	    RC_OK) {
		doctor_open_error(d, &err);
		return;
	}
	if (!read_sent(container, &chain) || (d->found && !is_own_gateway(d, &path)))
		return;
	/* What gateways cannot read either refuses every call. */
	if (judge_chain(d, &chain, path, &err) != RC_OK)
		doctor_find(d, 5, REASON_R512, err.text, NULL);
}
