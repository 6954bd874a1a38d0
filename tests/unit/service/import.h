/* SPDX-License-Identifier: Apache-2.0
 * Files of keys, certificates and revocation lists, into the world's keystore. */
#pragma once

#include "base/memory.h"
#include "container/format.h"
#include "pki/chain/crl.h"
#include "service/core/input.h"
#include "service/keystore/keystore.h"
#include "service/keystore/revocation_list.h"
#include "unit/service/world.h"

/**
 * Import what is given as bytes, opened here: a revocation list, or certificates and key pairs.
 *
 * input  {"content": base64, "password"?, "alias"?, "overwrite"?: false}
 * ret    {"imported":[{"alias","type","subject","sha256"}],"crl"?:{},"findings":[]}
 */
static inline enum rc world_import(struct session *session, const char *tenant, const struct value *input,
				   struct value **ret, struct err *reterr)
{
	AUTO(container_free_cleanup) struct container *container = NULL;
	AUTO_BUF_SECRET(bytes, CRL_MAX_BYTES);
	TRY(input_bytes(input, "content", CRL_MAX_BYTES, &bytes, reterr));
	if (crl_looks_like(buf_str(&bytes))) {
		return service_keystore_import_crl(session, tenant, buf_str(&bytes), ret, reterr);
	}
	TRY(container_open(&container, buf_str(&bytes), value_get_str(input, "password"), reterr));
	return service_keystore_import_container(session, tenant, container, input, ret, reterr);
}
