/* SPDX-License-Identifier: Apache-2.0
 * What a quickstart of a name makes: every name, file and mark of it, before anything is asked or written. */
#include "cmd/quickstart/things.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "cmd/line/output.h"

#include <stdio.h>

static void add_thing(struct quickstart *q, enum quickstart_kind kind, const char *name)
{
	ASSERT(q->n_things < QUICKSTART_THINGS);
	q->things[q->n_things++] = (struct quickstart_thing){ kind, name };
}

/* Marks that nobody else chooses: a version with a random qualifier, and a description with the same. */
static void make_marks(struct quickstart *q)
{
	uint8_t mark[4];
	char text[sizeof(mark) * 2 + 1];
	random_fill(mark, sizeof(mark));
	hex_format(mark, sizeof(mark), text);
	q->version = mem_printf("1.0.0.quickstart-%s", text);
	q->description = mem_printf("Made by postern quickstart %s (%s)", q->name, text);
}

void quickstart_name(struct quickstart *q, const char *name, const char *folder)
{
	q->name = mem_strdup(name);
	q->folder = mem_strdup(folder);
	q->p12 = mem_printf("%s/%s.p12", folder, name);
	q->password_file = mem_printf("%s.password", q->p12);
	q->leaf = mem_printf("%s/%s.cer", folder, name);
	q->root = mem_printf("%s/%s-root.cer", folder, name);
	q->ca = mem_printf("%s/%s-ca.cer", folder, name);
	q->store = mem_printf("%s.p12", name);
	q->root_alias = mem_printf("%s-root", name);
	q->ca_alias = mem_printf("%s-ca", name);
	q->instance = mem_printf("%s-runtime", name);
	q->address = mem_printf("/%s", name);
	q->record_file = mem_printf("%s/%s.quickstart", folder, name);
	q->password = (struct buf)BUF_SECRET(256);
	make_marks(q);
	add_thing(q, QUICKSTART_CERTIFICATE, q->name);
	const char *const files[] = { q->p12, q->password_file, q->leaf, q->root, q->ca };
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		add_thing(q, QUICKSTART_FILE, files[i]);
	}
	add_thing(q, QUICKSTART_ALIAS, q->root_alias);
	add_thing(q, QUICKSTART_ALIAS, q->ca_alias);
	add_thing(q, QUICKSTART_ARTIFACT, q->name);
	add_thing(q, QUICKSTART_INSTANCE, q->instance);
	add_thing(q, QUICKSTART_KEY, q->name);
	add_thing(q, QUICKSTART_STORE, q->store);
	add_thing(q, QUICKSTART_DESTINATION, q->name);
}

void quickstart_fini(struct quickstart *q)
{
	char *const texts[] = { q->name,       q->folder,      q->p12,      q->password_file,
				q->leaf,       q->root,        q->ca,       q->store,
				q->root_alias, q->ca_alias,    q->instance, q->address,
				q->version,    q->description, q->url,      q->record_file };
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		mem_free(texts[i]);
	}
	buf_fini(&q->password);
	value_free(q->report);
	value_free(q->record);
}

void quickstart_tell(const struct quickstart *q, const char *fmt, ...)
{
	va_list list;
	char part[4096];
	va_start(list, fmt);
	vsnprintf(part, sizeof(part), fmt, list);
	va_end(list);
	if (!command_json(q->line)) {
		output_data("    %s$ %s%s\n", output_style(OUTPUT_DIM), part, output_style(OUTPUT_PLAIN));
	}
	output_flush();
}
