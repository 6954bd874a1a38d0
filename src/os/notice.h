/* SPDX-License-Identifier: Apache-2.0
 * Notices: typed messages between our own processes, each with at most one descriptor. */
#pragma once

#include "base/result.h"

#include <stdint.h>

enum notice_kind {
	NOTICE_READY = 1, /* child → supervisor: serving */
	NOTICE_SLOT_PUT,  /* manager → supervisor → gateways: slot, descriptor */
	/* supervisor → child: finish what runs, take nothing new, end; value: for idle callers [ms] */
	NOTICE_DRAIN,
	/* supervisor → manager: slot: worker number | state << 16, value: generation << 32 | pid */
	NOTICE_WORKER,
	NOTICE_KIND_END,
};

/** In the slot of DRAIN: there is no successor, so what waits in the accept queue is taken first. */
#define NOTICE_DRAIN_LAST 1

/** One notice. */
struct notice {
	uint32_t kind; /* enum notice_kind */
	uint32_t slot;
	uint64_t value;
};

/** A connected pair of SOCK_SEQPACKET sockets, non-blocking and close-on-exec. */
MUST_USE enum rc notice_pair(int ret_fds[2], struct err *reterr);
/** Send one; pass_fd is borrowed, -1 for none. RC_AGAIN queue full, RC_CLOSED peer gone, RC_IO. */
MUST_USE enum rc notice_send(int fd, const struct notice *notice, int pass_fd, struct err *reterr);
/** Receive one; *ret_fd is the caller's, -1 for none. RC_AGAIN none, RC_CLOSED peer gone, RC_PROTO not one of
 * ours. */
MUST_USE enum rc notice_receive(int fd, struct notice *ret, int *ret_fd, struct err *reterr);
