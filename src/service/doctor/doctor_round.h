/* SPDX-License-Identifier: Apache-2.0
 * What the parts of the doctor share: one round, what it has found so far, and the steps that need no
 * waiting. */
#pragma once

#include "identity/identity.h"
#include "model/reason.h"
#include "service/core/service.h"

#define DOCTOR_STEPS 5

/** What a way to authenticate needs; properties by name, NULL where it needs none. */
struct doctor_method {
	const char *name;
	const char *key_store, *password; /* whose certificate is presented, */
	const char *presented_to;         /* and the URL that it is presented to */
	const char *client;               /* a client id that service keys of the own gateway are found by */
	const char *needs[4];             /* and that nothing else is said about */
	bool of_user;                     /* needs a user's token as well, which only the app has */
};

/** One round of the doctor. */
struct doctor_round {
	struct session *session;
	char *tenant;
	char *name;                         /* of the destination, or NULL */
	char *file;                         /* that is examined alone, or NULL */
	char *role;                         /* that the endpoint asks for, once it is known */
	struct value *found;                /* what Find answers for the destination, or NULL */
	const struct doctor_method *method; /* of the destination; NULL: none, or none that is served */
	struct value *findings[DOCTOR_STEPS + 1];
	bool judged[DOCTOR_STEPS + 1]; /* a step without findings is whole only if it could be looked at */
};

/** Begin a round with nothing found. */
void doctor_round_init(struct doctor_round *d, struct session *session, const char *tenant);
/** Release it. */
void doctor_round_fini(struct doctor_round *d);

/** The destination's properties; NULL without one. Borrowed. */
const struct value *doctor_configuration(const struct doctor_round *d);
/** What fixes are filled in with, beside a finding's own evidence; owned. */
struct value *doctor_evidence(const struct doctor_round *d);
/** Add a finding, unless the step has one of its code. text NULL takes the title, take_evidence NULL
 * doctor_evidence(). */
void doctor_find(struct doctor_round *d, int step, enum reason reason, const char *text,
		 struct value *take_evidence);
/** The step's finding of a reason, to be changed; NULL when there is none. Borrowed. */
struct value *doctor_finding(const struct doctor_round *d, int step, enum reason reason);
/** Add what identity or policy refused, with evidence and a repair that can be typed. */
void doctor_find_judged(struct doctor_round *d, enum reason reason, const struct value *presented,
			const struct value *expected);
/** Whether a code was found in any step. */
bool doctor_has(const struct doctor_round *d, const char *code);
/** The call is refused for what an earlier step has found already: its repair is the same. */
void doctor_repeat_fixes(struct doctor_round *d);
/** {"ok","first_broken","steps":[...]} of doctor.h; owned. */
struct value *doctor_report(const struct doctor_round *d);

/** The way a destination authenticates; NULL where Postern cannot call so. Static. */
const struct doctor_method *doctor_method_of(const struct value *configuration);
/** Whether a property of the destination is a URL of what this server's own gateway serves for the
 * subaccount, and its path. */
bool doctor_is_own(const struct doctor_round *d, const char *property, struct str *ret_path);
/** Step 4: the properties as they stand. */
void doctor_judge_properties(struct doctor_round *d);
/** Step 3 for a destination that calls the own gateway with a client id. */
void doctor_judge_client(struct doctor_round *d);
/** Steps 1 to 3 from the answer of JOB_CONTAINER_OPEN. */
void doctor_judge_container(struct doctor_round *d, const struct value *answer);
/** The key store cannot be opened. */
void doctor_open_error(struct doctor_round *d, const struct err *err);
