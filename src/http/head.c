/* SPDX-License-Identifier: Apache-2.0
 * Looks fields up and knows which bytes they may hold. */
#include "http/head.h"

struct str http_fields_get(const struct http_field *fields, size_t n, const char *name)
{
	struct str wanted = str_of(name);
	for (size_t i = 0; i < n; i++) {
		if (str_equal_nocase(fields[i].name, wanted)) {
			return fields[i].value.p ? fields[i].value : STR("");
		}
	}
	return STR_NONE;
}

size_t http_fields_count(const struct http_field *fields, size_t n, const char *name)
{
	struct str wanted = str_of(name);
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		count += str_equal_nocase(fields[i].name, wanted);
	}
	return count;
}

bool http_fields_has_token(const struct http_field *fields, size_t n, const char *name, const char *token)
{
	struct str wanted = str_of(name);
	for (size_t i = 0; i < n; i++) {
		struct str rest = fields[i].value;
		struct str part;
		if (!str_equal_nocase(fields[i].name, wanted)) {
			continue;
		}
		while (rest.p && str_split(&rest, ',', &part)) {
			if (str_equal_nocase(str_trim(part), str_of(token))) {
				return true;
			}
		}
	}
	return false;
}

/* = RFC 9110 §5.6.2: tchar; bit c % 64 of word c / 64. */
static bool is_token_byte(unsigned char c)
{
	static const uint64_t allowed[4] = { UINT64_C(0x03ff6cfa00000000), UINT64_C(0x57ffffffc7fffffe), 0,
					     0 };
	return allowed[c / 64] >> (c % 64) & 1;
}

bool http_field_name_ok(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (!is_token_byte((unsigned char)name.p[i])) {
			return false;
		}
	}
	return name.n > 0;
}

/* = RFC 9110 §5.5. */
bool http_field_value_ok(struct str value)
{
	size_t i = 0;
	while (value.n - i >= 8 && str_eight_printable(value.p + i)) {
		i += 8;
	}
	for (; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			return false;
		}
	}
	return true;
}

bool http_field_is_hop_by_hop(struct str name)
{
	static const char *const names[] = {
		"connection",        "keep-alive", "proxy-connection",   "te",     "trailer",
		"transfer-encoding", "upgrade",    "proxy-authenticate", "expect", "proxy-authorization"
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (str_equal_nocase(name, str_of(names[i]))) {
			return true;
		}
	}
	return false;
}

const char *http_status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} texts[] = {
		{ 100, "Continue" },
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 207, "Multi-Status" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 307, "Temporary Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 417, "Expectation Failed" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Content" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (texts[i].status == status) {
			return texts[i].text;
		}
	}
	return "";
}
