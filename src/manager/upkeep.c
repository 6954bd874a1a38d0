/* SPDX-License-Identifier: Apache-2.0
 * What the manager does because time passes: token keys follow each other, server certificates are
 * renewed. */
#include "manager/upkeep.h"

#include "base/memory.h"
#include "helper/job_key.h"
#include "log/log.h"
#include "service/authority/server_certificate.h"
#include "service/authority/server_renewal.h"
#include "service/token/token_key.h"

#define TICK_MS 60000

struct upkeep {
	struct works *works;
	struct loop_timer *timer;
	struct work *work;
	struct actor actor;
	char *tenant; /* whose key is being made */
};

static enum rc follow(struct session *session, const char *tenant, const struct value *answer,
		      const struct err *err, struct err *reterr)
{
	AUTO(key_free_cleanup) struct key *key = NULL;
	TRY(job_key_take(session->secret, answer, err, &key, reterr));
	return service_token_key_rotate(session, tenant, key, TOKEN_KEY_ANNOUNCE_SECONDS, false, wall_now(),
					NULL, reterr);
}

static void key_made(struct session *session, void *context, const struct value *answer,
		     const struct err *err)
{
	struct upkeep *u = context;
	struct err failure = { 0 };
	if (follow(session, u->tenant, answer, err, &failure) != RC_OK) {
		log_err(LOG_ERROR, "token_key_not_rotated", &failure);
	}
}

static void token_keys_keep(struct session *session, struct upkeep *u)
{
	struct err err = { 0 };
	if (service_token_key_tick(session, wall_now(), &u->tenant, &err) != RC_OK) {
		log_err(LOG_ERROR, "token_keys_not_kept", &err);
	} else if (u->tenant) {
		work_need(session, JOB_KEY_GENERATE, job_key_request(TOKEN_KEY_TYPE), NULL, key_made, u);
	}
}

static enum rc renew(struct session *session, const struct value *answer, const struct err *err,
		     struct err *reterr)
{
	AUTO(job_keys_fini) struct job_keys keys = { 0 };
	TRY(job_keys_take(session->secret, answer, err, &keys, reterr));
	return service_server_certificate_upkeep(session, &keys, reterr);
}

static void server_keys_made(struct session *session, void *context, const struct value *answer,
			     const struct err *err)
{
	struct err failure = { 0 };
	if (renew(session, answer, err, &failure) != RC_OK) {
		log_err(LOG_ERROR, "server_certificates_not_kept", &failure);
	}
	token_keys_keep(session, context);
}

static void upkeep_run(struct session *session, void *subject)
{
	struct upkeep *u = subject;
	struct job_key_order order = { 0 };
	struct err err = { 0 };
	mem_free(TAKE(u->tenant));
	if (server_renewal_order(session, NULL, &order, &err) != RC_OK) {
		log_err(LOG_ERROR, "server_certificates_not_kept", &err);
	}
	if (order.n > 0) {
		work_need(session, JOB_KEY_GENERATE, job_keys_request(&order), NULL, server_keys_made, u);
	} else {
		token_keys_keep(session, u);
	}
}

static const struct use_case upkeep = { "upkeep", CLERK_CHANGE, upkeep_run };

static void upkeep_ended(void *subject)
{
	struct upkeep *u = subject;
	u->work = NULL;
}

static void tick(void *context)
{
	struct upkeep *u = context;
	struct err err = { 0 };
	loop_timer_set_ms(u->timer, TICK_MS);
	if (!u->work && work_start(u->works, &upkeep, &u->actor, u, upkeep_ended, upkeep_ended, &u->work,
				   &err) != RC_OK) {
		log_err(LOG_ERROR, "upkeep_not_started", &err);
	}
}

struct upkeep *upkeep_new(struct loop *loop, struct works *works)
{
	struct upkeep *u = mem_alloc(sizeof(*u));
	*u = (struct upkeep){ .works = works, .actor = actor_server(NULL) };
	u->timer = loop_timer_new(loop, tick, u);
	loop_timer_set_ms(u->timer, 0);
	return u;
}

void upkeep_free(struct upkeep *u)
{
	if (!u) {
		return;
	}
	work_leave(u->work);
	loop_timer_free(u->timer);
	mem_free(u->tenant);
	mem_free(u);
}
