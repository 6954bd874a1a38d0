/* SPDX-License-Identifier: Apache-2.0
 * The built-in certificate authority on the command line: the IT department for people who have none. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/keypair/container_file.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

#define PEM_MAX ((size_t)1024 * 1024)

static const struct print_column show_columns[] = {
	{ "Root", "root.subject" },
	{ "  SHA-256", "root.sha256" },
	{ "  Valid until", "root.not_after" },
	{ "Issuing CA", "issuing.subject" },
	{ "  SHA-256", "issuing.sha256" },
	{ "  Valid until", "issuing.not_after" },
	{ NULL, NULL },
};
static const struct print_column list_columns[] = {
	{ "SUBJECT", "subject" }, { "SERIAL", "serial" },  { "VALID UNTIL", "not_after" },
	{ "REVOKED", "revoked" }, { "SHA-256", "sha256" }, { NULL, NULL },
};

static enum rc show(struct command_line *line, bool pem, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *ca = NULL;
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, "/admin/v1/ca", &ca, reterr));
	TRY(print_object(line, ca, show_columns, reterr));
	if (!command_json(line) && pem) {
		output_data("%s%s", value_get_c(ca, "issuing_pem") ? value_get_c(ca, "issuing_pem") : "",
			    value_get_c(ca, "root_pem") ? value_get_c(ca, "root_pem") : "");
	}
	return RC_OK;
}

/* The server makes the CA at its first start; here it is shown, so that scripts may say init first. */
static enum rc init_run(struct command_line *line, struct err *reterr)
{
	TRY(show(line, false, reterr));
	output_say("The certificate authority is ready.");
	output_next("postern ca issue NAME --out NAME.p12");
	return RC_OK;
}

static enum rc show_run(struct command_line *line, struct err *reterr)
{
	return show(line, command_flag(line, "pem"), reterr);
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return ask_list(line, "/admin/v1/ca/certificates", list_columns, reterr);
}

/* Key, certificate and chain to the file, or as PEM to standard output. */
static enum rc write_issued(struct command_line *line, const struct value *answer, const char *name,
			    struct err *reterr)
{
	AUTO_BUF_SECRET(pem, PEM_MAX);
	const char *out = command_option(line, "out"), *key = value_get_c(answer, "key_pem"),
		   *chain = value_get_c(answer, "chain_pem");
	if (!chain || !strstr(chain, "BEGIN")) {
		chain = value_get_c(answer, "certificate_pem");
	}
	buf_printf(&pem, "%s%s", key ? key : "", chain ? chain : "");
	if (!out) {
		if (!command_json(line)) {
			output_bytes(buf_str(&pem));
		}
		return RC_OK;
	}
	struct str file = str_of(out);
	bool is_pem = !str_ends_with(file, STR(".p12")) && !str_ends_with(file, STR(".pfx")) &&
		      !str_ends_with(file, STR(".jks"));
	if (is_pem) {
		bool given;
		AUTO_BUF_SECRET(password, 2048);
		TRY(command_password(line, "password", NULL, &password, &given, reterr));
		if (given) {
			TRY(container_file_write(out, buf_str(&pem), name, buf_str(&password), reterr));
		} else {
			TRY(command_write_file(out, buf_str(&pem), 0600, reterr));
		}
	} else {
		AUTO_BUF_SECRET(password, 2048);
		TRY(container_file_password(line, out, &password, reterr));
		TRY(container_file_write(out, buf_str(&pem), name, buf_str(&password), reterr));
	}
	output_say("Written: %s", out);
	output_next(is_pem ? "postern keypair examine %s" : "postern destination-certificate upload %s", out);
	return RC_OK;
}

static enum rc issue_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *answer = NULL;
	const char *name = command_argument(line, 0);
	value_set_c(body, "name", name);
	TRY(body_set_options(body, line, reterr));
	TRY(container_file_may_write(line, command_option(line, "out"), reterr));
	TRY(ask_call(line, "POST", "/admin/v1/ca/issue", body, &answer, reterr));
	return write_issued(line, answer, name, reterr);
}

static enum rc sign_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *answer = NULL;
	AUTO_BUF(csr, PEM_MAX);
	TRY(command_read_file(command_argument(line, 0), PEM_MAX, &csr, reterr));
	value_set_str(body, "csr_pem", buf_str(&csr));
	TRY(body_set_options(body, line, reterr));
	TRY(ask_call(line, "POST", "/admin/v1/ca/sign", body, &answer, reterr));
	struct str pem = value_get_str(answer, command_flag(line, "chain") ? "chain_pem" : "certificate_pem");
	if (command_json(line) && !command_option(line, "out")) {
		return RC_OK;
	}
	return command_write_out(line, pem, 0644, reterr);
}

static bool is_hex(const char *text)
{
	size_t n = strlen(text);
	return n > 0 && strspn(text, CHAR_DIGITS "abcdefABCDEF:") == n;
}

/* A file, a serial number, or a SHA-256 of 64 digits. */
static enum rc revoke_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *answer = NULL;
	const char *what = command_argument(line, 0);
	if (is_hex(what)) {
		AUTO_BUF(digits, 4096);
		for (const char *p = what; *p; p++) {
			if (*p != ':') {
				buf_add_char(&digits, char_upper(*p));
			}
		}
		value_set_str(body, digits.n == 64 ? "sha256" : "serial", buf_str(&digits));
	} else {
		AUTO_BUF(certificate, PEM_MAX);
		TRY(container_file_certificate(line, what, &certificate, reterr));
		value_set_str(body, "certificate", buf_str(&certificate));
	}
	TRY(ask_call(line, "POST", "/admin/v1/ca/revoke", body, &answer, reterr));
	const char *subject = value_get_c(value_get(answer, "revoked"), "subject");
	output_say("Revoked %s; the next request with it is refused.", subject ? subject : what);
	return RC_OK;
}

static enum rc crl_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *answer = NULL;
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, "/admin/v1/ca/crl", &answer, reterr));
	if (command_json(line)) {
		return output_json(answer, reterr);
	}
	return command_write_out(line, value_get_str(answer, "crl_pem"), 0644, reterr);
}

static const struct print_column server_columns[] = {
	{ "KIND", "kind" },
	{ "BUILT-IN CA", "own" },
	{ "SUBJECT", "certificate.subject" },
	{ "ISSUER", "certificate.issuer" },
	{ "VALID UNTIL", "certificate.not_after" },
	{ "SHA-256", "certificate.sha256" },
	{ NULL, NULL },
};

static enum rc replace_body(const struct command_line *line, const char *file, struct value *body,
			    struct err *reterr)
{
	bool given;
	AUTO_BUF_SECRET(password, 2048);
	TRY(body_set_file(body, "content", file, PEM_MAX, reterr));
	TRY(command_password(line, "password", NULL, &password, &given, reterr));
	if (given) {
		TRY(body_set_text(body, "password", "The password", buf_str(&password), reterr));
	}
	value_set_c(body, "file", command_base_name(file));
	return RC_OK;
}

/* Without a file what there is. */
static enum rc server_run(struct command_line *line, struct err *reterr)
{
	static const char path[] = "/admin/v1/ca/server-certificates";
	const char *file = command_argument(line, 0);
	bool built_in = command_flag(line, "built-in");
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *answer = NULL;
	if (file && built_in) {
		return command_usage_error(reterr, "Give FILE or --built-in, not both.");
	}
	if (!file && !built_in) {
		return ask_list(line, path, server_columns, reterr);
	}
	if (file) {
		TRY(replace_body(line, file, body, reterr));
	}
	TRY(ask_call(line, file ? "POST" : "DELETE", path, file ? body : NULL, &answer, reterr));
	if (!command_json(line)) {
		TRY(print_list(line, value_get(answer, "certificates"), server_columns, reterr));
	}
	print_warnings(answer);
	output_say("The gateway presents them from the next connection on; management over TLS from the next "
		   "start on.");
	return RC_OK;
}

static const struct command_option server_options[] = {
	{ .name = "built-in", .help = "go back to certificates of the built-in CA" },
	COMMAND_PASSWORD_OPTIONS,
	{ 0 },
};
static const struct command_option show_options[] = {
	{ .name = "pem", .help = "print the certificates too" },
	{ 0 },
};
static const struct command_option issue_options[] = {
	{ .name = "out",
	  .argument = "FILE",
	  .help = "write key, certificate and chain as .p12, .jks or .pem (default: PEM to standard "
		  "output)" },
	COMMAND_PASSWORD_OPTIONS,
	{ .name = "usage", .argument = "WHAT", .object = &object_certificate_order },
	{ .name = "days", .argument = "N", .object = &object_certificate_order },
	{ .name = "key-type", .argument = "TYPE", .object = &object_certificate_order },
	{ .name = "subject",
	  .argument = "DN",
	  .help = "the whole subject",
	  .initial = "CN=NAME",
	  .object = &object_certificate_order },
	{ .name = "san",
	  .argument = "NAME",
	  .help = "subject alternative name, such as DNS:erp.example.com",
	  .repeat = true,
	  .object = &object_certificate_order },
	{ .name = "force", .help = "overwrite a file that may hold a key" },
	{ 0 },
};
static const struct command_option sign_options[] = {
	{ .name = "out", .argument = "FILE", .help = "write to FILE instead of standard output" },
	{ .name = "chain", .help = "write the chain, not the certificate alone" },
	{ .name = "usage", .argument = "WHAT", .object = &object_certificate_sign },
	{ .name = "days", .argument = "N", .object = &object_certificate_sign },
	{ 0 },
};
static const struct command_option revoke_options[] = {
	COMMAND_PASSWORD_OPTIONS,
	{ 0 },
};
static const struct command_option crl_options[] = {
	{ .name = "out", .argument = "FILE", .help = "write to FILE instead of standard output" },
	{ 0 },
};

const struct command ca_commands[] = {
	{ .noun = "ca",
	  .verb = "init",
	  .arguments = "",
	  .summary = "see that the certificate authority is there",
	  .examples = (const char *const[]){ "postern ca init", NULL },
	  .run = init_run },
	{ .noun = "ca",
	  .verb = "show",
	  .arguments = "",
	  .summary = "show root and issuing CA",
	  .options = show_options,
	  .examples = (const char *const[]){ "postern ca show --pem", NULL },
	  .run = show_run },
	{ .noun = "ca",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list the certificates issued",
	  .examples = (const char *const[]){ "postern ca list", NULL },
	  .run = list_run },
	{ .noun = "ca",
	  .verb = "issue",
	  .arguments = "NAME",
	  .summary = "issue a key pair with a certificate",
	  .text = "Without a password for a key store one is made and written beside it, as FILE.password.",
	  .options = issue_options,
	  .examples =
		  (const char *const[]){
			  "postern ca issue erp --out erp.p12 --password-file pw",
			  "postern ca issue web --usage server --san DNS:web.example.com --out web.pem",
			  NULL },
	  .run = issue_run },
	{ .noun = "ca",
	  .verb = "sign",
	  .arguments = "CSR",
	  .summary = "sign a certificate signing request",
	  .options = sign_options,
	  .examples = (const char *const[]){ "postern ca sign erp.csr --out erp.cer", NULL },
	  .run = sign_run },
	{ .noun = "ca",
	  .verb = "revoke",
	  .arguments = "CERTIFICATE",
	  .summary = "revoke a certificate: its file, serial number or SHA-256",
	  .options = revoke_options,
	  .examples = (const char *const[]){ "postern ca revoke erp.cer", NULL },
	  .run = revoke_run },
	{ .noun = "ca",
	  .verb = "crl",
	  .arguments = "",
	  .summary = "write the revocation list as PEM",
	  .options = crl_options,
	  .examples = (const char *const[]){ "postern ca crl --out postern.crl", NULL },
	  .run = crl_run },
	{ .noun = "ca",
	  .verb = "server-certificate",
	  .arguments = "[FILE]",
	  .summary = "show or replace the gateway's own server certificates",
	  .text = "The gateway has an RSA and a P-256 certificate of the built-in CA. A key pair in FILE "
		  "(.p12, .pfx, "
		  ".jks or .pem, with its chain) takes the place of the one of its kind.",
	  .options = server_options,
	  .examples =
		  (const char *const[]){ "postern ca server-certificate",
					 "postern ca server-certificate web.p12 --password-file pw", NULL },
	  .run = server_run },
	{ 0 },
};
