/* SPDX-License-Identifier: Apache-2.0
 * The process of one job: limits, sandbox, one request, one answer. */
#include "helper/job_run.h"

#include "helper/job_key.h"
#include "helper/work.h"
#include "json/err.h"
#include "container/container.h"
#include "container/format.h"
#include "log/log.h"
#include "os/sandbox.h"
#include "outbound/call.h"
#include "outbound/material.h"
#include "pki/key.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define JOB_FD 3
#define READ_STEP ((size_t)256 * 1024)

static enum rc key_append(const char *type, struct value *sizes, struct buf *out, struct err *reterr)
{
	AUTO(key_free_cleanup) struct key *key = NULL;
	size_t before = out->n;
	TRY(key_generate(&key, type ? type : JOB_KEY_DEFAULT, reterr));
	if (key_format_pkcs8(key, out) != RC_OK) {
		return err_set(reterr, RC_BUG, "The key cannot be written.");
	}
	value_append(sizes, value_int((int64_t)(out->n - before)));
	return RC_OK;
}

static enum rc do_key_generate(const struct value *request, struct work_answer *ret, struct err *reterr)
{
	const struct value *types = value_get(request, "key_types");
	struct value *sizes = value_array();
	ret->value = value_object();
	value_set(ret->value, "key_bytes", sizes);
	if (!types) {
		return key_append(value_get_c(request, "key_type"), sizes, &ret->secret, reterr);
	}
	if (value_count(types) > JOB_KEYS_MAX) {
		return err_set(reterr, RC_LIMIT, "A job makes %d keys at most.", JOB_KEYS_MAX);
	}
	for (size_t i = 0; i < value_count(types); i++) {
		TRY(key_append(value_c(value_at(types, i)), sizes, &ret->secret, reterr));
	}
	return RC_OK;
}

static enum rc do_outbound(const struct value *request, struct work_answer *ret, struct err *reterr)
{
	return outbound_run(request, &ret->value, reterr);
}

static enum rc (*const functions[JOB_KIND_COUNT])(const struct value *, struct work_answer *,
						  struct err *) = {
	[JOB_CONTAINER_OPEN] = work_container_open,
	[JOB_CONTAINER_CONVERT] = work_container_convert,
	[JOB_BUNDLE_OPEN] = work_bundle_open,
	[JOB_BUNDLE_EDIT] = work_bundle_edit,
	[JOB_BUNDLE_EXTRACT] = work_bundle_extract,
	[JOB_KEY_GENERATE] = do_key_generate,
	[JOB_OUTBOUND] = do_outbound,
};

static enum rc request_read(struct buf *in, struct err *reterr)
{
	for (;;) {
		char *room = buf_reserve(in, READ_STEP);
		if (!room) {
			return err_set(reterr, RC_LIMIT, "The input is too large.");
		}
		ssize_t n = read(JOB_FD, room, READ_STEP);
		if (n == 0) {
			return RC_OK;
		}
		if (n < 0 && errno != EINTR) {
			return err_errno(reterr, "The request cannot be read");
		}
		if (n > 0) {
			buf_added(in, (size_t)n);
		}
	}
}

static bool answer_write(struct str out)
{
	while (out.n > 0) {
		ssize_t n = write(JOB_FD, out.p, out.n);
		if (n < 0 && errno != EINTR) {
			return false;
		}
		if (n > 0) {
			out = str_skip(out, (size_t)n);
		}
	}
	return true;
}

/* The head comes first, so that limits and sandbox are in force before anything of an outsider is read. */
static enum rc head_read(struct job_head *ret, struct err *reterr)
{
	if (read(JOB_FD, ret, sizeof(*ret)) != (ssize_t)sizeof(*ret) || ret->kind >= JOB_KIND_COUNT) {
		return err_set(reterr, RC_PROTO, "A job without a head.");
	}
	return RC_OK;
}

static enum rc limits_enter(const struct job_head *head, struct err *reterr)
{
	container_prepare();
#ifdef __SANITIZE_ADDRESS__
	const uint64_t memory = 0; /* the sanitizer maps terabytes */
#else
	const uint64_t memory = head->memory;
#endif
	bool outbound = head->kind == JOB_OUTBOUND;
	int anchors = outbound ? open(outbound_system_anchors(), O_PATH | O_CLOEXEC) : -1;
	const struct sandbox_options options = { .memory_max = memory,
						 .cpu_seconds_max = head->cpu_s,
						 .readable_fds = &anchors,
						 .n_readable_fds = anchors >= 0 ? 1 : 0 };
	enum rc rc = sandbox_enter(outbound ? SANDBOX_JOB_NETWORK : SANDBOX_JOB, &options, NULL, reterr);
	if (anchors >= 0) {
		close(anchors);
	}
	return rc;
}

/* {"answer":{}} or {"error":{}} behind its head, then what is secret. */
static enum rc answer_format(enum rc rc, struct work_answer *answer, const struct err *err, struct buf *out)
{
	struct job_answer_head head = { .secret = rc == RC_OK ? answer->secret.n : 0 };
	AUTO_VALUE *envelope = value_object();
	(void)buf_add(out, str_from(&head, sizeof(head)));
	if (rc == RC_OK) {
		value_set(envelope, "answer", TAKE(answer->value));
	} else {
		value_set(envelope, "error", err_to_value(err));
	}
	TRY(value_format(envelope, out));
	head.json = out->n - sizeof(head);
	memcpy(out->p, &head, sizeof(head));
	return buf_add(out, str_first(buf_str(&answer->secret), head.secret)) ? RC_OK : RC_LIMIT;
}

static enum rc request_do(enum job_kind kind, struct work_answer *ret, struct err *reterr)
{
	AUTO_BUF_SECRET(in, JOB_MAX_BYTES);
	AUTO_VALUE *request = NULL;
	TRY(request_read(&in, reterr));
	TRY(value_parse(&request, buf_str(&in), JOB_MAX_BYTES, reterr));
	return functions[kind](request, ret, reterr);
}

int job_run(void)
{
	log_start("job", LOG_INFO);
	struct err err = { 0 };
	struct job_head head;
	if (head_read(&head, &err) != RC_OK || limits_enter(&head, &err) != RC_OK) {
		log_err(LOG_ERROR, "job_not_started", &err);
		return 1;
	}
	struct work_answer answer = { .secret = BUF_SECRET(JOB_MAX_BYTES) };
	AUTO_BUF_SECRET(out, JOB_MAX_BYTES);
	enum rc rc = request_do((enum job_kind)head.kind, &answer, &err);
	enum rc formatted = answer_format(rc, &answer, &err, &out);
	value_free(answer.value);
	buf_fini(&answer.secret);
	return formatted == RC_OK && answer_write(buf_str(&out)) ? 0 : 1;
}
