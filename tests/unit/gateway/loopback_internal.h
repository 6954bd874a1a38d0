/* SPDX-License-Identifier: Apache-2.0
 * What loopback.c (the gateway) and loopback_caller.c (who calls it) share. */
#pragma once

#include "registry/writer.h"
#include "unit/gateway/loopback.h"

struct loopback {
	char *folder;
	int registry_fd, journal_fd;
	struct registry_writer *writer;
	struct journal_reader *journal;
	struct seal_key secrets;
	struct gateway gateway;
	struct http_server *receiver;
	int listener; /* of the receiver */
	char receiver_url[64];
	struct loopback_caller *callers;
	struct value *record; /* that was asked for last */
};

struct loopback_caller {
	struct loopback_caller *next;
	struct loopback *loopback;
	struct transport *transport;
	struct tls_client_context *tls;
	bool shaken; /* hands, with success */
	bool closed;
	struct buf out, in;
};
