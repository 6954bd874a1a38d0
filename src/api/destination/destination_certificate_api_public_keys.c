/* SPDX-License-Identifier: Apache-2.0
 * Public keys of destinations' certificates: read by a helper once, then told from memory. */
#include "api/core/call.h"
#include "api/destination/destination_api.h"
#include "api/destination/destination_call.h"
#include "base/memory.h"
#include "helper/job_container.h"
#include "pki/chain/chain_pem.h"
#include "pki/digest.h"
#include "service/destination/destination_generate.h"
#include "service/destination/public_key_memory.h"

#include <string.h>

/* State of a call that waits for a helper. */
struct reading {
	char etag[DESTINATION_ETAG_SIZE];
	char file[DESTINATION_ETAG_SIZE]; /* under which the answer is kept */
};

/* One element of the answer: the chain, and of a key store its alias. */
static struct value *element_make(const struct cert_list *chain, const char *pem, const char *alias)
{
	struct value *one = value_object();
	if (alias) {
		value_set_c(one, "Alias", alias);
	}
	value_set_c(one, "Content", pem);
	value_set_c(one, "SubjectDN", cert_subject(chain->items[0]));
	return one;
}

static enum rc element_append(const struct value *entry, bool key_store, struct value *list,
			      struct err *reterr)
{
	AUTO_CERT_LIST chain = { 0 };
	TRY(job_container_chain(entry, &chain, reterr));
	if (chain.n == 0) {
		return RC_OK;
	}
	AUTO_FREE char *pem = chain_pem_format(&chain);
	value_append(list, element_make(&chain, pem, key_store ? value_get_c(entry, "alias") : NULL));
	return RC_OK;
}

static bool is_key_store(const struct value *answer)
{
	enum container_kind kind = job_container_kind(answer, CONTAINER_PEM);
	return kind == CONTAINER_PKCS12 || kind == CONTAINER_JKS || kind == CONTAINER_JCEKS;
}

static enum rc list_make(const struct value *answer, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *list = value_array();
	const struct value *entries = value_get(answer, "entries");
	for (size_t i = 0; i < value_count(entries); i++) {
		TRY(element_append(value_at(entries, i), is_key_store(answer), list, reterr));
	}
	*ret = TAKE(list);
	return RC_OK;
}

/* list NULL: the file tells nothing. */
static void tell(struct call *call, struct value *take_list, const char *etag)
{
	struct err err = { 0 };
	if (take_list) {
		destination_call_tagged(call, take_list, etag);
		return;
	}
	(void)err_set(&err, RC_INVALID,
		      "The keystore is password-protected and public keys cannot be retrieved");
	destination_call_fail(call, &err);
}

/* Kept is what the file itself says: not that a helper died, say. */
static void file_read_done(void *context, const struct value *answer, const struct err *err)
{
	struct call *call = context;
	const struct reading *reading = call->state;
	struct err failure = { 0 };
	struct value *list = NULL;
	if (!answer && err->code != RC_DENIED) {
		destination_call_fail(call, err);
		return;
	}
	if (answer && list_make(answer, &list, &failure) != RC_OK) {
		destination_call_fail(call, &failure);
		return;
	}
	public_key_memory_keep(call->session->service->public_keys, reading->file, list);
	tell(call, list, reading->etag);
}

/* Of a generated one the chain is known, whatever its password. */
static void tell_generated(struct call *call, const char *pem, const char *etag)
{
	AUTO_CERT_LIST chain = { 0 };
	struct err err = { 0 };
	if (chain_pem_parse(pem, &chain, &err) != RC_OK) {
		destination_call_fail(call, &err);
		return;
	}
	struct value *list = value_array();
	value_append(list, element_make(&chain, pem, NULL));
	destination_call_tagged(call, list, etag);
}

/* The etag knows the row and so the file; the own gateway's trust store has no row. */
static void file_name(struct str content, struct reading *reading)
{
	if (reading->etag[0]) {
		memcpy(reading->file, reading->etag, sizeof(reading->file));
	} else {
		(void)digest_sha256_text(content, reading->file);
	}
}

static void tell_file(struct call *call, struct str content, struct reading *reading)
{
	struct value *list = NULL;
	file_name(content, reading);
	if (public_key_memory_find(call->session->service->public_keys, reading->file, &list)) {
		tell(call, list, reading->etag);
		return;
	}
	struct value *request = value_object();
	value_set_str(request, "content", content);
	value_set_bool(request, "certificates_only", true);
	call_job(call, JOB_CONTAINER_OPEN, request, file_read_done);
}

void destination_certificate_api_public_keys(struct call *call)
{
	struct destination_at at;
	struct err err = { 0 };
	AUTO_VALUE *certificate = NULL;
	if (!destination_call_at(call, &at)) {
		return;
	}
	struct reading *reading = mem_alloc(sizeof(*reading));
	call->state = reading;
	call->state_free = mem_free;
	if (service_destination_get(call->session, &at, &certificate, reading->etag, &err) != RC_OK) {
		destination_call_fail(call, &err);
		return;
	}
	if (!destination_call_wants(call, reading->etag)) {
		return;
	}
	AUTO_FREE char *generated = service_destination_generated_chain(call->session, &at);
	if (generated) {
		tell_generated(call, generated, reading->etag);
	} else {
		tell_file(call, value_get_str(certificate, "Content"), reading);
	}
}
