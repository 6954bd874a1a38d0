/* SPDX-License-Identifier: Apache-2.0
 * What is in a container: a list of entries, whatever kind of file it came from or goes to. */
#include "container/container.h"

#include "base/memory.h"
#include "model/reason.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const names[] = {
	[CONTAINER_PKCS12] = "pkcs12", [CONTAINER_JKS] = "jks", [CONTAINER_JCEKS] = "jceks",
	[CONTAINER_PEM] = "pem",       [CONTAINER_DER] = "der", [CONTAINER_PKCS7] = "pkcs7",
};

const char *container_kind_name(enum container_kind kind)
{
	return names[kind];
}

struct container *container_new(enum container_kind kind)
{
	struct container *c = mem_alloc(sizeof(*c));
	c->kind = kind;
	memcpy(c->encryption, "none", sizeof("none"));
	return c;
}

struct container_entry *container_add(struct container *c, const char *alias)
{
	c->entries = mem_resize(c->entries, c->n + 1, sizeof(*c->entries));
	struct container_entry *entry = &c->entries[c->n++];
	*entry = (struct container_entry){ .alias = mem_strdup(alias) };
	return entry;
}

void container_pass_over(struct container *c, enum reason reason, const char *alias, const char *fmt, ...)
{
	char what[256];
	char name[128];
	va_list arguments;
	if (c->n_passed_over == CONTAINER_MAX_PASSED_OVER) {
		return;
	}
	va_start(arguments, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, arguments);
	va_end(arguments);
	c->passed_over = mem_resize(c->passed_over, c->n_passed_over + 1, sizeof(*c->passed_over));
	c->passed_over[c->n_passed_over++] = (struct container_passed_over){
		.reason = reason,
		.text = alias ? mem_printf("The entry %s is %s.",
					   str_printable(str_of(alias), name, sizeof(name)), what)
			      : mem_printf("An entry without a name is %s.", what),
	};
}

enum rc container_nothing_in_it(struct err *reterr)
{
	(void)reason_err(reterr, RC_INVALID, REASON_P103, NULL);
	if (reterr) {
		(void)snprintf(reterr->text, sizeof(reterr->text),
			       "The file holds neither a private key nor a certificate.");
	}
	return RC_INVALID;
}

char *container_stem(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *dot = strrchr(slash ? slash : file, '.');
	size_t n = dot && dot != file && dot != slash + 1 ? (size_t)(dot - file) : strlen(file);
	AUTO_FREE char *stem = str_dup(str_from(file, n));
	bool same = dot && str_equal_nocase(str_of(dot), STR(".p12"));
	return mem_printf("%s%s", stem, same ? "-new" : "");
}

static bool is_taken(const struct container *c, size_t but, const char *alias)
{
	for (size_t i = 0; i < c->n; i++) {
		if (i != but && c->entries[i].alias &&
		    str_equal_nocase(str_of(c->entries[i].alias), str_of(alias))) {
			return true;
		}
	}
	return false;
}

/* The last entry's name, made different from all before it. Frees take_name. */
static void name_last(struct container *c, char *take_name)
{
	struct container_entry *last = &c->entries[c->n - 1];
	AUTO_FREE char *name = take_name;
	mem_free(last->alias);
	last->alias = mem_strdup(name);
	for (size_t i = 2; is_taken(c, c->n - 1, last->alias); i++) {
		mem_free(last->alias);
		last->alias = mem_printf("%s-%zu", name, i);
	}
}

static void spread_certificates(struct container *ret, const struct container_entry *from)
{
	for (size_t i = 0; i < from->chain.n; i++) {
		cert_list_add(&container_add(ret, NULL)->chain, from->chain.items[i]);
		name_last(ret, i == 0 && from->alias ? mem_strdup(from->alias)
						     : cert_common_name(from->chain.items[i]));
	}
}

struct container *container_spread(const struct container *c, bool name_keys)
{
	struct container *ret = container_new(c->kind);
	for (size_t i = 0; i < c->n; i++) {
		const struct container_entry *from = &c->entries[i];
		if (!from->key) {
			spread_certificates(ret, from);
			continue;
		}
		struct container_entry *to = container_add(ret, NULL);
		to->key = key_ref(from->key);
		for (size_t k = 0; k < from->chain.n; k++) {
			cert_list_add(&to->chain, from->chain.items[k]);
		}
		if (from->alias || name_keys) {
			name_last(ret, from->alias ? mem_strdup(from->alias) : mem_printf("%zu", i + 1));
		}
	}
	return ret;
}

void container_free(struct container *c)
{
	if (!c) {
		return;
	}
	for (size_t i = 0; i < c->n; i++) {
		mem_free(c->entries[i].alias);
		key_free(c->entries[i].key);
		cert_list_fini(&c->entries[i].chain);
	}
	for (size_t i = 0; i < c->n_passed_over; i++) {
		mem_free(c->passed_over[i].text);
	}
	mem_free(c->passed_over);
	mem_free(c->entries);
	mem_free(c);
}

void container_sent(const struct container *c, const struct container_entry *entry, struct cert_list *out)
{
	for (size_t k = 0; k < entry->chain.n; k++) {
		cert_list_add(out, entry->chain.items[k]);
	}
	bool is_java = c->kind == CONTAINER_JKS || c->kind == CONTAINER_JCEKS;
	for (size_t i = 0; !is_java && i < c->n; i++) {
		for (size_t k = 0; k < c->entries[i].chain.n; k++) {
			if (!cert_list_has(out, c->entries[i].chain.items[k])) {
				cert_list_add(out, c->entries[i].chain.items[k]);
			}
		}
	}
}

const char *container_entry_name(const struct container *c, const struct container_entry *entry, char *out,
				 size_t size)
{
	if (entry->alias) {
		(void)snprintf(out, size, "%s", entry->alias);
	} else {
		(void)snprintf(out, size, "%zu", (size_t)(entry - c->entries) + 1);
	}
	return out;
}
