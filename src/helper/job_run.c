/* SPDX-License-Identifier: Apache-2.0
 * The process of one job: limits, sandbox, one request, one answer. */
#include "helper/job_run.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "flow/bundle.h"
#include "flow/bundle_edit.h"
#include "helper/job.h"
#include "helper/job_container.h"
#include "json/err.h"
#include "keystore/container.h"
#include "keystore/examine.h"
#include "log/log.h"
#include "os/sandbox.h"
#include "outbound/call.h"
#include "outbound/material.h"
#include "pki/crl.h"
#include "pki/key.h"
#include "pki/paste.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define JOB_FD 3
#define READ_STEP ((size_t)256 * 1024)
#define FILE_MAX ((size_t)10 * 1024 * 1024)

static void set_base64(struct value *object, const char *name, struct str bytes)
{
	AUTO_BUF_SECRET(text, bytes.n * 2 + 8);
	base64_encode(&text, bytes);
	value_set_str(object, name, buf_str(&text));
}

static enum rc container_open_crl(struct str bytes, struct value **ret, struct err *reterr)
{
	struct crl *crl = NULL;
	TRY(crl_new_any(&crl, bytes, reterr));
	AUTO_VALUE *v = value_object();
	set_base64(v, "crl", crl_der(crl));
	value_set_c(v, "issuer", crl_issuer(crl));
	crl_free(crl);
	*ret = TAKE(v);
	return RC_OK;
}

/* A key store, or certificates in whatever form people paste them. */
static enum rc container_open_any(struct str bytes, const struct container_secrets *secrets,
				  bool certificates_only, struct container **ret, struct err *reterr)
{
	AUTO_CERT_LIST list = { 0 };
	struct err err = { 0 };
	enum container_kind kind = CONTAINER_PKCS12;
	bool is_text = container_kind_of(bytes, &kind) && kind == CONTAINER_PEM;
	/* The certificates of a PEM file stand in the clear, however its key is protected. */
	bool paste_first = certificates_only && is_text;
	enum rc rc = paste_first ? RC_INVALID : container_open_with(ret, bytes, secrets, &err);
	if (rc == RC_OK)
		return rc;
	if ((!paste_first && strcmp(err.reason, "P103") != 0) ||
	    paste_certificates(&list, bytes, paste_first ? &err : NULL) != RC_OK) {
		if (reterr)
			*reterr = err;
		return rc;
	}
	struct container *c = container_new(CONTAINER_PEM);
	for (size_t i = 0; i < list.n; i++)
		cert_list_add(&container_add(c, NULL)->chain, list.items[i]);
	*ret = c;
	return RC_OK;
}

static enum rc do_container_open(const struct value *request, struct value **ret, struct err *reterr)
{
	AUTO_BUF_SECRET(bytes, FILE_MAX);
	TRY(job_container_bytes(request, "content", &bytes, reterr));
	if (crl_looks_like(buf_str(&bytes)))
		return container_open_crl(buf_str(&bytes), ret, reterr);
	struct container *container = NULL;
	const struct container_secrets secrets = { .password = value_get_str(request, "password"),
						   .key_password = value_get_str(request, "key_password"),
						   .file = value_get_c(request, "file") };
	TRY(container_open_any(buf_str(&bytes), &secrets, value_get_bool(request, "certificates_only", false),
			       &container, reterr));
	AUTO_VALUE *v = value_object();
	struct value *entries = NULL;
	enum rc rc = job_container_to_value(container, &entries, reterr);
	if (rc == RC_OK) {
		const char *file = value_get_c(request, "file");
		value_set(v, "entries", entries);
		value_set_c(v, "kind", container_kind_name(container->kind));
		value_set_c(v, "encryption", container->encryption);
		value_set_bool(v, "legacy", container->legacy);
		value_set_bool(v, "encrypted", container->encrypted);
		value_set(v, "examine", examine_container(container, wall_now(), file ? file : "FILE"));
		*ret = TAKE(v);
	}
	container_free(container);
	return rc;
}

static enum rc container_kind_read(const char *name, enum container_kind *ret, struct err *reterr)
{
	for (int k = CONTAINER_PKCS12; k <= CONTAINER_PKCS7; k++) {
		if (name && strcmp(container_kind_name((enum container_kind)k), name) == 0) {
			*ret = (enum container_kind)k;
			return RC_OK;
		}
	}
	(void)err_set(reterr, RC_INVALID, "The kind of key store is pkcs12, jks, jceks, pem, der or pkcs7.");
	return err_field(reterr, "container");
}

static enum rc do_container_write(const struct value *request, struct value **ret, struct err *reterr)
{
	enum container_kind kind = CONTAINER_PKCS12;
	if (value_get_c(request, "container"))
		TRY(container_kind_read(value_get_c(request, "container"), &kind, reterr));
	struct container *container = NULL;
	TRY(job_container_from_value(value_get(request, "entries"), kind, &container, reterr));
	AUTO_BUF_SECRET(out, FILE_MAX);
	enum rc rc = container_write(container, kind, value_get_str(request, "password"),
				     value_get_bool(request, "legacy", false), &out, reterr);
	container_free(container);
	TRY(rc);
	AUTO_VALUE *v = value_object();
	set_base64(v, "content", buf_str(&out));
	*ret = TAKE(v);
	return RC_OK;
}

static enum rc do_bundle_open(const struct value *request, struct value **ret, struct err *reterr)
{
	AUTO_BUF(bytes, BUNDLE_MAX_ZIP);
	TRY(job_container_bytes(request, "content", &bytes, reterr));
	struct bundle *bundle = NULL;
	struct flow_plan *plan = NULL;
	TRY(bundle_read(buf_str(&bytes), &bundle, &plan, reterr));
	AUTO_VALUE *v = value_object();
	value_set_c(v, "id", bundle->id);
	value_set_c(v, "name", bundle->name);
	value_set_c(v, "version", bundle->version);
	value_set_c(v, "file", bundle->file);
	value_set(v, "plan", flow_plan_to_value(plan));
	bundle_free(bundle);
	flow_plan_free(plan);
	*ret = TAKE(v);
	return RC_OK;
}

static enum rc bundle_edited(const struct value *edit, struct str zip, struct buf *out, struct err *reterr)
{
	AUTO_BUF(bytes, BUNDLE_MAX_ENTRY);
	if (value_get_c(edit, "bytes"))
		TRY(job_container_bytes(edit, "bytes", &bytes, reterr));
	struct bundle_edit changes = { .parameter = value_get_c(edit, "parameter"),
				       .value = value_get_str(edit, "value"),
				       .put = value_get_c(edit, "put"),
				       .content = buf_str(&bytes),
				       .remove = value_get_c(edit, "remove"),
				       .version = value_get_c(edit, "version") };
	return bundle_apply(zip, &changes, out, reterr);
}

static enum rc do_bundle_edit(const struct value *request, struct value **ret, struct err *reterr)
{
	AUTO_BUF(bytes, BUNDLE_MAX_ZIP);
	AUTO_BUF(changed, BUNDLE_MAX_ZIP);
	const struct value *edit = value_get(request, "edit");
	TRY(job_container_bytes(request, "content", &bytes, reterr));
	if (edit)
		TRY(bundle_edited(edit, buf_str(&bytes), &changed, reterr));
	TRY(bundle_inspect(edit ? buf_str(&changed) : buf_str(&bytes), ret, reterr));
	if (edit)
		set_base64(*ret, "content", buf_str(&changed));
	return RC_OK;
}

static enum rc do_bundle_extract(const struct value *request, struct value **ret, struct err *reterr)
{
	AUTO_BUF(bytes, BUNDLE_MAX_ZIP);
	AUTO_BUF(entry, BUNDLE_MAX_ENTRY);
	const char *path = value_get_c(request, "path");
	TRY(job_container_bytes(request, "content", &bytes, reterr));
	TRY(bundle_extract(buf_str(&bytes), path ? path : "", &entry, reterr));
	*ret = value_object();
	set_base64(*ret, "content", buf_str(&entry));
	return RC_OK;
}

static enum rc do_key_generate(const struct value *request, struct value **ret, struct err *reterr)
{
	const char *type = value_get_c(request, "key_type");
	AUTO(key_free_cleanup) struct key *key = NULL;
	TRY(key_generate(&key, type ? type : "rsa-2048", reterr));
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	if (key_format_pkcs8(key, &der) != RC_OK)
		return err_set(reterr, RC_BUG, "The key cannot be written.");
	AUTO_VALUE *v = value_object();
	set_base64(v, "key", buf_str(&der));
	*ret = TAKE(v);
	return RC_OK;
}

static enum rc (*const functions[JOB_KIND_COUNT])(const struct value *, struct value **, struct err *) = {
	[JOB_CONTAINER_OPEN] = do_container_open,
	[JOB_CONTAINER_WRITE] = do_container_write,
	[JOB_BUNDLE_OPEN] = do_bundle_open,
	[JOB_BUNDLE_EDIT] = do_bundle_edit,
	[JOB_BUNDLE_EXTRACT] = do_bundle_extract,
	[JOB_KEY_GENERATE] = do_key_generate,
	[JOB_OUTBOUND] = outbound_run,
};

enum rc job_run_request(enum job_kind kind, const struct value *request, struct value **ret,
			struct err *reterr)
{
	return functions[kind](request, ret, reterr);
}

static enum rc request_read(struct buf *in)
{
	for (;;) {
		char *room = buf_reserve(in, READ_STEP);
		if (!room)
			return RC_LIMIT;
		ssize_t n = read(JOB_FD, room, READ_STEP);
		if (n == 0)
			return RC_OK;
		if (n < 0 && errno != EINTR)
			return RC_IO;
		if (n > 0)
			buf_added(in, (size_t)n);
	}
}

static bool answer_write(struct str out)
{
	while (out.n > 0) {
		ssize_t n = write(JOB_FD, out.p, out.n);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			out = str_skip(out, (size_t)n);
	}
	return true;
}

/* The head comes first, so that limits and sandbox are in force before anything of an outsider is read. */
static enum rc head_read(struct job_head *ret, struct err *reterr)
{
	if (read(JOB_FD, ret, sizeof(*ret)) != (ssize_t)sizeof(*ret) || ret->kind >= JOB_KIND_COUNT)
		return err_set(reterr, RC_PROTO, "A job without a head.");
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
	if (anchors >= 0)
		close(anchors);
	return rc;
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
	AUTO_BUF_SECRET(in, JOB_MAX_BYTES);
	AUTO_VALUE *request = NULL, *answer = NULL, *envelope = value_object();
	enum rc rc = request_read(&in);
	if (rc == RC_OK)
		rc = value_parse(&request, buf_str(&in), JOB_MAX_BYTES, &err);
	if (rc == RC_OK)
		rc = job_run_request((enum job_kind)head.kind, request, &answer, &err);
	if (rc == RC_OK)
		value_set(envelope, "answer", TAKE(answer));
	else
		value_set(envelope, "error", err_to_value(&err));
	AUTO_BUF_SECRET(out, JOB_MAX_BYTES);
	if (value_format(envelope, &out) != RC_OK)
		return 1;
	return answer_write(buf_str(&out)) ? 0 : 1;
}
