/* SPDX-License-Identifier: Apache-2.0
 * What stands in the way of a quickstart, all of it, before its first step. */
#include "cmd/quickstart/conflict.h"

#include "base/memory.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/quickstart/record.h"
#include "flow/address.h"

#define LIST_MAX 400
#define TRIES 9

/* What was found so far: everything, and how much of it is not of an earlier quickstart of this name. */
struct conflicts {
	struct buf text;
	size_t n, foreign;
};

static void found(struct conflicts *c, bool own, const char *word, const char *name, const char *more)
{
	c->n++;
	c->foreign += !own;
	AUTO_BUF(one, 1024);
	(void)buf_printf(&one, "%sthe %s %s%s", c->text.n ? ", " : "", word, name, more);
	/* The sentence has an end; what does not fit is seen once the rest is out of the way. */
	if (c->text.n + one.n < LIST_MAX) {
		(void)buf_add(&c->text, buf_str(&one));
	}
}

/* An address collides with one that is equal but for case, and takes calls away from a wildcard that serves
 * it. */
static bool is_taken(const struct quickstart *q, struct str address)
{
	return address_conflicts(address, str_of(q->address)) ||
	       address_match(address, str_of(q->address), NULL);
}

static enum rc find_address(const struct quickstart *q, struct conflicts *c, struct err *reterr)
{
	AUTO_VALUE *list = NULL;
	TRY(client_get(q->client, "/admin/v1/artifacts", &list, reterr));
	for (size_t i = 0; i < value_count(list); i++) {
		const char *id = value_get_c(value_at(list, i), "id");
		if (!id || strcmp(id, q->name) == 0 ||
		    !is_taken(q, value_get_str(value_at(list, i), "address"))) {
			continue;
		}
		AUTO_FREE char *more = mem_printf(" (of the artifact %.100s)", id);
		found(c, false, "address", value_get_c(value_at(list, i), "address"), more);
	}
	return RC_OK;
}

static enum rc find_all(const struct quickstart *q, struct conflicts *c, struct err *reterr)
{
	for (size_t i = 0; i < q->n_things; i++) {
		AUTO_FREE char *mark = NULL;
		const struct quickstart_thing *thing = &q->things[i];
		enum rc rc = quickstart_look(q, thing, &mark, reterr);
		if (rc == RC_NOT_FOUND) {
			continue;
		}
		TRY(rc);
		found(c, quickstart_record_has(q, thing, mark), quickstart_word(thing->kind),
		      thing->kind == QUICKSTART_FILE ? command_base_name(thing->name) : thing->name, "");
	}
	return find_address(q, c, reterr);
}

/* A name with a number behind it under which nothing is there; NULL: none found. */
static char *free_name(const struct quickstart *q)
{
	for (int i = 2; i <= TRIES; i++) {
		AUTO(quickstart_fini) struct quickstart other = { .line = q->line, .client = q->client };
		struct conflicts c = { .text = BUF(LIST_MAX) };
		AUTO_FREE char *name = mem_printf("%.22s-%d", q->name, i);
		quickstart_name(&other, name, q->folder);
		enum rc rc = quickstart_record_load(&other, NULL);
		if (rc == RC_OK && !other.record) {
			rc = find_all(&other, &c, NULL);
		}
		buf_fini(&c.text);
		if (rc != RC_OK) {
			return NULL;
		}
		if (!other.record && c.n == 0) {
			return TAKE(name);
		}
	}
	return NULL;
}

static enum rc refuse_own(const struct quickstart *q, struct err *reterr)
{
	const char *subaccount = quickstart_record_subaccount(q);
	bool plain = subaccount[0] == '\0' || strcmp(subaccount, client_subaccount(q->client)) == 0;
	(void)err_set(reterr, RC_EXISTS, "There is a quickstart %s already, whole or cut short.", q->name);
	return err_fix(reterr, "`postern quickstart %s --remove%s%s`, then again", q->name,
		       plain ? "" : " --subaccount ", plain ? "" : subaccount);
}

enum rc quickstart_check_free(struct quickstart *q, struct err *reterr)
{
	struct conflicts c = { .text = BUF(LIST_MAX) };
	enum rc rc = find_all(q, &c, reterr);
	if (rc == RC_OK && c.foreign > 0) {
		AUTO_FREE char *other = free_name(q);
		rc = err_set(reterr, RC_EXISTS, "Nothing was made. There is already %s.", buf_c(&c.text));
		(void)err_fix(reterr, "Take another name: `postern quickstart %s`", other ? other : "NAME");
	} else if (rc == RC_OK && q->record) {
		rc = refuse_own(q, reterr);
	}
	buf_fini(&c.text);
	return rc;
}
