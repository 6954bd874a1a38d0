/* SPDX-License-Identifier: Apache-2.0
 * Rows sorted by their key, so that one is found by halving and a level lies together. */
#include "service/core/destination_memory.h"

#include "base/buf.h"
#include "base/memory.h"
#include "os/thread.h"
#include "pki/digest.h"
#include "service/core/service.h"

#define ETAG_TEXT_MAX ((size_t)16 * 1024 * 1024)

struct destination_memory {
	struct shared_lock lock; /* of what follows; the session that changes is the only one to write */
	struct destination_row **items;
	size_t n, room;
};

const struct destination_memory *destination_memory_hold(struct session *session)
{
	struct destination_memory *memory = session->service->destinations;
	if (!session->registry && !session->holds_destinations) {
		shared_lock_read(&memory->lock);
		session->holds_destinations = true;
	}
	return memory;
}

void destination_memory_let_go(struct session *session)
{
	if (session->holds_destinations) {
		shared_lock_release(&session->service->destinations->lock);
	}
	session->holds_destinations = false;
}

static int key_compare(const struct store_destination *a, const struct store_destination *b, bool names)
{
	int order = strcmp(a->tenant, b->tenant);
	order = order ? order : strcmp(a->kind, b->kind);
	if (order || !a->instance || !b->instance) {
		return order;
	}
	order = strcmp(a->instance, b->instance);
	return order || !names ? order : strcmp(a->name, b->name);
}

/* Index of the first row that is not before key. */
static size_t lower_bound(const struct destination_memory *m, const struct store_destination *key, bool names)
{
	size_t low = 0, high = m->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (key_compare(&m->items[middle]->row, key, names) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static void etag_set(struct destination_row *kept, const struct store_destination *row)
{
	AUTO_BUF(text, ETAG_TEXT_MAX);
	buf_printf(&text, "%s/%s/%s/%s/%lld/", row->tenant, row->kind, row->instance, row->name,
		   (long long)row->modified.us);
	buf_add_c(&text, row->configuration);
	buf_add(&text, row->secrets);
	digest_sha256_text(buf_str(&text), kept->etag);
	str_lower(kept->etag);
}

static struct str bytes_dup(struct str bytes)
{
	return bytes.p ? str_from(mem_dup(bytes.p, bytes.n), bytes.n) : STR_NONE;
}

size_t destination_memory_row_size(const struct store_destination *row)
{
	return strlen(row->configuration) + row->secrets.n + row->renewal.n;
}

static struct destination_row *row_new(const struct store_destination *row)
{
	struct destination_row *kept = mem_alloc(sizeof(*kept));
	etag_set(kept, row);
	kept->size = destination_memory_row_size(row);
	kept->away = kept->size > DESTINATION_MEMORY_ROW_MAX;
	kept->row = (struct store_destination){ .tenant = mem_strdup(row->tenant),
						.kind = mem_strdup(row->kind),
						.instance = mem_strdup(row->instance),
						.name = mem_strdup(row->name),
						.labels = mem_strdup(row->labels),
						.created = row->created,
						.modified = row->modified };
	if (!kept->away) {
		kept->row.configuration = mem_strdup(row->configuration);
		kept->row.secrets = bytes_dup(row->secrets);
		kept->row.renewal = bytes_dup(row->renewal);
	}
	return kept;
}

static void row_free(struct destination_row *kept)
{
	store_destination_fini(&kept->row);
	mem_free(kept);
}

static void insert_at(struct destination_memory *m, size_t i, struct destination_row *kept)
{
	if (m->n == m->room) {
		m->room = m->room ? m->room * 2 : 64;
		m->items = m->items ? mem_resize(m->items, m->room, sizeof(struct destination_row *))
				    : mem_array(m->room, sizeof(struct destination_row *));
	}
	memmove(m->items + i + 1, m->items + i, (m->n - i) * sizeof(struct destination_row *));
	m->items[i] = kept;
	m->n++;
}

enum rc destination_memory_open(struct destination_memory **ret, struct store *store, struct err *reterr)
{
	AUTO(store_destination_list_fini) struct store_destination_list list = { 0 };
	TRY(store_destination_list_all(store, &list, reterr));
	struct destination_memory *m = mem_alloc(sizeof(*m));
	shared_lock_init(&m->lock);
	for (size_t i = 0; i < list.n; i++) {
		insert_at(m, i, row_new(&list.items[i]));
	}
	*ret = m;
	return RC_OK;
}

void destination_memory_free(struct destination_memory *memory)
{
	if (!memory) {
		return;
	}
	for (size_t i = 0; i < memory->n; i++) {
		row_free(memory->items[i]);
	}
	shared_lock_fini(&memory->lock);
	mem_free(memory->items);
	mem_free(memory);
}

const struct destination_row *destination_memory_find(const struct destination_memory *memory,
						      const struct store_destination *key)
{
	size_t i = lower_bound(memory, key, true);
	bool there = i < memory->n && key_compare(&memory->items[i]->row, key, true) == 0;
	return there ? memory->items[i] : NULL;
}

const struct destination_row *const *destination_memory_level(const struct destination_memory *memory,
							      const struct store_destination *key,
							      size_t *ret_n)
{
	size_t first = lower_bound(memory, key, false), i = first;
	while (i < memory->n && key_compare(&memory->items[i]->row, key, false) == 0) {
		i++;
	}
	*ret_n = i - first;
	return (const struct destination_row *const *)memory->items + first;
}

const struct destination_row *const *destination_memory_all(const struct destination_memory *memory,
							    size_t *ret_n)
{
	*ret_n = memory->n;
	return (const struct destination_row *const *)memory->items;
}

const struct destination_row *destination_memory_put(struct destination_memory *memory,
						     const struct store_destination *row)
{
	struct destination_row *kept = row_new(row);
	shared_lock_write(&memory->lock);
	size_t i = lower_bound(memory, row, true);
	if (i < memory->n && key_compare(&memory->items[i]->row, row, true) == 0) {
		row_free(memory->items[i]);
		memory->items[i] = kept;
	} else {
		insert_at(memory, i, kept);
	}
	shared_lock_release(&memory->lock);
	return kept;
}

void destination_memory_remove(struct destination_memory *memory, const struct store_destination *key)
{
	shared_lock_write(&memory->lock);
	size_t i = lower_bound(memory, key, true);
	if (i < memory->n && key_compare(&memory->items[i]->row, key, true) == 0) {
		row_free(memory->items[i]);
		memory->n--;
		memmove(memory->items + i, memory->items + i + 1,
			(memory->n - i) * sizeof(struct destination_row *));
	}
	shared_lock_release(&memory->lock);
}

void destination_memory_remove_level(struct destination_memory *memory, const char *tenant,
				     const char *instance)
{
	size_t n = 0;
	shared_lock_write(&memory->lock);
	for (size_t i = 0; i < memory->n; i++) {
		const struct store_destination *row = &memory->items[i]->row;
		if (strcmp(row->tenant, tenant) == 0 && (!instance || strcmp(row->instance, instance) == 0)) {
			row_free(memory->items[i]);
		} else {
			memory->items[n++] = memory->items[i];
		}
	}
	memory->n = n;
	shared_lock_release(&memory->lock);
}
