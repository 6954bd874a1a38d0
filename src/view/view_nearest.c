/* SPDX-License-Identifier: Apache-2.0
 * Which endpoint a path was probably meant for. */
#include "base/distance.h"
#include "base/memory.h"
#include "flow/address.h"
#include "view/view.h"

#define SEGMENTS_MAX 64

/* A path while the endpoint nearest to it is looked for. */
struct nearness {
	struct str segments[SEGMENTS_MAX];
	size_t n_segments;
	struct buf found; /* path of the nearest so far, */
	size_t distance;  /* and how far it is; */
	bool ambiguous;   /* another one is as near */
};

/* Of "/HTTP//Orders/4711" the segments Orders and 4711: what stands for the gateway itself is left out. */
static size_t split(struct str path, struct str *segments)
{
	size_t n = 0;
	struct str segment;
	while (str_split(&path, '/', &segment) && n < SEGMENTS_MAX) {
		bool is_front = n == 0 && (str_equal_nocase(segment, STR("http")) ||
					   str_equal_nocase(segment, STR("https")));
		if (segment.n > 0 && !is_front) {
			segments[n++] = segment;
		}
	}
	return n;
}

static void join(const struct str *segments, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		(void)buf_add_char(out, '/');
		(void)buf_add(out, segments[i]);
	}
}

/* Of a path in lower case, a quarter of it at most may differ. */
static size_t distance(const struct str *asked, size_t n_asked, const struct str *there, size_t n_there)
{
	AUTO_BUF(a, ADDRESS_PATH_MAX + 8);
	AUTO_BUF(b, ADDRESS_PATH_MAX + 8);
	AUTO_BUF(lower_a, ADDRESS_PATH_MAX + 8);
	AUTO_BUF(lower_b, ADDRESS_PATH_MAX + 8);
	join(asked, n_asked, &a);
	join(there, n_there, &b);
	address_key(buf_str(&a), &lower_a);
	address_key(buf_str(&b), &lower_b);
	size_t far = text_distance(buf_str(&lower_a), buf_str(&lower_b));
	return far <= a.n / 4 ? far : TEXT_DISTANCE_FAR;
}

static void consider(struct nearness *near, struct str address)
{
	struct str segments[SEGMENTS_MAX];
	bool wildcard = str_ends_with(address, STR("/*"));
	size_t n = split(wildcard ? str_first(address, address.n - 2) : address, segments);
	size_t compared = wildcard && n < near->n_segments ? n : near->n_segments;
	size_t far = distance(near->segments, compared, segments, n);
	if (far > near->distance || far == TEXT_DISTANCE_FAR) {
		return;
	}
	near->ambiguous = far == near->distance;
	near->distance = far;
	buf_clear(&near->found);
	(void)buf_add_c(&near->found, "/http");
	(void)buf_add(&near->found, wildcard ? str_first(address, address.n - 2) : address);
	join(near->segments + compared, near->n_segments - compared, &near->found);
}

static bool consider_record(void *context, const struct registry_record *record)
{
	AUTO_VALUE *v = NULL;
	if (value_parse(&v, record->value, REGISTRY_MAX_VALUE, NULL) == RC_OK && value_get_c(v, "address")) {
		consider(context, value_get_str(v, "address"));
	}
	return true;
}

bool view_nearest(struct view view, struct str raw_path, struct buf *out)
{
	struct nearness near = { .found = BUF(ADDRESS_PATH_MAX + 16), .distance = TEXT_DISTANCE_FAR };
	near.n_segments = split(raw_path, near.segments);
	if (near.n_segments > 0) {
		registry_each(view.registry, REGISTRY_ENDPOINT, view.tenant, consider_record, &near);
	}
	bool found = near.distance < TEXT_DISTANCE_FAR && !near.ambiguous && !near.found.overflow &&
		     !str_equal(buf_str(&near.found), raw_path);
	if (found) {
		(void)buf_add(out, buf_str(&near.found));
	}
	buf_fini(&near.found);
	return found;
}
