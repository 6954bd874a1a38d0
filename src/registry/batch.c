/* SPDX-License-Identifier: Apache-2.0
 * What one change publishes: entries in memory, or a base file on its way. */
#include "registry/batch_internal.h"

#include "base/memory.h"
#include "registry/base_file.h"

#include <fcntl.h>
#include <unistd.h>

/* Largest transaction [bytes]; a rebuild is not bound by it. */
#define TRANSACTION_MAX ((size_t)64 * 1024 * 1024)

struct registry_batch *registry_batch_new(void)
{
	struct registry_batch *batch = mem_alloc(sizeof(*batch));
	buf_init(&batch->entries, TRANSACTION_MAX);
	batch->dirfd = -1;
	return batch;
}

enum rc registry_batch_new_rebuild(struct registry_batch **ret, int dirfd, uint64_t number,
				   const struct registry_generations *will, struct err *reterr)
{
	AUTO(registry_batch_free_cleanup) struct registry_batch *batch = registry_batch_new();
	batch->number = number;
	batch->will = *will;
	batch->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	if (batch->dirfd < 0) {
		return err_errno(reterr, "The registry's folder cannot be opened");
	}
	TRY(registry_builder_new(&batch->builder, batch->dirfd, number, reterr));
	*ret = TAKE(batch);
	return RC_OK;
}

void registry_batch_free(struct registry_batch *batch)
{
	char name[REGISTRY_NAME_SIZE];
	if (!batch) {
		return;
	}
	if (batch->size && !batch->applied) {
		(void)unlinkat(batch->dirfd, registry_base_name(batch->number, name), 0);
	}
	registry_builder_free(batch->builder);
	buf_fini(&batch->entries);
	if (batch->dirfd >= 0) {
		(void)close(batch->dirfd);
	}
	mem_free(batch);
}

static enum rc add(struct registry_batch *batch, const struct registry_record *record, struct err *reterr)
{
	struct registry_record numbered = *record;
	if (!batch->number) {
		return registry_entry_format(REGISTRY_ENTRY_PUT, record, 0, &batch->entries, reterr);
	}
	ASSERT(batch->builder);
	numbered.version = registry_version_of(&batch->will);
	return registry_builder_add(batch->builder, &numbered, reterr);
}

static void mark(struct registry_batch *batch, enum registry_kind kind)
{
	bool trust = kind == REGISTRY_ANCHOR || kind == REGISTRY_CRL;
	batch->trust |= trust || kind == REGISTRY_SETTING;
	batch->identity |= !trust;
}

enum rc registry_batch_put(struct registry_batch *batch, const struct registry_record *record,
			   struct err *reterr)
{
	mark(batch, record->kind);
	return add(batch, record, reterr);
}

enum rc registry_batch_delete(struct registry_batch *batch, enum registry_kind kind, struct str tenant,
			      struct str key, struct err *reterr)
{
	const struct registry_record record = { .kind = kind, .tenant = tenant, .key = key };
	mark(batch, kind);
	if (!batch->number) {
		return registry_entry_format(REGISTRY_ENTRY_DELETE, &record, 0, &batch->entries, reterr);
	}
	ASSERT(batch->builder);
	return registry_builder_remove(batch->builder, kind, tenant, key, reterr);
}

enum rc registry_batch_stamp(struct registry_batch *batch, struct str stamp, struct err *reterr)
{
	const struct registry_record record = { .kind = REGISTRY_SETTING,
						.key = STR(REGISTRY_STAMP_KEY),
						.value = stamp };
	return add(batch, &record, reterr);
}

bool registry_batch_is_empty(const struct registry_batch *batch)
{
	return !batch->number && batch->entries.n == 0 && !batch->entries.overflow;
}

bool registry_batch_moves_identity(const struct registry_batch *batch)
{
	return batch->identity;
}

enum rc registry_batch_finish(struct registry_batch *batch, struct err *reterr)
{
	if (!batch->builder) {
		return RC_OK;
	}
	TRY(registry_builder_finish(batch->builder, batch->will.trust, batch->will.identity, &batch->size,
				    reterr));
	registry_builder_free(batch->builder);
	batch->builder = NULL;
	return RC_OK;
}
