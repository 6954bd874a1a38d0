/* SPDX-License-Identifier: Apache-2.0
 * One certificate after the other: due, key, renewed, next. */
#include "api/destination_renewal.h"

#include "base/memory.h"
#include "helper/job_key.h"
#include "log/log.h"
#include "pki/key.h"
#include "service/destination_generate.h"

struct destination_renewal {
	struct session *session;
	struct loop *loop;
	struct job_pool *jobs;
	struct loop_timer *timer;
	int64_t period_ms;
	struct destination_due due; /* under way */
	struct job *job;
	size_t n_failed; /* of this round: those are passed over */
};

static void next(struct destination_renewal *renewal);

static void failed(struct destination_renewal *renewal, const struct err *err)
{
	log_event(LOG_ERROR, "destination_certificate_not_renewed", "name=\"%s\" text=\"%s\"",
		  renewal->due.name, err->text);
	renewal->n_failed++;
}

static void renew(struct destination_renewal *renewal, const struct key *key)
{
	struct err err = { 0 };
	if (service_destination_renew(renewal->session, &renewal->due, key, wall_now(), &err) == RC_OK)
		log_event(LOG_INFO, "destination_certificate_renewed", "name=\"%s\"", renewal->due.name);
	else
		failed(renewal, &err);
}

static void key_done(void *context, const struct value *answer, const struct err *err)
{
	struct destination_renewal *renewal = context;
	struct err failure = { 0 };
	AUTO(key_free_cleanup) struct key *key = NULL;
	struct str secret = job_secret(TAKE(renewal->job));
	if (job_key_take(secret, answer, err, &key, &failure) == RC_OK)
		renew(renewal, key);
	else
		failed(renewal, &failure);
	next(renewal);
}

static enum rc key_start(struct destination_renewal *renewal, struct err *reterr)
{
	return job_start(renewal->jobs, JOB_KEY_GENERATE, job_key_request(NULL), NULL, key_done, renewal,
			 &renewal->job, reterr);
}

/* Renew what needs no key, start the first that needs one; nothing left: rest. */
static void next(struct destination_renewal *renewal)
{
	struct err err = { 0 };
	for (;;) {
		destination_due_fini(&renewal->due);
		if (!service_destination_due(renewal->session, wall_now(), renewal->n_failed,
					     &renewal->due)) {
			loop_timer_set_ms(renewal->timer, renewal->period_ms);
			return;
		}
		if (!renewal->due.needs_key)
			renew(renewal, NULL);
		else if (key_start(renewal, &err) == RC_OK)
			return;
		else
			failed(renewal, &err);
	}
}

static void on_timer(void *context)
{
	struct destination_renewal *renewal = context;
	renewal->n_failed = 0;
	next(renewal);
}

struct destination_renewal *destination_renewal_new(struct session *session, struct loop *loop,
						    struct job_pool *jobs, int64_t period_ms)
{
	struct destination_renewal *renewal = mem_alloc(sizeof(*renewal));
	renewal->session = session;
	renewal->loop = loop;
	renewal->jobs = jobs;
	renewal->period_ms = period_ms;
	renewal->timer = loop_timer_new(loop, on_timer, renewal);
	loop_timer_set_ms(renewal->timer, 0);
	return renewal;
}

void destination_renewal_free(struct destination_renewal *renewal)
{
	if (!renewal)
		return;
	job_cancel(renewal->job);
	loop_timer_free(renewal->timer);
	destination_due_fini(&renewal->due);
	mem_free(renewal);
}
