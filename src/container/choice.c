/* SPDX-License-Identifier: Apache-2.0
 * The usable one of several. */
#include "container/choice.h"

#include "base/memory.h"
#include "model/reason.h"

#include <stdio.h>

/* Why a client cannot use it now; NULL where it can. */
static const char *fault_of(const struct container_entry *e, struct wall now)
{
	const struct cert *leaf = e->chain.n ? e->chain.items[0] : NULL;
	if (!leaf) {
		return "without its certificate";
	}
	if (e->key && !key_matches(e->key, leaf)) {
		return "its key is another one's";
	}
	if (cert_not_after(leaf).us <= now.us) {
		return "expired";
	}
	if (cert_not_before(leaf).us > now.us) {
		return "not valid yet";
	}
	if (cert_is_ca(leaf)) {
		return "a CA's";
	}
	return cert_may_client_auth(leaf) ? NULL : "no client's";
}

enum rank { RANK_KEY, RANK_LEAF, RANK_ANY };

static bool is_candidate(const struct container_entry *e, enum rank rank)
{
	if (rank == RANK_KEY) {
		return e->key != NULL;
	}
	return e->chain.n && (rank == RANK_ANY || !cert_is_ca(e->chain.items[0]));
}

/* The same certificate twice is one to choose. */
static bool is_double(const struct container *c, size_t at, enum rank rank)
{
	for (size_t i = 0; c->entries[at].chain.n && i < at; i++) {
		if (is_candidate(&c->entries[i], rank) && c->entries[i].chain.n &&
		    cert_equal(c->entries[i].chain.items[0], c->entries[at].chain.items[0])) {
			return true;
		}
	}
	return false;
}

struct candidates {
	const struct container_entry *items[CONTAINER_MAX_ENTRIES];
	size_t n, n_usable;
	const struct container_entry *usable; /* the first */
};

static void collect(const struct container *c, struct wall now, enum rank rank, struct candidates *ret)
{
	for (size_t i = 0; i < c->n && ret->n < CONTAINER_MAX_ENTRIES; i++) {
		const struct container_entry *e = &c->entries[i];
		if (!is_candidate(e, rank) || is_double(c, i, rank)) {
			continue;
		}
		ret->items[ret->n++] = e;
		if (fault_of(e, now)) {
			continue;
		}
		if (ret->n_usable++ == 0) {
			ret->usable = e;
		}
	}
}

/* "old (expired), second"; a certificate without a name is told by its subject.
 * Cut where there are too many. */
static void list(const struct container *c, const struct candidates *all, struct wall now, bool but_usable,
		 struct buf *out)
{
	for (size_t i = 0; i < all->n && out->n < 240; i++) {
		char name[150], shown[150];
		const struct container_entry *e = all->items[i];
		const char *fault = fault_of(e, now);
		if (but_usable && !fault) {
			continue;
		}
		(void)container_entry_name(c, e, name, sizeof(name));
		(void)buf_printf(out, "%s%s", out->n ? ", " : "",
				 str_printable(str_of(name), shown, sizeof(shown)));
		if (!e->alias && e->chain.n) {
			(void)buf_printf(out, " %.100s", cert_subject(e->chain.items[0]));
		}
		if (fault) {
			(void)buf_printf(out, " (%s)", fault);
		}
	}
}

static enum rc refuse(const struct container *c, const struct candidates *all, struct wall now,
		      struct err *reterr)
{
	AUTO_BUF(names, 1024);
	list(c, all, now, false, &names);
	(void)reason_err(reterr, RC_INVALID, REASON_P126, NULL);
	if (reterr) {
		(void)snprintf(reterr->text, sizeof(reterr->text),
			       all->n_usable
				       ? "The file holds several entries that could be meant: %s."
				       : "The file holds several entries, and none can be used now: %s.",
			       buf_c(&names));
	}
	return RC_INVALID;
}

static enum rc choose(const struct container *c, struct wall now, struct candidates *all, struct choice *ret,
		      struct err *reterr)
{
	AUTO_BUF(others, 1024);
	char name[150], shown[150];
	for (enum rank rank = RANK_KEY; rank <= RANK_ANY && all->n == 0; rank++) {
		collect(c, now, rank, all);
	}
	*ret = (struct choice){ .entry = all->n == 1 ? all->items[0] : all->usable };
	if (all->n == 0) {
		(void)err_set(reterr, RC_INVALID, "The file holds no certificate.");
		return err_reason(reterr, "P104");
	}
	if (all->n == 1) {
		return RC_OK;
	}
	if (all->n_usable != 1) {
		return refuse(c, all, now, reterr);
	}
	list(c, all, now, true, &others);
	(void)container_entry_name(c, ret->entry, name, sizeof(name));
	(void)snprintf(ret->told, sizeof(ret->told), "Taken is %s; not taken: %s.",
		       str_printable(str_of(name), shown, sizeof(shown)), buf_c(&others));
	return RC_OK;
}

enum rc choice_make(const struct container *c, struct wall now, struct choice *ret, struct err *reterr)
{
	struct candidates *all = mem_alloc(sizeof(*all));
	enum rc rc = choose(c, now, all, ret, reterr);
	mem_free(all);
	return rc;
}
