/* SPDX-License-Identifier: Apache-2.0
 * Users of a subaccount and their passwords. */
#include "service/token/user.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "pki/digest.h"
#include "service/core/session.h"
#include "store/key/user.h"

#define ADMIN "admin"
#define USER_MAX 256
#define PASSWORD_MAX 4096 /* [bytes] */

/* One digest over all three, so that a later login costs no derivation. */
static void digest_login(const char *tenant, const char *user, struct str password,
			 uint8_t out[DIGEST_SHA256_SIZE])
{
	AUTO_BUF_SECRET(all, 8192);
	(void)buf_printf(&all, "%s\n%s\n", tenant, user);
	(void)buf_add(&all, password);
	digest_sha256(buf_str(&all), out);
}

static struct login_slot *slot_of(struct service *service, const uint8_t digest[DIGEST_SHA256_SIZE])
{
	return &service->logins[digest[0] % LOGIN_SLOTS];
}

static bool is_known(struct service *service, const uint8_t digest[DIGEST_SHA256_SIZE])
{
	monitor_enter(&service->monitor);
	const struct login_slot *slot = slot_of(service, digest);
	bool known =
		slot->users == service->users && mem_equal_secret(digest, slot->digest, sizeof(slot->digest));
	monitor_leave(&service->monitor);
	return known;
}

/* users as it was before the row was read: a password that was changed meanwhile is not known. */
static void remember(struct service *service, const uint8_t digest[DIGEST_SHA256_SIZE], uint64_t users)
{
	monitor_enter(&service->monitor);
	struct login_slot *slot = slot_of(service, digest);
	slot->users = users;
	memcpy(slot->digest, digest, sizeof(slot->digest));
	monitor_leave(&service->monitor);
}

static enum rc derive_and_compare(struct session *session, const char *tenant, const char *user,
				  struct str password, struct err *reterr)
{
	AUTO(store_user_fini) struct store_user row = { 0 };
	char hash[DIGEST_SHA256_TEXT_SIZE];
	enum rc rc = store_user_get(session->store, tenant, user, &row, reterr);
	if (rc != RC_OK && rc != RC_NOT_FOUND) {
		return rc;
	}
	/* An unknown user costs as much as a wrong password. */
	(void)digest_password(password, str_of(rc == RC_OK ? row.salt : "unknown"), hash);
	bool same = rc == RC_OK && strlen(row.hash) == strlen(hash) &&
		    mem_equal_secret(hash, row.hash, strlen(hash));
	return same ? RC_OK : err_set(reterr, RC_DENIED, "Unauthorized");
}

enum rc user_login(struct session *session, const char *tenant, const char *user, struct str password,
		   struct err *reterr)
{
	uint8_t digest[DIGEST_SHA256_SIZE];
	uint64_t users = session->service->users;
	if (password.n > PASSWORD_MAX || strlen(user) > USER_MAX) {
		return err_set(reterr, RC_DENIED, "Unauthorized");
	}
	digest_login(tenant, user, password, digest);
	if (is_known(session->service, digest)) {
		return RC_OK;
	}
	TRY(session_check_store(session, reterr));
	TRY(derive_and_compare(session, tenant, user, password, reterr));
	remember(session->service, digest, users);
	return RC_OK;
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
