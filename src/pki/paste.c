/* SPDX-License-Identifier: Apache-2.0
 * Finding certificates in pasted text: first what the text is, then its base64 without what people add or lose. */
#include "pki/paste.h"

#include "base/encoding.h"
#include "base/memory.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

static enum rc unreadable(struct err *reterr, size_t at, const char *why)
{
	(void)err_set(reterr, RC_INVALID, "The certificate text cannot be read at byte %zu: %s.", at, why);
	(void)err_fix(reterr, "Give the certificate as PEM, on one line or several, or as base64 DER.");
	return err_reason(reterr, "S303");
}

static enum rc add_pkcs7(struct cert_list *ret, struct str der, size_t at, struct err *reterr)
{
	const unsigned char *p = (const unsigned char *)der.p;
	PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)der.n);
	STACK_OF(X509) *certs = p7 && PKCS7_type_is_signed(p7) && p7->d.sign ? p7->d.sign->cert : NULL;
	enum rc rc =
		certs ? RC_OK : unreadable(reterr, at, "neither a certificate nor PKCS#7 with certificates");
	for (int i = 0; rc == RC_OK && i < sk_X509_num(certs); i++) {
		unsigned char *one = NULL;
		struct cert *c = NULL;
		int n = i2d_X509(sk_X509_value(certs, i), &one);
		if (ret->n == PASTE_MAX_CERTIFICATES)
			rc = err_set(reterr, RC_LIMIT, "The text holds more than %d certificates.",
				     PASTE_MAX_CERTIFICATES);
		else
			rc = cert_new_der(&c, str_from(one, n > 0 ? (size_t)n : 0), reterr);
		if (rc == RC_OK)
			cert_list_add(ret, c);
		cert_free(c);
		OPENSSL_free(one);
	}
	PKCS7_free(p7);
	ERR_clear_error();
	return rc;
}

static enum rc add_der(struct cert_list *ret, struct str der, size_t at, struct err *reterr)
{
	struct cert *c = NULL;
	if (ret->n == PASTE_MAX_CERTIFICATES)
		return err_set(reterr, RC_LIMIT, "The text holds more than %d certificates.",
			       PASTE_MAX_CERTIFICATES);
	if (cert_new_der(&c, der, NULL) != RC_OK)
		return add_pkcs7(ret, der, at, reterr);
	cert_list_add(ret, c);
	cert_free(c);
	return RC_OK;
}

/* Base64 as it survived pasting: literal \n and \r are line breaks, quotes and dashes around it do not count. */
static enum rc add_base64(struct cert_list *ret, struct str text, size_t at, struct err *reterr)
{
	AUTO_BUF(plain, PASTE_MAX_BYTES);
	AUTO_BUF(der, PASTE_MAX_BYTES);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n && (text.p[i + 1] == 'n' || text.p[i + 1] == 'r'))
			i++;
		else if (text.p[i] != '"')
			(void)buf_add_char(&plain, text.p[i]);
	}
	struct str body = buf_str(&plain);
	if (base64_decode(&der, body, true) != RC_OK)
		return unreadable(reterr, at, "this is not base64");
	return add_der(ret, buf_str(&der), at, reterr);
}

/* One block from behind its BEGIN line to its END line, to the next BEGIN, or to the end of the text. */
static struct str block_of(struct str rest)
{
	size_t end = str_find_str(rest, STR("-----END"));
	size_t next = str_find_str(rest, STR("-----BEGIN"));
	struct str block = str_first(rest, end < next ? end : next);
	while (block.n && block.p[block.n - 1] == '-')
		block.n--;
	return block;
}

static bool is_certificate_label(struct str label)
{
	return str_is(label, "CERTIFICATE") || str_is(label, "X509 CERTIFICATE") ||
	       str_is(label, "TRUSTED CERTIFICATE") || str_is(label, "PKCS7") || str_is(label, "CMS");
}

static enum rc add_pem(struct cert_list *ret, struct str text, struct err *reterr)
{
	static const struct str begin = STR("-----BEGIN ");
	for (size_t at = str_find_str(text, begin); at < text.n;) {
		struct str rest = str_skip(text, at + begin.n);
		size_t label_end = str_find(rest, '-');
		struct str label = str_trim(str_first(rest, label_end));
		struct str body = str_skip(rest, label_end);
		while (body.n && body.p[0] == '-')
			body = str_skip(body, 1);
		struct str block = block_of(body);
		size_t where = (size_t)(block.p - text.p);
		if (is_certificate_label(label))
			TRY(add_base64(ret, block, where, reterr));
		at = where + block.n;
		at += str_find_str(str_skip(text, at), begin);
	}
	return ret->n ? RC_OK : unreadable(reterr, 0, "there is no certificate in it");
}

enum rc paste_certificates(struct cert_list *ret, struct str text, struct err *reterr)
{
	struct str trimmed = str_trim(text);
	if (text.n > PASTE_MAX_BYTES)
		return err_set(reterr, RC_LIMIT, "The certificate text is longer than %zu bytes.",
			       PASTE_MAX_BYTES);
	if (trimmed.n == 0)
		return unreadable(reterr, 0, "it is empty");
	if (str_find_str(text, STR("-----BEGIN ")) < text.n)
		return add_pem(ret, text, reterr);
	if (text.p[0] == 0x30)
		return add_der(ret, text, 0, reterr);
	return add_base64(ret, trimmed, 0, reterr);
}

struct cert *paste_leaf(const struct cert_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!cert_is_ca(list->items[i]))
			return list->items[i];
	return list->n ? list->items[0] : NULL;
}
