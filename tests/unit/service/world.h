/* SPDX-License-Identifier: Apache-2.0
 * A service on a state folder of its own, and what tests ask of it. */
#pragma once

#include "base/encoding.h"
#include "log/log.h"
#include "os/file.h"
#include "pki/authority.h"
#include "registry/reader.h"
#include "service/publish/change.h"
#include "unit/folder.h"
#include "unit/test.h"

#include <fcntl.h>

#define TENANT SERVICE_TENANT_DEFAULT

struct world {
	char *folder;
	struct session *session;
	struct err err; /* of the last call that failed */
};

/** Open the service of the world's folder. */
static inline enum rc world_open(struct world *w)
{
	AUTO_VALUE *settings = value_object();
	value_set_c(settings, "state_dir", w->folder);
	value_set_c(settings, "host", "localhost");
	value_set_c(settings, "gateway_url", "https://localhost:8443");
	value_set_c(settings, "management_url", "http://localhost:8080");
	w->err = (struct err){ 0 };
	return service_open(&w->session, settings, &w->err);
}

/* A first start makes five keys; it is done once, each test gets a copy. */
static char *template_folder;

static inline void template_drop(void)
{
	folder_drop(template_folder);
}

static inline void template_copy(const char *to, const char *name)
{
	AUTO_FREE char *source = mem_printf("%s/%s", template_folder, name);
	AUTO_FREE char *target = mem_printf("%s/%s", to, name);
	AUTO_BUF(bytes, 10000000);
	ASSERT(file_read(source, 10000000, &bytes, NULL) == RC_OK);
	ASSERT(file_write_new(target, buf_str(&bytes), 0600, NULL) == RC_OK);
}

static inline void template_make(void)
{
	struct world w = { .folder = folder_make() };
	log_start("test", LOG_ERROR);
	if (world_open(&w) != RC_OK) {
		print_error("%s\n", w.err.text);
		exit(1);
	}
	service_close(w.session);
	template_folder = w.folder;
	(void)atexit(template_drop);
}

static inline int world_set_up(void **state)
{
	struct world *w = mem_alloc(sizeof(*w));
	if (!template_folder) {
		template_make();
	}
	w->folder = folder_make();
	template_copy(w->folder, "postern.db");
	template_copy(w->folder, "master.key");
	if (world_open(w) != RC_OK) {
		print_error("%s\n", w->err.text);
		return -1;
	}
	*state = w;
	return 0;
}

static inline int world_tear_down(void **state)
{
	struct world *w = *state;
	service_close(w->session);
	folder_drop(w->folder);
	mem_free(w);
	return 0;
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

/** JSON in single quotes; owned. */
static inline struct value *json(const char *text)
{
	struct value *v = NULL;
	AUTO_FREE char *quoted = mem_strdup(text);
	for (char *p = quoted; *p; p++) {
		*p = *p == '\'' ? '"' : *p;
	}
	assert_int_equal(value_parse(&v, str_of(quoted), 100000, NULL), RC_OK);
	return v;
}

/** A call succeeds. */
#define OK(w, call) \
	do { \
		(w)->err = (struct err){ 0 }; \
		if ((call) != RC_OK) { \
			print_error("%s: %s\n", #call, (w)->err.text); \
			fail(); \
		} \
	} while (0)
/** A call fails so, with this reason code ("" for none). */
#define REFUSED(w, call, rc_, reason_) \
	do { \
		(w)->err = (struct err){ 0 }; \
		enum rc refused_ = (call); \
		if (refused_ != (rc_)) { \
			print_error("%s: %s\n", #call, (w)->err.text); \
		} \
		assert_int_equal(refused_, rc_); \
		assert_string_equal((w)->err.reason, reason_); \
		assert_true((w)->err.text[0] != '\0'); \
	} while (0)

/** A partner's CA, made in the test. */
struct partner {
	struct key *key;
	struct cert *root;
};

static inline struct cert *partner_issue(const struct partner *p, const char *subject, int64_t start_days,
					 int days, enum authority_usage usage)
{
	struct key *key = NULL;
	struct cert *c = NULL;
	struct authority_order order = { .subject = str_of(subject),
					 .usage = usage,
					 .path_length = -1,
					 .not_before = { wall_now().us + start_days * 86400 * US_PER_SECOND },
					 .days = days };
	assert_int_equal(key_generate(&key, "p-256", NULL), RC_OK);
	assert_int_equal(authority_issue(&c, &order, p->root ? key : p->key, p->root, p->root ? p->key : NULL,
					 NULL),
			 RC_OK);
	key_free(key);
	return c;
}

static inline void partner_init(struct partner *p, const char *subject)
{
	*p = (struct partner){ 0 };
	assert_int_equal(key_generate(&p->key, "p-256", NULL), RC_OK);
	p->root = partner_issue(p, subject, -1, 1000, AUTHORITY_CA);
}

static inline void partner_fini(struct partner *p)
{
	key_free(p->key);
	cert_free(p->root);
}

/** {"NAME": PEM} */
static inline struct value *with_pem(const char *name, const struct cert *c)
{
	AUTO_FREE char *pem = cert_pem(c);
	struct value *v = value_object();
	value_set_c(v, name, pem);
	return v;
}

/** Whether gateways see a record with this key; ret_value (may be NULL) gets its bytes. */
static inline bool published(struct world *w, enum registry_kind kind, const char *tenant, const char *key,
			     struct buf *ret_value)
{
	AUTO_FREE char *dir = mem_printf("%s/registry", w->folder);
	AUTO(registry_reader_close_cleanup) struct registry_reader *reader = NULL;
	struct registry_record record;
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	bool found;
	assert_true(fd >= 0);
	assert_int_equal(registry_reader_open(&reader, fd, NULL), RC_OK);
	found = registry_get(reader, kind, str_of(tenant), str_of(key), &record);
	if (found && ret_value) {
		(void)buf_add(ret_value, record.value);
	}
	file_close(fd);
	return found;
}
