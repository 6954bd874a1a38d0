/* SPDX-License-Identifier: Apache-2.0
 * `keypair examine` and `keypair verify`: what is in a file, and what it is good for. */
#include "base/memory.h"
#include "cmd/keypair/file.h"
#include "cmd/line/output.h"
#include "container/examine.h"
#include "model/reason.h"
#include "pki/chain/chain.h"

#include <stdio.h>

static const char *text_of(const struct value *object, const char *name)
{
	const char *text = value_get_c(object, name);
	return text ? text : "";
}

static void print_certificate(const struct value *cert)
{
	AUTO_BUF(usages, 2048);
	const struct value *eku = value_get(cert, "eku");
	for (size_t i = 0; i < value_count(eku); i++) {
		(void)buf_printf(&usages, "%s%s", i ? ", " : "", value_c(value_at(eku, i)));
	}
	output_data("  %s%-4s  %s%s\n", output_style(OUTPUT_BOLD), text_of(cert, "role"),
		    text_of(cert, "subject"), output_style(OUTPUT_PLAIN));
	output_data("        issuer   %s\n", text_of(cert, "issuer"));
	output_data("        valid    %s to %s\n", text_of(cert, "not_before"), text_of(cert, "not_after"));
	output_data("        key      %s\n", text_of(cert, "key"));
	output_data("        usage    %s\n", usages.n ? buf_c(&usages) : "any");
	output_data("        serial   %s\n", text_of(cert, "serial"));
	output_data("        SHA-256  %s\n", text_of(cert, "sha256"));
}

static void print_finding(const struct value *finding)
{
	const char *severity = text_of(finding, "severity");
	enum output_style style = severity[0] == 'e'   ? OUTPUT_BAD
				  : severity[0] == 'w' ? OUTPUT_WARN
						       : OUTPUT_DIM;
	output_data("%s%-7s  %s%s  %s\n", output_style(style), severity, text_of(finding, "code"),
		    output_style(OUTPUT_PLAIN), text_of(finding, "text"));
	if (text_of(finding, "fix")[0]) {
		output_data("         fix:  %s\n", text_of(finding, "fix"));
	}
}

/* Only where one of them stumbles. */
static void print_clients(const struct value *clients)
{
	for (size_t i = 0; i < value_count(clients); i++) {
		const struct value *c = value_at(clients, i);
		if (strcmp(text_of(c, "outcome"), "opens") != 0) {
			output_data("%s: %s. %s (%s).\n", text_of(c, "called"), text_of(c, "outcome"),
				    text_of(c, "because"), text_of(c, "words"));
		}
	}
}

static void print_examination(const char *file, const struct value *v)
{
	const struct value *entries = value_get(v, "entries");
	const struct value *findings = value_get(v, "findings");
	char shown[512];
	output_data("%s  %s, encryption %s%s\n", str_printable(str_of(file), shown, sizeof(shown)),
		    text_of(v, "container"), text_of(v, "encryption"),
		    value_get_bool(v, "legacy", false) ? " (legacy)" : "");
	for (size_t i = 0; i < value_count(entries); i++) {
		const struct value *entry = value_at(entries, i);
		AUTO_FREE char *alias = output_visible(text_of(entry, "alias"));
		output_data("\n%s %s  %s\n", text_of(entry, "type"), alias, text_of(entry, "key"));
		for (size_t k = 0; k < value_count(value_get(entry, "chain")); k++) {
			print_certificate(value_at(value_get(entry, "chain"), k));
		}
	}
	output_data("\n");
	print_clients(value_get(v, "clients"));
	for (size_t i = 0; i < value_count(findings); i++) {
		print_finding(value_at(findings, i));
	}
	if (value_count(findings) == 0) {
		output_data("%sNothing is wrong with it.%s\n", output_style(OUTPUT_GOOD),
			    output_style(OUTPUT_PLAIN));
	}
}

/* A repair that opens the file again needs the password again: the same way as it was given. */
static void name_password_file(struct value *findings, const char *password_file)
{
	AUTO_VALUE *given = value_object();
	static const struct str opens[] = { STR("`postern keypair convert "),
					    STR("`postern keypair export ") };
	value_set_c(given, "password_file", password_file);
	for (size_t i = 0; i < value_count(findings) * ARRAY_SIZE(opens); i++) {
		struct value *finding = value_at(findings, i / ARRAY_SIZE(opens));
		struct str fix = value_get_str(finding, "fix"), verb = opens[i % ARRAY_SIZE(opens)];
		AUTO_BUF(with, 8192);
		if (!str_starts_with(fix, verb)) {
			continue;
		}
		(void)buf_add(&with, verb);
		reason_fill("--password-file {password_file} ", given, &with);
		(void)buf_add(&with, str_skip(fix, verb.n));
		value_set_str(finding, "fix", buf_str(&with));
	}
}

enum rc keypair_examine(struct command_line *line, struct err *reterr)
{
	const char *file = command_argument(line, 0);
	AUTO_BUF_SECRET(password, 2048);
	AUTO(container_free_cleanup) struct container *c = NULL;
	TRY(keypair_file_open(line, file, &c, &password, reterr));
	AUTO_VALUE *v = examine_container(c, wall_now(), file);
	if (command_option(line, "password-file")) {
		name_password_file(value_get(v, "findings"), command_option(line, "password-file"));
	}
	if (command_json(line)) {
		return output_json(v, reterr);
	}
	print_examination(file, v);
	return RC_OK;
}

/* ---- verify ---- */

struct verification {
	struct cert_list chain;
	struct cert_list anchors;
	struct trust *trust;
	bool own_root; /* no --trust was given: the file's own root is taken at its word */
};

static void verification_fini(struct verification *v)
{
	cert_list_fini(&v->chain);
	cert_list_fini(&v->anchors);
	trust_free(v->trust);
}

static enum rc read_anchors(const struct command_line *line, const struct container *c,
			    struct verification *v, struct err *reterr)
{
	v->own_root = !command_option_at(line, "trust", 0);
	for (size_t i = 0; command_option_at(line, "trust", i); i++) {
		TRY(keypair_file_certificates(command_option_at(line, "trust", i), &v->anchors, reterr));
	}
	for (size_t i = 0; v->own_root && i < c->n; i++) {
		for (size_t k = 0; k < c->entries[i].chain.n; k++) {
			if (cert_is_self_signed(c->entries[i].chain.items[k])) {
				cert_list_add(&v->anchors, c->entries[i].chain.items[k]);
			}
		}
	}
	return trust_new(&v->trust, &v->anchors, NULL, 0, CRL_STALE_REFUSE, reterr);
}

/* The table's sentences speak of clients. */
static const char *server_text(enum reason reason)
{
	switch ((int)reason) {
	case REASON_P108:
		return "The certificate may not be used as a server certificate: it lacks serverAuth.";
	case REASON_P118:
		return "The certificate's key usage allows neither to sign nor to agree on keys, which a TLS "
		       "server must.";
	case REASON_K217:
		return "A CA certificate in the chain is not for server certificates: its extended key "
		       "usages lack "
		       "serverAuth.";
	default: return NULL;
	}
}

static struct value *verdict_to_value(const struct chain_verdict *verdict, bool is_server)
{
	char when[WALL_TEXT_SIZE];
	struct value *v = value_object();
	bool good = verdict->reason == REASON_NONE;
	const struct reason_info *info = reason_info(verdict->reason);
	value_set_bool(v, "good", good);
	value_set_c(v, "code", info->code);
	const char *of_server = is_server ? server_text(verdict->reason) : NULL;
	value_set_c(v, "text", good ? "" : of_server ? of_server : info->title);
	value_set_c(v, "detail", good ? "" : verdict->detail);
	value_set_c(v, "subject", verdict->at_subject);
	value_set_c(v, "anchor", verdict->anchor_sha256);
	value_set_int(v, "depth", verdict->depth);
	if (verdict->anchored) {
		value_set_c(v, "not_after", wall_format(verdict->earliest_not_after, when));
	}
	return v;
}

static void print_verdict(const char *purpose, const struct value *verdict)
{
	bool good = value_get_bool(verdict, "good", false);
	if (good) {
		output_data("%-7s %sgood%s until %s, %d certificates\n", purpose, output_style(OUTPUT_GOOD),
			    output_style(OUTPUT_PLAIN), text_of(verdict, "not_after"),
			    (int)value_get_int(verdict, "depth", 0));
		return;
	}
	output_data("%-7s %snot good%s  %s  %s\n", purpose, output_style(OUTPUT_BAD),
		    output_style(OUTPUT_PLAIN), text_of(verdict, "code"), text_of(verdict, "text"));
	if (text_of(verdict, "subject")[0]) {
		output_data("        at %s\n", text_of(verdict, "subject"));
	}
	if (text_of(verdict, "detail")[0]) {
		output_data("        %s\n", text_of(verdict, "detail"));
	}
}

enum rc keypair_verify(struct command_line *line, struct err *reterr)
{
	static const char *const purposes[] = { [CHAIN_CLIENT] = "client", [CHAIN_SERVER] = "server" };
	const char *file = command_argument(line, 0);
	const char *wanted = command_option(line, "purpose");
	bool good = false;
	AUTO_BUF_SECRET(password, 2048);
	AUTO(container_free_cleanup) struct container *c = NULL;
	AUTO(verification_fini) struct verification v = { 0 };
	AUTO_VALUE *answer = value_object();
	if (wanted && strcmp(wanted, "client") != 0 && strcmp(wanted, "server") != 0) {
		return command_usage_error(reterr, "The purpose is client or server.");
	}
	TRY(keypair_file_open(line, file, &c, &password, reterr));
	TRY(keypair_file_choose(c, command_option(line, "alias"), reterr));
	const struct container_entry *entry;
	TRY(keypair_file_entry(c, &entry, reterr));
	if (entry->chain.n == 0) {
		return err_set(reterr, RC_INVALID, "The file holds no certificate.");
	}
	container_sent(c, entry, &v.chain);
	TRY(read_anchors(line, c, &v, reterr));
	for (size_t p = CHAIN_CLIENT; p <= CHAIN_SERVER; p++) {
		struct chain_verdict verdict = { 0 };
		chain_judge(v.trust, &v.chain, wall_now(), (enum chain_purpose)p, &verdict);
		value_set(answer, purposes[p], verdict_to_value(&verdict, p == CHAIN_SERVER));
		if (!wanted || strcmp(wanted, purposes[p]) == 0) {
			good |= verdict.reason == REASON_NONE;
		}
	}
	value_set_bool(answer, "good", good);
	value_set_bool(answer, "own_root", v.own_root);
	if (entry->key && !key_matches(entry->key, entry->chain.items[0])) {
		good = false;
	}
	value_set_bool(answer, "good", good);
	if (command_json(line)) {
		TRY(output_json(answer, reterr));
	} else {
		output_data("%s\n", cert_subject(entry->chain.items[0]));
		for (size_t p = CHAIN_CLIENT; p <= CHAIN_SERVER; p++) {
			if (!wanted || strcmp(wanted, purposes[p]) == 0) {
				print_verdict(purposes[p], value_get(answer, purposes[p]));
			}
		}
		if (v.own_root && v.anchors.n) {
			output_say("Judged against the root in the file itself; --trust FILE names one you "
				   "know.");
		}
		if (entry->key && !key_matches(entry->key, entry->chain.items[0])) {
			output_data("P107    The private key does not belong to the certificate.\n");
		}
	}
	if (!good) {
		command_set_exit(line, COMMAND_EXIT_FAILED);
	}
	return RC_OK;
}
