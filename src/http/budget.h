/* SPDX-License-Identifier: Apache-2.0
 * How many bytes of bodies may be held at once, in all and for one caller; counted before they are read. */
#pragma once

#include "base/str.h"

#include <stdint.h>

/** Of the whole so much for one caller. */
#define BUDGET_CALLER_SHARE 4

/** Bytes held now, in all and by account. */
struct budget;
/** What is held for one caller; there is one while anything is. */
struct budget_account;

/** Whether something may be held. */
enum budget_answer {
	BUDGET_OK,
	BUDGET_CALLER, /* the caller would hold more than its share */
	BUDGET_FULL,   /* all together would hold more than the whole */
};

/** Make one for so much in all [bytes]. Free with budget_free(). */
struct budget *budget_new(uint64_t whole);
/** Free it; its accounts must have been closed. Accepts NULL. */
void budget_free(struct budget *budget);
/** The account of a caller, whose name is copied; opened as often as it is closed. */
struct budget_account *budget_open(struct budget *budget, struct str caller);
/** Close it; what was taken must have been given back. Accepts NULL. */
void budget_close(struct budget_account *account);
/** Hold n [bytes] more, all or nothing. The whole is asked before the share. */
enum budget_answer budget_take(struct budget_account *account, uint64_t n);
/** Hold n [bytes] less. */
void budget_give(struct budget_account *account, uint64_t n);
/** Let n [bytes] that are held for one caller be another's, of the same budget.
 * Its share may be passed by that: they are there. */
void budget_move(struct budget_account *from, struct budget_account *to, uint64_t n);
/** Held now in all [bytes]. */
uint64_t budget_held(const struct budget *budget);
