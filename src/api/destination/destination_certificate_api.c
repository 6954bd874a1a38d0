/* SPDX-License-Identifier: Apache-2.0
 * Certificates of destinations over REST: uploads, files re-encrypted on their way in, generated ones. */
#include "api/core/call.h"
#include "api/destination/destination_api.h"
#include "api/destination/destination_call.h"
#include "api/core/key_job.h"
#include "base/memory.h"
#include "service/destination/destination_generate.h"

/* State of a call that waits for a job. */
struct certificate_work {
	struct call *call;
	bool replace;
	struct value *input; /* as it came, or as it will be stored */
	char *if_match;
	char *warning;
	char etag[DESTINATION_ETAG_SIZE];
};

static void work_free(void *object)
{
	struct certificate_work *work = object;
	value_free(work->input);
	mem_free(work->if_match);
	mem_free(work->warning);
	mem_free(work);
}

static struct certificate_work *work_new(struct call *call, bool replace)
{
	struct certificate_work *work = mem_alloc(sizeof(*work));
	work->call = call;
	work->replace = replace;
	work->if_match = destination_call_if_match(call);
	call->state = work;
	call->state_free = work_free;
	return work;
}

static enum rc put(struct call *call, const struct destination_at *at, const struct value *input,
		   bool replace, char *etag, char **warning, struct err *reterr)
{
	AUTO_FREE char *if_match = destination_call_if_match(call);
	const struct destination_certificate_put how = { .replace = replace, .if_match = if_match };
	if (destination_generate_is(input)) {
		return err_set(reterr, RC_INVALID, "A certificate is generated alone, not among several.");
	}
	return service_destination_certificate_put(call->session, at, input, &how, etag, warning, reterr);
}

static enum rc create_one(struct call *call, const struct destination_at *at, const struct value *input,
			  char *etag, char **warning, struct err *reterr)
{
	return put(call, at, input, false, etag, warning, reterr);
}

static enum rc update_one(struct call *call, const struct destination_at *at, const struct value *input,
			  char *etag, char **warning, struct err *reterr)
{
	return put(call, at, input, true, etag, warning, reterr);
}

/* Generating: check, let a job make the key unless a CSR brings one, issue and store. */
static void generate_finish(struct call *call, struct key *key)
{
	struct certificate_work *work = call->state;
	struct destination_at at;
	struct err err = { 0 };
	if (!destination_call_at(call, &at)) {
		return;
	}
	enum rc rc = service_destination_generate(call->session, &at, call->body, key, work->replace,
						  wall_now(), work->etag, &err);
	if (rc != RC_OK) {
		destination_call_fail(call, &err);
	} else {
		destination_call_written(call, work->replace ? 200 : 201, work->replace, work->etag, NULL);
	}
}

static void generate(struct call *call, const struct destination_at *at, bool replace)
{
	struct err err = { 0 };
	(void)work_new(call, replace);
	if (service_destination_generate_check(call->session, at, call->body, replace, &err) != RC_OK) {
		destination_call_fail(call, &err);
	} else {
		key_job(call, destination_generate_needs_key(call->body) ? JOB_KEY_DEFAULT : NULL,
			generate_finish);
	}
}

/* Normalising: a job opens the container with the password and writes it with today's ciphers;
 * it is kept as STEM.p12. */
static char *stem_p12(struct str name)
{
	size_t dot = name.n;
	while (dot > 0 && name.p[dot - 1] != '.') {
		dot--;
	}
	return mem_printf("%.*s.p12", (int)(dot > 0 ? dot - 1 : name.n), name.p);
}

static void normalised_store(struct certificate_work *work, struct str content)
{
	struct call *call = work->call;
	struct destination_at at;
	struct err err = { 0 };
	AUTO_VALUE *input = value_object();
	AUTO_FREE char *name = stem_p12(value_get_str(call->body, "Name"));
	const struct destination_certificate_put how = { .replace = work->replace,
							 .if_match = work->if_match };
	value_set_c(input, "Name", name);
	if (value_get_c(call->body, "Type")) {
		value_set_str(input, "Type", value_get_str(call->body, "Type"));
	}
	value_set_str(input, "Content", content);
	if (!destination_call_at(call, &at)) {
		return;
	}
	if (service_destination_certificate_put(call->session, &at, input, &how, work->etag, NULL, &err) !=
	    RC_OK) {
		destination_call_fail(call, &err);
		return;
	}
	AUTO_FREE char *told =
		mem_printf("Stored as %s, re-encrypted with AES-256; name it in KeyStoreLocation.", name);
	destination_call_written(call, work->replace ? 200 : 201, work->replace, work->etag, told);
}

static void converted_done(void *context, const struct value *answer, const struct err *err)
{
	struct call *call = context;
	if (answer) {
		normalised_store(call->state, value_get_str(answer, "content"));
	} else {
		destination_call_fail(call, err);
	}
}

static void normalise(struct call *call, bool replace)
{
	struct err err = { 0 };
	struct str password = value_get_str(call->body, "Password");
	if (!value_is_object(call->body) || password.n == 0 || value_get_str(call->body, "Name").n == 0 ||
	    value_get_str(call->body, "Content").n == 0) {
		(void)err_set(&err, RC_INVALID,
			      "normalize=true takes one {\"Name\", \"Content\", \"Password\"}.");
		destination_call_fail(call, &err);
		return;
	}
	struct value *request = value_object();
	work_new(call, replace);
	value_set_str(request, "content", value_get_str(call->body, "Content"));
	value_set_str(request, "password", password);
	value_set_str(request, "new_password", password);
	if (value_get_c(call->body, "KeyPassword")) {
		value_set_str(request, "key_password", value_get_str(call->body, "KeyPassword"));
	}
	call_job(call, JOB_CONTAINER_CONVERT, request, converted_done);
}

static void write(struct call *call, bool replace)
{
	struct destination_at at;
	if (destination_call_flag(call, "normalize")) {
		normalise(call, replace);
	} else if (!destination_generate_is(call->body)) {
		destination_call_write(call, replace ? update_one : create_one, replace ? 200 : 201, replace);
	} else if (destination_call_at(call, &at)) {
		generate(call, &at, replace);
	}
}

void destination_certificate_api_create(struct call *call)
{
	write(call, false);
}

void destination_certificate_api_update(struct call *call)
{
	write(call, true);
}
