/* SPDX-License-Identifier: Apache-2.0
 * Tests of what a writer goes on with after power was lost: a whole state that its stamp tells, or none;
 * never half of one. */
#include "test.h"

#include "base/buf.h"
#include "registry/control.h"
#include "registry/files.h"
#include "registry/folder.h"
#include "registry/reader.h"
#include "registry/writer.h"

/* Changes 1 to CHANGES stand in the delta, 0 in the base; change n sets both keys to n, and the stamp. */
#define CHANGES 4
#define BASE "base-1"
#define DELTA "delta-1"

/* The files of a folder as they were when power was lost. */
struct files {
	struct buf base, delta, control;
	uint64_t ends[CHANGES + 1]; /* of the delta after each change [bytes] */
};

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

static void format_stamp(unsigned number, char out[32])
{
	(void)snprintf(out, 32, "\"%u\"", number);
}

static void fill(struct registry_batch *b, unsigned number)
{
	char value[32];
	format_stamp(number, value);
	for (unsigned i = 0; i < 2; i++) {
		const struct registry_record r = { .kind = i ? REGISTRY_SERVICE_KEY : REGISTRY_ANCHOR,
						   .tenant = STR("default"),
						   .key = STR("key"),
						   .value = str_of(value) };
		assert_int_equal(registry_batch_put(b, &r, NULL), RC_OK);
	}
	assert_int_equal(registry_batch_stamp(b, str_of(value), NULL), RC_OK);
}

static void change(struct registry_writer *w, unsigned number)
{
	AUTO(registry_batch_free_cleanup) struct registry_batch *b = registry_batch_new();
	fill(b, number);
	assert_int_equal(registry_writer_apply(w, b, NULL), RC_OK);
}

static struct registry_writer *opened(const struct folder *f)
{
	struct registry_writer *w = NULL;
	assert_int_equal(registry_writer_open(&w, f->path, NULL), RC_OK);
	return w;
}

static void rebuild(struct registry_writer *w, unsigned number)
{
	AUTO(registry_batch_free_cleanup) struct registry_batch *b = NULL;
	assert_int_equal(registry_writer_start_rebuild(w, &b, NULL), RC_OK);
	fill(b, number);
	assert_int_equal(registry_writer_apply(w, b, NULL), RC_OK);
}

static uint64_t delta_length(const struct folder *f)
{
	AUTO(registry_reader_close_cleanup) struct registry_reader *r = NULL;
	uint64_t base, length;
	assert_int_equal(registry_reader_open(&r, f->fd, NULL), RC_OK);
	registry_reader_position(r, &base, &length);
	return length;
}

static void files_make(struct files *files)
{
	struct folder f = folder_make();
	struct registry_writer *w = opened(&f);
	*files = (struct files){ BUF(1 << 20), BUF(1 << 20), BUF(1 << 20), { 0 } };
	rebuild(w, 0);
	for (unsigned i = 1; i <= CHANGES; i++) {
		change(w, i);
		files->ends[i] = delta_length(&f);
	}
	registry_writer_close(w);
	read_file(&f, BASE, &files->base);
	read_file(&f, DELTA, &files->delta);
	read_file(&f, "control", &files->control);
	assert_int_equal(files->delta.n, files->ends[CHANGES]);
	folder_remove(&f);
}

static void files_fini(struct files *files)
{
	buf_fini(&files->base);
	buf_fini(&files->delta);
	buf_fini(&files->control);
}

static void put_back(const struct folder *f, const struct files *files)
{
	write_file(f, BASE, buf_str(&files->base));
	write_file(f, DELTA, buf_str(&files->delta));
	write_file(f, "control", buf_str(&files->control));
}

static void set_control(const struct folder *f, uint64_t position)
{
	char page[REGISTRY_CONTROL_SIZE] = { 0 };
	const struct registry_control control = { position ? REGISTRY_CONTROL_MAGIC : 0, position };
	memcpy(page, &control, sizeof(control));
	write_file(f, "control", str_from(page, sizeof(page)));
}

/* What a reader holds as number of the last change; both halves have one. */
static unsigned number_seen(struct registry_reader *r)
{
	struct registry_record one, two;
	uint64_t number = 0;
	assert_true(registry_get(r, REGISTRY_SERVICE_KEY, STR("default"), STR("key"), &one));
	assert_true(registry_get(r, REGISTRY_ANCHOR, STR("default"), STR("key"), &two));
	assert_true(str_equal(one.value, two.value));
	assert_int_equal(str_parse_uint(str_first(str_skip(one.value, 1), one.value.n - 2), 99, &number),
			 RC_OK);
	return (unsigned)number;
}

static unsigned number_published(const struct folder *f)
{
	AUTO(registry_reader_close_cleanup) struct registry_reader *r = NULL;
	assert_int_equal(registry_reader_open(&r, f->fd, NULL), RC_OK);
	return number_seen(r);
}

/* A gateway that looks before the manager has started sees a state that was once published, or is told. */
static void look_as_a_gateway(const struct folder *f)
{
	AUTO(registry_reader_close_cleanup) struct registry_reader *r = NULL;
	struct err err = { 0 };
	if (registry_reader_open(&r, f->fd, &err) == RC_OK) {
		assert_true(number_seen(r) <= CHANGES && registry_damage(r) == 0);
	} else {
		assert_true(err.text[0] != '\0');
	}
}

/* The store has moved to CHANGES: what is whole is of change `whole`;
 * it is gone on with where that is the store's. A rebuild syncs, so it is tried now and then. */
static void expect(const struct folder *f, unsigned whole)
{
	static unsigned calls;
	char stamp[32], last[32];
	AUTO_BUF(found, 64);
	look_as_a_gateway(f);
	format_stamp(whole, stamp);
	format_stamp(CHANGES, last);
	struct registry_writer *w = opened(f);
	enum rc rc = registry_writer_resume(w, str_of(last), &found, NULL);
	assert_int_equal(rc, whole == CHANGES ? RC_OK : RC_CONFLICT);
	assert_true(str_is(buf_str(&found), stamp));
	if (rc != RC_OK && ++calls % 64 == 0) {
		rebuild(w, CHANGES);
		rc = RC_OK;
	}
	if (rc == RC_OK) {
		assert_int_equal(number_published(f), CHANGES);
	}
	registry_writer_close(w);
}

static unsigned whole_until(const struct files *files, uint64_t length)
{
	unsigned whole = 0;
	while (whole < CHANGES && files->ends[whole + 1] <= length) {
		whole++;
	}
	return whole;
}

static void a_delta_cut_short_anywhere_ends_with_its_last_whole_change(void **state)
{
	struct files files;
	files_make(&files);
	for (size_t n = 0; n <= files.delta.n; n++) {
		struct folder f = folder_make();
		put_back(&f, &files);
		write_file(&f, DELTA, str_first(buf_str(&files.delta), n));
		expect(&f, whole_until(&files, n));
		folder_remove(&f);
	}
	files_fini(&files);
}

/* Its size was written, what is in it was not: zeroes, or one bit that is another. */
static void a_delta_with_a_wrong_byte_anywhere_ends_before_that_change(void **state)
{
	struct files files;
	files_make(&files);
	for (size_t at = 0; at < files.delta.n; at++) {
		for (unsigned zeroes = 0; zeroes < (at % 8 ? 1 : 2); zeroes++) {
			struct folder f = folder_make();
			AUTO_BUF(delta, 1 << 20);
			(void)buf_add(&delta, buf_str(&files.delta));
			if (zeroes) {
				memset(delta.p + at, 0, delta.n - at);
			} else {
				delta.p[at] = (char)(delta.p[at] ^ 0x10);
			}
			size_t first = at;
			while (zeroes && first < delta.n && files.delta.p[first] == 0) {
				first++; /* it was one before */
			}
			put_back(&f, &files);
			write_file(&f, DELTA, buf_str(&delta));
			expect(&f, whole_until(&files, first));
			folder_remove(&f);
		}
	}
	files_fini(&files);
}

static void a_control_page_of_any_age_is_set_right(void **state)
{
	struct files files;
	files_make(&files);
	/* Not written at all, of each change before, of the base before, of one that was never finished,
	 * longer than the delta. */
	uint64_t positions[CHANGES + 5] = { 0, registry_position(7, 0), registry_position(1, 1 << 30),
					    UINT64_MAX };
	for (unsigned i = 0; i <= CHANGES; i++) {
		positions[4 + i] = registry_position(1, files.ends[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
		struct folder f = folder_make();
		put_back(&f, &files);
		set_control(&f, positions[i]);
		expect(&f, CHANGES);
		put_back(&f, &files);
		write_file(&f, "control", STR_NONE);
		expect(&f, CHANGES);
		folder_remove(&f);
	}
	files_fini(&files);
}

static void a_delta_that_was_never_written_leaves_the_base(void **state)
{
	struct files files;
	files_make(&files);
	struct folder f = folder_make();
	put_back(&f, &files);
	assert_int_equal(unlinkat(f.fd, DELTA, 0), 0);
	expect(&f, 0);
	folder_remove(&f);
	/* And where the base says it all, it is gone on with. */
	f = folder_make();
	put_back(&f, &files);
	assert_int_equal(unlinkat(f.fd, DELTA, 0), 0);
	struct registry_writer *w = opened(&f);
	assert_int_equal(registry_writer_resume(w, STR("\"0\""), NULL, NULL), RC_OK);
	change(w, 9);
	assert_int_equal(number_published(&f), 9);
	registry_writer_close(w);
	folder_remove(&f);
	files_fini(&files);
}

static void nothing_of_what_was_cut_off_comes_back(void **state)
{
	struct files files;
	files_make(&files);
	struct folder f = folder_make();
	put_back(&f, &files);
	/* The second change is torn, what stands behind it holds; changes are of one length. */
	int fd = openat(f.fd, DELTA, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "torn", 4, (off_t)files.ends[1] + 8), 4);
	(void)close(fd);
	struct registry_writer *w = opened(&f);
	assert_int_equal(registry_writer_resume(w, STR("\"1\""), NULL, NULL), RC_OK);
	change(w, 2);
	registry_writer_close(w);
	w = opened(&f);
	assert_int_equal(registry_writer_resume(w, STR("\"2\""), NULL, NULL), RC_OK);
	assert_int_equal(number_published(&f), 2);
	registry_writer_close(w);
	folder_remove(&f);
	files_fini(&files);
}

/* A process that serves on saw more than is left: whatever comes next is new to it. */
static void a_reader_that_saw_what_was_lost_drops_what_it_concluded(void **state)
{
	struct files files;
	struct registry_reader *r = NULL;
	bool trust = false, identity = false;
	files_make(&files);
	struct folder f = folder_make();
	put_back(&f, &files);
	assert_int_equal(registry_reader_open(&r, f.fd, NULL), RC_OK);
	assert_int_equal(number_seen(r), CHANGES);
	int fd = openat(f.fd, DELTA, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, (off_t)files.ends[CHANGES - 1]), 0);
	(void)close(fd);
	struct registry_writer *w = opened(&f);
	char stamp[32];
	format_stamp(CHANGES - 1, stamp);
	assert_int_equal(registry_writer_resume(w, str_of(stamp), NULL, NULL), RC_OK);
	change(w, 9);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(trust && identity);
	assert_int_equal(number_seen(r), 9);
	registry_reader_close(r);
	registry_writer_close(w);
	folder_remove(&f);
	files_fini(&files);
}

/* A compaction had finished the next base, and the writer was killed before it had taken it over, or had
 * deleted the former one. */
static void of_two_bases_the_newer_state_counts(void **state)
{
	struct files files;
	files_make(&files);
	for (unsigned later = 0; later < 2; later++) {
		struct folder f = folder_make();
		put_back(&f, &files);
		struct registry_writer *w = opened(&f);
		rebuild(w, later ? 9 : 0);
		registry_writer_close(w);
		put_back(&f, &files);
		w = opened(&f);
		char stamp[32];
		format_stamp(9, stamp);
		/* The second base was made after the first, so it counts, whatever is in it:
		 * the stamp decides. */
		assert_int_equal(registry_writer_resume(w, str_of(stamp), NULL, NULL),
				 later ? RC_OK : RC_CONFLICT);
		registry_writer_close(w);
		folder_remove(&f);
	}
	files_fini(&files);
}

static void a_base_that_is_not_whole_is_told(void **state)
{
	struct files files;
	files_make(&files);
	for (size_t at = 0; at < files.base.n; at += 7) {
		struct folder f = folder_make();
		put_back(&f, &files);
		files.base.p[at] = (char)(files.base.p[at] ^ 4);
		write_file(&f, BASE, buf_str(&files.base));
		files.base.p[at] = (char)(files.base.p[at] ^ 4);
		struct registry_writer *w = opened(&f);
		struct err err = { 0 };
		enum rc rc = registry_writer_resume(w, STR("\"4\""), NULL, &err);
		/* Padding between records is read by nobody. */
		assert_true(rc == RC_OK || (rc == RC_INVALID && err.text[0]));
		if (rc == RC_OK) {
			assert_int_equal(number_published(&f), CHANGES);
		}
		registry_writer_close(w);
		folder_remove(&f);
	}
	files_fini(&files);
}

static void a_folder_without_anything_has_nothing_published(void **state)
{
	struct folder f = folder_make();
	struct registry_writer *w = opened(&f);
	assert_int_equal(registry_writer_resume(w, STR("\"0\""), NULL, NULL), RC_AGAIN);
	rebuild(w, 0);
	registry_writer_close(w);
	/* But where a base was published, its absence is damage. */
	assert_int_equal(unlinkat(f.fd, BASE, 0), 0);
	w = opened(&f);
	assert_int_equal(registry_writer_resume(w, STR("\"0\""), NULL, NULL), RC_INVALID);
	registry_writer_close(w);
	folder_remove(&f);
}

static void the_highest_bases_are_found_highest_first(void **state)
{
	struct folder f = folder_make();
	static const char *const names[] = { "base-3", "base-12",  "base-7", "base-13.new",
					     "base-x", "delta-20", "base-1" };
	uint64_t numbers[3];
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		write_file(&f, names[i], STR("x"));
	}
	assert_int_equal(registry_files_bases(f.fd, numbers, 3), 3);
	assert_true(numbers[0] == 12 && numbers[1] == 7 && numbers[2] == 3);
	assert_int_equal(registry_files_highest(f.fd), 20);
	registry_files_keep(f.fd, 7);
	assert_int_equal(folder_count(&f), 2); /* and base-x, which is none of ours */
	folder_remove(&f);
}

RUN_TESTS(TEST(a_delta_cut_short_anywhere_ends_with_its_last_whole_change),
	  TEST(a_delta_with_a_wrong_byte_anywhere_ends_before_that_change),
	  TEST(a_control_page_of_any_age_is_set_right), TEST(a_delta_that_was_never_written_leaves_the_base),
	  TEST(nothing_of_what_was_cut_off_comes_back),
	  TEST(a_reader_that_saw_what_was_lost_drops_what_it_concluded),
	  TEST(of_two_bases_the_newer_state_counts), TEST(a_base_that_is_not_whole_is_told),
	  TEST(a_folder_without_anything_has_nothing_published),
	  TEST(the_highest_bases_are_found_highest_first))
