/* SPDX-License-Identifier: Apache-2.0
 * Reading a certificate's facts, once. */
#include "base/encoding.h"
#include "base/memory.h"
#include "model/dn.h"
#include "pki/cert_internal.h"
#include "pki/name.h"
#include "pki/public_key.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

/* Of extended key usages, and of alternative names; those behind them are passed over. */
#define MAX_NAMES 100

static void names_add(struct cert_names *names, const char *text)
{
	if (names->n >= MAX_NAMES) {
		return;
	}
	names->items = mem_resize(names->items, names->n + 1, sizeof(char *));
	names->items[names->n++] = mem_strdup(text);
}

static bool read_time(const ASN1_TIME *t, struct wall *ret)
{
	struct tm tm;
	if (!ASN1_TIME_to_tm(t, &tm)) {
		return false;
	}
	*ret = wall_from_seconds((int64_t)timegm(&tm));
	return true;
}

static void digest(const EVP_MD *md, struct str bytes, char *out)
{
	unsigned char value[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (!EVP_Digest(bytes.p, bytes.n, value, &n, md, NULL)) {
		n = 0;
	}
	hex_format(value, n, out);
}

static void read_key(struct cert *c)
{
	EVP_PKEY *key = X509_get0_pubkey(c->x509);
	unsigned char *spki = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x509), &spki);
	if (n > 0) {
		digest(EVP_sha256(), str_from(spki, (size_t)n), c->public_key_sha256);
	}
	OPENSSL_free(spki);
	public_key_describe(key, c->key_text, sizeof(c->key_text));
	c->weak_key = !public_key_is_strong(key);
}

static void read_signature(struct cert *c)
{
	int nid = X509_get_signature_nid(c->x509);
	int md = NID_undef;
	(void)snprintf(c->signature_text, sizeof(c->signature_text), "%s",
		       OBJ_nid2ln(nid) ? OBJ_nid2ln(nid) : "unknown");
	c->weak_digest =
		OBJ_find_sigid_algs(nid, &md, NULL) && (md == NID_md5 || md == NID_sha1 || md == NID_md4);
}

static void read_eku(struct cert *c)
{
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(c->x509, NID_ext_key_usage, NULL, NULL);
	c->has_eku = X509_get_ext_by_NID(c->x509, NID_ext_key_usage, -1) >= 0;
	c->client_auth = c->server_auth = !c->has_eku;
	for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages); i++) {
		const ASN1_OBJECT *o = sk_ASN1_OBJECT_value(usages, i);
		int nid = OBJ_obj2nid(o);
		char oid[80];
		(void)OBJ_obj2txt(oid, sizeof(oid), o, 1);
		names_add(&c->eku, nid != NID_undef && OBJ_nid2sn(nid) ? OBJ_nid2sn(nid) : oid);
		c->client_auth |= nid == NID_client_auth || nid == NID_anyExtendedKeyUsage;
		c->server_auth |= nid == NID_server_auth || nid == NID_anyExtendedKeyUsage;
	}
	/* OpenSSL's short names are in capitals of its own; the field writes them as RFC 5280 does. */
	for (size_t i = 0; i < c->eku.n; i++) {
		c->eku.items[i][0] = char_lower(c->eku.items[i][0]);
	}
	EXTENDED_KEY_USAGE_free(usages);
}

static void add_ip(struct cert_names *san, const ASN1_OCTET_STRING *ip)
{
	const unsigned char *b = ASN1_STRING_get0_data(ip);
	char text[64];
	if (ASN1_STRING_length(ip) == 4) {
		(void)snprintf(text, sizeof(text), "IP:%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
		names_add(san, text);
	} else if (ASN1_STRING_length(ip) == 16) {
		size_t used = (size_t)snprintf(text, sizeof(text), "IP:");
		for (int i = 0; i < 16; i += 2) {
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%x", i ? ":" : "",
						 (unsigned)(b[i] << 8 | b[i + 1]));
		}
		names_add(san, text);
	}
}

static void read_san(struct cert *c)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(c->x509, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		const char *kind = g->type == GEN_DNS     ? "DNS"
				   : g->type == GEN_URI   ? "URI"
				   : g->type == GEN_EMAIL ? "email"
							  : NULL;
		if (g->type == GEN_IPADD) {
			add_ip(&c->san, g->d.iPAddress);
		} else if (kind) {
			char shown[300];
			const ASN1_STRING *s = g->d.ia5;
			str_printable(str_from(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)),
				      shown, sizeof(shown));
			AUTO_FREE char *text = mem_printf("%s:%s", kind, shown);
			names_add(&c->san, text);
		}
	}
	GENERAL_NAMES_free(names);
}

static bool read_serial(struct cert *c)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(c->x509), NULL);
	char *hex = n ? BN_bn2hex(n) : NULL;
	bool ok = hex && strlen(hex) < sizeof(c->serial);
	if (ok) {
		(void)snprintf(c->serial, sizeof(c->serial), "%s", hex);
	}
	OPENSSL_free(hex);
	BN_free(n);
	return ok;
}

bool cert_facts_read(struct cert *c)
{
	unsigned n = 0;
	c->subject = name_format(X509_get_subject_name(c->x509));
	c->issuer = name_format(X509_get_issuer_name(c->x509));
	if (!c->subject || !c->issuer || !read_serial(c) ||
	    !read_time(X509_get0_notBefore(c->x509), &c->not_before) ||
	    !read_time(X509_get0_notAfter(c->x509), &c->not_after) ||
	    !EVP_Digest(c->der.p, c->der.n, c->sha256_bytes, &n, EVP_sha256(), NULL)) {
		return false;
	}
	c->subject_name = dn_canonical_dup(c->subject);
	c->issuer_name = dn_canonical_dup(c->issuer);
	hex_format(c->sha256_bytes, sizeof(c->sha256_bytes), c->sha256);
	digest(EVP_sha1(), c->der, c->sha1);
	digest(EVP_sha512(), c->der, c->sha512);
	/* CA:TRUE makes a CA whatever its key usage says: X509_check_ca() alone would call one without
	 * keyCertSign none. */
	int kind = X509_check_ca(c->x509);
	c->is_ca = kind == 1 || kind == 3 || kind == 4 || (X509_get_extension_flags(c->x509) & EXFLAG_CA);
	read_key(c);
	read_signature(c);
	read_eku(c);
	read_san(c);
	ERR_clear_error();
	return true;
}
