/* SPDX-License-Identifier: Apache-2.0
 * Takes a chunked body apart, a byte or a megabyte at a time. */
#include "http/h1.h"

#include "base/encoding.h"

#define SIZE_LINE_MAX 256
#define TRAILERS_MAX ((size_t)8 * 1024)
/* 15 hex digits: no sum of such sizes wraps before a body's limit stops it. */
#define SIZE_DIGITS_MAX 15

enum state {
	CHUNK_SIZE_FIRST, /* at least one digit must come */
	CHUNK_SIZE,
	EXTENSION_FIRST, /* after ";": a name must come */
	EXTENSION_NAME,
	EXTENSION_VALUE_FIRST, /* after "=": a token or a quote must come */
	EXTENSION_VALUE,
	EXTENSION_QUOTED,
	EXTENSION_ESCAPED, /* after a backslash */
	EXTENSION_END,     /* after the closing quote */
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	TRAILER_START, /* first byte of a trailer line, or of the last, empty one */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
	DONE,
};

static enum rc malformed(struct err *reterr)
{
	return err_set(reterr, RC_PROTO, "a chunked body that is malformed");
}

/* The next state inside an extension, or -1. White space around ";" and "=" is what only bad senders write:
 * refused. */
static int extension_byte(int state, char c)
{
	bool token = http_field_name_ok(str_from(&c, 1));
	bool text = http_field_value_ok(str_from(&c, 1));
	switch (state) {
	case EXTENSION_FIRST: return token ? EXTENSION_NAME : -1;
	case EXTENSION_VALUE_FIRST: return c == '"' ? EXTENSION_QUOTED : token ? EXTENSION_VALUE : -1;
	case EXTENSION_QUOTED:
		return c == '"'    ? EXTENSION_END
		       : c == '\\' ? EXTENSION_ESCAPED
		       : text      ? EXTENSION_QUOTED
				   : -1;
	case EXTENSION_ESCAPED: return text ? EXTENSION_QUOTED : -1;
	default: break;
	}
	if (c == ';') {
		return EXTENSION_FIRST;
	}
	if (c == '\r') {
		return CHUNK_SIZE_LF;
	}
	if (c == '=' && state == EXTENSION_NAME) {
		return EXTENSION_VALUE_FIRST;
	}
	return token && state != EXTENSION_END ? state : -1;
}

static enum rc digit_byte(struct h1_chunks *k, char c, struct err *reterr)
{
	int digit = hex_digit(c);
	if (digit >= 0) {
		if (k->line > SIZE_DIGITS_MAX) {
			return err_set(reterr, RC_LIMIT, "a chunk's size with too many digits");
		}
		k->left = k->left << 4 | (uint64_t)digit;
		k->state = CHUNK_SIZE;
	} else if (k->state == CHUNK_SIZE && c == ';') {
		k->state = EXTENSION_FIRST;
	} else if (k->state == CHUNK_SIZE && c == '\r') {
		k->state = CHUNK_SIZE_LF;
	} else {
		return malformed(reterr);
	}
	return RC_OK;
}

/* = RFC 9112 §7.1: chunk-size is hex digits only; extensions are checked and dropped, within the line's
 * limit. */
static enum rc size_byte(struct h1_chunks *k, char c, struct err *reterr)
{
	if (++k->line > SIZE_LINE_MAX) {
		return err_set(reterr, RC_LIMIT, "a chunk's size line above %d bytes", SIZE_LINE_MAX);
	}
	if (k->state == CHUNK_SIZE_FIRST || k->state == CHUNK_SIZE) {
		return digit_byte(k, c, reterr);
	}
	if (k->state != CHUNK_SIZE_LF) {
		int next = extension_byte(k->state, c);
		if (next < 0) {
			return malformed(reterr);
		}
		k->state = next;
		return RC_OK;
	}
	if (c != '\n') {
		return malformed(reterr);
	}
	k->line = 0;
	k->state = k->left ? CHUNK_DATA : TRAILER_START;
	return RC_OK;
}

/* = RFC 9110 §6.5.1: what frames a message, or ends the connection, may not come after it, where some reader
 * believes it. */
static bool name_byte(struct h1_chunks *k, char c)
{
	if (!http_field_name_ok(str_from(&c, 1))) {
		return false;
	}
	if (k->name_n < sizeof(k->name)) {
		k->name[k->name_n] = c;
	}
	k->name_n++;
	return true;
}

static bool name_frames(const struct h1_chunks *k)
{
	struct str name = str_from(k->name, k->name_n < sizeof(k->name) ? k->name_n : 0);
	return str_equal_nocase(name, STR("content-length")) ||
	       str_equal_nocase(name, STR("transfer-encoding")) || str_equal_nocase(name, STR("host")) ||
	       str_equal_nocase(name, STR("connection"));
}

static enum rc trailer_byte(struct h1_chunks *k, char c, struct err *reterr)
{
	if (++k->trailers > TRAILERS_MAX) {
		return err_set(reterr, RC_LIMIT, "trailers above %zu bytes", TRAILERS_MAX);
	}
	switch (k->state) {
	case TRAILER_START:
		if (c == '\r') {
			k->state = END_LF;
			return RC_OK;
		}
		k->state = TRAILER_NAME;
		k->name_n = 0;
		return name_byte(k, c) ? RC_OK : malformed(reterr);
	case TRAILER_NAME:
		if (c == ':' && name_frames(k)) {
			return err_set(reterr, RC_PROTO, "a trailer that frames the message");
		}
		if (c == ':') {
			k->state = TRAILER_VALUE;
		} else if (!name_byte(k, c)) {
			return malformed(reterr);
		}
		return RC_OK;
	case TRAILER_VALUE:
		if (c == '\r') {
			k->state = TRAILER_LF;
		} else if (!http_field_value_ok(str_from(&c, 1))) {
			return malformed(reterr);
		}
		return RC_OK;
	default:
		if (c != '\n') {
			return malformed(reterr);
		}
		k->state = k->state == END_LF ? DONE : TRAILER_START;
		return RC_OK;
	}
}

/* As much of the chunk as has arrived and has room; *ret_used 0 when there is no room. */
static enum rc data_bytes(struct h1_chunks *k, struct str in, size_t *ret_used, struct buf *out,
			  struct err *reterr)
{
	size_t room = out->n < out->max ? out->max - out->n : 0;
	size_t n = in.n < k->left ? in.n : (size_t)k->left;
	/* The whole chunk is weighed at its first byte: a body that cannot fit is not taken in part. */
	if (k->total > k->max || k->left > k->max - k->total) {
		return err_set(reterr, RC_LIMIT, "the body is larger than %llu bytes",
			       (unsigned long long)k->max);
	}
	n = n < room ? n : room;
	if (!buf_add(out, str_first(in, n))) {
		return err_set(reterr, RC_LIMIT, "there is no memory for the body");
	}
	k->left -= n;
	k->total += n;
	if (k->left == 0) {
		k->state = CHUNK_DATA_CR;
	}
	*ret_used = n;
	return n > 0 ? RC_OK : RC_AGAIN;
}

static enum rc line_end_byte(struct h1_chunks *k, char c, struct err *reterr)
{
	if (c != (k->state == CHUNK_DATA_CR ? '\r' : '\n')) {
		return malformed(reterr);
	}
	k->state = k->state == CHUNK_DATA_CR ? CHUNK_DATA_LF : CHUNK_SIZE_FIRST;
	return RC_OK;
}

enum rc h1_chunks_decode(struct h1_chunks *chunks, struct str in, size_t *ret_used, struct buf *out,
			 struct err *reterr)
{
	size_t used = 0;
	enum rc rc = RC_OK;
	while (rc == RC_OK && used < in.n && chunks->state != DONE) {
		size_t n = 1;
		if (chunks->state == CHUNK_DATA) {
			rc = data_bytes(chunks, str_skip(in, used), &n, out, reterr);
		} else if (chunks->state == CHUNK_DATA_CR || chunks->state == CHUNK_DATA_LF) {
			rc = line_end_byte(chunks, in.p[used], reterr);
		} else if (chunks->state >= TRAILER_START) {
			rc = trailer_byte(chunks, in.p[used], reterr);
		} else {
			rc = size_byte(chunks, in.p[used], reterr);
		}
		if (rc == RC_OK) {
			used += n;
		}
	}
	*ret_used = used;
	if (rc != RC_OK) {
		return rc; /* RC_AGAIN: no room */
	}
	return chunks->state == DONE ? RC_OK : RC_AGAIN;
}
