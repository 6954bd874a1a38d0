/* SPDX-License-Identifier: Apache-2.0
 * Writing event lines, each with one write(2) so that processes do not mix theirs. */
#include "log/log.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

/* Said before the first thread. */
static const char *process_name = "postern";
static enum log_level lowest_level = LOG_INFO;

void log_start(const char *process, enum log_level lowest)
{
	process_name = process;
	lowest_level = lowest;
}

void log_event(enum log_level level, const char *name, const char *fmt, ...)
{
	static const char *const levels[] = { "debug", "info", "warning", "error" };
	char line[1024];
	char when[WALL_TEXT_SIZE];
	va_list ap;
	if (level < lowest_level) {
		return;
	}
	int n = snprintf(line, sizeof(line), "time=%s level=%s process=%s event=%s ",
			 wall_format_ms(wall_now(), when), levels[level], process_name, name);
	size_t used = n > 0 ? (size_t)n : 0;
	va_start(ap, fmt);
	n = vsnprintf(line + used, sizeof(line) - used - 1, fmt, ap);
	va_end(ap);
	used += n > 0 ? (size_t)n : 0;
	if (used > sizeof(line) - 2) {
		used = sizeof(line) - 2;
	}
	line[used++] = '\n';
	ssize_t ignored = write(STDERR_FILENO, line, used);
	(void)ignored;
}

void log_err(enum log_level level, const char *name, const struct err *err)
{
	char text[600];
	log_event(level, name, "code=\"%s\" reason=%s error=\"%s\"", rc_name(err->code),
		  err->reason[0] ? err->reason : "-", str_printable(str_of(err->text), text, sizeof(text)));
}
