/* SPDX-License-Identifier: Apache-2.0
 * Files that are no key stores, told by what they are. */
#pragma once

#include "base/result.h"
#include "base/str.h"

/**
 * Fill in what the bytes are (P103 with the name, and the command that makes a key store of them where there
 * is one).
 * file  its name for that command; NULL stands as FILE.
 * False when they are nothing that is known; reterr is untouched then.
 */
bool foreign_name(struct str bytes, const char *file, struct err *reterr);
