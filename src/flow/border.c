/* SPDX-License-Identifier: Apache-2.0
 * Nothing that proves identity or frames HTTP crosses the borders of a message. */
#include "flow/border.h"

#include "flow/filter.h"

/* Names in the tables stand in their usual form; one that ends in "*" stands for all that begin so. */
#define T(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}

static bool is_one_of(struct str name, const struct str *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str its = names[i];
		/* Nearly all differ in their first letter already. */
		if (name.n == 0 || ((name.p[0] ^ its.p[0]) & ~0x20) != 0) {
			continue;
		}
		if (its.p[its.n - 1] == '*') {
			its.n--;
			if (str_equal_nocase(str_first(name, its.n), its)) {
				return true;
			}
		} else if (str_equal_nocase(name, its)) {
			return true;
		}
	}
	return false;
}

/** They frame or route one hop and are made anew for the next. Source: RFC 9110 §7.6.1. */
static const struct str HOP[] = { T("Connection"), T("Keep-Alive"),        T("Proxy-*"),       T("TE"),
				  T("Trailer"),    T("Upgrade"),           T("Host"),          T("Expect"),
				  T("HTTP2-*"),    T("Transfer-Encoding"), T("Content-Length") };
/** They are set by the runtime alone; a flow reads them, nobody sends or gets them. */
static const struct str RUNTIME[] = { T("Camel*"), T("SapAuthenticatedUserName") };
/** They are the runtime's too, or were meant for the gateway; receivers may get them from the flow. */
static const struct str NOT_FROM_CALLERS[] = {
	T("X-Postern-*"),          T("SAP_MessageProcessingLogID"),
	T("SAP_MplCorrelationId"), T("SAP_PregeneratedMplId"),
	T("X-CSRF-Token"),         T("Accept-Encoding"),
};
/** A caller who sends one of these claims to be somebody, or to be a proxy in front of us that knows who it
 * is: what a receiver behind nginx, Apache, Envoy, HAProxy, Traefik, oauth2-proxy, Authelia, Kong, IIS, an
 * access manager or a cloud's balancer believes. */
static const struct str CLAIMS[] = {
	/* credentials */
	T("Authorization"),
	T("X-Authorization"),
	T("Cookie*"),
	T("X-Access-Token"),
	T("X-Id-Token"),
	T("X-JWT-*"),
	T("X-Token-*"),
	T("MYSAPSSO2"),
	T("SAP-User"),
	T("SAP-Password"),
	/* certificates */
	T("X-SSL-*"),
	T("SSL-Client-*"),
	T("SSL-Server-*"),
	T("X-Client-Cert*"),
	T("X-Client-Verify"),
	T("X-Client-DN"),
	T("X-Client-Subject*"),
	T("X-Client-Issuer*"),
	T("Client-Cert*"),
	T("X-TLS-Client-*"),
	T("TLS-Client-*"),
	T("X-Amzn-Mtls-*"),
	T("CF-Client-Cert*"),
	T("X-ARR-ClientCert*"),
	T("X-MTLS-*"),
	T("X-Certificate-*"),
	/* users */
	T("Remote-User*"),
	T("Remote-Group*"),
	T("Remote-Name"),
	T("Remote-Email"),
	T("Remote-Addr"),
	T("X-Remote-*"),
	T("HTTP-Remote-*"),
	T("Redirect-Remote-*"),
	T("OAM-Remote-*"),
	T("X-Auth-*"),
	T("X-Authenticated-*"),
	T("X-Authentik-*"),
	T("X-WebAuth-*"),
	T("X-User"),
	T("X-User-*"),
	T("X-UserInfo"),
	T("X-UserName"),
	T("X-Email"),
	T("X-Groups"),
	T("X-Roles"),
	T("X-Consumer-*"),
	T("X-Credential-*"),
	T("X-Anonymous-Consumer"),
	T("X-Goog-Authenticated-*"),
	T("X-Goog-IAP-*"),
	T("X-Amzn-Oidc-*"),
	T("X-MS-Client-Principal*"),
	T("X-MS-Token-*"),
	T("CF-Access-*"),
	T("Tailscale-User-*"),
	T("X-Pomerium-*"),
	T("OIDC-*"),
	T("Mellon-*"),
	T("Shib-*"),
	T("X-Shib-*"),
	T("SM-User*"),
	T("SM-Server*"),
	T("SM-AuthType"),
	T("IV-User*"),
	T("IV-Groups"),
	T("IV-Creds"),
	T("X-Impersonate-*"),
	T("Impersonate-*"),
	T("From"),
	/* where a request came from, which proxies say of their callers */
	T("Forwarded*"),
	T("X-Forwarded*"),
	T("X-Original-*"),
	T("X-Real-IP"),
	T("X-Client-IP"),
	T("X-Cluster-Client-IP"),
	T("True-Client-IP"),
	T("CF-Connecting-IP*"),
	T("Fastly-Client-*"),
	T("X-Envoy-*"),
	T("X-ProxyUser*"),
};
/** They speak about a request; in an answer they would only repeat what the caller said. */
static const struct str REQUEST_ONLY[] = { T("Accept"),        T("Accept-*"),     T("Authorization"),
					   T("Cookie"),        T("User-Agent"),   T("From"),
					   T("Referer"),       T("Range"),        T("If-*"),
					   T("Origin"),        T("X-CSRF-Token"), T("Forwarded"),
					   T("X-Forwarded-*"), T("Max-Forwards") };
/** The gateway sets them itself. */
static const struct str GATEWAY[] = { T("Date"), T("Server"), T("X-Request-Id") };

static bool is_token_byte(unsigned char c)
{
	static const uint64_t allowed[4] = { UINT64_C(0x03ff6cfa00000000), UINT64_C(0x57ffffffc7fffffe), 0,
					     0 };
	return allowed[c / 64] >> (c % 64) & 1;
}

static bool is_token(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (!is_token_byte((unsigned char)name.p[i])) {
			return false;
		}
	}
	return name.n > 0;
}

/** What a flow made could hold line ends; on the wire they would begin another field. */
static bool is_clean(struct str value)
{
	size_t i = 0;
	while (value.n - i >= 8 && str_eight_printable(value.p + i)) {
		i += 8;
	}
	for (; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if ((c < ' ' && c != '\t') || c == 0x7f) {
			return false;
		}
	}
	return true;
}

static bool is_sendable(struct flow_field field)
{
	/* Most headers of a message are the runtime's own. */
	return !is_one_of(field.name, RUNTIME, ARRAY_SIZE(RUNTIME)) &&
	       !is_one_of(field.name, HOP, ARRAY_SIZE(HOP)) && is_token(field.name) && is_clean(field.value);
}

static bool is_letter_or_digit(char c)
{
	return char_is_lower(c) || char_is_digit(c);
}

static char lower(char c)
{
	return char_lower(c);
}

/** Write a name as a receiver could take it that reads fields as CGI variables do, or more laxly:
 * without case, and letters and digits alone. What is longer than out has room for is cut.
 * Returns the length. */
static size_t squeeze(struct str name, char *out, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < name.n && n < size; i++) {
		char c = lower(name.p[i]);
		if (is_letter_or_digit(c)) {
			out[n++] = c;
		}
	}
	return n;
}

/** Whether a squeezed name is a name of a table, or begins so where that ends in "*". */
static bool squeezes_to(struct str squeezed, struct str its)
{
	size_t at = 0;
	for (size_t i = 0; i < its.n; i++) {
		char c = lower(its.p[i]);
		if (c == '*') {
			return true;
		}
		if (is_letter_or_digit(c) && (at == squeezed.n || squeezed.p[at++] != c)) {
			return false;
		}
	}
	return at == squeezed.n;
}

static bool squeezes_to_one_of(struct str squeezed, const struct str *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* All begin with a letter, and nearly all with another one. */
		if ((names[i].p[0] | 0x20) == squeezed.p[0] && squeezes_to(squeezed, names[i])) {
			return true;
		}
	}
	return false;
}

bool border_may_enter(struct str allowed, struct str name)
{
	char text[64];
	/* The flow's list lets few in, so it is asked before the tables. */
	if (allowed.n == 0 || !filter_match(allowed, name)) {
		return false;
	}
	struct str squeezed = { text, squeeze(name, text, sizeof(text)) };
	if (squeezed.n == 0 || squeezes_to_one_of(squeezed, HOP, ARRAY_SIZE(HOP)) ||
	    squeezes_to_one_of(squeezed, RUNTIME, ARRAY_SIZE(RUNTIME)) ||
	    squeezes_to_one_of(squeezed, NOT_FROM_CALLERS, ARRAY_SIZE(NOT_FROM_CALLERS))) {
		return false;
	}
	return !squeezes_to_one_of(squeezed, CLAIMS, ARRAY_SIZE(CLAIMS)) || filter_names(allowed, name);
}

bool border_is_nominated(const struct flow_field *fields, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		struct str rest = fields[i].value;
		struct str part;
		if (!str_equal_nocase(fields[i].name, STR("Connection"))) {
			continue;
		}
		while (str_split(&rest, ',', &part)) {
			if (str_equal_nocase(str_trim(part), name)) {
				return true;
			}
		}
	}
	return false;
}

bool border_may_call(struct flow_field field)
{
	return is_sendable(field);
}

bool border_may_return(struct str name)
{
	return is_token(name) && !is_one_of(name, HOP, ARRAY_SIZE(HOP)) &&
	       !is_one_of(name, RUNTIME, ARRAY_SIZE(RUNTIME)) &&
	       !is_one_of(name, GATEWAY, ARRAY_SIZE(GATEWAY));
}

bool border_may_leave(struct flow_field field)
{
	return is_sendable(field) && !is_one_of(field.name, REQUEST_ONLY, ARRAY_SIZE(REQUEST_ONLY)) &&
	       !is_one_of(field.name, GATEWAY, ARRAY_SIZE(GATEWAY));
}
