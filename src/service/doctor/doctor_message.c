/* SPDX-License-Identifier: Apache-2.0
 * What the doctor says of one call: what the gateway wrote down when it judged it, and how far it had
 * come. */
#include "service/doctor/doctor.h"

#include "base/memory.h"
#include "service/doctor/doctor_round.h"
#include "service/monitor/message.h"

/* What the gateway had found good when it came to its verdict; it judges in this order (gateway.md). */
enum passed { PASSED_NOTHING, PASSED_CHAIN, PASSED_RIGHT };

static enum passed passed_before(enum reason reason, bool by_certificate)
{
	switch (reason_info(reason)->code[0]) {
	case '\0': return PASSED_RIGHT;
	case 'S': return PASSED_CHAIN;
	case 'R': break;
	default: return PASSED_NOTHING;
	}
	if (reason == REASON_R503 || reason == REASON_R506 || reason == REASON_R509 ||
	    reason == REASON_R514 || reason == REASON_R515) {
		return PASSED_RIGHT;
	}
	/* The certificate was good and in a key: the address, the method or a token that came along was
	 * not. */
	bool after_chain =
		reason == REASON_R501 || reason == REASON_R502 || (reason == REASON_R507 && by_certificate);
	return after_chain ? PASSED_CHAIN : PASSED_NOTHING;
}

static struct value *finding_of(const struct value *message, enum reason reason)
{
	static const char *const names[] = { "code", "text", "fix" };
	struct value *finding = value_object(), *evidence = value_object();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		value_set_str(finding, names[i], value_get_str(message, names[i]));
	}
	value_set_c(finding, "severity",
		    reason == REASON_NONE ? "error" : reason_severity_name(reason_info(reason)->severity));
	value_set(evidence, "presented", value_ref(value_get(message, "presented")));
	value_set(evidence, "expected", value_ref(value_get(message, "expected")));
	value_set(finding, "evidence", evidence);
	return finding;
}

/* The fault stands in its own step, and the call in step 5 failed by it.
 * A call may have failed without a code, too. */
static void take_message(struct doctor_round *d, const struct value *message)
{
	enum reason reason = reason_find(value_get_str(message, "code"));
	int step = reason_info(reason)->step;
	bool by_certificate = str_is(value_get_str(message, "authentication"), "certificate");
	enum passed passed = passed_before(reason, by_certificate);
	d->judged[1] = d->judged[2] = by_certificate && passed >= PASSED_CHAIN;
	d->judged[3] = passed == PASSED_RIGHT && !str_is(value_get_str(message, "authentication"), "none");
	d->judged[5] = true;
	if (reason == REASON_NONE && str_is(value_get_str(message, "status"), "COMPLETED")) {
		return;
	}
	if (step >= 1 && step < 5) {
		value_append(d->findings[step], finding_of(message, reason));
	}
	value_append(d->findings[5], finding_of(message, reason));
}

enum rc service_doctor_message(struct session *session, const char *tenant, const char *id,
			       struct value **ret, struct err *reterr)
{
	AUTO_VALUE *message = NULL;
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	TRY(service_message_get(session, tenant, id, &message, reterr));
	doctor_round_init(&d, session, tenant);
	take_message(&d, message);
	*ret = doctor_report(&d);
	return RC_OK;
}
