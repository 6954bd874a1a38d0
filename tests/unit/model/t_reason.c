/* SPDX-License-Identifier: Apache-2.0
 * Every reason has what an operator needs. */
#include "model/reason.h"
#include "unit/test.h"

static void every_reason_has_a_sentence_a_fix_and_a_step_that_fits_its_group(void **state)
{
	for (int i = 1; i < REASON_COUNT; i++) {
		const struct reason_info *r = reason_info((enum reason)i);
		const char groups[] = "PKSDR";
		const char *group = strchr(groups, r->code[0]);
		assert_non_null(group);
		assert_int_equal(r->step, group - groups + 1);
		assert_true(strlen(r->title) > 10 && r->title[strlen(r->title) - 1] == '.');
		assert_true(strlen(r->fix) > 10);
		assert_int_equal(reason_find(str_of(r->code)), i);
	}
}

static void a_fix_is_filled_in_from_the_evidence_and_quoted_for_the_shell(void **state)
{
	AUTO_VALUE *evidence = value_object();
	AUTO_BUF(fix, 1000);
	value_set_c(evidence, "instance", "it's mine");
	value_set_c(evidence, "file", "leaf.cer");
	reason_format_fix(REASON_S301, evidence, &fix);
	assert_string_equal(buf_c(&fix),
			    "`postern service-key create 'it'\\''s mine' KEY --certificate leaf.cer`");
}

static void a_finding_bears_code_severity_text_evidence_and_fix(void **state)
{
	AUTO_VALUE *f = reason_finding(REASON_P102, NULL, NULL);
	assert_string_equal(value_get_c(f, "code"), "P102");
	assert_string_equal(value_get_c(f, "severity"), "warning");
	assert_true(value_is_object(value_get(f, "evidence")));
	assert_non_null(value_get_c(f, "fix"));
	assert_non_null(value_get_c(f, "text"));
}

RUN_TESTS(TEST(every_reason_has_a_sentence_a_fix_and_a_step_that_fits_its_group),
	  TEST(a_fix_is_filled_in_from_the_evidence_and_quoted_for_the_shell),
	  TEST(a_finding_bears_code_severity_text_evidence_and_fix))
