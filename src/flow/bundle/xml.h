/* SPDX-License-Identifier: Apache-2.0
 * XML from outside as a tree: no document type, no entities but the five, no network, bounded.
 * Owns libxml2. */
#pragma once

#include "base/buf.h"

#include <libxml/tree.h>

/** Most bytes, depth and elements of one document. */
struct xml_limits {
	size_t bytes;
	int depth;
	size_t elements;
};

/** Parse one document; xml_free() it. what names it in errors ("orders.iflw").
 * RC_INVALID malformed, with a document type or not in UTF-8 after all; RC_LIMIT. */
MUST_USE enum rc xml_parse(xmlDoc **ret, struct str text, const struct xml_limits *limits, const char *what,
			   struct err *reterr);
/** Free a document; accepts NULL. */
void xml_free(xmlDoc *doc);
DEFINE_CLEANUP(xmlDoc, xml_free);

/** First child element, or next sibling element, with that local name (any when NULL);
 * NULL when there is none. */
xmlNode *xml_child(const xmlNode *parent, const char *name);
xmlNode *xml_next(const xmlNode *node, const char *name);
/** Whether an element has that local name. */
bool xml_is(const xmlNode *node, const char *name);
/** Value of an attribute without namespace, borrowed from the document; "" when absent. */
const char *xml_attribute(const xmlNode *node, const char *name);
/** Append the text of an element (its text and CDATA children). False at out's maximum. */
bool xml_text(const xmlNode *node, struct buf *out);
/** Append text with what XML gives a meaning written as references;
 * carriage returns too, which readers would drop. */
void xml_escape(struct buf *out, struct str text);
