/* SPDX-License-Identifier: Apache-2.0
 * Design-time artifacts: uploaded, listed, downloaded, saved as a version, deleted.
 * Bundles are opened by jobs. */
#include "api/odata/odata_designtime.h"

#include "api/odata/odata_answer.h"
#include "api/odata/odata_handler.h"
#include "base/memory.h"
#include "flow/bundle/bundle.h"
#include "service/publish/change.h"

#define ATTEMPTS 5
#define SAVE_AS "SaveAsVersion"
#define VERSION_MAX 60

bool odata_designtime_name(struct odata_call *oc, size_t segment, struct designtime_name *ret)
{
	const char *id = odata_key(oc, segment, "Id");
	const char *version = id ? odata_key(oc, segment, "Version") : NULL;
	*ret = (struct designtime_name){ oc->call->tenant, oc->path.segments[segment].name, id, version };
	return version != NULL;
}

/* The sets below a package stand in the second segment. */
void odata_designtime_of_package(struct odata_call *oc)
{
	const char *package = odata_key(oc, 0, "Id"), *kind = oc->path.segments[1].name;
	struct err err = { 0 };
	struct value *list = NULL;
	if (!package) {
		return;
	}
	if (service_designtime_list(oc->call->session, oc->call->tenant, kind, package, &list, &err) !=
	    RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_many(oc, kind, list);
	}
}

void odata_designtime_list(struct odata_call *oc)
{
	const char *kind = oc->path.segments[0].name;
	struct err err = { 0 };
	struct value *list = NULL;
	if (service_designtime_list(oc->call->session, oc->call->tenant, kind, "", &list, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_many(oc, kind, list);
	}
}

static void answer_version(struct odata_call *oc, size_t segment)
{
	struct designtime_name name;
	struct err err = { 0 };
	struct value *v = NULL;
	if (!odata_designtime_name(oc, segment, &name)) {
		return;
	}
	enum rc rc = service_designtime_get(oc->call->session, &name, &v, &err);
	const char *package = segment > 0 ? odata_path_key(&oc->path, 0, "Id") : NULL;
	if (rc == RC_OK && package && !str_is(value_get_str(v, "PackageId"), package)) {
		value_free(TAKE(v));
		rc = err_set(&err, RC_NOT_FOUND, "The package has no such artifact.");
	}
	if (rc != RC_OK) {
		odata_fail(oc, &err);
		return;
	}
	value_set(v, "Configurations", value_ref(value_get(value_get(v, "facts"), "parameters")));
	value_set(v, "Resources", value_ref(value_get(value_get(v, "facts"), "resources")));
	odata_answer_one(oc, 200, name.kind, v);
}

void odata_designtime_get(struct odata_call *oc)
{
	answer_version(oc, 0);
}

void odata_designtime_get_of_package(struct odata_call *oc)
{
	answer_version(oc, 1);
}

void odata_designtime_download(struct odata_call *oc)
{
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	struct designtime_name name;
	struct err err = { 0 };
	if (!odata_designtime_name(oc, 0, &name)) {
		return;
	}
	AUTO_FREE char *file = mem_printf("%s.zip", name.id);
	if (service_designtime_content(oc->call->session, &name, &zip, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_file(oc, "application/zip", file, buf_str(&zip));
	}
}

/* Uploads: a job looks into the bundle first. */

static void upload(struct odata_call *oc, job_done_fn done)
{
	struct value *request = value_object();
	value_set_str(request, "content", value_get_str(oc->body, "ArtifactContent"));
	call_job(oc->call, JOB_BUNDLE_EDIT, request, done);
}

static struct designtime_draft draft_of(const struct odata_call *oc, const struct value *facts,
					const struct buf *zip)
{
	return (struct designtime_draft){ .package = value_get_c(oc->body, "PackageId"),
					  .title = value_get_c(oc->body, "Name"),
					  .description = value_get_c(oc->body, "Description"),
					  .content = buf_str(zip),
					  .facts = facts,
					  .user = odata_user(oc) };
}

static void create_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	struct err err = { 0 };
	struct value *v = NULL;
	if (!oc) {
		return;
	}
	struct designtime_name name = { oc->call->tenant, oc->path.segments[0].name,
					value_get_c(oc->body, "Id"), DESIGNTIME_ACTIVE };
	enum rc rc = value_get_base64(oc->body, "ArtifactContent", &zip, &err);
	struct designtime_draft draft = draft_of(oc, answer, &zip);
	if (rc == RC_OK) {
		rc = service_designtime_create(oc->call->session, &name, &draft, &v, &err);
	}
	if (rc != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_one(oc, 201, name.kind, v);
	}
}

void odata_designtime_create(struct odata_call *oc)
{
	static const char *const needed[] = { "Id", "Name", "PackageId", "ArtifactContent" };
	struct err err = { 0 };
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (value_get_str(oc->body, needed[i]).n > 0) {
			continue;
		}
		(void)err_set(&err, RC_INVALID, "%s is missing.", needed[i]);
		(void)err_field(&err, needed[i]);
		odata_fail(oc, &err);
		return;
	}
	upload(oc, create_done);
}

static void update_with(struct odata_call *oc, const struct value *facts, const struct buf *zip)
{
	struct designtime_name name;
	struct err err = { 0 };
	struct value *v = NULL;
	struct designtime_draft draft = draft_of(oc, facts, zip);
	if (!odata_designtime_name(oc, 0, &name)) {
		return;
	}
	if (service_designtime_update(oc->call->session, &name, &draft, &v, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_one(oc, 200, name.kind, v);
	}
}

static void update_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	struct err err = { 0 };
	if (!oc) {
		return;
	}
	if (value_get_base64(oc->body, "ArtifactContent", &zip, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		update_with(oc, answer, &zip);
	}
}

void odata_designtime_update(struct odata_call *oc)
{
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	AUTO_VALUE *former = NULL;
	struct designtime_name name;
	struct err err = { 0 };
	if (!odata_designtime_name(oc, 0, &name)) {
		return;
	}
	if (service_designtime_get(oc->call->session, &name, &former, &err) != RC_OK) {
		odata_fail(oc, &err);
		return;
	}
	if (value_get_str(oc->body, "ArtifactContent").n > 0) {
		upload(oc, update_done);
		return;
	}
	if (service_designtime_content(oc->call->session, &name, &zip, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		update_with(oc, value_get(former, "facts"), &zip);
	}
}

void odata_designtime_delete(struct odata_call *oc)
{
	struct designtime_name name;
	struct err err = { 0 };
	if (!odata_designtime_name(oc, 0, &name)) {
		return;
	}
	if (service_designtime_delete(oc->call->session, &name, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_empty(oc, 200);
	}
}

/* Changes of a bundle that is there already. */

struct value *odata_designtime_request(struct odata_call *oc, const struct designtime_name *name)
{
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	struct err err = { 0 };
	if (service_designtime_content(oc->call->session, name, &zip, &err) != RC_OK) {
		odata_fail(oc, &err);
		return NULL;
	}
	struct value *request = value_object();
	value_set_base64(request, "content", buf_str(&zip));
	return request;
}

static void edit_run(struct odata_call *oc);

static struct designtime_name name_of(const struct odata_call *oc)
{
	return (struct designtime_name){ oc->call->tenant, value_get_c(oc->work, "kind"),
					 value_get_c(oc->work, "id"), value_get_c(oc->work, "version") };
}

static void edit_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	AUTO_VALUE *facts = NULL, *v = NULL;
	struct err err = { 0 };
	if (!oc) {
		return;
	}
	struct designtime_name name = name_of(oc);
	enum rc rc = value_get_base64(answer, "content", &zip, &err);
	facts = value_copy(answer);
	value_remove(facts, "content");
	struct designtime_draft draft = { .content = buf_str(&zip),
					  .facts = facts,
					  .modified_us = value_get_int(oc->work, "modified_us", 0),
					  .user = odata_user(oc) };
	if (rc == RC_OK) {
		rc = service_designtime_update(oc->call->session, &name, &draft, &v, &err);
	}
	if (rc == RC_AGAIN && ++oc->step < ATTEMPTS) {
		edit_run(oc);
	} else if (rc == RC_AGAIN) {
		odata_fail_status(oc, 409, &err);
	} else if (rc != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_empty(oc, (int)value_get_int(oc->work, "status", 200));
	}
}

static void edit_run(struct odata_call *oc)
{
	AUTO_VALUE *former = NULL;
	struct designtime_name name = name_of(oc);
	struct err err = { 0 };
	if (service_designtime_get(oc->call->session, &name, &former, &err) != RC_OK) {
		odata_fail(oc, &err);
		return;
	}
	struct value *request = odata_designtime_request(oc, &name);
	if (!request) {
		return;
	}
	value_set_int(oc->work, "modified_us", value_get_int(former, "modified_us", 0));
	value_set(request, "edit", value_ref(value_get(oc->work, "edit")));
	call_job(oc->call, JOB_BUNDLE_EDIT, request, edit_done);
}

void odata_designtime_edit(struct odata_call *oc, const struct designtime_name *name, int status,
			   struct value *take_edit)
{
	oc->work = value_object();
	value_set_c(oc->work, "kind", name->kind);
	value_set_c(oc->work, "id", name->id);
	value_set_c(oc->work, "version", name->version);
	value_set_int(oc->work, "status", status);
	value_set(oc->work, "edit", take_edit);
	edit_run(oc);
}

static bool is_version(const char *text)
{
	size_t n = strlen(text);
	return n > 0 && n <= VERSION_MAX && strspn(text, CHAR_LETTERS_DIGITS "._-") == n &&
	       !str_equal_nocase(str_of(text), STR(DESIGNTIME_ACTIVE));
}

/* …DesigntimeArtifactSaveAsVersion?Id='x'&SaveAsVersion='1.0.1'. */
void odata_designtime_save_as(struct odata_call *oc)
{
	AUTO_FREE char *id = odata_parameter(oc, "Id"), *version = odata_parameter(oc, SAVE_AS);
	const char *function = oc->path.segments[0].name;
	AUTO_FREE char *kind = mem_printf("%.*ss", (int)(strlen(function) - strlen(SAVE_AS)), function);
	struct err err = { 0 };
	if (!id || !version || !is_version(version)) {
		(void)err_set(&err, RC_INVALID,
			      "Id and SaveAsVersion are needed; a version has letters, digits, . _ -");
		(void)err_field(&err, id ? SAVE_AS : "Id");
		odata_fail(oc, &err);
		return;
	}
	struct designtime_name name = { oc->call->tenant, kind, id, DESIGNTIME_ACTIVE };
	struct value *edit = value_object();
	value_set_c(edit, "version", version);
	odata_designtime_edit(oc, &name, 200, edit);
}
