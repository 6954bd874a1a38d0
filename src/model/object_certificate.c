/* SPDX-License-Identifier: Apache-2.0
 * Fields of certificates: the built-in CA and the keystore. */
#include "model/object_row.h"

static const char *const key_types[] = { "rsa-2048", "rsa-3072", "rsa-4096", "p-256", "p-384", NULL };
static const char *const usages[] = { "client", "server", "both", NULL };

#define KEY_TYPE \
	{ \
		.name = "key_type", .type = FIELD_CHOICE, .words = key_types, .initial = "rsa-2048", \
		.refusal = "The key type is not one of rsa-2048, rsa-3072, rsa-4096, p-256 and p-384.", \
		.help = "Kind and size of the new key." \
	}
#define DAYS(highest, default_days) \
	{ \
		.name = "days", .type = FIELD_INTEGER, .least = 1, .most = highest, .initial = default_days, \
		.help = "Validity of the certificate in days." \
	}
#define SANS \
	{ \
		.name = "san", .type = FIELD_LIST, .most = 20, \
		.help = "Alternative names: host names, IP addresses, mail addresses and URIs." \
	}
#define USAGE \
	{ \
		.name = "usage", .type = FIELD_CHOICE, .words = usages, .initial = "client", \
		.help = "What the certificate may be used for." \
	}
#define ALIAS(needed, what) \
	{ \
		.name = "alias", .type = FIELD_LINE, .required = needed, .most = 250, .help = what \
	}
#define OVERWRITE \
	{ \
		.name = "overwrite", .type = FIELD_BOOLEAN, .initial = "false", \
		.help = "Replace an entry that has the alias." \
	}

/* Certificates of the built-in CA. */
OBJECT(certificate_order, "certificate-order", FIELD_IN,
       { .name = "name",
	 .type = FIELD_TEXT,
	 .most = 64,
	 .help = "Common name of 1 to 64 bytes; or say the whole subject." },
       { .name = "subject", .type = FIELD_TEXT, .help = "The whole subject, such as CN=x,O=y." }, USAGE,
       DAYS(3650, "365"), SANS, KEY_TYPE)
OBJECT(certificate_sign, "certificate-sign", FIELD_IN, USAGE, DAYS(3650, "365"), SANS,
       { .name = "csr_pem",
	 .type = FIELD_BYTES,
	 .required = true,
	 .most = 32 * KIB,
	 .help = "Certificate signing request as PEM or base64." })
OBJECT(certificate_revoke, "certificate-revoke", FIELD_IN,
       { .name = "certificate",
	 .type = FIELD_BYTES,
	 .most = 256 * KIB,
	 .help = "The certificate itself; or name it by one of the others." },
       { .name = "serial", .type = FIELD_TEXT, .help = "Its serial number in hexadecimal digits." },
       { .name = "sha256", .type = FIELD_TEXT, .help = "Its SHA-256 in hexadecimal digits." },
       { .name = "public_key_sha256",
	 .type = FIELD_TEXT,
	 .help = "SHA-256 of its public key in hexadecimal digits." })
OBJECT(server_certificate, "server-certificate", FIELD_IN,
       CONTENT("Certificate, chain and key in a file, as base64."), PASSWORDS)

/* The keystore. */
OBJECT(keystore_create, "keystore-create", FIELD_IN, ALIAS(true, "Alias of the new entry."),
       { .name = "subject", .type = FIELD_TEXT, .help = "Subject, such as CN=x,O=y; else CN and the alias." },
       DAYS(7300, "1095"),
       { .name = "not_before_ms",
	 .type = FIELD_INTEGER,
	 .most = INT64_MAX / 1000000,
	 .help = "When the certificate begins [ms since 1970]; 0: now." },
       KEY_TYPE, OVERWRITE)
OBJECT(keystore_import, "keystore-import", FIELD_IN,
       CONTENT("Certificates, key store or revocation list in a file, as base64."),
       ALIAS(false, "Alias of the new entry; else the file's, or the subject's name."), PASSWORDS, OVERWRITE)
OBJECT(keystore_rename, "keystore-rename", FIELD_IN, ALIAS(true, "Alias that the entry has."),
       { .name = "to", .type = FIELD_LINE, .required = true, .most = 250, .help = "Alias that it gets." })
OBJECT(signing_response, "signing-response", FIELD_IN,
       { .name = "content",
	 .type = FIELD_BYTES,
	 .required = true,
	 .most = 30720,
	 .help = "The signed certificate with its chain, in any form." })

/* What is told of certificates and lists. */
static const char *const roles[] = { "leaf", "ca", "root", NULL };
OBJECT(certificate, "certificate", FIELD_OUT, TOLD_WORD("role", roles, "What it is in a chain."),
       TOLD("subject", TEXT, "Its subject."), TOLD("issuer", TEXT, "Its issuer."),
       TOLD("serial", TEXT, "Its serial number in hexadecimal digits."),
       TOLD("sha256", TEXT, "Its SHA-256 in hexadecimal digits."),
       TOLD("not_before", TIME, "When it begins."), TOLD("not_after", TIME, "When it ends."),
       TOLD("key", TEXT, "Kind and size of its key."), TOLD("signature", TEXT, "How it is signed."),
       TOLD("eku", LIST, "What it may be used for."), TOLD("san", LIST, "Its alternative names."))
OBJECT(authority, "authority", FIELD_OUT, TOLD("root_pem", TEXT, "Root certificate as PEM."),
       TOLD("issuing_pem", TEXT, "Issuing certificate as PEM."),
       TOLD("crl_pem", TEXT, "Revocation list as PEM."),
       TOLD_OBJECT("root", certificate, "The root certificate."),
       TOLD_OBJECT("issuing", certificate, "The issuing certificate."))
OBJECT(authority_crl, "authority-crl", FIELD_OUT, TOLD("crl_pem", TEXT, "Revocation list as PEM."))
OBJECT(issued, "issued", FIELD_OUT, TOLD("certificate_pem", TEXT, "The certificate as PEM."),
       TOLD("chain_pem", TEXT, "The certificate with its chain as PEM."),
       TOLD_OBJECT("certificate", certificate, "The certificate."),
       { .name = "key_pem",
	 .type = FIELD_TEXT,
	 .way = FIELD_OUT,
	 .secret = true,
	 .help = "Private key as PEM, where it was made here; it is told once." })
OBJECT(issued_certificate, "issued-certificate", FIELD_OUT,
       TOLD("serial", TEXT, "Its serial number in hexadecimal digits."),
       TOLD("sha256", TEXT, "Its SHA-256 in hexadecimal digits."), TOLD("subject", TEXT, "Its subject."),
       TOLD("issuer", TEXT, "Its issuer."), TOLD_WORD("usage", usages, "What it may be used for."),
       TOLD("not_after", TIME, "When it ends."), TOLD("created", TIME, "When it was issued."),
       TOLD_OR_NULL("revoked", TIME, "When it was revoked."))
OBJECT(revoked, "revoked", FIELD_OUT,
       TOLD_OBJECT("revoked", issued_certificate, "The certificate that is no longer good."))
static const char *const kinds[] = { "rsa", "ec", NULL };
OBJECT(server_certificate_state, "server-certificate-state", FIELD_OUT,
       TOLD_WORD("kind", kinds, "Kind of its key."), TOLD("own", BOOLEAN, "Whether it is the built-in CA's."),
       TOLD_OBJECT("certificate", certificate, "The certificate."))
OBJECT(server_certificates, "server-certificates", FIELD_OUT,
       TOLD_LIST("certificates", server_certificate_state, "What is served from now on."),
       TOLD_SOMETIMES("warnings", LIST, "What to look at."))

/* What is told of the keystore. */
static const char *const types[] = { "Certificate", "Key Pair", NULL };
#define ENTRY \
	TOLD("alias", TEXT, "Its alias."), TOLD_WORD("type", types, "What it is."), \
		TOLD("subject", TEXT, "Subject of its certificate."), \
		TOLD("issuer", TEXT, "Issuer of its certificate."), \
		TOLD("sha256", TEXT, "SHA-256 of its certificate in hexadecimal digits."), \
		TOLD_WORD("role", roles, "What its certificate is in a chain.")
OBJECT(keystore_entry, "keystore-entry", FIELD_OUT, ENTRY,
       TOLD("owner", TEXT, "Who keeps it: Postern, or the tenant administrator."),
       TOLD("valid_from", TIME, "When its certificate begins."),
       TOLD("valid_until", TIME, "When its certificate ends."),
       TOLD("key", TEXT, "Kind and size of its key."),
       TOLD("serial", TEXT, "Serial number in hexadecimal digits."),
       TOLD("status", TEXT, "What was done with it."),
       TOLD("anchor", BOOLEAN, "Whether it is trusted to sign senders' certificates."),
       TOLD_OR_NULL("created", TIME, "When it was made."),
       TOLD_OR_NULL("last_modified", TIME, "When it was changed last."),
       { .name = "certificate",
	 .type = FIELD_OBJECT,
	 .way = FIELD_OUT,
	 .object = &object_certificate,
	 .help = "Its certificate; not in lists." },
       { .name = "chain",
	 .type = FIELD_LIST,
	 .way = FIELD_OUT,
	 .object = &object_certificate,
	 .help = "Its chain; not in lists." })
OBJECT(keystore_imported, "keystore-imported", FIELD_OUT, ENTRY, TOLD("status", TEXT, "new or unchanged."))
#define REVOCATION_LIST \
	TOLD("issuer", TEXT, "Who issued it."), TOLD_OR_NULL("number", TEXT, "Its number."), \
		TOLD_OR_NULL("base", TEXT, "Number that it is a delta on."), \
		TOLD_OR_NULL("this_update", TIME, "When it was issued."), \
		TOLD_OR_NULL("next_update", TIME, "When the next one is due."), \
		TOLD("entries", INTEGER, "How many it revokes."), \
		TOLD("sha256", TEXT, "Its SHA-256 in hexadecimal digits."), \
		TOLD("verified", BOOLEAN, "Whether its signature was judged good."), \
		TOLD("state", TEXT, "Whether it is in force."), \
		TOLD_OR_NULL("says", TEXT, "What it cannot say, and why.")
OBJECT(replaced_list, "replaced-list", FIELD_OUT, TOLD_OR_NULL("number", TEXT, "Its number."),
       TOLD_OR_NULL("this_update", TIME, "When it was issued."),
       TOLD("sha256", TEXT, "Its SHA-256 in hexadecimal digits."))
OBJECT(revocation_list, "revocation-list", FIELD_OUT, REVOCATION_LIST,
       TOLD_SOMETIMES("text", TEXT, "What was done, where it was imported."),
       { .name = "replaces",
	 .type = FIELD_LIST,
	 .way = FIELD_OUT,
	 .object = &object_replaced_list,
	 .help = "Lists that went with it, where it was imported." })
OBJECT(let_in, "let-in", FIELD_OUT, TOLD("serial", TEXT, "Serial number in hexadecimal digits."),
       TOLD_SOMETIMES("subject", TEXT, "Subject of the certificate."),
       TOLD_SOMETIMES("key", TEXT, "Service key that has it."))
OBJECT(list_deleted, "list-deleted", FIELD_OUT, TOLD("deleted", TEXT, "SHA-256 of the list."),
       TOLD("issuer", TEXT, "Who issued it."), TOLD_OR_NULL("number", TEXT, "Its number."),
       TOLD("let_in_count", INTEGER, "How many are no longer revoked."),
       TOLD_LIST("let_in", let_in, "The first of them."))
OBJECT(keystore_import_done, "keystore-import-done", FIELD_OUT,
       TOLD_LIST("imported", keystore_imported, "Entries."),
       TOLD_LIST("findings", finding, "What to look at."),
       { .name = "crl",
	 .type = FIELD_OBJECT,
	 .way = FIELD_OUT,
	 .object = &object_revocation_list,
	 .help = "The revocation list, where the file was one." })
OBJECT(keystore_backup, "keystore-backup", FIELD_OUT, TOLD("entries", INTEGER, "How many there are."),
       TOLD_SOMETIMES("created", TIME, "When the copy was made."))
OBJECT(pem, "pem", FIELD_OUT, TOLD("pem", TEXT, "What was asked for as PEM."))
OBJECT(signing_request, "signing-request", FIELD_OUT, TOLD("csr_pem", TEXT, "The request as PEM."))
