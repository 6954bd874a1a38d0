/* SPDX-License-Identifier: Apache-2.0
 * What a job does with key stores. */
#include "helper/work.h"

#include "base/clock.h"
#include "helper/job_container.h"
#include "container/examine.h"
#include "pki/chain/crl.h"
#include "pki/paste.h"
#include "container/format.h"
#include "container/kind.h"

#define FILE_MAX ((size_t)10 * 1024 * 1024)

static enum rc open_crl(struct str bytes, struct value **ret, struct err *reterr)
{
	struct crl *crl = NULL;
	TRY(crl_new_any(&crl, bytes, reterr));
	struct value *v = value_object();
	value_set_base64(v, "crl", crl_der(crl));
	value_set_c(v, "issuer", crl_issuer(crl));
	crl_free(crl);
	*ret = v;
	return RC_OK;
}

/* A key store, or certificates in whatever form people paste them. */
static enum rc open_any(struct str bytes, const struct container_secrets *secrets, bool certificates_only,
			struct container **ret, struct err *reterr)
{
	AUTO_CERT_LIST list = { 0 };
	struct err err = { 0 };
	enum container_kind kind = CONTAINER_PKCS12;
	bool is_text = container_kind_of(bytes, &kind) && kind == CONTAINER_PEM;
	/* The certificates of a PEM file stand in the clear, however its key is protected. */
	bool paste_first = certificates_only && is_text;
	enum rc rc = paste_first ? RC_INVALID : container_open_with(ret, bytes, secrets, &err);
	if (rc == RC_OK) {
		return rc;
	}
	if ((!paste_first && strcmp(err.reason, "P103") != 0) ||
	    paste_certificates(&list, bytes, paste_first ? &err : NULL) != RC_OK) {
		if (reterr) {
			*reterr = err;
		}
		return rc;
	}
	struct container *c = container_new(CONTAINER_PEM);
	for (size_t i = 0; i < list.n; i++) {
		cert_list_add(&container_add(c, NULL)->chain, list.items[i]);
	}
	*ret = c;
	return RC_OK;
}

/* Open the file of a request, as far as it is no revocation list. */
static enum rc open_request(const struct value *request, struct str bytes, struct container **ret,
			    struct err *reterr)
{
	const struct container_secrets secrets = { .password = value_get_str(request, "password"),
						   .key_password = value_get_str(request, "key_password"),
						   .file = value_get_c(request, "file") };
	return open_any(bytes, &secrets, value_get_bool(request, "certificates_only", false), ret, reterr);
}

/* What both kinds tell of a file. */
static enum rc describe(const struct container *c, struct buf *keys, struct value **ret, struct err *reterr)
{
	struct value *entries = NULL;
	TRY(job_container_to_value(c, &entries, keys, reterr));
	struct value *v = value_object();
	value_set(v, "entries", entries);
	value_set_c(v, "kind", container_kind_name(c->kind));
	value_set_c(v, "encryption", c->encryption);
	value_set_bool(v, "legacy", c->legacy);
	value_set_bool(v, "encrypted", c->encrypted);
	*ret = v;
	return RC_OK;
}

enum rc work_container_open(const struct value *request, struct work_answer *ret, struct err *reterr)
{
	AUTO_BUF_SECRET(bytes, FILE_MAX);
	AUTO(container_free_cleanup) struct container *c = NULL;
	const char *file = value_get_c(request, "file");
	TRY(value_get_base64(request, "content", &bytes, reterr));
	if (crl_looks_like(buf_str(&bytes))) {
		return open_crl(buf_str(&bytes), &ret->value, reterr);
	}
	TRY(open_request(request, buf_str(&bytes), &c, reterr));
	TRY(describe(c, value_get_bool(request, "keys", false) ? &ret->secret : NULL, &ret->value, reterr));
	value_set(ret->value, "examine", examine_container(c, wall_now(), file ? file : "FILE"));
	return RC_OK;
}

enum rc work_container_convert(const struct value *request, struct work_answer *ret, struct err *reterr)
{
	AUTO_BUF_SECRET(bytes, FILE_MAX);
	AUTO_BUF_SECRET(out, FILE_MAX);
	AUTO(container_free_cleanup) struct container *c = NULL;
	TRY(value_get_base64(request, "content", &bytes, reterr));
	if (crl_looks_like(buf_str(&bytes))) {
		return err_set(reterr, RC_INVALID, "A revocation list is no key store.");
	}
	TRY(open_request(request, buf_str(&bytes), &c, reterr));
	TRY(container_write(c, CONTAINER_PKCS12, value_get_str(request, "new_password"), false, &out,
			    reterr));
	TRY(describe(c, NULL, &ret->value, reterr));
	value_set_base64(ret->value, "content", buf_str(&out));
	return RC_OK;
}
