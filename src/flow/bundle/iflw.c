/* SPDX-License-Identifier: Apache-2.0
 * From BPMN to a plan: every element is either understood or named in a refusal. */
#include "flow/bundle/iflw.h"

#include "base/memory.h"
#include "flow/address.h"
#include "flow/expression.h"
#include "flow/filter.h"
#include "flow/bundle/iflw_reader.h"

#include <stdio.h>

#define MAX_STEPS 500
#define MAX_BODY_MB 48

/* Content Modifier */

struct assignments {
	struct flow_assignment **items;
	size_t *n;
};

static enum rc read_source(struct iflw_reader *r, const xmlNode *owner, const char *type,
			   struct flow_assignment *a)
{
	static const struct {
		const char *type;
		enum flow_source source;
	} sources[] = { { "constant", FLOW_CONSTANT },
			{ "", FLOW_CONSTANT },
			{ "expression", FLOW_EXPRESSION },
			{ "header", FLOW_HEADER },
			{ "property", FLOW_PROPERTY } };
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		if (str_equal_nocase(str_of(type), str_of(sources[i].type))) {
			a->source = sources[i].source;
			return a->source == FLOW_EXPRESSION
				       ? iflw_at_step(r, owner, expression_check(str_of(a->value), r->reterr))
				       : RC_OK;
		}
	}
	return iflw_refuse_setting(r, owner, "Type", type);
}

static enum rc read_assignment(struct iflw_reader *r, const xmlNode *owner, const xmlNode *row, void *context)
{
	struct assignments *list = context;
	struct flow_assignment *a;
	AUTO_FREE char *action = NULL;
	AUTO_FREE char *type = NULL;
	AUTO_FREE char *name = NULL;
	*list->items = mem_resize(*list->items, *list->n + 1, sizeof(**list->items));
	a = &(*list->items)[(*list->n)++];
	*a = (struct flow_assignment){ 0 };
	TRY(iflw_get_cell(r, row, "Action", &action));
	TRY(iflw_get_cell(r, row, "Type", &type));
	TRY(iflw_get_cell(r, row, "Name", &name));
	TRY(iflw_get_cell(r, row, "Value", &a->value));
	TRY(iflw_get_cell(r, row, "Default", &a->otherwise));
	a->name = str_dup(str_trim(str_of(name)));
	if (!a->name[0]) {
		char shown[IFLW_LABEL];
		return err_set(r->reterr, RC_INVALID, "A row of \"%s\" in %s has no name.",
			       iflw_label(iflw_name_of(owner), shown), r->file);
	}
	if (str_equal_nocase(str_of(action), STR("Delete"))) {
		a->remove = true;
		return RC_OK;
	}
	if (action[0] && !str_equal_nocase(str_of(action), STR("Create"))) {
		return iflw_refuse_setting(r, owner, "Action", action);
	}
	return read_source(r, owner, type, a);
}

static enum rc read_body(struct iflw_reader *r, const xmlNode *node, struct flow_step *step)
{
	AUTO_FREE char *type = NULL;
	TRY(iflw_get_trimmed(r, node, "bodyType", "constant", &type));
	TRY(iflw_get_property(r, node, "wrapContent", "", &step->body));
	/* An empty field leaves the body as it is. */
	step->sets_body = step->body[0] != '\0';
	if (!step->sets_body) {
		return RC_OK;
	}
	step->body_is_expression = strcmp(type, "expression") == 0;
	if (step->body_is_expression) {
		return iflw_at_step(r, node, expression_check(str_of(step->body), r->reterr));
	}
	return type[0] == '\0' || strcmp(type, "constant") == 0
		       ? RC_OK
		       : iflw_refuse_setting(r, node, "bodyType", type);
}

static enum rc read_modifier(struct iflw_reader *r, const xmlNode *node, struct flow_step *step)
{
	struct assignments headers = { &step->headers, &step->n_headers };
	struct assignments properties = { &step->properties, &step->n_properties };
	step->kind = FLOW_STEP_MODIFIER;
	TRY(iflw_each_row(r, node, "headerTable", read_assignment, &headers));
	TRY(iflw_each_row(r, node, "propertyTable", read_assignment, &properties));
	return read_body(r, node, step);
}

/* Receiver channel */

static enum rc read_receiver_auth(struct iflw_reader *r, const xmlNode *flow, struct flow_receiver *out)
{
	AUTO_FREE char *auth = NULL;
	AUTO_FREE char *credential = NULL;
	AUTO_FREE char *alias = NULL;
	TRY(iflw_get_trimmed(r, flow, "authenticationMethod", "None", &auth));
	if (str_is(str_of(auth), "Basic")) {
		out->auth = FLOW_RECEIVER_BASIC;
		TRY(iflw_get_trimmed(r, flow, "credentialName", "", &credential));
	} else if (str_is(str_of(auth), "Client Certificate")) {
		out->auth = FLOW_RECEIVER_CERTIFICATE;
		TRY(iflw_get_trimmed(r, flow, "privateKeyAlias", "", &alias));
	} else if (auth[0] && !str_is(str_of(auth), "None")) {
		return iflw_refuse_setting(r, flow, "authenticationMethod", auth);
	}
	out->credential = credential ? TAKE(credential) : mem_strdup("");
	out->alias = alias ? TAKE(alias) : mem_strdup("");
	if (out->auth == FLOW_RECEIVER_BASIC && !out->credential[0]) {
		return iflw_refuse_setting(r, flow, "credentialName", "");
	}
	if (out->auth == FLOW_RECEIVER_CERTIFICATE && !out->alias[0]) {
		return iflw_refuse_setting(r, flow, "privateKeyAlias", "");
	}
	return RC_OK;
}

static enum rc read_method(struct iflw_reader *r, const xmlNode *flow, struct flow_receiver *out)
{
	static const char *const methods[] = { "POST", "GET", "PUT", "PATCH", "DELETE", "HEAD" };
	AUTO_FREE char *method = NULL;
	TRY(iflw_get_trimmed(r, flow, "httpMethod", "POST", &method));
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (str_equal_nocase(str_of(method), str_of(methods[i]))) {
			out->method = mem_strdup(methods[i]);
			return RC_OK;
		}
	}
	if (expression_is(str_of(method))) {
		out->method = TAKE(method);
	} else if (str_equal_nocase(str_of(method), STR("Dynamic")) ||
		   str_equal_nocase(str_of(method), STR("Expression"))) {
		TRY(iflw_get_trimmed(r, flow, "methodSourceExpression", "", &out->method));
	} else {
		return iflw_refuse_setting(r, flow, "httpMethod", method);
	}
	return out->method[0] ? iflw_at_step(r, flow, expression_check(str_of(out->method), r->reterr))
			      : iflw_refuse_setting(r, flow, "methodSourceExpression", "");
}

static enum rc read_url(struct iflw_reader *r, const xmlNode *flow, struct flow_receiver *out)
{
	struct str url;
	TRY(iflw_get_trimmed(r, flow, "httpAddressWithoutQuery", "", &out->url));
	TRY(iflw_get_trimmed(r, flow, "httpAddressQuery", "", &out->query));
	url = str_of(out->url);
	if (!str_equal_nocase(str_first(url, 8), STR("https://")) &&
	    !str_equal_nocase(str_first(url, 7), STR("http://")) && !str_starts_with(url, STR("${"))) {
		return iflw_refuse_setting(r, flow, "httpAddressWithoutQuery", out->url);
	}
	TRY(iflw_at_step(r, flow, expression_check(url, r->reterr)));
	return iflw_at_step(r, flow, expression_check(str_of(out->query), r->reterr));
}

static enum rc read_proxy(struct iflw_reader *r, const xmlNode *flow)
{
	AUTO_FREE char *proxy = NULL;
	TRY(iflw_get_trimmed(r, flow, "proxyType", "default", &proxy));
	if (proxy[0] && !str_is(str_of(proxy), "default") && !str_is(str_of(proxy), "none")) {
		return iflw_refuse_setting(r, flow, "proxyType", proxy);
	}
	return RC_OK;
}

static enum rc read_receiver(struct iflw_reader *r, const xmlNode *flow, struct flow_receiver *out)
{
	uint64_t timeout;
	out->name = mem_strdup(iflw_name_of(flow));
	TRY(read_url(r, flow, out));
	TRY(read_method(r, flow, out));
	TRY(read_receiver_auth(r, flow, out));
	TRY(read_proxy(r, flow));
	/* Versions of the channel before these settings sent and took everything. */
	TRY(iflw_get_trimmed(r, flow, "allowedRequestHeaders", "*", &out->request_headers));
	TRY(iflw_get_trimmed(r, flow, "allowedResponseHeaders", "*", &out->response_headers));
	TRY(iflw_at_step(r, flow, filter_check(str_of(out->request_headers), r->reterr)));
	TRY(iflw_at_step(r, flow, filter_check(str_of(out->response_headers), r->reterr)));
	TRY(iflw_get_number(r, flow, "httpRequestTimeout", 60000, 3600000, &timeout));
	out->timeout_ms = timeout ? (uint32_t)timeout : 3600000;
	TRY(iflw_get_flag(r, flow, "throwExceptionOnFailure", true, &out->throw_on_failure));
	return iflw_get_flag(r, flow, "httpShouldSendBody", false, &out->send_body);
}

/** The type of a channel: property ComponentType. */
static enum rc component_of(struct iflw_reader *r, const xmlNode *flow, char **ret)
{
	return iflw_get_trimmed(r, flow, "ComponentType", "", ret);
}

/** The only channel that leaves a step; NULL when none does. */
static enum rc channel_from(struct iflw_reader *r, const xmlNode *step, const xmlNode **ret)
{
	const char *id = xml_attribute(step, "id");
	*ret = NULL;
	for (const xmlNode *f = xml_child(r->collaboration, "messageFlow"); f;
	     f = xml_next(f, "messageFlow")) {
		if (strcmp(xml_attribute(f, "sourceRef"), id) != 0) {
			continue;
		}
		if (*ret) {
			char name[IFLW_LABEL];
			return err_set(r->reterr, RC_UNSUPPORTED,
				       "The step \"%s\" in %s has several receiver channels.",
				       iflw_label(iflw_name_of(step), name), r->file);
		}
		*ret = f;
	}
	return RC_OK;
}

static enum rc read_call(struct iflw_reader *r, const xmlNode *flow, struct flow_step *step)
{
	AUTO_FREE char *component = NULL;
	TRY(component_of(r, flow, &component));
	if (!str_is(str_of(component), "HTTP") && !str_is(str_of(component), "HTTPS")) {
		return iflw_refuse_channel(r, flow, component, "receiver");
	}
	step->kind = FLOW_STEP_CALL;
	step->receiver = mem_alloc(sizeof(*step->receiver));
	return read_receiver(r, flow, step->receiver);
}

/* Sender channel */

static enum rc read_row(struct iflw_reader *r, const xmlNode *owner, const xmlNode *row, void *context)
{
	struct flow_endpoint *e = context;
	struct flow_dn_row *out;
	e->rows = mem_resize(e->rows, e->n_rows + 1, sizeof(*e->rows));
	out = &e->rows[e->n_rows++];
	*out = (struct flow_dn_row){ 0 };
	TRY(iflw_get_cell(r, row, "clientCertificate.subjectDN", &out->subject));
	return iflw_get_cell(r, row, "clientCertificate.issuerDN", &out->issuer);
}

static enum rc read_sender_auth(struct iflw_reader *r, const xmlNode *flow, struct flow_endpoint *e)
{
	AUTO_FREE char *auth = NULL;
	TRY(iflw_get_trimmed(r, flow, "senderAuthType", "RoleBased", &auth));
	if (str_is(str_of(auth), "ClientCertificate")) {
		e->auth = FLOW_AUTH_CERTIFICATE;
		e->role = mem_strdup("");
		TRY(iflw_each_row(r, flow, "clientCertificates", read_row, e));
		return e->n_rows > 0 ? RC_OK : iflw_refuse_setting(r, flow, "clientCertificates", "");
	}
	if (!str_is(str_of(auth), "RoleBased")) {
		return iflw_refuse_setting(r, flow, "senderAuthType", auth);
	}
	TRY(iflw_get_trimmed(r, flow, "userRole", "ESBMessaging.send", &e->role));
	return e->role[0] ? RC_OK : iflw_refuse_setting(r, flow, "userRole", "");
}

static enum rc read_sender(struct iflw_reader *r, const xmlNode *flow)
{
	struct flow_endpoint *e = &r->plan->endpoint;
	uint64_t megabytes;
	TRY(iflw_get_trimmed(r, flow, "urlPath", "", &e->address));
	TRY(iflw_at_step(r, flow, address_check(str_of(e->address), r->reterr)));
	TRY(read_sender_auth(r, flow, e));
	TRY(iflw_get_flag(r, flow, "xsrfProtection", true, &e->csrf));
	TRY(iflw_get_number(r, flow, "maximumBodySize", 40, MAX_BODY_MB, &megabytes));
	e->max_body = (megabytes ? megabytes : 1) * 1024 * 1024;
	return RC_OK;
}

/** Sort out the channels: one HTTPS sender into the start event, every other must leave a step. */
static enum rc read_channels(struct iflw_reader *r)
{
	for (const xmlNode *f = xml_child(r->collaboration, "messageFlow"); f;
	     f = xml_next(f, "messageFlow")) {
		AUTO_FREE char *direction = NULL;
		AUTO_FREE char *component = NULL;
		TRY(iflw_get_trimmed(r, f, "direction", "", &direction));
		TRY(component_of(r, f, &component));
		if (str_is(str_of(direction), "Receiver")) {
			continue;
		}
		if (!str_is(str_of(component), "HTTPS") || !str_is(str_of(direction), "Sender")) {
			return iflw_refuse_channel(r, f, component,
						   str_is(str_of(direction), "Sender") ? "sender"
										       : "message");
		}
		if (r->sender) {
			return err_set(r->reterr, RC_UNSUPPORTED,
				       "%s has several sender channels; one is supported.", r->file);
		}
		r->sender = f;
	}
	if (!r->sender) {
		return err_set(r->reterr, RC_INVALID, "%s has no HTTPS sender channel.", r->file);
	}
	return read_sender(r, r->sender);
}

/* Process */

static bool is_activity(const xmlNode *node, const char *element, const char *type)
{
	AUTO_BUF(text, 256);
	const xmlNode *value = iflw_property_node(node, "activityType");
	return xml_is(node, element) && value && xml_text(value, &text) &&
	       str_is(str_trim(buf_str(&text)), type);
}

/** A start or end event by message, or a plain one. */
static bool is_message_event(const xmlNode *node)
{
	for (const xmlNode *child = xml_child(node, NULL); child; child = xml_next(child, NULL)) {
		if (str_ends_with(str_of((const char *)child->name), STR("EventDefinition")) &&
		    !xml_is(child, "messageEventDefinition")) {
			return false;
		}
	}
	return true;
}

static bool is_step(const xmlNode *node)
{
	return is_activity(node, "callActivity", "Enricher") ||
	       is_activity(node, "serviceTask", "ExternalCall") ||
	       ((xml_is(node, "startEvent") || xml_is(node, "endEvent")) && is_message_event(node));
}

static bool is_silent(const xmlNode *node)
{
	return xml_is(node, "extensionElements") || xml_is(node, "documentation") ||
	       xml_is(node, "textAnnotation") || xml_is(node, "association") || xml_is(node, "laneSet");
}

/** Refuse whatever is not understood, wherever it stands; find the start. */
static enum rc check_elements(struct iflw_reader *r)
{
	size_t n = 0;
	for (const xmlNode *node = xml_child(r->process, NULL); node; node = xml_next(node, NULL)) {
		if (xml_is(node, "sequenceFlow")) {
			if (xml_child(node, "conditionExpression")) {
				return iflw_refuse_step(r, node);
			}
			continue;
		}
		if (is_silent(node)) {
			continue;
		}
		if (!is_step(node)) {
			return iflw_refuse_step(r, node);
		}
		if (++n > MAX_STEPS) {
			return err_set(r->reterr, RC_LIMIT, "%s has more than %d steps.", r->file, MAX_STEPS);
		}
		if (xml_is(node, "startEvent")) {
			if (r->start) {
				return err_set(r->reterr, RC_UNSUPPORTED,
					       "%s has several start events; one is supported.", r->file);
			}
			r->start = node;
		}
	}
	if (!r->start) {
		return err_set(r->reterr, RC_INVALID, "%s has no start event.", r->file);
	}
	return RC_OK;
}

/** The step that follows, by the only sequence flow that leaves node. */
static enum rc next_step(struct iflw_reader *r, const xmlNode *node, const xmlNode **ret)
{
	const char *id = xml_attribute(node, "id"), *target = NULL;
	char name[IFLW_LABEL];
	for (const xmlNode *f = xml_child(r->process, "sequenceFlow"); f; f = xml_next(f, "sequenceFlow")) {
		if (strcmp(xml_attribute(f, "sourceRef"), id) != 0) {
			continue;
		}
		if (target) {
			return err_set(r->reterr, RC_UNSUPPORTED,
				       "The step \"%s\" in %s has several ways out.",
				       iflw_label(iflw_name_of(node), name), r->file);
		}
		target = xml_attribute(f, "targetRef");
	}
	for (const xmlNode *n = xml_child(r->process, NULL); target && n; n = xml_next(n, NULL)) {
		if (!xml_is(n, "sequenceFlow") && strcmp(xml_attribute(n, "id"), target) == 0) {
			*ret = n;
			return RC_OK;
		}
	}
	return err_set(r->reterr, RC_INVALID, "The step \"%s\" in %s leads nowhere.",
		       iflw_label(iflw_name_of(node), name), r->file);
}

static struct flow_step *add_step(struct iflw_reader *r, const xmlNode *node)
{
	struct flow_plan *plan = r->plan;
	struct flow_step *step;
	plan->steps = mem_resize(plan->steps, plan->n_steps + 1, sizeof(*plan->steps));
	step = &plan->steps[plan->n_steps++];
	*step = (struct flow_step){ .id = mem_strdup(xml_attribute(node, "id")),
				    .name = mem_strdup(iflw_name_of(node)) };
	return step;
}

static enum rc read_step(struct iflw_reader *r, const xmlNode *node)
{
	const xmlNode *channel = NULL;
	TRY(channel_from(r, node, &channel));
	if (xml_is(node, "callActivity")) {
		return read_modifier(r, node, add_step(r, node));
	}
	if (channel) {
		return read_call(r, channel, add_step(r, node));
	}
	if (xml_is(node, "serviceTask")) {
		char name[IFLW_LABEL];
		return err_set(r->reterr, RC_INVALID,
			       "The Request Reply \"%s\" in %s has no receiver channel.",
			       iflw_label(iflw_name_of(node), name), r->file);
	}
	return RC_OK;
}

static enum rc read_steps(struct iflw_reader *r)
{
	const xmlNode *node = r->start;
	if (strcmp(xml_attribute(r->sender, "targetRef"), xml_attribute(r->start, "id")) != 0) {
		return err_set(r->reterr, RC_INVALID,
			       "The sender channel in %s does not lead to the start event.", r->file);
	}
	for (size_t n = 0; !xml_is(node, "endEvent"); n++) {
		if (n > MAX_STEPS) {
			return err_set(r->reterr, RC_UNSUPPORTED, "The steps in %s go in a circle.", r->file);
		}
		TRY(next_step(r, node, &node));
		TRY(read_step(r, node));
	}
	return RC_OK;
}

static enum rc read_settings(struct iflw_reader *r)
{
	bool cors;
	TRY(iflw_get_trimmed(r, r->collaboration, "allowedHeaderList", "", &r->plan->allowed_headers));
	TRY(filter_check(str_of(r->plan->allowed_headers), r->reterr));
	TRY(iflw_get_flag(r, r->collaboration, "returnExceptionToSender", false, &r->plan->return_exception));
	TRY(iflw_get_flag(r, r->collaboration, "corsEnabled", false, &cors));
	return cors ? iflw_refuse_setting(r, r->collaboration, "corsEnabled", "true") : RC_OK;
}

static enum rc find_parts(struct iflw_reader *r, const xmlNode *root)
{
	if (!xml_is(root, "definitions")) {
		return err_set(r->reterr, RC_INVALID, "%s is no integration flow.", r->file);
	}
	r->collaboration = xml_child(root, "collaboration");
	r->process = xml_child(root, "process");
	if (!r->collaboration || !r->process) {
		return err_set(r->reterr, RC_INVALID, "%s has no collaboration or no process.", r->file);
	}
	for (const xmlNode *p = xml_next(r->process, "process"); p; p = xml_next(p, "process")) {
		char name[IFLW_LABEL];
		return err_set(r->reterr, RC_UNSUPPORTED,
			       "The local process \"%s\" of type process in %s is not supported.",
			       iflw_label(iflw_name_of(p), name), r->file);
	}
	return RC_OK;
}

static enum rc read_flow(struct iflw_reader *r, const xmlNode *root)
{
	TRY(find_parts(r, root));
	TRY(check_elements(r));
	TRY(read_channels(r));
	TRY(read_settings(r));
	TRY(read_steps(r));
	r->plan->name = mem_strdup(xml_attribute(r->process, "name"));
	return RC_OK;
}

enum rc iflw_parse(struct str file, struct str text, const struct value *parameters, struct flow_plan **ret,
		   struct err *reterr)
{
	static const struct xml_limits limits = { IFLW_MAX_BYTES, IFLW_MAX_DEPTH, IFLW_MAX_ELEMENTS };
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = mem_alloc(sizeof(*plan));
	AUTO(xml_free_cleanup) xmlDoc *doc = NULL;
	struct err scrap = { 0 };
	char shown[IFLW_LABEL];
	struct iflw_reader r = { .file = str_printable(file, shown, sizeof(shown)),
				 .parameters = parameters,
				 .plan = plan,
				 .reterr = reterr ? reterr : &scrap };
	TRY(xml_parse(&doc, text, &limits, r.file, r.reterr));
	TRY(read_flow(&r, xmlDocGetRootElement(doc)));
	*ret = TAKE(plan);
	return RC_OK;
}
