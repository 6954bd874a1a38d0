/* SPDX-License-Identifier: Apache-2.0
 * Writes BPMN: participants, channels, steps, and where each stands in the diagram. */
#include "flow/bundle/iflw_write.h"

#include "flow/expression.h"
#include "flow/bundle/xml.h"

static void add_property(struct buf *out, const char *key, struct str value)
{
	(void)buf_printf(out, "        <ifl:property>\n          <key>%s</key>\n          <value>", key);
	xml_escape(out, value);
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

static void add_settings(struct buf *out, enum iflw_shape shape)
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
	add_property(out, "allowedHeaderList", shape == IFLW_ECHO ? STR("") : STR("*"));
	add_properties(out, pairs, ARRAY_SIZE(pairs));
	close_extension(out);
}

static void add_participants(struct buf *out, enum iflw_shape shape)
{
	(void)buf_add_c(
		out,
		"    <bpmn2:participant id=\"Participant_1\" ifl:type=\"EndpointSender\" name=\"Sender\">\n");
	open_extension(out);
	add_property(out, "enableBasicAuthentication", STR("false"));
	add_property(out, "ifl:type", STR("EndpointSender"));
	close_extension(out);
	(void)buf_add_c(out, "    </bpmn2:participant>\n");
	if (shape == IFLW_CALL) {
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

static void add_process(struct buf *out, const struct bundle_spec *spec, enum iflw_shape shape)
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
	const char *step = shape == IFLW_REPLY ? "CallActivity_1" : "ServiceTask_1";
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
	if (shape == IFLW_REPLY) {
		add_modifier(out, spec);
	} else if (shape == IFLW_CALL) {
		add_request_reply(out);
	}
	(void)buf_add_c(out, "    <bpmn2:endEvent id=\"EndEvent_1\" name=\"End\">\n");
	open_extension(out);
	add_properties(out, end, ARRAY_SIZE(end));
	close_extension(out);
	(void)buf_printf(out,
			 "      <bpmn2:incoming>SequenceFlow_%d</bpmn2:incoming>\n"
			 "      <bpmn2:messageEventDefinition/>\n    </bpmn2:endEvent>\n",
			 shape == IFLW_ECHO ? 1 : 2);
	(void)buf_printf(out,
			 "    <bpmn2:sequenceFlow id=\"SequenceFlow_1\" sourceRef=\"StartEvent_1\" "
			 "targetRef=\"%s\"/>\n",
			 shape == IFLW_ECHO ? "EndEvent_1" : step);
	if (shape != IFLW_ECHO) {
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

static void add_diagram(struct buf *out, enum iflw_shape shape)
{
	(void)buf_add_c(out,
			"  <bpmndi:BPMNDiagram id=\"BPMNDiagram_1\" name=\"Default Collaboration Diagram\">\n"
			"    <bpmndi:BPMNPlane bpmnElement=\"Collaboration_1\" id=\"BPMNPlane_1\">\n");
	add_shape(out, "Participant_1", 40, 100, 100, 140);
	add_shape(out, "Participant_Process_1", 220, 60, 540, 220);
	add_shape(out, "StartEvent_1", 290, 140, 32, 32);
	add_shape(out, "EndEvent_1", 660, 140, 32, 32);
	if (shape == IFLW_ECHO) {
		add_edge(out, "SequenceFlow_1", 322, 156, 660, 156);
	} else {
		add_shape(out, shape == IFLW_REPLY ? "CallActivity_1" : "ServiceTask_1", 440, 126, 100, 60);
		add_edge(out, "SequenceFlow_1", 322, 156, 440, 156);
		add_edge(out, "SequenceFlow_2", 540, 156, 660, 156);
	}
	if (shape == IFLW_CALL) {
		add_shape(out, "Participant_2", 440, 330, 100, 140);
		add_edge(out, "MessageFlow_2", 490, 186, 490, 330);
	}
	add_edge(out, "MessageFlow_1", 140, 156, 290, 156);
	(void)buf_add_c(out, "    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n");
}

void iflw_write(const struct bundle_spec *spec, enum iflw_shape shape, struct buf *out)
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
	if (shape == IFLW_CALL) {
		add_receiver(out, spec);
	}
	(void)buf_add_c(out, "  </bpmn2:collaboration>\n");
	add_process(out, spec, shape);
	add_diagram(out, shape);
	(void)buf_add_c(out, "</bpmn2:definitions>\n");
}
