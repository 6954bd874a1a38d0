/* SPDX-License-Identifier: Apache-2.0
 * One certificate after the other: due, key, renewed, next. */
#include "manager/renewal.h"

#include "base/memory.h"
#include "helper/job_key.h"
#include "log/log.h"
#include "pki/key.h"
#include "service/destination/destination_generate.h"

struct renewal {
	struct works *works;
	struct loop_timer *timer;
	int64_t period_ms;
	struct work *work;
	struct actor actor;
	/* The clerk's: */
	struct destination_generate_due due; /* under way */
	size_t n_failed;                     /* of this round: those are passed over */
	bool more;                           /* there was one */
};

static void failed(struct renewal *renewal, const struct err *err)
{
	log_event(LOG_ERROR, "destination_certificate_not_renewed", "name=\"%s\" text=\"%s\"",
		  renewal->due.name, err->text);
	renewal->n_failed++;
}

static void renew(struct renewal *renewal, struct session *session, struct key *key)
{
	struct err err = { 0 };
	if (service_destination_renew(session, &renewal->due, key, wall_now(), &err) == RC_OK) {
		log_event(LOG_INFO, "destination_certificate_renewed", "name=\"%s\"", renewal->due.name);
	} else {
		failed(renewal, &err);
	}
}

static void key_made(struct session *session, void *context, const struct value *answer,
		     const struct err *err)
{
	struct renewal *renewal = context;
	struct err failure = { 0 };
	AUTO(key_free_cleanup) struct key *key = NULL;
	if (job_key_take(session->secret, answer, err, &key, &failure) == RC_OK) {
		renew(renewal, session, key);
	} else {
		failed(renewal, &failure);
	}
}

/* One that is due. */
static void renewal_run(struct session *session, void *subject)
{
	struct renewal *renewal = subject;
	destination_generate_due_fini(&renewal->due);
	renewal->more = service_destination_due(session, wall_now(), renewal->n_failed, &renewal->due);
	if (!renewal->more) {
		return;
	}
	if (!renewal->due.needs_key) {
		renew(renewal, session, NULL);
		return;
	}
	work_need(session, JOB_KEY_GENERATE, job_key_request(NULL), NULL, key_made, renewal);
}

static const struct use_case renewal_one = { "destination-certificate.renew", CLERK_CHANGE, renewal_run };

static void renewal_dropped(void *subject)
{
	struct renewal *renewal = subject;
	renewal->work = NULL;
}

static void start(struct renewal *renewal);

static void renewal_ended(void *subject)
{
	struct renewal *renewal = subject;
	renewal->work = NULL;
	if (renewal->more) {
		start(renewal);
	} else {
		loop_timer_set_ms(renewal->timer, renewal->period_ms);
	}
}

static void start(struct renewal *renewal)
{
	struct err err = { 0 };
	if (work_start(renewal->works, &renewal_one, &renewal->actor, renewal, renewal_ended, renewal_dropped,
		       &renewal->work, &err) == RC_OK) {
		return;
	}
	log_err(LOG_ERROR, "destination_renewal_not_started", &err);
	loop_timer_set_ms(renewal->timer, renewal->period_ms);
}

static void on_timer(void *context)
{
	struct renewal *renewal = context;
	renewal->n_failed = 0;
	start(renewal);
}

struct renewal *renewal_new(struct loop *loop, struct works *works, int64_t period_ms)
{
	struct renewal *renewal = mem_alloc(sizeof(*renewal));
	renewal->works = works;
	renewal->period_ms = period_ms;
	renewal->actor = actor_server(NULL);
	renewal->timer = loop_timer_new(loop, on_timer, renewal);
	loop_timer_set_ms(renewal->timer, 0);
	return renewal;
}

void renewal_free(struct renewal *renewal)
{
	if (!renewal) {
		return;
	}
	work_leave(renewal->work);
	loop_timer_free(renewal->timer);
	destination_generate_due_fini(&renewal->due);
	mem_free(renewal);
}
