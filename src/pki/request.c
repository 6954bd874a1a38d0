/* SPDX-License-Identifier: Apache-2.0
 * Making and reading certificate signing requests. */
#include "pki/request.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "pki/name.h"
#include "pki/paste.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define REQUEST_MAX_BYTES ((size_t)64 * 1024)

struct request {
	X509_REQ *x509;
};

static GENERAL_NAME *general_name(struct str san)
{
	static const struct {
		struct str prefix;
		int type;
	} kinds[] = { { STR("DNS:"), GEN_DNS },
		      { STR("IP:"), GEN_IPADD },
		      { STR("URI:"), GEN_URI },
		      { STR("email:"), GEN_EMAIL } };
	int type = (san.n > 0 && str_all_of(san, CHAR_DIGITS ".")) || str_find(san, ':') < san.n ? GEN_IPADD
												 : GEN_DNS;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (str_starts_with(san, kinds[i].prefix)) {
			type = kinds[i].type;
			san = str_skip(san, kinds[i].prefix.n);
			break;
		}
	}
	AUTO_FREE char *text = str_dup(san);
	return san.n && san.n <= 255 ? a2i_GENERAL_NAME(NULL, NULL, NULL, type, text, 0) : NULL;
}

enum rc request_san_extension(const char *const *sans, size_t n_sans, X509_EXTENSION **ret,
			      struct err *reterr)
{
	enum rc rc = RC_OK;
	*ret = NULL;
	if (n_sans == 0) {
		return RC_OK;
	}
	if (n_sans > REQUEST_MAX_SANS) {
		return err_set(reterr, RC_LIMIT, "More than %d subject alternative names.", REQUEST_MAX_SANS);
	}
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	for (size_t i = 0; rc == RC_OK && i < n_sans; i++) {
		GENERAL_NAME *one = general_name(str_of(sans[i]));
		char shown[128];
		if (one) {
			(void)sk_GENERAL_NAME_push(names, one);
		} else {
			rc = err_set(reterr, RC_INVALID,
				     "The subject alternative name \"%s\" cannot be read.",
				     str_printable(str_of(sans[i]), shown, sizeof(shown)));
		}
	}
	if (rc == RC_OK) {
		*ret = X509V3_EXT_i2d(NID_subject_alt_name, 0, names);
	} else {
		(void)err_field(reterr, "san");
	}
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return rc;
}

static enum rc add_sans(X509_REQ *req, const char *const *sans, size_t n_sans, struct err *reterr)
{
	X509_EXTENSION *san = NULL;
	TRY(request_san_extension(sans, n_sans, &san, reterr));
	if (!san) {
		return RC_OK;
	}
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	(void)sk_X509_EXTENSION_push(extensions, san);
	bool ok = X509_REQ_add_extensions(req, extensions) == 1;
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return ok ? RC_OK : err_set(reterr, RC_BUG, "The request's extensions cannot be set.");
}

enum rc request_format_pem(const struct key *k, struct str subject, const char *const *sans, size_t n_sans,
			   struct buf *out, struct err *reterr)
{
	X509_NAME *name = NULL;
	TRY(name_parse(&name, subject, reterr));
	X509_REQ *req = X509_REQ_new();
	(void)X509_REQ_set_subject_name(req, name);
	(void)X509_REQ_set_pubkey(req, key_evp(k));
	enum rc rc = add_sans(req, sans, n_sans, reterr);
	BIO *bio = BIO_new(BIO_s_mem());
	if (rc == RC_OK && X509_REQ_sign(req, key_evp(k), EVP_sha256()) > 0 &&
	    PEM_write_bio_X509_REQ(bio, req)) {
		char *data = NULL;
		long n = BIO_get_mem_data(bio, &data);
		rc = buf_add(out, str_from(data, (size_t)n)) ? RC_OK : RC_LIMIT;
	} else if (rc == RC_OK) {
		rc = err_set(reterr, RC_BUG, "The request cannot be signed.");
	}
	BIO_free(bio);
	X509_REQ_free(req);
	X509_NAME_free(name);
	ERR_clear_error();
	return rc;
}

/* The DER of a request given as PEM with any line breaks, or as DER. */
static enum rc request_der(struct str text, struct buf *der)
{
	size_t begin = str_find_str(text, STR("CERTIFICATE REQUEST-----"));
	if (begin == text.n) {
		return buf_add(der, text) ? RC_OK : RC_LIMIT;
	}
	struct str body = str_skip(text, begin + strlen("CERTIFICATE REQUEST-----"));
	return paste_base64(str_first(body, str_find(body, '-')), der);
}

enum rc request_parse(struct request **ret, struct str text, struct err *reterr)
{
	AUTO_BUF(der, REQUEST_MAX_BYTES);
	if (text.n > REQUEST_MAX_BYTES) {
		return err_set(reterr, RC_LIMIT, "The signing request is larger than %zu bytes.",
			       REQUEST_MAX_BYTES);
	}
	if (request_der(text, &der) != RC_OK) {
		return err_set(reterr, RC_INVALID, "The signing request's text cannot be read.");
	}
	const unsigned char *p = (const unsigned char *)der.p;
	X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)der.n);
	EVP_PKEY *key = req ? X509_REQ_get0_pubkey(req) : NULL;
	bool good = key && X509_REQ_verify(req, key) == 1;
	ERR_clear_error();
	if (!good) {
		bool is_request = req != NULL;
		X509_REQ_free(req);
		return err_set(reterr, RC_INVALID,
			       is_request ? "The signing request's signature does not hold."
					  : "This is no signing request.");
	}
	struct request *r = mem_alloc(sizeof(*r));
	r->x509 = req;
	*ret = r;
	return RC_OK;
}

void request_free(struct request *r)
{
	if (!r) {
		return;
	}
	X509_REQ_free(r->x509);
	mem_free(r);
}

X509_REQ *request_x509(const struct request *r)
{
	return r->x509;
}
