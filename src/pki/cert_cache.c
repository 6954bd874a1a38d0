/* SPDX-License-Identifier: Apache-2.0
 * A set-associative table of certificates by their DER, and the d2i_X509() that looks there first. */
#include "pki/cert_cache.h"

#include "base/hash.h"
#include "base/memory.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>

#define WAYS 4

struct place {
	struct cert *cert;
	uint64_t used; /* when, counted in look-ups */
};

struct cert_cache {
	size_t n_sets, max_bytes, n, bytes;
	uint64_t now, decodes;
	struct place *places; /* n_sets × WAYS */
};

/* One for each thread: libssl's call has no argument of ours. */
static _Thread_local struct cert_cache *in_use;

struct cert_cache *cert_cache_new(size_t max_certs, size_t max_bytes)
{
	struct cert_cache *cache = mem_alloc(sizeof(*cache));
	cache->n_sets = max_certs < WAYS ? 1 : max_certs / WAYS;
	cache->max_bytes = max_bytes;
	cache->places = mem_array(cache->n_sets * WAYS, sizeof(struct place));
	return cache;
}

void cert_cache_free(struct cert_cache *cache)
{
	if (!cache) {
		return;
	}
	if (in_use == cache) {
		in_use = NULL;
	}
	for (size_t i = 0; i < cache->n_sets * WAYS; i++) {
		cert_free(cache->places[i].cert);
	}
	mem_free(cache->places);
	mem_free(cache);
}

/* The end of a certificate is its signature, which differs in every one; equality is decided by all of it. */
static struct place *set_of(struct cert_cache *cache, struct str der)
{
	struct str end = der.n > 64 ? str_skip(der, der.n - 64) : der;
	uint64_t hash = hash_bytes(end.p, end.n, der.n);
	return &cache->places[hash % cache->n_sets * WAYS];
}

struct cert *cert_cache_find(struct cert_cache *cache, struct str der)
{
	struct place *set = set_of(cache, der);
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].cert && str_equal(cert_der(set[i].cert), der)) {
			set[i].used = ++cache->now;
			return set[i].cert;
		}
	}
	return NULL;
}

static void drop(struct cert_cache *cache, struct place *place)
{
	if (!place->cert) {
		return;
	}
	cache->n--;
	cache->bytes -= cert_der(place->cert).n;
	cert_free(place->cert);
	*place = (struct place){ 0 };
}

static struct place *oldest(struct place *set)
{
	struct place *found = &set[0];
	for (size_t i = 1; i < WAYS && found->cert; i++) {
		if (!set[i].cert || set[i].used < found->used) {
			found = &set[i];
		}
	}
	return found;
}

void cert_cache_add(struct cert_cache *cache, struct cert *c)
{
	struct str der = cert_der(c);
	if (der.n > cache->max_bytes || cert_cache_find(cache, der)) {
		return;
	}
	struct place *set = set_of(cache, der);
	struct place *place = oldest(set);
	drop(cache, place);
	/* Full by bytes: other sets give way, each its oldest, beginning behind this one. */
	for (size_t i = 1; cache->bytes + der.n > cache->max_bytes; i++) {
		size_t at = (size_t)(set - cache->places) / WAYS + i;
		struct place *other = &cache->places[at % cache->n_sets * WAYS];
		for (size_t j = 0; j < WAYS; j++) {
			drop(cache, &other[j]);
		}
	}
	*place = (struct place){ cert_ref(c), ++cache->now };
	cache->n++;
	cache->bytes += der.n;
}

size_t cert_cache_count(const struct cert_cache *cache, size_t *ret_bytes)
{
	if (ret_bytes) {
		*ret_bytes = cache->bytes;
	}
	return cache->n;
}

uint64_t cert_cache_decodes(const struct cert_cache *cache)
{
	return cache->decodes;
}

struct cert_cache *cert_cache_use(struct cert_cache *cache)
{
	struct cert_cache *before = in_use;
	in_use = cache;
	return before;
}

typedef X509 *(*decode_fn)(X509 **, const unsigned char **, long);

static decode_fn own;

static void find_own(void)
{
	/* ISO C knows no cast from an object's pointer to a function's; POSIX demands that this works. */
	void *symbol = dlsym(RTLD_NEXT, "d2i_X509");
	memcpy(&own, &symbol, sizeof(own));
}

static X509 *decode(X509 **a, const unsigned char **in, long len)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
	(void)CRYPTO_THREAD_run_once(&once, find_own);
	/* Without a libcrypto behind us (static linking) the template is the same but for the extensions read
	 * ahead. */
	return own ? own(a, in, len) : (X509 *)ASN1_item_d2i((ASN1_VALUE **)a, in, len, X509_it());
}

/** As OpenSSL's d2i_X509(3); libssl's calls arrive here, because the program exports it. */
__attribute__((visibility("default"))) X509 *d2i_X509(X509 **a, const unsigned char **in, long len)
{
	struct cert *known =
		in_use && in && *in && len > 0 ? cert_cache_find(in_use, str_from(*in, (size_t)len)) : NULL;
	X509 *x509 = known ? cert_x509(known) : NULL;
	if (!x509 || X509_up_ref(x509) != 1) {
		return decode(a, in, len);
	}
	in_use->decodes++;
	/* An object to be filled is replaced: a decoded one cannot be copied into it. */
	if (a) {
		X509_free(*a);
		*a = x509;
	}
	*in += len;
	return x509;
}
