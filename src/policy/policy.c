/* SPDX-License-Identifier: Apache-2.0
 * The order of the checks is the contract: a stranger learns no address, a guest no role. */
#include "policy/policy.h"

#include "model/dn.h"

#include <string.h>

void policy_verdict_fini(struct policy_verdict *verdict)
{
	value_free(verdict->presented);
	value_free(verdict->expected);
	*verdict = (struct policy_verdict){ 0 };
}

/* GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS; case counts. */
static bool is_method(struct str method)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (str_is(method, methods[i])) {
			return true;
		}
	}
	return false;
}

/* A request that changes something, and so needs a CSRF token: all but GET, HEAD and OPTIONS. */
static bool is_modifying(struct str method)
{
	return !str_is(method, "GET") && !str_is(method, "HEAD") && !str_is(method, "OPTIONS");
}

enum reason policy_judge_body(const struct flow_endpoint *endpoint, uint64_t size)
{
	return size > endpoint->max_body ? REASON_R506 : REASON_NONE;
}

static void set_roles(struct value *object, const struct identity_candidate *candidate)
{
	struct value *roles = value_array();
	for (size_t i = 0; i < candidate->n_roles; i++) {
		value_append_c(roles, candidate->roles[i]);
	}
	value_set(object, "roles", roles);
}

/** The `roles` text that the reason's fix puts into the JSON of an update:
 * the roles there are and the missing one. */
static void set_fix_roles(struct value *object, const struct identity_candidate *candidate,
			  const char *missing)
{
	AUTO_BUF(text, 16384);
	for (size_t i = 0; i < candidate->n_roles; i++) {
		(void)buf_printf(&text, "\"%s\",", candidate->roles[i]);
	}
	(void)buf_printf(&text, "\"%s\"", missing);
	value_set_c(object, "roles", buf_c(&text));
}

static bool names_accepted(const struct identity_certificate *leaf, const struct flow_endpoint *endpoint)
{
	for (size_t i = 0; leaf && i < endpoint->n_rows; i++) {
		if (dn_equal(str_of(leaf->subject), str_of(endpoint->rows[i].subject)) &&
		    dn_equal(str_of(leaf->issuer), str_of(endpoint->rows[i].issuer))) {
			return true;
		}
	}
	return false;
}

static void tell_rows(const struct flow_endpoint *endpoint, struct value *expected)
{
	struct value *rows = value_array();
	for (size_t i = 0; i < endpoint->n_rows; i++) {
		struct value *row = value_object();
		value_set_c(row, "subject", endpoint->rows[i].subject);
		value_set_c(row, "issuer", endpoint->rows[i].issuer);
		value_append(rows, row);
	}
	value_set(expected, "accepted", rows);
}

enum reason policy_judge_right(const struct identity_candidate *candidate,
			       const struct identity_certificate *leaf, const struct flow_endpoint *endpoint,
			       struct value *presented, struct value *expected)
{
	if (!candidate->plan || strcmp(candidate->plan, "integration-flow") != 0) {
		if (presented) {
			value_set_c(presented, "plan", candidate->plan);
		}
		if (expected) {
			value_set_c(expected, "plan", "integration-flow");
		}
		return REASON_S309;
	}
	if (endpoint->auth == FLOW_AUTH_CERTIFICATE) {
		bool accepted = names_accepted(leaf, endpoint);
		if (!accepted && expected) {
			tell_rows(endpoint, expected);
		}
		return accepted ? REASON_NONE : REASON_S307;
	}
	if (endpoint->role && endpoint->role[0] && identity_has_role(candidate, endpoint->role)) {
		return REASON_NONE;
	}
	if (presented) {
		set_roles(presented, candidate);
	}
	if (expected) {
		value_set_c(expected, "role", endpoint->role);
		set_fix_roles(expected, candidate, endpoint->role ? endpoint->role : "");
	}
	return REASON_S307;
}

static enum reason judge_csrf(const struct policy_request *r, struct policy_verdict *ret)
{
	if (!r->endpoint->csrf || !is_modifying(r->method) || r->csrf == POLICY_CSRF_GOOD) {
		return REASON_NONE;
	}
	if (!ret->presented) {
		return REASON_R503;
	}
	value_set_c(ret->presented, "csrf_token",
		    r->csrf == POLICY_CSRF_WRONG ? "wrong, expired, or of another endpoint" : "none");
	value_set_c(ret->expected, "csrf_token", "the token and the cookies that this endpoint gave");
	return REASON_R503;
}

static enum reason judge_size(const struct policy_request *r, struct policy_verdict *ret)
{
	enum reason reason = policy_judge_body(r->endpoint, r->body_size);
	if (reason != REASON_NONE && ret->presented) {
		value_set_int(ret->presented, "body_size",
			      r->body_size > INT64_MAX ? INT64_MAX : (int64_t)r->body_size);
		value_set_int(ret->expected, "max_body",
			      r->endpoint->max_body > INT64_MAX ? INT64_MAX : (int64_t)r->endpoint->max_body);
	}
	return reason;
}

/* Evidence is added where ret has the objects for it. */
static enum reason judge(const struct policy_request *r, struct policy_verdict *ret)
{
	enum reason reason = r->identity->reason;
	if (reason != REASON_NONE) {
		return reason;
	}
	if (!r->identity->candidate) {
		return REASON_R504;
	}
	/* = RFC 9110 §9.3.6: CONNECT names no path that could be unknown. */
	if (!r->endpoint && !str_is(r->method, "CONNECT")) {
		if (ret->presented) {
			value_set_str(ret->presented, "address", r->address);
		}
		return REASON_R501;
	}
	if (!is_method(r->method)) {
		if (ret->presented) {
			value_set_str(ret->presented, "method", r->method);
		}
		return REASON_R502;
	}
	reason = policy_judge_right(r->identity->candidate, r->leaf, r->endpoint, ret->presented,
				    ret->expected);
	if (reason == REASON_NONE) {
		reason = judge_csrf(r, ret);
	}
	if (reason == REASON_NONE) {
		reason = judge_size(r, ret);
	}
	return reason;
}

void policy_judge(const struct policy_request *request, struct policy_verdict *ret)
{
	const struct identity *identity = request->identity;
	bool token = request->csrf == POLICY_CSRF_FETCH && request->endpoint && request->endpoint->csrf;
	*ret = (struct policy_verdict){ 0 };
	ret->reason = judge(request, ret);
	if (ret->reason != REASON_NONE) {
		/* Once more for the evidence: most requests need none, and it costs more than the verdict. */
		ret->presented = identity->presented ? value_copy(identity->presented) : value_object();
		ret->expected = identity->expected ? value_copy(identity->expected) : value_object();
		ret->reason = judge(request, ret);
		int status = reason_info(ret->reason)->http_status;
		ret->status = status ? status : 403;
	} else if (token && (str_is(request->method, "GET") || str_is(request->method, "HEAD"))) {
		ret->action = POLICY_TOKEN;
		ret->status = 200;
	} else if (str_is(request->method, "HEAD")) {
		ret->action = POLICY_PROBE;
		ret->status = 200;
	} else {
		ret->action = POLICY_RUN;
	}
}

static void format_right(const struct value *presented, const struct value *expected, struct buf *out)
{
	const char *role = value_get_c(expected, "role");
	const char *instance = value_get_c(expected, "instance");
	if (role) {
		(void)buf_printf(out, "The service instance %s lacks the role %s that the endpoint asks for.",
				 instance ? instance : "of the caller", role);
	} else if (value_get(expected, "accepted")) {
		const char *subject = value_get_c(presented, "subject");
		const char *issuer = value_get_c(presented, "issuer");
		(void)buf_printf(out,
				 "Subject and issuer (subject: %s; issuer: %s) are not among the names that "
				 "the sender channel accepts.",
				 subject ? subject : "none", issuer ? issuer : "none");
	} else {
		(void)buf_add_c(out, reason_info(REASON_S307)->title);
	}
}

void policy_format_text(enum reason reason, const struct value *presented, const struct value *expected,
			struct buf *out)
{
	const char *detail = value_get_c(presented, "error");
	if (!detail) {
		detail = value_get_c(presented, "chain");
	}
	if (reason == REASON_S307) {
		format_right(presented, expected, out);
		return;
	}
	(void)buf_add_c(out, reason_info(reason)->title);
	if (reason == REASON_R501 && value_get_c(presented, "address")) {
		(void)buf_printf(out, " Asked for: %s", value_get_c(presented, "address"));
	} else if (reason == REASON_R506) {
		(void)buf_printf(out, " %lld bytes came, %lld are taken.",
				 (long long)value_get_int(presented, "body_size", 0),
				 (long long)value_get_int(expected, "max_body", 0));
	} else if (detail && detail[0]) {
		(void)buf_printf(out, " %s", detail);
	}
}
