/* SPDX-License-Identifier: Apache-2.0
 * SIGHUP: the program at our path looks whether it can go on from here with the settings as they are now;
 * then it does. */
#pragma once

#include "supervisor/state.h"

/** Somebody wants the settings and the program read anew; reload_next() begins it. */
void reload_want(struct supervisor *s);
/** What a reload waits for may be over: begin it where it is wanted and may begin. */
void reload_next(struct supervisor *s);
/** A process ended that is no child; whether it was the check.
 * Where that was good this does not return: the next program goes on. */
bool reload_check_ended(struct supervisor *s, pid_t pid, int status);
/** Give up a check under way. */
void reload_end(struct supervisor *s);
