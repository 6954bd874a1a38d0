/* SPDX-License-Identifier: Apache-2.0
 * Token requests of callers with a certificate go on to the manager, who alone can sign. */
#pragma once

#include "gateway/visit.h"

/**
 * Pass POST /oauth/token on over the manager's internal socket, and its answer back.
 * The service key that the certificate proved is told in x-postern-client-credential;
 * only the gateway can reach that socket.
 */
void forward_token(struct visit *visit);
