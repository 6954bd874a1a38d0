/* SPDX-License-Identifier: Apache-2.0
 * The form that sessions are kept in: the peer's certificate is cut out, and nothing else. */
#include "tls/session.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "unit/test.h"

static const struct tls_claim CLAIM = { { 1, 2, 3 }, { 1000 }, { 2000 } };

/* Bytes of hex digits, in a buffer that the caller frees. */
static void hex(struct buf *out, const char *text)
{
	for (; text[0] && text[1]; text += 2) {
		unsigned value = 0;
		for (int i = 0; i < 2; i++) {
			char c = text[i];
			value = value << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
		}
		assert_true(buf_add_char(out, (char)value));
	}
}

static enum rc format(const char *session, const char *expected)
{
	AUTO_BUF(der, 1 << 17);
	AUTO_BUF(record, TLS_SESSION_MAX);
	AUTO_BUF(want, 1 << 17);
	struct tls_claim claim;
	struct str kept;
	hex(&der, session);
	hex(&want, expected);
	enum rc rc = tls_session_format(&CLAIM, buf_str(&der), &record);
	if (rc != RC_OK) {
		return rc;
	}
	assert_int_equal(tls_session_parse(buf_str(&record), &claim, &kept), RC_OK);
	assert_memory_equal(&claim, &CLAIM, sizeof(claim));
	assert_true(str_equal(kept, buf_str(&want)));
	return RC_OK;
}

static void the_peer_s_certificate_is_cut_out(void **state)
{
	/* version, [1] time, [3] peer, [4] context */
	assert_int_equal(format("3010020101a103020105a3020500a4020400", "300c020101a103020105a4020400"),
			 RC_OK);
	/* at the end, at the beginning, alone */
	assert_int_equal(format("3007020101a3020500", "3003020101"), RC_OK);
	assert_int_equal(format("3007a3020500020101", "3003020101"), RC_OK);
	assert_int_equal(format("3004a3020500", "3000"), RC_OK);
}

static void a_session_without_one_is_kept_as_it_is(void **state)
{
	assert_int_equal(format("3008020101a103020105", "3008020101a103020105"), RC_OK);
	assert_int_equal(format("3000", "3000"), RC_OK);
}

static void lengths_of_every_size_come_out_in_their_shortest_form(void **state)
{
	for (size_t n = 0; n <= 600; n++) {
		AUTO_BUF(fields, 4096);
		AUTO_BUF(der, 4096);
		AUTO_BUF(record, TLS_SESSION_MAX);
		struct tls_claim claim;
		struct str kept;
		/* OCTET STRING of n bytes, and a peer of two. */
		(void)buf_add_char(&fields, 0x04);
		if (n >= 0x100) {
			(void)buf_printf(&fields, "\x82%c%c", (int)(n >> 8), (int)(n & 0xff));
		} else if (n >= 0x80) {
			(void)buf_printf(&fields, "\x81%c", (int)n);
		} else {
			(void)buf_add_char(&fields, (char)n);
		}
		for (size_t i = 0; i < n; i++) {
			(void)buf_add_char(&fields, 'x');
		}
		size_t without = fields.n;
		(void)buf_add(&fields, str_from("\xa3\x02\x05\x00", 4));
		(void)buf_add_char(&der, 0x30);
		if (fields.n >= 0x100) {
			(void)buf_printf(&der, "\x82%c%c", (int)(fields.n >> 8), (int)(fields.n & 0xff));
		} else if (fields.n >= 0x80) {
			(void)buf_printf(&der, "\x81%c", (int)fields.n);
		} else {
			(void)buf_add_char(&der, (char)fields.n);
		}
		(void)buf_add(&der, buf_str(&fields));
		assert_int_equal(tls_session_format(&CLAIM, buf_str(&der), &record), RC_OK);
		assert_int_equal(tls_session_parse(buf_str(&record), &claim, &kept), RC_OK);
		size_t head = without >= 0x100 ? 4 : without >= 0x80 ? 3 : 2;
		assert_int_equal(kept.n, head + without);
		assert_memory_equal(kept.p + head, fields.p, without);
	}
}

static void what_is_no_such_session_is_refused(void **state)
{
	static const char *const bad[] = {
		"",                       /* nothing */
		"30",                     /* no length */
		"3001",                   /* shorter than it says */
		"300000",                 /* bytes behind it */
		"3100",                   /* no sequence */
		"30800201010000",         /* indefinite */
		"308103020101",           /* not the shortest length */
		"30820003020101",         /* likewise */
		"3084000000030201010000", /* four digits of length */
		"3003020201",             /* a field longer than the sequence */
		"3008a3020500a3020500",   /* two peers */
		"30031f0100",             /* a tag of more than one byte */
		"3002a3",                 /* half a field */
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_not_equal(format(bad[i], ""), RC_OK);
	}
}

static void one_that_is_too_large_is_not_kept(void **state)
{
	AUTO_BUF(der, 1 << 16);
	AUTO_BUF(record, TLS_SESSION_MAX);
	hex(&der, "3082080404820800");
	for (int i = 0; i < 0x800; i++) {
		(void)buf_add_char(&der, 'x');
	}
	assert_int_equal(tls_session_format(&CLAIM, buf_str(&der), &record), RC_LIMIT);
}

static void a_record_that_is_too_short_is_not_read(void **state)
{
	struct tls_claim claim;
	struct str kept;
	char bytes[48] = { 0 };
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		assert_int_equal(tls_session_parse(str_from(bytes, n), &claim, &kept), RC_INVALID);
	}
}

RUN_TESTS(TEST(the_peer_s_certificate_is_cut_out), TEST(a_session_without_one_is_kept_as_it_is),
	  TEST(lengths_of_every_size_come_out_in_their_shortest_form),
	  TEST(what_is_no_such_session_is_refused), TEST(one_that_is_too_large_is_not_kept),
	  TEST(a_record_that_is_too_short_is_not_read))
