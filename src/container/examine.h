/* SPDX-License-Identifier: Apache-2.0
 * What is in a container, and what is wrong with it or will bite. */
#pragma once

#include "container/container.h"

/** A certificate that ends sooner than this gets P114 [days]. */
#define EXAMINE_SOON_DAYS 30

/**
 * {"container","encryption","legacy","entries":[{"alias","type":"key-pair|certificate","key","chain":[...]}],
 * "clients":[{"client","called","outcome":"opens|wrong|empty|refuses","because","words"}],"findings":[...]};
 * owned. Findings carry the codes P102 and P104 to P114, errors first, each with the command that mends it.
 * An entry without alias is shown by its number from 1, as Java's keytool does.
 *
 * file  the file's name as the user typed it, for those commands
 *
 * Pure: the time is given.
 */
struct value *examine_container(const struct container *c, struct wall now, const char *file);
