/* SPDX-License-Identifier: Apache-2.0
 * Names that this machine's programs cannot resolve. */
#pragma once

#include "base/result.h"

/** The host of a URL where getaddrinfo(3) does not find it, owned;
 * NULL where it does, for literals, and for what is no URL. */
char *host_hint_unresolved(const char *url);
/**
 * Say on standard error what to write into the hosts file, where the host of a URL is a name that
 * getaddrinfo(3) does not find: curl and browsers take everything below localhost for this machine, but Node,
 * Java, Go and Python ask the resolver, and Debian's knows no such name. Nothing is said where it is found,
 * for literals, and for what is no URL. Source: RFC 6761 §6.3.
 */
void host_hint_say(const char *url);
