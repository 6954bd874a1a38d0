/* SPDX-License-Identifier: Apache-2.0
 * What a token service answered, as the element that clients of Find read. */
#include "base/buf.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "outbound/problem.h"
#include "service/destination/auth_token_answer.h"

#define TOKEN_JSON_MAX ((size_t)256 * 1024)
#define SAID_MAX 200
#define LIFETIME_MAX INT64_C(31536000)

struct value *auth_token_answer_error(const char *text)
{
	struct value *list = value_array(), *one = value_object();
	value_set_c(one, "type", "");
	value_set_c(one, "value", "");
	value_set_c(one, "error", text);
	value_append(list, one);
	return list;
}

/* Who was asked, without query and credentials. */
static char *asked_of(const struct value *request)
{
	struct str url = value_get_str(request, "url");
	char shown[SAID_MAX + 1];
	return mem_strdup(str_printable(str_first(url, str_find(url, '?')), shown, sizeof(shown)));
}

static struct value *problem_answer(const struct value *request, const char *what, const char *said)
{
	char shown[SAID_MAX + 1];
	AUTO_FREE char *asked = asked_of(request);
	AUTO_FREE char *text =
		mem_printf("Retrieval of the token failed: %s %s%s%s", asked, what, said && *said ? ": " : "",
			   str_printable(str_of(said ? said : ""), shown, sizeof(shown)));
	return auth_token_answer_error(text);
}

/* {"error","error_description"} of RFC 6749 §5.2, or nothing. */
static struct value *refusal_answer(const struct value *request, int64_t status, const struct value *body)
{
	const char *error = value_get_c(body, "error"), *description = value_get_c(body, "error_description");
	AUTO_FREE char *what = mem_printf("answered %lld", (long long)status);
	AUTO_FREE char *said = mem_printf("%s%s%s", error ? error : "", error && description ? ", " : "",
					  description ? description : "");
	return problem_answer(request, what, said);
}

/* No HTTP answer came: what is told of every call, behind who was asked. */
static struct value *unanswered(const struct value *request, const struct value *answer)
{
	enum outbound_problem problem = outbound_problem_find(value_get_str(answer, "problem"));
	const char *text = value_get_c(answer, "text");
	AUTO_FREE char *said =
		mem_printf("%s %s", reason_info(outbound_problem_reason(problem))->title, text ? text : "");
	return problem_answer(request,
			      problem == OUTBOUND_TRUST           ? "is not trusted"
			      : outbound_problem_reached(problem) ? "gave no token"
								  : "could not be reached",
			      said);
}

static int64_t lifetime_of(const struct value *body)
{
	uint64_t n = 0;
	const struct value *v = value_get(body, "expires_in");
	int64_t seconds = value_to_int(v, 0);
	if (value_is_string(v) && str_parse_uint(value_str(v), LIFETIME_MAX, &n) == RC_OK) {
		seconds = (int64_t)n;
	}
	return seconds < 0 ? 0 : seconds > LIFETIME_MAX ? LIFETIME_MAX : seconds;
}

static struct value *token_element(const struct value *body, int64_t lifetime)
{
	static const char *const kept[] = { "scope", "refresh_token", "issued_token_type" };
	struct str given = value_get_str(body, "token_type"), token = value_get_str(body, "access_token");
	struct str type = given.n == 0 || str_equal_nocase(given, STR("bearer")) ? STR("Bearer") : given;
	AUTO_BUF_SECRET(header, TOKEN_JSON_MAX);
	struct value *one = value_object(), *http_header = value_object();
	buf_printf(&header, "%.*s ", STR_ARG(type));
	buf_add(&header, token);
	value_set_c(http_header, "key", "Authorization");
	value_set_str(http_header, "value", buf_str(&header));
	value_set_str(one, "type", type);
	value_set_str(one, "value", token);
	value_set(one, "http_header", http_header);
	if (lifetime > 0) {
		AUTO_FREE char *text = mem_printf("%lld", (long long)lifetime);
		value_set_c(one, "expires_in", text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		if (value_get_c(body, kept[i])) {
			value_set_str(one, kept[i], value_get_str(body, kept[i]));
		}
	}
	return one;
}

static bool header_is_safe(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f) {
			return false;
		}
	}
	return text.n > 0;
}

struct value *auth_token_answer(const struct value *request, const struct value *answer,
				const struct err *err, int64_t *ret_lifetime)
{
	AUTO_VALUE *body = NULL;
	AUTO_BUF_SECRET(text, TOKEN_JSON_MAX);
	*ret_lifetime = 0;
	if (!answer) {
		return problem_answer(request, "was not asked", err->text);
	}
	const char *problem = value_get_c(answer, "problem");
	if (problem && *problem) {
		return unanswered(request, answer);
	}
	int64_t status = value_get_int(answer, "status", 0);
	if (base64_decode(&text, value_get_str(answer, "body"), false) != RC_OK ||
	    value_parse(&body, buf_str(&text), TOKEN_JSON_MAX, NULL) != RC_OK) {
		body = NULL;
	}
	if (status < 200 || status >= 300) {
		return refusal_answer(request, status, body);
	}
	if (!header_is_safe(value_get_str(body, "access_token"))) {
		return problem_answer(request, "answered without an access_token", NULL);
	}
	struct value *list = value_array();
	*ret_lifetime = lifetime_of(body);
	value_append(list, token_element(body, *ret_lifetime));
	return list;
}
