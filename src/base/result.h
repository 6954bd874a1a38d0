/* SPDX-License-Identifier: Apache-2.0
 * What a call came to: one small set of codes for programs, one sentence for people. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))

/* Each code stands for another action of the caller; the text is for people. */
enum rc {
	RC_OK = 0,
#define RC(code, name, api, status) RC_##code,
#include "base/rc.def"
#undef RC
	RC_COUNT,
};

/* Whose code err->native is; what only a person at the command line can have done wrong is USAGE. */
enum err_source {
	ERR_NONE = 0,
	ERR_SYSTEM,
	ERR_OPENSSL,
	ERR_SQLITE,
	ERR_CURL,
	ERR_CLIENT,
	ERR_USAGE,
	ERR_SOURCE_COUNT
};

/**
 * The failure of one call. Caller's storage, nothing to free; every taker accepts NULL.
 * Written only on failure. No secret is ever put into it, outsider bytes are escaped.
 */
struct err {
	enum rc code;
	int native; /* errno, SSL error, sqlite3 code, HTTP status or CURLcode; 0 if none */
	enum err_source source;
	char reason[8]; /* reason code from model/reasons.def, such as "P101", or "" */
	char field[64]; /* path of the offending input field, or "" */
	char text[512]; /* one sentence */
	char fix[256];  /* command or action that mends it, or "" */
};

/**
 * Fill an error and return its code, so that a failing function can end with it.
 *
 * reterr  may be NULL       code  not RC_OK       fmt  one sentence; cut at 511 bytes
 */
enum rc err_set(struct err *reterr, enum rc code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** As err_set(), with errno taken as the native code and its text appended. Returns RC_IO. */
enum rc err_errno(struct err *reterr, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** Name the offending field of an error just filled; reterr may be NULL, as of those below.
 * Returns its code. */
enum rc err_field(struct err *reterr, const char *field);

/** Attach a reason code (such as "P101") to an error already filled. Returns its code. */
enum rc err_reason(struct err *reterr, const char *reason);

/** Attach what mends it to an error already filled. Returns its code. */
enum rc err_fix(struct err *reterr, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** Attach the code that a library or the system gave to an error already filled. Returns its code. */
enum rc err_native(struct err *reterr, enum err_source source, int native);

/** Name of a source, and the other way round (ERR_NONE: it is none): "openssl"; "" for ERR_NONE. Static. */
const char *err_source_name(enum err_source source);
enum err_source err_source_find(const char *name);

/** Name of a code, for logs and our own processes, and the other way round (RC_COUNT: it is none):
 * "not found". Static. */
const char *rc_name(enum rc code);
enum rc rc_find(const char *name);
/** Name of a code in the answers of our own API, and the other way round (RC_COUNT: it is none):
 * "not_found". Static. */
const char *rc_api_name(enum rc code);
enum rc rc_of_api_name(const char *name);
/** HTTP status with which an API answers: 404; 500 where the caller can do nothing about it. */
int rc_http_status(enum rc code);
/** What a status of 400 or above means to a client that was told nothing else. */
enum rc rc_of_http_status(int status);

/** Return the code of a failing call at once. */
#define TRY(call) \
	do { \
		enum rc try_rc_ = (call); \
		if (try_rc_ != RC_OK) \
			return try_rc_; \
	} while (0)

/** Run fn(&variable) when the variable leaves its scope. */
#define AUTO(fn) __attribute__((cleanup(fn)))

/** Move a pointer out, so that its AUTO cleanup sees NULL. */
#define TAKE(p) \
	({ \
		__typeof__(p) take_ = (p); \
		(p) = NULL; \
		take_; \
	})

/** Define name_cleanup() for AUTO from a free function that accepts NULL. */
#define DEFINE_CLEANUP(type, free_fn) \
	static inline void free_fn##_cleanup(type **p) \
	{ \
		free_fn(*p); \
	} \
	struct define_cleanup_semicolon_

/** End the program, with file and line, on a programmer's error. Stays on in release builds. */
#define ASSERT(x) \
	do { \
		if (__builtin_expect(!(x), 0)) \
			assert_failed(#x, __FILE__, __LINE__); \
	} while (0)

/** Tell which assertion failed and end the program; what ASSERT() calls. */
NORETURN void assert_failed(const char *expression, const char *file, int line);

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
