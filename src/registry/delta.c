/* SPDX-License-Identifier: Apache-2.0
 * Applying a delta: each entry checked, the last one of a key counts. */
#include "registry/delta.h"

#include "base/memory.h"

void registry_delta_fini(struct registry_delta *delta)
{
	for (size_t i = 0; i < delta->n_chunks; i++) {
		mem_free(delta->chunks[i]);
	}
	mem_free(delta->chunks);
	mem_free(delta->entries);
	mem_free(delta->nodes);
	mem_free(delta->buckets);
	*delta = (struct registry_delta){ 0 };
}

static void link_node(struct registry_delta *delta, uint32_t node)
{
	uint32_t *bucket = &delta->buckets[delta->nodes[node].hash & (delta->n_buckets - 1)];
	delta->nodes[node].next = *bucket;
	*bucket = node;
}

static void grow_buckets(struct registry_delta *delta)
{
	delta->n_buckets = delta->n_buckets ? delta->n_buckets * 4 : 64;
	mem_free(delta->buckets);
	delta->buckets = mem_array(delta->n_buckets, sizeof(*delta->buckets));
	memset(delta->buckets, 0xff, delta->n_buckets * sizeof(*delta->buckets));
	for (size_t i = 0; i < delta->n_nodes; i++) {
		link_node(delta, (uint32_t)i);
	}
}

static void add_node(struct registry_delta *delta, uint64_t hash, uint32_t entry)
{
	if (delta->n_nodes == delta->size_nodes) {
		delta->size_nodes = delta->size_nodes ? delta->size_nodes * 2 : 64;
		delta->nodes = mem_resize(delta->nodes, delta->size_nodes, sizeof(*delta->nodes));
	}
	if (delta->n_nodes >= delta->n_buckets) {
		grow_buckets(delta);
	}
	delta->nodes[delta->n_nodes] = (struct registry_delta_node){ .hash = hash, .entry = entry };
	link_node(delta, (uint32_t)delta->n_nodes++);
}

uint32_t registry_delta_next(const struct registry_delta *delta, uint32_t node, uint64_t hash)
{
	uint32_t next = delta->nodes[node].next;
	while (next != REGISTRY_DELTA_NONE && delta->nodes[next].hash != hash) {
		next = delta->nodes[next].next;
	}
	return next;
}

uint32_t registry_delta_first(const struct registry_delta *delta, uint64_t hash)
{
	if (!delta->n_buckets) {
		return REGISTRY_DELTA_NONE;
	}
	uint32_t node = delta->buckets[hash & (delta->n_buckets - 1)];
	while (node != REGISTRY_DELTA_NONE && delta->nodes[node].hash != hash) {
		node = delta->nodes[node].next;
	}
	return node;
}

static struct registry_delta_entry *find_last(const struct registry_delta *delta, enum registry_kind kind,
					      struct str tenant, struct str key)
{
	uint64_t hash = registry_hash_term(kind, tenant, key, true);
	uint32_t node = registry_delta_first(delta, hash);
	for (; node != REGISTRY_DELTA_NONE; node = registry_delta_next(delta, node, hash)) {
		struct registry_delta_entry *entry = &delta->entries[delta->nodes[node].entry];
		if (!entry->superseded && entry->record.kind == kind &&
		    str_equal(entry->record.tenant, tenant) && str_equal(entry->record.key, key)) {
			return entry;
		}
	}
	return NULL;
}

const struct registry_delta_entry *registry_delta_get(const struct registry_delta *delta,
						      enum registry_kind kind, struct str tenant,
						      struct str key)
{
	return find_last(delta, kind, tenant, key);
}

static void add_entry(struct registry_delta *delta, const struct registry_record *record, bool deleted)
{
	struct registry_delta_entry *before = find_last(delta, record->kind, record->tenant, record->key);
	if (before) {
		before->superseded = true;
	}
	if (delta->n_entries == delta->size_entries) {
		delta->size_entries = delta->size_entries ? delta->size_entries * 2 : 32;
		delta->entries = mem_resize(delta->entries, delta->size_entries, sizeof(*delta->entries));
	}
	uint32_t number = (uint32_t)delta->n_entries++;
	delta->entries[number] = (struct registry_delta_entry){ .record = *record, .deleted = deleted };
	add_node(delta, registry_hash_term(record->kind, record->tenant, record->key, true), number);
	for (size_t i = 0; !deleted && i < record->n_terms; i++) {
		add_node(delta, registry_hash_term(record->kind, record->tenant, record->terms[i], false),
			 number);
	}
}

static void keep_chunk(struct registry_delta *delta, char *take_bytes)
{
	delta->chunks = mem_resize(delta->chunks, delta->n_chunks + 1, sizeof(*delta->chunks));
	delta->chunks[delta->n_chunks++] = take_bytes;
}

enum rc registry_delta_apply(struct registry_delta *delta, char *take_bytes, size_t n, struct err *reterr)
{
	struct str rest = str_from(take_bytes, n);
	bool whole = true;
	keep_chunk(delta, take_bytes);
	while (rest.n > 0) {
		enum registry_entry entry;
		struct registry_record record;
		uint64_t second;
		size_t size;
		TRY(registry_entry_parse(rest, &entry, &record, &second, &size, reterr));
		whole = entry == REGISTRY_ENTRY_COMMIT;
		if (whole) {
			delta->trust_generation = record.version;
			delta->identity_generation = second;
		} else {
			add_entry(delta, &record, entry == REGISTRY_ENTRY_DELETE);
		}
		rest = str_skip(rest, size);
	}
	return whole ? RC_OK
		     : err_set(reterr, RC_INVALID,
			       "The registry is damaged: the delta ends amid a transaction.");
}

size_t registry_delta_whole(struct str bytes)
{
	enum registry_entry entry;
	struct registry_record record;
	uint64_t second;
	size_t size, at = 0, whole = 0;
	while (registry_entry_parse(str_skip(bytes, at), &entry, &record, &second, &size, NULL) == RC_OK) {
		at += size;
		whole = entry == REGISTRY_ENTRY_COMMIT ? at : whole;
	}
	return whole;
}
