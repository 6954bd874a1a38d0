/* SPDX-License-Identifier: Apache-2.0
 * Properties, tables and refusals of an integration flow. */
#include "flow/bundle/iflw_reader.h"

#include "base/memory.h"

#include <stdio.h>

const char *iflw_label(const char *text, char out[IFLW_LABEL])
{
	return str_printable(str_first(str_of(text), 100), out, IFLW_LABEL);
}

/* Properties: <extensionElements><property><key/><value/></property>… */

const xmlNode *iflw_property_node(const xmlNode *owner, const char *key)
{
	const xmlNode *extension = xml_child(owner, "extensionElements");
	for (const xmlNode *p = xml_child(extension, "property"); p; p = xml_next(p, "property")) {
		const xmlNode *name = xml_child(p, "key");
		AUTO_BUF(text, 256);
		if (name && xml_text(name, &text) && str_is(str_trim(buf_str(&text)), key)) {
			return xml_child(p, "value");
		}
	}
	return NULL;
}

/** Put parameters in for each {{name}}. */
static enum rc substitute(struct iflw_reader *r, struct str text, struct buf *out)
{
	while (text.n > 0) {
		size_t open = str_find_str(text, STR("{{"));
		struct str rest = str_skip(text, open + 2);
		size_t close = open < text.n ? str_find_str(rest, STR("}}")) : rest.n;
		AUTO_FREE char *name = NULL;
		const char *value;
		if (open == text.n || close == rest.n) {
			open = text.n;
		}
		if (!buf_add(out, str_first(text, open))) {
			return err_set(r->reterr, RC_LIMIT, "A setting in %s is longer than 1 MiB.", r->file);
		}
		if (open == text.n) {
			break;
		}
		name = str_dup(str_trim(str_first(rest, close)));
		value = value_get_c(r->parameters, name);
		if (!value) {
			char shown[IFLW_LABEL];
			return err_set(r->reterr, RC_INVALID,
				       "The parameter {{%s}} in %s has no value in parameters.prop.",
				       iflw_label(name, shown), r->file);
		}
		if (!buf_add_c(out, value)) {
			return err_set(r->reterr, RC_LIMIT, "A setting in %s is longer than 1 MiB.", r->file);
		}
		text = str_skip(rest, close + 2);
	}
	return RC_OK;
}

/** A property's raw text, parameters not yet put in; *ret_present tells whether it is there at all. */
static enum rc raw_property(struct iflw_reader *r, const xmlNode *owner, const char *key, struct buf *out,
			    bool *ret_present)
{
	const xmlNode *node = iflw_property_node(owner, key);
	*ret_present = node != NULL;
	if (node && !xml_text(node, out)) {
		return err_set(r->reterr, RC_LIMIT, "The setting %s in %s is longer than 1 MiB.", key,
			       r->file);
	}
	return RC_OK;
}

enum rc iflw_get_property(struct iflw_reader *r, const xmlNode *owner, const char *key, const char *otherwise,
			  char **ret)
{
	AUTO_BUF(raw, IFLW_MAX_VALUE);
	AUTO_BUF(text, IFLW_MAX_VALUE);
	bool present;
	TRY(raw_property(r, owner, key, &raw, &present));
	if (!present) {
		*ret = mem_strdup(otherwise);
		return RC_OK;
	}
	TRY(substitute(r, buf_str(&raw), &text));
	*ret = str_dup(buf_str(&text));
	return RC_OK;
}

enum rc iflw_get_trimmed(struct iflw_reader *r, const xmlNode *owner, const char *key, const char *otherwise,
			 char **ret)
{
	AUTO_FREE char *text = NULL;
	TRY(iflw_get_property(r, owner, key, otherwise, &text));
	*ret = str_dup(str_trim(str_of(text)));
	return RC_OK;
}

enum rc iflw_get_flag(struct iflw_reader *r, const xmlNode *owner, const char *key, bool otherwise, bool *ret)
{
	AUTO_FREE char *text = NULL;
	struct str s;
	TRY(iflw_get_trimmed(r, owner, key, "", &text));
	s = str_of(text);
	*ret = otherwise;
	if (str_is(s, "1") || str_equal_nocase(s, STR("true"))) {
		*ret = true;
	} else if (str_is(s, "0") || str_equal_nocase(s, STR("false"))) {
		*ret = false;
	} else if (s.n > 0) {
		char shown[IFLW_LABEL];
		return err_set(r->reterr, RC_INVALID,
			       "The setting %s in %s is \"%s\", neither true nor false.", key, r->file,
			       iflw_label(text, shown));
	}
	return RC_OK;
}

enum rc iflw_get_number(struct iflw_reader *r, const xmlNode *owner, const char *key, uint64_t otherwise,
			uint64_t max, uint64_t *ret)
{
	AUTO_FREE char *text = NULL;
	TRY(iflw_get_trimmed(r, owner, key, "", &text));
	*ret = otherwise;
	if (text[0] && str_parse_uint(str_of(text), max, ret) != RC_OK) {
		char shown[IFLW_LABEL];
		return err_set(r->reterr, RC_UNSUPPORTED,
			       "The setting %s in %s is \"%s\"; a number from 0 to %llu is served.", key,
			       r->file, iflw_label(text, shown), (unsigned long long)max);
	}
	return RC_OK;
}

/* Refusals */

/** "Script/GroovyScript", "exclusiveGateway", "SFTP sender channel". */
static void type_of(const xmlNode *node, char out[IFLW_LABEL])
{
	AUTO_BUF(activity, 256);
	AUTO_BUF(sub, 256);
	const xmlNode *a = iflw_property_node(node, "activityType"),
		      *s = iflw_property_node(node, "subActivityType");
	char first[IFLW_LABEL], second[IFLW_LABEL];
	if (a) {
		(void)xml_text(a, &activity);
	}
	if (s) {
		(void)xml_text(s, &sub);
	}
	if (activity.n == 0) {
		(void)iflw_label((const char *)node->name, out);
		return;
	}
	(void)snprintf(out, IFLW_LABEL, "%.60s%s%.60s", iflw_label(buf_c(&activity), first),
		       sub.n > 0 ? "/" : "", iflw_label(buf_c(&sub), second));
}

const char *iflw_name_of(const xmlNode *node)
{
	const char *name = xml_attribute(node, "name");
	return name[0] ? name : xml_attribute(node, "id");
}

enum rc iflw_refuse_step(struct iflw_reader *r, const xmlNode *node)
{
	char name[IFLW_LABEL], type[IFLW_LABEL];
	type_of(node, type);
	return err_set(r->reterr, RC_UNSUPPORTED, "The step \"%s\" of type %s in %s is not supported.",
		       iflw_label(iflw_name_of(node), name), type, r->file);
}

enum rc iflw_refuse_channel(struct iflw_reader *r, const xmlNode *flow, const char *type,
			    const char *direction)
{
	char name[IFLW_LABEL], shown[IFLW_LABEL];
	return err_set(r->reterr, RC_UNSUPPORTED, "The %s channel \"%s\" of type %s in %s is not supported.",
		       direction, iflw_label(iflw_name_of(flow), name),
		       type[0] ? iflw_label(type, shown) : "unknown", r->file);
}

enum rc iflw_refuse_setting(struct iflw_reader *r, const xmlNode *node, const char *setting,
			    const char *value)
{
	char name[IFLW_LABEL], shown[IFLW_LABEL];
	return err_set(r->reterr, RC_UNSUPPORTED, "The setting %s = \"%s\" of \"%s\" in %s is not supported.",
		       setting, iflw_label(value, shown), iflw_label(iflw_name_of(node), name), r->file);
}

enum rc iflw_at_step(struct iflw_reader *r, const xmlNode *node, enum rc rc)
{
	char name[IFLW_LABEL], text[sizeof(r->reterr->text)];
	if (rc == RC_OK || !r->reterr) {
		return rc;
	}
	(void)snprintf(text, sizeof(text), "%s", r->reterr->text);
	return err_set(r->reterr, rc, "\"%s\" in %s: %.300s", iflw_label(iflw_name_of(node), name), r->file,
		       text);
}

enum rc iflw_each_row(struct iflw_reader *r, const xmlNode *owner, const char *key, iflw_row_fn fn,
		      void *context)
{
	static const struct xml_limits limits = { IFLW_MAX_VALUE + 64, 8, 20000 };
	AUTO_BUF(raw, IFLW_MAX_VALUE);
	AUTO_BUF(text, IFLW_MAX_VALUE + 64);
	AUTO(xml_free_cleanup) xmlDoc *doc = NULL;
	struct str table;
	bool present;
	TRY(raw_property(r, owner, key, &raw, &present));
	table = str_trim(buf_str(&raw));
	if (table.n == 0) {
		return RC_OK;
	}
	(void)(buf_add_c(&text, "<table>") && buf_add(&text, table) && buf_add_c(&text, "</table>"));
	if (xml_parse(&doc, buf_str(&text), &limits, key, r->reterr) != RC_OK) {
		char name[IFLW_LABEL];
		return err_set(r->reterr, RC_INVALID, "The table %s of \"%s\" in %s cannot be read.", key,
			       iflw_label(iflw_name_of(owner), name), r->file);
	}
	for (xmlNode *row = xml_child(xmlDocGetRootElement(doc), NULL); row; row = xml_next(row, NULL)) {
		if (!xml_is(row, "row")) {
			return err_set(r->reterr, RC_INVALID,
				       "The table %s in %s has something else than rows.", key, r->file);
		}
		TRY(fn(r, owner, row, context));
	}
	return RC_OK;
}

enum rc iflw_get_cell(struct iflw_reader *r, const xmlNode *row, const char *id, char **ret)
{
	AUTO_BUF(raw, IFLW_MAX_VALUE);
	AUTO_BUF(text, IFLW_MAX_VALUE);
	for (const xmlNode *cell = xml_child(row, "cell"); cell; cell = xml_next(cell, "cell")) {
		if (strcmp(xml_attribute(cell, "id"), id) == 0) {
			(void)xml_text(cell, &raw);
			break;
		}
	}
	TRY(substitute(r, buf_str(&raw), &text));
	*ret = str_dup(buf_str(&text));
	return RC_OK;
}
