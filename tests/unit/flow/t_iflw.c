/* SPDX-License-Identifier: Apache-2.0
 * A flow as XML becomes a plan, or a refusal that names step, type and file. */
#include "flow/bundle/iflw.h"
#include "flow/plan_value.h"
#include "unit/test.h"

/* Pieces to put flows together from. */
#define P(key, value) "<ifl:property><key>" key "</key><value>" value "</value></ifl:property>"
#define EXT(properties) "<bpmn2:extensionElements>" properties "</bpmn2:extensionElements>"
#define SENDER_WITH(properties) \
	"<bpmn2:messageFlow id=\"M1\" name=\"HTTPS\" sourceRef=\"Participant_1\" targetRef=\"S\">" EXT( \
		P("ComponentType", "HTTPS") P("direction", "Sender") properties) "</bpmn2:messageFlow>"
#define SENDER SENDER_WITH(P("urlPath", "/a") P("xsrfProtection", "0"))
#define RECEIVER_FROM(source, properties) \
	"<bpmn2:messageFlow id=\"M2\" name=\"Backend\" sourceRef=\"" source \
	"\" targetRef=\"Participant_2\">" EXT(P("ComponentType", "HTTP") P("direction", "Receiver") \
						      properties) "</bpmn2:messageFlow>"
#define FLOW(collaboration, process) \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>" \
	"<bpmn2:definitions xmlns:bpmn2=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" " \
	"xmlns:ifl=\"http:///com.sap.ifl.model/Ifl.xsd\"><bpmn2:collaboration id=\"C\" " \
	"name=\"Default\">" collaboration \
	"</bpmn2:collaboration><bpmn2:process id=\"P\" name=\"Main\">" process \
	"</bpmn2:process></bpmn2:definitions>"
#define START "<bpmn2:startEvent id=\"S\" name=\"Start\"><bpmn2:messageEventDefinition/></bpmn2:startEvent>"
#define END "<bpmn2:endEvent id=\"E\" name=\"End\"><bpmn2:messageEventDefinition/></bpmn2:endEvent>"
#define ARROW(from, to) "<bpmn2:sequenceFlow id=\"" from to "\" sourceRef=\"" from "\" targetRef=\"" to "\"/>"
#define STEP(element, name, properties) \
	"<bpmn2:" element " id=\"X\" name=\"" name "\">" EXT(properties) "</bpmn2:" element ">"
#define AROUND(step) START step END ARROW("S", "X") ARROW("X", "E")
#define PLAIN START END ARROW("S", "E")
#define ROW(action, type, name, value, otherwise) \
	"&lt;row&gt;&lt;cell id='Action'&gt;" action "&lt;/cell&gt;&lt;cell id='Type'&gt;" type \
	"&lt;/cell&gt;&lt;cell id='Value'&gt;" value "&lt;/cell&gt;&lt;cell id='Default'&gt;" otherwise \
	"&lt;/cell&gt;&lt;cell id='Name'&gt;" name "&lt;/cell&gt;&lt;/row&gt;"

static struct flow_plan *parse(const char *text, const struct value *parameters)
{
	struct flow_plan *plan = NULL;
	struct err err = { 0 };
	if (iflw_parse(STR("test.iflw"), str_of(text), parameters, &plan, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	return plan;
}

static void the_sender_channel_becomes_the_endpoint(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan =
		parse(FLOW(SENDER_WITH(P("urlPath", "/orders/*") P("senderAuthType", "RoleBased")
					       P("userRole", "My.Role") P("xsrfProtection", "1")
						       P("maximumBodySize", "7")),
			   PLAIN),
		      NULL);
	assert_string_equal(plan->endpoint.address, "/orders/*");
	assert_string_equal(plan->endpoint.role, "My.Role");
	assert_true(plan->endpoint.csrf);
	assert_int_equal(plan->endpoint.max_body, 7 * 1024 * 1024);
	assert_int_equal(plan->n_steps, 0);
}

static void the_settings_of_the_flow_are_read(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = parse(FLOW(EXT(P("allowedHeaderList", "X-A|SAP_.*")
							P("returnExceptionToSender", "true")) SENDER,
					    PLAIN),
				       NULL);
	assert_string_equal(plan->allowed_headers, "X-A|SAP_.*");
	assert_true(plan->return_exception);
	assert_int_equal(plan->endpoint.max_body, 40 * 1024 * 1024);
	assert_string_equal(plan->endpoint.role, "ESBMessaging.send");
}

static void a_list_of_accepted_names_becomes_rows(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = parse(
		FLOW(SENDER_WITH(P("urlPath", "/a") P("senderAuthType", "ClientCertificate") P(
			     "clientCertificates",
			     "&lt;row&gt;&lt;cell id='clientCertificate.subjectDN'&gt;CN=a, O=x&lt;/cell&gt;"
			     "&lt;cell id='clientCertificate.issuerDN'&gt;CN=ca&lt;/cell&gt;&lt;/row&gt;")),
		     PLAIN),
		NULL);
	assert_int_equal(plan->endpoint.auth, FLOW_AUTH_CERTIFICATE);
	assert_int_equal(plan->endpoint.n_rows, 1);
	assert_string_equal(plan->endpoint.rows[0].subject, "CN=a, O=x");
	assert_string_equal(plan->endpoint.rows[0].issuer, "CN=ca");
}

static void a_content_modifier_becomes_a_step(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = parse(
		FLOW(SENDER,
		     AROUND(STEP("callActivity", "Set",
				 P("activityType", "Enricher") P("bodyType", "expression")
					 P("wrapContent", "hi ${header.a}")
						 P("headerTable",
						   ROW("Create", "constant", "Content-Type", "text/plain", "")
							   ROW("Delete", "", "X-*", "", ""))
							 P("propertyTable",
							   ROW("Create", "header", "p", "a", "none"))))),
		NULL);
	const struct flow_step *s = &plan->steps[0];
	assert_int_equal(plan->n_steps, 1);
	assert_string_equal(s->name, "Set");
	assert_true(s->sets_body && s->body_is_expression);
	assert_int_equal(s->n_headers, 2);
	assert_string_equal(s->headers[0].value, "text/plain");
	assert_true(s->headers[1].remove);
	assert_int_equal(s->properties[0].source, FLOW_HEADER);
	assert_string_equal(s->properties[0].otherwise, "none");
}

static void a_receiver_channel_becomes_a_call_at_a_task_or_at_the_end(void **state)
{
	static const char *const flows[] = {
		FLOW(SENDER RECEIVER_FROM(
			     "X", P("httpAddressWithoutQuery", "https://b/x") P("httpMethod", "PUT")
					  P("authenticationMethod", "Client Certificate")
						  P("privateKeyAlias", "k") P("httpRequestTimeout", "500")
							  P("throwExceptionOnFailure", "false")
								  P("allowedRequestHeaders", "")),
		     AROUND(STEP("serviceTask", "Ask", P("activityType", "ExternalCall")))),
		FLOW(SENDER RECEIVER_FROM(
			     "E", P("httpAddressWithoutQuery", "https://b/x") P("httpMethod", "PUT")
					  P("authenticationMethod", "Client Certificate")
						  P("privateKeyAlias", "k") P("httpRequestTimeout", "500")
							  P("throwExceptionOnFailure", "false")
								  P("allowedRequestHeaders", "")),
		     PLAIN),
	};
	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		AUTO(flow_plan_free_cleanup) struct flow_plan *plan = parse(flows[i], NULL);
		const struct flow_receiver *r = flow_plan_receiver(plan, 0);
		assert_non_null(r);
		assert_null(flow_plan_receiver(plan, 1));
		assert_string_equal(r->url, "https://b/x");
		assert_string_equal(r->method, "PUT");
		assert_int_equal(r->auth, FLOW_RECEIVER_CERTIFICATE);
		assert_string_equal(r->alias, "k");
		assert_int_equal(r->timeout_ms, 500);
		assert_false(r->throw_on_failure);
		assert_string_equal(r->request_headers, "");
		assert_string_equal(r->response_headers, "*");
	}
}

static void parameters_are_put_in_once(void **state)
{
	AUTO_VALUE *parameters = value_object();
	value_set_c(parameters, "My Path", "/from/parameter");
	value_set_c(parameters, "v", "<b> & {{v}}");
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = parse(
		FLOW(SENDER_WITH(P("urlPath", "{{My Path}}")),
		     AROUND(STEP("callActivity", "Set",
				 P("activityType", "Enricher") P("wrapContent", "x{{v}}{{")
					 P("headerTable", ROW("Create", "constant", "h", "{{v}}", ""))))),
		parameters);
	assert_string_equal(plan->endpoint.address, "/from/parameter");
	assert_string_equal(plan->steps[0].body, "x<b> & {{v}}{{");
	assert_string_equal(plan->steps[0].headers[0].value, "<b> & {{v}}");
}

#define ENRICHER(properties) AROUND(STEP("callActivity", "Set", P("activityType", "Enricher") properties))
#define CALL(properties) \
	FLOW(SENDER RECEIVER_FROM("X", P("httpAddressWithoutQuery", "https://b") properties), \
	     AROUND(STEP("serviceTask", "Ask", P("activityType", "ExternalCall"))))

static void what_cannot_run_is_refused_by_name(void **state)
{
	static const struct {
		const char *text;
		enum rc rc;
		const char *says;
	} cases[] = {
		{ FLOW(SENDER,
		       AROUND(STEP("callActivity", "Do Magic",
				   P("activityType", "Script") P("subActivityType", "GroovyScript")))),
		  RC_UNSUPPORTED, "\"Do Magic\" of type Script/GroovyScript in test.iflw" },
		{ FLOW(SENDER, AROUND("<bpmn2:exclusiveGateway id=\"X\" name=\"Which\"/>")), RC_UNSUPPORTED,
		  "\"Which\" of type exclusiveGateway" },
		{ FLOW(SENDER, PLAIN "<bpmn2:subProcess id=\"Q\" name=\"On error\"/>"), RC_UNSUPPORTED,
		  "\"On error\"" },
		{ FLOW(SENDER,
		       "<bpmn2:startEvent id=\"S\" "
		       "name=\"Timer\"><bpmn2:timerEventDefinition/></bpmn2:startEvent>" END ARROW("S", "E")),
		  RC_UNSUPPORTED, "\"Timer\" of type startEvent" },
		{ FLOW(SENDER,
		       START "<bpmn2:endEvent id=\"E\" "
			     "name=\"Err\"><bpmn2:errorEventDefinition/></bpmn2:endEvent>" ARROW("S", "E")),
		  RC_UNSUPPORTED, "\"Err\"" },
		{ FLOW(SENDER, PLAIN "</bpmn2:process><bpmn2:process id=\"L\" name=\"Local\">"),
		  RC_UNSUPPORTED, "\"Local\"" },
		{ FLOW("<bpmn2:messageFlow id=\"M\" name=\"In\" sourceRef=\"p\" targetRef=\"S\">" EXT(
			       P("ComponentType", "SFTP") P("direction", "Sender")) "</bpmn2:messageFlow>",
		       PLAIN),
		  RC_UNSUPPORTED, "sender channel \"In\" of type SFTP" },
		{ FLOW(SENDER "<bpmn2:messageFlow id=\"M\" name=\"Out\" sourceRef=\"E\" targetRef=\"q\">" EXT(
			       P("ComponentType", "JMS") P("direction", "Receiver")) "</bpmn2:messageFlow>",
		       PLAIN),
		  RC_UNSUPPORTED, "receiver channel \"Out\" of type JMS" },
		{ FLOW(SENDER SENDER, PLAIN), RC_UNSUPPORTED, "several sender" },
		{ FLOW("", PLAIN), RC_INVALID, "no HTTPS sender" },
		{ FLOW(SENDER, START END), RC_INVALID, "leads nowhere" },
		{ FLOW(SENDER, START END ARROW("S", "E") ARROW("S", "E")), RC_UNSUPPORTED, "several ways" },
		{ FLOW(SENDER, START END ARROW("S", "S")), RC_UNSUPPORTED, "circle" },
		{ FLOW(SENDER, AROUND(STEP("serviceTask", "Ask", P("activityType", "ExternalCall")))),
		  RC_INVALID, "no receiver channel" },
		{ FLOW(SENDER_WITH(P("urlPath", "{{Nope}}")), PLAIN), RC_INVALID, "{{Nope}}" },
		{ FLOW(SENDER_WITH(P("urlPath", "no")), PLAIN), RC_INVALID, "must begin" },
		{ FLOW(SENDER_WITH(P("urlPath", "/a") P("senderAuthType", "Magic")), PLAIN), RC_UNSUPPORTED,
		  "senderAuthType" },
		{ FLOW(SENDER_WITH(P("urlPath", "/a") P("maximumBodySize", "49")), PLAIN), RC_UNSUPPORTED,
		  "maximumBodySize" },
		{ FLOW(SENDER_WITH(P("urlPath", "/a") P("maximumBodySize", "-1")), PLAIN), RC_UNSUPPORTED,
		  "maximumBodySize" },
		{ FLOW(SENDER_WITH(P("urlPath", "/a") P("xsrfProtection", "maybe")), PLAIN), RC_INVALID,
		  "xsrfProtection" },
		{ FLOW(EXT(P("allowedHeaderList", "(a+)+")) SENDER, PLAIN), RC_UNSUPPORTED, "(a+)+" },
		{ FLOW(EXT(P("corsEnabled", "true")) SENDER, PLAIN), RC_UNSUPPORTED, "corsEnabled" },
		{ FLOW(SENDER, ENRICHER(P("bodyType", "expression") P("wrapContent", "${file:x}"))),
		  RC_UNSUPPORTED, "${file:x}" },
		{ FLOW(SENDER, ENRICHER(P("headerTable", ROW("Create", "xpath", "h", "/a", "")))),
		  RC_UNSUPPORTED, "xpath" },
		{ FLOW(SENDER, ENRICHER(P("headerTable", ROW("Create", "constant", "", "v", "")))),
		  RC_INVALID, "no name" },
		{ FLOW(SENDER, ENRICHER(P("headerTable", "&lt;row&gt;&lt;cell"))), RC_INVALID,
		  "headerTable" },
		{ FLOW(SENDER, ENRICHER(P("headerTable", "&lt;!DOCTYPE a&gt;&lt;row/&gt;"))), RC_INVALID,
		  "headerTable" },
		{ CALL(P("authenticationMethod", "OAuth2ClientCredentials")), RC_UNSUPPORTED,
		  "authenticationMethod" },
		{ CALL(P("authenticationMethod", "Basic")), RC_UNSUPPORTED, "credentialName" },
		{ CALL(P("authenticationMethod", "Client Certificate")), RC_UNSUPPORTED, "privateKeyAlias" },
		{ CALL(P("httpMethod", "TRACE")), RC_UNSUPPORTED, "httpMethod" },
		{ CALL(P("proxyType", "sapcc")), RC_UNSUPPORTED, "proxyType" },
		{ CALL(P("httpAddressQuery", "${bean:x}")), RC_UNSUPPORTED, "${bean:x}" },
		{ "<a/>", RC_INVALID, "no integration flow" },
		{ "<a>", RC_INVALID, "well-formed" },
		{ "", RC_INVALID, "empty" },
		{ "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", RC_INVALID, "document type" },
		{ "<!DOCTYPE a SYSTEM \"http://localhost:1/x\"><a/>", RC_INVALID, "document type" },
		{ "<a>&undeclared;</a>", RC_INVALID, "well-formed" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct flow_plan *plan = NULL;
		struct err err = { 0 };
		enum rc rc = iflw_parse(STR("test.iflw"), str_of(cases[i].text), NULL, &plan, &err);
		if (rc != cases[i].rc || !strstr(err.text, cases[i].says)) {
			fail_msg("case %zu wants %s: %s: %s", i, cases[i].says, rc_name(rc), err.text);
		}
	}
}

static void depth_has_a_limit(void **state)
{
	AUTO_BUF(text, 1 << 20);
	struct flow_plan *plan = NULL;
	for (int i = 0; i < IFLW_MAX_DEPTH + 1; i++) {
		(void)buf_add_c(&text, "<a>");
	}
	for (int i = 0; i < IFLW_MAX_DEPTH + 1; i++) {
		(void)buf_add_c(&text, "</a>");
	}
	assert_int_equal(iflw_parse(STR("d"), buf_str(&text), NULL, &plan, NULL), RC_LIMIT);
	assert_int_equal(iflw_parse(STR("d"), (struct str){ text.p + 3, text.n - 7 }, NULL, &plan, NULL),
			 RC_INVALID);
}

static void the_number_of_elements_and_the_size_have_a_limit(void **state)
{
	AUTO_BUF(text, IFLW_MAX_BYTES + 1);
	struct flow_plan *plan = NULL;
	(void)buf_add_c(&text, "<a>");
	for (int i = 0; i < IFLW_MAX_ELEMENTS; i++) {
		(void)buf_add_c(&text, "<b/>");
	}
	(void)buf_add_c(&text, "</a>");
	assert_int_equal(iflw_parse(STR("d"), buf_str(&text), NULL, &plan, NULL), RC_LIMIT);
	while (buf_add_c(&text, "          ") || buf_add_char(&text, ' ')) {
	}
	assert_int_equal(text.n, IFLW_MAX_BYTES + 1);
	assert_int_equal(iflw_parse(STR("d"), buf_str(&text), NULL, &plan, NULL), RC_LIMIT);
}

static void a_plan_survives_its_json(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan =
		parse(CALL(P("httpAddressQuery", "a=${header.x}") P("authenticationMethod", "Basic")
				   P("credentialName", "c")),
		      NULL);
	AUTO(flow_plan_free_cleanup) struct flow_plan *again = NULL;
	AUTO_VALUE *v = flow_plan_to_value(plan);
	AUTO_VALUE *w = NULL;
	AUTO_BUF(one, 65536);
	AUTO_BUF(two, 65536);
	struct err err = { 0 };
	if (flow_plan_from_value(&again, v, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	w = flow_plan_to_value(again);
	assert_int_equal(value_format(v, &one), RC_OK);
	assert_int_equal(value_format(w, &two), RC_OK);
	assert_string_equal(buf_c(&one), buf_c(&two));
}

static void a_plan_with_a_member_missing_is_refused(void **state)
{
	static const char *const names[] = { "name", "endpoint", "allowed_headers", "steps" };
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = parse(FLOW(SENDER, PLAIN), NULL);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		AUTO_VALUE *v = flow_plan_to_value(plan);
		struct flow_plan *again = NULL;
		value_remove(v, names[i]);
		assert_int_equal(flow_plan_from_value(&again, v, NULL), RC_INVALID);
	}
}

RUN_TESTS(TEST(the_sender_channel_becomes_the_endpoint), TEST(the_settings_of_the_flow_are_read),
	  TEST(a_list_of_accepted_names_becomes_rows), TEST(a_content_modifier_becomes_a_step),
	  TEST(a_receiver_channel_becomes_a_call_at_a_task_or_at_the_end), TEST(parameters_are_put_in_once),
	  TEST(what_cannot_run_is_refused_by_name), TEST(depth_has_a_limit),
	  TEST(the_number_of_elements_and_the_size_have_a_limit), TEST(a_plan_survives_its_json),
	  TEST(a_plan_with_a_member_missing_is_refused))
