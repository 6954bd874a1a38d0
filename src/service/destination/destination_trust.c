/* SPDX-License-Identifier: Apache-2.0
 * Trust key pairs: made, renewed, rotated, told as metadata of an identity provider. */
#include "service/destination/destination_trust.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "pki/authority.h"
#include "service/publish/change.h"
#include "service/destination/destination.h"
#include "service/destination/destination_row.h"
#include "service/core/tenant.h"

#define TRUST_DAYS 730
#define XML_MAX ((size_t)512 * 1024)

static struct destination_at slot_of(const char *tenant, bool passive)
{
	return (struct destination_at){ DESTINATION_TRUST, tenant, "", passive ? "passive" : "active" };
}

static enum rc absent(struct session *session, const char *tenant, bool passive, struct err *reterr)
{
	AUTO_FREE char *id = NULL;
	TRY(service_tenant_id(session, tenant, &id, reterr));
	return err_set(reterr, RC_NOT_FOUND, "%s for subaccount - %s does not exist",
		       passive ? "Passive Keypair" : "Keypair", id);
}

enum rc service_destination_trust_get(struct session *session, const char *tenant, bool passive, char **ret,
				      struct err *reterr)
{
	const struct destination_at at = slot_of(tenant, passive);
	const struct destination_row *kept = destination_row_find(session, &at);
	AUTO_VALUE *v = NULL;
	if (!kept) {
		return absent(session, tenant, passive, reterr);
	}
	TRY(value_parse(&v, str_of(kept->row.configuration), DESTINATION_JSON_MAX, reterr));
	*ret = mem_strdup(value_get_c(v, "certificate"));
	return RC_OK;
}

/* A self-signed certificate in the subaccount's name. */
static enum rc certificate_make(struct session *session, const char *tenant, const struct key *key,
				char **ret, struct err *reterr)
{
	AUTO(cert_free_cleanup) struct cert *made = NULL;
	AUTO_FREE char *id = NULL;
	TRY(service_tenant_id(session, tenant, &id, reterr));
	AUTO_FREE char *subject = mem_printf("CN=%s, OU=Destination Configuration, O=Postern", id);
	const struct authority_order order = { .subject = str_of(subject),
					       .usage = AUTHORITY_BOTH,
					       .path_length = -1,
					       .not_before = authority_start(wall_now()),
					       .days = TRUST_DAYS };
	TRY(authority_issue(&made, &order, key, NULL, NULL, reterr));
	*ret = cert_pem(made);
	return RC_OK;
}

static enum rc slot_write(struct session *session, const char *tenant, bool passive, const char *certificate,
			  struct str key, struct err *reterr)
{
	const struct destination_at at = slot_of(tenant, passive);
	const struct destination_row *old = destination_row_find(session, &at);
	AUTO_VALUE *v = value_object();
	AUTO_BUF(configuration, DESTINATION_JSON_MAX);
	AUTO_BUF(sealed, KEY_MAX_BYTES + 1024);
	struct store_destination row = destination_row_key(&at);
	value_set_c(v, "certificate", certificate);
	if (value_format(v, &configuration) != RC_OK) {
		return err_set(reterr, RC_BUG, "The certificate cannot be written.");
	}
	TRY(destination_row_seal(session, &row, key, &sealed, reterr));
	row.configuration = buf_c(&configuration);
	row.secrets = buf_str(&sealed);
	row.labels = "[]";
	row.modified = wall_now();
	row.created = old ? old->row.created : row.modified;
	return destination_row_write(session, &row, !old, NULL, reterr);
}

enum rc service_destination_trust_put(struct session *session, const char *tenant, bool passive,
				      const struct key *key, char **ret, struct err *reterr)
{
	AUTO_FREE char *certificate = NULL;
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	TRY(certificate_make(session, tenant, key, &certificate, reterr));
	if (key_format_pkcs8(key, &der) != RC_OK) {
		return err_set(reterr, RC_BUG, "The key cannot be written.");
	}
	TRY(slot_write(session, tenant, passive, certificate, buf_str(&der), reterr));
	*ret = TAKE(certificate);
	return RC_OK;
}

enum rc service_destination_trust_delete(struct session *session, const char *tenant, struct err *reterr)
{
	const struct destination_at at = slot_of(tenant, true);
	if (!destination_row_find(session, &at)) {
		return absent(session, tenant, true, reterr);
	}
	return service_destination_delete(session, &at, reterr);
}

static enum rc key_open(struct session *session, const char *tenant, bool passive, struct buf *out,
			struct err *reterr)
{
	const struct destination_at at = slot_of(tenant, passive);
	const struct destination_row *kept = destination_row_find(session, &at);
	if (!kept) {
		return absent(session, tenant, passive, reterr);
	}
	return destination_row_unseal(session, &kept->row, kept->row.secrets, out, reterr);
}

enum rc service_destination_trust_rotate(struct session *session, const char *tenant, struct value **ret,
					 struct err *reterr)
{
	AUTO_BUF_SECRET(active_key, KEY_MAX_BYTES);
	AUTO_BUF_SECRET(passive_key, KEY_MAX_BYTES);
	AUTO_FREE char *active = NULL;
	AUTO_FREE char *passive = NULL;
	TRY(service_destination_trust_get(session, tenant, false, &active, reterr));
	TRY(service_destination_trust_get(session, tenant, true, &passive, reterr));
	TRY(key_open(session, tenant, false, &active_key, reterr));
	TRY(key_open(session, tenant, true, &passive_key, reterr));
	/* Between the two writes the new one stands in both places:
	 * nothing is lost where the second one fails. */
	TRY(slot_write(session, tenant, false, passive, buf_str(&passive_key), reterr));
	TRY(slot_write(session, tenant, true, active, buf_str(&active_key), reterr));
	struct value *v = value_object();
	value_set_c(v, "activeCertificate", passive);
	value_set_c(v, "passiveCertificate", active);
	*ret = v;
	return RC_OK;
}

/* The base64 of a PEM without its frame. */
static void key_descriptor_add(struct buf *out, const char *pem)
{
	struct str rest = str_of(pem), line;
	buf_add_c(out, "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>");
	while (str_split(&rest, '\n', &line)) {
		if (line.n > 0 && line.p[0] != '-') {
			buf_add(out, str_trim(line));
		}
	}
	buf_add_c(out, "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>");
}

enum rc service_destination_trust_metadata(struct session *session, const char *tenant, struct value **ret,
					   struct err *reterr)
{
	AUTO_BUF(xml, XML_MAX);
	AUTO_FREE char *active = NULL;
	AUTO_FREE char *passive = NULL;
	AUTO_FREE char *id = NULL;
	TRY(service_destination_trust_get(session, tenant, false, &active, reterr));
	TRY(service_tenant_id(session, tenant, &id, reterr));
	buf_printf(
		&xml,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?><md:EntityDescriptor "
		"xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" "
		"xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"%s\">"
		"<md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">",
		id);
	key_descriptor_add(&xml, active);
	if (service_destination_trust_get(session, tenant, true, &passive, NULL) == RC_OK) {
		key_descriptor_add(&xml, passive);
	}
	buf_add_c(&xml, "</md:IDPSSODescriptor></md:EntityDescriptor>");
	struct value *v = value_object();
	value_set_base64(v, "idpMetadata", buf_str(&xml));
	*ret = v;
	return RC_OK;
}
