/* SPDX-License-Identifier: Apache-2.0
 * In which form a key store of a destination is good for which client. */
#include "service/keystore/key_store_form.h"

#include "base/memory.h"
#include "container/container.h"
#include "container/kind.h"
#include "container/form.h"
#include "model/reason.h"
#include "pki/paste.h"

#include <stdio.h>
#include <string.h>

/* Source: @sap-cloud-sdk/connectivity 4.9, @sap/approuter 20.10, SAP Cloud SDK for Java 5, as read and
 * run. */
static const struct {
	const char *name;   /* as the command line has it */
	const char *called; /* in sentences */
	unsigned client;
	const char *endings;     /* of names that it takes, each in blanks */
	enum form_client opened; /* what opens it for this client */
} forms[] = {
	{ "sdk-js", "SAP Cloud SDK for JavaScript (CAP)", KEY_STORE_CLIENT_SDK_JS,
	  " .p12 .pfx .pem .jks .keystore ", FORM_CLIENT_node },
	{ "approuter", "approuter", KEY_STORE_CLIENT_APPROUTER, " .p12 ", FORM_CLIENT_node },
	{ "sdk-java", "SAP Cloud SDK for Java", KEY_STORE_CLIENT_SDK_JAVA, " .p12 .pfx .pem .jks ",
	  FORM_CLIENT_java },
};

unsigned key_store_form_client(struct str name)
{
	if (str_is(name, "cap")) {
		return KEY_STORE_CLIENT_SDK_JS;
	}
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (str_is(name, forms[i].name)) {
			return forms[i].client;
		}
	}
	return 0;
}

/* The SDKs read these two themselves. */
#define READ_BY_THE_SDKS ((unsigned)FORM_IS_TEXT | (unsigned)FORM_IS_JAVA)

/* Certificates of CAs alone are meant to be a trust store. */
static bool holds_leaf(struct str bytes)
{
	AUTO_CERT_LIST list = { 0 };
	if (paste_certificates(&list, bytes, NULL) != RC_OK) {
		return false;
	}
	for (size_t i = 0; i < list.n; i++) {
		if (!cert_is_ca(list.items[i])) {
			return true;
		}
	}
	return false;
}

/* The first trait that is a finding, as a warning; NULL where there is none. */
static char *trait_warning(unsigned traits)
{
	for (size_t bit = 0; bit < FORM_TRAIT_COUNT; bit++) {
		AUTO_BUF(text, 1024);
		enum reason reason =
			traits >> bit & 1 ? form_finding((enum form_bit)bit, &text) : REASON_NONE;
		if (reason != REASON_NONE) {
			return mem_printf("%s: %s", reason_info(reason)->code, buf_c(&text));
		}
	}
	return NULL;
}

char *key_store_form_warning(struct str name, struct str bytes)
{
	enum container_kind kind = CONTAINER_PEM, named = CONTAINER_PEM;
	if (!container_kind_of(bytes, &kind)) {
		return mem_strdup("P103: the content is no key store or certificate that Postern can read.");
	}
	if (container_kind_of_name(name, &named) && named != kind && kind != CONTAINER_DER) {
		return mem_printf("D404: the content is %s, but the name says %s; clients go by the name.",
				  container_kind_name(kind), container_kind_name(named));
	}
	unsigned traits = form_of_bytes(bytes);
	if (traits & FORM_OLD_CIPHER) {
		return mem_strdup(
			"P102: encrypted with a legacy cipher that Node 17 and later and OpenSSL 3 refuse; "
			"`postern keypair convert` writes a new one, and so does uploading "
			"with normalize=true and the password.");
	}
	if ((traits & FORM_NO_KEY) && holds_leaf(bytes)) {
		return mem_printf("P125: %s", reason_info(REASON_P125)->title);
	}
	char *of_trait = trait_warning(traits);
	if (of_trait) {
		return of_trait;
	}
	if (kind == CONTAINER_PKCS12 && !str_ends_with(name, STR(".p12"))) {
		return mem_strdup(
			"D404: the approuter takes key stores only under a name that ends in .p12.");
	}
	if (kind == CONTAINER_JKS || kind == CONTAINER_JCEKS) {
		return mem_strdup("D404: the approuter refuses JKS; PKCS#12 with the ending .p12 is taken by "
				  "every client.");
	}
	return NULL;
}

/* ".p12" of "a.b.p12"; as long as the clients' own comparison is literal, so is this one. */
static struct str ending_of(struct str name)
{
	size_t at = name.n;
	while (at > 0 && name.p[at - 1] != '.') {
		at--;
	}
	return at > 0 ? str_skip(name, at - 1) : STR("");
}

static bool takes(const char *endings, struct str ending)
{
	char word[32];
	if (ending.n == 0 || ending.n + 3 > sizeof(word)) {
		return false;
	}
	(void)snprintf(word, sizeof(word), " %.*s ", STR_ARG(ending));
	return strstr(endings, word) != NULL;
}

static void add(struct value *findings, enum reason reason, const char *destination, struct str name,
		const char *text)
{
	AUTO_VALUE *evidence = value_object();
	value_set_c(evidence, "destination", destination);
	value_set_str(evidence, "file", name);
	value_set_str(evidence, "stem", str_first(name, name.n - ending_of(name).n));
	value_append(findings, reason_finding(reason, text, evidence));
}

/* "the approuter" or "the approuter and the SAP Cloud SDK ..."; empty when there is none. */
static void list(unsigned clients, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (clients & forms[i].client) {
			(void)buf_printf(out, "%s%s", out->n ? ", " : "", forms[i].called);
		}
	}
}

static void refused_by(struct value *findings, enum reason reason, const char *destination, struct str name,
		       unsigned clients, const char *because)
{
	char shown[256], shown_name[256];
	AUTO_BUF(who, 256);
	AUTO_BUF(text, 1024);
	if (clients == 0) {
		return;
	}
	list(clients, &who);
	(void)buf_printf(&text, "The destination %s has the key store %s, which cannot be used by %s: %s.",
			 str_printable(str_of(destination), shown, sizeof(shown)),
			 str_printable(name, shown_name, sizeof(shown_name)), buf_c(&who), because);
	add(findings, reason, destination, name, buf_c(&text));
}

/* What stands in the way of one trait, for the clients whose names are taken. */
static void judge_trait(const char *destination, struct str name, enum form_bit bit, unsigned clients,
			struct value *findings)
{
	unsigned refused = 0;
	AUTO_BUF(text, 1024);
	enum reason reason = form_finding(bit, &text);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct form_verdict verdict = form_judge(1U << bit, forms[i].opened);
		if (verdict.outcome <= FORM_WRONG || !(clients & forms[i].client)) {
			continue;
		}
		refused |= forms[i].client;
		buf_clear(&text);
		(void)buf_printf(&text, "%s (%s)", verdict.sentence, verdict.words);
	}
	if (reason == REASON_NONE) {
		reason = bit == FORM_BIT_OLD_CIPHER ? REASON_P102
			 : bit == FORM_BIT_NO_KEY   ? REASON_P104
						    : REASON_D404;
	}
	refused_by(findings, reason, destination, name, refused, buf_c(&text));
}

void key_store_form_judge(const char *destination, struct str name, struct str bytes, unsigned clients,
			  struct value *findings)
{
	enum container_kind kind = CONTAINER_PEM, named = CONTAINER_PEM;
	unsigned by_name = 0;
	if (!container_kind_of(bytes, &kind)) {
		refused_by(findings, REASON_P103, destination, name, clients,
			   "it is no key store that can be read");
		return;
	}
	if (container_kind_of_name(name, &named) && named != kind) {
		refused_by(findings, REASON_D404, destination, name, clients,
			   "its name says something else than its content");
		return;
	}
	unsigned traits = form_of_bytes(bytes) & ~READ_BY_THE_SDKS;
	if (traits & FORM_NO_KEY) {
		judge_trait(destination, name, FORM_BIT_NO_KEY, clients, findings);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (!takes(forms[i].endings, ending_of(name))) {
			by_name |= forms[i].client;
		}
	}
	refused_by(findings, REASON_D404, destination, name, by_name & clients,
		   "names of that ending are not taken there");
	for (size_t bit = 0; bit < FORM_TRAIT_COUNT; bit++) {
		if (traits >> bit & 1) {
			judge_trait(destination, name, (enum form_bit)bit, clients & ~by_name, findings);
		}
	}
}
