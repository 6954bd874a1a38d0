/* SPDX-License-Identifier: Apache-2.0
 * Findings: each thing that can be wrong with a container has its code, and nothing else is found. */
#include "test.h"

#include "base/memory.h"
#include "container/examine.h"
#include "pki/authority.h"

#define NOW INT64_C(1800000000)
#define DAY INT64_C(86400)

struct pair {
	struct key *key;
	struct cert *cert;
};

static struct pair make(const char *type, enum authority_usage usage, const struct pair *issuer, int64_t from,
			int days)
{
	struct pair p = { 0 };
	struct authority_order order = { .subject = issuer ? STR("CN=Leaf") : STR("CN=Root"),
					 .usage = usage,
					 .path_length = -1,
					 .not_before = wall_from_seconds(from),
					 .days = days };
	assert_int_equal(key_generate(&p.key, type, NULL), RC_OK);
	assert_int_equal(authority_issue(&p.cert, &order, p.key, issuer ? issuer->cert : NULL,
					 issuer ? issuer->key : NULL, NULL),
			 RC_OK);
	return p;
}

static void pair_fini(struct pair *p)
{
	key_free(p->key);
	cert_free(p->cert);
}

static struct container *container_of(const struct pair *leaf, const struct pair *root)
{
	struct container *c = container_new(CONTAINER_PKCS12);
	struct container_entry *entry = container_add(c, "mine");
	entry->key = key_ref(leaf->key);
	cert_list_add(&entry->chain, leaf->cert);
	if (root) {
		cert_list_add(&entry->chain, root->cert);
	}
	return c;
}

/* The codes found, in their order: "P108 P114". */
static void expect(const struct container *c, const char *codes)
{
	AUTO_VALUE *v = examine_container(c, wall_from_seconds(NOW), "dir/company.pfx");
	AUTO_BUF(found, 256);
	const struct value *findings = value_get(v, "findings");
	for (size_t i = 0; i < value_count(findings); i++) {
		(void)buf_printf(&found, "%s%s", i ? " " : "", value_get_c(value_at(findings, i), "code"));
		assert_non_null(value_get_c(value_at(findings, i), "fix"));
	}
	assert_string_equal(buf_c(&found), codes);
}

static void a_good_key_pair_has_no_findings(void **state)
{
	AUTO(pair_fini) struct pair root = make("p-256", AUTHORITY_CA, NULL, NOW - DAY, 3650);
	AUTO(pair_fini) struct pair leaf = make("p-256", AUTHORITY_CLIENT, &root, NOW - DAY, 365);
	AUTO(container_free_cleanup) struct container *c = container_of(&leaf, &root);
	expect(c, "");
}

static void legacy_encryption_is_named_with_the_command_that_mends_it(void **state)
{
	AUTO(pair_fini) struct pair root = make("p-256", AUTHORITY_CA, NULL, NOW - DAY, 3650);
	AUTO(pair_fini) struct pair leaf = make("p-256", AUTHORITY_CLIENT, &root, NOW - DAY, 365);
	AUTO(container_free_cleanup) struct container *c = container_of(&leaf, &root);
	c->legacy = true;
	memcpy(c->encryption, "pbeWithSHA1And40BitRC2-CBC", sizeof("pbeWithSHA1And40BitRC2-CBC"));
	AUTO_VALUE *v = examine_container(c, wall_from_seconds(NOW), "dir/company.pfx");
	const struct value *finding = value_at(value_get(v, "findings"), 0);
	assert_string_equal(value_get_c(finding, "code"), "P102");
	assert_non_null(strstr(value_get_c(finding, "text"), "pbeWithSHA1And40BitRC2-CBC"));
	assert_string_equal(value_get_c(finding, "fix"),
			    "`postern keypair convert dir/company.pfx dir/company.p12`");
}

static void a_repair_never_writes_over_the_file_itself(void **state)
{
	AUTO(pair_fini) struct pair root = make("p-256", AUTHORITY_CA, NULL, NOW - DAY, 3650);
	AUTO(pair_fini) struct pair leaf = make("p-256", AUTHORITY_CLIENT, &root, NOW - DAY, 365);
	AUTO(container_free_cleanup) struct container *c = container_of(&leaf, NULL);
	AUTO_VALUE *v = examine_container(c, wall_from_seconds(NOW), "company.p12");
	assert_string_equal(value_get_c(value_at(value_get(v, "findings"), 0), "fix"),
			    "`postern keypair convert company.p12 company-new.p12 --add-chain CA.cer`");
}

static void each_fault_of_a_certificate_has_its_code(void **state)
{
	AUTO(pair_fini) struct pair root = make("p-256", AUTHORITY_CA, NULL, NOW - DAY, 3650);
	static const struct {
		enum authority_usage usage;
		int64_t from;
		int days;
		const char *codes;
	} cases[] = {
		{ AUTHORITY_SERVER, NOW - DAY, 365, "P108" },
		{ AUTHORITY_CLIENT, NOW - 10 * DAY, 9, "P109" },
		{ AUTHORITY_CLIENT, NOW + DAY, 365, "P109" },
		{ AUTHORITY_CLIENT, NOW - DAY, 30, "P114" },
		{ AUTHORITY_CA, NOW - DAY, 365, "P112" },
		{ AUTHORITY_SERVER, NOW - 10 * DAY, 9, "P108 P109" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(pair_fini)
		struct pair leaf = make("p-256", cases[i].usage, &root, cases[i].from, cases[i].days);
		AUTO(container_free_cleanup) struct container *c = container_of(&leaf, &root);
		expect(c, cases[i].codes);
	}
}

static void faults_of_the_whole_have_their_codes(void **state)
{
	AUTO(pair_fini) struct pair root = make("p-256", AUTHORITY_CA, NULL, NOW - DAY, 3650);
	AUTO(pair_fini) struct pair leaf = make("p-256", AUTHORITY_CLIENT, &root, NOW - DAY, 365);
	AUTO(pair_fini) struct pair alone = make("p-256", AUTHORITY_CLIENT, NULL, NOW - DAY, 365);
	AUTO(pair_fini) struct pair self_ca = make("p-256", AUTHORITY_CA, NULL, NOW - DAY, 365);
	AUTO(container_free_cleanup) struct container *incomplete = container_of(&leaf, NULL);
	expect(incomplete, "P106");
	AUTO(container_free_cleanup) struct container *self_signed = container_of(&alone, NULL);
	expect(self_signed, "P113");
	AUTO(container_free_cleanup) struct container *self_signed_ca = container_of(&self_ca, NULL);
	expect(self_signed_ca, "P112 P113");

	AUTO(container_free_cleanup) struct container *mixed = container_of(&leaf, &root);
	key_free(mixed->entries[0].key);
	mixed->entries[0].key = key_ref(alone.key);
	expect(mixed, "P107");

	AUTO(container_free_cleanup) struct container *keyless = container_of(&leaf, &root);
	key_free(TAKE(keyless->entries[0].key));
	expect(keyless, "P104");
	keyless->kind = CONTAINER_PEM;
	expect(keyless, "");

	AUTO(container_free_cleanup) struct container *nameless = container_of(&leaf, &root);
	mem_free(TAKE(nameless->entries[0].alias));
	expect(nameless, "P111");

	AUTO(container_free_cleanup) struct container *two = container_of(&leaf, &root);
	struct container_entry *second = container_add(two, "other");
	second->key = key_ref(leaf.key);
	cert_list_add(&second->chain, leaf.cert);
	cert_list_add(&second->chain, root.cert);
	expect(two, "P105");
}

static void the_json_has_the_members_that_programs_read(void **state)
{
	AUTO(pair_fini) struct pair root = make("p-256", AUTHORITY_CA, NULL, NOW - DAY, 3650);
	AUTO(pair_fini) struct pair leaf = make("p-256", AUTHORITY_CLIENT, &root, NOW - DAY, 365);
	AUTO(container_free_cleanup) struct container *c = container_of(&leaf, &root);
	AUTO_VALUE *v = examine_container(c, wall_from_seconds(NOW), "x");
	const struct value *entry = value_at(value_get(v, "entries"), 0);
	const struct value *first = value_at(value_get(entry, "chain"), 0);
	assert_string_equal(value_get_c(v, "container"), "pkcs12");
	assert_string_equal(value_get_c(v, "encryption"), "none");
	assert_false(value_get_bool(v, "legacy", true));
	assert_string_equal(value_get_c(entry, "alias"), "mine");
	assert_string_equal(value_get_c(entry, "type"), "key-pair");
	assert_string_equal(value_get_c(entry, "key"), "EC P-256");
	assert_string_equal(value_get_c(first, "role"), "leaf");
	assert_string_equal(value_get_c(first, "subject"), "CN=Leaf");
	assert_string_equal(value_get_c(first, "issuer"), "CN=Root");
	assert_int_equal(strlen(value_get_c(first, "sha256")), 64);
	assert_string_equal(value_c(value_at(value_get(first, "eku"), 0)), "clientAuth");
}

RUN_TESTS(TEST(a_good_key_pair_has_no_findings),
	  TEST(legacy_encryption_is_named_with_the_command_that_mends_it),
	  TEST(a_repair_never_writes_over_the_file_itself), TEST(each_fault_of_a_certificate_has_its_code),
	  TEST(faults_of_the_whole_have_their_codes), TEST(the_json_has_the_members_that_programs_read))
