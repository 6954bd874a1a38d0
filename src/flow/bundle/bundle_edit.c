/* SPDX-License-Identifier: Apache-2.0
 * Bundles at design time: what is in one, and changes to it. */
#include "flow/bundle/bundle_edit.h"

#include "base/memory.h"
#include "flow/bundle/bundle_archive.h"
#include "flow/bundle/bundle_text.h"
#include "flow/bundle/xml.h"

#define TEXT_MAX ((size_t)2 * 1024 * 1024)
#define NAME_MAX_BYTES 200

/* Types of resources, the folder of each, and extensions that mean another type.
 * Source: SAP, Integration Content API. */
static const struct {
	const char *type, *folder, *extension;
} resource_types[] = {
	{ "groovy", "script", ".groovy" }, { "groovy", "script", ".gsh" },
	{ "js", "script", ".js" },         { "jar", "lib", ".jar" },
	{ "mmap", "mapping", ".mmap" },    { "opmap", "mapping", ".opmap" },
	{ "xslt", "mapping", ".xsl" },     { "xslt", "mapping", ".xslt" },
	{ "xsd", "xsd", ".xsd" },          { "wsdl", "wsdl", ".wsdl" },
	{ "edmx", "edmx", ".edmx" },       { "edmx", "edmx", ".xml" },
	{ "json", "json", ".json" },       { "properties", "", ".properties" },
};

enum rc bundle_resource_path(const char *type, const char *name, char **ret, struct err *reterr)
{
	struct str n = str_of(name);
	bool plain = n.n > 0 && n.n <= NAME_MAX_BYTES && n.p[0] != '.';
	for (size_t i = 0; i < n.n; i++) {
		plain = plain && (unsigned char)n.p[i] >= ' ' && !strchr("/\\:", n.p[i]);
	}
	if (!plain) {
		(void)err_set(reterr, RC_INVALID, "The name of a resource is a file name of up to %d bytes.",
			      NAME_MAX_BYTES);
		return err_field(reterr, "Name");
	}
	for (size_t i = 0; i < ARRAY_SIZE(resource_types); i++) {
		if (strcmp(resource_types[i].type, type) != 0) {
			continue;
		}
		bool top = resource_types[i].folder[0] == '\0';
		*ret = mem_printf(BUNDLE_RESOURCES "%s%s%s", resource_types[i].folder, top ? "" : "/", name);
		return RC_OK;
	}
	(void)err_set(reterr, RC_INVALID,
		      "ResourceType is one of edmx, groovy, jar, js, json, mmap, opmap, properties, wsdl, "
		      "xsd, xslt.");
	return err_field(reterr, "ResourceType");
}

static const char *type_of(struct str path)
{
	for (size_t i = 0; i < ARRAY_SIZE(resource_types); i++) {
		if (str_ends_with(path, str_of(resource_types[i].extension))) {
			return resource_types[i].type;
		}
	}
	return NULL;
}

static enum rc read_named(struct bundle_archive *a, const char *name, struct buf *out, struct err *reterr)
{
	zip_int64_t index = zip_name_locate(a->zip, name, 0);
	if (index < 0) {
		char shown[128];
		return err_set(reterr, RC_NOT_FOUND, "The bundle has no %s.",
			       str_printable(str_of(name), shown, sizeof(shown)));
	}
	return bundle_archive_read(a, index, out, reterr);
}

static void set_or(struct value *v, const char *name, struct str text, const char *otherwise)
{
	value_set_str(v, name, text.n > 0 ? text : str_of(otherwise));
}

static enum rc inspect_manifest(struct bundle_archive *a, struct value *v, struct err *reterr)
{
	AUTO_BUF(text, TEXT_MAX);
	AUTO_VALUE *manifest = NULL;
	TRY(read_named(a, BUNDLE_MANIFEST, &text, reterr));
	TRY(bundle_parse_manifest(buf_str(&text), &manifest, reterr));
	struct str id = value_get_str(manifest, "Bundle-SymbolicName");
	id = str_trim(str_first(id, str_find(id, ';')));
	if (id.n == 0 || id.n > NAME_MAX_BYTES) {
		return err_set(reterr, RC_INVALID,
			       "The manifest has no Bundle-SymbolicName, or one that is too long.");
	}
	struct str name = value_get_str(manifest, "Bundle-Name");
	struct str version = value_get_str(manifest, "Bundle-Version");
	if (name.n > 500 || version.n > 60) {
		return err_set(reterr, RC_INVALID, "The manifest's name or version is too long.");
	}
	value_set_str(v, "id", id);
	value_set_str(v, "name", name.n > 0 ? name : id);
	set_or(v, "version", version, "1.0.0");
	set_or(v, "type", value_get_str(manifest, "SAP-BundleType"), "IntegrationFlow");
	set_or(v, "description", value_get_str(manifest, "Bundle-Description"), "");
	return RC_OK;
}

static struct str text_of(const xmlNode *parent, const char *name, struct buf *out)
{
	const xmlNode *child = xml_child(parent, name);
	buf_clear(out);
	return child && xml_text(child, out) ? str_trim(buf_str(out)) : STR_NONE;
}

/* Type and description of parameters, as far as the definitions tell them. */
static enum rc add_definitions(struct bundle_archive *a, struct value *by_name, struct err *reterr)
{
	static const struct xml_limits limits = { TEXT_MAX, 16, 100000 };
	AUTO(xml_free_cleanup) xmlDoc *doc = NULL;
	AUTO_BUF(text, TEXT_MAX);
	AUTO_BUF(member, TEXT_MAX);
	if (zip_name_locate(a->zip, BUNDLE_PARAMETER_DEFINITIONS, 0) < 0) {
		return RC_OK;
	}
	TRY(read_named(a, BUNDLE_PARAMETER_DEFINITIONS, &text, reterr));
	TRY(xml_parse(&doc, buf_str(&text), &limits, "parameters.propdef", reterr));
	const xmlNode *root = xmlDocGetRootElement(doc);
	for (const xmlNode *p = xml_child(root, "parameter"); p; p = xml_next(p, "parameter")) {
		AUTO_FREE char *name = str_dup(text_of(p, "name", &member));
		struct value *parameter = value_get(by_name, name);
		if (!parameter) {
			continue;
		}
		set_or(parameter, "DataType", text_of(p, "type", &member), "xsd:string");
		set_or(parameter, "Description", text_of(p, "description", &member), "");
	}
	return RC_OK;
}

static enum rc inspect_parameters(struct bundle_archive *a, struct value *v, struct err *reterr)
{
	AUTO_BUF(text, TEXT_MAX);
	AUTO_VALUE *parameters = NULL, *by_name = value_object();
	const char *name = NULL;
	struct value *member = NULL, *list = value_array();
	value_set(v, "parameters", list);
	if (zip_name_locate(a->zip, BUNDLE_PARAMETERS, 0) < 0) {
		return RC_OK;
	}
	TRY(read_named(a, BUNDLE_PARAMETERS, &text, reterr));
	TRY(bundle_parse_properties(buf_str(&text), &parameters, reterr));
	for (size_t i = 0; value_member(parameters, i, &name, &member); i++) {
		struct value *one = value_object();
		value_set_c(one, "ParameterKey", name);
		value_set(one, "ParameterValue", value_ref(member));
		value_set_c(one, "DataType", "xsd:string");
		value_set_c(one, "Description", "");
		value_append(list, one);
		value_set(by_name, name, value_ref(one));
	}
	return add_definitions(a, by_name, reterr);
}

static void inspect_resources(const struct bundle_archive *a, struct value *v)
{
	struct value *list = value_array();
	value_set(v, "resources", list);
	for (zip_uint64_t i = 0; i < a->n; i++) {
		struct str path = bundle_archive_name(a, i), name = path;
		const char *type = type_of(path);
		if (!type || !str_starts_with(path, STR(BUNDLE_RESOURCES))) {
			continue;
		}
		for (size_t slash; (slash = str_find(name, '/')) < name.n;) {
			name = str_skip(name, slash + 1);
		}
		struct value *one = value_object();
		value_set_str(one, "Name", name);
		value_set_c(one, "ResourceType", type);
		value_set_str(one, "path", path);
		value_append(list, one);
	}
}

enum rc bundle_inspect(struct str zip, struct value **ret, struct err *reterr)
{
	AUTO(bundle_archive_fini) struct bundle_archive a = { 0 };
	AUTO_VALUE *v = value_object();
	TRY(bundle_archive_open(&a, zip, reterr));
	enum rc rc = inspect_manifest(&a, v, reterr);
	if (rc == RC_NOT_FOUND) {
		return err_set(reterr, RC_INVALID, "The bundle has no " BUNDLE_MANIFEST ".");
	}
	TRY(rc);
	TRY(inspect_parameters(&a, v, reterr));
	inspect_resources(&a, v);
	*ret = TAKE(v);
	return RC_OK;
}

enum rc bundle_extract(struct str zip, const char *path, struct buf *out, struct err *reterr)
{
	AUTO(bundle_archive_fini) struct bundle_archive a = { 0 };
	TRY(bundle_archive_open(&a, zip, reterr));
	return read_named(&a, path, out, reterr);
}

/* The parameters with one of them set, in their order. */
static enum rc write_parameters(struct bundle_archive *a, const struct bundle_edit *edit, struct buf *out,
				struct err *reterr)
{
	AUTO_BUF(text, TEXT_MAX);
	AUTO_VALUE *parameters = NULL;
	const char *name = NULL;
	struct value *member = NULL;
	if (zip_name_locate(a->zip, BUNDLE_PARAMETERS, 0) >= 0) {
		TRY(read_named(a, BUNDLE_PARAMETERS, &text, reterr));
		TRY(bundle_parse_properties(buf_str(&text), &parameters, reterr));
	}
	if (!value_get(parameters, edit->parameter)) {
		char shown[128];
		return err_set(reterr, RC_NOT_FOUND, "The artifact has no parameter %s.",
			       str_printable(str_of(edit->parameter), shown, sizeof(shown)));
	}
	value_set_str(parameters, edit->parameter, edit->value);
	(void)buf_add_c(out, "#Store parameters\r\n");
	for (size_t i = 0; value_member(parameters, i, &name, &member); i++) {
		bundle_escape_property(out, str_of(name), true);
		(void)buf_add_char(out, '=');
		bundle_escape_property(out, value_str(member), false);
		(void)buf_add_c(out, "\r\n");
	}
	return out->overflow ? err_set(reterr, RC_LIMIT, "The parameters are larger than is taken.") : RC_OK;
}

/* The manifest with another Bundle-Version; continuation lines of the former one go with it. */
static enum rc write_manifest(struct bundle_archive *a, const char *version, struct buf *out,
			      struct err *reterr)
{
	AUTO_BUF(text, TEXT_MAX);
	TRY(read_named(a, BUNDLE_MANIFEST, &text, reterr));
	struct str rest = buf_str(&text), line;
	bool skipping = false, done = false;
	while (rest.p && str_split(&rest, '\n', &line)) {
		bool continued = line.n > 0 && line.p[0] == ' ';
		bool is_version = str_starts_with(line, STR("Bundle-Version:"));
		bool ends = str_trim(line).n == 0;
		skipping = is_version || (skipping && continued);
		if ((is_version || ends) && !done) {
			(void)buf_printf(out, "Bundle-Version: %s\r\n", version);
			done = true;
		}
		if (!skipping && (rest.p || line.n > 0)) {
			(void)buf_add(out, line);
			(void)buf_add_char(out, '\n');
		}
	}
	return out->overflow ? err_set(reterr, RC_LIMIT, "The manifest is larger than is taken.") : RC_OK;
}

enum rc bundle_apply(struct str zip, const struct bundle_edit *edit, struct buf *out, struct err *reterr)
{
	AUTO(bundle_archive_fini) struct bundle_archive a = { 0 };
	AUTO_BUF(parameters, TEXT_MAX);
	AUTO_BUF(manifest, TEXT_MAX);
	struct bundle_archive_change changes[4];
	size_t n = 0;
	TRY(bundle_archive_open(&a, zip, reterr));
	if (edit->parameter) {
		TRY(write_parameters(&a, edit, &parameters, reterr));
		changes[n++] =
			(struct bundle_archive_change){ BUNDLE_PARAMETERS, buf_str(&parameters), false };
	}
	if (edit->version) {
		TRY(write_manifest(&a, edit->version, &manifest, reterr));
		changes[n++] = (struct bundle_archive_change){ BUNDLE_MANIFEST, buf_str(&manifest), false };
	}
	if (edit->put) {
		changes[n++] = (struct bundle_archive_change){ edit->put, edit->content, false };
	}
	if (edit->remove) {
		if (zip_name_locate(a.zip, edit->remove, 0) < 0) {
			return err_set(reterr, RC_NOT_FOUND, "The artifact has no such resource.");
		}
		changes[n++] = (struct bundle_archive_change){ edit->remove, STR_NONE, true };
	}
	return bundle_archive_rewrite(&a, changes, n, out, reterr);
}
