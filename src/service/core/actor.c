/* SPDX-License-Identifier: Apache-2.0
 * Who asks for a use case. */
#include "service/core/actor.h"

struct actor actor_server(const char *subaccount)
{
	return (struct actor){ .kind = ACTOR_SERVER,
			       .name = "",
			       .subaccount = subaccount ? subaccount : "",
			       .address = "",
			       .request_id = "" };
}
