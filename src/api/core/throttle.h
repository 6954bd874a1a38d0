/* SPDX-License-Identifier: Apache-2.0
 * Wrong logins are counted by address and client; too many in a minute are refused without being looked
 * at. */
#pragma once

#include "base/clock.h"
#include "base/str.h"

/** Wrong logins that one address and client may make in a minute. */
#define THROTTLE_MAX 10

struct throttle;

/** A throttle with nothing counted. Holds a fixed number of slots: strangers cannot make it grow. */
struct throttle *throttle_new(void);
/** Free; accepts NULL. */
void throttle_free(struct throttle *throttle);

/** Whether this address (port is ignored) and client have to wait. */
bool throttle_refuses(const struct throttle *throttle, struct str address, struct str client,
		      struct mono now);
/** Count one wrong login. */
void throttle_count(struct throttle *throttle, struct str address, struct str client, struct mono now);
