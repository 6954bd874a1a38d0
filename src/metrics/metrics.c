/* SPDX-License-Identifier: Apache-2.0
 * Turns counters into exposition text. */
#include "metrics/metrics.h"

static const struct {
	const char *type;
	const char *name;
	const char *help;
} METRICS[] = {
#define METRIC(id, type, name, help) { type, name, help },
#include "metrics/metrics.def"
#undef METRIC
};

void metrics_format(const struct metrics *m, struct str role, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(METRICS); i++) {
		(void)buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s{process=\"%.*s\"} %lld\n",
				 METRICS[i].name, METRICS[i].help, METRICS[i].name, METRICS[i].type,
				 METRICS[i].name, STR_ARG(role), (long long)m->value[i]);
	}
}
