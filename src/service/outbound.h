/* SPDX-License-Identifier: Apache-2.0
 * One outbound HTTP call of a job, over libcurl: with a client certificate, and with what the server proved. */
#pragma once

#include "json/value.h"

/**
 * Make one call.
 *
 * request  {"method":"HEAD","url","headers":{},"body"?: text,"container"?: base64 of a key store,"password"?,"anchors":[base64 DER],
 *           "trust"?: base64 of certificates or a key store, "trust_password"?, "system_anchors":false,"trust_all":false,"connect_ms":5000,"total_ms":15000,"max_body":64 KiB [bytes]}
 *           or {"refuse": text, "reason", "fix"}, which only comes back as that error
 * ret      {"reached":bool,"status":n,"headers":{lower-case name: text},"body":base64,"problem":"","text":"","duration_us":n,
 *           "certificate_sent":bool,"remote":"127.0.0.1"}; problem is "" when an HTTP answer came, else one of
 *           resolve connect timeout trust certificate handshake refused protocol limit
 *
 * Only http and https, no redirects, no proxies from the environment. RC_INVALID for a bad request; errors of container_open().
 */
MUST_USE enum rc outbound_run(const struct value *request, struct value **ret, struct err *reterr);
