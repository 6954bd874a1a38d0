/* SPDX-License-Identifier: Apache-2.0
 * CSRF tokens that need no memory. */
#include "csrf/csrf.h"

#include "base/encoding.h"

#include <stdio.h>

#define TOKEN_MAX 512

static void add_part(struct buf *out, struct str part)
{
	(void)buf_printf(out, "%zu:", part.n);
	(void)buf_add(out, part);
}

static void format_associated(const struct csrf_binding *binding, struct buf *out)
{
	(void)buf_add_c(out, "csrf:");
	add_part(out, binding->tenant);
	add_part(out, binding->artifact);
	add_part(out, binding->service_key);
	add_part(out, binding->session);
}

void csrf_make(const struct seal_key *key, const struct csrf_binding *binding, struct wall now,
	       struct buf *out)
{
	AUTO_BUF(associated, 8192);
	AUTO_BUF(sealed, TOKEN_MAX);
	char until[32];
	format_associated(binding, &associated);
	(void)snprintf(until, sizeof(until), "%lld", (long long)wall_seconds(now) + CSRF_VALID_SECONDS);
	if (seal_close(key, str_of(until), buf_str(&associated), &sealed) == RC_OK) {
		(void)base64url_encode(out, buf_str(&sealed));
	}
}

enum policy_csrf csrf_judge(const struct seal_key *key, const struct csrf_binding *binding, struct str token,
			    struct wall now)
{
	AUTO_BUF(associated, 8192);
	AUTO_BUF(sealed, TOKEN_MAX);
	AUTO_BUF(until, 64);
	uint64_t seconds = 0;
	if (!token.p) {
		return POLICY_CSRF_MISSING;
	}
	if (str_equal_nocase(token, STR("fetch"))) {
		return POLICY_CSRF_FETCH;
	}
	if (!binding->session.p) {
		return POLICY_CSRF_MISSING;
	}
	format_associated(binding, &associated);
	if (associated.overflow || base64_decode(&sealed, token, false) != RC_OK ||
	    seal_open(key, buf_str(&sealed), buf_str(&associated), &until, NULL) != RC_OK ||
	    str_parse_uint(buf_str(&until), INT64_MAX, &seconds) != RC_OK ||
	    wall_seconds(now) >= (int64_t)seconds ||
	    wall_is_ahead(wall_from_outside((int64_t)seconds - CSRF_VALID_SECONDS), now)) {
		return POLICY_CSRF_WRONG;
	}
	return POLICY_CSRF_GOOD;
}

struct str csrf_session(struct str cookie)
{
	struct str pair;
	while (str_split(&cookie, ';', &pair)) {
		pair = str_trim(pair);
		if (str_starts_with(pair, STR(CSRF_COOKIE "="))) {
			return str_skip(pair, sizeof(CSRF_COOKIE "=") - 1);
		}
	}
	return STR_NONE;
}
