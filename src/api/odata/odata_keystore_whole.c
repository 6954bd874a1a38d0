/* SPDX-License-Identifier: Apache-2.0
 * The whole keystore: imported, backed up and restored, many entries deleted together. */
#include "api/odata/odata_answer.h"
#include "api/odata/odata_keystore.h"
#include "api/odata/odata_handler.h"
#include "base/memory.h"
#include "service/keystore/keystore_bulk.h"
#include "service/keystore/keystore_entry.h"

#define ALIASES_MAX 1000

static bool option_of(struct odata_call *oc, enum keystore_option *ret)
{
	static const char *const names[] = { "overwrite", "merge", "replace" };
	AUTO_FREE char *text = odata_parameter(oc, "importOption");
	*ret = KEYSTORE_OVERWRITE;
	if (!text) {
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		*ret = (enum keystore_option)i;
		if (strcmp(text, names[i]) == 0) {
			return true;
		}
	}
	odata_keystore_refuse(oc, RC_INVALID, "importOption", "importOption is overwrite, merge or replace.");
	return false;
}

static void import_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	AUTO(container_free_cleanup) struct container *container = NULL;
	AUTO_VALUE *results = NULL;
	enum keystore_option option;
	struct err err = { 0 };
	if (!oc || !option_of(oc, &option)) {
		return;
	}
	enum rc rc = odata_keystore_taken(oc, answer, &container, &err);
	if (rc == RC_OK) {
		rc = service_keystore_bulk_import(oc->call->session, oc->call->tenant, container, option,
						  &results, &err);
	}
	if (rc != RC_OK) {
		odata_fail(oc, &err);
	} else if (odata_flag(oc, "returnKeystoreEntries")) {
		odata_answer_many(oc, "KeystoreEntries", TAKE(results));
	} else {
		odata_answer_empty(oc, 204);
	}
}

/* {"Name":"backup_admin_system"} makes the backup, {"Name":"system","Resource",…} imports. */
void odata_keystore_import(struct odata_call *oc)
{
	struct str name = value_get_str(oc->body, "Name");
	AUTO_BUF_SECRET(bytes, ODATA_KEYSTORE_BODY_MAX);
	AUTO_VALUE *v = NULL;
	enum keystore_option option;
	struct err err = { 0 };
	if (str_is(name, KEYSTORE_BACKUP)) {
		if (service_keystore_backup(oc->call->session, oc->call->tenant, &v, &err) != RC_OK) {
			odata_fail(oc, &err);
		} else {
			odata_keystore_changed(oc);
		}
		return;
	}
	if (!str_is(name, KEYSTORE_SYSTEM)) {
		odata_keystore_refuse(oc, RC_INVALID, "Name",
				      "Name is system to import, or backup_admin_system to back up.");
	} else if (option_of(oc, &option) && odata_keystore_bytes(oc, "Resource", &bytes)) {
		odata_keystore_open(oc, buf_str(&bytes), value_get_str(oc->body, "Password"), import_done);
	}
}

/* "a;b" where a backslash takes the next character as it is. */
static struct value *aliases_of(struct str text)
{
	struct value *list = value_array();
	AUTO_BUF(one, (size_t)16 * KEYSTORE_MAX_ALIAS);
	for (size_t i = 0; i <= text.n && value_count(list) <= ALIASES_MAX; i++) {
		if (i < text.n && text.p[i] == '\\' && i + 1 < text.n) {
			(void)buf_add_char(&one, text.p[++i]);
		} else if (i < text.n && text.p[i] != ';') {
			(void)buf_add_char(&one, text.p[i]);
		} else {
			if (one.n > 0) {
				value_append(list, value_string(buf_str(&one)));
			}
			buf_clear(&one);
		}
	}
	return list;
}

static void delete_many(struct odata_call *oc)
{
	AUTO_VALUE *aliases = aliases_of(value_get_str(oc->body, "Aliases"));
	struct err err = { 0 };
	if (value_count(aliases) == 0 || value_count(aliases) > ALIASES_MAX) {
		odata_keystore_refuse(oc, RC_INVALID, "Aliases",
				      "Aliases has 1 to 1000 aliases with a semicolon between them.");
	} else if (service_keystore_bulk_delete(oc->call->session, oc->call->tenant, aliases, &err) !=
		   RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_keystore_changed(oc);
	}
}

void odata_keystore_manage(struct odata_call *oc)
{
	const char *name = odata_key(oc, 0, "Name");
	AUTO_FREE char *backup = odata_parameter(oc, "retrieveBackup");
	AUTO_VALUE *v = NULL;
	struct err err = { 0 };
	if (!name) {
		return;
	}
	if (strcmp(name, KEYSTORE_SYSTEM) != 0) {
		odata_keystore_refuse(oc, RC_INVALID, "Name", "Only the keystore system is changed.");
	} else if (odata_flag(oc, "deleteEntries")) {
		delete_many(oc);
	} else if (!backup || strcmp(backup, KEYSTORE_BACKUP) != 0) {
		odata_keystore_refuse(
			oc, RC_INVALID, "retrieveBackup",
			"Either deleteEntries=true or retrieveBackup=backup_admin_system is needed.");
	} else if (service_keystore_restore(oc->call->session, oc->call->tenant, &v, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_keystore_changed(oc);
	}
}
