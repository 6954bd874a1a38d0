/* SPDX-License-Identifier: Apache-2.0
 * Statements about a registry, taken apart and put into a batch as the manager would. */
#include "unit/gateway/furnish.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "flow/address.h"
#include "flow/bundle/bundle_write.h"
#include "flow/plan_value.h"
#include "flow/bundle/bundle.h"
#include "json/value.h"
#include "pki/authority.h"
#include "pki/chain/crl.h"
#include "pki/digest.h"
#include "unit/gateway/parties.h"
#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>

#define TENANT "default"
#define WORDS_MAX 12

/* Where it goes, and one statement, taken apart into words. */
struct work {
	struct registry_batch *batch;
	const struct seal_key *secrets;
	const char *receiver;
	char *words[WORDS_MAX + 1]; /* NULL behind the last */
	bool deletes;
};

static struct key *token_key;

/* Writing records. */

static struct value *base64_value(struct str bytes)
{
	AUTO_BUF(text, 1 << 20);
	assert_true(base64_encode(&text, bytes));
	return value_string(buf_str(&text));
}

static void put_record(const struct work *w, struct registry_record *record)
{
	struct err err = { 0 };
	enum rc rc =
		w->deletes ? registry_batch_delete(w->batch, record->kind, record->tenant, record->key, &err)
			   : registry_batch_put(w->batch, record, &err);
	if (rc != RC_OK) {
		fail_msg("%s", err.text);
	}
}

static void put_terms(const struct work *w, enum registry_kind kind, const char *key, const struct value *v,
		      const struct str *terms, size_t n_terms)
{
	AUTO_BUF(text, REGISTRY_MAX_VALUE);
	struct registry_record r = {
		.kind = kind, .tenant = STR(TENANT), .key = str_of(key), .n_terms = n_terms
	};
	assert_int_equal(value_format(v, &text), RC_OK);
	r.value = buf_str(&text);
	for (size_t i = 0; i < n_terms; i++) {
		r.terms[i] = terms[i];
	}
	put_record(w, &r);
}

static void put(const struct work *w, enum registry_kind kind, const char *key, const struct value *v)
{
	put_terms(w, kind, key, v, NULL, 0);
}

static void put_der(const struct work *w, enum registry_kind kind, const char *key, struct str der)
{
	AUTO_VALUE *v = value_object();
	value_set(v, "der", base64_value(der));
	put(w, kind, key, v);
}

/* Options. */

static bool has(const struct work *w, const char *option)
{
	for (size_t i = 2; w->words[i]; i++) {
		if (strcmp(w->words[i], option) == 0) {
			return true;
		}
	}
	return false;
}

/* What stands behind "name=", or otherwise. */
static const char *option(const struct work *w, const char *name, const char *otherwise)
{
	size_t n = strlen(name);
	for (size_t i = 2; w->words[i]; i++) {
		if (strncmp(w->words[i], name, n) == 0 && w->words[i][n] == '=') {
			return w->words[i] + n + 1;
		}
	}
	return otherwise;
}

/* Statements. */

static void put_anchor(const struct work *w)
{
	if (strcmp(w->words[1], "broken") == 0) {
		put_der(w, REGISTRY_ANCHOR, "broken", STR("no certificate"));
	} else {
		put_der(w, REGISTRY_ANCHOR, w->words[1], cert_der(party_get(w->words[1])->chain.items[0]));
	}
}

static void put_twins(const struct work *w)
{
	for (long i = 1; i <= strtol(w->words[1], NULL, 10); i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "twin-%ld", i);
		put_der(w, REGISTRY_ANCHOR, name, cert_der(party_get(name)->chain.items[0]));
	}
}

static void put_list(const struct work *w, const struct party *ca, const char *serial, int64_t from_days,
		     int days)
{
	AUTO_BUF(der, CRL_MAX_BYTES);
	const struct wall since = { wall_now().us + from_days * 86400 * US_PER_SECOND };
	const struct authority_revoked revoked = { serial, since };
	assert_int_equal(authority_crl(ca->chain.items[0], ca->key, &revoked, serial ? 1 : 0, 1, since, days,
				       &der, NULL),
			 RC_OK);
	put_der(w, REGISTRY_CRL, ca->name, buf_str(&der));
}

static void put_revocation(const struct work *w)
{
	const struct party *party = party_get(w->words[1]);
	put_list(w, party_issuer(party), cert_serial(party->chain.items[0]), 0, 7);
}

static void put_overdue(const struct work *w)
{
	put_list(w, party_get(w->words[1]), NULL, -9, 7);
}

static void put_instance(const struct work *w, const char *id)
{
	AUTO_VALUE *v = value_object();
	struct value *roles = value_array();
	value_append_c(roles, option(w, "role", "ESBMessaging.send"));
	value_set_c(v, "id", id);
	value_set_c(v, "name", id);
	value_set_c(v, "plan", option(w, "plan", "integration-flow"));
	value_set(v, "roles", roles);
	put(w, REGISTRY_INSTANCE, id, v);
}

static struct value *held_certificate(const struct work *w, const struct party *party)
{
	const struct cert *c = party->chain.items[0];
	struct value *held = value_object();
	char time[WALL_TEXT_SIZE];
	value_set_c(held, "sha256", cert_sha256(c));
	value_set_c(held, "subject", cert_subject(c));
	value_set_c(held, "issuer", cert_issuer(c));
	value_set_c(held, "not_before", wall_format(cert_not_before(c), time));
	if (!has(w, "issuer-unknown")) {
		value_set_c(held, "issuer_public_key_sha256",
			    cert_public_key_sha256(party_issuer(party)->chain.items[0]));
	}
	return held;
}

static void put_credential(const struct work *w, const char *id, const struct party *party)
{
	AUTO_VALUE *v = value_object();
	AUTO_BUF(client, 256);
	AUTO_BUF(certificate, 256);
	AUTO_BUF(dn, 256);
	AUTO_FREE char *client_id = mem_printf("sb-%s", id);
	AUTO_FREE char *instance = mem_printf("of-%s", id);
	const char *secret = option(w, "secret", NULL);
	char digest[DIGEST_SHA256_TEXT_SIZE];
	struct value *list = value_array();
	value_set_c(v, "id", id);
	value_set_c(v, "name", id);
	value_set_c(v, "instance", instance);
	value_set_c(v, "client_id", client_id);
	value_set_c(v, "secret_sha256", secret ? digest_sha256_text(str_of(secret), digest) : NULL);
	value_set_bool(v, "pinned", !has(w, "unpinned"));
	value_set(v, "certificates", list);
	registry_term_client(str_of(client_id), &client);
	if (party) {
		const struct cert *c = party->chain.items[0];
		value_append(list, held_certificate(w, party));
		registry_term_certificate(str_of(cert_sha256(c)), &certificate);
		registry_term_dn(str_of(cert_subject(c)), str_of(cert_issuer(c)), &dn);
	}
	const struct str terms[] = { buf_str(&client), buf_str(&certificate), buf_str(&dn) };
	put_instance(w, instance);
	put_terms(w, REGISTRY_SERVICE_KEY, id, v, terms, party ? 3 : 1);
}

static void put_key(const struct work *w)
{
	bool nobody = strcmp(w->words[1], "-") == 0;
	put_credential(w, option(w, "as", w->words[1]), nobody ? NULL : party_get(w->words[1]));
}

/* "@/up" is a path of the receiver. */
static char *receiver_url(const struct work *w)
{
	const char *to = option(w, "to", NULL);
	return !to ? NULL : to[0] == '@' ? mem_printf("%s%s", w->receiver, to + 1) : mem_strdup(to);
}

static void set_timeout(struct flow_plan *plan, const char *ms)
{
	for (size_t i = 0; ms && i < plan->n_steps; i++) {
		if (plan->steps[i].receiver) {
			plan->steps[i].receiver->timeout_ms = (uint32_t)strtoul(ms, NULL, 10);
		}
	}
}

static struct value *plan_of(const struct work *w)
{
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	AUTO_FREE char *to = receiver_url(w);
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = NULL;
	struct err err = { 0 };
	const struct bundle_spec spec = {
		.name = str_of(w->words[1] + 1),
		.address = str_of(w->words[1]),
		.role = str_of(option(w, "role", NULL)),
		.csrf = has(w, "csrf"),
		.max_body_mb = (uint32_t)strtoul(option(w, "max", "0"), NULL, 10),
		.to = str_of(to),
		.reply = to               ? STR_NONE
			 : has(w, "echo") ? STR("${in.body}")
					  : STR("ok"),
	};
	if (bundle_write(&spec, &zip, &err) != RC_OK ||
	    bundle_read(buf_str(&zip), NULL, &plan, &err) != RC_OK) {
		fail_msg("%s: %s", w->words[1], err.text);
	}
	set_timeout(plan, option(w, "timeout", NULL));
	return flow_plan_to_value(plan);
}

static void put_endpoint(const struct work *w)
{
	AUTO_BUF(key, 512);
	AUTO_BUF(term, 1024);
	AUTO_VALUE *v = value_object();
	value_set(v, "plan", has(w, "broken") ? value_object() : plan_of(w));
	address_key(str_of(w->words[1]), &key);
	registry_term_address(buf_str(&key), &term);
	put_terms(w, REGISTRY_ENDPOINT, w->words[1] + 1, v, &(struct str){ term.p, term.n }, 1);
}

static void put_setting(const struct work *w)
{
	AUTO_VALUE *v = NULL;
	assert_int_equal(value_parse(&v, str_of(w->words[2]), 4096, NULL), RC_OK);
	put(w, REGISTRY_SETTING, w->words[1], v);
}

static const struct {
	const char *name;
	void (*put)(const struct work *w);
} STATEMENTS[] = {
	{ "trust", put_anchor },    { "twins", put_twins }, { "revoke", put_revocation },
	{ "overdue", put_overdue }, { "key", put_key },     { "endpoint", put_endpoint },
	{ "setting", put_setting },
};

static void take_apart(struct work *w, char *statement)
{
	char *rest = NULL;
	size_t n = 0;
	for (char *word = strtok_r(statement, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		assert_true(n < WORDS_MAX);
		w->words[n++] = word;
	}
	w->words[n] = NULL;
	w->deletes = n > 0 && strcmp(w->words[0], "no") == 0;
	for (size_t i = 0; w->deletes && i < n; i++) {
		w->words[i] = w->words[i + 1];
	}
}

static void do_statement(struct work *w, char *statement)
{
	take_apart(w, statement);
	if (!w->words[0]) {
		return;
	}
	assert_non_null(w->words[1]);
	for (size_t i = 0; i < ARRAY_SIZE(STATEMENTS); i++) {
		if (strcmp(STATEMENTS[i].name, w->words[0]) == 0) {
			STATEMENTS[i].put(w);
			return;
		}
	}
	fail_msg("no statement begins with %s", w->words[0]);
}

void furnish(struct registry_batch *batch, const struct seal_key *secrets, const char *receiver,
	     const char *statements)
{
	AUTO_FREE char *text = mem_strdup(statements);
	struct work w = { .batch = batch, .secrets = secrets, .receiver = receiver };
	char *rest = NULL;
	for (char *one = strtok_r(text, ";", &rest); one; one = strtok_r(NULL, ";", &rest)) {
		do_statement(&w, one);
	}
}

/* What every gateway needs. */

static void put_tenant(const struct work *w)
{
	AUTO_VALUE *v = value_object();
	value_set_c(v, "id", "tenant-id");
	value_set_c(v, "name", TENANT);
	put(w, REGISTRY_TENANT, TENANT, v);
}

static void put_server_key(const struct work *w)
{
	const struct party *server = party_get("server");
	AUTO_VALUE *v = value_object();
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_BUF_SECRET(text, 1 << 20);
	AUTO_BUF(associated, 1024);
	AUTO_BUF(sealed, 1 << 20);
	struct value *chain = value_array();
	for (size_t i = 0; i < server->chain.n; i++) {
		value_append(chain, base64_value(cert_der(server->chain.items[i])));
	}
	assert_int_equal(key_format_pkcs8(server->key, &der), RC_OK);
	value_set(v, "chain", chain);
	value_set(v, "key", base64_value(buf_str(&der)));
	assert_int_equal(value_format(v, &text), RC_OK);
	registry_format_associated(REGISTRY_SERVER_KEY, STR(""), STR("ec"), &associated);
	assert_int_equal(seal_close(w->secrets, buf_str(&text), buf_str(&associated), &sealed), RC_OK);
	put_record(w, &(struct registry_record){
			      .kind = REGISTRY_SERVER_KEY, .key = STR("ec"), .value = buf_str(&sealed) });
}

static void put_token_key(const struct work *w)
{
	AUTO_BUF(spki, 8192);
	AUTO_VALUE *v = value_object();
	assert_int_equal(key_format_public(furnish_token_key(), &spki), RC_OK);
	value_set_c(v, "kid", "k1");
	value_set(v, "public", base64_value(buf_str(&spki)));
	put(w, REGISTRY_TOKEN_KEY, "k1", v);
}

void furnish_base(struct registry_batch *batch, const struct seal_key *secrets)
{
	const struct work w = { .batch = batch, .secrets = secrets };
	put_tenant(&w);
	put_server_key(&w);
	put_token_key(&w);
}

const struct key *furnish_token_key(void)
{
	if (!token_key) {
		assert_int_equal(key_generate(&token_key, "rsa-2048", NULL), RC_OK);
	}
	return token_key;
}

void furnish_fini(void)
{
	key_free(TAKE(token_key));
}
