/* SPDX-License-Identifier: Apache-2.0
 * Reads hosts. */
#include "http/host.h"

#include <arpa/inet.h>

#define NAME_MAX_BYTES 255
#define LABEL_MAX_BYTES 63

/* A full name may end in a dot, which stands for the root and says nothing else. */
static struct str without_dot(struct str name)
{
	return name.n > 1 && name.p[name.n - 1] == '.' ? str_first(name, name.n - 1) : name;
}

static bool name_ok(struct str name)
{
	size_t label = 0;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (c == '.' && label == 0) {
			return false;
		}
		if (!char_is_letter_or_digit(c) && c != '-' && c != '.' && c != '_') {
			return false;
		}
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_MAX_BYTES) {
			return false;
		}
	}
	return label > 0;
}

static bool read_literal(int family, struct str text, uint8_t out[16])
{
	char copy[INET6_ADDRSTRLEN];
	if (text.n >= sizeof(copy) || str_find(text, '\0') < text.n) {
		return false;
	}
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return inet_pton(family, copy, out) == 1;
}

static enum rc read_port(struct str rest, uint16_t *ret)
{
	uint64_t port = 0;
	if (rest.n == 0) {
		return RC_OK;
	}
	if (rest.p[0] != ':') {
		return RC_INVALID;
	}
	/* = RFC 3986 §3.2.3: port = *DIGIT, so none may follow the colon. */
	if (rest.n > 1 && (str_parse_uint(str_skip(rest, 1), UINT16_MAX, &port) != RC_OK || port == 0)) {
		return RC_INVALID;
	}
	*ret = (uint16_t)port;
	return RC_OK;
}

enum rc host_split(struct str text, struct host *ret)
{
	struct host h = { .kind = HOST_NAME };
	uint8_t address[16];
	size_t n;
	if (text.n > 0 && text.p[0] == '[') {
		n = str_find(text, ']');
		if (n == text.n) {
			return RC_INVALID;
		}
		h.name = str_from(text.p + 1, n - 1);
		h.kind = HOST_IP6;
		if (!read_literal(AF_INET6, h.name, address)) {
			return RC_INVALID;
		}
		n++;
	} else {
		n = str_find(text, ':');
		h.name = without_dot(str_first(text, n));
		if (h.name.n > NAME_MAX_BYTES || !name_ok(h.name)) {
			return RC_INVALID;
		}
		if (n == h.name.n && read_literal(AF_INET, h.name, address)) {
			h.kind = HOST_IP4;
		}
	}
	TRY(read_port(str_skip(text, n), &h.port));
	*ret = h;
	return RC_OK;
}

bool host_equal(struct str a, struct str b)
{
	uint8_t one[16], other[16];
	if (read_literal(AF_INET6, a, one) && read_literal(AF_INET6, b, other)) {
		return memcmp(one, other, sizeof(one)) == 0;
	}
	return str_equal_nocase(without_dot(a), without_dot(b));
}

bool host_below(struct str host, struct str own, struct str *ret_label)
{
	uint8_t address[16];
	host = without_dot(host);
	own = without_dot(own);
	if (own.n == 0 || host.n <= own.n + 1 || host.p[host.n - own.n - 1] != '.' ||
	    !str_equal_nocase(str_skip(host, host.n - own.n), own) || read_literal(AF_INET, own, address) ||
	    read_literal(AF_INET6, own, address)) {
		return false;
	}
	*ret_label = str_first(host, host.n - own.n - 1);
	return true;
}

struct str host_label(struct str text, struct str own)
{
	struct host h;
	struct str label;
	return host_split(text, &h) == RC_OK && host_below(h.name, own, &label) ? label : STR_NONE;
}

bool host_is_loopback(struct str host)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	uint8_t address[16];
	if (read_literal(AF_INET6, host, address)) {
		return memcmp(address, loopback, sizeof(loopback)) == 0;
	}
	if (read_literal(AF_INET, host, address)) {
		return address[0] == 127;
	}
	return str_equal_nocase(without_dot(host), STR("localhost"));
}
