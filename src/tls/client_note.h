/* SPDX-License-Identifier: Apache-2.0
 * What happened in a TLS handshake that another library makes as client:
 * told apart without reading its sentences. */
#pragma once

#include "base/buf.h"

/** Zeroed before; filled while handshakes of the context go on. */
struct tls_client_note {
	int alert;    /* description of the last fatal alert of the server, 0: none. Source: RFC 8446 §6 */
	bool not_tls; /* what came instead of a handshake was no TLS */
	bool began;   /* the server answered with TLS */
	bool certificate_asked; /* the server asked for a client certificate */
	bool done;              /* the handshake came to its end */
	char names
		/* DNS names of the server's certificate, ", " between them; "" before the end, or none */
		[512];
};

/** Note in *note, which has to outlive them, what the client handshakes of an SSL_CTX come to. */
void tls_client_note_attach(void *ssl_ctx, struct tls_client_note *note);
/** What a verification that failed (X509_V_ERR_...) says of the server's certificate: a sentence. */
const char *tls_verify_words(long verified);
/** An alert in plain words, for the middle of a sentence; never NULL. */
const char *tls_alert_words(int alert);
