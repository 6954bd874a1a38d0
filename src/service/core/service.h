/* SPDX-License-Identifier: Apache-2.0
 * The manager's state, and a session on it: store, registry and keys in one place;
 * every use case takes one. */
#pragma once

#include "helper/job.h"
#include "json/value.h"
#include "seal/seal.h"
#include "os/thread.h"
#include "pki/cert.h"
#include "journal/reader.h"
#include "registry/writer.h"
#include "service/core/actor.h"
#include "setting/setting.h"
#include "store/engine/store.h"

/** The subaccount that exists from the start. */
#define SERVICE_TENANT_DEFAULT "default"

struct session;
struct destination_memory;
struct own_gateway_memory;
struct public_key_memory;
struct published;

/** A login that was good. */
struct login_slot {
	uint8_t digest[32]; /* of subaccount, user and password */
	uint64_t users;     /* service->users at that time; 0: empty */
};
#define LOGIN_SLOTS 64

/** What one manager has, once, for all sessions. Settings, seals and paths stay as they are from the start
 * on. */
struct service {
	struct value *settings;      /* the manager's settings JSON */
	struct seal_key seal;        /* seals rows of the store */
	struct seal_key worker_seal; /* seals records of the registry; gateways get it */
	struct seal_key csrf;        /* seals CSRF tokens of the management APIs; gateways have another */
	char *state_dir;
	struct destination_memory *destinations; /* what the Destination service keeps */
	struct public_key_memory *public_keys;   /* what helpers read of its certificates */

	/* Raised by the session that changes, once it has committed;
	 * what was concluded before may be wrong after. */
	_Atomic uint64_t changes;     /* any */
	_Atomic uint64_t generation;  /* of keys, instances, roles or token keys */
	_Atomic uint64_t server_keys; /* of the server's own certificates */
	_Atomic uint64_t users;       /* of users or their passwords */

	struct monitor journal_monitor; /* guards the journal's reader, not the store while it takes over */
	struct journal_reader *journal;

	struct monitor monitor;                 /* guards what follows */
	struct own_gateway_memory *own_gateway; /* what Find asks about the own gateway */
	struct login_slot logins[LOGIN_SLOTS];  /* that were good, so that a password is derived from once */
	struct value *tenant_ids; /* name to id of the subaccounts asked for since the last change */
	uint64_t tenant_ids_changes;
	struct token_verify_cache *tokens; /* verdicts of token_verify.c */
};

/** What a use case waits for, with its session: see work.h. */
struct need {
	bool messages; /* of gateways; else an answer of a helper, */
	enum job_kind kind;
	struct value *request; /* owned */
	struct job_limits limits;
	void (*done)(struct session *session, void *context, const struct value *answer,
		     const struct err *err); /* NULL: nothing is needed */
	void *context;
};

/** What a use case works with: every one takes it. One thread at a time. */
struct session {
	struct service *service;
	struct store *store; /* a connection of its own; NULL: memory has to do, see session_check_store() */
	struct registry_writer *registry; /* of the session that changes; NULL in others */
	/* the registry as gateways read it, once somebody asked; see published.h */
	struct published *published;
	const struct actor *actor; /* who asks; borrowed */
	struct str secret;         /* keys beside the answer of a helper, while it is taken; borrowed */
	struct need need;          /* what the use case wants before it goes on */
	uint64_t ingested;         /* messages taken over since the store was last trimmed */
	bool holds_destinations;   /* their memory, for reading, until session_end() */
	bool stale; /* a change is in the store and not in the registry: rebuild before the next one */
};

/**
 * Open the state folder: store (migrated), registry (rebuilt from the store, where it is not of its present
 * state), journal; on first start make the tenant
 * `default`, its CA, the token signing key and the admin user; renew server certificates near their end;
 * write ca/root.pem and ca/issuing.pem. What comes is the session that changes:
 * its owner is the only one who writes.
 *
 * settings  the manager's settings: "state_dir", "host", "gateway_url", "management_url", "master_key_file"
 *           (default
 *           STATE/master.key), "crl_stale", ...; a reference is taken
 *
 * RC_DENIED the master key is missing for a store that has rows, or does not open it;
 * RC_STORE, RC_IO, RC_UNSUPPORTED
 */
MUST_USE enum rc service_open(struct session **ret, struct value *settings, struct err *reterr);
/** Read a file with a master key: 64 hex digits. RC_NOT_FOUND, RC_IO it cannot be read, RC_DENIED it holds
 * something else. */
MUST_USE enum rc service_master_read(const char *path, struct seal_key *ret, struct err *reterr);
/** The key that gateways get, of a master key. */
void service_master_derive(const struct seal_key *master, struct seal_key *ret_worker);
/** Close the session that service_open() gave, and the service; other sessions are ended before.
 * Accepts NULL. */
void service_close(struct session *session);
DEFINE_CLEANUP(struct session, service_close);

/** Path of a file in the state folder, owned. */
char *service_path(const struct session *session, const char *name);
/** What else the role was told ("gateway_url", "management_url"), or otherwise. Borrowed.
 * Settings: setting_text_in(). */
const char *service_setting_c(const struct session *session, const char *name, const char *otherwise);

/** Seal bytes for a row; bound to tenant, table and row. Appends to out. */
MUST_USE enum rc service_seal(struct session *session, const char *tenant, const char *table, const char *row,
			      struct str plain, struct buf *out, struct err *reterr);
/** The reverse; out should be secret. RC_DENIED it was sealed with another key or for another row. */
MUST_USE enum rc service_unseal(struct session *session, const char *tenant, const char *table,
				const char *row, struct str sealed, struct buf *out, struct err *reterr);
