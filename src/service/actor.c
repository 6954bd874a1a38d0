/* SPDX-License-Identifier: Apache-2.0
 * Who asks for a use case. */
#include "service/actor.h"

static const char *const names[ACTOR_KINDS] = {
	[ACTOR_SERVER] = "server", [ACTOR_SOCKET] = "socket",   [ACTOR_USER] = "user",
	[ACTOR_CLIENT] = "client", [ACTOR_GATEWAY] = "gateway", [ACTOR_ANYBODY] = "anybody",
};

const char *actor_kind_name(enum actor_kind kind)
{
	return names[kind];
}

struct actor actor_server(const char *subaccount)
{
	return (struct actor){ .kind = ACTOR_SERVER,
			       .name = "",
			       .subaccount = subaccount ? subaccount : "",
			       .address = "",
			       .request_id = "" };
}
