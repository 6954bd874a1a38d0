/* SPDX-License-Identifier: Apache-2.0
 * Messages as the OData API has them. */
#include "service/monitor/message_entity.h"

#include "base/memory.h"
#include "service/monitor/message.h"
#include "store/content/designtime.h"
#include "store/content/message.h"
#include "store/content/package.h"

#define BATCH 500
#define FLOWS "IntegrationDesigntimeArtifacts"

/* What is known of artifacts: id → {"Name","PackageId","PackageName"}. */
static enum rc artifacts_of(struct session *session, const char *tenant, struct value **ret,
			    struct err *reterr)
{
	AUTO(store_designtime_list_fini) struct store_designtime_list list = { 0 };
	AUTO(store_package_list_fini) struct store_package_list packages = { 0 };
	AUTO_VALUE *names = value_object();
	TRY(store_designtime_list_active(session->store, tenant, FLOWS, "", &list, reterr));
	TRY(store_package_list_all(session->store, tenant, &packages, reterr));
	for (size_t i = 0; i < packages.n; i++) {
		value_set_c(names, packages.items[i].id, packages.items[i].name);
	}
	*ret = value_object();
	for (size_t i = 0; i < list.n; i++) {
		struct value *v = value_object();
		value_set(*ret, list.items[i].id, v);
		value_set_c(v, "Name", list.items[i].name);
		value_set_c(v, "PackageId", list.items[i].package);
		value_set_str(v, "PackageName", value_get_str(names, list.items[i].package));
	}
	return RC_OK;
}

static struct value *artifact_value(const char *id, const struct value *artifacts)
{
	const struct value *known = value_get(artifacts, id);
	const char *name = value_get_c(known, "Name");
	struct value *v = value_object();
	value_set_c(v, "Id", id);
	value_set_c(v, "Name", name ? name : id);
	value_set_c(v, "Type", "INTEGRATION_FLOW");
	value_set_c(v, "PackageId", value_get_c(known, "PackageId"));
	value_set_c(v, "PackageName", value_get_c(known, "PackageName"));
	return v;
}

static struct value *entity_of(struct session *session, const struct store_message *row,
			       const struct value *artifacts)
{
	struct value *v = value_object();
	AUTO_FREE char *link = mem_printf("%s/admin/v1/messages/%s",
					  service_setting_c(session, "management_url", ""), row->id);
	value_set_c(v, "MessageGuid", row->id);
	value_set_c(v, "CorrelationId", row->id);
	value_set_int(v, "LogStart", (row->time.us - row->duration_us) / US_PER_MS);
	value_set_int(v, "LogEnd", row->time.us / US_PER_MS);
	value_set_c(v, "IntegrationFlowName", row->artifact);
	value_set_c(v, "Status", row->status);
	value_set_c(v, "AlternateWebLink", link);
	value_set(v, "IntegrationArtifact", artifact_value(row->artifact, artifacts));
	value_set_c(v, "LogLevel", "INFO");
	value_set_c(v, "CustomStatus", row->status);
	value_set_c(v, "ArchivingStatus", "NOT_RELEVANT");
	value_set_bool(v, "ArchivingSenderChannelMessages", false);
	value_set_bool(v, "ArchivingReceiverChannelMessages", false);
	value_set_bool(v, "ArchivingLogAttachments", false);
	value_set_bool(v, "ArchivingPersistedMessages", false);
	return v;
}

enum rc service_message_walk(struct session *session, const char *tenant, const char *artifact,
			     const char *status, message_entity_fn fn, void *context, struct err *reterr)
{
	AUTO_VALUE *artifacts = NULL;
	AUTO_FREE char *after = NULL;
	TRY(artifacts_of(session, tenant, &artifacts, reterr));
	for (;;) {
		AUTO(store_message_list_fini) struct store_message_list list = { 0 };
		const struct store_message_filter filter = { .after = after,
							     .artifact = artifact,
							     .status = status,
							     .limit = BATCH,
							     .processed = true };
		TRY(store_message_list_newest(session->store, tenant, &filter, &list, reterr));
		for (size_t i = 0; i < list.n; i++) {
			if (!fn(context, entity_of(session, &list.items[i], artifacts))) {
				return RC_OK;
			}
		}
		if (list.n < BATCH) {
			return RC_OK;
		}
		mem_free(after);
		after = mem_strdup(list.items[list.n - 1].id);
	}
}

/* A flow's error ends in: (step CallActivity_1 "Set answer"). */
static void set_step(struct value *error, struct str text)
{
	static const struct str mark = { "(step ", 6 };
	struct str rest = text, step = STR_NONE;
	for (size_t at; (at = str_find_str(rest, mark)) < rest.n; rest = step) {
		step = str_skip(rest, at + mark.n);
	}
	value_set_str(error, "step", str_first(step, str_find(step, ' ')));
}

/* What the sender's side of a message is told as: members of the journal's record, and their names here. */
static void add_attributes(struct value *v, const struct store_message *row, const struct value *record)
{
	static const char *const names[][2] = {
		{ "Method", "method" },
		{ "Host", "host" },
		{ "Address", "address" },
		{ "Client", "client" },
		{ "ServiceInstance", "instance" },
		{ "ServiceKey", "service_key" },
		{ "Subject", "subject" },
		{ "Authentication", "authentication" },
		{ "TLS", "tls" },
		{ "HttpStatus", "http_status" },
		{ "RequestBytes", "request_bytes" },
		{ "ResponseBytes", "response_bytes" },
	};
	struct value *list = value_array();
	value_set(v, "AdapterAttributes", list);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct value *member = value_get(record, names[i][1]);
		AUTO_FREE char *number =
			value_is_int(member) ? mem_printf("%lld", (long long)value_to_int(member, 0)) : NULL;
		const char *text = number ? number : value_c(member);
		if (!text || !text[0]) {
			continue;
		}
		AUTO_FREE char *id = mem_printf("%s_%zu", row->id, i);
		struct value *one = value_object();
		value_set_c(one, "Id", id);
		value_set_c(one, "AdapterId", "HTTPS");
		value_set_c(one, "AdapterMessageId", row->id);
		value_set_c(one, "Name", names[i][0]);
		value_set_c(one, "Value", text);
		value_append(list, one);
	}
}

enum rc service_message_entity(struct session *session, const char *tenant, const char *id,
			       struct value **ret, struct err *reterr)
{
	AUTO(store_message_fini) struct store_message row = { 0 };
	AUTO_VALUE *artifacts = NULL, *record = NULL;
	enum rc rc = store_message_get(session->store, tenant, id, &row, reterr);
	if (rc == RC_NOT_FOUND || (rc == RC_OK && (row.probe || strcmp(row.status, "REFUSED") == 0))) {
		char shown[64];
		(void)err_set(reterr, RC_NOT_FOUND, "There is no message processing log %s.",
			      str_printable(str_of(id), shown, sizeof(shown)));
		return err_field(reterr, "MessageGuid");
	}
	TRY(rc);
	TRY(artifacts_of(session, tenant, &artifacts, reterr));
	TRY(value_parse(&record, str_of(row.record), JOURNAL_MAX_RECORD, reterr));
	*ret = entity_of(session, &row, artifacts);
	add_attributes(*ret, &row, record);
	if (strcmp(row.status, "FAILED") != 0) {
		return RC_OK;
	}
	struct value *error = value_object();
	value_set(*ret, "error", error);
	value_set_str(error, "text", value_get_str(record, "text"));
	set_step(error, value_get_str(record, "text"));
	return RC_OK;
}
