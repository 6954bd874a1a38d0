/* SPDX-License-Identifier: Apache-2.0
 * Repairs that can be typed as they stand: which instance takes a key, and under which name. */
#include "service/doctor/doctor_round.h"

#include "base/memory.h"
#include "policy/policy.h"
#include "service/key/instance.h"
#include "store/key/service_key.h"

#include <stdio.h>

/* Most commands a repair offers. */
#define CHOICES_MAX 3

/* Members that a fix may name, from what was judged. */
static void evidence_take(struct value *evidence, const struct value *from)
{
	const char *name;
	struct value *v;
	for (size_t i = 0; value_member(from, i, &name, &v); i++) {
		if (!value_is_object(v) && !value_is_array(v) && !value_get(evidence, name)) {
			value_set(evidence, name, value_ref(v));
		}
	}
}

static bool has_role(const struct value *instance, const char *role)
{
	return value_has(value_get(value_get(instance, "parameters"), "roles"), str_of(role));
}

/* Asked for by name: an instance may have a million of them. */
static bool is_free(const struct doctor_round *d, const struct value *instance, const char *name)
{
	AUTO(store_service_key_fini) struct store_service_key row = { 0 };
	return store_service_key_find_name(d->session->store, d->tenant, value_get_c(instance, "id"), name,
					   &row, NULL) == RC_NOT_FOUND;
}

/* The file's name, without its folders, of what keys may be named. */
static void read_stem(const struct value *evidence, struct buf *out)
{
	static const struct str good = STR(CHAR_LETTERS_DIGITS "._-");
	const char *stem = value_get_c(evidence, "stem"), *slash = stem ? strrchr(stem, '/') : NULL;
	struct str from = str_of(slash ? slash + 1 : stem ? stem : "");
	for (size_t i = 0; i < from.n && out->n < 24; i++) {
		(void)buf_add_char(out, str_find(good, from.p[i]) < good.n ? from.p[i] : '-');
	}
	if (out->n == 0) {
		(void)buf_add_c(out, "sender");
	}
}

/* A name that no key of the instance has, after the key store's. */
static bool set_free_key_name(const struct doctor_round *d, const struct value *instance,
			      struct value *evidence)
{
	AUTO_BUF(stem, 32);
	read_stem(evidence, &stem);
	for (int i = 1; i < 100; i++) {
		char name[40];
		(void)snprintf(name, sizeof(name), i == 1 ? "%s" : "%s-%d", buf_c(&stem), i);
		if (is_free(d, instance, name)) {
			value_set_c(evidence, "key", name);
			return true;
		}
	}
	return false;
}

/* An instance that can hold the key: those with the endpoint's role where there are any, else all. */
static bool fits(const struct doctor_round *d, const struct value *instance, bool with_role)
{
	return str_is(value_get_str(instance, "plan"), "integration-flow") &&
	       (!with_role || has_role(instance, d->role));
}

/* One command for each instance that fits, so that what is typed is the reader's choice and not the
 * alphabet's. */
static void add_choices(const struct doctor_round *d, const struct value *list, bool with_role,
			struct value *evidence, struct buf *out)
{
	AUTO_VALUE *choice = value_copy(evidence);
	size_t n = 0;
	for (size_t i = 0; i < value_count(list) && n < CHOICES_MAX; i++) {
		const struct value *one = value_at(list, i);
		const char *instance = value_get_c(one, "name");
		if (!fits(d, one, with_role) || !set_free_key_name(d, one, choice)) {
			continue;
		}
		value_set_c(choice, "instance", instance);
		(void)buf_add_c(out, n++ ? ", or " : "");
		reason_fill(
			d->found ? "`postern service-key create {instance} {key} --destination {destination}`"
				 : "`postern service-key create {instance} {key} --certificate {file}`",
			choice, out);
		if (!value_get(evidence, "instance")) {
			value_set_c(evidence, "instance", instance);
			value_set_str(evidence, "key", value_get_str(choice, "key"));
		}
	}
}

/* S301: a new key; with a destination at hand it needs neither the file nor its password. */
static void suggest_key(const struct doctor_round *d, struct value *evidence, struct buf *out)
{
	AUTO_VALUE *list = NULL;
	if (service_instance_list(d->session, d->tenant, &list, NULL) != RC_OK) {
		return;
	}
	add_choices(d, list, true, evidence, out);
	if (out->n == 0) {
		add_choices(d, list, false, evidence, out);
	}
}

void doctor_find_judged(struct doctor_round *d, enum reason reason, const struct value *presented,
			const struct value *expected)
{
	struct value *evidence = doctor_evidence(d);
	AUTO_BUF(text, 2048);
	AUTO_BUF(fix, 4096);
	int step = reason_info(reason)->step;
	policy_format_text(reason, presented, expected, &text);
	evidence_take(evidence, expected);
	evidence_take(evidence, presented);
	if (reason == REASON_S301) {
		suggest_key(d, evidence, &fix);
	} else if (reason == REASON_S304 && d->found) {
		reason_fill("`postern service-key update {instance} {key} --destination {destination}`",
			    evidence, &fix);
	}
	value_set(evidence, "presented", value_copy(presented));
	value_set(evidence, "expected", value_copy(expected));
	doctor_find(d, step, reason, text.n ? buf_c(&text) : NULL, evidence);
	struct value *finding = doctor_finding(d, step, reason);
	if (fix.n > 0 && finding) {
		value_set_str(finding, "fix", buf_str(&fix));
	}
}
