/* SPDX-License-Identifier: Apache-2.0
 * Entities are told as OData JSON and Atom, the table as EDMX. */
#include "base/memory.h"
#include "odata/document.h"
#include "unit/test.h"

#include <libxml/parser.h>

static const char entry_text[] =
	"{\"Hexalias\":\"4127\",\"Alias\":\"A'<\",\"KeySize\":2048,\"ValidNotBefore\":1496732924000}";

static struct odata_document document_of(const char *set, struct odata_query *query, const char *options)
{
	assert_int_equal(odata_query_parse(query, str_of(options), NULL), RC_OK);
	struct odata_document d = { "http://h/api/v1", odata_entity_find(set), query, { 0 } };
	assert_non_null(d.entity);
	assert_int_equal(odata_entity_check(d.entity, query, NULL), RC_OK);
	return d;
}

static struct value *parsed(const char *text)
{
	struct value *v = NULL;
	assert_int_equal(value_parse(&v, str_of(text), 10000, NULL), RC_OK);
	return v;
}

static void assert_well_formed(struct str text)
{
	xmlDocPtr doc = xmlReadMemory(text.p, (int)text.n, "t", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
	assert_non_null(doc);
	xmlFreeDoc(doc);
}

static void an_entity_has_metadata_dates_and_deferred_links(void **state)
{
	AUTO(odata_query_fini) struct odata_query query = { 0 };
	struct odata_document d = document_of("KeystoreEntries", &query, "");
	AUTO_VALUE *entity = parsed(entry_text);
	AUTO_VALUE *out = odata_document_one(&d, entity);
	const struct value *e = value_get(out, "d");
	assert_string_equal(value_get_c(value_get(e, "__metadata"), "uri"),
			    "http://h/api/v1/KeystoreEntries('4127')");
	assert_string_equal(value_get_c(value_get(e, "__metadata"), "type"), "com.sap.hci.api.KeystoreEntry");
	assert_string_equal(value_get_c(e, "ValidNotBefore"), "/Date(1496732924000+0000)/");
	assert_int_equal(value_get_int(e, "KeySize", 0), 2048);
	assert_true(value_is_null(value_get(e, "Owner")));
	assert_string_equal(value_get_c(value_get(value_get(e, "Certificate"), "__deferred"), "uri"),
			    "http://h/api/v1/KeystoreEntries('4127')/Certificate");
}

static void select_leaves_out_the_rest(void **state)
{
	AUTO(odata_query_fini) struct odata_query query = { 0 };
	struct odata_document d = document_of("KeystoreEntries", &query, "$select=Alias,KeySize");
	AUTO_VALUE *entity = parsed(entry_text);
	AUTO_VALUE *out = odata_document_entity(&d, entity);
	assert_int_equal(value_count(out), 3);
}

static void expand_puts_entities_inside(void **state)
{
	AUTO(odata_query_fini) struct odata_query query = { 0 };
	struct odata_document d = document_of("ServiceEndpoints", &query, "$expand=EntryPoints");
	AUTO_VALUE *all =
		parsed("[{\"Id\":\"a$x\",\"EntryPoints\":[{\"Url\":\"https://g/http/a\",\"Name\":\"a\"}]}]");
	AUTO_VALUE *out = odata_document_many(&d, all, true, 7);
	const struct value *inner = value_get(out, "d");
	assert_string_equal(value_get_c(inner, "__count"), "7");
	inner = value_at(value_get(inner, "results"), 0);
	assert_string_equal(value_get_c(value_at(value_get(value_get(inner, "EntryPoints"), "results"), 0),
					"Url"),
			    "https://g/http/a");
	assert_non_null(value_get(value_get(inner, "ApiDefinitions"), "__deferred"));
}

static void several_keys_and_quotes_stand_in_the_uri(void **state)
{
	AUTO(odata_query_fini) struct odata_query query = { 0 };
	struct odata_document d = document_of("Resources", &query, "");
	AUTO_VALUE *entity = parsed("{\"Name\":\"a'b c\",\"ResourceType\":\"xsd\"}");
	AUTO_VALUE *out = odata_document_entity(&d, entity);
	assert_string_equal(value_get_c(value_get(out, "__metadata"), "uri"),
			    "http://h/api/v1/Resources(Name='a%27%27b%20c',ResourceType='xsd')");
	assert_string_equal(value_get_c(value_get(out, "__metadata"), "media_src"),
			    "http://h/api/v1/Resources(Name='a%27%27b%20c',ResourceType='xsd')/$value");
}

static void atom_is_well_formed_and_escaped(void **state)
{
	AUTO(odata_query_fini) struct odata_query query = { 0 };
	AUTO(odata_query_fini) struct odata_query expand = { 0 };
	struct odata_document d = document_of("KeystoreEntries", &query, "");
	struct odata_document e = document_of("ServiceEndpoints", &expand, "$expand=EntryPoints");
	AUTO_VALUE *entity = parsed(entry_text);
	AUTO_VALUE *all = parsed("[{\"Id\":\"a$x\",\"EntryPoints\":[{\"Url\":\"https://g/http/a\"}]}]");
	AUTO_BUF(entry, 100000);
	AUTO_BUF(feed, 100000);
	AUTO_BUF(service, 100000);
	assert_int_equal(odata_document_entry(&d, entity, &entry), RC_OK);
	assert_int_equal(odata_document_feed(&e, all, true, 1, &feed), RC_OK);
	assert_int_equal(odata_document_service("http://h/api/v1", &service), RC_OK);
	assert_well_formed(buf_str(&entry));
	assert_well_formed(buf_str(&feed));
	assert_well_formed(buf_str(&service));
	assert_non_null(strstr(buf_c(&entry), "<d:Alias>A'&lt;</d:Alias>"));
	assert_non_null(strstr(buf_c(&feed), "<d:Url>https://g/http/a</d:Url>"));
}

static void metadata_is_well_formed_and_names_every_set(void **state)
{
	AUTO_BUF(out, 500000);
	assert_int_equal(odata_entity_metadata(&out), RC_OK);
	assert_well_formed(buf_str(&out));
	for (const struct odata_entity *e = odata_entities; e->set; e++) {
		AUTO_FREE char *set = mem_printf("<EntitySet Name=\"%s\"", e->set);
		AUTO_FREE char *type = mem_printf("<EntityType Name=\"%s\"", e->type);
		assert_non_null(strstr(buf_c(&out), set));
		assert_non_null(strstr(buf_c(&out), type));
		for (size_t i = 0; i < e->n_navigations; i++) {
			assert_non_null(odata_entity_find(e->navigations[i].set));
		}
	}
}

static void names_that_an_entity_lacks_are_refused(void **state)
{
	static const struct {
		const char *options;
		enum rc rc;
	} cases[] = {
		{ "$filter=IntegrationArtifact/Id+eq+'x'+and+Status+ne+'DISCARDED'", RC_OK },
		{ "$select=MessageGuid,ErrorInformation&$expand=ErrorInformation", RC_OK },
		{ "$filter=IntegrationArtifact+eq+'x'", RC_INVALID },
		{ "$filter=IntegrationArtifact/No+eq+'x'", RC_INVALID },
		{ "$filter=Nothing+eq+'x'", RC_INVALID },
		{ "$orderby=Nothing", RC_INVALID },
		{ "$select=Nothing", RC_INVALID },
		{ "$expand=Status", RC_INVALID },
		{ "$expand=ErrorInformation/Nothing", RC_INVALID },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(odata_query_fini) struct odata_query query = { 0 };
		assert_int_equal(odata_query_parse(&query, str_of(cases[i].options), NULL), RC_OK);
		if (odata_entity_check(odata_entity_find("MessageProcessingLogs"), &query, NULL) !=
		    cases[i].rc) {
			fail_msg("%s", cases[i].options);
		}
	}
}

RUN_TESTS(TEST(an_entity_has_metadata_dates_and_deferred_links), TEST(select_leaves_out_the_rest),
	  TEST(expand_puts_entities_inside), TEST(several_keys_and_quotes_stand_in_the_uri),
	  TEST(atom_is_well_formed_and_escaped), TEST(metadata_is_well_formed_and_names_every_set),
	  TEST(names_that_an_entity_lacks_are_refused))
