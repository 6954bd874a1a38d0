/* SPDX-License-Identifier: Apache-2.0
 * Where an endpoint is served, and where two of them would stand in each other's way. */
#include "flow/address.h"

#include "base/encoding.h"

static bool is_wildcard(struct str address)
{
	return str_ends_with(address, STR("/*"));
}

static enum rc refuse(struct err *reterr, const char *why)
{
	(void)err_set(reterr, RC_INVALID, "The address %s.", why);
	return err_field(reterr, "address");
}

static enum rc check_byte(struct str address, size_t i, size_t first_end, struct err *reterr)
{
	char c = address.p[i];
	if (char_is_letter_or_digit(c) || c == '_' || c == '/' || c == '-' || c == '.') {
		return RC_OK;
	}
	if (c == '$') {
		return i == 1 ? RC_OK : refuse(reterr, "may have \"$\" only right after the first \"/\"");
	}
	if (c == '~') {
		return i > first_end ? RC_OK : refuse(reterr, "may not have \"~\" in its first segment");
	}
	if (c == '*') {
		return i + 1 == address.n && address.p[i - 1] == '/'
			       ? RC_OK
			       : refuse(reterr, "may have \"*\" only as its last character, after \"/\"");
	}
	return refuse(reterr, "may have only letters, digits and _ / ~ - . $ *");
}

static enum rc check_segments(struct str address, struct err *reterr)
{
	struct str rest = str_skip(address, 1), segment;
	while (str_split(&rest, '/', &segment)) {
		if (segment.n == 0 && rest.p) {
			return refuse(reterr, "may not have an empty segment");
		}
		if (str_is(segment, ".") || str_is(segment, "..")) {
			return refuse(reterr, "may not have a segment \".\" or \"..\"");
		}
	}
	return RC_OK;
}

enum rc address_check(struct str address, struct err *reterr)
{
	size_t first_end;
	if (address.n == 0 || address.p[0] != '/') {
		return refuse(reterr, "must begin with \"/\"");
	}
	if (address.n > ADDRESS_MAX) {
		return refuse(reterr, "is longer than 500 characters");
	}
	if (address.n == 1) {
		return refuse(reterr, "must name at least one segment");
	}
	if (address.p[1] == '.' || address.p[1] == '-' || address.p[1] == '~') {
		return refuse(reterr, "may not begin with \".\", \"-\" or \"~\"");
	}
	first_end = 1 + str_find(str_skip(address, 1), '/');
	for (size_t i = 1; i < address.n; i++) {
		TRY(check_byte(address, i, first_end, reterr));
	}
	return check_segments(address, reterr);
}

/** The byte that a %XX at i stands for, if it is one that addresses are made of; else 0. */
static char plain_byte(struct str path, size_t i)
{
	int high, low;
	char c;
	if (i + 2 >= path.n || path.p[i] != '%') {
		return 0;
	}
	high = hex_digit(path.p[i + 1]);
	low = hex_digit(path.p[i + 2]);
	if (high < 0 || low < 0) {
		return 0;
	}
	c = (char)(high * 16 + low);
	return char_is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '$' ? c : 0;
}

static bool segments_are_plain(struct str path)
{
	struct str rest = str_skip(path, 1), segment;
	while (str_split(&rest, '/', &segment)) {
		if (str_is(segment, ".") || str_is(segment, "..") || (segment.n == 0 && rest.p)) {
			return false;
		}
	}
	return true;
}

enum rc address_path(struct str raw_path, struct buf *out)
{
	struct str path;
	if (!str_starts_with(raw_path, STR("/http/"))) {
		return RC_NOT_FOUND;
	}
	path = str_skip(raw_path, 5);
	if (path.n > ADDRESS_PATH_MAX) {
		return RC_LIMIT;
	}
	for (size_t i = 0; i < path.n; i++) {
		char plain = plain_byte(path, i);
		unsigned char c = (unsigned char)path.p[i];
		if (c <= ' ' || c == 0x7f) {
			return RC_NOT_FOUND;
		}
		if (!buf_add_char(out, plain ? plain : path.p[i])) {
			return RC_LIMIT;
		}
		i += plain ? 2 : 0;
	}
	return segments_are_plain(buf_str(out)) ? RC_OK : RC_NOT_FOUND;
}

/** Without the wildcard and without a slash at the end: "/a" of "/a", "/a/" and of "/a" with wildcard. */
static struct str stem(struct str address)
{
	if (is_wildcard(address)) {
		address.n -= 2;
	} else if (address.n > 1 && address.p[address.n - 1] == '/') {
		address.n--;
	}
	return address;
}

static bool is_below(struct str path, struct str folder)
{
	return path.n >= folder.n && str_equal_nocase(str_first(path, folder.n), folder) &&
	       (path.n == folder.n || path.p[folder.n] == '/');
}

bool address_match(struct str address, struct str path, struct str *ret_rest)
{
	struct str folder = stem(address);
	if (!is_wildcard(address)) {
		if (ret_rest) {
			*ret_rest = STR("");
		}
		return str_equal_nocase(folder, stem(path));
	}
	if (!is_below(path, folder)) {
		return false;
	}
	if (ret_rest) {
		*ret_rest = str_skip(path, path.n > folder.n ? folder.n + 1 : path.n);
	}
	return true;
}

bool address_conflicts(struct str a, struct str b)
{
	struct str stem_a = stem(a), stem_b = stem(b);
	bool equal = str_equal_nocase(stem_a, stem_b);
	if (equal) {
		return is_wildcard(a) == is_wildcard(b);
	}
	return (is_wildcard(a) && is_below(stem_b, stem_a)) || (is_wildcard(b) && is_below(stem_a, stem_b));
}

static void add_lower(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		(void)buf_add_char(out, char_lower(c));
	}
}

void address_key(struct str address, struct buf *out)
{
	add_lower(stem(address), out);
	if (is_wildcard(address)) {
		(void)buf_add_c(out, "/*");
	}
}

bool address_candidate(struct str path, size_t i, struct buf *out)
{
	struct str folder = path;
	buf_clear(out);
	if (folder.n > 1 && folder.p[folder.n - 1] == '/') {
		folder.n--;
	}
	if (i == 0) {
		add_lower(folder, out);
		return true;
	}
	/* i = 1 is the path itself as folder, each further one a segment less. */
	for (size_t up = 1; up < i; up++) {
		if (folder.n == 0) {
			return false;
		}
		while (folder.n > 0 && folder.p[folder.n - 1] != '/') {
			folder.n--;
		}
		folder.n -= folder.n > 0;
	}
	add_lower(folder, out);
	(void)buf_add_c(out, "/*");
	return true;
}
