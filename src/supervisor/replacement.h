/* SPDX-License-Identifier: Apache-2.0
 * Children of an earlier generation are replaced one by one:
 * the successor serves before the old one lets go. */
#pragma once

#include "supervisor/child.h"

/** Begin to replace every child of an older generation. */
void replacement_begin(struct supervisor *s);
/** Something may have moved: start the next one, retire the one replaced, or find that all is done.
 * No harm where nothing has. */
void replacement_next(struct supervisor *s);
/** A child died before READY. True: it was given up (and freed), the old ones serve on. */
bool replacement_failed_once(struct child *child);
/** Give up a replacement that does not go on, for another is wanted; one that goes on is left to its end. */
void replacement_give_up(struct supervisor *s);
