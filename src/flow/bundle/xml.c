/* SPDX-License-Identifier: Apache-2.0
 * libxml2 with everything switched off that an outsider could use. */
#include "flow/bundle/xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>

/** What the callbacks count. */
struct watch {
	const struct xml_limits *limits;
	size_t elements;
	bool has_doctype, over;
};

static struct watch *watch_of(void *context)
{
	return ((xmlParserCtxt *)context)->_private;
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *external_id,
		       const xmlChar *system_id)
{
	watch_of(context)->has_doctype = true;
	xmlStopParser(context);
}

static void on_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		       int n_namespaces, const xmlChar **namespaces, int n_attributes, int n_defaulted,
		       const xmlChar **attributes)
{
	struct watch *watch = watch_of(context);
	xmlParserCtxt *parser = context;
	if (++watch->elements > watch->limits->elements || parser->nodeNr >= watch->limits->depth) {
		watch->over = true;
		xmlStopParser(parser);
		return;
	}
	xmlSAX2StartElementNs(context, name, prefix, uri, n_namespaces, namespaces, n_attributes, n_defaulted,
			      attributes);
}

static void on_problem(void *context, const char *message, ...)
{
}

static enum rc refuse(const xmlParserCtxt *parser, const struct watch *watch, const char *what,
		      struct err *reterr)
{
	if (watch->has_doctype) {
		return err_set(reterr, RC_INVALID, "%s has a document type; that is not taken.", what);
	}
	if (watch->over) {
		return err_set(reterr, RC_LIMIT, "%s has more than %zu elements or is nested deeper than %d.",
			       what, watch->limits->elements, watch->limits->depth);
	}
	return err_set(reterr, RC_INVALID, "%s is no well-formed XML (line %d).", what,
		       parser->lastError.line);
}

enum rc xml_parse(xmlDoc **ret, struct str text, const struct xml_limits *limits, const char *what,
		  struct err *reterr)
{
	struct watch watch = { .limits = limits };
	xmlParserCtxt *parser;
	xmlDoc *doc;
	enum rc rc = RC_OK;
	if (text.n > limits->bytes || text.n > INT32_MAX) {
		return err_set(reterr, RC_LIMIT, "%s is larger than %zu bytes.", what, limits->bytes);
	}
	if (text.n == 0) {
		return err_set(reterr, RC_INVALID, "%s is empty.", what);
	}
	parser = xmlNewParserCtxt();
	ASSERT(parser != NULL);
	parser->_private = &watch;
	parser->sax->internalSubset = on_doctype;
	parser->sax->startElementNs = on_element;
	parser->sax->error = on_problem;
	parser->sax->warning = on_problem;
	doc = xmlCtxtReadMemory(parser, text.p, (int)text.n, NULL, NULL,
				XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
					XML_PARSE_COMPACT);
	if (!doc || !parser->wellFormed || watch.has_doctype || watch.over || !xmlDocGetRootElement(doc)) {
		rc = refuse(parser, &watch, what, reterr);
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(parser);
	if (rc == RC_OK) {
		*ret = doc;
	}
	return rc;
}

void xml_free(xmlDoc *doc)
{
	xmlFreeDoc(doc);
}

bool xml_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *from(xmlNode *node, const char *name)
{
	while (node && !(node->type == XML_ELEMENT_NODE && (!name || xml_is(node, name)))) {
		node = node->next;
	}
	return node;
}

xmlNode *xml_child(const xmlNode *parent, const char *name)
{
	return parent ? from(parent->children, name) : NULL;
}

xmlNode *xml_next(const xmlNode *node, const char *name)
{
	return from(node->next, name);
}

const char *xml_attribute(const xmlNode *node, const char *name)
{
	for (const xmlAttr *a = node->properties; a; a = a->next) {
		if (!a->ns && strcmp((const char *)a->name, name) == 0) {
			/* Without entities an attribute is one text node, or none when empty. */
			return a->children && a->children->content && !a->children->next
				       ? (const char *)a->children->content
				       : "";
		}
	}
	return "";
}

bool xml_text(const xmlNode *node, struct buf *out)
{
	for (const xmlNode *child = node->children; child; child = child->next) {
		if ((child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) &&
		    !buf_add_c(out, (const char *)child->content)) {
			return false;
		}
	}
	return true;
}

/* Texts */

void xml_escape(struct buf *out, struct str s)
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
