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
	CHUNK_EXTENSION,
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

/* = RFC 9112 §7.1: chunk-size is hex digits only; extensions are read past, within the line's limit. */
static enum rc size_byte(struct h1_chunks *k, char c, struct err *reterr)
{
	int digit = hex_digit(c);
	if (++k->line > SIZE_LINE_MAX)
		return err_set(reterr, RC_LIMIT, "a chunk's size line above %d bytes", SIZE_LINE_MAX);
	switch (k->state) {
	case CHUNK_SIZE_FIRST:
	case CHUNK_SIZE:
		if (digit >= 0) {
			if (k->line > SIZE_DIGITS_MAX)
				return err_set(reterr, RC_LIMIT, "a chunk's size with too many digits");
			k->left = k->left << 4 | (uint64_t)digit;
			k->state = CHUNK_SIZE;
		} else if (k->state == CHUNK_SIZE && c == ';') {
			k->state = CHUNK_EXTENSION;
		} else if (k->state == CHUNK_SIZE && c == '\r') {
			k->state = CHUNK_SIZE_LF;
		} else {
			return malformed(reterr);
		}
		return RC_OK;
	case CHUNK_EXTENSION:
		if (c == '\r')
			k->state = CHUNK_SIZE_LF;
		else if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
			return malformed(reterr);
		return RC_OK;
	default:
		if (c != '\n')
			return malformed(reterr);
		k->line = 0;
		k->state = k->left ? CHUNK_DATA : TRAILER_START;
		return RC_OK;
	}
}

static enum rc trailer_byte(struct h1_chunks *k, char c, struct err *reterr)
{
	if (++k->trailers > TRAILERS_MAX)
		return err_set(reterr, RC_LIMIT, "trailers above %zu bytes", TRAILERS_MAX);
	switch (k->state) {
	case TRAILER_START:
		if (c == '\r') {
			k->state = END_LF;
			return RC_OK;
		}
		k->state = TRAILER_NAME;
		return http_field_name_ok(str_from(&c, 1)) ? RC_OK : malformed(reterr);
	case TRAILER_NAME:
		if (c == ':')
			k->state = TRAILER_VALUE;
		else if (!http_field_name_ok(str_from(&c, 1)))
			return malformed(reterr);
		return RC_OK;
	case TRAILER_VALUE:
		if (c == '\r')
			k->state = TRAILER_LF;
		else if (!http_field_value_ok(str_from(&c, 1)))
			return malformed(reterr);
		return RC_OK;
	default:
		if (c != '\n')
			return malformed(reterr);
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
	if (k->total > k->max || k->left > k->max - k->total)
		return err_set(reterr, RC_LIMIT, "the body is larger than %llu bytes",
			       (unsigned long long)k->max);
	n = n < room ? n : room;
	(void)buf_add(out, str_first(in, n));
	k->left -= n;
	k->total += n;
	if (k->left == 0)
		k->state = CHUNK_DATA_CR;
	*ret_used = n;
	return n > 0 ? RC_OK : RC_AGAIN;
}

static enum rc line_end_byte(struct h1_chunks *k, char c, struct err *reterr)
{
	if (c != (k->state == CHUNK_DATA_CR ? '\r' : '\n'))
		return malformed(reterr);
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
		if (chunks->state == CHUNK_DATA)
			rc = data_bytes(chunks, str_skip(in, used), &n, out, reterr);
		else if (chunks->state == CHUNK_DATA_CR || chunks->state == CHUNK_DATA_LF)
			rc = line_end_byte(chunks, in.p[used], reterr);
		else if (chunks->state >= TRAILER_START)
			rc = trailer_byte(chunks, in.p[used], reterr);
		else
			rc = size_byte(chunks, in.p[used], reterr);
		if (rc == RC_OK)
			used += n;
	}
	*ret_used = used;
	if (rc != RC_OK)
		return rc; /* RC_AGAIN: no room */
	return chunks->state == DONE ? RC_OK : RC_AGAIN;
}
