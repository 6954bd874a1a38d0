/* SPDX-License-Identifier: Apache-2.0
 * What context.c and connection.c share. */
#pragma once

#include "tls/context.h"

#include <openssl/ssl.h>

struct tls_server_context {
	size_t owners;
	SSL_CTX *ssl;
};

struct tls_client_context {
	size_t owners;
	SSL_CTX *ssl;
	bool check_host;
	bool verify;
};

/** Fill reterr from the oldest entry of OpenSSL's error queue, and empty the queue. Returns code. */
enum rc tls_err(struct err *reterr, enum rc code, const char *what);
