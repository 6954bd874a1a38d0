/* SPDX-License-Identifier: Apache-2.0
 * What is known of who calls. */
#include "gateway/caller.h"

#include "base/memory.h"

void caller_free(struct caller *caller)
{
	if (!caller || --caller->refs > 0) {
		return;
	}
	identity_fini(&caller->identity);
	view_keys_fini(&caller->keys);
	value_free(caller->claims);
	buf_fini(&caller->user);
	buf_fini(&caller->secret_sha256);
	buf_fini(&caller->confirmation);
	buf_fini(&caller->line);
	mem_free(caller);
}

void caller_explain(struct caller *caller, const struct identity_peer *peer, struct wall now)
{
	AUTO(identity_fini) struct identity again = { 0 };
	if (caller->identity.presented) {
		return;
	}
	identity_judge(peer, NULL, caller->keys.candidates, caller->keys.n, now, &again);
	caller->identity.presented = again.presented;
	caller->identity.expected = again.expected;
	again.presented = again.expected = NULL;
}
