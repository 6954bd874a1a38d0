/* SPDX-License-Identifier: Apache-2.0
 * Packages, versions of design-time artifacts, and what becomes of deployments. */
#include "flow/bundle/bundle.h"
#include "flow/bundle/bundle_write.h"
#include "flow/bundle/bundle_edit.h"
#include "service/content/artifact.h"
#include "service/content/deployment.h"
#include "service/content/designtime.h"
#include "service/content/package.h"
#include "unit/service/world.h"

#define FLOWS "IntegrationDesigntimeArtifacts"
#define ZIP_MAX ((size_t)1024 * 1024)

static const struct designtime_name orders = { TENANT, FLOWS, "orders", DESIGNTIME_ACTIVE };

static void zip_of(const char *version, struct buf *zip, struct value **ret_facts)
{
	const struct bundle_spec spec = { .name = STR("orders"),
					  .version = str_of(version),
					  .address = STR("/orders"),
					  .reply = STR("x") };
	assert_int_equal(bundle_write(&spec, zip, NULL), RC_OK);
	assert_int_equal(bundle_inspect(buf_str(zip), ret_facts, NULL), RC_OK);
}

static void make_orders(struct world *w)
{
	AUTO_VALUE *package = json("{'Id':'p','Name':'P'}");
	AUTO_VALUE *made = NULL, *facts = NULL, *v = NULL;
	AUTO_BUF(zip, ZIP_MAX);
	zip_of("1.0.0", &zip, &facts);
	struct designtime_draft draft = {
		.package = "p", .title = "Orders", .content = buf_str(&zip), .facts = facts, .user = "u"
	};
	OK(w, service_package_create(w->session, TENANT, package, false, "u", &made, &w->err));
	OK(w, service_designtime_create(w->session, &orders, &draft, &v, &w->err));
}

static void a_change_of_what_was_changed_meanwhile_is_told(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *before = NULL, *facts = NULL, *v = NULL, *again = NULL;
	AUTO_BUF(zip, ZIP_MAX);
	make_orders(w);
	zip_of("1.0.0", &zip, &facts);
	OK(w, service_designtime_get(w->session, &orders, &before, &w->err));
	struct designtime_draft draft = { .content = buf_str(&zip),
					  .facts = facts,
					  .modified_us = value_get_int(before, "modified_us", 0),
					  .user = "u" };
	OK(w, service_designtime_update(w->session, &orders, &draft, &v, &w->err));
	REFUSED(w, service_designtime_update(w->session, &orders, &draft, &again, &w->err), RC_AGAIN, "");
}

static void an_artifact_keeps_so_many_versions_and_no_more(void **state)
{
	struct world *w = *state;
	enum rc rc = RC_OK;
	make_orders(w);
	for (int i = 1; i <= DESIGNTIME_MAX_VERSIONS; i++) {
		AUTO_VALUE *facts = NULL, *v = NULL;
		AUTO_BUF(zip, ZIP_MAX);
		AUTO_FREE char *version = mem_printf("1.0.%d", i);
		assert_int_equal(rc, RC_OK);
		zip_of(version, &zip, &facts);
		struct designtime_draft draft = { .content = buf_str(&zip), .facts = facts, .user = "u" };
		rc = service_designtime_update(w->session, &orders, &draft, &v, &w->err);
	}
	assert_int_equal(rc, RC_LIMIT);
	AUTO_VALUE *active = NULL;
	OK(w, service_designtime_get(w->session, &orders, &active, &w->err));
	assert_string_equal(value_get_c(active, "Version"), "1.0.49");
}

static void what_a_restart_cut_off_has_failed(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *task = NULL;
	AUTO_VALUE *working = NULL, *starting = NULL, *status = NULL, *runtime = NULL;
	const struct deployment_order order = { TENANT, FLOWS, "orders", "Orders", "1.0.0", "u" };
	OK(w, service_deployment_begin(w->session, &order, &task, &w->err));
	OK(w, service_deployment_status(w->session, TENANT, task, &working, &w->err));
	assert_string_equal(value_get_c(working, "Status"), "DEPLOYING");
	OK(w, service_runtime_get(w->session, TENANT, "orders", &starting, &w->err));
	assert_string_equal(value_get_c(starting, "Status"), "STARTING");
	OK(w, service_deployment_recover(w->session, &w->err));
	OK(w, service_deployment_status(w->session, TENANT, task, &status, &w->err));
	assert_string_equal(value_get_c(status, "Status"), "FAIL");
	OK(w, service_runtime_get(w->session, TENANT, "orders", &runtime, &w->err));
	assert_string_equal(value_get_c(runtime, "Status"), "ERROR");
	assert_non_null(strstr(value_get_c(value_get(runtime, "error"), "text"), "restarted"));
	OK(w, service_runtime_undeploy(w->session, TENANT, "orders", &w->err));
	REFUSED(w, service_deployment_status(w->session, TENANT, task, &status, &w->err), RC_NOT_FOUND, "");
	REFUSED(w, service_runtime_undeploy(w->session, TENANT, "orders", &w->err), RC_NOT_FOUND, "");
}

static void a_later_deployment_by_other_means_ends_the_error(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *task = NULL;
	AUTO_VALUE *input = json("{'name':'orders','address':'/orders','reply':'x'}");
	AUTO_VALUE *v = NULL, *runtime = NULL, *list = NULL;
	const struct deployment_order order = { TENANT, FLOWS, "orders", "Orders", "1.0.0", "u" };
	struct err failure = { 0 };
	(void)err_set(&failure, RC_UNSUPPORTED, "A step.");
	OK(w, service_deployment_begin(w->session, &order, &task, &w->err));
	OK(w, service_deployment_end(w->session, TENANT, task, &failure, &w->err));
	OK(w, service_artifact_create(w->session, TENANT, input, &v, &w->err));
	OK(w, service_runtime_get(w->session, TENANT, "orders", &runtime, &w->err));
	assert_string_equal(value_get_c(runtime, "Status"), "STARTED");
	OK(w, service_runtime_list(w->session, TENANT, &list, &w->err));
	assert_int_equal(value_count(list), 1);
}

static void a_package_goes_with_its_artifacts_and_their_bytes(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *v = NULL;
	AUTO_BUF(zip, ZIP_MAX);
	make_orders(w);
	OK(w, service_package_delete(w->session, TENANT, "p", &w->err));
	REFUSED(w, service_designtime_get(w->session, &orders, &v, &w->err), RC_NOT_FOUND, "");
	REFUSED(w, service_designtime_content(w->session, &orders, &zip, &w->err), RC_NOT_FOUND, "");
	make_orders(w); /* nothing of the former is left in the way */
}

RUN_TESTS(WORLD_TEST(a_change_of_what_was_changed_meanwhile_is_told),
	  WORLD_TEST(an_artifact_keeps_so_many_versions_and_no_more),
	  WORLD_TEST(what_a_restart_cut_off_has_failed),
	  WORLD_TEST(a_later_deployment_by_other_means_ends_the_error),
	  WORLD_TEST(a_package_goes_with_its_artifacts_and_their_bytes))
