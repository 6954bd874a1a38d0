/* SPDX-License-Identifier: Apache-2.0
 * Writes the bundle that a person would have drawn: manifest, project, parameters and a flow with its diagram. */
#include "flow/bundle_write.h"

#include "base/memory.h"
#include "flow/address.h"
#include "flow/bundle_archive.h"
#include "flow/bundle_text.h"
#include "flow/expression.h"

#include <stdio.h>

#define MAX_TEXT ((size_t)4 * 1024 * 1024)
#define MAX_REPLY ((size_t)512 * 1024)
#define MAX_URL 4096
#define REPLY_PARAMETER "Reply"
#define URL_PARAMETER "Receiver Address"

/** What the flow does between start and end. */
enum shape { SHAPE_ECHO, SHAPE_REPLY, SHAPE_CALL };

static enum rc wrong(struct err *reterr, const char *field, const char *why)
{
	(void)err_set(reterr, RC_INVALID, "%s", why);
	return err_field(reterr, field);
}

static enum rc check_name(struct str name, struct err *reterr)
{
	bool good = name.n >= 1 && name.n <= 120 && name.p[0] != ' ' && name.p[0] != '.' &&
		    name.p[name.n - 1] != ' ';
	for (size_t i = 0; good && i < name.n; i++) {
		char c = name.p[i];
		good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		       c == '_' || c == '.' || c == '-' || c == ' ';
	}
	return good ? RC_OK
		    : wrong(reterr, "name",
			    "The name has 1 to 120 of the characters A-Z a-z 0-9 _ . - and space, not first "
			    "a dot.");
}

static bool is_xml_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c < ' ' && c != '\t' && c != '\n' && c != '\r') {
			return false;
		}
	}
	return true;
}

static enum rc check_role(struct str role, struct err *reterr)
{
	for (size_t i = 0; i < role.n; i++) {
		char c = role.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '.')) {
			return wrong(reterr, "role", "A role has the characters A-Z a-z 0-9 _ . only.");
		}
	}
	return role.n <= 200 ? RC_OK : wrong(reterr, "role", "The role is longer than 200 characters.");
}

static enum rc check_to(struct str to, struct err *reterr)
{
	bool https = str_equal_nocase(str_first(to, 8), STR("https://"));
	bool http = str_equal_nocase(str_first(to, 7), STR("http://"));
	if (!(https && to.n > 8) && !(http && to.n > 7)) {
		return wrong(reterr, "to", "The URL to pass requests on to begins with http:// or https://.");
	}
	if (to.n > MAX_URL || !is_xml_text(to) || str_find(to, ' ') < to.n || str_find(to, '#') < to.n) {
		return wrong(reterr, "to",
			     "The URL is longer than 4096 bytes or has characters that no URL has.");
	}
	return expression_check(to, reterr) == RC_OK ? RC_OK : err_field(reterr, "to");
}

static enum rc check_reply(struct str reply, struct err *reterr)
{
	if (reply.n > MAX_REPLY || !is_xml_text(reply)) {
		return wrong(reterr, "reply", "The reply is longer than 512 KiB or has control characters.");
	}
	if (expression_check(reply, reterr) != RC_OK) {
		return err_field(reterr, "reply");
	}
	return RC_OK;
}

static enum rc check_spec(const struct bundle_spec *spec, struct err *reterr)
{
	TRY(check_name(spec->name, reterr));
	TRY(address_check(spec->address, reterr));
	TRY(check_role(spec->role, reterr));
	if (spec->version.n > 50 || !is_xml_text(spec->version) ||
	    str_find(spec->version, '\n') < spec->version.n ||
	    str_find(spec->version, '\r') < spec->version.n) {
		return wrong(reterr, "version", "The version is no version.");
	}
	if (spec->max_body_mb > 48) {
		return wrong(reterr, "max_body", "The largest body is 48 MB.");
	}
	if (spec->to.p && spec->reply.p) {
		return wrong(reterr, "reply",
			     "A flow either replies or passes on: give `to` or `reply`, not both.");
	}
	if (spec->to.p) {
		TRY(check_to(spec->to, reterr));
	}
	return spec->reply.p ? check_reply(spec->reply, reterr) : RC_OK;
}

/* Texts */

static void add_xml(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&': (void)buf_add_c(out, "&amp;"); break;
		case '<': (void)buf_add_c(out, "&lt;"); break;
		case '>': (void)buf_add_c(out, "&gt;"); break;
		case '"': (void)buf_add_c(out, "&quot;"); break;
		case '\r': (void)buf_add_c(out, "&#13;"); break;
		default: (void)buf_add_char(out, s.p[i]);
		}
	}
}

/** "Name: value" in lines of at most 72 bytes, CRLF, continued with a blank. Source: JAR File Specification. */
static void add_header(struct buf *out, const char *name, struct str value)
{
	AUTO_BUF(line, MAX_TEXT);
	struct str rest;
	(void)(buf_printf(&line, "%s: ", name) && buf_add(&line, value));
	rest = buf_str(&line);
	for (bool first = true; first || rest.n > 0; first = false) {
		size_t room = first ? 70 : 69;
		if (!first) {
			(void)buf_add_char(out, ' ');
		}
		(void)buf_add(out, str_first(rest, room));
		(void)buf_add_c(out, "\r\n");
		rest = str_skip(rest, room);
	}
}

static struct str id_of(const struct bundle_spec *spec, char out[128])
{
	for (size_t i = 0; i < spec->name.n; i++) {
		out[i] = spec->name.p[i] == ' ' ? '_' : spec->name.p[i];
	}
	return (struct str){ out, spec->name.n };
}

static void write_manifest(const struct bundle_spec *spec, struct buf *out)
{
	char id_text[128];
	AUTO_BUF(symbolic, 256);
	struct str id = id_of(spec, id_text);
	(void)(buf_add(&symbolic, id) && buf_add_c(&symbolic, "; singleton:=true"));
	add_header(out, "Manifest-Version", STR("1.0"));
	add_header(out, "Bundle-ManifestVersion", STR("2"));
	add_header(out, "Bundle-Name", spec->name);
	add_header(out, "Bundle-SymbolicName", buf_str(&symbolic));
	add_header(out, "Bundle-Version", spec->version.n > 0 ? spec->version : STR("1.0.0"));
	add_header(out, "SAP-BundleType", STR("IntegrationFlow"));
	add_header(out, "SAP-NodeType", STR("IFLMAP"));
	add_header(out, "SAP-RuntimeProfile", STR("iflmap"));
	add_header(out, "Import-Package",
		   STR("com.sap.esb.application.services.cxf.interceptor,com.sap.esb.security,com.sap.it.op."
		       "agent.api,"
		       "org.apache.camel;version=\"2.8\",org.apache.camel.builder;version=\"2.8\",org.osgi."
		       "framework,"
		       "org.springframework.beans.factory.config;version=\"3.0\""));
	add_header(out, "Import-Service",
		   STR("com.sap.esb.webservice.audit.log.AuditLogger,com.sap.esb.security.KeyManagerFactory;"
		       "multiple:=false"));
	(void)buf_add_c(out, "\r\n");
}

static void write_project(const struct bundle_spec *spec, struct buf *out)
{
	char id_text[128];
	(void)buf_add_c(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<projectDescription>\n\t<name>");
	add_xml(out, id_of(spec, id_text));
	(void)buf_add_c(out,
			"</name>\n\t<comment></comment>\n\t<projects/>\n\t<buildSpec>\n\t\t<buildCommand>\n"
			"\t\t\t<name>org.eclipse.jdt.core.javabuilder</name>\n\t\t\t<arguments/>\n\t\t</"
			"buildCommand>\n"
			"\t</buildSpec>\n\t<natures>\n\t\t<nature>org.eclipse.jdt.core.javanature</nature>\n"
			"\t\t<nature>com.sap.ide.ifl.project.support.project.nature</nature>\n"
			"\t\t<nature>com.sap.ide.ifl.bsn</nature>\n\t</natures>\n</projectDescription>\n");
}

static void write_parameters(const struct bundle_spec *spec, enum shape shape, struct buf *prop,
			     struct buf *propdef)
{
	const char *name = shape == SHAPE_REPLY  ? REPLY_PARAMETER
			   : shape == SHAPE_CALL ? URL_PARAMETER
						 : NULL;
	/* The comment bears no date, so that the same bundle has the same bytes. */
	(void)buf_add_c(prop, "#Store parameters\r\n");
	(void)buf_add_c(propdef,
			"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<parameters>\n"
			"    <param_references/>\n");
	if (name) {
		bundle_escape_property(prop, str_of(name), true);
		(void)buf_add_char(prop, '=');
		bundle_escape_property(prop, shape == SHAPE_REPLY ? spec->reply : spec->to, false);
		(void)buf_add_c(prop, "\r\n");
		(void)buf_printf(propdef,
				 "    <parameter>\n        <key/>\n        <name>%s</name>\n"
				 "        <type>xsd:string</type>\n        <isRequired>false</isRequired>\n"
				 "        <constraint/>\n        <description/>\n    </parameter>\n",
				 name);
	}
	(void)buf_add_c(propdef, "</parameters>\n");
}

/* The flow */

static void add_property(struct buf *out, const char *key, struct str value)
{
	(void)buf_printf(out, "        <ifl:property>\n          <key>%s</key>\n          <value>", key);
	add_xml(out, value);
	(void)buf_add_c(out, "</value>\n        </ifl:property>\n");
}

static void add_properties(struct buf *out, const char *const (*pairs)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add_property(out, pairs[i][0], str_of(pairs[i][1]));
	}
}

static void open_extension(struct buf *out)
{
	(void)buf_add_c(out, "      <bpmn2:extensionElements>\n");
}

static void close_extension(struct buf *out)
{
	(void)buf_add_c(out, "      </bpmn2:extensionElements>\n");
}

static void add_settings(struct buf *out, enum shape shape)
{
	static const char *const pairs[][2] = {
		{ "namespaceMapping", "" },
		{ "httpSessionHandling", "None" },
		{ "returnExceptionToSender", "false" },
		{ "log", "All events" },
		{ "corsEnabled", "false" },
		{ "componentVersion", "1.2" },
		{ "ServerTrace", "false" },
		{ "cmdVariantUri", "ctype::IFlowVariant/cname::IFlowConfiguration/version::1.2.4" },
	};
	open_extension(out);
	/* Who passes on passes all on; a reply needs what its expressions name. */
	add_property(out, "allowedHeaderList", shape == SHAPE_ECHO ? STR("") : STR("*"));
	add_properties(out, pairs, ARRAY_SIZE(pairs));
	close_extension(out);
}

static void add_participants(struct buf *out, enum shape shape)
{
	(void)buf_add_c(
		out,
		"    <bpmn2:participant id=\"Participant_1\" ifl:type=\"EndpointSender\" name=\"Sender\">\n");
	open_extension(out);
	add_property(out, "enableBasicAuthentication", STR("false"));
	add_property(out, "ifl:type", STR("EndpointSender"));
	close_extension(out);
	(void)buf_add_c(out, "    </bpmn2:participant>\n");
	if (shape == SHAPE_CALL) {
		(void)buf_add_c(out, "    <bpmn2:participant id=\"Participant_2\" "
				     "ifl:type=\"EndpointRecevier\" name=\"Receiver\">\n");
		open_extension(out);
		add_property(out, "ifl:type", STR("EndpointRecevier"));
		close_extension(out);
		(void)buf_add_c(out, "    </bpmn2:participant>\n");
	}
	(void)buf_add_c(
		out,
		"    <bpmn2:participant id=\"Participant_Process_1\" ifl:type=\"IntegrationProcess\" "
		"name=\"Integration Process\" processRef=\"Process_1\">\n      <bpmn2:extensionElements/>\n"
		"    </bpmn2:participant>\n");
}

static void add_sender(struct buf *out, const struct bundle_spec *spec)
{
	static const char *const pairs[][2] = {
		{ "ComponentType", "HTTPS" },
		{ "Description", "" },
		{ "ComponentNS", "sap" },
		{ "Name", "HTTPS" },
		{ "TransportProtocolVersion", "1.5.2" },
		{ "ComponentSWCVName", "external" },
		{ "system", "Sender" },
		{ "TransportProtocol", "HTTPS" },
		{ "MessageProtocol", "None" },
		{ "MessageProtocolVersion", "1.5.2" },
		{ "ComponentSWCVId", "1.5.2" },
		{ "direction", "Sender" },
		{ "senderAuthType", "RoleBased" },
		{ "clientCertificates", "" },
		{ "componentVersion", "1.5" },
		{ "cmdVariantUri", "ctype::AdapterVariant/cname::sap:HTTPS/tp::HTTPS/mp::None/"
				   "direction::Sender/version::1.5.2" },
	};
	char size[16];
	(void)snprintf(size, sizeof(size), "%u", spec->max_body_mb ? spec->max_body_mb : 40);
	(void)buf_add_c(
		out, "    <bpmn2:messageFlow id=\"MessageFlow_1\" name=\"HTTPS\" sourceRef=\"Participant_1\" "
		     "targetRef=\"StartEvent_1\">\n");
	open_extension(out);
	add_properties(out, pairs, ARRAY_SIZE(pairs));
	add_property(out, "urlPath", spec->address);
	add_property(out, "userRole", spec->role.n > 0 ? spec->role : STR("ESBMessaging.send"));
	add_property(out, "xsrfProtection", spec->csrf ? STR("1") : STR("0"));
	add_property(out, "maximumBodySize", str_of(size));
	close_extension(out);
	(void)buf_add_c(out, "    </bpmn2:messageFlow>\n");
}

static void add_receiver(struct buf *out, const struct bundle_spec *spec)
{
	static const char *const pairs[][2] = {
		{ "ComponentType", "HTTP" },
		{ "Description", "" },
		{ "ComponentNS", "sap" },
		{ "Name", "HTTP" },
		{ "TransportProtocolVersion", "1.15.0" },
		{ "ComponentSWCVName", "external" },
		{ "system", "Receiver" },
		{ "TransportProtocol", "HTTP" },
		{ "MessageProtocol", "None" },
		{ "MessageProtocolVersion", "1.15.0" },
		{ "ComponentSWCVId", "1.15.0" },
		{ "direction", "Receiver" },
		{ "httpMethod", "Dynamic" },
		{ "methodSourceExpression", "${header.CamelHttpMethod}" },
		{ "httpAddressQuery", "${header.CamelHttpQuery}" },
		{ "httpShouldSendBody", "true" },
		{ "authenticationMethod", "None" },
		{ "credentialName", "" },
		{ "privateKeyAlias", "" },
		{ "proxyType", "default" },
		{ "httpRequestTimeout", "60000" },
		{ "allowedRequestHeaders", "*" },
		{ "allowedResponseHeaders", "*" },
		{ "throwExceptionOnFailure", "false" },
		{ "componentVersion", "1.15" },
		{ "cmdVariantUri", "ctype::AdapterVariant/cname::sap:HTTP/tp::HTTP/mp::None/"
				   "direction::Receiver/version::1.15.0" },
	};
	bool wildcard = str_ends_with(spec->address, STR("/*"));
	bool slash = spec->to.p[spec->to.n - 1] == '/';
	(void)buf_add_c(
		out, "    <bpmn2:messageFlow id=\"MessageFlow_2\" name=\"HTTP\" sourceRef=\"ServiceTask_1\" "
		     "targetRef=\"Participant_2\">\n");
	open_extension(out);
	add_properties(out, pairs, ARRAY_SIZE(pairs));
	add_property(out, "httpAddressWithoutQuery",
		     !wildcard ? STR("{{" URL_PARAMETER "}}")
		     : slash   ? STR("{{" URL_PARAMETER "}}${header.CamelHttpPath}")
			       : STR("{{" URL_PARAMETER "}}/${header.CamelHttpPath}"));
	close_extension(out);
	(void)buf_add_c(out, "    </bpmn2:messageFlow>\n");
}

/** A caller wants to know what it got; a table cell of constant type can say so. */
static const char *type_of_reply(struct str reply)
{
	reply = str_trim(reply);
	if (reply.n > 0 && (reply.p[0] == '{' || reply.p[0] == '[')) {
		return "application/json";
	}
	return reply.n > 0 && reply.p[0] == '<' ? "application/xml" : "text/plain; charset=utf-8";
}

static void add_modifier(struct buf *out, const struct bundle_spec *spec)
{
	static const char *const pairs[][2] = {
		{ "activityType", "Enricher" },
		{ "propertyTable", "" },
		{ "componentVersion", "1.5" },
		{ "cmdVariantUri", "ctype::FlowstepVariant/cname::Enricher/version::1.5.1" },
	};
	char headers[512];
	bool empty = spec->reply.n == 0;
	(void)buf_add_c(out, "    <bpmn2:callActivity id=\"CallActivity_1\" name=\"Set reply\">\n");
	open_extension(out);
	add_properties(out, pairs, ARRAY_SIZE(pairs));
	(void)snprintf(headers, sizeof(headers),
		       "<row><cell id='Action'>Create</cell><cell id='Type'>constant</cell><cell "
		       "id='Value'>%s</cell>"
		       "<cell id='Default'></cell><cell id='Name'>Content-Type</cell><cell "
		       "id='Datatype'></cell></row>",
		       type_of_reply(spec->reply));
	add_property(out, "headerTable", str_of(headers));
	add_property(out, "bodyType",
		     empty || expression_is(spec->reply) ? STR("expression") : STR("constant"));
	/* An empty field would leave the caller's body. */
	add_property(out, "wrapContent", empty ? STR("${null}") : STR("{{" REPLY_PARAMETER "}}"));
	close_extension(out);
	(void)buf_add_c(out,
			"      <bpmn2:incoming>SequenceFlow_1</bpmn2:incoming>\n"
			"      <bpmn2:outgoing>SequenceFlow_2</bpmn2:outgoing>\n    </bpmn2:callActivity>\n");
}

static void add_request_reply(struct buf *out)
{
	static const char *const pairs[][2] = {
		{ "activityType", "ExternalCall" },
		{ "componentVersion", "1.0" },
		{ "cmdVariantUri", "ctype::FlowstepVariant/cname::ExternalCall/version::1.0.4" },
	};
	(void)buf_add_c(out, "    <bpmn2:serviceTask id=\"ServiceTask_1\" name=\"Request Reply\">\n");
	open_extension(out);
	add_properties(out, pairs, ARRAY_SIZE(pairs));
	close_extension(out);
	(void)buf_add_c(out,
			"      <bpmn2:incoming>SequenceFlow_1</bpmn2:incoming>\n"
			"      <bpmn2:outgoing>SequenceFlow_2</bpmn2:outgoing>\n    </bpmn2:serviceTask>\n");
}

static void add_process(struct buf *out, const struct bundle_spec *spec, enum shape shape)
{
	static const char *const process[][2] = {
		{ "transactionTimeout", "30" },
		{ "transactionalHandling", "Not Required" },
		{ "componentVersion", "1.2" },
		{ "cmdVariantUri", "ctype::FlowElementVariant/cname::IntegrationProcess/version::1.2.1" },
	};
	static const char *const start[][2] = {
		{ "componentVersion", "1.0" },
		{ "cmdVariantUri", "ctype::FlowstepVariant/cname::MessageStartEvent/version::1.0" },
	};
	static const char *const end[][2] = {
		{ "componentVersion", "1.1" },
		{ "cmdVariantUri", "ctype::FlowstepVariant/cname::MessageEndEvent/version::1.1.0" },
	};
	const char *step = shape == SHAPE_REPLY ? "CallActivity_1" : "ServiceTask_1";
	(void)buf_add_c(out, "  <bpmn2:process id=\"Process_1\" name=\"Integration Process\">\n");
	open_extension(out);
	add_properties(out, process, ARRAY_SIZE(process));
	close_extension(out);
	(void)buf_add_c(out, "    <bpmn2:startEvent id=\"StartEvent_1\" name=\"Start\">\n");
	open_extension(out);
	add_properties(out, start, ARRAY_SIZE(start));
	close_extension(out);
	(void)buf_add_c(out, "      <bpmn2:outgoing>SequenceFlow_1</bpmn2:outgoing>\n"
			     "      <bpmn2:messageEventDefinition/>\n    </bpmn2:startEvent>\n");
	if (shape == SHAPE_REPLY) {
		add_modifier(out, spec);
	} else if (shape == SHAPE_CALL) {
		add_request_reply(out);
	}
	(void)buf_add_c(out, "    <bpmn2:endEvent id=\"EndEvent_1\" name=\"End\">\n");
	open_extension(out);
	add_properties(out, end, ARRAY_SIZE(end));
	close_extension(out);
	(void)buf_printf(out,
			 "      <bpmn2:incoming>SequenceFlow_%d</bpmn2:incoming>\n"
			 "      <bpmn2:messageEventDefinition/>\n    </bpmn2:endEvent>\n",
			 shape == SHAPE_ECHO ? 1 : 2);
	(void)buf_printf(out,
			 "    <bpmn2:sequenceFlow id=\"SequenceFlow_1\" sourceRef=\"StartEvent_1\" "
			 "targetRef=\"%s\"/>\n",
			 shape == SHAPE_ECHO ? "EndEvent_1" : step);
	if (shape != SHAPE_ECHO) {
		(void)buf_printf(out,
				 "    <bpmn2:sequenceFlow id=\"SequenceFlow_2\" sourceRef=\"%s\" "
				 "targetRef=\"EndEvent_1\"/>\n",
				 step);
	}
	(void)buf_add_c(out, "  </bpmn2:process>\n");
}

static void add_shape(struct buf *out, const char *element, int x, int y, int width, int height)
{
	(void)buf_printf(out,
			 "      <bpmndi:BPMNShape bpmnElement=\"%s\" id=\"BPMNShape_%s\">\n"
			 "        <dc:Bounds height=\"%d.0\" width=\"%d.0\" x=\"%d.0\" y=\"%d.0\"/>\n"
			 "      </bpmndi:BPMNShape>\n",
			 element, element, height, width, x, y);
}

static void add_edge(struct buf *out, const char *element, int x1, int y1, int x2, int y2)
{
	(void)buf_printf(out,
			 "      <bpmndi:BPMNEdge bpmnElement=\"%s\" id=\"BPMNEdge_%s\">\n"
			 "        <di:waypoint x=\"%d.0\" xsi:type=\"dc:Point\" y=\"%d.0\"/>\n"
			 "        <di:waypoint x=\"%d.0\" xsi:type=\"dc:Point\" y=\"%d.0\"/>\n"
			 "      </bpmndi:BPMNEdge>\n",
			 element, element, x1, y1, x2, y2);
}

static void add_diagram(struct buf *out, enum shape shape)
{
	(void)buf_add_c(out,
			"  <bpmndi:BPMNDiagram id=\"BPMNDiagram_1\" name=\"Default Collaboration Diagram\">\n"
			"    <bpmndi:BPMNPlane bpmnElement=\"Collaboration_1\" id=\"BPMNPlane_1\">\n");
	add_shape(out, "Participant_1", 40, 100, 100, 140);
	add_shape(out, "Participant_Process_1", 220, 60, 540, 220);
	add_shape(out, "StartEvent_1", 290, 140, 32, 32);
	add_shape(out, "EndEvent_1", 660, 140, 32, 32);
	if (shape == SHAPE_ECHO) {
		add_edge(out, "SequenceFlow_1", 322, 156, 660, 156);
	} else {
		add_shape(out, shape == SHAPE_REPLY ? "CallActivity_1" : "ServiceTask_1", 440, 126, 100, 60);
		add_edge(out, "SequenceFlow_1", 322, 156, 440, 156);
		add_edge(out, "SequenceFlow_2", 540, 156, 660, 156);
	}
	if (shape == SHAPE_CALL) {
		add_shape(out, "Participant_2", 440, 330, 100, 140);
		add_edge(out, "MessageFlow_2", 490, 186, 490, 330);
	}
	add_edge(out, "MessageFlow_1", 140, 156, 290, 156);
	(void)buf_add_c(out, "    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n");
}

static void write_iflw(const struct bundle_spec *spec, enum shape shape, struct buf *out)
{
	(void)buf_add_c(out,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			"<bpmn2:definitions xmlns:bpmn2=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
			"xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" "
			"xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" "
			"xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\" "
			"xmlns:ifl=\"http:///com.sap.ifl.model/Ifl.xsd\" "
			"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" id=\"Definitions_1\">\n"
			"  <bpmn2:collaboration id=\"Collaboration_1\" name=\"Default Collaboration\">\n");
	add_settings(out, shape);
	add_participants(out, shape);
	add_sender(out, spec);
	if (shape == SHAPE_CALL) {
		add_receiver(out, spec);
	}
	(void)buf_add_c(out, "  </bpmn2:collaboration>\n");
	add_process(out, spec, shape);
	add_diagram(out, shape);
	(void)buf_add_c(out, "</bpmn2:definitions>\n");
}

/* The zip */

static bool add_file(zip_t *zip, const char *name, const struct buf *text)
{
	zip_source_t *source = zip_source_buffer(zip, text->p, text->n, 0);
	zip_int64_t index = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
	if (index < 0) {
		zip_source_free(source);
		return false;
	}
	/* 1980-01-01: the same spec makes the same bytes. */
	return !text->overflow && zip_file_set_dostime(zip, (zip_uint64_t)index, 0, (1 << 5) | 1, 0) == 0 &&
	       zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, 6) == 0;
}

struct files {
	struct buf manifest, project, prop, propdef, iflw;
};

static enum rc write_zip(const struct bundle_spec *spec, const struct files *f, struct buf *out,
			 struct err *reterr)
{
	char path[256];
	zip_error_t error;
	zip_source_t *source;
	zip_t *zip;
	enum rc rc;
	bool good;
	zip_error_init(&error);
	source = zip_source_buffer_create(NULL, 0, 0, &error);
	ASSERT(source != NULL);
	zip_source_keep(source);
	zip = zip_open_from_source(source, ZIP_TRUNCATE, &error);
	zip_error_fini(&error);
	ASSERT(zip != NULL);
	(void)snprintf(path, sizeof(path), "src/main/resources/scenarioflows/integrationflow/%.*s.iflw",
		       STR_ARG(spec->name));
	good = add_file(zip, "META-INF/MANIFEST.MF", &f->manifest) &&
	       add_file(zip, ".project", &f->project) &&
	       add_file(zip, "src/main/resources/parameters.prop", &f->prop) &&
	       add_file(zip, "src/main/resources/parameters.propdef", &f->propdef) &&
	       add_file(zip, path, &f->iflw);
	if (!good || zip_close(zip) != 0) {
		zip_discard(zip);
		rc = err_set(reterr, RC_LIMIT, "The bundle cannot be written.");
	} else {
		rc = bundle_archive_take(source, out, reterr);
	}
	zip_source_free(source);
	return rc;
}

static void files_fini(struct files *f)
{
	buf_fini(&f->manifest);
	buf_fini(&f->project);
	buf_fini(&f->prop);
	buf_fini(&f->propdef);
	buf_fini(&f->iflw);
}

enum rc bundle_write(const struct bundle_spec *spec, struct buf *out, struct err *reterr)
{
	AUTO(files_fini)
	struct files f = { BUF(MAX_TEXT), BUF(MAX_TEXT), BUF(MAX_TEXT), BUF(MAX_TEXT), BUF(MAX_TEXT) };
	enum shape shape = spec->reply.p ? SHAPE_REPLY : spec->to.p ? SHAPE_CALL : SHAPE_ECHO;
	TRY(check_spec(spec, reterr));
	write_manifest(spec, &f.manifest);
	write_project(spec, &f.project);
	write_parameters(spec, shape, &f.prop, &f.propdef);
	write_iflw(spec, shape, &f.iflw);
	return write_zip(spec, &f, out, reterr);
}
