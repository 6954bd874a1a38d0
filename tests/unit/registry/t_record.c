/* SPDX-License-Identifier: Apache-2.0
 * Tests of registry entries as bytes. */
#include "test.h"

#include "registry/record.h"

static struct registry_record sample(void)
{
	return (struct registry_record){ .kind = REGISTRY_SERVICE_KEY,
					 .tenant = STR("default"),
					 .key = STR("k1"),
					 .value = STR("{\"id\":\"k1\"}"),
					 .terms = { STR("cert:AB"), STR("client:x") },
					 .n_terms = 2,
					 .version = 7 };
}

static void an_entry_reads_back_as_it_was_written(void **state)
{
	AUTO_BUF(b, 4096);
	struct registry_record in = sample(), out;
	enum registry_entry entry;
	uint64_t second;
	size_t size;
	assert_int_equal(registry_entry_format(REGISTRY_ENTRY_PUT, &in, 9, &b, NULL), RC_OK);
	assert_int_equal(registry_entry_parse(buf_str(&b), &entry, &out, &second, &size, NULL), RC_OK);
	assert_int_equal(entry, REGISTRY_ENTRY_PUT);
	assert_int_equal(size, b.n);
	assert_int_equal(second, 9);
	assert_int_equal(out.version, 7);
	assert_true(str_equal(out.tenant, in.tenant) && str_equal(out.key, in.key) &&
		    str_equal(out.value, in.value));
	assert_int_equal(out.n_terms, 2);
	assert_true(str_is(out.terms[1], "client:x"));
}

static void every_prefix_and_every_flipped_bit_is_refused(void **state)
{
	AUTO_BUF(b, 4096);
	struct registry_record in = sample(), out;
	enum registry_entry entry;
	uint64_t second;
	size_t size;
	assert_int_equal(registry_entry_format(REGISTRY_ENTRY_PUT, &in, 0, &b, NULL), RC_OK);
	for (size_t n = 0; n < b.n; n++) {
		assert_int_equal(registry_entry_parse(str_first(buf_str(&b), n), &entry, &out, &second, &size,
						      NULL),
				 RC_INVALID);
	}
	for (size_t bit = 0; bit < b.n * 8; bit++) {
		b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
		assert_int_equal(registry_entry_parse(buf_str(&b), &entry, &out, &second, &size, NULL),
				 RC_INVALID);
		b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
	}
}

static void parts_up_to_their_limit_are_taken_and_one_more_byte_is_refused(void **state)
{
	AUTO_BUF(b, 2 * REGISTRY_MAX_VALUE);
	static char big[REGISTRY_MAX_VALUE + 1];
	const struct {
		size_t tenant, key, value, term;
		const char *field;
	} rows[] = {
		{ REGISTRY_MAX_TENANT, REGISTRY_MAX_KEY, REGISTRY_MAX_VALUE, REGISTRY_MAX_TERM, NULL },
		{ REGISTRY_MAX_TENANT + 1, 1, 1, 1, "tenant" },
		{ 1, REGISTRY_MAX_KEY + 1, 1, 1, "key" },
		{ 1, 0, 1, 1, "key" },
		{ 1, 1, REGISTRY_MAX_VALUE + 1, 1, "value" },
		{ 1, 1, 1, REGISTRY_MAX_TERM + 1, "terms" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = { 0 };
		struct registry_record r = { .kind = REGISTRY_SETTING,
					     .tenant = str_from(big, rows[i].tenant),
					     .key = str_from(big, rows[i].key),
					     .value = str_from(big, rows[i].value),
					     .terms = { str_from(big, rows[i].term) },
					     .n_terms = 1 };
		buf_clear(&b);
		enum rc rc = registry_entry_format(REGISTRY_ENTRY_PUT, &r, 0, &b, &err);
		assert_int_equal(rc, rows[i].field ? RC_INVALID : RC_OK);
		assert_string_equal(err.field, rows[i].field ? rows[i].field : "");
	}
}

static void associated_data_of_two_places_differs(void **state)
{
	AUTO_BUF(a, 256);
	AUTO_BUF(b, 256);
	registry_format_associated(REGISTRY_SERVER_KEY, STR("a"), STR("b:c"), &a);
	registry_format_associated(REGISTRY_SERVER_KEY, STR("a:b"), STR("c"), &b);
	assert_false(str_equal(buf_str(&a), buf_str(&b)));
}

RUN_TESTS(TEST(an_entry_reads_back_as_it_was_written), TEST(every_prefix_and_every_flipped_bit_is_refused),
	  TEST(parts_up_to_their_limit_are_taken_and_one_more_byte_is_refused),
	  TEST(associated_data_of_two_places_differs))
