/* SPDX-License-Identifier: Apache-2.0
 * Kinds of keys by their object identifiers. */
#include "container/key_kind.h"

#include "container/encryption.h"
#include "model/reason.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>

/* What people meet and OpenSSL 3.0 does not know. Source:
 * NIST CSOR, RFC 9708, RFC 9802, RFC 4357, RFC 9215, GM/T 0006. */
static const struct {
	const char *oid;
	const char *name;
} kinds[] = {
	{ "2.16.840.1.101.3.4.4.1", "ML-KEM-512" },
	{ "2.16.840.1.101.3.4.4.2", "ML-KEM-768" },
	{ "2.16.840.1.101.3.4.4.3", "ML-KEM-1024" },
	{ "2.16.840.1.101.3.4.3.17", "ML-DSA-44" },
	{ "2.16.840.1.101.3.4.3.18", "ML-DSA-65" },
	{ "2.16.840.1.101.3.4.3.19", "ML-DSA-87" },
	{ "2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s" },
	{ "2.16.840.1.101.3.4.3.21", "SLH-DSA-SHA2-128f" },
	{ "2.16.840.1.101.3.4.3.22", "SLH-DSA-SHA2-192s" },
	{ "2.16.840.1.101.3.4.3.23", "SLH-DSA-SHA2-192f" },
	{ "2.16.840.1.101.3.4.3.24", "SLH-DSA-SHA2-256s" },
	{ "2.16.840.1.101.3.4.3.25", "SLH-DSA-SHA2-256f" },
	{ "2.16.840.1.101.3.4.3.26", "SLH-DSA-SHAKE-128s" },
	{ "2.16.840.1.101.3.4.3.27", "SLH-DSA-SHAKE-128f" },
	{ "2.16.840.1.101.3.4.3.28", "SLH-DSA-SHAKE-192s" },
	{ "2.16.840.1.101.3.4.3.29", "SLH-DSA-SHAKE-192f" },
	{ "2.16.840.1.101.3.4.3.30", "SLH-DSA-SHAKE-256s" },
	{ "2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f" },
	{ "1.2.840.113549.1.9.16.3.17", "HSS/LMS" },
	{ "1.3.6.1.5.5.7.6.34", "XMSS" },
	{ "1.2.643.2.2.19", "GOST R 34.10-2001" },
	{ "1.2.643.7.1.1.1.1", "GOST R 34.10-2012, 256 bit" },
	{ "1.2.643.7.1.1.1.2", "GOST R 34.10-2012, 512 bit" },
	{ "1.2.156.10197.1.301", "SM2" },
};

static bool is_read_by_openssl(int nid)
{
	static const int known[] = { NID_rsaEncryption,
				     NID_rsassaPss,
				     NID_X9_62_id_ecPublicKey,
				     NID_dsa,
				     NID_dsa_2,
				     NID_dhKeyAgreement,
				     NID_dhpublicnumber,
				     NID_ED25519,
				     NID_ED448,
				     NID_X25519,
				     NID_X448 };
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (nid == known[i]) {
			return true;
		}
	}
	return false;
}

static const char *name_of(const char *oid)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(oid, kinds[i].oid) == 0) {
			return kinds[i].name;
		}
	}
	return NULL;
}

/* "an elliptic curve" where the key is EC on a curve that OpenSSL lacks; its OID into oid. */
static bool is_unknown_curve(const X509_ALGOR *algorithm, char *oid, size_t size)
{
	const ASN1_OBJECT *object = NULL;
	const void *value = NULL;
	int type = V_ASN1_UNDEF;
	X509_ALGOR_get0(&object, &type, &value, algorithm);
	if (OBJ_obj2nid(object) != NID_X9_62_id_ecPublicKey || type != V_ASN1_OBJECT) {
		return false;
	}
	EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_obj2nid(value));
	EC_GROUP_free(group);
	(void)OBJ_obj2txt(oid, (int)size, value, 1);
	return group == NULL;
}

/* Whether the kind, not the bytes, is why it cannot be read; then what to call it. */
static bool is_unsupported(struct str der, char *ret, size_t size)
{
	char oid[80] = "";
	const unsigned char *p = (const unsigned char *)der.p;
	const ASN1_OBJECT *object = NULL;
	const X509_ALGOR *algorithm = NULL;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.n);
	bool is = false;
	if (info && PKCS8_pkey_get0(&object, NULL, NULL, &algorithm, info)) {
		(void)OBJ_obj2txt(oid, sizeof(oid), object, 1);
		const char *name = name_of(oid);
		if (!name && !is_read_by_openssl(OBJ_obj2nid(object))) {
			name = "an unknown kind";
		}
		if (!name && is_unknown_curve(algorithm, oid, sizeof(oid))) {
			name = "an elliptic curve that is not known";
		}
		is = name != NULL;
		(void)snprintf(ret, size, "%s (%s)", name ? name : "", oid);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	return is;
}

enum rc key_kind_read(struct container *c, struct str der, const char *alias, struct key **ret,
		      struct err *reterr)
{
	char kind[160];
	*ret = NULL;
	if (key_new_der(ret, der, NULL) == RC_OK) {
		return RC_OK;
	}
	if (!is_unsupported(der, kind, sizeof(kind))) {
		return encryption_damaged(reterr, "its private key cannot be read");
	}
	container_pass_over(c, REASON_P119, alias, "a private key of a kind that is not supported: %s", kind);
	return RC_OK;
}
