/* SPDX-License-Identifier: Apache-2.0
 * A bundle is opened in memory, and no more of it than is needed. */
#include "flow/bundle/bundle.h"

#include "base/memory.h"
#include "flow/bundle/bundle_archive.h"
#include "flow/bundle/bundle_text.h"
#include "flow/bundle/iflw.h"

#include <stdio.h>

static const char MANIFEST[] = BUNDLE_MANIFEST;
static const char PARAMETERS[] = BUNDLE_PARAMETERS;

/** An open zip and what was found in its directory. */
struct archive {
	struct bundle_archive base;
	zip_int64_t manifest, parameters, iflw; /* indexes, -1 none */
};

static void archive_fini(struct archive *a)
{
	bundle_archive_fini(&a->base);
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
	for (zip_uint64_t i = 0; i < a->base.n; i++) {
		struct str name = bundle_archive_name(&a->base, i);
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

static enum rc take_manifest(struct bundle *b, struct archive *a, struct err *reterr)
{
	AUTO_BUF(text, BUNDLE_MAX_ENTRY + 1);
	AUTO_VALUE *manifest = NULL;
	struct str id, type, name, version;
	TRY(bundle_archive_read(&a->base, a->manifest, &text, reterr));
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
	TRY(bundle_archive_read(&a->base, a->parameters, &text, reterr));
	return bundle_parse_properties(buf_str(&text), &b->parameters, reterr);
}

static enum rc take_iflw(struct bundle *b, struct archive *a, struct err *reterr)
{
	AUTO_BUF(text, BUNDLE_MAX_ENTRY + 1);
	TRY(bundle_archive_read(&a->base, a->iflw, &text, reterr));
	b->file = str_dup(bundle_archive_name(&a->base, (zip_uint64_t)a->iflw));
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
	TRY(bundle_archive_open(&a.base, zip, reterr));
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
