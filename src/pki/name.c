/* SPDX-License-Identifier: Apache-2.0
 * Writing and reading distinguished names. */
#include "pki/name.h"

#include "base/encoding.h"
#include "base/memory.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>

char *name_format(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	char *data = NULL;
	if (bio &&
	    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		long n = BIO_get_mem_data(bio, &data);
		text = str_dup(str_from(data, n > 0 ? (size_t)n : 0));
	}
	BIO_free(bio);
	return text;
}

/* Take one value up to an unescaped separator; escapes and quotes are resolved into out. */
static enum rc take_value(struct str *rest, char separator, struct buf *out)
{
	bool quoted = false;
	size_t i = 0;
	*rest = str_trim(*rest);
	for (; i < rest->n; i++) {
		char c = rest->p[i];
		if (c == '\\' && i + 2 < rest->n && hex_digit(rest->p[i + 1]) >= 0 &&
		    hex_digit(rest->p[i + 2]) >= 0) {
			c = (char)(hex_digit(rest->p[i + 1]) << 4 | hex_digit(rest->p[i + 2]));
			i += 2;
		} else if (c == '\\' && i + 1 < rest->n) {
			c = rest->p[++i];
		} else if (c == '"') {
			quoted = !quoted;
			continue;
		} else if (!quoted && (c == separator || (separator == ',' && (c == ';' || c == '+')))) {
			break;
		}
		if (!buf_add_char(out, c)) {
			return RC_LIMIT;
		}
	}
	*rest = str_skip(*rest, i < rest->n ? i + 1 : i);
	return quoted ? RC_INVALID : RC_OK;
}

static enum rc add_part(X509_NAME *name, struct str *rest, char separator, struct err *reterr)
{
	AUTO_BUF(value, NAME_MAX_BYTES);
	size_t at = str_find(*rest, '=');
	if (at == rest->n) {
		return err_set(reterr, RC_INVALID,
			       "The name has a part without \"=\"; write it as CN=name, O=company, C=DE.");
	}
	AUTO_FREE char *type = str_dup(str_trim(str_first(*rest, at)));
	*rest = str_skip(*rest, at + 1);
	TRY(take_value(rest, separator, &value));
	struct str trimmed = str_trim(buf_str(&value));
	int position = separator == ',' ? 0 : -1;
	if (!X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const unsigned char *)trimmed.p,
					(int)trimmed.n, position, 0)) {
		char shown[64];
		ERR_clear_error();
		return err_set(reterr, RC_INVALID,
			       "The name's attribute \"%s\" is unknown, or its value does not fit.",
			       str_printable(str_of(type), shown, sizeof(shown)));
	}
	return RC_OK;
}

enum rc name_parse(X509_NAME **ret, struct str text, struct err *reterr)
{
	struct str rest = str_trim(text);
	char separator = rest.n && rest.p[0] == '/' ? '/' : ',';
	if (rest.n > NAME_MAX_BYTES) {
		return err_set(reterr, RC_LIMIT, "The name is longer than %d bytes.", NAME_MAX_BYTES);
	}
	if (separator == '/') {
		rest = str_skip(rest, 1);
	}
	X509_NAME *name = X509_NAME_new();
	ASSERT(name);
	enum rc rc = rest.n ? RC_OK
			    : err_set(reterr, RC_INVALID,
				      "The name is empty; write it as CN=name, O=company, C=DE.");
	for (int parts = 0; rc == RC_OK && rest.n; parts++) {
		if (parts == NAME_MAX_PARTS) {
			rc = err_set(reterr, RC_LIMIT, "The name has more than %d parts.", NAME_MAX_PARTS);
		} else {
			rc = add_part(name, &rest, separator, reterr);
		}
	}
	if (rc != RC_OK) {
		X509_NAME_free(name);
		if (reterr && !reterr->text[0]) {
			(void)err_set(reterr, rc,
				      "The name cannot be read; write it as CN=name, O=company, C=DE.");
		}
		(void)err_field(reterr, "subject");
		return rc;
	}
	*ret = name;
	return RC_OK;
}
