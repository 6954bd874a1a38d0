/* SPDX-License-Identifier: Apache-2.0
 * What the parts of one gateway process share. */
#pragma once

#include "gateway/quota.h"
#include "http/client/client.h"
#include "http/server/server.h"
#include "seal/seal.h"
#include "model/reason.h"
#include "pki/chain/chain.h"
#include "journal/counters.h"
#include "journal/writer.h"
#include "registry/reader.h"
#include "setting/setting.h"

/** Settings of the process, read once; a subaccount's own in the registry come before some of them. */
struct gateway_settings {
	char *host;             /* "localhost": served as "default", NAME.host as NAME */
	char *internal_socket;  /* path of the manager's socket for tokens */
	unsigned worker;        /* number of this worker */
	enum setting_tell tell; /* whom codes are told */
	bool offer_ca_names;
	bool http2;
	uint32_t drain_grace_ms; /* [8000], for requests under way once idle callers were waited for */
	uint64_t body_memory;    /* [bytes] of bodies held at once */
	unsigned stranger_limit; /* refusals of strangers recorded one by one [500 a second] */
};

struct tenant;
struct visit;
struct judgement_cache;

/** Random bytes fetched from the kernel at once [bytes]. */
#define GATEWAY_RANDOM_BYTES 1728

/** One gateway process. */
struct gateway {
	struct gateway_settings settings;
	struct loop *loop;
	struct loop_timer *tick;
	struct loop_timer *deadline; /* of a drain */
	struct registry_reader *registry;
	struct journal_writer *journal;
	struct counters *counters; /* mapped; NULL before serving_listen() */
	struct seal_key secrets;   /* opens sealed records */
	struct seal_key csrf;      /* seals CSRF tokens */
	struct http_server *server;
	struct budget *bodies;
	struct http_client *client;
	struct cert_cache *certificates; /* decoded once */
	struct judgement_cache *judgements;
	struct session_store *sessions; /* shared by the workers; NULL: nothing is resumed */
	struct tls_server_context *tls;
	uint64_t tls_trust;     /* generation of trust that `tls` was made of, */
	uint64_t tls_keys[2];   /* and versions of the server's keys, RSA and P-256; 0 none */
	bool tls_offers;        /* it names CAs */
	struct tenant *tenants; /* list of those seen so far */
	struct tenant *tenant;  /* of the request before */
	struct visit *spare_visits;
	size_t n_spare_visits;
	struct quota quota;
	struct mono journal_full_told; /* when the log was told last */
	struct buf line;               /* of the monitor, made anew for each message */
	uint8_t random[GATEWAY_RANDOM_BYTES];
	size_t n_random; /* [bytes] of it not used yet */
};

/** Read the settings; gateway_settings_fini() them. RC_INVALID. */
MUST_USE enum rc gateway_settings_read(struct gateway_settings *ret, const struct value *v,
				       struct err *reterr);
/** Release settings; accepts zeroed ones. */
void gateway_settings_fini(struct gateway_settings *settings);

/** The journal is full: say so in the log, once in a while. */
void gateway_tell_journal_full(struct gateway *g, const struct err *err);
/** See what the registry says now; false: it is damaged, refuse. */
bool gateway_refresh(struct gateway *g);
