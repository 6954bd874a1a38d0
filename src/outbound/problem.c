/* SPDX-License-Identifier: Apache-2.0
 * The table of problems. */
#include "outbound/problem.h"

static const struct {
	const char *name;
	enum reason reason;
	bool reached;
} problems[OUTBOUND_PROBLEM_COUNT] = {
	[OUTBOUND_OK] = { "", REASON_NONE, true },
	[OUTBOUND_RESOLVE] = { "resolve", REASON_D415, false },
	[OUTBOUND_CONNECT] = { "connect", REASON_D409, false },
	[OUTBOUND_LATE] = { "late", REASON_D416, true },
	[OUTBOUND_TRUST] = { "trust", REASON_D406, false },
	[OUTBOUND_NOT_TLS] = { "not-tls", REASON_D418, true },
	[OUTBOUND_IS_TLS] = { "is-tls", REASON_D419, true },
	[OUTBOUND_REFUSED] = { "refused", REASON_D420, true },
	[OUTBOUND_DEMANDED] = { "demanded", REASON_D421, true },
	[OUTBOUND_NOT_HTTP] = { "not-http", REASON_D417, true },
	[OUTBOUND_LIMIT] = { "limit", REASON_D417, true },
	[OUTBOUND_WEAK] = { "weak", REASON_P130, false },
	[OUTBOUND_KEY_PAIR] = { "key-pair", REASON_P131, false },
	[OUTBOUND_TRUST_STORE] = { "trust-store", REASON_D424, false },
};

const char *outbound_problem_name(enum outbound_problem problem)
{
	return problems[problem].name;
}

enum outbound_problem outbound_problem_find(struct str name)
{
	for (size_t i = 0; i < OUTBOUND_PROBLEM_COUNT; i++) {
		if (str_is(name, problems[i].name)) {
			return (enum outbound_problem)i;
		}
	}
	return OUTBOUND_NOT_HTTP;
}

enum reason outbound_problem_reason(enum outbound_problem problem)
{
	return problems[problem].reason;
}

bool outbound_problem_reached(enum outbound_problem problem)
{
	return problems[problem].reached;
}
