/* SPDX-License-Identifier: Apache-2.0
 * What people have at hand instead of a key store. */
#include "container/foreign.h"

#include "base/buf.h"
#include "base/memory.h"
#include "json/value.h"
#include "container/container.h"
#include "model/reason.h"

#include <stdio.h>

#define LOOKED_AT ((size_t)4096) /* [bytes] of text that are searched */

struct foreign {
	struct str mark;
	bool is_at_start; /* else anywhere in the first bytes */
	const char *name;
	const char *fix; /* with {file}, {stem} */
};

#define ASK "Ask for the key pair as PKCS#12 (.p12 or .pfx) or PEM."

/* Source: PROTOCOL.key of OpenSSH, PuTTY's sshpubk.c, RFC 9580, RFC 7517, Bouncy Castle's BcKeyStoreSpi. */
static const struct foreign table[] = {
	{ STR("-----BEGIN OPENSSH PRIVATE KEY-----"), false, "an OpenSSH private key",
	  "`ssh-keygen -p -N \"\" -m PKCS8 -f {file}` writes it over as PKCS#8 that opens; keep a copy. It "
	  "still lacks a "
	  "certificate." },
	{ STR("PuTTY-User-Key-File-"), true, "a PuTTY private key",
	  "`puttygen {file} -O private-openssh -o key.pem` writes it as PEM; it still lacks a certificate." },
	{ STR("-----BEGIN PGP "), false, "an OpenPGP key", ASK },
	{ STR("---- BEGIN SSH2 "), false, "an SSH public key", ASK },
	{ STR("ssh-"), true, "an SSH public key", ASK },
	{ STR("ecdsa-sha2-"), true, "an SSH public key", ASK },
	{ STR("-----BEGIN PUBLIC KEY-----"), false, "a public key alone", ASK },
	{ STR("-----BEGIN RSA PUBLIC KEY-----"), false, "a public key alone", ASK },
	{ STR("\"kty\""), false, "a JWK, a key as JSON", ASK },
	{ STR("\"certificate\""), false, "JSON, perhaps a service key",
	  "Take certificate and key out of it, each into a PEM file with real line breaks." },
	{ STR("{"), true, "JSON", ASK },
	{ STR("\x00\x00\x00\x02\x00\x00\x00\x14"), true, "a BKS key store of Bouncy Castle",
	  "`keytool -importkeystore -srcstoretype BKS -srckeystore {file} -destkeystore {stem}.p12` with "
	  "Bouncy Castle's "
	  "provider at hand." },
	{ STR("\x00\x00\x00\x01\x00\x00\x00\x14"), true, "a BKS key store of Bouncy Castle",
	  "`keytool -importkeystore -srcstoretype BKS -srckeystore {file} -destkeystore {stem}.p12` with "
	  "Bouncy Castle's "
	  "provider at hand." },
	{ STR("PK\x03\x04"), true, "a ZIP archive", "`unzip {file}` and take the key store out of it." },
	{ STR("\x1f\x8b"), true, "a gzip archive", "`gunzip` it and take the key store out of it." },
	{ STR("SQLite format 3"), true, "a database, perhaps that of a browser or of NSS",
	  "`pk12util -o {stem}.p12 -n NAME -d FOLDER` takes a key pair out of an NSS database." },
	{ STR("\x1e\xf1\xb5\xb0"), true, "a PVK private key of Microsoft",
	  "`openssl rsa -inform PVK -in {file} -out key.pem` writes it as PEM." },
	{ STR("<!DOCTYPE"), true, "a web page, perhaps the login page that came instead of the file",
	  "Download the file anew, logged in." },
	{ STR("<html"), true, "a web page, perhaps the login page that came instead of the file",
	  "Download the file anew, logged in." },
	{ STR("<?xml"), true, "XML", ASK },
	{ STR("\xff\xfe"), true, "UTF-16 text",
	  "`iconv -f UTF-16 -t UTF-8 {file}` makes text of it that can be read." },
	{ STR("\xfe\xff"), true, "UTF-16 text",
	  "`iconv -f UTF-16 -t UTF-8 {file}` makes text of it that can be read." },
};

static const struct foreign bcfks = { { NULL, 0 },
				      false,
				      "a BCFKS key store of Bouncy Castle",
				      "`keytool -importkeystore -srcstoretype BCFKS -srckeystore {file} "
				      "-destkeystore {stem}.p12` with Bouncy Castle's "
				      "FIPS provider at hand." };

/* The head of a DER element skipped: *s begins with its content afterwards. */
static bool enter(struct str *s, uint8_t tag)
{
	const uint8_t *p = (const uint8_t *)s->p;
	if (s->n < 2 || p[0] != tag) {
		return false;
	}
	*s = str_skip(*s, 2 + (p[1] > 0x80 ? p[1] & 0x7fU : 0));
	return s->n > 0;
}

/* EncryptedObjectStoreData with PBES2 before anything else:
 * a key store has one sequence more around it than a PKCS#8 key. */
static bool is_bcfks(struct str s)
{
	static const struct str pbes2 = STR("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d");
	return enter(&s, 0x30) && enter(&s, 0x30) && enter(&s, 0x30) && str_starts_with(s, pbes2);
}

static const struct foreign *find(struct str bytes)
{
	struct str head = str_first(bytes, LOOKED_AT);
	struct str text = str_trim(head);
	if (str_starts_with(text, STR("\xef\xbb\xbf"))) {
		text = str_trim(str_skip(text, 3));
	}
	if (is_bcfks(bytes)) {
		return &bcfks;
	}
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct foreign *f = &table[i];
		bool is_json = f->mark.p[0] == '"';
		if (is_json && !str_starts_with(text, STR("{")) && !str_starts_with(text, STR("["))) {
			continue;
		}
		if (f->is_at_start ? str_starts_with(head, f->mark) || str_starts_with(text, f->mark)
				   : str_find_str(head, f->mark) < head.n) {
			return f;
		}
	}
	return NULL;
}

bool foreign_name(struct str bytes, const char *file, struct err *reterr)
{
	const struct foreign *f = find(bytes);
	AUTO_BUF(fix, 2048);
	AUTO_VALUE *evidence = value_object();
	if (!f) {
		return false;
	}
	AUTO_FREE char *stem = container_stem(file ? file : "FILE");
	value_set_c(evidence, "file", file ? file : "FILE");
	value_set_c(evidence, "stem", stem);
	reason_fill(f->fix, evidence, &fix);
	(void)err_set(reterr, RC_INVALID,
		      "The file is %s, which is no key store or certificate that can be read here.", f->name);
	(void)err_reason(reterr, "P103");
	(void)err_fix(reterr, "%s", buf_c(&fix));
	return true;
}
