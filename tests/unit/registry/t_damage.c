/* SPDX-License-Identifier: Apache-2.0
 * Tests of damaged registry files: always told, never a crash, nothing is found in them. */
#include "test.h"

#include "base/buf.h"
#include "registry/base_file.h"
#include "registry/control.h"
#include "registry/desk.h"
#include "registry/folder.h"
#include "registry/reader.h"

static void put(struct desk *d, const char *key)
{
	struct registry_record r = { .kind = REGISTRY_CRL,
				     .tenant = STR("default"),
				     .key = str_of(key),
				     .value = STR("{\"der\":\"AAAA\"}") };
	assert_int_equal(registry_batch_put(d->batch, &r, NULL), RC_OK);
}

/* Base with one record, delta with another. */
static void publish(const struct folder *f)
{
	struct desk d = desk_open(f->path);
	desk_rebuild(&d);
	put(&d, "base");
	desk_apply(&d);
	put(&d, "delta");
	desk_apply(&d);
	desk_close(&d);
}

static void read_file(const struct folder *f, const char *name, struct buf *out)
{
	int fd = openat(f->fd, name, O_RDONLY | O_CLOEXEC);
	char part[4096];
	ssize_t n;
	assert_true(fd >= 0);
	while ((n = read(fd, part, sizeof(part))) > 0) {
		assert_true(buf_add(out, str_from(part, (size_t)n)));
	}
	(void)close(fd);
}

static void write_file(const struct folder *f, const char *name, struct str bytes)
{
	int fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
	(void)close(fd);
}

static bool count_record(void *context, const struct registry_record *record)
{
	++*(unsigned *)context;
	return true;
}

/* What a gateway would conclude: both records are there, or it is told that something is wrong. */
static bool whole_or_told(const struct folder *f)
{
	struct registry_reader *r = NULL;
	struct err err = { 0 };
	unsigned n = 0;
	if (registry_reader_open(&r, f->fd, &err) != RC_OK) {
		assert_true(err.text[0] != '\0');
		return true;
	}
	registry_each(r, REGISTRY_CRL, STR("default"), count_record, &n);
	bool told = registry_damage(r) != 0;
	registry_reader_close(r);
	return told || n == 2;
}

static void damage_everywhere(const char *name, size_t step)
{
	struct folder f = folder_make();
	AUTO_BUF(good, 1024 * 1024);
	publish(&f);
	assert_true(whole_or_told(&f));
	read_file(&f, name, &good);
	for (size_t at = 0; at < good.n; at += step) {
		write_file(&f, name, str_first(buf_str(&good), at));
		assert_true(whole_or_told(&f));
		good.p[at] = (char)(good.p[at] ^ 0x40);
		write_file(&f, name, buf_str(&good));
		assert_true(whole_or_told(&f));
		good.p[at] = (char)(good.p[at] ^ 0x40);
	}
	folder_remove(&f);
}

static void a_damaged_base_is_told_at_every_byte(void **state)
{
	damage_everywhere("base-1", 1);
}

static void a_damaged_delta_is_told_at_every_byte(void **state)
{
	damage_everywhere("delta-1", 1);
}

static void a_damaged_control_page_is_told(void **state)
{
	struct folder f = folder_make();
	AUTO_BUF(good, 8192);
	publish(&f);
	read_file(&f, "control", &good);
	for (size_t at = 0; at < 8; at++) {
		good.p[at] = (char)(good.p[at] ^ 1);
		write_file(&f, "control", buf_str(&good));
		assert_true(whole_or_told(&f));
		good.p[at] = (char)(good.p[at] ^ 1);
	}
	/* A delta said to be longer than its file, and a base that is not there. */
	const uint64_t positions[] = { registry_position(1, REGISTRY_DELTA_MAX - 1), registry_position(77, 0),
				       UINT64_MAX };
	for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
		memcpy(good.p + 8, &positions[i], sizeof(positions[i]));
		write_file(&f, "control", buf_str(&good));
		assert_true(whole_or_told(&f));
	}
	folder_remove(&f);
}

static void an_open_reader_finds_nothing_while_damaged_and_recovers_after_a_rebuild(void **state)
{
	struct folder f = folder_make();
	struct registry_reader *r = NULL;
	struct registry_record record;
	bool trust = false, identity = false;
	publish(&f);
	assert_int_equal(registry_reader_open(&r, f.fd, NULL), RC_OK);
	struct desk d = desk_open(f.path);
	desk_rebuild(&d);
	put(&d, "base");
	desk_apply(&d);
	put(&d, "delta");
	desk_apply(&d);
	int fd = openat(f.fd, "delta-2", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 40), 0);
	(void)close(fd);
	assert_int_equal(registry_refresh(r, NULL, NULL, NULL), RC_INVALID);
	assert_int_equal(registry_refresh(r, NULL, NULL, NULL), RC_INVALID);
	assert_true(registry_damage(r) > 0);
	assert_false(registry_get(r, REGISTRY_CRL, STR("default"), STR("base"), &record));
	desk_rebuild(&d);
	put(&d, "base");
	desk_apply(&d);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(trust && identity && registry_damage(r) == 0);
	assert_true(registry_get(r, REGISTRY_CRL, STR("default"), STR("base"), &record));
	desk_close(&d);
	registry_reader_close(r);
	folder_remove(&f);
}

RUN_TESTS(TEST(a_damaged_base_is_told_at_every_byte), TEST(a_damaged_delta_is_told_at_every_byte),
	  TEST(a_damaged_control_page_is_told),
	  TEST(an_open_reader_finds_nothing_while_damaged_and_recovers_after_a_rebuild))
