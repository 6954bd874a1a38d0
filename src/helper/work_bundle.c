/* SPDX-License-Identifier: Apache-2.0
 * What a job does with bundles of integration flows. */
#include "helper/work.h"

#include "flow/bundle/bundle.h"
#include "flow/plan_value.h"
#include "flow/bundle/bundle_edit.h"

enum rc work_bundle_open(const struct value *request, struct work_answer *ret, struct err *reterr)
{
	AUTO_BUF(bytes, BUNDLE_MAX_ZIP);
	TRY(value_get_base64(request, "content", &bytes, reterr));
	struct bundle *bundle = NULL;
	struct flow_plan *plan = NULL;
	TRY(bundle_read(buf_str(&bytes), &bundle, &plan, reterr));
	struct value *v = value_object();
	value_set_c(v, "id", bundle->id);
	value_set_c(v, "name", bundle->name);
	value_set_c(v, "version", bundle->version);
	value_set_c(v, "file", bundle->file);
	value_set(v, "plan", flow_plan_to_value(plan));
	bundle_free(bundle);
	flow_plan_free(plan);
	ret->value = v;
	return RC_OK;
}

static enum rc bundle_edited(const struct value *edit, struct str zip, struct buf *out, struct err *reterr)
{
	AUTO_BUF(bytes, BUNDLE_MAX_ENTRY);
	if (value_get_c(edit, "bytes")) {
		TRY(value_get_base64(edit, "bytes", &bytes, reterr));
	}
	struct bundle_edit changes = { .parameter = value_get_c(edit, "parameter"),
				       .value = value_get_str(edit, "value"),
				       .put = value_get_c(edit, "put"),
				       .content = buf_str(&bytes),
				       .remove = value_get_c(edit, "remove"),
				       .version = value_get_c(edit, "version") };
	return bundle_apply(zip, &changes, out, reterr);
}

enum rc work_bundle_edit(const struct value *request, struct work_answer *ret, struct err *reterr)
{
	AUTO_BUF(bytes, BUNDLE_MAX_ZIP);
	AUTO_BUF(changed, BUNDLE_MAX_ZIP);
	const struct value *edit = value_get(request, "edit");
	TRY(value_get_base64(request, "content", &bytes, reterr));
	if (edit) {
		TRY(bundle_edited(edit, buf_str(&bytes), &changed, reterr));
	}
	TRY(bundle_inspect(edit ? buf_str(&changed) : buf_str(&bytes), &ret->value, reterr));
	if (edit) {
		value_set_base64(ret->value, "content", buf_str(&changed));
	}
	return RC_OK;
}

enum rc work_bundle_extract(const struct value *request, struct work_answer *ret, struct err *reterr)
{
	AUTO_BUF(bytes, BUNDLE_MAX_ZIP);
	AUTO_BUF(entry, BUNDLE_MAX_ENTRY);
	const char *path = value_get_c(request, "path");
	TRY(value_get_base64(request, "content", &bytes, reterr));
	TRY(bundle_extract(buf_str(&bytes), path ? path : "", &entry, reterr));
	ret->value = value_object();
	value_set_base64(ret->value, "content", buf_str(&entry));
	return RC_OK;
}
