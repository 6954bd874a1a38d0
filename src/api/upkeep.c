/* SPDX-License-Identifier: Apache-2.0
 * What the manager does because time passes: token keys follow each other, server certificates are renewed. */
#include "api/upkeep.h"

#include "base/memory.h"
#include "helper/job_key.h"
#include "log/log.h"
#include "service/server_certificate.h"
#include "service/token_key.h"

#define TICK_MS 60000

struct upkeep {
	struct loop *loop;
	struct session *session;
	struct job_pool *jobs;
	struct loop_timer *timer;
	struct job *job; /* makes the key of `tenant` */
	char *tenant;
};

static enum rc follow(struct upkeep *u, struct key *key, struct err *reterr)
{
	return service_token_key_rotate(u->session, u->tenant, key, TOKEN_KEY_ANNOUNCE_SECONDS, false,
					wall_now(), NULL, reterr);
}

static void key_made(void *context, const struct value *answer, const struct err *err)
{
	struct upkeep *u = context;
	struct err failure = { 0 };
	AUTO(key_free_cleanup) struct key *key = NULL;
	struct str secret = job_secret(TAKE(u->job));
	if (job_key_take(secret, answer, err, &key, &failure) != RC_OK)
		log_err(LOG_ERROR, "token_key_not_made", &failure);
	else if (follow(u, key, &failure) != RC_OK)
		log_err(LOG_ERROR, "token_key_not_rotated", &failure);
	mem_free(TAKE(u->tenant));
}

static void tick(void *context)
{
	struct upkeep *u = context;
	struct err err = { 0 };
	loop_timer_set_ms(u->timer, TICK_MS);
	if (service_server_certificate_upkeep(u->session, &err) != RC_OK)
		log_err(LOG_ERROR, "server_certificates_not_kept", &err);
	if (u->job)
		return;
	enum rc rc = service_token_key_tick(u->session, wall_now(), &u->tenant, &err);
	if (rc == RC_OK && u->tenant) {
		struct value *request = job_key_request(TOKEN_KEY_TYPE);
		rc = job_start(u->jobs, JOB_KEY_GENERATE, request, NULL, key_made, u, &u->job, &err);
	}
	if (rc != RC_OK) {
		log_err(LOG_ERROR, "token_keys_not_kept", &err);
		mem_free(TAKE(u->tenant));
	}
}

struct upkeep *upkeep_new(struct loop *loop, struct session *session, struct job_pool *jobs)
{
	struct upkeep *u = mem_alloc(sizeof(*u));
	*u = (struct upkeep){ .loop = loop, .session = session, .jobs = jobs };
	u->timer = loop_timer_new(loop, tick, u);
	loop_timer_set_ms(u->timer, 0);
	return u;
}

void upkeep_free(struct upkeep *u)
{
	if (!u)
		return;
	job_cancel(u->job);
	loop_timer_free(u->timer);
	mem_free(u->tenant);
	mem_free(u);
}
