/* SPDX-License-Identifier: Apache-2.0
 * The doctor's round: key store, trust, service key and role, destination, call. */
#include "service/doctor.h"

#include "base/memory.h"
#include "flow/address.h"
#include "model/reason.h"
#include "os/file.h"
#include "policy/policy.h"
#include "service/check.h"
#include "service/destination.h"
#include "service/instance.h"
#include "service/job_container.h"
#include "service/message.h"
#include "service/own_gateway.h"
#include "service/service_key.h"
#include "view/view.h"

#include <fcntl.h>
#include <stdio.h>

#define STEPS 5

struct service_doctor {
	struct service *service;
	struct job_pool *jobs;
	char *tenant, *name, *file;
	char *role;          /* that the endpoint asks for, once it is known */
	struct value *found; /* NULL for a file alone */
	struct value *findings[STEPS + 1];
	bool judged[STEPS + 1]; /* a step without findings is whole only if it could be looked at */
	struct job *job;
	struct service_check *check;
	job_done_fn done;
	void *context;
};

static void doctor_free(struct service_doctor *d)
{
	for (size_t i = 0; i <= STEPS; i++)
		value_free(d->findings[i]);
	value_free(d->found);
	mem_free(d->tenant);
	mem_free(d->name);
	mem_free(d->file);
	mem_free(d->role);
	mem_free(d);
}

static struct service_doctor *doctor_new(struct service *service, struct job_pool *jobs, const char *tenant,
					 job_done_fn done, void *context)
{
	struct service_doctor *d = mem_alloc(sizeof(*d));
	d->service = service;
	d->jobs = jobs;
	d->tenant = mem_strdup(tenant);
	d->done = done;
	d->context = context;
	for (size_t i = 0; i <= STEPS; i++)
		d->findings[i] = value_array();
	return d;
}

static const struct value *configuration_of(const struct service_doctor *d)
{
	return value_get(d->found, "destinationConfiguration");
}

static bool has_code(const struct value *findings, const char *code)
{
	for (size_t i = 0; i < value_count(findings); i++) {
		if (str_is(value_get_str(value_at(findings, i), "code"), code))
			return true;
	}
	return false;
}

/* Whether a code was found in any step before. */
static bool is_found(const struct service_doctor *d, const char *code)
{
	for (size_t i = 1; i <= STEPS; i++) {
		if (has_code(d->findings[i], code))
			return true;
	}
	return false;
}

/* What fixes are filled in with, beside the finding's own evidence. */
static struct value *evidence_new(const struct service_doctor *d)
{
	struct value *v = value_object();
	const struct value *c = configuration_of(d);
	const char *file = value_get_c(c, "KeyStoreLocation");
	file = file ? file : d->file;
	if (d->name)
		value_set_c(v, "destination", d->name);
	if (file) {
		const char *dot = strrchr(file, '.');
		value_set_c(v, "file", file);
		value_set_str(v, "stem", str_first(str_of(file), dot ? (size_t)(dot - file) : strlen(file)));
	}
	struct str url = value_get_str(c, "URL");
	if (str_starts_with(url, STR("http://"))) {
		AUTO_FREE char *https = mem_printf("https://%.*s", STR_ARG(str_skip(url, 7)));
		value_set_c(v, "url", https);
	}
	return v;
}

/* Members that a fix may name, from what was judged. */
static void evidence_take(struct value *evidence, const struct value *from)
{
	const char *name;
	struct value *v;
	for (size_t i = 0; value_member(from, i, &name, &v); i++) {
		if (!value_is_object(v) && !value_is_array(v) && !value_get(evidence, name))
			value_set(evidence, name, value_ref(v));
	}
}

static void find(struct service_doctor *d, int step, enum reason reason, const char *text,
		 struct value *take_evidence)
{
	AUTO_VALUE *evidence = take_evidence ? take_evidence : evidence_new(d);
	if (!has_code(d->findings[step], reason_info(reason)->code))
		value_append(d->findings[step], reason_finding(reason, text, evidence));
}

static int rank(const struct value *finding)
{
	struct str severity = value_get_str(finding, "severity");
	return str_is(severity, "error") ? 0 : str_is(severity, "warning") ? 1 : 2;
}

/* Errors first; order kept otherwise. */
static struct value *findings_sort(const struct value *findings)
{
	struct value *sorted = value_array();
	for (int r = 0; r < 3; r++) {
		for (size_t i = 0; i < value_count(findings); i++) {
			struct value *one = value_at(findings, i);
			if (rank(one) == r)
				value_append(sorted, value_ref(one));
		}
	}
	return sorted;
}

static struct value *report(struct value *const findings[STEPS + 1], const bool judged[STEPS + 1])
{
	struct value *v = value_object(), *steps = value_array();
	int first = 0;
	for (int i = 1; i <= STEPS; i++) {
		struct value *step = value_object(), *sorted = findings_sort(findings[i]);
		bool ok = value_count(sorted) == 0 || rank(value_at(sorted, 0)) != 0;
		if (!ok && first == 0)
			first = i;
		value_set_int(step, "step", i);
		value_set_bool(step, "ok", ok);
		value_set_bool(step, "judged", !judged || judged[i] || value_count(sorted) > 0);
		value_set(step, "findings", sorted);
		value_append(steps, step);
	}
	value_set_bool(v, "ok", first == 0);
	value_set_int(v, "first_broken", first);
	value_set(v, "steps", steps);
	return v;
}

/* The call is refused for what an earlier step has found already: its repair is the same. */
static void repeat_fixes(struct service_doctor *d)
{
	for (size_t i = 0; i < value_count(d->findings[5]); i++) {
		struct value *late = value_at(d->findings[5], i);
		for (int step = 1; step < 5; step++)
			for (size_t k = 0; k < value_count(d->findings[step]); k++) {
				const struct value *early = value_at(d->findings[step], k);
				if (str_equal(value_get_str(early, "code"), value_get_str(late, "code")))
					value_set_str(late, "fix", value_get_str(early, "fix"));
			}
	}
}

static void doctor_finish(struct service_doctor *d)
{
	repeat_fixes(d);
	AUTO_VALUE *v = report(d->findings, d->judged);
	job_done_fn done = d->done;
	void *context = d->context;
	doctor_free(d);
	done(context, v, NULL);
}

static bool has_certificate(const struct service_doctor *d, const char *name)
{
	const struct value *list = value_get(d->found, "certificates");
	for (size_t i = 0; i < value_count(list); i++) {
		if (str_is(value_get_str(value_at(list, i), "Name"), name))
			return true;
	}
	return false;
}

/* Postern's own check trusts its own CA all the same; the apps take the trust store from the answer, and it is not in it. */
static void judge_trust_store(struct service_doctor *d)
{
	const char *trust = value_get_c(configuration_of(d), "TrustStoreLocation");
	if (!trust || !*trust || has_certificate(d, trust))
		return;
	struct value *evidence = evidence_new(d);
	value_set_c(evidence, "file", trust);
	find(d, 4, REASON_D412, NULL, evidence);
}

/* Step 4: the properties as they stand. */
static void judge_properties(struct service_doctor *d)
{
	const struct value *c = configuration_of(d);
	const char *location = value_get_c(c, "KeyStoreLocation");
	if (str_is(value_get_str(c, "ProxyType"), "OnPremise"))
		find(d, 4, REASON_D407, NULL, NULL);
	judge_trust_store(d);
	if (!str_is(value_get_str(c, "Authentication"), "ClientCertificateAuthentication")) {
		find(d, 4, REASON_D405, NULL, NULL);
		return;
	}
	if (!str_starts_with(value_get_str(c, "URL"), STR("https://")))
		find(d, 4, REASON_D401, NULL, NULL);
	if (!location || !*location) {
		find(d, 4, REASON_D411, NULL, NULL);
		return;
	}
	if (!str_ends_with(str_of(location), STR(".p12")))
		find(d, 4, REASON_D404,
		     "The approuter takes a key store only under a name that ends in .p12.", NULL);
}

/* Whether the destination calls this server's own gateway, and its path. */
static bool is_own_gateway(const struct service_doctor *d, struct str *ret_path)
{
	return own_gateway_path(d->service, value_get_str(configuration_of(d), "URL"), ret_path);
}

/* Step 1: what `keypair examine` says of the file. */
static void take_examination(struct service_doctor *d, const struct value *answer)
{
	const struct value *list = value_get(value_get(answer, "examine"), "findings");
	for (size_t i = 0; i < value_count(list); i++)
		value_append(d->findings[1], value_ref(value_at(list, i)));
}

static void take_open_error(struct service_doctor *d, const struct err *err)
{
	enum reason reason = reason_find(str_of(err->reason));
	if (reason == REASON_P101 && d->found)
		find(d, 4, REASON_D403, NULL, NULL);
	else if (reason != REASON_NONE)
		find(d, 1, reason, err->text, NULL);
	else
		find(d, 1, REASON_P116, err->text, NULL);
}

/* The registry that gateways read, as it is now, and what the doctor takes from it. */
struct opened {
	int dirfd;
	struct registry_reader *registry;
	struct view view;
	struct trust *trust;
	struct view_keys keys;
};

static void opened_fini(struct opened *o)
{
	view_keys_fini(&o->keys);
	trust_free(o->trust);
	registry_reader_close(o->registry);
	file_close(o->dirfd);
}

static enum rc opened_init(struct opened *o, const struct service_doctor *d, struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/registry", d->service->state_dir);
	o->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dirfd < 0)
		return err_errno(reterr, "The registry cannot be opened");
	TRY(registry_reader_open(&o->registry, o->dirfd, reterr));
	o->view = (struct view){ o->registry, str_of(d->tenant) };
	return view_trust(o->view, &o->trust, reterr);
}

/* Step 2: the judge that the gateway asks, with the chain that a client would send. */
static void judge_trust(struct service_doctor *d, const struct opened *o, const struct cert_list *chain,
			struct chain_verdict *verdict)
{
	chain_judge(o->trust, chain, wall_now(), CHAIN_CLIENT, verdict);
	enum reason reason = verdict->reason != REASON_NONE ? verdict->reason : verdict->note;
	if (reason == REASON_NONE)
		return;
	const struct reason_info *info = reason_info(reason);
	struct value *evidence = evidence_new(d);
	AUTO_FREE char *text =
		mem_printf("%s%s%s", info->title, verdict->detail[0] ? " " : "", verdict->detail);
	value_set_c(evidence, "subject", cert_subject(chain->items[0]));
	value_set_c(evidence, "issuer", cert_issuer(chain->items[0]));
	value_set_c(evidence, "sha256", cert_sha256(chain->items[0]));
	value_set_c(evidence, "at", verdict->at_subject);
	find(d, info->step >= 1 && info->step <= STEPS ? info->step : 2, reason, text, evidence);
}

static bool has_role(const struct value *instance, const char *role)
{
	const struct value *roles = value_get(value_get(instance, "parameters"), "roles");
	for (size_t i = 0; i < value_count(roles); i++)
		if (role && str_is(value_str(value_at(roles, i)), role))
			return true;
	return false;
}

/* An instance that can hold the key: one with the endpoint's role before one without. */
static struct str instance_for(const struct service_doctor *d, const struct value *list)
{
	struct str any = STR_NONE;
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *one = value_at(list, i);
		if (!str_is(value_get_str(one, "plan"), "integration-flow"))
			continue;
		if (has_role(one, d->role))
			return value_get_str(one, "name");
		any = any.p ? any : value_get_str(one, "name");
	}
	return any;
}

static bool has_key(const struct value *keys, const char *name)
{
	for (size_t i = 0; i < value_count(keys); i++)
		if (str_is(value_get_str(value_at(keys, i), "name"), name))
			return true;
	return false;
}

/* A name that no key of the instance has, after the key store's. */
static void set_free_key_name(const struct service_doctor *d, const char *instance, struct value *evidence)
{
	static const struct str taken =
		STR("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
	AUTO_VALUE *keys = NULL;
	AUTO_BUF(stem, 32);
	struct str from = value_get_str(evidence, "stem");
	if (service_key_list(d->service, d->tenant, instance, &keys, NULL) != RC_OK)
		return;
	for (size_t i = 0; i < from.n && stem.n < 24; i++)
		(void)buf_add_char(&stem, str_find(taken, from.p[i]) < taken.n ? from.p[i] : '-');
	for (int i = 1; i < 100; i++) {
		char name[40];
		(void)snprintf(name, sizeof(name), i == 1 ? "%s" : "%s-%d", stem.n ? buf_c(&stem) : "sender",
			       i);
		if (!has_key(keys, name)) {
			value_set_c(evidence, "key", name);
			return;
		}
	}
}

/* Choose instance and name, so that the repair can be typed as it stands. */
static void suggest_key(const struct service_doctor *d, struct value *evidence)
{
	AUTO_VALUE *list = NULL;
	if (service_instance_list(d->service, d->tenant, &list, NULL) != RC_OK)
		return;
	struct str name = instance_for(d, list);
	if (!name.p)
		return;
	AUTO_FREE char *instance = str_dup(name);
	value_set_c(evidence, "instance", instance);
	set_free_key_name(d, instance, evidence);
}

/* With a destination at hand the repair needs neither the file nor its password. */
static void use_destination_in_fix(struct service_doctor *d, enum reason reason, const struct value *evidence)
{
	struct value *finding = value_at(d->findings[3], value_count(d->findings[3]) - 1);
	AUTO_BUF(fix, 4096);
	if (!d->found || !value_get_c(evidence, "instance") || !value_get_c(evidence, "key") ||
	    !str_is(value_get_str(finding, "code"), reason_info(reason)->code))
		return;
	reason_fill(reason == REASON_S301
			    ? "`postern service-key create {instance} {key} --destination {destination}`"
			    : "`postern service-key update {instance} {key} --destination {destination}`",
		    evidence, &fix);
	value_set_str(finding, "fix", buf_str(&fix));
}

static void find_judged(struct service_doctor *d, enum reason reason, const struct value *presented,
			const struct value *expected)
{
	struct value *evidence = evidence_new(d);
	AUTO_BUF(text, 2048);
	policy_format_text(reason, presented, expected, &text);
	evidence_take(evidence, expected);
	evidence_take(evidence, presented);
	if (reason == REASON_S301)
		suggest_key(d, evidence);
	value_set(evidence, "presented", value_copy(presented));
	value_set(evidence, "expected", value_copy(expected));
	AUTO_VALUE *kept = value_ref(evidence);
	find(d, 3, reason, text.n ? buf_c(&text) : NULL, evidence);
	if (reason == REASON_S301 || reason == REASON_S304)
		use_destination_in_fix(d, reason, kept);
}

static enum rc endpoint_read(const struct opened *o, struct str raw_path, struct flow_plan **ret,
			     struct err *reterr)
{
	AUTO_BUF(path, ADDRESS_PATH_MAX);
	struct registry_record record;
	if (address_path(raw_path, &path) != RC_OK || !view_endpoint(o->view, buf_str(&path), &record))
		return RC_NOT_FOUND;
	return view_plan(&record, ret, reterr);
}

static void judge_right(struct service_doctor *d, const struct flow_plan *plan,
			const struct identity *identity, const struct identity_certificate *leaf)
{
	if (!plan || identity->reason != REASON_NONE)
		return;
	AUTO_VALUE *presented = value_copy(identity->presented), *expected = value_copy(identity->expected);
	enum reason reason =
		policy_judge_right(identity->candidate, leaf, &plan->endpoint, presented, expected);
	if (reason != REASON_NONE)
		find_judged(d, reason, presented, expected);
}

/* Which endpoint a path leads to; the app may add the address itself. */
static enum rc find_endpoint(struct service_doctor *d, const struct opened *o, struct str path,
			     struct flow_plan **ret, struct err *reterr)
{
	if (!path.n || str_is(path, "/") || str_is(path, "/http") || str_is(path, "/http/"))
		return RC_OK;
	enum rc rc = endpoint_read(o, path, ret, reterr);
	if (rc == RC_OK)
		d->role = mem_strdup((*ret)->endpoint.role);
	if (rc != RC_NOT_FOUND)
		return rc;
	struct value *evidence = evidence_new(d);
	value_set_str(evidence, "address", path);
	find(d, 3, REASON_S308, NULL, evidence);
	return RC_OK;
}

/* Step 3: which service key, which endpoint, which role; as if the chain held, for one broken step hides no other. */
static enum rc judge_identity(struct service_doctor *d, struct opened *o, const struct cert *leaf,
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
	view_keys_by_certificate(o->view, &peer.leaf, &o->keys);
	TRY(find_endpoint(d, o, path, &plan, reterr));
	identity_judge_certificate(&peer, o->keys.candidates, o->keys.n, &identity);
	if (identity.reason != REASON_NONE)
		find_judged(d, identity.reason, identity.presented, identity.expected);
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

static enum rc judge_chain(struct service_doctor *d, const struct cert_list *chain, struct str path,
			   struct err *reterr)
{
	AUTO(opened_fini) struct opened o = { .dirfd = -1 };
	struct chain_verdict verdict = { 0 };
	TRY(opened_init(&o, d, reterr));
	judge_trust(d, &o, chain, &verdict);
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

static void judge_container(struct service_doctor *d, const struct value *answer)
{
	AUTO(container_free_cleanup) struct container *container = NULL;
	AUTO_CERT_LIST chain = { 0 };
	struct str path = STR_NONE;
	struct err err = { 0 };
	take_examination(d, answer);
	d->judged[1] = true;
	if (job_container_from_value(value_get(answer, "entries"), kind_of(answer), &container, &err) !=
	    RC_OK) {
		take_open_error(d, &err);
		return;
	}
	if (!read_sent(container, &chain) || (d->found && !is_own_gateway(d, &path)))
		return;
	/* What gateways cannot read either refuses every call. */
	if (judge_chain(d, &chain, path, &err) != RC_OK)
		find(d, 5, REASON_R512, err.text, NULL);
}

/* Step 5: what came of the call; its code stands in its own step, too, where nothing there has told it before. */
static void on_check(void *context, const struct value *verdict, const struct err *err)
{
	struct service_doctor *d = context;
	d->check = NULL;
	d->judged[5] = true;
	if (verdict && !value_get_bool(verdict, "authorised", false)) {
		const char *code = value_get_c(verdict, "code"), *text = value_get_c(verdict, "text");
		enum reason reason = reason_find(str_of(code ? code : ""));
		reason = reason == REASON_NONE ? REASON_D408 : reason;
		AUTO_FREE char *sentence =
			value_get_int(verdict, "status", 0) > 0
				? mem_printf("The call was refused with status %d. %s",
					     (int)value_get_int(verdict, "status", 0), text ? text : "")
				: mem_strdup(text ? text : reason_info(reason)->title);
		int step = reason_info(reason)->step;
		struct value *evidence = evidence_new(d);
		value_set_str(evidence, "request", value_get_str(verdict, "request_id"));
		if (step != 5 && !is_found(d, reason_info(reason)->code))
			find(d, step, reason, sentence, value_ref(evidence));
		find(d, 5, reason, sentence, evidence);
	} else if (!verdict) {
		find(d, 5, REASON_D409, err->text, NULL);
	}
	doctor_finish(d);
}

static void start_check(struct service_doctor *d)
{
	struct err err = { 0 };
	if (!d->found) {
		doctor_finish(d);
		return;
	}
	if (service_check_start(d->service, d->jobs, d->tenant, d->name, on_check, d, &d->check, &err) ==
	    RC_OK)
		return;
	find(d, 5, REASON_D409, err.text, NULL);
	doctor_finish(d);
}

static void on_container(void *context, const struct value *answer, const struct err *err)
{
	struct service_doctor *d = context;
	d->job = NULL;
	if (!answer)
		take_open_error(d, err);
	else if (value_get(answer, "crl"))
		find(d, 1, REASON_P103, NULL, NULL);
	else
		judge_container(d, answer);
	start_check(d);
}

/* The uploaded file that the destination names; p NULL when it names none or it is not there. */
static struct str content_of(const struct service_doctor *d)
{
	const char *location = value_get_c(configuration_of(d), "KeyStoreLocation");
	const struct value *list = value_get(d->found, "certificates");
	for (size_t i = 0; location && i < value_count(list); i++) {
		if (str_is(value_get_str(value_at(list, i), "Name"), location))
			return value_get_str(value_at(list, i), "Content");
	}
	return STR_NONE;
}

static enum rc start_container(struct service_doctor *d, struct str content, struct str password,
			       struct str key_password, const char *file, struct err *reterr)
{
	struct value *request = value_object();
	value_set_str(request, "content", content);
	if (password.p)
		value_set_str(request, "password", password);
	if (key_password.p)
		value_set_str(request, "key_password", key_password);
	value_set_c(request, "file", file);
	return job_start(d->jobs, JOB_CONTAINER_OPEN, request, NULL, on_container, d, &d->job, reterr);
}

enum rc service_doctor_start(struct service *service, struct job_pool *jobs, const char *tenant,
			     const char *name, job_done_fn done, void *context, struct service_doctor **ret,
			     struct err *reterr)
{
	AUTO_VALUE *found = NULL;
	const struct destination_find wish = { .tenant = tenant, .name = name };
	enum rc rc = service_destination_find(service, &wish, &found, NULL, reterr);
	if (rc == RC_NOT_FOUND)
		return reason_err(reterr, RC_NOT_FOUND, REASON_D410, NULL);
	TRY(rc);
	struct service_doctor *d = doctor_new(service, jobs, tenant, done, context);
	d->name = mem_strdup(name);
	d->found = TAKE(found);
	d->judged[4] = true;
	judge_properties(d);
	const struct value *c = configuration_of(d);
	const char *location = value_get_c(c, "KeyStoreLocation");
	struct str content = content_of(d), password = value_get_str(c, "KeyStorePassword");
	if (content.p) {
		rc = start_container(d, content, password.p ? password : STR(""), STR_NONE, location, reterr);
	} else {
		if (location && *location)
			find(d, 4, REASON_D402, NULL, NULL);
		rc = service_check_start(service, jobs, tenant, name, on_check, d, &d->check, reterr);
	}
	if (rc != RC_OK)
		doctor_free(d);
	else
		*ret = d;
	return rc;
}

enum rc service_doctor_start_file(struct service *service, struct job_pool *jobs, const char *tenant,
				  const struct value *input, job_done_fn done, void *context,
				  struct service_doctor **ret, struct err *reterr)
{
	const char *file = value_get_c(input, "file");
	if (!value_get_c(input, "content")) {
		(void)err_set(reterr, RC_INVALID, "content is the file as base64.");
		return err_field(reterr, "content");
	}
	struct service_doctor *d = doctor_new(service, jobs, tenant, done, context);
	d->file = mem_strdup(file ? file : "FILE");
	enum rc rc = start_container(d, value_get_str(input, "content"), value_get_str(input, "password"),
				     value_get_str(input, "key_password"), d->file, reterr);
	if (rc != RC_OK)
		doctor_free(d);
	else
		*ret = d;
	return rc;
}

void service_doctor_cancel(struct service_doctor *doctor)
{
	if (!doctor)
		return;
	job_cancel(doctor->job);
	service_check_cancel(doctor->check);
	doctor_free(doctor);
}

enum rc service_doctor_message(struct service *service, const char *tenant, const char *id,
			       struct value **ret, struct err *reterr)
{
	AUTO_VALUE *message = NULL;
	struct value *findings[STEPS + 1];
	static const char *const names[] = { "code", "text", "fix" };
	TRY(service_message_get(service, tenant, id, &message, reterr));
	for (size_t i = 0; i <= STEPS; i++)
		findings[i] = value_array();
	enum reason reason = reason_find(value_get_str(message, "code"));
	if (reason != REASON_NONE) {
		const struct reason_info *info = reason_info(reason);
		struct value *finding = value_object(), *evidence = value_object();
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			value_set_str(finding, names[i], value_get_str(message, names[i]));
		value_set_c(finding, "severity", reason_severity_name(info->severity));
		value_set(evidence, "presented", value_ref(value_get(message, "presented")));
		value_set(evidence, "expected", value_ref(value_get(message, "expected")));
		value_set(finding, "evidence", evidence);
		value_append(findings[info->step >= 1 && info->step <= STEPS ? info->step : 5], finding);
	}
	*ret = report(findings, NULL);
	for (size_t i = 0; i <= STEPS; i++)
		value_free(findings[i]);
	return RC_OK;
}
