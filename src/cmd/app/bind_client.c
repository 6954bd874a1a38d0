/* SPDX-License-Identifier: Apache-2.0
 * Clients and their versions. */
#include "cmd/app/bind_client.h"

#include "base/memory.h"
#include "cmd/line/output.h"

/* The last approuter that ignores a destination's trust store; tried: 16 does, 20 and 21 do not. */
#define APPROUTER_IGNORES 16
#define VERSION_MAX 999

static bool split(const char *text, struct str *ret_name, uint64_t *ret_version)
{
	struct str rest = str_of(text);
	(void)str_split(&rest, '@', ret_name);
	*ret_version = 0;
	return !rest.p ||
	       str_parse_uint(str_first(rest, str_find(rest, '.')), VERSION_MAX, ret_version) == RC_OK;
}

char *bind_client_name(const struct command_line *line, size_t i)
{
	const char *text = command_option_at(line, "client", i);
	struct str name;
	uint64_t version;
	if (!text) {
		return NULL;
	}
	(void)split(text, &name, &version);
	return str_dup(name);
}

enum rc bind_client_check(const struct command_line *line, struct err *reterr)
{
	const char *text;
	struct str name;
	uint64_t version;
	for (size_t i = 0; (text = command_option_at(line, "client", i)); i++) {
		if (!split(text, &name, &version)) {
			return command_usage_error(reterr, "The option --client takes NAME or NAME@VERSION, "
							   "like approuter@16.");
		}
	}
	return RC_OK;
}

static void say_one(const char *text, const char *ca, bool x509)
{
	struct str name;
	uint64_t version;
	(void)split(text, &name, &version);
	bool java = str_is(name, "sdk-java");
	bool old_router = str_is(name, "approuter") && version <= APPROUTER_IGNORES;
	if (old_router) {
		output_say("%s: needs XS_CACERT_PATH=%s%s", text, ca,
			   version ? ""
				   : ", up to version 16, which ignores the trust stores of destinations");
	}
	if (x509 && java) {
		output_say("%s: needs %s in the trust store of its JVM (keytool -importcert -file %s)", text,
			   ca, ca);
	} else if (x509) {
		output_say("%s: needs NODE_EXTRA_CA_CERTS=%s", text, ca);
	}
	if (!old_router && !x509) {
		output_say("%s: needs nothing beside the binding.", text);
	}
}

void bind_client_say(const struct command_line *line, const char *ca)
{
	const char *text;
	size_t n = 0;
	bool x509 = command_flag(line, "x509");
	ca = ca ? ca : "CA.pem, which `postern ca show` prints";
	for (; (text = command_option_at(line, "client", n)); n++) {
		say_one(text, ca, x509);
	}
	if (n == 0 && x509) {
		output_say(
			"A binding with a certificate gets its tokens from the gateway, whose certificate is "
			"of Postern's "
			"own CA. Node: NODE_EXTRA_CA_CERTS=%s; Java: the same file in the JVM's trust store.",
			ca);
	}
}
