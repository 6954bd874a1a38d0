/* SPDX-License-Identifier: Apache-2.0
 * Counters and gauges of one process, and their text for a monitoring system. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

/** The metrics known; one line a metric in metrics/metrics.def. */
enum metric {
#define METRIC(id, type, name, help) METRIC_##id,
#include "metrics/metrics.def"
#undef METRIC
	METRIC_COUNT,
};

/** The values of one process; zeroed storage of the caller. */
struct metrics {
	int64_t value[METRIC_COUNT];
};

static inline void metrics_add(struct metrics *m, enum metric metric, int64_t n)
{
	if (m) {
		m->value[metric] += n;
	}
}
/** Whether it only grows; else it is a gauge. */
bool metrics_is_counter(enum metric metric);

/** The values of one kind of process. */
struct metrics_source {
	const char *process; /* value of the label "process" */
	const struct metrics *metrics;
};
/** Append all as Prometheus text exposition, each metric once with its value in every source.
 * Source: format 0.0.4. */
void metrics_format(const struct metrics_source *sources, size_t n, struct buf *out);
