/* SPDX-License-Identifier: Apache-2.0
 * A ring of answers as text: the oldest goes where the next one needs its place or its bytes. */
#include "service/destination/public_key_memory.h"

#include "base/buf.h"
#include "base/memory.h"
#include "os/thread.h"

struct slot {
	char etag[DESTINATION_ETAG_SIZE]; /* "": empty */
	char *text;                       /* JSON, owned; "" where the file tells nothing */
	size_t n;                         /* of text [bytes] */
};

struct public_key_memory {
	struct monitor monitor; /* guards what follows */
	struct slot slots[PUBLIC_KEY_MEMORY_FILES];
	size_t next, oldest; /* places in slots: next is free, or the oldest one's */
	size_t bytes;
};

struct public_key_memory *public_key_memory_new(void)
{
	struct public_key_memory *memory = mem_alloc(sizeof(*memory));
	monitor_init(&memory->monitor);
	return memory;
}

static void slot_clear(struct public_key_memory *memory, struct slot *slot)
{
	memory->bytes -= slot->n;
	mem_free(slot->text);
	*slot = (struct slot){ 0 };
}

void public_key_memory_free(struct public_key_memory *memory)
{
	if (!memory) {
		return;
	}
	for (size_t i = 0; i < PUBLIC_KEY_MEMORY_FILES; i++) {
		slot_clear(memory, &memory->slots[i]);
	}
	monitor_fini(&memory->monitor);
	mem_free(memory);
}

static struct slot *slot_of(struct public_key_memory *memory, const char *etag)
{
	for (size_t i = 0; i < PUBLIC_KEY_MEMORY_FILES; i++) {
		if (strcmp(memory->slots[i].etag, etag) == 0) {
			return &memory->slots[i];
		}
	}
	return NULL;
}

bool public_key_memory_find(struct public_key_memory *memory, const char etag[DESTINATION_ETAG_SIZE],
			    struct value **ret)
{
	AUTO_BUF(text, PUBLIC_KEY_MEMORY_ANSWER);
	if (!etag[0]) {
		return false;
	}
	monitor_enter(&memory->monitor);
	const struct slot *slot = slot_of(memory, etag);
	if (slot) {
		(void)buf_add(&text, str_from(slot->text, slot->n));
	}
	monitor_leave(&memory->monitor);
	*ret = NULL;
	return slot && (text.n == 0 || value_parse(ret, buf_str(&text), text.n, NULL) == RC_OK);
}

static void make_room(struct public_key_memory *memory, size_t bytes)
{
	while (memory->bytes + bytes > PUBLIC_KEY_MEMORY_BYTES || memory->slots[memory->next].etag[0]) {
		slot_clear(memory, &memory->slots[memory->oldest]);
		memory->oldest = (memory->oldest + 1) % PUBLIC_KEY_MEMORY_FILES;
	}
}

void public_key_memory_keep(struct public_key_memory *memory, const char etag[DESTINATION_ETAG_SIZE],
			    const struct value *list)
{
	AUTO_BUF(text, PUBLIC_KEY_MEMORY_ANSWER);
	if (!etag[0] || (list && value_format(list, &text) != RC_OK)) {
		return;
	}
	monitor_enter(&memory->monitor);
	/* Two may have asked at once, and both had it read. */
	if (!slot_of(memory, etag)) {
		make_room(memory, text.n);
		struct slot *slot = &memory->slots[memory->next];
		memory->next = (memory->next + 1) % PUBLIC_KEY_MEMORY_FILES;
		memory->bytes += text.n;
		memcpy(slot->etag, etag, DESTINATION_ETAG_SIZE);
		slot->n = text.n;
		slot->text = buf_take(&text);
	}
	monitor_leave(&memory->monitor);
}
