/* SPDX-License-Identifier: Apache-2.0
 * Zips in memory, bounded: opened, read, and read back after a change. */
#include "flow/bundle/bundle_archive.h"

void bundle_archive_fini(struct bundle_archive *a)
{
	if (a->zip) {
		zip_discard(a->zip);
	}
	*a = (struct bundle_archive){ 0 };
}

static enum rc open_zip(struct bundle_archive *a, struct str bytes, struct err *reterr)
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

static enum rc check_entry(struct bundle_archive *a, zip_uint64_t i, size_t *declared, zip_stat_t *st,
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

struct str bundle_archive_name(const struct bundle_archive *a, zip_uint64_t i)
{
	return str_of(zip_get_name(a->zip, i, ZIP_FL_UNCHANGED));
}

enum rc bundle_archive_open(struct bundle_archive *ret, struct str bytes, struct err *reterr)
{
	AUTO(bundle_archive_fini) struct bundle_archive a = { 0 };
	size_t declared = 0;
	zip_int64_t n;
	TRY(open_zip(&a, bytes, reterr));
	n = zip_get_num_entries(a.zip, 0);
	if (n > BUNDLE_MAX_ENTRIES) {
		return err_set(reterr, RC_LIMIT, "The bundle has more than %d entries.", BUNDLE_MAX_ENTRIES);
	}
	a.n = (zip_uint64_t)n;
	for (zip_uint64_t i = 0; i < a.n; i++) {
		zip_stat_t st;
		TRY(check_entry(&a, i, &declared, &st, reterr));
	}
	*ret = a;
	a = (struct bundle_archive){ 0 };
	return RC_OK;
}

enum rc bundle_archive_read(struct bundle_archive *a, zip_int64_t index, struct buf *out, struct err *reterr)
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

enum rc bundle_archive_take(zip_source_t *source, struct buf *out, struct err *reterr)
{
	zip_stat_t st;
	char *room;
	zip_int64_t got;
	if (zip_source_stat(source, &st) != 0 || zip_source_open(source) != 0) {
		return err_set(reterr, RC_BUG, "The bundle cannot be read back.");
	}
	room = buf_reserve(out, (size_t)st.size);
	got = room ? zip_source_read(source, room, st.size) : -1;
	(void)zip_source_close(source);
	if (!room) {
		return err_set(reterr, RC_LIMIT, "The bundle is larger than is taken.");
	}
	if (got != (zip_int64_t)st.size) {
		return err_set(reterr, RC_BUG, "The bundle cannot be read back.");
	}
	buf_added(out, (size_t)got);
	return RC_OK;
}

static const struct bundle_archive_change *change_of(const struct bundle_archive_change *changes, size_t n,
						     struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(name, changes[i].name)) {
			return &changes[i];
		}
	}
	return NULL;
}

static bool add_source(zip_t *zip, const char *name, zip_source_t *source)
{
	zip_int64_t index = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
	if (index < 0) {
		zip_source_free(source);
		return false;
	}
	return name[0] && name[strlen(name) - 1] == '/'
		       ? true
		       : zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, 6) == 0;
}

static bool add_bytes(zip_t *zip, const struct bundle_archive_change *change)
{
	return add_source(zip, change->name, zip_source_buffer(zip, change->bytes.p, change->bytes.n, 0));
}

/** What is kept, in its order, changed entries in the place of the former, then the new ones. */
static bool copy_entries(struct bundle_archive *a, const struct bundle_archive_change *changes, size_t n,
			 zip_t *zip)
{
	for (zip_uint64_t i = 0; i < a->n; i++) {
		struct str name = bundle_archive_name(a, i);
		const struct bundle_archive_change *change = change_of(changes, n, name);
		if (change && change->remove) {
			continue;
		}
		if (change ? !add_bytes(zip, change)
			   : !add_source(zip, name.p, zip_source_zip(zip, a->zip, i, 0, 0, -1))) {
			return false;
		}
	}
	for (size_t i = 0; i < n; i++) {
		bool there = zip_name_locate(a->zip, changes[i].name, 0) >= 0;
		if (!there && !changes[i].remove && !add_bytes(zip, &changes[i])) {
			return false;
		}
	}
	return true;
}

enum rc bundle_archive_rewrite(struct bundle_archive *a, const struct bundle_archive_change *changes,
			       size_t n, struct buf *out, struct err *reterr)
{
	zip_error_t error;
	zip_source_t *source;
	zip_t *zip;
	enum rc rc;
	zip_error_init(&error);
	source = zip_source_buffer_create(NULL, 0, 0, &error);
	ASSERT(source != NULL);
	zip_source_keep(source);
	zip = zip_open_from_source(source, ZIP_TRUNCATE, &error);
	zip_error_fini(&error);
	ASSERT(zip != NULL);
	if (!copy_entries(a, changes, n, zip) || zip_close(zip) != 0) {
		zip_discard(zip);
		rc = err_set(reterr, RC_INVALID, "The bundle cannot be changed.");
	} else {
		rc = bundle_archive_take(source, out, reterr);
	}
	zip_source_free(source);
	return rc;
}
