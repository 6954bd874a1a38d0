/* SPDX-License-Identifier: Apache-2.0
 * The doctor's round: what it waits for, one after the other. */
#include "service/doctor/doctor.h"

#include "base/memory.h"
#include "outbound/plan.h"
#include "service/doctor/check.h"
#include "service/destination/destination.h"
#include "service/doctor/doctor_round.h"

struct service_doctor {
	struct doctor_round round;
	struct str content, password,
		key_password; /* of the container to open first; in the round's values */
	const char *name;     /* of its file; borrowed likewise */
	struct value *input;  /* of a file */
	struct service_check *check;
	need_done_fn done;
	void *context;
};

void service_doctor_free(struct service_doctor *d)
{
	if (!d) {
		return;
	}
	service_check_free(d->check);
	doctor_round_fini(&d->round);
	value_free(d->input);
	mem_free(d);
}

static struct service_doctor *doctor_new(const char *tenant, need_done_fn done, void *context)
{
	struct service_doctor *d = mem_alloc(sizeof(*d));
	doctor_round_init(&d->round, NULL, tenant);
	d->done = done;
	d->context = context;
	return d;
}

static void doctor_finish(struct service_doctor *d)
{
	doctor_repeat_fixes(&d->round);
	AUTO_VALUE *v = doctor_report(&d->round);
	d->done(d->round.session, d->context, v, NULL);
}

/* The call was refused: its code stands in its own step, too, where nothing there has told it before. */
static void take_refusal(struct doctor_round *d, const struct value *verdict)
{
	const char *code = value_get_c(verdict, "code"), *text = value_get_c(verdict, "text");
	enum reason reason = reason_find(str_of(code ? code : ""));
	reason = reason == REASON_NONE ? REASON_D408 : reason;
	AUTO_FREE char *sentence =
		value_get_int(verdict, "status", 0) > 0
			? mem_printf("The call was refused with status %d. %s",
				     (int)value_get_int(verdict, "status", 0), text ? text : "")
			: mem_strdup(text ? text : reason_info(reason)->title);
	int step = reason_info(reason)->step;
	struct value *evidence = doctor_evidence(d);
	value_set_str(evidence, "request", value_get_str(verdict, "request_id"));
	if (step != 5 && !doctor_has(d, reason_info(reason)->code)) {
		doctor_find(d, step, reason, sentence, value_ref(evidence));
	}
	doctor_find(d, 5, reason, sentence, evidence);
	if (value_get_str(verdict, "fix").n > 0) {
		value_set_str(doctor_finding(d, 5, reason), "fix", value_get_str(verdict, "fix"));
	}
}

/* Step 5: what came of the call. */
static void on_check(struct session *session, void *context, const struct value *verdict,
		     const struct err *err)
{
	struct service_doctor *d = context;
	d->round.session = session;
	/* Without the user's token the call that was tried is not the app's. */
	d->round.judged[5] = !d->round.method || !d->round.method->of_user;
	if (d->round.judged[5] && !value_get_bool(verdict, "authorised", false)) {
		take_refusal(&d->round, verdict);
	}
	doctor_finish(d);
}

static void start_check(struct service_doctor *d)
{
	struct err err = { 0 };
	struct doctor_round *round = &d->round;
	if (!round->found) {
		doctor_finish(d);
		return;
	}
	if (service_check_new(&d->check, round->session, round->tenant, round->name, on_check, d, &err) ==
	    RC_OK) {
		service_check_run(d->check, round->session);
		return;
	}
	doctor_find(round, 5, REASON_D409, err.text, NULL);
	doctor_finish(d);
}

static void on_container(struct session *session, void *context, const struct value *answer,
			 const struct err *err)
{
	struct service_doctor *d = context;
	d->round.session = session;
	if (!answer) {
		doctor_open_error(&d->round, err);
	} else if (value_get(answer, "crl")) {
		doctor_find(&d->round, 1, REASON_P103, NULL, NULL);
	} else {
		doctor_judge_container(&d->round, answer);
	}
	start_check(d);
}

/* The uploaded file that the destination names; p NULL when it names none or it is not there. */
static struct str content_of(const struct doctor_round *d)
{
	return outbound_certificate(d->found, value_get_c(doctor_configuration(d), d->method->key_store));
}

/* The key store that the method presents, where it presents one that is there. */
static void take_key_store(struct service_doctor *d)
{
	const struct doctor_method *method = d->round.method;
	const struct value *c = doctor_configuration(&d->round);
	if (!method || !method->key_store) {
		return;
	}
	d->content = content_of(&d->round);
	d->password = value_get_str(c, method->password);
	if (!d->password.p) {
		d->password = STR("");
	}
	d->name = value_get_c(c, method->key_store);
}

void service_doctor_run(struct service_doctor *d, struct session *session)
{
	d->round.session = session;
	if (d->round.found) {
		doctor_judge_properties(&d->round);
		doctor_judge_client(&d->round);
	}
	if (!d->content.p) {
		start_check(d);
		return;
	}
	struct value *request = value_object();
	value_set_str(request, "content", d->content);
	if (d->password.p) {
		value_set_str(request, "password", d->password);
	}
	if (d->key_password.p) {
		value_set_str(request, "key_password", d->key_password);
	}
	value_set_c(request, "file", d->name);
	work_need(session, JOB_CONTAINER_OPEN, request, NULL, on_container, d);
}

enum rc service_doctor_new(struct service_doctor **ret, struct session *session, const char *tenant,
			   const char *name, need_done_fn done, void *context, struct err *reterr)
{
	AUTO_VALUE *found = NULL;
	const struct destination_find wish = { .tenant = tenant, .name = name };
	enum rc rc = service_destination_find(session, &wish, &found, NULL, reterr);
	if (rc == RC_NOT_FOUND) {
		return reason_err(reterr, RC_NOT_FOUND, REASON_D410, NULL);
	}
	TRY(rc);
	struct service_doctor *d = doctor_new(tenant, done, context);
	d->round.name = mem_strdup(name);
	d->round.found = TAKE(found);
	d->round.method = doctor_method_of(doctor_configuration(&d->round));
	take_key_store(d);
	*ret = d;
	return RC_OK;
}

enum rc service_doctor_new_file(struct service_doctor **ret, struct session *session, const char *tenant,
				const struct value *input, need_done_fn done, void *context,
				struct err *reterr)
{
	const char *file = value_get_c(input, "file");
	if (!value_get_c(input, "content")) {
		(void)err_set(reterr, RC_INVALID, "content is the file as base64.");
		return err_field(reterr, "content");
	}
	struct service_doctor *d = doctor_new(tenant, done, context);
	d->round.file = mem_strdup(file ? file : "FILE");
	d->input = value_copy(input);
	d->content = value_get_str(d->input, "content");
	d->password = value_get_str(d->input, "password");
	d->key_password = value_get_str(d->input, "key_password");
	d->name = d->round.file;
	*ret = d;
	return RC_OK;
}
