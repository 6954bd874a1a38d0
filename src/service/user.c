/* SPDX-License-Identifier: Apache-2.0
 * Users of a subaccount and their passwords. */
#include "service/user.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "pki/digest.h"
#include "store/user.h"

#define ADMIN "admin"

/* One digest over all three, so that a later login costs no derivation. */
static void digest_login(const char *tenant, const char *user, struct str password,
			 uint8_t out[DIGEST_SHA256_SIZE])
{
	AUTO_BUF_SECRET(all, 8192);
	(void)buf_printf(&all, "%s\n%s\n", tenant, user);
	(void)buf_add(&all, password);
	digest_sha256(buf_str(&all), out);
}

bool service_login(struct session *session, const char *tenant, const char *user, struct str password)
{
	AUTO(store_user_fini) struct store_user row = { 0 };
	char hash[DIGEST_SHA256_TEXT_SIZE];
	uint8_t digest[DIGEST_SHA256_SIZE];
	bool known;
	if (password.n > 4096 || strlen(user) > 256) {
		return false;
	}
	digest_login(tenant, user, password, digest);
	if (session->service->login_known &&
	    mem_equal_secret(digest, session->service->login_digest, sizeof(digest))) {
		return true;
	}
	/* An unknown user costs as much as a wrong password. */
	known = store_user_get(session->store, tenant, user, &row, NULL) == RC_OK;
	(void)digest_password(password, str_of(known ? row.salt : "unknown"), hash);
	if (!known || strlen(row.hash) != strlen(hash) || !mem_equal_secret(hash, row.hash, strlen(hash))) {
		return false;
	}
	memcpy(session->service->login_digest, digest, sizeof(digest));
	session->service->login_known = true;
	return true;
}

enum rc user_make_admin(struct session *session, const char *tenant, const char *password, struct wall now,
			struct err *reterr)
{
	char salt[33];
	char hash[DIGEST_SHA256_TEXT_SIZE];
	uint8_t salt_bytes[16];
	random_fill(salt_bytes, sizeof(salt_bytes));
	hex_format(salt_bytes, sizeof(salt_bytes), salt);
	(void)digest_password(str_of(password), str_of(salt), hash);
	return store_user_put(session->store, &(struct store_user){ tenant, ADMIN, salt, hash, now }, reterr);
}
