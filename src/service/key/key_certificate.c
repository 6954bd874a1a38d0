/* SPDX-License-Identifier: Apache-2.0
 * Certificates of service keys: taken as pasted, judged, kept; and credentials in SAP's shape. */
#include "service/key/key_certificate.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "model/reason.h"
#include "pki/chain/chain_pem.h"
#include "pki/jws.h"
#include "pki/key.h"
#include "pki/paste.h"
#include "pki/tls_key.h"
#include "service/publish/change.h"
#include "service/core/tenant.h"
#include "store/key/service_key_certificate.h"
#include "store/key/token_key.h"

#include <stdio.h>

#define SOON_DAYS 30

static struct value *evidence_of(const struct cert *c)
{
	AUTO_FREE char *name = cert_common_name(c);
	struct value *v = value_object();
	value_set_c(v, "subject", cert_subject(c));
	value_set_c(v, "issuer", cert_issuer(c));
	value_set_c(v, "sha256", cert_sha256(c));
	value_set_c(v, "name", name);
	value_set_wall(v, "not_before", cert_not_before(c));
	value_set_wall(v, "not_after", cert_not_after(c));
	return v;
}

static void warn(struct value *warnings, enum reason reason, const struct cert *c)
{
	AUTO_VALUE *evidence = evidence_of(c);
	value_append(warnings, reason_finding(reason, NULL, evidence));
}

void key_certificate_warn(const struct cert *c, struct wall now, struct value *warnings)
{
	struct wall end = cert_not_after(c);
	if (end.us < now.us || cert_not_before(c).us > now.us) {
		warn(warnings, REASON_P109, c);
	} else if (end.us < now.us + SOON_DAYS * 86400 * US_PER_SECOND) {
		warn(warnings, REASON_P114, c);
	}
	if (!cert_may_client_auth(c)) {
		warn(warnings, REASON_P108, c);
	}
	if (cert_is_weak(c)) {
		warn(warnings, REASON_P110, c);
	}
	if (tls_key_judge(c) != TLS_KEY_GOOD) {
		warn(warnings, tls_key_judge(c) == TLS_KEY_NONE ? REASON_P128 : REASON_P129, c);
	}
}

/* Refuse with a reason and a sentence of its own. */
static enum rc refuse(struct err *reterr, enum rc rc, enum reason reason, const struct cert *c,
		      const char *text)
{
	AUTO_VALUE *evidence = evidence_of(c);
	struct err full = { 0 };
	(void)reason_err(&full, rc, reason, evidence);
	(void)err_set(reterr, rc, "%s", text);
	(void)err_reason(reterr, full.reason);
	(void)err_fix(reterr, "%s", full.fix);
	return err_field(reterr, "certificate");
}

enum rc key_certificate_judge(const struct cert *c, struct wall now, struct err *reterr)
{
	char end[WALL_TEXT_SIZE];
	char text[512];
	if (cert_is_ca(c)) {
		(void)snprintf(text, sizeof(text),
			       cert_is_self_signed(c) ? "The certificate %.200s is self-signed and says "
							"CA:TRUE, so it is a CA certificate; a sender "
							"needs a leaf certificate that a CA has signed."
						      : "The certificate %.200s is a CA certificate; give "
							"the sender's own, the leaf.",
			       cert_subject(c));
		return refuse(reterr, RC_INVALID, REASON_P112, c, text);
	}
	if (cert_is_self_signed(c)) {
		(void)snprintf(text, sizeof(text),
			       "The certificate %.200s is self-signed: no trust anchor can lead to it, so "
			       "every call would be refused.",
			       cert_subject(c));
		return refuse(reterr, RC_INVALID, REASON_P113, c, text);
	}
	if (cert_not_after(c).us < now.us) {
		(void)snprintf(text, sizeof(text), "The certificate %.200s expired on %s.", cert_subject(c),
			       wall_format(cert_not_after(c), end));
		return refuse(reterr, RC_INVALID, REASON_P109, c, text);
	}
	return RC_OK;
}

/* Name the key that holds a certificate already. */
static enum rc refuse_held(struct session *session, const struct store_service_key_certificate *held,
			   struct err *reterr)
{
	AUTO(store_service_key_fini) struct store_service_key key = { 0 };
	AUTO(store_instance_fini) struct store_instance instance = { 0 };
	AUTO_VALUE *evidence = value_object();
	struct err full = { 0 };
	TRY(store_service_key_get(session->store, held->tenant, held->key, &key, reterr));
	TRY(store_instance_get(session->store, held->tenant, key.instance, &instance, reterr));
	value_set_c(evidence, "instance", instance.name);
	value_set_c(evidence, "key", key.name);
	(void)reason_err(&full, RC_CONFLICT, REASON_S305, evidence);
	(void)err_set(reterr, RC_CONFLICT,
		      "The certificate %.200s is held by the service key %s of the instance %s already.",
		      held->subject, key.name, instance.name);
	(void)err_reason(reterr, full.reason);
	(void)err_fix(reterr, "%s", full.fix);
	return err_field(reterr, "certificate");
}

static enum rc check_free(struct session *session, const char *tenant, const struct cert *c,
			  struct err *reterr)
{
	AUTO(store_service_key_certificate_fini) struct store_service_key_certificate held = { 0 };
	enum rc rc = store_service_key_certificate_get(session->store, tenant, cert_sha256(c), &held, reterr);
	if (rc == RC_OK) {
		return refuse_held(session, &held, reterr);
	}
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* Text may be base64 of a whole PEM file, as programs send it; a person pastes PEM or base64 of DER. */
static enum rc paste(struct str text, struct cert_list *ret, struct err *reterr)
{
	AUTO_BUF(bytes, PASTE_MAX_BYTES);
	if (text.n <= PASTE_MAX_BYTES && str_find_str(text, STR("-----BEGIN")) == text.n &&
	    base64_decode(&bytes, text, true) == RC_OK &&
	    str_find_str(buf_str(&bytes), STR("-----BEGIN")) < bytes.n) {
		return paste_certificates(ret, buf_str(&bytes), reterr);
	}
	return paste_certificates(ret, text, reterr);
}

enum rc key_certificate_take(struct session *session, const char *tenant, struct str text,
			     struct cert_list *ret_chain, struct err *reterr)
{
	AUTO_CERT_LIST pasted = { 0 };
	struct cert *leaf;
	enum rc rc = paste(text, &pasted, reterr);
	if (rc != RC_OK) {
		return err_field(reterr, "certificate");
	}
	leaf = paste_leaf(&pasted);
	TRY(key_certificate_judge(leaf, wall_now(), reterr));
	TRY(check_free(session, tenant, leaf, reterr));
	for (size_t i = 0; i < pasted.n; i++) {
		if (pasted.items[i] == leaf) {
			cert_list_sort_chain(&pasted, i);
			break;
		}
	}
	for (size_t i = 0; i < pasted.n; i++) {
		cert_list_add(ret_chain, pasted.items[i]);
	}
	return RC_OK;
}

enum rc key_certificate_add(struct session *session, const struct store_service_key *key,
			    const struct cert_list *chain, struct err *reterr)
{
	const struct cert *leaf = chain->items[0];
	AUTO_FREE char *pem = chain_pem_format(chain);
	const char *issuer_key = NULL;
	for (size_t i = 1; i < chain->n && !issuer_key; i++) {
		if (cert_issued(chain->items[i], leaf)) {
			issuer_key = cert_public_key_sha256(chain->items[i]);
		}
	}
	return store_service_key_certificate_insert(session->store,
						    &(struct store_service_key_certificate){
							    .tenant = key->tenant,
							    .sha256 = cert_sha256(leaf),
							    .key = key->id,
							    .chain = pem,
							    .subject = cert_subject(leaf),
							    .issuer = cert_issuer(leaf),
							    .serial = cert_serial(leaf),
							    .public_key_sha256 = cert_public_key_sha256(leaf),
							    .issuer_public_key_sha256 = issuer_key,
							    .not_before = cert_not_before(leaf),
							    .not_after = cert_not_after(leaf),
							    .created = wall_now() },
						    reterr);
}

static struct value *details(const struct cert *c)
{
	struct value *v = value_object();
	char text[WALL_TEXT_SIZE];
	AUTO_FREE char *serial = mem_printf("0x%s", cert_serial(c));
	value_set_c(v, "issuerdn", cert_issuer(c));
	value_set_c(v, "subjectdn", cert_subject(c));
	value_set_c(v, "validuntil", wall_format_ms(cert_not_after(c), text));
	value_set_c(v, "serialnumber", serial);
	return v;
}

static enum rc add_private_key(struct session *session, const struct store_service_key *row, struct value *v,
			       struct err *reterr)
{
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_BUF_SECRET(pem, KEY_MAX_BYTES * 2);
	AUTO(key_free_cleanup) struct key *key = NULL;
	TRY(service_unseal(session, row->tenant, "service_key", row->id, row->key, &der, reterr));
	TRY(key_new_der(&key, buf_str(&der), reterr));
	if (key_format_pem(key, STR_NONE, &pem) != RC_OK) {
		return err_set(reterr, RC_BUG, "The key cannot be written.");
	}
	value_set_str(v, "key", buf_str(&pem));
	return RC_OK;
}

/* Secret, or certificate with or without key: what the key gives its holder. */
static enum rc add_proof(struct session *session, const struct store_service_key *row, struct value *v,
			 bool with_details, struct err *reterr)
{
	AUTO(store_service_key_certificate_list_fini) struct store_service_key_certificate_list list = { 0 };
	AUTO_CERT_LIST chain = { 0 };
	if (row->secret.p) {
		AUTO_BUF_SECRET(secret, 1024);
		TRY(service_unseal(session, row->tenant, "service_key", row->id, row->secret, &secret,
				   reterr));
		value_set_str(v, "clientsecret", buf_str(&secret));
		return RC_OK;
	}
	TRY(store_service_key_certificate_list_of_key(session->store, row->tenant, row->id, &list, reterr));
	/* The private key belongs to the certificate issued with it, which is the oldest. */
	if (list.n == 0) {
		return RC_OK;
	}
	const char *pem = list.items[row->key.p ? 0 : list.n - 1].chain;
	value_set_c(v, "certificate", pem);
	TRY(chain_pem_parse(pem, &chain, reterr));
	if (with_details) {
		value_set(v, "certificatedetails", details(chain.items[0]));
	}
	return row->key.p ? add_private_key(session, row, v, reterr) : RC_OK;
}

/* Source: SAP, Service Key Types; an app without secret gets its token where certificates are asked for. */
static enum rc runtime_credentials(struct session *session, const struct store_instance *instance,
				   const struct store_service_key *row, struct value **ret,
				   struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	struct value *oauth = value_object();
	char created[WALL_TEXT_SIZE];
	AUTO_FREE char *gateway = service_tenant_url(session, "gateway_url", row->tenant);
	AUTO_FREE char *management = service_tenant_url(session, "management_url", row->tenant);
	AUTO_FREE char *token_url = mem_printf("%s/oauth/token", row->secret.p ? management : gateway);
	value_set(v, "oauth", oauth);
	value_set_c(oauth, "clientid", row->client_id);
	TRY(add_proof(session, row, oauth, true, reterr));
	value_set_c(oauth, "url", strcmp(instance->plan, "api") == 0 ? management : gateway);
	value_set_c(oauth, "tokenurl", token_url);
	value_set_c(oauth, "createdate", wall_format_ms(row->created, created));
	*ret = TAKE(v);
	return RC_OK;
}

static enum rc add_verification_key(struct session *session, const char *tenant, struct value *v,
				    struct err *reterr)
{
	AUTO(store_token_key_list_fini) struct store_token_key_list list = { 0 };
	struct jws_key *key = NULL;
	TRY(store_token_key_list_all(session->store, tenant, &list, reterr));
	if (list.n > 0) {
		TRY(jws_key_new(&key, list.items[0].kid, list.items[0].public_key, reterr));
		AUTO_VALUE *jwk = jws_key_to_value(key);
		value_set_c(v, "verificationkey", value_get_c(jwk, "value"));
		jws_key_free(key);
	}
	return RC_OK;
}

/* The token server's root is `url`, the service's base `uri`; clients drop a path of the first. */
static enum rc destination_credentials(struct session *session, const struct store_instance *instance,
				       const struct store_service_key *row, struct value **ret,
				       struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	AUTO_FREE char *tenant_id = NULL;
	AUTO_FREE char *management = service_tenant_url(session, "management_url", row->tenant);
	AUTO_FREE char *gateway = service_tenant_url(session, "gateway_url", row->tenant);
	TRY(service_tenant_id(session, row->tenant, &tenant_id, reterr));
	value_set_c(v, "clientid", row->client_id);
	TRY(add_proof(session, row, v, false, reterr));
	value_set_c(v, "url", management);
	value_set_c(v, "uri", management);
	if (!row->secret.p) {
		value_set_c(v, "certurl", gateway);
	}
	value_set_c(v, "credential-type", row->secret.p ? "binding-secret" : "x509");
	value_set_c(v, "uaadomain", setting_text_in(session->service->settings, SETTING_host));
	value_set_c(v, "tenantid", tenant_id);
	value_set_c(v, "tenantmode", "dedicated");
	value_set_c(v, "identityzone", row->tenant);
	value_set_c(v, "xsappname", row->client_id + strlen("sb-"));
	value_set_c(v, "instanceid", instance->id);
	TRY(add_verification_key(session, row->tenant, v, reterr));
	*ret = TAKE(v);
	return RC_OK;
}

enum rc key_certificate_credentials(struct session *session, const struct store_instance *instance,
				    const struct store_service_key *key, struct value **ret,
				    struct err *reterr)
{
	return strcmp(instance->service, "destination") == 0
		       ? destination_credentials(session, instance, key, ret, reterr)
		       : runtime_credentials(session, instance, key, ret, reterr);
}
