/* SPDX-License-Identifier: Apache-2.0
 * One gateway process: from its descriptors and settings to serving, until it is drained. */
#pragma once

#include "json/value.h"

/**
 * Be a gateway: wait for the secrets key on the control socket and for a published registry, enter the
 * sandbox, report
 * READY, serve, and on DRAIN finish what is under way.
 *
 * settings  what gateways read of src/setting/settings.def, and {"worker","drain_grace_ms","stranger_limit"};
 *           those absent take their defaults
 *
 * Returns RC_OK after a drain, or when the supervisor is gone; else why it cannot serve.
 */
MUST_USE enum rc worker_run(const struct value *settings, struct err *reterr);
