/* SPDX-License-Identifier: Apache-2.0
 * Decoded certificates that come again: OpenSSL 3.0 needs about 110 µs to decode one, a look-up less than
 * one.
 *
 * The program defines d2i_X509(), which is what libssl calls for each certificate that a peer sends.
 * Only while a cache is in use (cert_cache_use()) does it answer from there; else, and for everything
 * unknown, OpenSSL's own does. Whether libssl's calls arrive there is tried when a gateway starts
 * (tls/decode_check), and counted.
 */
#pragma once

#include "pki/cert.h"

struct cert_cache;

/** A cache of at most max_certs certificates with together at most max_bytes [bytes] of DER. One thread. */
struct cert_cache *cert_cache_new(size_t max_certs, size_t max_bytes);
/** Give it up; accepts NULL. */
void cert_cache_free(struct cert_cache *cache);
DEFINE_CLEANUP(struct cert_cache, cert_cache_free);
/**
 * Keep a certificate; the one of its set that was used longest ago makes room.
 * Only for those of a chain that has verified, so that strangers cannot push anything out.
 * One larger than max_bytes is not kept.
 */
void cert_cache_add(struct cert_cache *cache, struct cert *c);
/** The certificate with this very DER, compared as a whole; borrowed, NULL when it is not there. */
struct cert *cert_cache_find(struct cert_cache *cache, struct str der);
/** How many it holds, and the bytes of their DER. */
size_t cert_cache_count(const struct cert_cache *cache, size_t *ret_bytes);
/** How often it has answered for d2i_X509() [calls]. */
uint64_t cert_cache_decodes(const struct cert_cache *cache);
/** From here on d2i_X509() answers from this cache; NULL: from none. Only around a handshake.
 * Returns the one before. */
struct cert_cache *cert_cache_use(struct cert_cache *cache);
