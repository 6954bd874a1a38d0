/* SPDX-License-Identifier: Apache-2.0
 * The doctor's step 4: what each way to authenticate needs of the destination, and what is wrong with its
 * properties. */
#include "service/doctor/doctor_round.h"

#include "base/memory.h"
#include "outbound/plan.h"
#include "service/destination/destination_property.h"
#include "service/publish/own_gateway.h"

#define TOKEN_KEY_STORE \
	.key_store = "tokenService.KeyStoreLocation", .password = "tokenService.KeyStorePassword", \
	.presented_to = "tokenServiceURL"

/* Source: SAP, Destination service, HTTP destinations. */
static const struct doctor_method methods[] = {
	{ .name = "ClientCertificateAuthentication",
	  .key_store = "KeyStoreLocation",
	  .password = "KeyStorePassword",
	  .presented_to = "URL" },
	{ .name = "NoAuthentication" },
	{ .name = "BasicAuthentication", .client = "User", .needs = { "User", "Password" } },
	{ .name = "OAuth2ClientCredentials",
	  .client = "clientId",
	  .needs = { "tokenServiceURL" },
	  TOKEN_KEY_STORE },
	{ .name = "OAuth2Password", .needs = { "tokenServiceURL", "User", "Password" }, TOKEN_KEY_STORE },
	{ .name = "OAuth2JWTBearer", .of_user = true, .needs = { "tokenServiceURL" }, TOKEN_KEY_STORE },
	{ .name = "OAuth2UserTokenExchange",
	  .of_user = true,
	  .needs = { "tokenServiceURL" },
	  TOKEN_KEY_STORE },
	{ .name = "OAuth2RefreshToken", .of_user = true, .needs = { "tokenServiceURL" }, TOKEN_KEY_STORE },
	{ .name = "OAuth2AuthorizationCode",
	  .of_user = true,
	  .needs = { "tokenServiceURL" },
	  TOKEN_KEY_STORE },
	{ .name = "OAuth2TokenExchange", .of_user = true, .needs = { "tokenServiceURL" }, TOKEN_KEY_STORE },
};

const struct doctor_method *doctor_method_of(const struct value *configuration)
{
	struct str name = value_get_str(configuration, "Authentication");
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (str_is(name, methods[i].name)) {
			return &methods[i];
		}
	}
	return NULL;
}

bool doctor_is_own(const struct doctor_round *d, const char *property, struct str *ret_path)
{
	struct str url = value_get_str(doctor_configuration(d), property);
	return url.p && own_gateway_path(d->session, d->tenant, url, ret_path);
}

/* Apps take the trust store from the answer, as check and call do, and it is not in it. */
static void judge_trust_store(struct doctor_round *d)
{
	const char *trust = value_get_c(doctor_configuration(d), "TrustStoreLocation");
	if (!trust || !*trust || outbound_certificate(d->found, trust).p) {
		return;
	}
	struct value *evidence = doctor_evidence(d);
	value_set_c(evidence, "file", trust);
	doctor_find(d, 4, REASON_D412, NULL, evidence);
}

static void find_missing(struct doctor_round *d, const char *property)
{
	struct value *evidence = doctor_evidence(d);
	AUTO_FREE char *text =
		mem_printf("The destination has no %s, which %s needs.", property, d->method->name);
	value_set_c(evidence, "property", property);
	AUTO_VALUE *kept = value_ref(evidence);
	doctor_find(d, 4, REASON_D414, text, evidence);
	AUTO_BUF(fix, 1024);
	if (!destination_property_is_secret(property)) {
		return;
	}
	reason_fill("`postern destination update {destination} --set-secret {property} --password-file FILE`",
		    kept, &fix);
	value_set_str(doctor_finding(d, 4, REASON_D414), "fix", buf_str(&fix));
}

static void judge_needs(struct doctor_round *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(d->method->needs) && d->method->needs[i]; i++) {
		const char *property = d->method->needs[i];
		struct str text = value_get_str(doctor_configuration(d), property);
		if (!text.n) {
			find_missing(d, property);
			return;
		}
	}
}

/* The key store whose certificate the method presents; a token may be asked for with a secret as well. */
static void judge_key_store(struct doctor_round *d)
{
	const char *location = value_get_c(doctor_configuration(d), d->method->key_store);
	bool needed = str_is(str_of(d->method->presented_to), "URL");
	if (needed && !str_starts_with(value_get_str(doctor_configuration(d), "URL"), STR("https://"))) {
		doctor_find(d, 4, REASON_D401, NULL, NULL);
	}
	if (!location || !*location) {
		if (needed) {
			doctor_find(d, 4, REASON_D411, NULL, NULL);
		}
		return;
	}
	if (!outbound_certificate(d->found, location).p) {
		doctor_find(d, 4, REASON_D402, NULL, NULL);
	}
	if (!str_ends_with(str_of(location), STR(".p12"))) {
		doctor_find(d, 4, REASON_D404,
			    "The approuter takes a key store only under a name that ends in .p12.", NULL);
	}
}

static void judge_method(struct doctor_round *d)
{
	struct str path;
	const char *name = value_get_c(doctor_configuration(d), "Authentication");
	if (!d->method) {
		AUTO_FREE char *text =
			mem_printf("Postern cannot call with Authentication %s.", name ? name : "none");
		doctor_find(d, 4, REASON_D405, text, NULL);
	} else if (str_is(str_of(d->method->name), "NoAuthentication") && doctor_is_own(d, "URL", &path)) {
		doctor_find(d, 4, REASON_D405,
			    "The destination sends no credentials, and this gateway asks for a certificate, "
			    "a token, "
			    "or client id and secret.",
			    NULL);
	} else {
		judge_needs(d);
	}
}

void doctor_judge_properties(struct doctor_round *d)
{
	if (str_is(value_get_str(doctor_configuration(d), "ProxyType"), "OnPremise")) {
		doctor_find(d, 4, REASON_D407, NULL, NULL);
	}
	judge_trust_store(d);
	judge_method(d);
	if (d->method && d->method->key_store) {
		judge_key_store(d);
	}
	d->judged[4] = true;
}
