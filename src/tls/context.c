/* SPDX-License-Identifier: Apache-2.0
 * Chooses versions, algorithms, keys and trust for a server's or a client's connections. */
#include "tls/context.h"

#include "base/memory.h"
#include "tls/internal.h"
#include "tls/session.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <signal.h>

/* ECDHE and AEAD only; AES-128 first: it is the cheapest with AES instructions, and strong enough.
 * ChaCha20 goes first for clients that put it first, which are those without AES instructions
 * (SSL_OP_PRIORITIZE_CHACHA). */
#define CIPHERS_TLS12 \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define CIPHERS_TLS13 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
/* P-256 and P-384 stay: X25519 alone breaks TLS 1.2 with certificates on those curves.
 * A server's curve is chosen by its client, who shall not choose the dear ones;
 * a client takes whatever certificate the server has. */
#define GROUPS_SERVER "X25519:P-256:P-384"
#define GROUPS_CLIENT GROUPS_SERVER ":P-521"
/* On which curves a client's key may lie in TLS 1.2: what libssl knows, but for the slow ones over binary
 * fields. */
#define GROUPS_OF_KEYS GROUPS_CLIENT ":brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:secp256k1:secp224r1"
/* P-256 before RSA, so that a client that can take either gets the cheap server key.
 * PKCS#1 v1.5 is for TLS 1.2. Behind them all else that can be verified:
 * a client keeps a key back for which it finds nothing here. */
#define SIGNATURES \
	"ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:" \
	"ECDSA+SHA512:RSA-PSS+SHA512:RSA+SHA512:ed25519:ed448:" \
	"rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512"
/* What is read of a Certificate message, so that one above the limit is still answered with a reason. */
#define MESSAGE_BYTES_MAX (2 * TLS_CHAIN_BYTES_MAX)

#define OPTIONS \
	(SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | \
	 SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_TICKET)

/* What both sides have in common. */
static SSL_CTX *context_new(const SSL_METHOD *method, const char *groups)
{
	/* OpenSSL writes with write(): to a peer that went, that must be an error and not a signal. */
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	(void)sigaction(SIGPIPE, &ignore, NULL);
	SSL_CTX *ssl = SSL_CTX_new(method);
	if (!ssl) {
		return NULL;
	}
	if (SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ssl, CIPHERS_TLS12) != 1 ||
	    SSL_CTX_set_ciphersuites(ssl, CIPHERS_TLS13) != 1 ||
	    SSL_CTX_set1_groups_list(ssl, tls_text(groups)) != 1 ||
	    SSL_CTX_set1_sigalgs_list(ssl, tls_text(SIGNATURES)) != 1) {
		SSL_CTX_free(ssl);
		return NULL;
	}
	(void)SSL_CTX_set_options(ssl, OPTIONS);
	/* What the kernel holds comes in with one call; see connection_pending(). */
	SSL_CTX_set_read_ahead(ssl, 1);
	/* The chain is ours to give: none is built anew for each handshake. */
	(void)SSL_CTX_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS |
					    SSL_MODE_ENABLE_PARTIAL_WRITE |
					    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	(void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(ssl, (long)MESSAGE_BYTES_MAX);
	return ssl;
}

static bool key_use(SSL_CTX *ssl, const struct tls_identity *identity, struct err *reterr)
{
	STACK_OF(X509) *rest = sk_X509_new_null();
	bool ok = rest != NULL;
	for (size_t i = 1; i < identity->chain->n && ok; i++) {
		ok = sk_X509_push(rest, cert_x509(identity->chain->items[i])) > 0;
	}
	/* The chain's certificates and the key gain an owner each; only the stack itself is ours. */
	if (ok && SSL_CTX_use_cert_and_key(ssl, cert_x509(identity->chain->items[0]), key_evp(identity->key),
					   rest, 1) != 1) {
		ok = false;
	}
	if (!ok) {
		(void)tls_err(reterr, RC_INVALID, "the certificate cannot be used for TLS", true);
	}
	sk_X509_free(rest);
	return ok;
}

static enum rc use_identity(SSL_CTX *ssl, const struct tls_identity *identity, struct err *reterr)
{
	if (identity->chain->n == 0 || !identity->key ||
	    !key_matches(identity->key, identity->chain->items[0])) {
		return err_set(reterr, RC_INVALID, "the private key does not belong to the certificate");
	}
	return key_use(ssl, identity, reterr) ? RC_OK : RC_INVALID;
}

/* Every chain passes the handshake: whether it is good the hook says, and each request again. */
static int judge_later(X509_STORE_CTX *store, void *context)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(store);
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	if (chain && ssl && SSL_get_app_data(ssl)) {
		tls_connection_judge(SSL_get_app_data(ssl), chain);
	}
	/* Of TLS 1.2: libssl wants the key on a group of ours.
	 * Those of the key exchange are chosen by now. */
	if (ssl && SSL_version(ssl) == TLS1_2_VERSION) {
		(void)SSL_set1_groups_list(ssl, tls_text(GROUPS_OF_KEYS));
	}
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/* The one name of a server_name extension; RFC 6066 §3 knows no other kind.
 * False: malformed, libssl will say so. */
static bool read_server_name(struct str extension, struct str *ret)
{
	const uint8_t *p = (const uint8_t *)extension.p;
	size_t n = extension.n;
	if (n < 5 || (size_t)(p[0] << 8 | p[1]) != n - 2 || p[2] != TLSEXT_NAMETYPE_host_name ||
	    (size_t)(p[3] << 8 | p[4]) != n - 5) {
		return false;
	}
	*ret = str_skip(extension, 5);
	return ret->n > 0 && ret->n <= TLSEXT_MAXLEN_host_name;
}

/* Known before a session is looked for, in both versions:
 * libssl itself reads the name later, in TLS 1.2 of the session. */
static int on_hello(SSL *ssl, int *alert, void *context)
{
	struct tls_connection *c = SSL_get_app_data(ssl);
	const unsigned char *p = NULL;
	size_t n = 0;
	struct str name;
	/* SSL_get_extms_support() says nothing before the handshake is over. */
	c->extended_master_secret =
		SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_extended_master_secret, &p, &n) == 1;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &n) == 1 &&
	    read_server_name(str_from(p, n), &name)) {
		tls_connection_set_sni(c, name);
	}
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* Each name once, as RFC 8446 §4.2.4 writes it: two bytes of length, then the name.
 * False: there are too many. */
static bool gather_names(const struct cert_list *certs, STACK_OF(X509_NAME) * names, size_t *ret_bytes)
{
	size_t bytes = 0;
	for (size_t i = 0; certs && i < certs->n && bytes <= TLS_CA_NAMES_BYTES_MAX; i++) {
		const X509_NAME *name = X509_get_subject_name(cert_x509(certs->items[i]));
		bool known = false;
		for (int k = 0; k < sk_X509_NAME_num(names) && !known; k++) {
			known = X509_NAME_cmp(sk_X509_NAME_value(names, k), name) == 0;
		}
		const unsigned char *der;
		size_t n = 0;
		if (known || X509_NAME_get0_der(name, &der, &n) != 1) {
			continue;
		}
		X509_NAME *copy = X509_NAME_dup(name);
		if (!copy || sk_X509_NAME_push(names, copy) <= 0) {
			X509_NAME_free(copy);
		}
		bytes += 2 + n;
	}
	*ret_bytes = bytes;
	return bytes <= TLS_CA_NAMES_BYTES_MAX;
}

bool tls_ca_names_fit(const struct cert_list *certs)
{
	size_t bytes;
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
	bool fit = names && gather_names(certs, names, &bytes);
	sk_X509_NAME_pop_free(names, X509_NAME_free);
	return fit;
}

static bool offer_names(SSL_CTX *ssl, const struct cert_list *certs)
{
	size_t bytes;
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
	if (!names) {
		return false;
	}
	if (gather_names(certs, names, &bytes) && bytes > 0) {
		SSL_CTX_set_client_CA_list(ssl, names);
	} else {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
	}
	return true;
}

/* = RFC 7301 §3.2: the server chooses, HTTP/2 first. To a client that names neither, as HTTP/1.0 does, ALPN
 * is not answered, as by a server that knows none: it gets HTTP/1.1, and its answer with a reason, where the
 * alert would have none. */
static int choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_n,
			   const unsigned char *offered, unsigned offered_n, void *context)
{
	static const unsigned char served[] = "\x02h2\x08http/1.1";
	unsigned char *chosen = NULL;
	int result = SSL_select_next_proto(&chosen, ret_n, served, sizeof(served) - 1, offered, offered_n);
	*ret = chosen;
	return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static enum rc fill_server(SSL_CTX *ssl, const struct tls_server_options *options, struct err *reterr)
{
	static const unsigned char id[] = "postern";
	if (!options->rsa.chain && !options->ec.chain) {
		return err_set(reterr, RC_INVALID, "a TLS server needs a key pair");
	}
	if (options->rsa.chain) {
		TRY(use_identity(ssl, &options->rsa, reterr));
	}
	if (options->ec.chain) {
		TRY(use_identity(ssl, &options->ec, reterr));
	}
	if (options->request_client_certificate) {
		SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_cert_verify_callback(ssl, judge_later, NULL);
	}
	if (options->offer_http2) {
		SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
	}
	SSL_CTX_set_client_hello_cb(ssl, on_hello, NULL);
	if (options->sessions) {
		tls_session_enable(ssl);
	}
	/* A ticket goes out only where the hook found the chain good, so that none can stand for one that was
	 * not judged. */
	if (SSL_CTX_set_session_id_context(ssl, id, sizeof(id) - 1) != 1 ||
	    SSL_CTX_set_num_tickets(ssl, 0) != 1 || !offer_names(ssl, options->offered_ca_names)) {
		return tls_err(reterr, RC_INVALID, "cannot set up the TLS server", true);
	}
	return RC_OK;
}

enum rc tls_server_context_new(struct tls_server_context **ret, const struct tls_server_options *options,
			       struct err *reterr)
{
	SSL_CTX *ssl = context_new(TLS_server_method(), GROUPS_SERVER);
	if (!ssl) {
		return tls_err(reterr, RC_BUG, "cannot make a TLS context", true);
	}
	enum rc rc = fill_server(ssl, options, reterr);
	if (rc != RC_OK) {
		SSL_CTX_free(ssl);
		return rc;
	}
	struct tls_server_context *context = mem_alloc(sizeof(*context));
	*context = (struct tls_server_context){ .owners = 1,
						.ssl = ssl,
						.sessions = options->sessions,
						.certificates = options->certificates,
						.hooks = options->hooks };
	*ret = context;
	return RC_OK;
}

struct tls_server_context *tls_server_context_ref(struct tls_server_context *context)
{
	context->owners++;
	return context;
}

void tls_server_context_free(struct tls_server_context *context)
{
	if (!context || --context->owners > 0) {
		return;
	}
	SSL_CTX_free(context->ssl);
	mem_free(context);
}

static enum rc fill_client(SSL_CTX *ssl, const struct tls_client_options *options, struct err *reterr)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ssl);
	size_t n = options->anchors ? options->anchors->n : 0;
	for (size_t i = 0; i < n; i++) {
		if (X509_STORE_add_cert(store, cert_x509(options->anchors->items[i])) != 1) {
			return tls_err(reterr, RC_INVALID, "a trusted certificate cannot be used", false);
		}
	}
	if ((n == 0 || options->with_system_trust) && !options->skip_verification &&
	    SSL_CTX_set_default_verify_paths(ssl) != 1) {
		return tls_err(reterr, RC_IO, "the system's trusted certificates cannot be read", false);
	}
	/* An imported issuing CA is enough, as it is for inbound chains. */
	(void)X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
	SSL_CTX_set_verify(ssl, options->skip_verification ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_verify_depth(ssl, TLS_CHAIN_CERTIFICATES_MAX);
	if (options->identity.chain) {
		TRY(use_identity(ssl, &options->identity, reterr));
	}
	return RC_OK;
}

enum rc tls_client_context_new(struct tls_client_context **ret, const struct tls_client_options *options,
			       struct err *reterr)
{
	SSL_CTX *ssl = context_new(TLS_client_method(), GROUPS_CLIENT);
	if (!ssl) {
		return tls_err(reterr, RC_BUG, "cannot make a TLS context", true);
	}
	enum rc rc = fill_client(ssl, options, reterr);
	if (rc != RC_OK) {
		SSL_CTX_free(ssl);
		return rc;
	}
	struct tls_client_context *context = mem_alloc(sizeof(*context));
	*context = (struct tls_client_context){ .owners = 1,
						.ssl = ssl,
						.verify = !options->skip_verification,
						.check_host = !options->skip_host_check &&
							      !options->skip_verification };
	*ret = context;
	return RC_OK;
}

struct tls_client_context *tls_client_context_ref(struct tls_client_context *context)
{
	context->owners++;
	return context;
}

void tls_client_context_free(struct tls_client_context *context)
{
	if (!context || --context->owners > 0) {
		return;
	}
	SSL_CTX_free(context->ssl);
	mem_free(context);
}
