/* SPDX-License-Identifier: Apache-2.0
 * What is known about single properties of destinations. */
#include "service/destination/destination_property.h"

bool destination_property_is_secret(const char *name)
{
	static const char *const ends[] = { "Password", "password",   "Secret",
					    "secret",   "SystemUser", "clientKey" };
	struct str n = str_of(name);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (str_ends_with(n, str_of(ends[i]))) {
			return true;
		}
	}
	/* API keys and tokens travel as URL.headers.* and URL.queries.*. */
	return str_starts_with(n, STR("URL.headers.")) || str_starts_with(n, STR("URL.queries.")) ||
	       str_starts_with(n, STR("tokenServiceURL.headers.")) ||
	       str_starts_with(n, STR("tokenService.body."));
}
