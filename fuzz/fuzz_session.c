/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as a session to be kept, as a record of the shared memory, and as a chain that lies there. */
#include "pki/cert.h"
#include "tls/session.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tls_claim claim = { { 1 }, { 2 }, { 3 } };
	struct str in = str_from(data, size);
	struct tls_claim read;
	struct str session;
	AUTO_BUF(record, TLS_SESSION_MAX);
	AUTO_BUF(again, TLS_SESSION_MAX);
	AUTO_CERT_LIST chain = { 0 };
	(void)!tls_session_parse(in, &read, &session);
	if (tls_session_format(&claim, in, &record) == RC_OK) {
		/* What was cut once is cut no further, and is never longer. */
		if (tls_session_parse(buf_str(&record), &read, &session) != RC_OK || session.n > size ||
		    tls_session_format(&claim, session, &again) != RC_OK ||
		    !str_equal(buf_str(&record), buf_str(&again))) {
			abort();
		}
	}
	(void)!cert_list_read(&chain, in, 10, NULL);
	if (chain.n > 10) {
		abort();
	}
	return 0;
}
