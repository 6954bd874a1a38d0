/* SPDX-License-Identifier: Apache-2.0
 * One line an event, logfmt on standard error; outsider text escaped, no secrets. */
#pragma once

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/** Name of this process in each line ("supervisor", "manager", "gateway-1", "job"); static text.
 * Lowest level shown. */
void log_start(const char *process, enum log_level lowest);

/**
 * Write one event: name is stable and documented ("manager_started"), the rest is logfmt "key=value ..." made
 * by fmt; quote values with spaces yourself, escape outsider text with str_printable(). Cut at 1 KiB.
 */
void log_event(enum log_level level, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** Log an error at the edge where it ends: name, then error text and code. */
void log_err(enum log_level level, const char *name, const struct err *err);
