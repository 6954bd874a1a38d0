/* SPDX-License-Identifier: Apache-2.0
 * The state folder becomes a running service here, at the first start and at every other. */
#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "log/log.h"
#include "os/file.h"
#include "pki/key.h"
#include "service/publish/authority_row.h"
#include "service/publish/change.h"
#include "service/core/destination_memory.h"
#include "service/monitor/message.h"
#include "service/publish/own_gateway.h"
#include "service/destination/public_key_memory.h"
#include "service/publish/publish.h"
#include "service/authority/server_renewal.h"
#include "service/core/service.h"
#include "service/core/stamp.h"
#include "service/core/session.h"
#include "service/start/tenant_make.h"
#include "service/token/token_verify.h"
#include "store/keystore/authority.h"
#include "store/subaccount/tenant.h"

/* Go on with what is published where it is of this very store;
 * then only what does not depend on it alone is put anew:
 * settings of the start, server certificates, revocation lists. */
static enum rc resume_registry(struct session *session, struct buf *ret_found, struct err *reterr)
{
	AUTO_CHANGE change = { .session = session };
	AUTO_BUF(stamp, STAMP_MAX);
	TRY(stamp_format(session->store, &stamp, reterr));
	TRY(registry_writer_resume(session->registry, buf_str(&stamp), ret_found, reterr));
	TRY(publish_all_but_keys(&change, reterr));
	return registry_writer_apply(session->registry, change.batch, reterr);
}

static enum rc open_registry(struct session *session, struct err *reterr)
{
	struct err why = { 0 };
	bool is_set_back = false;
	AUTO_BUF(found, STAMP_MAX);
	if (resume_registry(session, &found, &why) == RC_OK) {
		return RC_OK;
	}
	if (why.code != RC_AGAIN) {
		log_event(LOG_INFO, "registry_rebuilt", "why=\"%s\"", why.text);
	}
	TRY(stamp_settle_epoch(session->store, buf_str(&found), &is_set_back, reterr));
	if (is_set_back) {
		log_event(LOG_WARNING, "store_set_back",
			  "text=\"an older state of the store was put in its place\"");
	}
	return service_publish_all(session, reterr);
}

/* Where the master key lies: text of 64 hex digits. */
static char *master_path(const struct session *session)
{
	const char *set = setting_text_in(session->service->settings, SETTING_master_key_file);
	return *set ? mem_strdup(set) : service_path(session, "master.key");
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

static enum rc open_keys(struct session *session, bool is_new, struct err *reterr)
{
	AUTO_FREE char *path = master_path(session);
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
		seal_derive(&master, "store", &session->service->seal);
		service_master_derive(&master, &session->service->worker_seal);
		seal_derive(&master, "manager-csrf", &session->service->csrf);
	}
	mem_wipe(&master, sizeof(master));
	return rc;
}

/* A key that opens nothing of the store is the wrong one; better told now than at the first use. */
static enum rc check_keys(struct session *session, struct err *reterr)
{
	AUTO(store_authority_fini) struct store_authority row = { 0 };
	AUTO_BUF_SECRET(key, KEY_MAX_BYTES);
	TRY(store_authority_get(session->store, SERVICE_TENANT_DEFAULT, "root", &row, reterr));
	if (service_unseal(session, SERVICE_TENANT_DEFAULT, "authority", "root", row.key, &key, NULL) !=
	    RC_OK) {
		return err_set(reterr, RC_DENIED, "The master key is not the one that sealed the store.");
	}
	return RC_OK;
}

/* The administrator's password is told once, by a file that only its owner reads.
 * Nobody is served yet, so the keys are made here. */
static enum rc make_default(struct session *session, struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	const struct job_keys keys = { 0 };
	AUTO_FREE char *path = service_path(session, "admin.password");
	AUTO_BUF_SECRET(password, 128);
	TRY(store_transaction_begin(&transaction, session->store, reterr));
	TRY(service_tenant_make(session, SERVICE_TENANT_DEFAULT, &keys, &password, reterr));
	TRY(store_transaction_commit(&transaction, reterr));
	return file_write_atomic(path, buf_str(&password), 0600, reterr);
}

static enum rc open_store(struct session *session, bool *ret_is_new, struct err *reterr)
{
	AUTO_FREE char *path = service_path(session, "postern.db");
	AUTO(store_tenant_list_fini) struct store_tenant_list tenants = { 0 };
	TRY(store_open(&session->store, path, reterr));
	TRY(store_tenant_list_all(session->store, &tenants, reterr));
	*ret_is_new = tenants.n == 0;
	return RC_OK;
}

static enum rc open_files(struct session *session, struct err *reterr)
{
	AUTO_FREE char *registry = service_path(session, "registry");
	AUTO_FREE char *journal = service_path(session, "journal");
	TRY(registry_writer_open(&session->registry, registry, reterr));
	return journal_reader_open(&session->service->journal, journal, reterr);
}

static enum rc write_authority_files(struct session *session, struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	AUTO_FREE char *folder = service_path(session, "ca");
	AUTO_FREE char *root_path = service_path(session, "ca/root.pem");
	AUTO_FREE char *issuing_path = service_path(session, "ca/issuing.pem");
	TRY(service_authority_certs(session, SERVICE_TENANT_DEFAULT, &own, reterr));
	AUTO_FREE char *issuing = cert_pem(own.items[0]);
	AUTO_FREE char *root = cert_pem(own.items[1]);
	TRY(file_make_folder(folder, 0755, reterr));
	TRY(file_write_atomic(root_path, str_of(root), 0644, reterr));
	return file_write_atomic(issuing_path, str_of(issuing), 0644, reterr);
}

static enum rc renew_server(struct session *session, struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	TRY(store_transaction_begin(&transaction, session->store, reterr));
	TRY(server_renewal_make(session, NULL, 0, NULL, reterr));
	return store_transaction_commit(&transaction, reterr);
}

static enum rc start(struct session *session, struct err *reterr)
{
	bool is_new = false;
	TRY(file_make_folder(session->service->state_dir, 0700, reterr));
	TRY(open_store(session, &is_new, reterr));
	TRY(open_keys(session, is_new, reterr));
	TRY(open_files(session, reterr));
	if (is_new) {
		TRY(make_default(session, reterr));
	}
	TRY(check_keys(session, reterr));
	TRY(renew_server(session, reterr));
	TRY(write_authority_files(session, reterr));
	TRY(is_new ? service_publish_all(session, reterr) : open_registry(session, reterr));
	TRY(destination_memory_open(&session->service->destinations, session->store, reterr));
	TRY(own_gateway_read(session, reterr));
	/* Under load there may be many; the manager's loop takes over the rest. */
	return service_message_ingest_some(session, reterr);
}

enum rc service_open(struct session **ret, struct value *settings, struct err *reterr)
{
	const char *state_dir = value_get_c(settings, "state_dir");
	if (!state_dir) {
		(void)err_set(reterr, RC_INVALID, "The settings name no state folder.");
		return err_field(reterr, "state_dir");
	}
	AUTO(service_close_cleanup) struct session *session = mem_alloc(sizeof(*session));
	session->service = mem_alloc(sizeof(*session->service));
	session->service->settings = value_ref(settings);
	session->service->state_dir = mem_strdup(state_dir);
	session->service->users = 1;
	session->service->tokens = token_verify_cache_new();
	session->service->public_keys = public_key_memory_new();
	monitor_init(&session->service->monitor);
	monitor_init(&session->service->journal_monitor);
	TRY(start(session, reterr));
	*ret = TAKE(session);
	return RC_OK;
}

static void state_free(struct service *service)
{
	value_free(service->tenant_ids);
	token_verify_cache_free(service->tokens);
	public_key_memory_free(service->public_keys);
	destination_memory_free(service->destinations);
	own_gateway_memory_free(service->own_gateway);
	value_free(service->settings);
	mem_free(service->state_dir);
	journal_reader_close(service->journal);
	monitor_fini(&service->journal_monitor);
	monitor_fini(&service->monitor);
	mem_wipe(service, sizeof(*service));
	mem_free(service);
}

void service_close(struct session *session)
{
	if (!session) {
		return;
	}
	session_fini(session);
	state_free(session->service);
	mem_free(session);
}
