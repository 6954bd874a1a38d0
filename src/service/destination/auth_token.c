/* SPDX-License-Identifier: Apache-2.0
 * The cache of tokens and the calls on their way; one call serves all who wait for the same token. */
#include "service/destination/auth_token.h"

#include "base/memory.h"
#include "helper/job.h"
#include "log/log.h"
#include "os/loop.h"
#include "pki/digest.h"
#include "service/destination/auth_token_answer.h"

#define KEY_TEXT_MAX ((size_t)8 * 1024 * 1024)
#define JOBS_MOST 8
#define JOBS_QUEUE 256
/* A token is got anew in the background when a fifth of its life, at most five minutes, is left, and not
 * given out in its last seconds. */
#define REFRESH_SHARE 5
#define REFRESH_MOST_US (INT64_C(300) * US_PER_SECOND)
#define LAST_US (INT64_C(10) * US_PER_SECOND)

struct auth_token_wait {
	struct flight *flight;
	struct auth_token_wait *next;
	auth_token_done_fn done;
	void *context;
};

/* One call on its way. */
struct flight {
	struct auth_tokens *tokens;
	struct flight *next;
	uint8_t key[DIGEST_SHA256_SIZE];
	struct value *request; /* for its sentences; without secrets but the form */
	struct job *job;
	struct auth_token_wait *waits;
};

struct kept {
	uint8_t key[DIGEST_SHA256_SIZE];
	struct buf list; /* JSON, secret; n 0: the place is free */
	struct mono got, expires;
};

struct auth_tokens {
	struct loop *loop;
	struct job_pool *jobs;
	struct flight *flights;
	struct kept *kept; /* AUTH_TOKENS_MAX places */
	size_t n_kept;
};

struct auth_tokens *auth_tokens_new(struct loop *loop, const char *program)
{
	struct auth_tokens *tokens = mem_alloc(sizeof(*tokens));
	tokens->loop = loop;
	tokens->jobs = job_pool_new(loop, JOBS_MOST, JOBS_QUEUE, program);
	tokens->kept = mem_array(AUTH_TOKENS_MAX, sizeof(*tokens->kept));
	return tokens;
}

static void flight_free(void *object)
{
	struct flight *flight = object;
	while (flight->waits) {
		struct auth_token_wait *wait = flight->waits;
		flight->waits = wait->next;
		mem_free(wait);
	}
	value_free(flight->request);
	mem_free(flight);
}

void auth_tokens_free(struct auth_tokens *tokens)
{
	if (!tokens) {
		return;
	}
	while (tokens->flights) {
		struct flight *flight = tokens->flights;
		tokens->flights = flight->next;
		flight_free(flight);
	}
	job_pool_free(tokens->jobs);
	for (size_t i = 0; i < tokens->n_kept; i++) {
		buf_fini(&tokens->kept[i].list);
	}
	mem_free(tokens->kept);
	mem_free(tokens);
}

static struct kept *kept_find(struct auth_tokens *tokens, const uint8_t key[DIGEST_SHA256_SIZE])
{
	for (size_t i = 0; i < tokens->n_kept; i++) {
		if (memcmp(tokens->kept[i].key, key, DIGEST_SHA256_SIZE) == 0) {
			return &tokens->kept[i];
		}
	}
	return NULL;
}

static void kept_drop(struct auth_tokens *tokens, struct kept *kept)
{
	struct kept *last = &tokens->kept[--tokens->n_kept];
	buf_fini(&kept->list);
	if (kept != last) {
		*kept = *last;
	}
	*last = (struct kept){ 0 };
}

/* A place for one more: what has expired goes, else what expires first. */
static struct kept *kept_place(struct auth_tokens *tokens)
{
	if (tokens->n_kept == AUTH_TOKENS_MAX) {
		struct kept *first = tokens->kept;
		for (size_t i = 1; i < tokens->n_kept; i++) {
			if (tokens->kept[i].expires.us < first->expires.us) {
				first = &tokens->kept[i];
			}
		}
		kept_drop(tokens, first);
	}
	return &tokens->kept[tokens->n_kept++];
}

static void kept_put(struct auth_tokens *tokens, const uint8_t key[DIGEST_SHA256_SIZE],
		     const struct value *list, int64_t lifetime_s)
{
	struct kept *old = kept_find(tokens, key);
	struct buf text = BUF_SECRET(AUTH_TOKEN_KEPT_MAX);
	if (lifetime_s <= 0 || value_format(list, &text) != RC_OK) {
		buf_fini(&text);
		return;
	}
	if (old) {
		kept_drop(tokens, old);
	}
	struct kept *kept = kept_place(tokens);
	memcpy(kept->key, key, DIGEST_SHA256_SIZE);
	kept->list = text;
	kept->got = loop_now(tokens->loop);
	kept->expires = mono_after_ms(kept->got, lifetime_s * 1000);
}

/* What is kept, with the seconds that are left of it; owned. */
static struct value *kept_open(const struct kept *kept, struct mono now)
{
	struct value *list = NULL;
	if (value_parse(&list, buf_str(&kept->list), AUTH_TOKEN_KEPT_MAX, NULL) != RC_OK) {
		return NULL;
	}
	AUTO_FREE char *left = mem_printf("%lld", (long long)((kept->expires.us - now.us) / US_PER_SECOND));
	value_set_c(value_at(list, 0), "expires_in", left);
	return list;
}

static bool is_due(const struct kept *kept, struct mono now)
{
	int64_t share = (kept->expires.us - kept->got.us) / REFRESH_SHARE;
	return kept->expires.us - now.us < (share < REFRESH_MOST_US ? share : REFRESH_MOST_US);
}

static void flight_unlink(const struct flight *flight)
{
	struct flight **at = &flight->tokens->flights;
	while (*at && *at != flight) {
		at = &(*at)->next;
	}
	if (*at) {
		*at = flight->next;
	}
}

static void flight_ended(void *context, const struct value *answer, const struct err *err)
{
	struct flight *flight = context;
	int64_t lifetime = 0;
	AUTO_VALUE *list = auth_token_answer(flight->request, answer, err, &lifetime);
	flight->job = NULL;
	flight_unlink(flight);
	const char *error = value_get_c(value_at(list, 0), "error");
	if (error) {
		log_event(LOG_WARNING, "destination_token_failed", "text=\"%s\"", error);
	} else {
		kept_put(flight->tokens, flight->key, list, lifetime);
	}
	while (flight->waits) {
		struct auth_token_wait *wait = flight->waits;
		flight->waits = wait->next;
		auth_token_done_fn done = wait->done;
		void *done_context = wait->context;
		mem_free(wait);
		done(done_context, list);
	}
	flight_free(flight);
}

/* The key: everything that would be sent, for whom, and of which state of the destination. */
static enum rc key_make(const char *tenant, const char *etag, const struct value *request,
			uint8_t ret[DIGEST_SHA256_SIZE], struct err *reterr)
{
	AUTO_BUF_SECRET(text, KEY_TEXT_MAX);
	buf_printf(&text, "%s\n%s\n", tenant, etag);
	if (value_format(request, &text) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The token request is too large.");
	}
	digest_sha256(buf_str(&text), ret);
	return RC_OK;
}

static struct flight *flight_find(const struct auth_tokens *tokens, const uint8_t key[DIGEST_SHA256_SIZE])
{
	struct flight *flight = tokens->flights;
	while (flight && memcmp(flight->key, key, DIGEST_SHA256_SIZE) != 0) {
		flight = flight->next;
	}
	return flight;
}

static struct value *request_shown(const struct value *request)
{
	struct value *shown = value_object();
	value_set_str(shown, "url", value_get_str(request, "url"));
	return shown;
}

static void members_add(struct value *object, const struct value *from)
{
	const char *name;
	struct value *v;
	for (size_t i = 0; value_member(from, i, &name, &v); i++) {
		value_set(object, name, value_ref(v));
	}
}

static enum rc flight_start(struct auth_tokens *tokens, const struct value *trust,
			    const uint8_t key[DIGEST_SHA256_SIZE], const struct value *request,
			    struct flight **ret, struct err *reterr)
{
	const struct job_limits limits = {
		.time_ms = (uint32_t)value_get_int(request, "total_ms", 20000) + 5000,
		.cpu_s = job_kind_limits(JOB_OUTBOUND)->cpu_s,
		.memory = job_kind_limits(JOB_OUTBOUND)->memory,
	};
	if (!trust) {
		return err_set(reterr, RC_AGAIN, "What to trust has to be read first.");
	}
	struct value *whole = value_copy(request);
	members_add(whole, trust);
	struct flight *flight = mem_alloc(sizeof(*flight));
	flight->tokens = tokens;
	flight->request = request_shown(request);
	memcpy(flight->key, key, DIGEST_SHA256_SIZE);
	enum rc rc = job_start(tokens->jobs, JOB_OUTBOUND, whole, &limits, flight_ended, flight, &flight->job,
			       reterr);
	if (rc != RC_OK) {
		flight_free(flight);
		return rc;
	}
	flight->next = tokens->flights;
	tokens->flights = flight;
	*ret = flight;
	return RC_OK;
}

static struct auth_token_wait *wait_new(struct flight *flight, auth_token_done_fn done, void *context)
{
	struct auth_token_wait *wait = mem_alloc(sizeof(*wait));
	wait->flight = flight;
	wait->done = done;
	wait->context = context;
	wait->next = flight->waits;
	flight->waits = wait;
	return wait;
}

enum rc auth_token_get(struct auth_tokens *tokens, const char *tenant, const struct value *found,
		       const char *etag, const struct value *trust, const struct auth_token_headers *headers,
		       auth_token_done_fn done, void *context, struct value **ret_list,
		       struct auth_token_wait **ret_wait, struct err *reterr)
{
	AUTO(auth_token_request_plan_fini) struct auth_token_request_plan plan = { 0 };
	uint8_t key[DIGEST_SHA256_SIZE];
	struct mono now = loop_now(tokens->loop);
	*ret_list = NULL;
	*ret_wait = NULL;
	TRY(auth_token_request_plan(found, headers, &plan, reterr));
	if (!plan.request) {
		*ret_list = TAKE(plan.now);
		return RC_OK;
	}
	TRY(key_make(tenant, etag, plan.request, key, reterr));
	struct flight *flight = flight_find(tokens, key);
	struct kept *kept = kept_find(tokens, key);
	if (kept && kept->expires.us - now.us <= LAST_US) {
		kept_drop(tokens, kept);
		kept = NULL;
	}
	if (kept) {
		if (is_due(kept, now) && !flight) {
			(void)!flight_start(tokens, trust, key, plan.request, &flight, NULL);
		}
		*ret_list = kept_open(kept, now);
		return RC_OK;
	}
	if (!flight) {
		TRY(flight_start(tokens, trust, key, plan.request, &flight, reterr));
	}
	*ret_wait = wait_new(flight, done, context);
	return RC_OK;
}

void auth_token_cancel(struct auth_token_wait *wait)
{
	if (!wait) {
		return;
	}
	struct auth_token_wait **at = &wait->flight->waits;
	while (*at && *at != wait) {
		at = &(*at)->next;
	}
	if (*at) {
		*at = wait->next;
	}
	mem_free(wait);
}
