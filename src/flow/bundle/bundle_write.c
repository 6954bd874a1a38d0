/* SPDX-License-Identifier: Apache-2.0
 * Writes the bundle that a person would have drawn: manifest, project, parameters and a flow with its
 * diagram. */
#include "flow/bundle/bundle_write.h"

#include "base/memory.h"
#include "flow/address.h"
#include "flow/bundle/bundle_archive.h"
#include "flow/bundle/bundle_text.h"
#include "flow/expression.h"
#include "flow/bundle/iflw_write.h"
#include "flow/bundle/xml.h"

#include <stdio.h>

#define MAX_TEXT ((size_t)4 * 1024 * 1024)
#define MAX_REPLY ((size_t)512 * 1024)
#define MAX_URL 4096
static enum rc wrong(struct err *reterr, const char *field, const char *why)
{
	(void)err_set(reterr, RC_INVALID, "%s", why);
	return err_field(reterr, field);
}

static enum rc check_name(struct str name, struct err *reterr)
{
	bool good = name.n >= 1 && name.n <= 120 && name.p[0] != ' ' && name.p[0] != '.' &&
		    name.p[name.n - 1] != ' ';
	good = good && str_all_of(name, CHAR_LETTERS_DIGITS "_.- ");
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
	if (!str_all_of(role, CHAR_LETTERS_DIGITS "_.")) {
		return wrong(reterr, "role", "A role has the characters A-Z a-z 0-9 _ . only.");
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

/** "Name: value" in lines of at most 72 bytes, CRLF, continued with a blank.
 * Source: JAR File Specification. */
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
	xml_escape(out, id_of(spec, id_text));
	(void)buf_add_c(out,
			"</name>\n\t<comment></comment>\n\t<projects/>\n\t<buildSpec>\n\t\t<buildCommand>\n"
			"\t\t\t<name>org.eclipse.jdt.core.javabuilder</name>\n\t\t\t<arguments/>\n\t\t</"
			"buildCommand>\n"
			"\t</buildSpec>\n\t<natures>\n\t\t<nature>org.eclipse.jdt.core.javanature</nature>\n"
			"\t\t<nature>com.sap.ide.ifl.project.support.project.nature</nature>\n"
			"\t\t<nature>com.sap.ide.ifl.bsn</nature>\n\t</natures>\n</projectDescription>\n");
}

static void write_parameters(const struct bundle_spec *spec, enum iflw_shape shape, struct buf *prop,
			     struct buf *propdef)
{
	const char *name = shape == IFLW_REPLY ? REPLY_PARAMETER : shape == IFLW_CALL ? URL_PARAMETER : NULL;
	/* The comment bears no date, so that the same bundle has the same bytes. */
	(void)buf_add_c(prop, "#Store parameters\r\n");
	(void)buf_add_c(propdef,
			"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<parameters>\n"
			"    <param_references/>\n");
	if (name) {
		bundle_escape_property(prop, str_of(name), true);
		(void)buf_add_char(prop, '=');
		bundle_escape_property(prop, shape == IFLW_REPLY ? spec->reply : spec->to, false);
		(void)buf_add_c(prop, "\r\n");
		(void)buf_printf(propdef,
				 "    <parameter>\n        <key/>\n        <name>%s</name>\n"
				 "        <type>xsd:string</type>\n        <isRequired>false</isRequired>\n"
				 "        <constraint/>\n        <description/>\n    </parameter>\n",
				 name);
	}
	(void)buf_add_c(propdef, "</parameters>\n");
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
	enum iflw_shape shape = spec->reply.p ? IFLW_REPLY : spec->to.p ? IFLW_CALL : IFLW_ECHO;
	TRY(check_spec(spec, reterr));
	write_manifest(spec, &f.manifest);
	write_project(spec, &f.project);
	write_parameters(spec, shape, &f.prop, &f.propdef);
	iflw_write(spec, shape, &f.iflw);
	return write_zip(spec, &f, out, reterr);
}
