/* SPDX-License-Identifier: Apache-2.0
 * Traits of files, and the table of clients. */
#include "container/form.h"

#include "container/kind.h"
#include "container/der.h"
#include "pki/paste.h"

static const struct {
	enum reason reason;
	const char *sentence;
} traits_table[FORM_TRAIT_COUNT] = {
#define TRAIT(name, reason, sentence) [FORM_BIT_##name] = { reason, sentence },
#define CLIENT(trait, client, outcome, words)
#include "container/forms.def"
#undef TRAIT
#undef CLIENT
};

static const struct {
	enum form_bit trait;
	enum form_client client;
	enum form_outcome outcome;
	const char *words;
} rows[] = {
#define TRAIT(name, reason, sentence)
#define CLIENT(trait, client, outcome, words) \
	{ FORM_BIT_##trait, FORM_CLIENT_##client, FORM_##outcome, words },
#include "container/forms.def"
#undef TRAIT
#undef CLIENT
};

static const struct {
	const char *name, *called;
} clients[FORM_CLIENT_COUNT] = {
	[FORM_CLIENT_node] = { "node", "Node 18 and later" },
	[FORM_CLIENT_java] = { "java", "Java 17" },
	[FORM_CLIENT_openssl] = { "openssl", "OpenSSL 3.0" },
};

const char *form_client_name(enum form_client client)
{
	return clients[client].name;
}

const char *form_client_called(enum form_client client)
{
	return clients[client].called;
}

const char *form_outcome_name(enum form_outcome outcome)
{
	static const char *const names[] = { "opens", "wrong", "empty", "refuses" };
	return names[outcome];
}

struct form_verdict form_judge(unsigned traits, enum form_client client)
{
	struct form_verdict worst = { FORM_OPENS, "", "" };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].client == client && (traits >> rows[i].trait & 1) &&
		    rows[i].outcome > worst.outcome) {
			worst = (struct form_verdict){ rows[i].outcome, traits_table[rows[i].trait].sentence,
						       rows[i].words };
		}
	}
	return worst;
}

enum reason form_finding(enum form_bit bit, struct buf *out)
{
	static const char *const verbs[] = { "opens it", "takes the wrong one", "sees no key in it",
					     "refuses it" };
	bool any = false;
	(void)buf_add_c(out, traits_table[bit].sentence);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].trait != bit) {
			continue;
		}
		(void)buf_printf(out, "%s %s %s (%s)", any ? "," : ":", form_client_called(rows[i].client),
				 verbs[rows[i].outcome], rows[i].words);
		any = true;
	}
	(void)buf_add_c(out, ".");
	return traits_table[bit].reason;
}

static bool has(struct str bytes, struct str part)
{
	return str_find_str(bytes, part) < bytes.n;
}

/* Identifiers of old ciphers stand in the clear: pkcs-12PbeIds (RFC 7292, appendix C), RC4 and RC2;
 * 3DES everybody still opens. */
static bool has_old_cipher(struct str bytes)
{
	static const char arc[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01";
	static const char last[] = { 1, 2, 5, 6 };
	for (size_t i = 0; i < sizeof(last); i++) {
		char id[sizeof(arc)];
		memcpy(id, arc, sizeof(arc) - 1);
		id[sizeof(arc) - 1] = last[i];
		if (has(bytes, str_from(id, sizeof(id)))) {
			return true;
		}
	}
	return false;
}

static unsigned form_of_pkcs12(struct str bytes)
{
	static const struct str key_bag = STR("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01");
	static const struct str pbmac1 = STR("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e");
	struct der_element whole, version, content, mac;
	unsigned traits =
		(has(bytes, key_bag) ? FORM_CLEAR_KEY : 0) | (has_old_cipher(bytes) ? FORM_OLD_CIPHER : 0);
	if (!der_next(&bytes, &whole) || !der_next(&whole.content, &version) ||
	    !der_next(&whole.content, &content)) {
		return traits;
	}
	if (!der_next(&whole.content, &mac)) {
		return traits | FORM_NO_MAC;
	}
	return traits | (has(mac.content, pbmac1) ? FORM_PBMAC1 : 0);
}

static bool is_ca_first(struct str text)
{
	AUTO_CERT_LIST list = { 0 };
	if (paste_certificates(&list, text, NULL) != RC_OK || !cert_is_ca(list.items[0])) {
		return false;
	}
	for (size_t i = 1; i < list.n; i++) {
		if (!cert_is_ca(list.items[i])) {
			return true;
		}
	}
	return false;
}

static unsigned form_of_text(struct str text)
{
	static const struct str begin = STR("-----BEGIN CERTIFICATE-----");
	bool has_key = has(text, STR("PRIVATE KEY-----"));
	struct str behind = str_skip(text, str_find_str(text, begin));
	unsigned traits = FORM_IS_TEXT | (has_key ? 0 : FORM_NO_KEY);
	if (behind.n > begin.n && behind.p[begin.n] != '\n' && behind.p[begin.n] != '\r') {
		traits |= FORM_ONE_LINE;
	}
	if (has_key && is_ca_first(text)) {
		traits |= FORM_CA_FIRST;
	}
	return traits;
}

unsigned form_of_bytes(struct str bytes)
{
	enum container_kind kind;
	struct cert *cert = NULL;
	if (!container_kind_of(bytes, &kind)) {
		return 0;
	}
	switch (kind) {
	case CONTAINER_PKCS12: return form_of_pkcs12(bytes);
	case CONTAINER_JKS:
	case CONTAINER_JCEKS: return FORM_IS_JAVA;
	case CONTAINER_PEM: return form_of_text(bytes);
	case CONTAINER_PKCS7: return FORM_IS_TEXT | FORM_NO_KEY;
	case CONTAINER_DER: break;
	}
	bool is_certificate = cert_new_der(&cert, bytes, NULL) == RC_OK;
	cert_free(cert);
	return FORM_IS_TEXT | (is_certificate ? FORM_NO_KEY : 0);
}
