/* SPDX-License-Identifier: Apache-2.0
 * Sends each container to the code that knows its kind, and says of what cannot be opened why. */
#include "container/format.h"

#include "base/encoding.h"
#include "container/encryption.h"
#include "container/foreign.h"
#include "container/form.h"
#include "container/java/jks.h"
#include "container/kind.h"
#include "container/pem.h"
#include "container/pkcs12/pkcs12.h"

#include <openssl/crypto.h>
#include <stdio.h>

void container_prepare(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	(void)encryption_context();
}

static enum rc open_kind(struct container *c, struct str bytes, const struct container_secrets *secrets,
			 struct err *reterr)
{
	switch (c->kind) {
	case CONTAINER_PKCS12: return pkcs12_open(c, bytes, secrets, reterr);
	case CONTAINER_JKS:
	case CONTAINER_JCEKS: return jks_open(c, bytes, secrets, reterr);
	case CONTAINER_PEM: return pem_open(c, bytes, secrets, reterr);
	case CONTAINER_PKCS7: return pem_open_pkcs7(c, bytes, reterr);
	case CONTAINER_DER: return pem_open_der(c, bytes, secrets, reterr);
	}
	return RC_BUG;
}

/* A key that cannot be used is no reason to refuse what stands beside it, but it is when nothing does. */
static enum rc tell_unusable_key(const struct container *c, enum rc rc, struct err *reterr)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->entries[i].key) {
			return rc;
		}
	}
	for (size_t i = 0; i < c->n_passed_over; i++) {
		if (c->passed_over[i].reason != REASON_P119) {
			continue;
		}
		(void)reason_err(reterr, RC_UNSUPPORTED, REASON_P119, NULL);
		if (reterr) {
			(void)snprintf(reterr->text, sizeof(reterr->text), "%s", c->passed_over[i].text);
		}
		return RC_UNSUPPORTED;
	}
	return rc;
}

static void note_keys(struct container *c)
{
	size_t keys = 0;
	for (size_t i = 0; i < c->n; i++) {
		keys += c->entries[i].key != NULL;
	}
	c->traits = (c->traits & ~(unsigned)FORM_NO_KEY) | (keys == 0 ? FORM_NO_KEY : 0) |
		    (keys > 1 ? FORM_SEVERAL_KEYS : 0) | (c->password_called ? FORM_PASSWORD_OTHERWISE : 0);
}

static enum rc open_as(struct container **ret, enum container_kind kind, bool is_base64, struct str bytes,
		       const struct container_secrets *secrets, struct err *reterr)
{
	AUTO(container_free_cleanup) struct container *c = container_new(kind);
	c->traits = form_of_bytes(bytes) | (is_base64 ? FORM_BASE64 : 0);
	enum rc rc = open_kind(c, bytes, secrets, reterr);
	note_keys(c);
	if (rc == RC_OK || rc == RC_INVALID) {
		rc = tell_unusable_key(c, rc, reterr);
	}
	if (rc == RC_OK) {
		*ret = TAKE(c);
	}
	return rc;
}

/* Key stores and keys alone: of certificates, pasting has forms of its own, which pem_open() knows. */
static bool is_base64_container(struct str text, struct buf *out, enum container_kind *ret)
{
	if (!container_is_base64_text(text) || base64_decode(out, str_trim(text), true) != RC_OK ||
	    !container_kind_of(buf_str(out), ret) || *ret == CONTAINER_PEM) {
		return false;
	}
	struct cert *cert = NULL;
	bool is_certificate = *ret == CONTAINER_DER && cert_new_der(&cert, buf_str(out), NULL) == RC_OK;
	cert_free(cert);
	return !is_certificate && *ret != CONTAINER_PKCS7;
}

static enum rc open_by_content(struct container **ret, struct str bytes,
			       const struct container_secrets *secrets, struct err *reterr)
{
	enum container_kind kind;
	AUTO_BUF_SECRET(decoded, CONTAINER_MAX_BYTES);
	if (!container_kind_of(bytes, &kind)) {
		return reason_err(reterr, RC_INVALID, REASON_P103, NULL);
	}
	if (kind == CONTAINER_PEM && is_base64_container(bytes, &decoded, &kind)) {
		return open_as(ret, kind, true, buf_str(&decoded), secrets, reterr);
	}
	return open_as(ret, kind, false, bytes, secrets, reterr);
}

enum rc container_open_with(struct container **ret, struct str bytes, const struct container_secrets *secrets,
			    struct err *reterr)
{
	if (bytes.n > CONTAINER_MAX_BYTES) {
		(void)encryption_damaged(reterr, "it is larger than 2 MiB");
		if (reterr) {
			reterr->code = RC_LIMIT;
		}
		return RC_LIMIT;
	}
	enum rc rc = open_by_content(ret, bytes, secrets, reterr);
	if (rc == RC_INVALID) {
		(void)foreign_name(bytes, secrets->file, reterr);
	}
	return rc;
}

enum rc container_open(struct container **ret, struct str bytes, struct str password, struct err *reterr)
{
	const struct container_secrets secrets = { .password = password };
	return container_open_with(ret, bytes, &secrets, reterr);
}

enum rc container_write(const struct container *c, enum container_kind kind, struct str password, bool legacy,
			struct buf *out, struct err *reterr)
{
	if (c->n == 0) {
		return err_set(reterr, RC_INVALID, "There is no entry to write.");
	}
	switch (kind) {
	case CONTAINER_PKCS12: return pkcs12_write(c, password, legacy, out, reterr);
	case CONTAINER_JKS: return jks_write(c, password, out, reterr);
	case CONTAINER_PEM: return pem_write(c, password, out, reterr);
	case CONTAINER_DER: return pem_write_der(c, out, reterr);
	case CONTAINER_PKCS7: return pem_write_pkcs7(c, false, out, reterr);
	case CONTAINER_JCEKS: break;
	}
	return err_set(reterr, RC_UNSUPPORTED, "JCEKS is read, not written; write PKCS#12 or JKS.");
}
