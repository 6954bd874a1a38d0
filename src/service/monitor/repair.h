/* SPDX-License-Identifier: Apache-2.0
 * Repairs that depend on what this server knows: whose certificate it is, which endpoint was meant. */
#pragma once

#include "model/reason.h"
#include "service/core/service.h"

/**
 * Append the repair of a certificate that Postern's own CA issued (P108, P109, P114, K207):
 * one that can be typed, where a partner's certificate has to be asked for.
 * False, with nothing appended, for other reasons and issuers.
 *
 * issuer, subject  RFC 2253; p NULL where unknown
 */
bool repair_own_certificate(struct session *session, const char *tenant, enum reason reason,
			    struct str issuer, struct str subject, struct buf *out);

/** Append the path of the endpoint that a raw path was probably meant for; false when there is none. */
bool repair_path(struct session *session, const char *tenant, struct str raw_path, struct buf *out);

/**
 * What D413 says of a destination's URL that leads nowhere: {"url"}, the URL that was probably meant; owned.
 * NULL when it is not this gateway's, when it leads to an endpoint or to none in particular, and when none is
 * near.
 */
struct value *repair_url(struct session *session, const char *tenant, struct str url);
