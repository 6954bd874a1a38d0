/* SPDX-License-Identifier: Apache-2.0
 * Looks names up as other programs do. */
#include "cmd/line/host_hint.h"

#include "base/memory.h"
#include "cmd/line/output.h"
#include "http/uri.h"

#include <netdb.h>

static bool resolves(const char *name)
{
	struct addrinfo *found = NULL;
	const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
	bool good = getaddrinfo(name, NULL, &wanted, &found) == 0;
	if (good) {
		freeaddrinfo(found);
	}
	return good;
}

char *host_hint_unresolved(const char *url)
{
	struct uri uri;
	if (!url || uri_parse(str_of(url), &uri, NULL) != RC_OK || uri.host_is_ip6) {
		return NULL;
	}
	AUTO_FREE char *name = str_dup(uri.host);
	return resolves(name) ? NULL : TAKE(name);
}

void host_hint_say(const char *url)
{
	struct str label;
	AUTO_FREE char *name = host_hint_unresolved(url);
	if (name && host_below(str_of(name), STR("localhost"), &label)) {
		output_say("Programs on this machine do not find %s (curl and browsers do). Once:\n"
			   "  echo '127.0.0.1 %s' | sudo tee -a /etc/hosts",
			   name, name);
	} else if (name) {
		output_say(
			"Programs on this machine do not find %s: it needs an entry in DNS or in /etc/hosts.",
			name);
	}
}
