/* SPDX-License-Identifier: Apache-2.0
 * What the doctor says of one call: what the gateway wrote down when it judged it. */
#include "service/doctor.h"

#include "base/memory.h"
#include "service/doctor_round.h"
#include "service/message.h"

enum rc service_doctor_message(struct service *service, const char *tenant, const char *id,
			       struct value **ret, struct err *reterr)
{
	AUTO_VALUE *message = NULL;
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	static const char *const names[] = { "code", "text", "fix" };
	TRY(service_message_get(service, tenant, id, &message, reterr));
	doctor_round_init(&d, service, tenant);
	for (size_t i = 0; i <= DOCTOR_STEPS; i++)
		d.judged[i] = true;
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
		value_append(d.findings[info->step >= 1 && info->step <= DOCTOR_STEPS ? info->step : 5],
			     finding);
	}
	*ret = doctor_report(&d);
	return RC_OK;
}
