/* SPDX-License-Identifier: Apache-2.0
 * Repairs that can be typed as they stand: which instance takes a key, and under which name. */
#include "service/doctor_round.h"

#include "base/memory.h"
#include "policy/policy.h"
#include "service/instance.h"
#include "service/service_key.h"

#include <stdio.h>

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

static bool has_role(const struct value *instance, const char *role)
{
	const struct value *roles = value_get(value_get(instance, "parameters"), "roles");
	for (size_t i = 0; i < value_count(roles); i++)
		if (role && str_is(value_str(value_at(roles, i)), role))
			return true;
	return false;
}

/* An instance that can hold the key: one with the endpoint's role before one without. */
static struct str instance_for(const struct doctor_round *d, const struct value *list)
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
static void set_free_key_name(const struct doctor_round *d, const char *instance, struct value *evidence)
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
static void suggest_key(const struct doctor_round *d, struct value *evidence)
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
static void use_destination_in_fix(struct doctor_round *d, enum reason reason, const struct value *evidence)
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

void doctor_find_judged(struct doctor_round *d, enum reason reason, const struct value *presented,
			const struct value *expected)
{
	struct value *evidence = doctor_evidence(d);
	AUTO_BUF(text, 2048);
	policy_format_text(reason, presented, expected, &text);
	evidence_take(evidence, expected);
	evidence_take(evidence, presented);
	if (reason == REASON_S301)
		suggest_key(d, evidence);
	value_set(evidence, "presented", value_copy(presented));
	value_set(evidence, "expected", value_copy(expected));
	AUTO_VALUE *kept = value_ref(evidence);
	doctor_find(d, 3, reason, text.n ? buf_c(&text) : NULL, evidence);
	if (reason == REASON_S301 || reason == REASON_S304)
		use_destination_in_fix(d, reason, kept);
}
