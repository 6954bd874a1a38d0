/* SPDX-License-Identifier: Apache-2.0
 * Certificates of destinations over REST: uploads, files re-encrypted on their way in, generated ones, public keys. */
#include "api/api.h"
#include "api/destination_api.h"
#include "api/destination_call.h"
#include "api/key_job.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "pki/chain_pem.h"
#include "service/change.h"
#include "service/destination_generate.h"

#define FILE_MAX ((size_t)4 * 1024 * 1024)
#define PUBLIC_KEYS_MAX ((size_t)4 * 1024 * 1024)

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
	if (destination_generate_is(input))
		return err_set(reterr, RC_INVALID, "A certificate is generated alone, not among several.");
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
	if (!destination_call_at(call, &at))
		return;
	enum rc rc = service_destination_generate(call->session, &at, call->body, key, work->replace,
						  wall_now(), work->etag, &err);
	if (rc != RC_OK)
		destination_call_fail(call, &err);
	else
		destination_call_written(call, work->replace ? 200 : 201, work->replace, work->etag, NULL);
}

static void generate(struct call *call, const struct destination_at *at, bool replace)
{
	struct err err = { 0 };
	(void)work_new(call, replace);
	if (service_destination_generate_check(call->session, at, call->body, replace, &err) != RC_OK)
		destination_call_fail(call, &err);
	else
		key_job(call, destination_generate_needs_key(call->body) ? JOB_KEY_DEFAULT : NULL,
			generate_finish);
}

/* Normalising: a job opens the container with the password and writes it with today's ciphers; it is kept as STEM.p12. */
static char *stem_p12(struct str name)
{
	size_t dot = name.n;
	while (dot > 0 && name.p[dot - 1] != '.')
		dot--;
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
	if (value_get_c(call->body, "Type"))
		value_set_str(input, "Type", value_get_str(call->body, "Type"));
	value_set_str(input, "Content", content);
	if (!destination_call_at(call, &at))
		return;
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
	if (answer)
		normalised_store(call->state, value_get_str(answer, "content"));
	else
		destination_call_fail(call, err);
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
	if (value_get_c(call->body, "KeyPassword"))
		value_set_str(request, "key_password", value_get_str(call->body, "KeyPassword"));
	call_job(call, JOB_CONTAINER_CONVERT, request, converted_done);
}

static void write(struct call *call, bool replace)
{
	struct destination_at at;
	if (destination_call_flag(call, "normalize"))
		normalise(call, replace);
	else if (!destination_generate_is(call->body))
		destination_call_write(call, replace ? update_one : create_one, replace ? 200 : 201, replace);
	else if (destination_call_at(call, &at))
		generate(call, &at, replace);
}

void destination_certificate_api_create(struct call *call)
{
	write(call, false);
}

void destination_certificate_api_update(struct call *call)
{
	write(call, true);
}

/* One element of the answer: the chain, and of a key store its alias. */
static enum rc public_key_append(const struct value *entry, bool key_store, struct value *list,
				 struct err *reterr)
{
	AUTO_CERT_LIST chain = { 0 };
	const struct value *ders = value_get(entry, "chain");
	for (size_t i = 0; i < value_count(ders); i++) {
		AUTO_BUF(der, CERT_MAX_BYTES);
		AUTO(cert_free_cleanup) struct cert *c = NULL;
		TRY(base64_decode(&der, value_str(value_at(ders, i)), false));
		TRY(cert_new_der(&c, buf_str(&der), reterr));
		cert_list_add(&chain, c);
	}
	if (chain.n == 0)
		return RC_OK;
	AUTO_FREE char *pem = chain_pem_format(&chain);
	struct value *one = value_object();
	if (key_store && value_get_c(entry, "alias"))
		value_set_str(one, "Alias", value_get_str(entry, "alias"));
	value_set_c(one, "Content", pem);
	value_set_c(one, "SubjectDN", cert_subject(chain.items[0]));
	value_append(list, one);
	return RC_OK;
}

static enum rc public_keys_make(const struct value *answer, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *list = value_array();
	const struct value *entries = value_get(answer, "entries");
	struct str kind = value_get_str(answer, "kind");
	bool key_store = str_is(kind, "pkcs12") || str_is(kind, "jks") || str_is(kind, "jceks");
	for (size_t i = 0; i < value_count(entries); i++)
		TRY(public_key_append(value_at(entries, i), key_store, list, reterr));
	*ret = TAKE(list);
	return RC_OK;
}

static void public_keys_done(void *context, const struct value *answer, const struct err *err)
{
	struct call *call = context;
	const struct certificate_work *work = call->state;
	struct err failure = { 0 };
	struct value *list = NULL;
	if (!answer && err->code == RC_DENIED)
		(void)err_set(&failure, RC_INVALID,
			      "The keystore is password-protected and public keys cannot be retrieved");
	if (!answer) {
		destination_call_fail(call, failure.code ? &failure : err);
		return;
	}
	if (public_keys_make(answer, &list, &failure) != RC_OK)
		destination_call_fail(call, &failure);
	else
		destination_call_tagged(call, list, work->etag);
}

/* Of a generated one the chain is known, whatever its password. */
static void public_keys_generated(struct call *call, const char *pem, const char *etag)
{
	AUTO_CERT_LIST chain = { 0 };
	struct err err = { 0 };
	if (chain_pem_parse(pem, &chain, &err) != RC_OK) {
		destination_call_fail(call, &err);
		return;
	}
	struct value *list = value_array(), *one = value_object();
	value_set_c(one, "Content", pem);
	value_set_c(one, "SubjectDN", cert_subject(chain.items[0]));
	value_append(list, one);
	destination_call_tagged(call, list, etag);
}

void destination_certificate_api_public_keys(struct call *call)
{
	struct destination_at at;
	struct err err = { 0 };
	AUTO_VALUE *certificate = NULL;
	if (!destination_call_at(call, &at))
		return;
	struct certificate_work *work = work_new(call, false);
	if (service_destination_get(call->session, &at, &certificate, work->etag, &err) != RC_OK) {
		destination_call_fail(call, &err);
		return;
	}
	if (!destination_call_wants(call, work->etag))
		return;
	AUTO_FREE char *generated = service_destination_generated_chain(call->session, &at);
	if (generated) {
		public_keys_generated(call, generated, work->etag);
		return;
	}
	struct value *request = value_object();
	value_set_str(request, "content", value_get_str(certificate, "Content"));
	value_set_bool(request, "certificates_only", true);
	call_job(call, JOB_CONTAINER_OPEN, request, public_keys_done);
}
