/* SPDX-License-Identifier: Apache-2.0
 * The properties of a destination, from the words of a command line. */
#include "cmd/destination/build.h"

#include "base/memory.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"

#define SECRET_MAX 2048

static const struct {
	const char *option;
	const char *property;
} flags[] = {
	{ "name", "Name" },
	{ "type", "Type" },
	{ "url", "URL" },
	{ "proxy-type", "ProxyType" },
	{ "authentication", "Authentication" },
	{ "description", "Description" },
	{ "key-store", "KeyStoreLocation" },
	{ "trust-store", "TrustStoreLocation" },
};

enum rc destination_set_secret(const struct command_line *line, struct value *destination,
			       const char *property, bool required, struct err *reterr)
{
	bool given;
	AUTO_BUF_SECRET(secret, SECRET_MAX);
	TRY(command_password(line, "password", required ? property : NULL, &secret, &given, reterr));
	if (required && !given) {
		return command_usage_error(
			reterr,
			"Give the secret with --password-file, --password-stdin or POSTERN_PASSWORD.");
	}
	if (given) {
		TRY(body_set_text(destination, property, "The secret", buf_str(&secret), reterr));
	}
	return RC_OK;
}

enum rc destination_set_pairs(const struct command_line *line, struct value *destination, struct err *reterr)
{
	const char *pair;
	for (size_t i = 0; (pair = command_option_at(line, "set", i)); i++) {
		const char *equals = strchr(pair, '=');
		if (!equals || equals == pair) {
			return command_usage_error(reterr, "The option --set takes KEY=VALUE.");
		}
		AUTO_FREE char *key = str_dup(str_from(pair, (size_t)(equals - pair)));
		value_set_c(destination, key, equals + 1);
	}
	return RC_OK;
}

void destination_set_flags(const struct command_line *line, struct value *destination)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		const char *value = command_option(line, flags[i].option);
		if (value) {
			value_set_c(destination, flags[i].property, value);
		}
	}
}

static void set_default(struct value *destination, const char *property, const char *value)
{
	if (!value_get(destination, property)) {
		value_set_c(destination, property, value);
	}
}

enum rc destination_build(const struct command_line *line, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *destination = NULL;
	if (command_option(line, "config")) {
		TRY(body_json_array_option(line, "config", &destination, reterr));
	} else {
		destination = value_object();
	}
	if (value_is_object(destination)) {
		destination_set_flags(line, destination);
		TRY(destination_set_pairs(line, destination, reterr));
		if (value_get(destination, "KeyStoreLocation") &&
		    !value_get(destination, "KeyStorePassword")) {
			TRY(destination_set_secret(line, destination, "KeyStorePassword", false, reterr));
		}
		set_default(destination, "Type", "HTTP");
		set_default(destination, "ProxyType", "Internet");
		if (!value_get(destination, "Authentication")) {
			value_set_c(destination, "Authentication",
				    value_get(destination, "KeyStoreLocation")
					    ? "ClientCertificateAuthentication"
					    : "NoAuthentication");
		}
	}
	*ret = TAKE(destination);
	return RC_OK;
}
