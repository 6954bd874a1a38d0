/* SPDX-License-Identifier: Apache-2.0
 * Containers: what openssl and keytool made opens, what was altered does not, and what is written opens
 * again.
 * The files are the fuzz corpus'; their password is "seed", of the Java stores "seedseed". */
#include "test.h"

#include "base/memory.h"
#include "container/container.h"
#include "container/format.h"
#include "container/count.h"
#include "container/encryption.h"
#include "os/file.h"
#include "pki/authority.h"

#include <stdlib.h>

static const struct {
	const char *name;
	enum container_kind kind;
	struct str password;
	const char *encryption;
	bool legacy, has_key;
} files[] = {
	{ "modern", CONTAINER_PKCS12, STR("seed"), "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA256, 2048 iterations",
	  false, true },
	{ "legacy", CONTAINER_PKCS12, STR("seed"), "pbeWithSHA1And40BitRC2-CBC", true, true },
	{ "JKS", CONTAINER_JKS, STR("seedseed"), "JKS key protector, SHA-1", true, true },
	{ "JCEKS", CONTAINER_JCEKS, STR("seedseed"), "PBEWithMD5AndTripleDES", true, true },
	{ "pem", CONTAINER_PEM, { NULL, 0 }, "none", false, true },
	{ "pem-encrypted", CONTAINER_PEM, STR("seed"),
	  "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA256, 2048 iterations", false, true },
	{ "der", CONTAINER_DER, { NULL, 0 }, "none", false, false },
	{ "pkcs7", CONTAINER_PKCS7, { NULL, 0 }, "none", false, false },
	{ "JCEKS-secret", CONTAINER_JCEKS, STR("seedseed"), "PBEWithMD5AndTripleDES", true, true },
	{ "base64", CONTAINER_PKCS12, STR("seed"), "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA256, 2048 iterations",
	  false, true },
};

static void read_file(size_t i, struct buf *out)
{
	AUTO_FREE char *path =
		mem_printf("%s/fuzz/corpus/fuzz_container/%s", getenv("POSTERN_SOURCE_ROOT"), files[i].name);
	assert_int_equal(file_read(path, CONTAINER_MAX_BYTES, out, NULL), RC_OK);
}

static void every_kind_is_told_by_content_and_opens(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
		AUTO(container_free_cleanup) struct container *c = NULL;
		struct err err = { 0 };
		read_file(i, &bytes);
		if (container_open(&c, buf_str(&bytes), files[i].password, &err) != RC_OK) {
			fail_msg("%s: %s", files[i].name, err.text);
		}
		assert_int_equal(c->kind, files[i].kind);
		assert_string_equal(c->encryption, files[i].encryption);
		assert_int_equal(c->legacy, files[i].legacy);
		assert_int_equal(c->n, 1);
		assert_int_equal(c->entries[0].key != NULL, files[i].has_key);
		assert_string_equal(cert_subject(c->entries[0].chain.items[0]), "CN=seed");
		if (files[i].kind <= CONTAINER_JCEKS) {
			assert_string_equal(c->entries[0].alias, "seed");
		}
	}
}

static void a_wrong_or_missing_password_is_called_so(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (!files[i].password.p) {
			continue;
		}
		struct str passwords[] = { STR("wrong"), STR(""), STR_NONE };
		for (size_t k = 0; k < ARRAY_SIZE(passwords); k++) {
			AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
			struct container *c = NULL;
			struct err err = { 0 };
			read_file(i, &bytes);
			assert_int_equal(container_open(&c, buf_str(&bytes), passwords[k], &err), RC_DENIED);
			assert_string_equal(err.reason, "P101");
			assert_non_null(strstr(err.text, "password"));
		}
	}
}

/* The bytes in memory of their exact size, so that a sanitizer sees a read past the end. */
static enum rc open_exact(struct str bytes, struct str password, struct err *err)
{
	struct container *c = NULL;
	AUTO_FREE char *exact = mem_dup(bytes.p ? bytes.p : "", bytes.n);
	enum rc rc = container_open(&c, str_from(exact, bytes.n), password, err);
	container_free(c);
	return rc;
}

static void every_truncation_is_refused_in_one_sentence(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
		read_file(i, &bytes);
		for (size_t n = 0; n < bytes.n; n++) {
			struct err err = { 0 };
			enum rc rc = open_exact(str_first(buf_str(&bytes), n), files[i].password, &err);
			/* Text may lose its last dashes or line break, and a key may stand without its
			 * certificate. */
			bool is_text = strcmp(files[i].name, "base64") == 0 && n + 4 >= bytes.n;
			if (rc == RC_OK && (files[i].kind == CONTAINER_PEM || is_text)) {
				continue;
			}
			assert_int_not_equal(rc, RC_OK);
			assert_int_equal(err.reason[0], 'P');
			assert_null(strchr(err.text, '\n'));
		}
	}
}

static void no_flipped_bit_does_harm(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (strcmp(files[i].name, "base64") == 0) {
			continue; /* the same as "modern" */
		}
		AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
		read_file(i, &bytes);
		for (size_t n = 0; n < bytes.n; n++) {
			struct err err = { 0 };
			char flip = (char)(1 << n % 8);
			bytes.p[n] ^= flip;
			if (open_exact(buf_str(&bytes), files[i].password, &err) != RC_OK) {
				assert_int_equal(err.reason[0], 'P');
			}
			bytes.p[n] ^= flip;
		}
	}
}

static struct container *key_pair(const char *type, const char *alias)
{
	struct container *c = container_new(CONTAINER_PKCS12);
	struct container_entry *entry = container_add(c, alias);
	struct cert *cert = NULL;
	struct authority_order order = { .subject = STR("CN=new,O=Example"),
					 .not_before = wall_from_seconds(1700000000),
					 .days = 3650 };
	assert_int_equal(key_generate(&entry->key, type, NULL), RC_OK);
	assert_int_equal(authority_issue(&cert, &order, entry->key, NULL, NULL, NULL), RC_OK);
	cert_list_add(&entry->chain, cert);
	cert_free(cert);
	return c;
}

static void what_is_written_opens_again_with_its_alias(void **state)
{
	static const enum container_kind kinds[] = { CONTAINER_PKCS12, CONTAINER_JKS, CONTAINER_PEM };
	static const char *const types[] = { "rsa-2048", "p-256" };
	/* Characters of one, two and three bytes in UTF-8; OpenSSL writes no others into PKCS#12. */
	static const char alias[] = "mine \xc3\xa4 \xe2\x82\xac";
	for (size_t i = 0; i < ARRAY_SIZE(kinds) * ARRAY_SIZE(types) * 2; i++) {
		bool legacy = i % 2;
		AUTO(container_free_cleanup) struct container *c = key_pair(types[i / 2 % 2], alias);
		AUTO(container_free_cleanup) struct container *again = NULL;
		AUTO_BUF_SECRET(out, CONTAINER_MAX_BYTES);
		struct str password = STR("p\xc3\xa4ss w\xc3\xb6rd");
		struct err err = { 0 };
		assert_int_equal(container_write(c, kinds[i / 4], password, legacy, &out, &err), RC_OK);
		if (container_open(&again, buf_str(&out), password, &err) != RC_OK) {
			fail_msg("%s: %s", container_kind_name(kinds[i / 4]), err.text);
		}
		assert_int_equal(again->kind, kinds[i / 4]);
		assert_string_equal(again->entries[0].alias, alias);
		assert_true(again->encrypted);
		if (kinds[i / 4] == CONTAINER_PKCS12) {
			assert_int_equal(again->legacy, legacy);
		}
		assert_true(key_matches(again->entries[0].key, c->entries[0].chain.items[0]));
		assert_true(cert_equal(again->entries[0].chain.items[0], c->entries[0].chain.items[0]));
	}
}

static void a_store_without_keys_keeps_each_certificate_under_a_name_of_its_own(void **state)
{
	static const enum container_kind kinds[] = { CONTAINER_PKCS12, CONTAINER_JKS };
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		AUTO(container_free_cleanup) struct container *one = key_pair("p-256", NULL);
		AUTO(container_free_cleanup) struct container *two = key_pair("p-256", NULL);
		AUTO(container_free_cleanup) struct container *trust = container_new(CONTAINER_PEM);
		AUTO(container_free_cleanup) struct container *again = NULL;
		AUTO_BUF_SECRET(out, CONTAINER_MAX_BYTES);
		struct container_entry *entry = container_add(trust, NULL);
		cert_list_add(&entry->chain, one->entries[0].chain.items[0]);
		cert_list_add(&entry->chain, two->entries[0].chain.items[0]);
		assert_int_equal(container_write(trust, kinds[i], STR("changeit"), false, &out, NULL), RC_OK);
		assert_int_equal(container_open(&again, buf_str(&out), STR("changeit"), NULL), RC_OK);
		assert_int_equal(again->n, 2);
		assert_string_equal(again->entries[0].alias, "new");
		assert_string_equal(again->entries[1].alias, "new-2");
		assert_null(again->entries[0].key);
	}
}

static void a_key_store_needs_a_password(void **state)
{
	static const enum container_kind kinds[] = { CONTAINER_PKCS12, CONTAINER_JKS };
	AUTO(container_free_cleanup) struct container *c = key_pair("p-256", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		AUTO_BUF_SECRET(out, CONTAINER_MAX_BYTES);
		assert_int_equal(container_write(c, kinds[i], STR_NONE, false, &out, NULL), RC_INVALID);
	}
	AUTO_BUF_SECRET(out, CONTAINER_MAX_BYTES);
	assert_int_equal(container_write(c, CONTAINER_JCEKS, STR("changeit"), false, &out, NULL),
			 RC_UNSUPPORTED);
}

/* Insert bytes at `at` inside nested DER and lengthen everything around it; octet strings hold DER too. */
static void lengthen(char *p, size_t n, size_t at, int more)
{
	for (size_t i = 0; i + 2 <= n;) {
		uint8_t tag = (uint8_t)p[i];
		size_t digits = (uint8_t)p[i + 1] > 0x80 ? (uint8_t)p[i + 1] & 0x7fU : 0;
		size_t length = digits ? 0 : (uint8_t)p[i + 1];
		for (size_t k = 0; k < digits; k++) {
			length = length << 8 | (uint8_t)p[i + 2 + k];
		}
		size_t start = i + 2 + digits;
		if (at >= start && at < start + length) {
			size_t longer = length + (size_t)more;
			for (size_t k = 0; k < (digits ? digits : 1); k++) {
				p[start - 1 - k] = (char)(longer >> (8 * k) & 0xff);
			}
			if ((tag & 0x20) || tag == 0x04) {
				lengthen(p + start, length, at - start, more);
			}
			return;
		}
		i = start + length;
	}
}

static void with_count(struct buf *bytes, size_t at, struct str integer, struct buf *out)
{
	AUTO_FREE char *copy = mem_dup(bytes->p, bytes->n);
	lengthen(copy, bytes->n, at, (int)integer.n - 4);
	(void)buf_add(out, str_from(copy, at));
	(void)buf_add(out, integer);
	(void)buf_add(out, str_from(copy + at + 4, bytes->n - at - 4));
}

static void absurd_iteration_counts_are_refused_before_anything_is_derived(void **state)
{
	static const struct str counts[] = {
		STR("\x02\x04\x7f\xff\xff\xff"),
		STR("\x02\x04\xff\xff\xff\xff"),
		STR("\x02\x01\xff"),
		STR("\x02\x01\x00"),
		STR("\x02\x03\x4c\x4b\x41"),
		STR("\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff"),
	};
	for (size_t i = 0; i < 2;
	     i++) { /* modern, legacy: 2048 is 02 02 08 00, in MAC, certificates and key */
		AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
		size_t found = 0;
		read_file(i, &bytes);
		for (size_t at = 0; at + 4 <= bytes.n; at++) {
			if (memcmp(bytes.p + at, "\x02\x02\x08\x00", 4) != 0) {
				continue;
			}
			found++;
			for (size_t k = 0; k < ARRAY_SIZE(counts); k++) {
				AUTO_BUF(changed, CONTAINER_MAX_BYTES);
				struct err err = { 0 };
				with_count(&bytes, at, counts[k], &changed);
				struct mono begin = mono_now();
				assert_int_not_equal(open_exact(buf_str(&changed), files[i].password, &err),
						     RC_OK);
				assert_true(mono_now().us - begin.us < 400000);
				assert_string_equal(err.reason, "P117");
			}
		}
		assert_int_equal(found, 3);
	}
}

static void a_jceks_iteration_count_is_judged_too(void **state)
{
	AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
	read_file(3, &bytes);
	size_t at = str_find_str(buf_str(&bytes), STR("\x02\x03\x03\x0d\x40")); /* 200,000 */
	assert_true(at < bytes.n);
	memcpy(bytes.p + at + 2, "\x4c\x4b\x40", 3); /* 5,000,000 is allowed, but the digest no longer fits */
	struct err err = { 0 };
	assert_int_equal(open_exact(buf_str(&bytes), STR("seedseed"), &err), RC_DENIED);
	memcpy(bytes.p + at + 2, "\x4c\x4b\x41", 3);
	assert_int_equal(open_exact(buf_str(&bytes), STR("seedseed"), &err), RC_LIMIT);
	assert_string_equal(err.reason, "P117");
}

static void a_count_is_looked_for_behind_a_salt_only(void **state)
{
	assert_true(count_is_absurd(STR("\x30\x07\x04\x01\x00\x02\x02\x27\x11"), 10000));
	assert_false(count_is_absurd(STR("\x30\x07\x04\x01\x00\x02\x02\x27\x10"), 10000));
	assert_false(count_is_absurd(STR("\x30\x05\x02\x01\xff\x05\x00"), 10000));
	assert_true(count_is_absurd(STR("\x04\x08\x30\x06\x04\x01\x00\x02\x01\x80"), 10000));
}

static void the_work_of_all_parts_together_is_limited(void **state)
{
	struct container c = { 0 };
	struct err err = { 0 };
	ASN1_INTEGER *count = ASN1_INTEGER_new();
	assert_int_equal(ASN1_INTEGER_set(count, CONTAINER_MAX_ITERATIONS), 1);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(encryption_check_iterations(&c, count, &err), RC_OK);
	}
	assert_int_equal(encryption_check_iterations(&c, count, &err), RC_LIMIT);
	assert_string_equal(err.reason, "P117");
	ASN1_INTEGER_free(count);
}

static void what_is_no_container_is_said_to_be_none(void **state)
{
	static const struct str texts[] = { STR(""), STR("0"), STR("hello"), STR("PK\x03\x04"),
					    STR("\x7f"
						"ELF") };
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct err err = { 0 };
		assert_int_equal(open_exact(texts[i], STR_NONE, &err), RC_INVALID);
		assert_true(strcmp(err.reason, "P103") == 0 || strcmp(err.reason, "P116") == 0);
	}
}

/* RFC 9579 and RFC 9879, appendix A: three that hold, then a wrong count, a wrong salt, and no key length. */
static void the_files_of_the_rfc_with_pbmac1_are_judged_as_it_says(void **state)
{
	static const char *const reasons[] = { "", "", "", "P101", "P101", "P116" };
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
		AUTO_FREE char *path = mem_printf("%s/fuzz/corpus/fuzz_container/rfc9579-a%zu",
						  getenv("POSTERN_SOURCE_ROOT"), i + 1);
		struct err err = { 0 }, wrong = { 0 };
		assert_int_equal(file_read(path, CONTAINER_MAX_BYTES, &bytes, NULL), RC_OK);
		(void)!open_exact(buf_str(&bytes), STR("1234"), &err);
		assert_string_equal(err.reason, reasons[i]);
		assert_int_not_equal(open_exact(buf_str(&bytes), STR("1235"), &wrong), RC_OK);
		assert_string_equal(wrong.reason, i == 5 ? "P116" : "P101");
	}
}

static void a_pbmac1_key_that_lets_anybody_make_the_mac_is_refused(void **state)
{
	/* The key length stands behind the count of 2048: 20 to 64 are taken, and then the MAC decides. */
	static const struct {
		char length;
		const char *reason;
	} cases[] = { { 0, "P116" },  { 1, "P116" },  { 19, "P116" },  { 20, "P101" },      { 32, "" },
		      { 64, "P101" }, { 65, "P116" }, { 127, "P116" }, { (char)-1, "P116" } };
	AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
	AUTO_FREE char *path =
		mem_printf("%s/fuzz/corpus/fuzz_container/rfc9579-a1", getenv("POSTERN_SOURCE_ROOT"));
	assert_int_equal(file_read(path, CONTAINER_MAX_BYTES, &bytes, NULL), RC_OK);
	size_t at = str_find_str(buf_str(&bytes), STR("\x02\x02\x08\x00\x02\x01\x20"));
	assert_true(at < bytes.n);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };
		bytes.p[at + 6] = cases[i].length;
		(void)!open_exact(buf_str(&bytes), STR("1234"), &err);
		assert_string_equal(err.reason, cases[i].reason);
	}
}

static void a_password_is_tried_in_a_fixed_order_and_as_often_as_the_work_allows(void **state)
{
	static const struct {
		struct str given;
		const char *tried[3];
	} cases[] = {
		{ STR("plain"), { "plain" } },
		{ STR("\xc3\xa4"), { "\xc3\xa4", "\xe4", "\xc3\x83\xc2\xa4" } },
		{ STR("\xe4"), { "\xe4", "\xc3\xa4" } },
		{ STR("\x80"), { "\x80", "\xe2\x82\xac" } },
		{ STR("\xe2\x82\xac"), { "\xe2\x82\xac", "\x80", "\xc3\xa2\xc2\x82\xc2\xac" } },
		/* What Windows-1252 has no letter for is tried as bytes alone. */
		{ STR("\xe4\xb8\xad"), { "\xe4\xb8\xad", "\xc3\xa4\xc2\xb8\xc2\xad" } },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct password_ways ways;
		const struct container_secrets secrets = { .password = cases[i].given };
		password_ways_init(&ways, &secrets, false);
		for (size_t k = 0; k < ARRAY_SIZE(cases[i].tried) && cases[i].tried[k]; k++) {
			assert_true(k < ways.n);
			assert_string_equal(ways.items[k].text, cases[i].tried[k]);
		}
		assert_true(ways.n == ARRAY_SIZE(cases[i].tried) || !cases[i].tried[ways.n]);
		password_ways_fini(&ways);
	}
}

static enum rc count_tries(void *context, const struct password_way *way, struct err *reterr)
{
	(*(int *)context)++;
	return RC_DENIED;
}

static void a_file_that_asks_for_much_work_is_tried_less_often(void **state)
{
	static const struct {
		uint64_t iterations;
		int tries;
	} cases[] = { { 0, 3 },
		      { 2048, 3 },
		      { CONTAINER_MAX_ALL_ITERATIONS / 3, 3 },
		      { CONTAINER_MAX_ALL_ITERATIONS / 3 + 1, 2 },
		      { CONTAINER_MAX_ALL_ITERATIONS, 1 } };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int tries = 0;
		struct container c = { .iterations = cases[i].iterations };
		struct password_ways ways;
		const struct container_secrets secrets = { .password = STR("\xc3\xa4") };
		password_ways_init(&ways, &secrets, false);
		assert_int_equal(password_ways_try(&ways, &c, false, count_tries, &tries, NULL), RC_DENIED);
		assert_int_equal(tries, cases[i].tries);
		password_ways_fini(&ways);
	}
}

static void a_file_over_the_limit_is_refused(void **state)
{
	AUTO_FREE char *large = mem_alloc(CONTAINER_MAX_BYTES + 1);
	struct err err = { 0 };
	large[0] = 0x30;
	assert_int_equal(open_exact(str_from(large, CONTAINER_MAX_BYTES + 1), STR_NONE, &err), RC_LIMIT);
	assert_string_equal(err.reason, "P116");
}

static void a_java_store_of_too_many_entries_is_refused(void **state)
{
	struct err err = { 0 };
	assert_int_equal(open_exact(STR("\xfe\xed\xfe\xed\0\0\0\x02\xff\xff\xff\xff"), STR("x"), &err),
			 RC_LIMIT);
	assert_int_equal(open_exact(STR("\xfe\xed\xfe\xed\0\0\0\x02\0\0\x03\xe8"), STR("x"), &err),
			 RC_INVALID);
	assert_string_equal(err.reason, "P116");
}

static void a_cipher_that_is_not_known_is_named(void **state)
{
	AUTO_BUF(bytes, CONTAINER_MAX_BYTES);
	struct err err = { 0 };
	read_file(0, &bytes);
	/* aes-256-cbc 2.16.840.1.101.3.4.1.42 becomes aes-256-gcm (.46), which PBES2 does not carry. */
	size_t at = str_find_str(buf_str(&bytes), STR("\x60\x86\x48\x01\x65\x03\x04\x01\x2a"));
	bytes.p[at + 8] = 0x2e;
	assert_int_equal(open_exact(buf_str(&bytes), STR("seed"), &err), RC_UNSUPPORTED);
	assert_string_equal(err.reason, "P115");
	assert_non_null(strstr(err.text, "AES-256-GCM"));
	assert_null(strstr(err.text, "password"));
}

RUN_TESTS(TEST(every_kind_is_told_by_content_and_opens), TEST(a_wrong_or_missing_password_is_called_so),
	  TEST(every_truncation_is_refused_in_one_sentence), TEST(no_flipped_bit_does_harm),
	  TEST(what_is_written_opens_again_with_its_alias),
	  TEST(a_store_without_keys_keeps_each_certificate_under_a_name_of_its_own),
	  TEST(a_key_store_needs_a_password),
	  TEST(absurd_iteration_counts_are_refused_before_anything_is_derived),
	  TEST(a_jceks_iteration_count_is_judged_too), TEST(a_count_is_looked_for_behind_a_salt_only),
	  TEST(the_work_of_all_parts_together_is_limited), TEST(what_is_no_container_is_said_to_be_none),
	  TEST(a_file_over_the_limit_is_refused), TEST(a_java_store_of_too_many_entries_is_refused),
	  TEST(a_cipher_that_is_not_known_is_named),
	  TEST(the_files_of_the_rfc_with_pbmac1_are_judged_as_it_says),
	  TEST(a_pbmac1_key_that_lets_anybody_make_the_mac_is_refused),
	  TEST(a_password_is_tried_in_a_fixed_order_and_as_often_as_the_work_allows),
	  TEST(a_file_that_asks_for_much_work_is_tried_less_often))
