/* SPDX-License-Identifier: Apache-2.0
 * Bytes to text and back. */
#include "base/encoding.h"

static const char hex_digits[] = CHAR_DIGITS "ABCDEF";

void hex_format(const uint8_t *bytes, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex_digits[bytes[i] >> 4];
		out[2 * i + 1] = hex_digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

bool hex_encode(struct buf *out, struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		uint8_t b = (uint8_t)bytes.p[i];
		char two[2] = { hex_digits[b >> 4], hex_digits[b & 15] };
		if (!buf_add(out, str_from(two, 2))) {
			return false;
		}
	}
	return true;
}

int hex_digit(char c)
{
	if (char_is_digit(c)) {
		return c - '0';
	}
	if (c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return -1;
}

enum rc hex_decode(struct buf *out, struct str text)
{
	if (text.n % 2) {
		return RC_INVALID;
	}
	for (size_t i = 0; i < text.n; i += 2) {
		int high = hex_digit(text.p[i]);
		int low = hex_digit(text.p[i + 1]);
		if (high < 0 || low < 0) {
			return RC_INVALID;
		}
		if (!buf_add_char(out, (char)(high * 16 + low))) {
			return RC_LIMIT;
		}
	}
	return RC_OK;
}

static const char base64_plain[] = CHAR_LETTERS_DIGITS "+/";
static const char base64_url[] = CHAR_LETTERS_DIGITS "-_";

static bool encode64(struct buf *out, struct str in, const char *digits, bool pad)
{
	for (size_t i = 0; i < in.n; i += 3) {
		size_t have = in.n - i < 3 ? in.n - i : 3;
		uint32_t group = (uint32_t)(uint8_t)in.p[i] << 16;
		if (have > 1) {
			group |= (uint32_t)(uint8_t)in.p[i + 1] << 8;
		}
		if (have > 2) {
			group |= (uint8_t)in.p[i + 2];
		}
		char four[4] = { digits[group >> 18 & 63], digits[group >> 12 & 63],
				 have > 1 ? digits[group >> 6 & 63] : '=',
				 have > 2 ? digits[group & 63] : '=' };
		if (!buf_add(out, str_from(four, pad ? 4 : have + 1))) {
			return false;
		}
	}
	return true;
}

bool base64_encode(struct buf *out, struct str bytes)
{
	return encode64(out, bytes, base64_plain, true);
}

bool base64url_encode(struct buf *out, struct str bytes)
{
	return encode64(out, bytes, base64_url, false);
}

static int base64_value(char c)
{
	if (char_is_upper(c)) {
		return c - 'A';
	}
	if (char_is_lower(c)) {
		return c - 'a' + 26;
	}
	if (char_is_digit(c)) {
		return c - '0' + 52;
	}
	if (c == '+' || c == '-') {
		return 62;
	}
	if (c == '/' || c == '_') {
		return 63;
	}
	return -1;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

enum rc base64_decode(struct buf *out, struct str text, bool lenient)
{
	uint32_t group = 0;
	unsigned have = 0;
	size_t i = 0;
	for (; i < text.n && text.p[i] != '='; i++) {
		if (lenient && is_space(text.p[i])) {
			continue;
		}
		int value = base64_value(text.p[i]);
		if (value < 0) {
			return RC_INVALID;
		}
		group = group << 6 | (uint32_t)value;
		if (++have < 4) {
			continue;
		}
		char three[3] = { (char)(group >> 16 & 255), (char)(group >> 8 & 255), (char)(group & 255) };
		if (!buf_add(out, str_from(three, 3))) {
			return RC_LIMIT;
		}
		group = 0;
		have = 0;
	}
	size_t padding = 0;
	for (; i < text.n; i++) {
		if (text.p[i] == '=') {
			padding++;
		} else if (!lenient || !is_space(text.p[i])) {
			return RC_INVALID;
		}
	}
	if (have == 1 || padding > 2 || (padding && (have + padding) != 4)) {
		return RC_INVALID;
	}
	if (have >= 2 && !buf_add_char(out, (char)(group >> (have == 2 ? 4 : 10) & 255))) {
		return RC_LIMIT;
	}
	if (have == 3 && !buf_add_char(out, (char)(group >> 2 & 255))) {
		return RC_LIMIT;
	}
	return RC_OK;
}

static bool is_unreserved(char c)
{
	return char_is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

bool percent_encode(struct buf *out, struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		char c = bytes.p[i];
		bool ok = is_unreserved(c) ? buf_add_char(out, c) : buf_printf(out, "%%%02X", (uint8_t)c);
		if (!ok) {
			return false;
		}
	}
	return true;
}

enum rc percent_decode(struct buf *out, struct str text, bool plus_is_space)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '%') {
			int high = text.n - i > 2 ? hex_digit(text.p[i + 1]) : -1;
			int low = text.n - i > 2 ? hex_digit(text.p[i + 2]) : -1;
			if (high < 0 || low < 0) {
				return RC_INVALID;
			}
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (!buf_add_char(out, c)) {
			return RC_LIMIT;
		}
	}
	return RC_OK;
}
