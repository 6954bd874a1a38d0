/* SPDX-License-Identifier: Apache-2.0
 * What of a registry's folder is whole, after whatever ended the writer or the machine. */
#pragma once

#include "registry/reader.h"

/**
 * Find the newest whole state: of all base files that hold, each with what of its delta is whole, the one
 * with the greatest generations. The control page is not believed:
 * power may have been lost before it, or what it tells of, was written.
 *
 * ret  as of registry_reader_open_whole()
 *
 * RC_AGAIN there is no base file; RC_INVALID none holds; RC_IO.
 */
MUST_USE enum rc registry_recover(int dirfd, struct registry_reader **ret, struct err *reterr);
