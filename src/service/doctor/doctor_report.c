/* SPDX-License-Identifier: Apache-2.0
 * What a round of the doctor has found, and its report. */
#include "service/doctor/doctor_round.h"

#include "base/memory.h"
#include "service/monitor/repair.h"

void doctor_round_init(struct doctor_round *d, struct session *session, const char *tenant)
{
	*d = (struct doctor_round){ .session = session, .tenant = mem_strdup(tenant) };
	for (size_t i = 0; i <= DOCTOR_STEPS; i++) {
		d->findings[i] = value_array();
	}
}

void doctor_round_fini(struct doctor_round *d)
{
	for (size_t i = 0; i <= DOCTOR_STEPS; i++) {
		value_free(d->findings[i]);
	}
	value_free(d->found);
	mem_free(d->tenant);
	mem_free(d->name);
	mem_free(d->file);
	mem_free(d->role);
}

const struct value *doctor_configuration(const struct doctor_round *d)
{
	return value_get(d->found, "destinationConfiguration");
}

struct value *doctor_finding(const struct doctor_round *d, int step, enum reason reason)
{
	return value_find(d->findings[step], "code", str_of(reason_info(reason)->code));
}

bool doctor_has(const struct doctor_round *d, const char *code)
{
	for (size_t i = 1; i <= DOCTOR_STEPS; i++) {
		if (value_find(d->findings[i], "code", str_of(code))) {
			return true;
		}
	}
	return false;
}

struct value *doctor_evidence(const struct doctor_round *d)
{
	struct value *v = value_object();
	const struct value *c = doctor_configuration(d);
	const char *file = d->method && d->method->key_store ? value_get_c(c, d->method->key_store) : NULL;
	file = file ? file : d->file;
	if (d->name) {
		value_set_c(v, "destination", d->name);
	}
	if (file) {
		const char *slash = strrchr(file, '/'), *dot = strrchr(slash ? slash : file, '.');
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

void doctor_find(struct doctor_round *d, int step, enum reason reason, const char *text,
		 struct value *take_evidence)
{
	AUTO_VALUE *evidence = take_evidence ? take_evidence : doctor_evidence(d);
	if (!doctor_finding(d, step, reason)) {
		value_append(d->findings[step], reason_finding(reason, text, evidence));
	}
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
			if (rank(one) == r) {
				value_append(sorted, value_ref(one));
			}
		}
	}
	return sorted;
}

/* A certificate of Postern's own CA is mended here, whichever step found it. */
static void use_own_repairs(const struct doctor_round *d, struct value *findings)
{
	for (size_t i = 0; i < value_count(findings); i++) {
		struct value *finding = value_at(findings, i);
		const struct value *evidence = value_get(finding, "evidence");
		AUTO_BUF(fix, 256);
		if (repair_own_certificate(d->session, d->tenant, reason_find(value_get_str(finding, "code")),
					   value_get_str(evidence, "issuer"),
					   value_get_str(evidence, "subject"), &fix)) {
			value_set_str(finding, "fix", buf_str(&fix));
		}
	}
}

struct value *doctor_report(const struct doctor_round *d)
{
	struct value *v = value_object(), *steps = value_array();
	int first = 0;
	for (int i = 1; i <= DOCTOR_STEPS; i++) {
		use_own_repairs(d, d->findings[i]);
		struct value *step = value_object(), *sorted = findings_sort(d->findings[i]);
		bool ok = value_count(sorted) == 0 || rank(value_at(sorted, 0)) != 0;
		if (!ok && first == 0) {
			first = i;
		}
		value_set_int(step, "step", i);
		value_set_bool(step, "ok", ok);
		value_set_bool(step, "judged", d->judged[i] || value_count(sorted) > 0);
		value_set(step, "findings", sorted);
		value_append(steps, step);
	}
	value_set_bool(v, "ok", first == 0);
	value_set_int(v, "first_broken", first);
	value_set(v, "steps", steps);
	return v;
}

void doctor_repeat_fixes(struct doctor_round *d)
{
	for (size_t i = 0; i < value_count(d->findings[5]); i++) {
		struct value *late = value_at(d->findings[5], i);
		for (int step = 1; step < 5; step++) {
			for (size_t k = 0; k < value_count(d->findings[step]); k++) {
				const struct value *early = value_at(d->findings[step], k);
				if (str_equal(value_get_str(early, "code"), value_get_str(late, "code"))) {
					value_set_str(late, "fix", value_get_str(early, "fix"));
				}
			}
		}
	}
}
