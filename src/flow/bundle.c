/* SPDX-License-Identifier: Apache-2.0
 * A bundle is opened in memory, and no more of it than is needed. */
#include "flow/bundle.h"

#include "base/memory.h"
#include "flow/iflw.h"

#include <stdio.h>
#include <zip.h>

static const char MANIFEST[] = "META-INF/MANIFEST.MF";
static const char PARAMETERS[] = "src/main/resources/parameters.prop";

/** An open zip and what was found in its directory. */
struct archive {
	zip_t *zip;
	zip_int64_t manifest, parameters, iflw; /* indexes, -1 none */
	size_t total;                           /* inflated so far [bytes] */
};

static void archive_fini(struct archive *a)
{
	if (a->zip) {
		zip_discard(a->zip);
	}
	a->zip = NULL;
}

static enum rc open_zip(struct archive *a, struct str bytes, struct err *reterr)
{
	zip_error_t error;
	zip_source_t *source;
	if (bytes.n > BUNDLE_MAX_ZIP) {
		return err_set(reterr, RC_LIMIT, "The bundle is larger than 10 MiB.");
	}
	zip_error_init(&error);
	source = zip_source_buffer_create(bytes.p, bytes.n, 0, &error);
	if (source) {
		a->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
	}
	if (source && !a->zip) {
		zip_source_free(source);
	}
	zip_error_fini(&error);
	return a->zip ? RC_OK : err_set(reterr, RC_INVALID, "The bundle is no zip file, or a damaged one.");
}

static enum rc check_name(struct str name, struct err *reterr)
{
	char shown[128];
	struct str rest = name, segment;
	bool bad = name.n == 0 || name.p[0] == '/' || str_find(name, '\\') < name.n ||
		   str_find(name, ':') < name.n;
	if (name.n > BUNDLE_MAX_NAME) {
		return err_set(reterr, RC_LIMIT,
			       "The bundle has an entry whose name is longer than %d bytes.",
			       BUNDLE_MAX_NAME);
	}
	while (str_split(&rest, '/', &segment)) {
		bad = bad || str_is(segment, "..");
	}
	return bad ? err_set(reterr, RC_INVALID,
			     "The bundle has an entry with the name \"%s\", which is not taken.",
			     str_printable(name, shown, sizeof(shown)))
		   : RC_OK;
}

static enum rc check_entry(struct archive *a, zip_uint64_t i, size_t *declared, zip_stat_t *st,
			   struct err *reterr)
{
	const zip_uint64_t needed =
		ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_ENCRYPTION_METHOD | ZIP_STAT_COMP_METHOD;
	if (zip_stat_index(a->zip, i, 0, st) != 0 || (st->valid & needed) != needed) {
		return err_set(reterr, RC_INVALID, "The bundle is a damaged zip file.");
	}
	TRY(check_name(str_of(st->name), reterr));
	if (st->encryption_method != ZIP_EM_NONE) {
		return err_set(reterr, RC_UNSUPPORTED, "The bundle has an encrypted entry.");
	}
	if (st->comp_method != ZIP_CM_STORE && st->comp_method != ZIP_CM_DEFLATE) {
		return err_set(reterr, RC_UNSUPPORTED,
			       "The bundle has an entry that is neither stored nor deflated.");
	}
	if (st->size > BUNDLE_MAX_ENTRY || st->size > BUNDLE_MAX_TOTAL - *declared) {
		return err_set(reterr, RC_LIMIT,
			       "The bundle inflates to more than is taken (16 MiB an entry, 64 MiB in all).");
	}
	*declared += (size_t)st->size;
	return RC_OK;
}

/** Remember an entry that may come once only. */
static enum rc remember(zip_int64_t *index, zip_uint64_t i, const char *what, struct err *reterr)
{
	if (*index >= 0) {
		return err_set(reterr, RC_INVALID, "The bundle has several entries %s.", what);
	}
	*index = (zip_int64_t)i;
	return RC_OK;
}

static enum rc read_directory(struct archive *a, struct err *reterr)
{
	zip_int64_t n = zip_get_num_entries(a->zip, 0);
	size_t declared = 0;
	if (n > BUNDLE_MAX_ENTRIES) {
		return err_set(reterr, RC_LIMIT, "The bundle has more than %d entries.", BUNDLE_MAX_ENTRIES);
	}
	for (zip_uint64_t i = 0; (zip_int64_t)i < n; i++) {
		zip_stat_t st;
		struct str name;
		TRY(check_entry(a, i, &declared, &st, reterr));
		name = str_of(st.name);
		if (str_is(name, MANIFEST)) {
			TRY(remember(&a->manifest, i, MANIFEST, reterr));
		} else if (str_is(name, PARAMETERS)) {
			TRY(remember(&a->parameters, i, PARAMETERS, reterr));
		} else if (str_ends_with(name, STR(".iflw"))) {
			TRY(remember(&a->iflw, i, "with the extension .iflw", reterr));
		}
	}
	if (a->manifest < 0) {
		return err_set(reterr, RC_INVALID, "The bundle has no META-INF/MANIFEST.MF.");
	}
	return a->iflw >= 0 ? RC_OK : err_set(reterr, RC_INVALID, "The bundle has no .iflw.");
}

static enum rc read_entry(struct archive *a, zip_int64_t index, struct buf *out, struct err *reterr)
{
	zip_file_t *file = zip_fopen_index(a->zip, (zip_uint64_t)index, 0);
	zip_int64_t got = -1;
	enum rc rc = RC_OK;
	while (file) {
		char *room = buf_reserve(out, 1);
		size_t size = out->size > out->n + 1 ? out->size - out->n - 1 : 1;
		if (!room || a->total > BUNDLE_MAX_TOTAL) {
			rc = err_set(reterr, RC_LIMIT, "The bundle inflates to more than is taken.");
			break;
		}
		if (size > out->max - out->n) {
			size = out->max - out->n;
		}
		got = zip_fread(file, room, size);
		if (got <= 0) {
			break;
		}
		buf_added(out, (size_t)got);
		a->total += (size_t)got;
	}
	if (file) {
		(void)zip_fclose(file);
	}
	if (rc == RC_OK && got < 0) {
		rc = err_set(reterr, RC_INVALID, "An entry of the bundle cannot be inflated.");
	}
	return rc;
}

static enum rc take_manifest(struct bundle *b, struct archive *a, struct err *reterr)
{
	AUTO_BUF(text, BUNDLE_MAX_ENTRY + 1);
	AUTO_VALUE *manifest = NULL;
	struct str id, type, name, version;
	TRY(read_entry(a, a->manifest, &text, reterr));
	TRY(bundle_parse_manifest(buf_str(&text), &manifest, reterr));
	id = value_get_str(manifest, "Bundle-SymbolicName");
	id = str_trim(str_first(id, str_find(id, ';')));
	type = value_get_str(manifest, "SAP-BundleType");
	name = value_get_str(manifest, "Bundle-Name");
	version = value_get_str(manifest, "Bundle-Version");
	if (id.n == 0 || id.n > 200 || name.n > 500 || version.n > 100) {
		return err_set(reterr, RC_INVALID,
			       "The manifest has no Bundle-SymbolicName, or one that is too long.");
	}
	if (type.n > 0 && !str_is(type, "IntegrationFlow")) {
		char shown[64];
		return err_set(reterr, RC_UNSUPPORTED,
			       "A bundle of type \"%s\" is not supported; IntegrationFlow is.",
			       str_printable(type, shown, sizeof(shown)));
	}
	b->id = str_dup(id);
	b->name = str_dup(name.n > 0 ? name : id);
	b->version = version.n > 0 ? str_dup(version) : mem_strdup("1.0.0");
	return RC_OK;
}

static enum rc take_parameters(struct bundle *b, struct archive *a, struct err *reterr)
{
	AUTO_BUF(text, BUNDLE_MAX_ENTRY + 1);
	if (a->parameters < 0) {
		b->parameters = value_object();
		return RC_OK;
	}
	TRY(read_entry(a, a->parameters, &text, reterr));
	return bundle_parse_properties(buf_str(&text), &b->parameters, reterr);
}

static enum rc take_iflw(struct bundle *b, struct archive *a, struct err *reterr)
{
	AUTO_BUF(text, BUNDLE_MAX_ENTRY + 1);
	TRY(read_entry(a, a->iflw, &text, reterr));
	b->file = mem_strdup(zip_get_name(a->zip, (zip_uint64_t)a->iflw, 0));
	b->n_iflw = text.n;
	b->iflw = buf_take(&text);
	return RC_OK;
}

static enum rc read_archive(struct bundle *b, struct archive *a, struct err *reterr)
{
	TRY(read_directory(a, reterr));
	TRY(take_manifest(b, a, reterr));
	TRY(take_parameters(b, a, reterr));
	return take_iflw(b, a, reterr);
}

enum rc bundle_open(struct bundle **ret, struct str zip, struct err *reterr)
{
	AUTO(bundle_free_cleanup) struct bundle *b = mem_alloc(sizeof(*b));
	AUTO(archive_fini) struct archive a = { .manifest = -1, .parameters = -1, .iflw = -1 };
	TRY(open_zip(&a, zip, reterr));
	TRY(read_archive(b, &a, reterr));
	*ret = TAKE(b);
	return RC_OK;
}

enum rc bundle_read(struct str zip, struct bundle **ret_bundle, struct flow_plan **ret_plan,
		    struct err *reterr)
{
	AUTO(bundle_free_cleanup) struct bundle *b = NULL;
	struct flow_plan *plan = NULL;
	struct str file, folder;
	TRY(bundle_open(&b, zip, reterr));
	file = str_of(b->file);
	for (folder = file; folder.n > 0 && folder.p[folder.n - 1] != '/';) {
		folder.n--;
	}
	TRY(iflw_parse(str_skip(file, folder.n), str_from(b->iflw, b->n_iflw), b->parameters, &plan, reterr));
	/* ${camelId} and the monitor know a flow by its artifact, not by the name of its process. */
	mem_free(plan->name);
	plan->name = mem_strdup(b->id);
	*ret_plan = plan;
	if (ret_bundle) {
		*ret_bundle = TAKE(b);
	}
	return RC_OK;
}

void bundle_free(struct bundle *bundle)
{
	if (!bundle) {
		return;
	}
	mem_free(bundle->id);
	mem_free(bundle->name);
	mem_free(bundle->version);
	mem_free(bundle->file);
	mem_free(bundle->iflw);
	value_free(bundle->parameters);
	mem_free(bundle);
}
