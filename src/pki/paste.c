/* SPDX-License-Identifier: Apache-2.0
 * Finding certificates in pasted text: first what the text is, then its base64 without what people add or
 * lose. */
#include "pki/paste.h"

#include "base/encoding.h"
#include "base/memory.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

static const struct str begin_mark = STR("-----BEGIN ");

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
		if (ret->n == PASTE_MAX_CERTIFICATES) {
			rc = err_set(reterr, RC_LIMIT, "The text holds more than %d certificates.",
				     PASTE_MAX_CERTIFICATES);
		} else {
			rc = cert_new_der(&c, str_from(one, n > 0 ? (size_t)n : 0), reterr);
		}
		if (rc == RC_OK) {
			cert_list_add(ret, c);
		}
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
	if (ret->n == PASTE_MAX_CERTIFICATES) {
		return err_set(reterr, RC_LIMIT, "The text holds more than %d certificates.",
			       PASTE_MAX_CERTIFICATES);
	}
	if (cert_new_der(&c, der, NULL) != RC_OK) {
		return add_pkcs7(ret, der, at, reterr);
	}
	cert_list_add(ret, c);
	cert_free(c);
	return RC_OK;
}

/* Index behind an escape that starts at the backslash at i: \n, \r, \t are nothing, however often escaped;
 * "\/" is "/". */
static size_t skip_escape(struct str text, size_t i)
{
	while (i < text.n && text.p[i] == '\\') {
		i++;
	}
	return i < text.n && strchr("nrt", text.p[i]) && text.p[i] ? i + 1 : i;
}

enum rc paste_base64(struct str text, struct buf *out)
{
	AUTO_BUF(plain, PASTE_MAX_BYTES);
	for (size_t i = 0; i < text.n;) {
		if (text.p[i] == '\\') {
			i = skip_escape(text, i);
		} else if (text.p[i] == '"' || text.p[i] == '\'') {
			i++;
		} else if (!buf_add_char(&plain, text.p[i++])) {
			return RC_LIMIT;
		}
	}
	return base64_decode(out, buf_str(&plain), true);
}

/* One block's base64. */
static enum rc add_base64(struct cert_list *ret, struct str text, size_t at, struct err *reterr)
{
	AUTO_BUF(der, PASTE_MAX_BYTES);
	if (paste_base64(text, &der) != RC_OK) {
		return unreadable(reterr, at, "this is not base64");
	}
	return add_der(ret, buf_str(&der), at, reterr);
}

/* One block from behind its BEGIN line to its END line, to the next BEGIN, or to the end of the text. */
static struct str block_of(struct str rest)
{
	/* END is looked for up to the next BEGIN only, so that the time stays linear. */
	struct str block = str_first(rest, str_find_str(rest, STR("-----BEGIN")));
	block = str_first(block, str_find_str(block, STR("-----END")));
	while (block.n && block.p[block.n - 1] == '-') {
		block.n--;
	}
	return block;
}

static bool is_certificate_label(struct str label)
{
	return str_is(label, "CERTIFICATE") || str_is(label, "X509 CERTIFICATE") || str_is(label, "PKCS7") ||
	       str_is(label, "PKCS #7 SIGNED DATA") || str_is(label, "CMS");
}

static enum rc add_pem(struct cert_list *ret, struct str text, struct err *reterr)
{
	for (size_t at = str_find_str(text, begin_mark); at < text.n;) {
		struct str rest = str_skip(text, at + begin_mark.n);
		size_t label_end = str_find(rest, '-');
		struct str label = str_trim(str_first(rest, label_end));
		struct str body = str_skip(rest, label_end);
		while (body.n && body.p[0] == '-') {
			body = str_skip(body, 1);
		}
		struct str block = block_of(body);
		size_t where = (size_t)(block.p - text.p);
		if (is_certificate_label(label)) {
			TRY(add_base64(ret, block, where, reterr));
		}
		at = where + block.n;
		at += str_find_str(str_skip(text, at), begin_mark);
	}
	return ret->n ? RC_OK : unreadable(reterr, 0, "there is no certificate in it");
}

enum rc paste_certificates(struct cert_list *ret, struct str text, struct err *reterr)
{
	struct str trimmed = str_trim(text);
	if (text.n > PASTE_MAX_BYTES) {
		return err_set(reterr, RC_LIMIT, "The certificate text is longer than %zu bytes.",
			       PASTE_MAX_BYTES);
	}
	if (trimmed.n == 0) {
		return unreadable(reterr, 0, "it is empty");
	}
	/* DER first: what stands in a certificate is no text to look for PEM in. No text begins like that. */
	if (text.n > 1 && text.p[0] == 0x30 && ((uint8_t)text.p[1] & 0x80)) {
		return add_der(ret, text, 0, reterr);
	}
	if (str_find_str(text, begin_mark) < text.n) {
		return add_pem(ret, text, reterr);
	}
	AUTO_BUF(decoded, PASTE_MAX_BYTES);
	if (paste_base64(trimmed, &decoded) == RC_OK &&
	    str_find_str(buf_str(&decoded), begin_mark) < decoded.n) {
		return add_pem(ret, buf_str(&decoded), reterr);
	}
	return add_base64(ret, trimmed, 0, reterr);
}

struct cert *paste_leaf(const struct cert_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!cert_is_ca(list->items[i])) {
			return list->items[i];
		}
	}
	return list->n ? list->items[0] : NULL;
}
