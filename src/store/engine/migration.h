/* SPDX-License-Identifier: Apache-2.0
 * The schema of a store, whatever version wrote it. */
#pragma once

#include "base/result.h"

struct store;

/** Bring the schema up to date. RC_UNSUPPORTED when it is newer than this program; RC_STORE. */
MUST_USE enum rc migration_run(struct store *store, struct err *reterr);
