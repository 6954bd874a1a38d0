/* SPDX-License-Identifier: Apache-2.0
 * Password-based encryption as containers name it: judged before anything is derived. */
#pragma once

#include "container/container.h"
#include "container/password.h"

#include <openssl/x509.h>

/** The library context that also knows legacy ciphers; for opening and for writing what is asked for as
 * legacy. */
OSSL_LIB_CTX *encryption_context(void);

/**
 * Look at an algorithm identifier of encryption: note its name and age in c, check its iteration count.
 * RC_LIMIT (P117) iteration or cost out of bounds; RC_INVALID (P116) its parameters cannot be read;
 * RC_UNSUPPORTED (P115)
 * OpenSSL lacks the cipher or digest. Derives nothing.
 */
MUST_USE enum rc encryption_check(struct container *c, const X509_ALGOR *algorithm, struct err *reterr);
/** Check an iteration count alone (NULL stands for 1), and add it to those of the whole file.
 * RC_LIMIT (P117). */
MUST_USE enum rc encryption_check_iterations(struct container *c, const ASN1_INTEGER *count,
					     struct err *reterr);
/** For DER that cannot be read: RC_LIMIT (P117) where an absurd iteration count is why, else as
 * encryption_damaged(). */
enum rc encryption_unreadable(struct err *reterr, struct str der, const char *why);
/** Whether OpenSSL has the digest. */
bool encryption_has_digest(int nid);
/** RC_UNSUPPORTED (P115), naming it. */
enum rc encryption_unsupported(struct err *reterr, const char *name);

/** RC_UNSUPPORTED (P115) when OpenSSL's newest errors say that it lacks the cipher, else RC_DENIED, and then
 * reterr is not filled: another password may be tried. Empties the error queue. */
enum rc encryption_failed(const struct container *c, struct err *reterr);
/** RC_DENIED (P101): wrong, or none given where one is needed. */
enum rc encryption_wrong_password(bool given, struct err *reterr);
/** RC_DENIED (P127): the password opens the file, but not what is named. */
enum rc encryption_other_password(struct err *reterr, const char *what);
/** RC_INVALID (P116) with one sentence. */
enum rc encryption_damaged(struct err *reterr, const char *why);

/**
 * Decrypt an EncryptedPrivateKeyInfo (already checked); PKCS#8 appended to der, which is secret.
 * way  NULL text is the absent password of PKCS#12, another thing than the empty one
 * RC_DENIED it does not fit (reterr is not filled); RC_UNSUPPORTED (P115)
 */
MUST_USE enum rc encryption_decrypt_key(const struct container *c, const X509_SIG *sealed,
					const struct password_way *way, struct buf *der, struct err *reterr);
