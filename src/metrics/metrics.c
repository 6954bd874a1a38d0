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

bool metrics_is_counter(enum metric metric)
{
	return str_is(str_of(METRICS[metric].type), "counter");
}

void metrics_format(const struct metrics_source *sources, size_t n, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(METRICS); i++) {
		(void)buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", METRICS[i].name, METRICS[i].help,
				 METRICS[i].name, METRICS[i].type);
		for (size_t k = 0; k < n; k++) {
			(void)buf_printf(out, "%s{process=\"%s\"} %lld\n", METRICS[i].name,
					 sources[k].process, (long long)sources[k].metrics->value[i]);
		}
	}
}
