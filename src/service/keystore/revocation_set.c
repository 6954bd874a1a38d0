/* SPDX-License-Identifier: Apache-2.0
 * The imported revocation lists of a subaccount, read and ready to be asked. */
#include "service/keystore/revocation_set.h"

#include "base/memory.h"
#include "service/publish/change.h"
#include "service/keystore/keystore_entry.h"

#include <stdio.h>

#define SAYS_MAX 2000

enum rc revocation_set_read(struct revocation_set *ret, struct session *session, const char *tenant,
			    const struct cert_list *more, struct err *reterr)
{
	AUTO_REVOCATION_SET set = { 0 };
	TRY(keystore_entry_known(session, tenant, &set.known, reterr));
	for (size_t i = 0; more && i < more->n; i++) {
		cert_list_add(&set.known, more->items[i]);
	}
	TRY(store_crl_list_all(session->store, tenant, &set.rows, reterr));
	set.lists = mem_array(set.rows.n + 1, sizeof(struct crl *));
	for (size_t i = 0; i < set.rows.n; i++) {
		TRY(crl_new_der(&set.lists[i], set.rows.items[i].der, reterr));
	}
	set.all = revocations_new(set.lists, set.rows.n, &set.known);
	*ret = set;
	set = (struct revocation_set){ 0 };
	return RC_OK;
}

void revocation_set_fini(struct revocation_set *set)
{
	revocations_free(set->all);
	for (size_t i = 0; set->lists && i < set->rows.n; i++) {
		crl_free(set->lists[i]);
	}
	mem_free(set->lists);
	cert_list_fini(&set->known);
	store_crl_list_fini(&set->rows);
	*set = (struct revocation_set){ 0 };
}

const struct cert *revocation_set_find_signer(const struct revocation_set *set, const struct crl *list)
{
	return crl_find_signer(list, &set->known);
}

const char *revocation_set_state_name(enum revocation_state state)
{
	static const char *const names[] = {
		[REVOCATION_STATE_WAITING] = "waiting", [REVOCATION_STATE_REPLACED] = "replaced",
		[REVOCATION_STATE_FUTURE] = "future",   [REVOCATION_STATE_STALE] = "stale",
		[REVOCATION_STATE_LIMITED] = "limited", [REVOCATION_STATE_IN_FORCE] = "in force",
	};
	return names[state];
}

void revocation_set_describe(const struct crl *list, struct buf *out)
{
	char when[WALL_TEXT_SIZE];
	const char *number = crl_facts(list)->number;
	(void)buf_printf(out, "%s%.60s of %s", number ? "number " : "the one", number ? number : "",
			 wall_format(crl_this_update(list), when));
}

static void say(struct buf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct buf *out, const char *fmt, ...)
{
	va_list ap;
	char text[400];
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)buf_printf(out, "%s%s", out->n > 0 ? " " : "", text);
}

static enum revocation_state say_waiting(const struct revocation_set *set, const struct crl *list,
					 struct buf *out)
{
	bool named = false;
	for (size_t i = 0; i < set->known.n; i++) {
		named |= crl_is_named(list, set->known.items[i]);
	}
	say(out,
	    "%s it counts for callers who send the certificate of its issuer along, and takes no other "
	    "list's place.",
	    named ? "Another key signed it than those of the certificates that are known by its issuer's "
		    "name:"
		  : "No certificate of its issuer is known:");
	return REVOCATION_STATE_WAITING;
}

/* What the list is not about. */
static bool say_scope(const struct crl *list, struct buf *out)
{
	const struct crl_facts *f = crl_facts(list);
	size_t before = out->n;
	if (f->unknown) {
		say(out,
		    "It has an extension that is not known here (%s): whom it names is refused, but it takes "
		    "no "
		    "other list's place and says of nobody that he is good.",
		    f->unknown);
	}
	if (f->only_attributes) {
		say(out, "It is for attribute certificates alone, which no caller has: it says nothing.");
	}
	if (f->only_leaves || f->only_cas) {
		say(out, "It is for %s certificates alone and takes the place of such lists alone.",
		    f->only_cas ? "CA" : "leaf");
	}
	if (f->point) {
		say(out, "It is for the certificates of the distribution point %.200s alone.", f->point);
	}
	if (f->some_reasons) {
		say(out, "It tells some reasons of revocation alone.");
	}
	if (f->indirect) {
		say(out, "It may name certificates of other issuers; those entries have no effect.");
	}
	return out->n > before;
}

static bool say_base(const struct revocation_set *set, const struct crl *list, const struct cert *signer,
		     struct buf *out)
{
	const struct crl_facts *f = crl_facts(list);
	if (!f->delta || revocation_has_base(set->all, list, signer)) {
		return false;
	}
	say(out,
	    "It counts on the complete list number %.60s or a later one, which is not there: whom it names "
	    "is "
	    "refused, and nothing else comes of it.",
	    f->base ? f->base : "?");
	return true;
}

/* The state of a list, of the set or not, and what it cannot say appended to out as sentences with a blank
 * between. */
static enum revocation_state revocation_set_judge(const struct revocation_set *set, const struct crl *list,
						  struct wall now, struct buf *out)
{
	char when[WALL_TEXT_SIZE];
	const struct crl_facts *f = crl_facts(list);
	const struct cert *signer = revocation_set_find_signer(set, list);
	if (!signer) {
		return say_waiting(set, list, out);
	}
	const struct crl *other = revocation_replaced_by(set->all, list, signer, now);
	if (other) {
		AUTO_BUF(text, 200);
		revocation_set_describe(other, &text);
		say(out, "Its place is taken by %s.", buf_c(&text));
		return REVOCATION_STATE_REPLACED;
	}
	if (crl_this_update(list).us > now.us) {
		say(out,
		    "It counts from %s; until then it refuses whom it names and takes no other list's place.",
		    wall_format(crl_this_update(list), when));
		return REVOCATION_STATE_FUTURE;
	}
	/* Both are said. */
	bool scope = say_scope(list, out), base = say_base(set, list, signer, out);
	bool limited = scope || base;
	if (crl_next_update(list).us < now.us && !f->unknown && !f->only_attributes) {
		say(out, "It was due for renewal at %s.", wall_format(crl_next_update(list), when));
		return REVOCATION_STATE_STALE;
	}
	return limited ? REVOCATION_STATE_LIMITED : REVOCATION_STATE_IN_FORCE;
}

struct value *revocation_set_value(const struct revocation_set *set, const struct crl *list,
				   const char *sha256, struct wall now)
{
	AUTO_BUF(says, SAYS_MAX);
	struct value *v = value_object();
	const struct crl_facts *f = crl_facts(list);
	struct wall next = crl_next_update(list);
	enum revocation_state state = revocation_set_judge(set, list, now, &says);
	value_set_c(v, "issuer", crl_issuer(list));
	value_set_c(v, "number", f->number);
	value_set_c(v, "base", f->base);
	value_set_wall(v, "this_update", crl_this_update(list));
	value_set_wall(v, "next_update", (struct wall){ next.us == INT64_MAX ? 0 : next.us });
	value_set_int(v, "entries", (int64_t)crl_count(list));
	value_set_c(v, "sha256", sha256);
	value_set_bool(v, "verified", state != REVOCATION_STATE_WAITING);
	value_set_c(v, "state", revocation_set_state_name(state));
	value_set_c(v, "says", says.n > 0 ? buf_c(&says) : NULL);
	return v;
}
