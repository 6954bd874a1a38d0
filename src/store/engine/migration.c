/* SPDX-License-Identifier: Apache-2.0
 * The schema, step by step: a step that was released is never changed, a change is a new step. */
#include "store/engine/migration.h"

#include "base/memory.h"
#include "store/engine/statement.h"
#include "store/engine/transaction.h"

#include <stdio.h>

#define KEYSTORE_COLUMNS \
	"tenant TEXT NOT NULL REFERENCES tenant(name), alias TEXT NOT NULL COLLATE NOCASE, id TEXT NOT " \
	"NULL," \
	"type TEXT NOT NULL CHECK(type IN ('Key Pair','Certificate')), chain TEXT NOT NULL, key BLOB," \
	"sha256 TEXT NOT NULL, size INTEGER NOT NULL, status TEXT NOT NULL," \
	"created INTEGER NOT NULL, modified INTEGER NOT NULL, PRIMARY KEY(tenant, alias)"

static const char *const steps[] = {
	/* 1 */
	"CREATE TABLE tenant(name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL) "
	"STRICT;"
	"CREATE TABLE user(tenant TEXT NOT NULL REFERENCES tenant(name), name TEXT NOT NULL, salt TEXT NOT "
	"NULL,"
	" hash TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(tenant, name)) STRICT;"
	"CREATE TABLE setting(tenant TEXT NOT NULL REFERENCES tenant(name), name TEXT NOT NULL,"
	" value TEXT NOT NULL, PRIMARY KEY(tenant, name)) STRICT;"
	"CREATE TABLE authority(tenant TEXT NOT NULL REFERENCES tenant(name), name TEXT NOT NULL,"
	" certificate BLOB NOT NULL, key BLOB NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(tenant, name)) "
	"STRICT;"
	"CREATE TABLE authority_certificate(tenant TEXT NOT NULL REFERENCES tenant(name), serial TEXT NOT "
	"NULL,"
	" sha256 TEXT NOT NULL, subject TEXT NOT NULL, issuer TEXT NOT NULL, usage TEXT NOT NULL,"
	" certificate BLOB NOT NULL, not_after INTEGER NOT NULL, created INTEGER NOT NULL,"
	" revoked INTEGER NOT NULL, PRIMARY KEY(tenant, serial), UNIQUE(tenant, sha256)) STRICT;"
	"CREATE TABLE server_key(tenant TEXT NOT NULL REFERENCES tenant(name), kind TEXT NOT NULL,"
	" chain TEXT NOT NULL, key BLOB NOT NULL, not_after INTEGER NOT NULL, own INTEGER NOT NULL,"
	" PRIMARY KEY(tenant, kind)) STRICT;"
	"CREATE TABLE keystore_entry(" KEYSTORE_COLUMNS ") STRICT;"
	"CREATE TABLE keystore_backup(" KEYSTORE_COLUMNS ") STRICT;"
	"CREATE TABLE crl(tenant TEXT NOT NULL REFERENCES tenant(name), sha256 TEXT NOT NULL, issuer TEXT "
	"NOT "
	"NULL,"
	" der BLOB NOT NULL, this_update INTEGER NOT NULL, next_update INTEGER NOT NULL,"
	" created INTEGER NOT NULL, PRIMARY KEY(tenant, sha256)) STRICT;"
	"CREATE TABLE role(tenant TEXT NOT NULL REFERENCES tenant(name), name TEXT NOT NULL,"
	" description TEXT NOT NULL, owner TEXT NOT NULL, created INTEGER NOT NULL,"
	" PRIMARY KEY(tenant, name)) STRICT;"
	"CREATE TABLE instance(tenant TEXT NOT NULL REFERENCES tenant(name), id TEXT NOT NULL, name TEXT NOT "
	"NULL,"
	" service TEXT NOT NULL, plan TEXT NOT NULL, parameters TEXT NOT NULL, created INTEGER NOT NULL,"
	" modified INTEGER NOT NULL, PRIMARY KEY(tenant, id), UNIQUE(tenant, name)) STRICT;"
	"CREATE TABLE service_key(tenant TEXT NOT NULL, id TEXT NOT NULL, instance TEXT NOT NULL,"
	" name TEXT NOT NULL, type TEXT NOT NULL, client_id TEXT NOT NULL, secret_sha256 TEXT, secret BLOB,"
	" key BLOB, pinned INTEGER NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(tenant, id),"
	" UNIQUE(tenant, instance, name), UNIQUE(tenant, client_id),"
	" FOREIGN KEY(tenant, instance) REFERENCES instance(tenant, id)) STRICT;"
	"CREATE TABLE service_key_certificate(tenant TEXT NOT NULL, sha256 TEXT NOT NULL, key TEXT NOT NULL,"
	" chain TEXT NOT NULL, subject TEXT NOT NULL, issuer TEXT NOT NULL, serial TEXT NOT NULL,"
	" public_key_sha256 TEXT NOT NULL, issuer_public_key_sha256 TEXT, not_before INTEGER NOT NULL,"
	" not_after INTEGER NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(tenant, sha256),"
	" FOREIGN KEY(tenant, key) REFERENCES service_key(tenant, id) ON DELETE CASCADE) STRICT;"
	"CREATE INDEX service_key_certificate_key ON service_key_certificate(tenant, key);"
	"CREATE TABLE artifact(tenant TEXT NOT NULL REFERENCES tenant(name), id TEXT NOT NULL, name TEXT NOT "
	"NULL,"
	" version TEXT NOT NULL, address TEXT NOT NULL COLLATE NOCASE, bundle BLOB NOT NULL, plan TEXT NOT "
	"NULL,"
	" deployed INTEGER NOT NULL, PRIMARY KEY(tenant, id), UNIQUE(tenant, address)) STRICT;"
	"CREATE TABLE credential(tenant TEXT NOT NULL REFERENCES tenant(name), name TEXT NOT NULL, user TEXT "
	"NOT NULL,"
	" password BLOB NOT NULL, modified INTEGER NOT NULL, PRIMARY KEY(tenant, name)) STRICT;"
	"CREATE TABLE destination(tenant TEXT NOT NULL REFERENCES tenant(name), instance TEXT NOT NULL,"
	" name TEXT NOT NULL, configuration TEXT NOT NULL, secrets BLOB, created INTEGER NOT NULL,"
	" modified INTEGER NOT NULL, PRIMARY KEY(tenant, instance, name)) STRICT;"
	"CREATE TABLE destination_certificate(tenant TEXT NOT NULL REFERENCES tenant(name), instance TEXT "
	"NOT "
	"NULL,"
	" name TEXT NOT NULL, type TEXT NOT NULL, content BLOB NOT NULL, created INTEGER NOT NULL,"
	" modified INTEGER NOT NULL, PRIMARY KEY(tenant, instance, name)) STRICT;"
	"CREATE TABLE token_key(tenant TEXT NOT NULL REFERENCES tenant(name), kid TEXT NOT NULL,"
	" public_key BLOB NOT NULL, key BLOB NOT NULL, created INTEGER NOT NULL, retired INTEGER NOT NULL,"
	" PRIMARY KEY(tenant, kid)) STRICT;"
	"CREATE TABLE message(tenant TEXT NOT NULL REFERENCES tenant(name), id TEXT NOT NULL, time INTEGER "
	"NOT "
	"NULL,"
	" artifact TEXT NOT NULL, address TEXT NOT NULL, status TEXT NOT NULL, probe INTEGER NOT NULL,"
	" http_status INTEGER NOT NULL, code TEXT NOT NULL, client TEXT NOT NULL, subject TEXT NOT NULL,"
	" sha256 TEXT NOT NULL, tls TEXT NOT NULL, duration_us INTEGER NOT NULL, record TEXT NOT NULL,"
	" PRIMARY KEY(tenant, id)) STRICT;"
	"CREATE INDEX message_time ON message(tenant, time DESC);",
	/* A deleted instance or key takes what the platform knew of it along, whoever deletes it. */
	"CREATE TABLE broker_instance(tenant TEXT NOT NULL, id TEXT NOT NULL, instance TEXT NOT NULL,"
	" service_id TEXT NOT NULL, plan_id TEXT NOT NULL, organization TEXT NOT NULL, space TEXT NOT NULL,"
	" parameters TEXT NOT NULL, PRIMARY KEY(tenant, id), UNIQUE(tenant, instance),"
	" FOREIGN KEY(tenant, instance) REFERENCES instance(tenant, id) ON DELETE CASCADE) STRICT;"
	"CREATE TABLE broker_binding(tenant TEXT NOT NULL, id TEXT NOT NULL, instance TEXT NOT NULL,"
	" key TEXT NOT NULL, parameters TEXT NOT NULL, predecessor TEXT NOT NULL, PRIMARY KEY(tenant, id),"
	" UNIQUE(tenant, key),"
	" FOREIGN KEY(tenant, instance) REFERENCES broker_instance(tenant, id) ON DELETE CASCADE,"
	" FOREIGN KEY(tenant, key) REFERENCES service_key(tenant, id) ON DELETE CASCADE) STRICT;",
	/* What tools upload, before it is deployed, and what became of deployments. */
	"CREATE TABLE package(tenant TEXT NOT NULL REFERENCES tenant(name), id TEXT NOT NULL, name TEXT NOT "
	"NULL,"
	" texts TEXT NOT NULL, created INTEGER NOT NULL, created_by TEXT NOT NULL, modified INTEGER NOT NULL,"
	" modified_by TEXT NOT NULL, PRIMARY KEY(tenant, id)) STRICT;"
	"CREATE TABLE designtime(tenant TEXT NOT NULL, id TEXT NOT NULL, version TEXT NOT NULL,"
	" kind TEXT NOT NULL, package TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,"
	" active INTEGER NOT NULL, facts TEXT NOT NULL, created INTEGER NOT NULL, created_by TEXT NOT NULL,"
	" modified INTEGER NOT NULL, modified_by TEXT NOT NULL, PRIMARY KEY(tenant, id, version),"
	" FOREIGN KEY(tenant, package) REFERENCES package(tenant, id) ON DELETE CASCADE) STRICT;"
	"CREATE UNIQUE INDEX designtime_active ON designtime(tenant, id) WHERE active;"
	"CREATE TABLE designtime_content(tenant TEXT NOT NULL, id TEXT NOT NULL, version TEXT NOT NULL,"
	" content BLOB NOT NULL, PRIMARY KEY(tenant, id, version),"
	" FOREIGN KEY(tenant, id, version) REFERENCES designtime(tenant, id, version) ON DELETE CASCADE) "
	"STRICT;"
	"CREATE TABLE deployment(tenant TEXT NOT NULL REFERENCES tenant(name), task TEXT NOT NULL,"
	" artifact TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,"
	" status TEXT NOT NULL, error TEXT NOT NULL, reason TEXT NOT NULL, user TEXT NOT NULL,"
	" started INTEGER NOT NULL, ended INTEGER NOT NULL, PRIMARY KEY(tenant, task)) STRICT;"
	"CREATE INDEX deployment_artifact ON deployment(tenant, artifact, started DESC);",
	/* destination: everything the Destination service keeps, by kind */
	"ALTER TABLE destination RENAME TO destination_before;"
	"CREATE TABLE destination(tenant TEXT NOT NULL REFERENCES tenant(name),"
	" kind TEXT NOT NULL CHECK(kind IN ('destination','fragment','certificate','trust')),"
	" instance TEXT NOT NULL, name TEXT NOT NULL, configuration TEXT NOT NULL, secrets BLOB,"
	" renewal BLOB, labels TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,"
	" PRIMARY KEY(tenant, kind, instance, name)) STRICT;"
	"INSERT INTO destination SELECT tenant, 'destination', instance, name, configuration, secrets, NULL,"
	" '[]', created, modified FROM destination_before;"
	"INSERT INTO destination SELECT tenant, 'certificate', instance, name, json_object('Type', type),"
	" content, NULL, '[]', created, modified FROM destination_certificate;"
	"DROP TABLE destination_before; DROP TABLE destination_certificate;",
	"ALTER TABLE credential ADD COLUMN kind TEXT; ALTER TABLE credential ADD COLUMN description TEXT;"
	"ALTER TABLE credential ADD COLUMN company TEXT;"
	"CREATE TABLE security_material(tenant TEXT NOT NULL REFERENCES tenant(name), kind TEXT NOT NULL,"
	" name TEXT NOT NULL, facts TEXT NOT NULL, secret BLOB NOT NULL, modified INTEGER NOT NULL,"
	" modified_by TEXT NOT NULL, PRIMARY KEY(tenant, kind, name)) STRICT;",
	/* Of which state of the store the published registry is. */
	"CREATE TABLE publication(id INTEGER PRIMARY KEY CHECK(id=1), number INTEGER NOT NULL) STRICT;"
	"INSERT INTO publication VALUES(1, 0);"
	/* Certificates whose issuer is not known yet: looked through at each import of a CA certificate. */
	"CREATE INDEX service_key_certificate_waiting ON service_key_certificate(tenant, key)"
	" WHERE issuer_public_key_sha256 IS NULL;",
	/* Refresh tokens from before this time are good no more. */
	"ALTER TABLE tenant ADD COLUMN tokens_since INTEGER;",
	/* No name that PostgreSQL keeps to itself, no order by a row number that it has not. */
	"ALTER TABLE user RENAME TO account;"
	"ALTER TABLE credential RENAME COLUMN user TO user_name;"
	"ALTER TABLE deployment RENAME COLUMN user TO user_name;"
	"DROP INDEX message_time; CREATE INDEX message_newest ON message(tenant, time DESC, id DESC);"
	"DROP INDEX deployment_artifact;"
	"CREATE INDEX deployment_newest ON deployment(tenant, artifact, started DESC, task DESC);",
	/* Of which store the published registry is: numbers of two stores say nothing about each other. */
	"ALTER TABLE publication ADD COLUMN epoch TEXT NOT NULL DEFAULT '';"
	"UPDATE publication SET epoch=lower(hex(randomblob(16)));",
	/* Which flow names a key pair or a credential, so that no plan need be read to learn it. */
	"CREATE TABLE artifact_receiver(tenant TEXT NOT NULL, artifact TEXT NOT NULL,"
	" kind TEXT NOT NULL CHECK(kind IN ('alias','credential')), name TEXT NOT NULL,"
	" PRIMARY KEY(tenant, artifact, kind, name),"
	" FOREIGN KEY(tenant, artifact) REFERENCES artifact(tenant, id) ON DELETE CASCADE) STRICT;"
	"CREATE INDEX artifact_receiver_name ON artifact_receiver(tenant, kind, lower(name));"
	"INSERT INTO artifact_receiver SELECT DISTINCT tenant, id,"
	" CASE auth WHEN 'basic' THEN 'credential' ELSE 'alias' END,"
	" CASE auth WHEN 'basic' THEN credential ELSE alias END FROM (SELECT a.tenant AS tenant, a.id AS id,"
	" json_extract(s.value, '$.receiver.auth') AS auth,"
	" json_extract(s.value, '$.receiver.credential') AS credential,"
	" json_extract(s.value, '$.receiver.alias') AS alias"
	" FROM artifact a, json_each(CASE WHEN json_valid(a.plan) THEN a.plan ELSE '{}' END, '$.steps') s)"
	" WHERE (auth='basic' AND credential IS NOT NULL) OR (auth='certificate' AND alias IS NOT NULL);",
	/* Every change has a number, also where gateways judge nothing by it. */
	"ALTER TABLE publication ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;"
	"UPDATE publication SET changes=number;",
};

static enum rc version_of(struct store *store, int64_t *ret, struct err *reterr)
{
	sqlite3_stmt *stmt = NULL;
	TRY(store_prepare(store, "PRAGMA user_version", &stmt, reterr));
	int native = sqlite3_step(stmt);
	*ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return native == SQLITE_ROW ? RC_OK : store_err(store, native, reterr);
}

static enum rc run_step(struct store *store, size_t i, struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	char version[64];
	(void)snprintf(version, sizeof(version), "PRAGMA user_version=%zu", i + 1);
	TRY(store_transaction_begin(&transaction, store, reterr));
	TRY(store_execute(store, steps[i], reterr));
	TRY(store_execute(store, version, reterr));
	return store_transaction_commit(&transaction, reterr);
}

enum rc migration_run(struct store *store, struct err *reterr)
{
	int64_t version = 0;
	TRY(version_of(store, &version, reterr));
	if (version < 0 || (uint64_t)version > ARRAY_SIZE(steps)) {
		return err_set(reterr, RC_UNSUPPORTED,
			       "The store was written by a newer version of Postern (schema %lld, this one "
			       "knows %zu).",
			       (long long)version, ARRAY_SIZE(steps));
	}
	for (size_t i = (size_t)version; i < ARRAY_SIZE(steps); i++) {
		TRY(run_step(store, i, reterr));
	}
	return RC_OK;
}
