/* SPDX-License-Identifier: Apache-2.0
 * Prints every statement that the repositories give to the database, and whence each came:
 * for test_store_dialect.py. */
#include "store/content/artifact.h"
#include "store/content/artifact_receiver.h"
#include "store/keystore/authority.h"
#include "store/keystore/authority_certificate.h"
#include "store/key/broker_binding.h"
#include "store/key/broker_instance.h"
#include "store/keystore/credential.h"
#include "store/keystore/crl.h"
#include "store/content/deployment.h"
#include "store/content/designtime.h"
#include "store/content/designtime_content.h"
#include "store/subaccount/destination.h"
#include "store/key/instance.h"
#include "store/keystore/keystore_backup.h"
#include "store/keystore/keystore_entry.h"
#include "store/content/message.h"
#include "store/content/package.h"
#include "store/subaccount/publication.h"
#include "store/key/role.h"
#include "store/keystore/security_material.h"
#include "store/keystore/server_key.h"
#include "store/key/service_key.h"
#include "store/key/service_key_certificate.h"
#include "store/subaccount/setting.h"
#include "store/subaccount/tenant.h"
#include "store/key/token_key.h"
#include "store/key/user.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static const char *calling = "store_open";

static int print_statement(unsigned kind, void *context, void *stmt, void *text)
{
	(void)printf("%s\t%s\n", calling, (const char *)text);
	return 0;
}

static int follow(sqlite3 *db, const char **problem, const struct sqlite3_api_routines *routines)
{
	return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, print_statement, NULL);
}

/* What comes of a call does not matter here: the rows are empty. */
#define DO(name, ...) \
	do { \
		calling = #name; \
		(void)!name(store, __VA_ARGS__); \
	} while (0)
#define WRITE(noun, verb) DO(store_##noun##_##verb, &(struct store_##noun){ 0 }, NULL)
#define READ(noun, verb, ...) \
	do { \
		struct store_##noun row = { 0 }; \
		DO(store_##noun##_##verb, __VA_ARGS__, &row, NULL); \
		store_##noun##_fini(&row); \
	} while (0)
#define LIST(noun, verb, ...) \
	do { \
		struct store_##noun##_list list = { 0 }; \
		DO(store_##noun##_##verb, __VA_ARGS__, &list, NULL); \
		store_##noun##_list_fini(&list); \
	} while (0)

static enum rc take(void *context, const struct store_service_key *row, struct err *reterr)
{
	return RC_OK;
}

static void use_trust(struct store *store)
{
	WRITE(authority, insert);
	READ(authority, get, "t", "n");
	WRITE(authority_certificate, insert);
	WRITE(authority_certificate, update);
	READ(authority_certificate, get, "t", "s");
	READ(authority_certificate, find_sha256, "t", "s");
	LIST(authority_certificate, list_all, "t");
	LIST(authority_certificate, list_after, "t", "s", 1);
	WRITE(server_key, put);
	READ(server_key, get, "t", "k");
	LIST(server_key, list_all, "t");
	WRITE(keystore_backup, insert);
	LIST(keystore_backup, list_all, "t");
	DO(store_keystore_backup_clear, "t", NULL);
	WRITE(keystore_entry, insert);
	READ(keystore_entry, get, "t", "a");
	LIST(keystore_entry, list_all, "t");
	DO(store_keystore_entry_delete, "t", "a", NULL);
	WRITE(crl, put);
	LIST(crl, list_all, "t");
	DO(store_crl_delete, "t", "s", NULL);
}

static void use_keys(struct store *store)
{
	int64_t count = 0;
	WRITE(instance, insert);
	WRITE(instance, update);
	READ(instance, get, "t", "i");
	READ(instance, find_name, "t", "n");
	LIST(instance, list_all, "t");
	DO(store_instance_delete, "t", "i", NULL);
	WRITE(service_key, insert);
	READ(service_key, get, "t", "i");
	READ(service_key, find_client_id, "t", "c");
	READ(service_key, find_name, "t", "i", "n");
	LIST(service_key, list_of_instance, "t", "i");
	LIST(service_key, list_after, "t", "i", "n", 1);
	DO(store_service_key_count_of_instance, "t", "i", &count, NULL);
	DO(store_service_key_each, "t", take, NULL, NULL);
	DO(store_service_key_each_waiting, "t", take, NULL, NULL);
	DO(store_service_key_delete, "t", "i", NULL);
	WRITE(service_key_certificate, insert);
	READ(service_key_certificate, get, "t", "s");
	LIST(service_key_certificate, list_of_key, "t", "k");
	DO(store_service_key_certificate_delete, "t", "s", NULL);
	WRITE(broker_instance, insert);
	WRITE(broker_instance, update);
	READ(broker_instance, get, "t", "i");
	WRITE(broker_binding, insert);
	READ(broker_binding, get, "t", "i");
	WRITE(role, insert);
	READ(role, get, "t", "n");
	LIST(role, list_all, "t");
	DO(store_role_delete, "t", "n", NULL);
	WRITE(token_key, insert);
	WRITE(token_key, update);
	LIST(token_key, list_all, "t");
	DO(store_token_key_delete, "t", "k", NULL);
}

static void use_content(struct store *store)
{
	WRITE(artifact, put);
	READ(artifact, get, "t", "i");
	LIST(artifact, list_all, "t");
	LIST(artifact, list_heads, "t");
	WRITE(artifact_receiver, put);
	READ(artifact_receiver, find, "t", "k", "n");
	LIST(artifact_receiver, list_all, "t");
	LIST(artifact_receiver, list_of, "t", "i");
	DO(store_artifact_receiver_clear, "t", "i", NULL);
	DO(store_artifact_delete, "t", "i", NULL);
	WRITE(package, put);
	READ(package, get, "t", "i");
	LIST(package, list_all, "t");
	DO(store_package_delete, "t", "i", NULL);
	WRITE(designtime, put);
	READ(designtime, get, "t", "i", "v");
	READ(designtime, get_active, "t", "i");
	LIST(designtime, list_active, "t", "k", "p");
	LIST(designtime, list_versions, "t", "i");
	DO(store_designtime_delete, "t", "i", NULL);
	WRITE(designtime_content, put);
	READ(designtime_content, get, "t", "i", "v");
	WRITE(deployment, put);
	READ(deployment, get, "t", "k");
	READ(deployment, get_newest, "t", "a");
	LIST(deployment, list_newest, "t");
	LIST(deployment, list_open, "s");
	DO(store_deployment_forget, "t", "a", NULL);
	DO(store_deployment_trim, "t", "a", NULL);
	WRITE(credential, put);
	READ(credential, get, "t", "n");
	LIST(credential, list_all, "t");
	DO(store_credential_delete, "t", "n", NULL);
	WRITE(security_material, put);
	READ(security_material, get, "t", "k", "n");
	LIST(security_material, list_all, "t", "k");
	DO(store_security_material_delete, "t", "k", "n", NULL);
}

static void use_the_rest(struct store *store)
{
	struct store_destination key = { .tenant = "t", .kind = "k", .instance = "i", .name = "n" };
	struct store_destination_list destinations = { 0 };
	struct store_tenant_list tenants = { 0 };
	struct store_message_filter filter = { .limit = 1 };
	struct store_publication publication = { 0 };
	WRITE(destination, insert);
	WRITE(destination, update);
	READ(destination, get, &key);
	DO(store_destination_list_all, &destinations, NULL);
	DO(store_destination_delete, &key, NULL);
	DO(store_destination_delete_instance, "t", "i", NULL);
	WRITE(message, add);
	WRITE(message, replace);
	READ(message, get, "t", "i");
	LIST(message, list_newest, "t", &filter);
	DO(store_message_trim, "t", 1, NULL);
	WRITE(setting, put);
	READ(setting, get, "t", "n");
	DO(store_setting_delete, "t", "n", NULL);
	WRITE(user, put);
	READ(user, get, "t", "n");
	WRITE(tenant, insert);
	WRITE(tenant, update);
	READ(tenant, get, "t");
	DO(store_tenant_list_all, &tenants, NULL);
	DO(store_tenant_delete, "t", NULL);
	DO(store_publication_get, &publication, NULL);
	DO(store_publication_next, NULL);
	DO(store_publication_count, NULL);
	DO(store_publication_renew, "e", NULL);
	store_publication_fini(&publication);
	store_destination_list_fini(&destinations);
	store_tenant_list_fini(&tenants);
}

int main(int argc, char **argv)
{
	struct err err = { 0 };
	AUTO(store_close_cleanup) struct store *store = NULL;
	(void)sqlite3_auto_extension((void (*)(void))follow);
	if (argc != 2 || store_open(&store, argv[1], &err) != RC_OK) {
		(void)fprintf(stderr, "statements FILE: %s\n", err.text);
		return EXIT_FAILURE;
	}
	use_trust(store);
	use_keys(store);
	use_content(store);
	use_the_rest(store);
	return EXIT_SUCCESS;
}
