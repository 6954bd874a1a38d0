/* SPDX-License-Identifier: Apache-2.0
 * The supervisor goes on as another program in the same process. */
#pragma once

#include "supervisor/state.h"

/** Everything that the next program needs, as a sealed memory file. RC_IO, RC_LIMIT. */
MUST_USE enum rc handover_write(struct supervisor *s, int *ret_fd, struct err *reterr);
/** Read what an earlier program wrote; false in *ret when there was none.
 * RC_INVALID with what does not fit. */
MUST_USE enum rc handover_take(struct supervisor *s, bool *ret, struct err *reterr);
/** In a process started by handover_check_start(): whether handover_take() would succeed; says READY. */
MUST_USE enum rc handover_check(const struct supervisor_options *options, bool *ret_is_check,
				struct err *reterr);
/** Start the program at our path with our words, only to look whether it could take over.
 * secrets: the key that the gateways have, to see that the next master key is the same; -1 none. RC_IO. */
MUST_USE enum rc handover_check_start(int handover, int secrets, pid_t *ret_pid, int *ret_control,
				      struct err *reterr);
/** Become the program at our path. Returns only on failure, with nothing changed. RC_IO. */
enum rc handover_execute(struct supervisor *s, int handover, struct err *reterr);
