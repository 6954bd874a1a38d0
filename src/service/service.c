/* SPDX-License-Identifier: Apache-2.0
 * The state folder becomes a running service here, at the first start and at every other. */
#include "service/service.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "log/log.h"
#include "os/file.h"
#include "pki/digest.h"
#include "pki/key.h"
#include "service/authority.h"
#include "service/destination_memory.h"
#include "service/message.h"
#include "service/own_gateway.h"
#include "service/publish.h"
#include "service/published.h"
#include "service/role.h"
#include "service/token.h"
#include "service/token_key.h"
#include "store/authority.h"
#include "store/publication.h"
#include "store/role.h"
#include "store/tenant.h"
#include "store/user.h"

#define MAX_ASSOCIATED 1024
#define ADMIN "admin"
#define ADMIN_PASSWORD_DIGITS 32

const char *service_setting_c(const struct service *service, const char *name, const char *otherwise)
{
	const char *c = value_get_c(service->settings, name);
	return c && c[0] ? c : otherwise;
}

static char *path_in(const struct service *service, const char *name)
{
	return mem_printf("%s/%s", service->state_dir, name);
}

static void format_associated(const char *tenant, const char *table, const char *row, struct buf *out)
{
	(void)buf_printf(out, "%s/%s/%s", tenant, table, row);
}

enum rc service_seal(struct service *service, const char *tenant, const char *table, const char *row,
		     struct str plain, struct buf *out, struct err *reterr)
{
	AUTO_BUF(associated, MAX_ASSOCIATED);
	format_associated(tenant, table, row, &associated);
	if (associated.overflow || seal_close(&service->seal, plain, buf_str(&associated), out) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The secret is too long to be sealed.");
	}
	return RC_OK;
}

enum rc service_unseal(struct service *service, const char *tenant, const char *table, const char *row,
		       struct str sealed, struct buf *out, struct err *reterr)
{
	AUTO_BUF(associated, MAX_ASSOCIATED);
	format_associated(tenant, table, row, &associated);
	return seal_open(&service->seal, sealed, buf_str(&associated), out, reterr);
}

enum rc service_check_tenant(struct service *service, const char *tenant, struct err *reterr)
{
	AUTO_FREE char *id = NULL;
	return service_tenant_id(service, tenant, &id, reterr);
}

/* Every call asks for it, also while the store is away. */
static const char *tenant_id_known(struct service *service, const char *tenant)
{
	if (service->tenant_ids_changes != service->changes) {
		value_free(TAKE(service->tenant_ids));
		service->tenant_ids_changes = service->changes;
	}
	return value_get_c(service->tenant_ids, tenant);
}

enum rc service_tenant_id(struct service *service, const char *tenant, char **ret, struct err *reterr)
{
	AUTO(store_tenant_fini) struct store_tenant row = { 0 };
	const char *known = tenant_id_known(service, tenant);
	if (known) {
		*ret = mem_strdup(known);
		return RC_OK;
	}
	enum rc rc = store_tenant_get(service->store, tenant, &row, reterr);
	if (rc == RC_NOT_FOUND) {
		(void)err_set(reterr, RC_NOT_FOUND, "There is no such subaccount.");
		return err_field(reterr, "subaccount");
	}
	if (rc == RC_OK) {
		if (!service->tenant_ids)
			service->tenant_ids = value_object();
		value_set_c(service->tenant_ids, tenant, row.id);
		*ret = mem_strdup(row.id);
	}
	return rc;
}

/* One digest over all three, so that a later login costs no derivation. */
static void digest_login(const char *tenant, const char *user, struct str password,
			 uint8_t out[DIGEST_SHA256_SIZE])
{
	AUTO_BUF_SECRET(all, 8192);
	(void)buf_printf(&all, "%s\n%s\n", tenant, user);
	(void)buf_add(&all, password);
	digest_sha256(buf_str(&all), out);
}

bool service_login(struct service *service, const char *tenant, const char *user, struct str password)
{
	AUTO(store_user_fini) struct store_user row = { 0 };
	char hash[DIGEST_SHA256_TEXT_SIZE];
	uint8_t digest[DIGEST_SHA256_SIZE];
	bool known;
	if (password.n > 4096 || strlen(user) > 256) {
		return false;
	}
	digest_login(tenant, user, password, digest);
	if (service->login_known && mem_equal_secret(digest, service->login_digest, sizeof(digest))) {
		return true;
	}
	/* An unknown user costs as much as a wrong password. */
	known = store_user_get(service->store, tenant, user, &row, NULL) == RC_OK;
	(void)digest_password(password, str_of(known ? row.salt : "unknown"), hash);
	if (!known || strlen(row.hash) != strlen(hash) || !mem_equal_secret(hash, row.hash, strlen(hash))) {
		return false;
	}
	memcpy(service->login_digest, digest, sizeof(digest));
	service->login_known = true;
	return true;
}

enum rc service_publish_all(struct service *service, struct err *reterr)
{
	AUTO_CHANGE change = { .service = service };
	service->stale = true;
	TRY(registry_writer_begin_rebuild(service->registry, reterr));
	TRY(publish_everything(&change, reterr));
	TRY(registry_writer_commit(service->registry, true, true, reterr));
	change.service = NULL;
	service->generation++;
	service->stale = false;
	return RC_OK;
}

/* Go on with what is published where it is of this very store; then only what does not depend on it alone is put anew:
 * settings of the start, server certificates, revocation lists. */
static enum rc resume_registry(struct service *service, struct err *reterr)
{
	AUTO_CHANGE change = { .service = service };
	AUTO_BUF(stamp, 512);
	TRY(publish_format_stamp(service, &stamp, reterr));
	TRY(registry_writer_resume(service->registry, buf_str(&stamp), reterr));
	TRY(publish_all_but_keys(&change, reterr));
	TRY(registry_writer_commit(service->registry, true, true, reterr));
	change.service = NULL;
	return RC_OK;
}

static enum rc open_registry(struct service *service, struct err *reterr)
{
	struct err why = { 0 };
	if (resume_registry(service, &why) == RC_OK) {
		return RC_OK;
	}
	if (why.code != RC_AGAIN) {
		log_event(LOG_INFO, "registry_rebuilt", "why=\"%s\"", why.text);
	}
	return service_publish_all(service, reterr);
}

void service_settle_registry(struct service *service)
{
	struct err err = { 0 };
	enum rc rc = registry_writer_settle(service->registry, false, &err);
	if (rc != RC_OK && rc != RC_AGAIN) {
		log_err(LOG_WARNING, "registry_not_compacted", &err);
	}
}

enum rc service_root_pem(struct service *service, const char *tenant, char **ret, struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	TRY(service_authority_certs(service, tenant, &own, reterr));
	*ret = cert_pem(own.items[1]);
	return RC_OK;
}

/* Where the master key lies: text of 64 hex digits. */
static char *master_path(const struct service *service)
{
	const char *set = service_setting_c(service, "master_key_file", NULL);
	return set ? mem_strdup(set) : path_in(service, "master.key");
}

enum rc service_master_read(const char *path, struct seal_key *ret, struct err *reterr)
{
	AUTO_BUF_SECRET(text, 256);
	AUTO_BUF_SECRET(bytes, SEAL_KEY_BYTES);
	TRY(file_read(path, 256, &text, reterr));
	if (hex_decode(&bytes, str_trim(buf_str(&text))) != RC_OK || bytes.n != SEAL_KEY_BYTES) {
		return err_set(reterr, RC_DENIED, "The master key %s is not 64 hex digits.", path);
	}
	memcpy(ret->b, bytes.p, SEAL_KEY_BYTES);
	return RC_OK;
}

void service_master_derive(const struct seal_key *master, struct seal_key *ret_worker)
{
	seal_derive(master, "worker-secrets", ret_worker);
}

static enum rc make_master(const char *path, struct seal_key *ret, struct err *reterr)
{
	char text[2 * SEAL_KEY_BYTES + 2];
	enum rc rc;
	random_fill(ret->b, SEAL_KEY_BYTES);
	hex_format(ret->b, SEAL_KEY_BYTES, text);
	rc = file_write_atomic(path, str_of(text), 0600, reterr);
	mem_wipe(text, sizeof(text));
	return rc;
}

static enum rc open_keys(struct service *service, bool is_new, struct err *reterr)
{
	AUTO_FREE char *path = master_path(service);
	struct seal_key master = { 0 };
	enum rc rc = service_master_read(path, &master, reterr);
	if (rc == RC_NOT_FOUND && is_new) {
		rc = make_master(path, &master, reterr);
	} else if (rc == RC_NOT_FOUND) {
		(void)err_set(reterr, RC_DENIED, "The store has entries but its master key %s is missing.",
			      path);
		(void)err_fix(reterr,
			      "Put the master key back in place; without it the store cannot be read.");
		rc = RC_DENIED;
	}
	if (rc == RC_OK) {
		seal_derive(&master, "store", &service->seal);
		service_master_derive(&master, &service->worker_seal);
	}
	mem_wipe(&master, sizeof(master));
	return rc;
}

/* A key that opens nothing of the store is the wrong one; better told now than at the first use. */
static enum rc check_keys(struct service *service, struct err *reterr)
{
	AUTO(store_authority_fini) struct store_authority row = { 0 };
	AUTO_BUF_SECRET(key, KEY_MAX_BYTES);
	TRY(store_authority_get(service->store, SERVICE_TENANT_DEFAULT, "root", &row, reterr));
	if (service_unseal(service, SERVICE_TENANT_DEFAULT, "authority", "root", row.key, &key, NULL) !=
	    RC_OK) {
		return err_set(reterr, RC_DENIED, "The master key is not the one that sealed the store.");
	}
	return RC_OK;
}

static enum rc make_roles(struct service *service, const char *tenant, struct wall now, struct err *reterr)
{
	static const char *const predefined[][2] = {
		{ "ESBMessaging.send", "Send messages to integration flow endpoints." },
		{ "API.invoke", "Call APIs." },
	};
	for (size_t i = 0; i < ARRAY_SIZE(predefined); i++) {
		struct store_role row = { tenant, predefined[i][0], predefined[i][1], "SAP", now };
		TRY(store_role_insert(service->store, &row, reterr));
	}
	return RC_OK;
}

static enum rc make_admin(struct service *service, const char *tenant, const char *password, struct wall now,
			  struct err *reterr)
{
	char salt[33];
	char hash[DIGEST_SHA256_TEXT_SIZE];
	uint8_t salt_bytes[16];
	random_fill(salt_bytes, sizeof(salt_bytes));
	hex_format(salt_bytes, sizeof(salt_bytes), salt);
	(void)digest_password(str_of(password), str_of(salt), hash);
	return store_user_put(service->store, &(struct store_user){ tenant, ADMIN, salt, hash, now }, reterr);
}

enum rc service_make_tenant(struct service *service, const char *tenant, struct buf *ret_password,
			    struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	char id[RANDOM_UUID_SIZE];
	char password[ADMIN_PASSWORD_DIGITS + 1];
	struct wall now = wall_now();
	(void)random_text(password, ADMIN_PASSWORD_DIGITS);
	(void)buf_add_c(ret_password, password);
	mem_wipe(password, sizeof(password));
	TRY(store_transaction_begin(&transaction, service->store, reterr));
	TRY(store_tenant_insert(service->store, &(struct store_tenant){ tenant, random_uuid(id), now },
				reterr));
	TRY(make_roles(service, tenant, now, reterr));
	TRY(service_authority_make(service, tenant, reterr));
	TRY(service_token_key_make(service, tenant, NULL, now, reterr));
	TRY(make_admin(service, tenant, buf_c(ret_password), now, reterr));
	TRY(store_publication_next(service->store, reterr));
	return store_transaction_commit(&transaction, reterr);
}

/* The administrator's password is told once, by a file that only its owner reads. */
static enum rc make_default(struct service *service, struct err *reterr)
{
	AUTO_FREE char *path = path_in(service, "admin.password");
	AUTO_BUF_SECRET(password, 128);
	TRY(service_make_tenant(service, SERVICE_TENANT_DEFAULT, &password, reterr));
	return file_write_atomic(path, buf_str(&password), 0600, reterr);
}

static enum rc open_store(struct service *service, bool *ret_is_new, struct err *reterr)
{
	AUTO_FREE char *path = path_in(service, "postern.db");
	AUTO(store_tenant_list_fini) struct store_tenant_list tenants = { 0 };
	TRY(store_open(&service->store, path, reterr));
	TRY(store_tenant_list_all(service->store, &tenants, reterr));
	*ret_is_new = tenants.n == 0;
	return RC_OK;
}

static enum rc open_files(struct service *service, struct err *reterr)
{
	AUTO_FREE char *registry = path_in(service, "registry");
	AUTO_FREE char *journal = path_in(service, "journal");
	TRY(registry_writer_open(&service->registry, registry, reterr));
	return journal_reader_open(&service->journal, journal, reterr);
}

static enum rc write_authority_files(struct service *service, struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	AUTO_FREE char *folder = path_in(service, "ca");
	AUTO_FREE char *root_path = path_in(service, "ca/root.pem");
	AUTO_FREE char *issuing_path = path_in(service, "ca/issuing.pem");
	TRY(service_authority_certs(service, SERVICE_TENANT_DEFAULT, &own, reterr));
	AUTO_FREE char *issuing = cert_pem(own.items[0]);
	AUTO_FREE char *root = cert_pem(own.items[1]);
	TRY(file_make_folder(folder, 0755, reterr));
	TRY(file_write_atomic(root_path, str_of(root), 0644, reterr));
	return file_write_atomic(issuing_path, str_of(issuing), 0644, reterr);
}

static enum rc start(struct service *service, struct err *reterr)
{
	bool is_new = false;
	TRY(file_make_folder(service->state_dir, 0700, reterr));
	TRY(open_store(service, &is_new, reterr));
	TRY(open_keys(service, is_new, reterr));
	TRY(open_files(service, reterr));
	if (is_new) {
		TRY(make_default(service, reterr));
	}
	TRY(check_keys(service, reterr));
	TRY(service_authority_renew_server(service, NULL, reterr));
	TRY(write_authority_files(service, reterr));
	TRY(is_new ? service_publish_all(service, reterr) : open_registry(service, reterr));
	TRY(destination_memory_open(&service->destinations, service->store, reterr));
	/* Under load there may be many; the manager's loop takes over the rest. */
	return service_message_ingest_some(service, reterr);
}

enum rc service_open(struct service **ret, struct value *settings, struct err *reterr)
{
	AUTO(service_close_cleanup) struct service *service = mem_alloc(sizeof(*service));
	const char *state_dir = value_get_c(settings, "state_dir");
	if (!state_dir) {
		(void)err_set(reterr, RC_INVALID, "The settings name no state folder.");
		return err_field(reterr, "state_dir");
	}
	service->settings = value_ref(settings);
	service->state_dir = mem_strdup(state_dir);
	TRY(start(service, reterr));
	*ret = TAKE(service);
	return RC_OK;
}

void service_close(struct service *service)
{
	if (!service) {
		return;
	}
	value_free(service->tenant_ids);
	destination_memory_free(service->destinations);
	own_gateway_memory_free(service->own_gateway);
	published_free(service->published);
	service_token_forget(service);
	journal_reader_close(service->journal);
	registry_writer_close(service->registry);
	store_close(service->store);
	value_free(service->settings);
	mem_free(service->state_dir);
	mem_wipe(service, sizeof(*service));
	mem_free(service);
}
