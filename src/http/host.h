/* SPDX-License-Identifier: Apache-2.0
 * Who a Host field, an :authority, a server name of TLS or the authority of a URL names:
 * one reading for all of them. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

enum host_kind { HOST_NAME, HOST_IP4, HOST_IP6 };

/** A host with its port. */
struct host {
	/* without brackets and without the dot that ends a full name; slices into the text */
	struct str name;
	enum host_kind kind;
	uint16_t port; /* 0 when none was given */
};

/**
 * Take "host", "host:port" or "[literal]:port" apart.
 *
 * text  as sent; an empty port ("host:") is none
 *
 * RC_INVALID empty; user info; a byte that no host name has; an empty label or one above 63 bytes;
 * a whole above 255; a port that is none of 1 to 65535; an IPv6 literal that is none, has a zone, or stands
 * without brackets. "127.1" and the like are names here: nobody resolves them as an address.
 * Source: RFC 9110 §7.2, RFC 3986 §3.2.2, RFC 1123 §2.1.
 */
MUST_USE enum rc host_split(struct str text, struct host *ret);
/** Whether two hosts (of host_split(), or settings) are the same:
 * names without regard to case and to the dot that ends a full name, IPv6 literals by their value. */
bool host_equal(struct str a, struct str b);
/**
 * Whether a host lies below another: "acme.localhost" below "localhost". An address has nothing below it.
 *
 * ret_label  what stands in front: "acme"; with dots in it where it lies deeper, which no subaccount's name
 *            has. Slices into host
 */
bool host_below(struct str host, struct str own, struct str *ret_label);
/** What stands in front of own in a host as it was sent, with or without a port;
 * n is 0 where it names anything else. */
struct str host_label(struct str text, struct str own);
/** Whether it leads to this machine alone: localhost, 127.0.0.0/8 in four numbers, ::1. */
bool host_is_loopback(struct str host);
