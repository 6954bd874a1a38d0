/* SPDX-License-Identifier: Apache-2.0
 * How many bytes of bodies may be held at once, in all and for one caller. */
#include "http/budget.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"

/* Accounts are few: each has a request under way. */
#define PLACES 1024

struct budget_account {
	struct budget_account *next;
	struct budget *budget;
	uint64_t held; /* [bytes] */
	size_t openings;
	size_t place;
	size_t n;
	char caller[]; /* n [bytes] */
};

struct budget {
	uint64_t whole, held; /* [bytes] */
	uint64_t seed;        /* so that nobody can choose names that fall together */
	struct budget_account *places[PLACES];
};

struct budget *budget_new(uint64_t whole)
{
	struct budget *b = mem_alloc(sizeof(*b));
	b->whole = whole;
	random_fill(&b->seed, sizeof(b->seed));
	return b;
}

void budget_free(struct budget *budget)
{
	if (budget) {
		ASSERT(budget->held == 0);
	}
	mem_free(budget);
}

static size_t place_of(const struct budget *budget, struct str caller)
{
	return (size_t)(hash_bytes(caller.p, caller.n, budget->seed) % PLACES);
}

struct budget_account *budget_open(struct budget *budget, struct str caller)
{
	size_t place = place_of(budget, caller);
	struct budget_account *a = budget->places[place];
	while (a && !str_equal(str_from(a->caller, a->n), caller)) {
		a = a->next;
	}
	if (!a) {
		a = mem_alloc(sizeof(*a) + caller.n);
		a->budget = budget;
		a->next = budget->places[place];
		a->place = place;
		a->n = caller.n;
		if (caller.n) {
			memcpy(a->caller, caller.p, caller.n);
		}
		budget->places[place] = a;
	}
	a->openings++;
	return a;
}

void budget_close(struct budget_account *account)
{
	if (!account || --account->openings > 0) {
		return;
	}
	ASSERT(account->held == 0);
	struct budget_account **at = &account->budget->places[account->place];
	while (*at != account) {
		at = &(*at)->next;
	}
	*at = account->next;
	mem_free(account);
}

enum budget_answer budget_take(struct budget_account *account, uint64_t n)
{
	struct budget *b = account->budget;
	uint64_t share = b->whole / BUDGET_CALLER_SHARE;
	if (n > b->whole - b->held) {
		return BUDGET_FULL;
	}
	if (account->held > share || n > share - account->held) {
		return BUDGET_CALLER;
	}
	account->held += n;
	b->held += n;
	return BUDGET_OK;
}

void budget_give(struct budget_account *account, uint64_t n)
{
	ASSERT(n <= account->held);
	account->held -= n;
	account->budget->held -= n;
}

void budget_move(struct budget_account *from, struct budget_account *to, uint64_t n)
{
	ASSERT(n <= from->held);
	from->held -= n;
	to->held += n;
}

uint64_t budget_held(const struct budget *budget)
{
	return budget->held;
}
