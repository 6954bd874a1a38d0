/* SPDX-License-Identifier: Apache-2.0
 * What a file is: by its first bytes, or by the name it is to have. */
#include "container/kind.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>

static bool has_magic(struct str bytes, const char *magic)
{
	return bytes.n >= 4 && memcmp(bytes.p, magic, 4) == 0;
}

bool container_is_base64_text(struct str bytes)
{
	struct str text = str_trim(bytes);
	return text.n > 64 && (str_starts_with(text, STR("MI")) || str_starts_with(text, STR("/u3+7Q")) ||
			       str_starts_with(text, STR("zs7Ozg")));
}

/* Whether DER looks like a PFX: a sequence that begins with version 3 and a ContentInfo. */
static bool is_pkcs12(struct str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	long n = 0;
	int tag = 0;
	int class = 0;
	int form = ASN1_get_object(&p, &n, &tag, &class, (long)bytes.n);
	ERR_clear_error();
	/* A truncated file fails the length check (0x80), yet it is still told for what it is. */
	size_t head = (size_t)((const char *)p - bytes.p);
	return tag == V_ASN1_SEQUENCE && (form & V_ASN1_CONSTRUCTED) && bytes.n >= head + 4 &&
	       memcmp(bytes.p + head, "\x02\x01\x03\x30", 4) == 0;
}

/* Whether DER is PKCS#7 signed data. */
static bool is_pkcs7(struct str der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)der.n);
	bool is = p7 && OBJ_obj2nid(p7->type) == NID_pkcs7_signed;
	PKCS7_free(p7);
	ERR_clear_error();
	return is;
}

bool container_kind_of(struct str bytes, enum container_kind *ret)
{
	if (has_magic(bytes, "\xFE\xED\xFE\xED")) {
		*ret = CONTAINER_JKS;
	} else if (has_magic(bytes, "\xCE\xCE\xCE\xCE")) {
		*ret = CONTAINER_JCEKS;
	} else if (str_find_str(bytes, STR("-----BEGIN PKCS7")) < bytes.n ||
		   str_find_str(bytes, STR("-----BEGIN CMS")) < bytes.n) {
		*ret = CONTAINER_PKCS7;
	} else if (str_find_str(bytes, STR("-----BEGIN ")) < bytes.n) {
		*ret = CONTAINER_PEM;
	} else if (bytes.n && bytes.p[0] == 0x30) {
		*ret = is_pkcs12(bytes)  ? CONTAINER_PKCS12
		       : is_pkcs7(bytes) ? CONTAINER_PKCS7
					 : CONTAINER_DER;
	} else if (container_is_base64_text(bytes)) {
		*ret = CONTAINER_PEM;
	} else {
		return false;
	}
	return true;
}

bool container_kind_of_name(struct str file_name, enum container_kind *ret)
{
	static const struct {
		struct str extension;
		enum container_kind kind;
	} table[] = {
		{ STR(".p12"), CONTAINER_PKCS12 }, { STR(".pfx"), CONTAINER_PKCS12 },
		{ STR(".jks"), CONTAINER_JKS },    { STR(".pem"), CONTAINER_PEM },
		{ STR(".cer"), CONTAINER_PEM },    { STR(".crt"), CONTAINER_PEM },
		{ STR(".der"), CONTAINER_DER },    { STR(".p7b"), CONTAINER_PKCS7 },
		{ STR(".p7c"), CONTAINER_PKCS7 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		size_t n = table[i].extension.n;
		if (file_name.n > n &&
		    str_equal_nocase(str_skip(file_name, file_name.n - n), table[i].extension)) {
			*ret = table[i].kind;
			return true;
		}
	}
	return false;
}
