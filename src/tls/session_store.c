/* SPDX-License-Identifier: Apache-2.0
 * The ring of sealed records in shared memory, and its index. */
#include "tls/session_store.h"

#include "base/memory.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNIT 64 /* records begin at multiples of it [bytes] */
#define RING_UNITS (UINT64_C(1) << 20)
#define BUCKETS ((size_t)16384)
#define WAYS 8
#define TAG_BITS 20
#define TAG_MASK ((UINT64_C(1) << TAG_BITS) - 1)
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define BOUND_MAX 512
#define NONCE_BYTES 12
#define GCM_TAG_BYTES 16
#define HEAD_BYTES (sizeof(uint32_t) + NONCE_BYTES)
#define OVERHEAD (HEAD_BYTES + GCM_TAG_BYTES)

/* As it lies in the shared memory; zeroes are an empty one. */
struct shared {
	_Atomic uint64_t head; /* units handed out since the start; the ring takes them modulo its size */
	char unused[4096 - sizeof(uint64_t)];
	_Atomic uint64_t index[BUCKETS][WAYS]; /* place + 1 << TAG_BITS | tag; 0 empty */
	uint8_t ring[RING_UNITS * UNIT];
};

struct session_store {
	struct shared *shared;
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *seal, *open; /* keyed once */
	uint8_t nonce[NONCE_BYTES];  /* 8 random bytes of this process, then a count */
	struct buf scratch;
};

enum rc session_store_create(int *ret_fd, struct err *reterr)
{
	int fd = memfd_create("postern-sessions", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0) {
		return err_errno(reterr, "cannot make the memory for sessions");
	}
	if (ftruncate(fd, sizeof(struct shared)) != 0 || fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
		enum rc rc = err_errno(reterr, "cannot size the memory for sessions");
		(void)close(fd);
		return rc;
	}
	*ret_fd = fd;
	return RC_OK;
}

static bool make_ciphers(struct session_store *s, const struct seal_key *key)
{
	s->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	s->seal = EVP_CIPHER_CTX_new();
	s->open = EVP_CIPHER_CTX_new();
	return s->cipher && s->seal && s->open &&
	       EVP_EncryptInit_ex2(s->seal, s->cipher, key->b, NULL, NULL) == 1 &&
	       EVP_DecryptInit_ex2(s->open, s->cipher, key->b, NULL, NULL) == 1;
}

enum rc session_store_open(struct session_store **ret, int fd, const struct seal_key *key, struct err *reterr)
{
	struct stat there;
	int seals = fcntl(fd, F_GET_SEALS);
	/* One that could shrink would end this process at its next look. */
	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &there) != 0 ||
	    there.st_size != (off_t)sizeof(struct shared)) {
		return err_set(reterr, RC_INVALID, "This is no memory for sessions.");
	}
	void *mapped = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED) {
		return err_errno(reterr, "cannot map the memory for sessions");
	}
	/* Of no use to a debugger's dump, and full of secrets. */
	(void)madvise(mapped, sizeof(struct shared), MADV_DONTDUMP);
	struct session_store *s = mem_alloc(sizeof(*s));
	s->shared = mapped;
	s->scratch = BUF_SECRET(SESSION_STORE_RECORD_MAX + OVERHEAD);
	random_fill(s->nonce, sizeof(s->nonce));
	if (!make_ciphers(s, key)) {
		session_store_close(s);
		return err_set(reterr, RC_BUG, "The cipher for sessions is not available.");
	}
	*ret = s;
	return RC_OK;
}

void session_store_close(struct session_store *store)
{
	if (!store) {
		return;
	}
	EVP_CIPHER_CTX_free(store->seal);
	EVP_CIPHER_CTX_free(store->open);
	EVP_CIPHER_free(store->cipher);
	buf_fini(&store->scratch);
	(void)munmap(store->shared, sizeof(struct shared));
	mem_free(store);
}

static _Atomic uint64_t *bucket_of(const struct session_store *s, const uint8_t *name)
{
	uint64_t hash;
	memcpy(&hash, name, sizeof(hash));
	return s->shared->index[hash % BUCKETS];
}

static uint64_t tag_of(enum session_store_kind kind, const uint8_t *name)
{
	uint64_t bytes;
	memcpy(&bytes, name + 8, sizeof(bytes));
	return (bytes ^ (uint64_t)kind) & TAG_MASK;
}

/* What a record is sealed with: it opens as this kind, under this name, at this place and with this binding
 * alone. */
static size_t associate(uint8_t out[BOUND_MAX + 64], enum session_store_kind kind, const uint8_t *name,
			uint64_t place, struct str bound)
{
	out[0] = (uint8_t)kind;
	memcpy(out + 1, name, SESSION_STORE_NAME_BYTES);
	memcpy(out + 1 + SESSION_STORE_NAME_BYTES, &place, sizeof(place));
	size_t n = 1 + SESSION_STORE_NAME_BYTES + sizeof(place);
	if (bound.n) {
		memcpy(out + n, bound.p, bound.n);
	}
	return n + bound.n;
}

/* A nonce never comes twice: 64 random bits of this process and a count, renewed before it runs over. */
static void next_nonce(struct session_store *s)
{
	uint32_t count;
	memcpy(&count, s->nonce + 8, sizeof(count));
	if (++count == 0) {
		random_fill(s->nonce, 8);
	}
	memcpy(s->nonce + 8, &count, sizeof(count));
}

/* Room for n bytes in a row. The end of the ring is left empty where a record would stand across it. */
static uint64_t reserve(struct session_store *s, size_t n)
{
	uint64_t units = (n + UNIT - 1) / UNIT;
	uint64_t place;
	do {
		place = atomic_fetch_add_explicit(&s->shared->head, units, memory_order_relaxed);
	} while (place % RING_UNITS + units > RING_UNITS);
	return place;
}

static bool encrypt(struct session_store *s, const uint8_t *bound, size_t bound_n, struct str bytes,
		    uint8_t *out)
{
	int n = 0;
	next_nonce(s);
	memcpy(out + sizeof(uint32_t), s->nonce, NONCE_BYTES);
	return EVP_EncryptInit_ex2(s->seal, NULL, NULL, s->nonce, NULL) == 1 &&
	       EVP_EncryptUpdate(s->seal, NULL, &n, bound, (int)bound_n) == 1 &&
	       EVP_EncryptUpdate(s->seal, out + HEAD_BYTES, &n, (const uint8_t *)bytes.p, (int)bytes.n) ==
		       1 &&
	       EVP_EncryptFinal_ex(s->seal, out + HEAD_BYTES + bytes.n, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(s->seal, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES,
				   out + HEAD_BYTES + bytes.n) == 1;
}

/* The one to take: of the same tag, else an empty one, else the oldest. */
static _Atomic uint64_t *choose(_Atomic uint64_t *bucket, uint64_t tag)
{
	_Atomic uint64_t *found = &bucket[0];
	uint64_t lowest = UINT64_MAX;
	for (size_t i = 0; i < WAYS; i++) {
		uint64_t entry = atomic_load_explicit(&bucket[i], memory_order_relaxed);
		if (entry && (entry & TAG_MASK) == tag) {
			return &bucket[i];
		}
		if (entry < lowest) {
			lowest = entry;
			found = &bucket[i];
		}
	}
	return found;
}

enum rc session_store_put(struct session_store *store, enum session_store_kind kind,
			  const uint8_t name[SESSION_STORE_NAME_BYTES], struct str bound, struct str bytes)
{
	uint8_t associated[BOUND_MAX + 64];
	if (bytes.n == 0 || bytes.n > SESSION_STORE_RECORD_MAX || bound.n > BOUND_MAX) {
		return RC_LIMIT;
	}
	uint64_t place = reserve(store, bytes.n + OVERHEAD);
	size_t n = associate(associated, kind, name, place, bound);
	uint32_t length = (uint32_t)bytes.n;
	buf_clear(&store->scratch);
	uint8_t *out = (uint8_t *)buf_reserve(&store->scratch, bytes.n + OVERHEAD);
	ASSERT(out);
	memcpy(out, &length, sizeof(length));
	ASSERT(encrypt(store, associated, n, bytes, out));
	memcpy(&store->shared->ring[place % RING_UNITS * UNIT], out, bytes.n + OVERHEAD);
	uint64_t tag = tag_of(kind, name);
	atomic_store_explicit(choose(bucket_of(store, name), tag), (place + 1) << TAG_BITS | tag,
			      memory_order_release);
	return RC_OK;
}

static bool decrypt(struct session_store *s, const uint8_t *bound, size_t bound_n, uint8_t *record,
		    size_t n_bytes, uint8_t *out)
{
	int n = 0;
	bool ok = EVP_DecryptInit_ex2(s->open, NULL, NULL, record + sizeof(uint32_t), NULL) == 1 &&
		  EVP_DecryptUpdate(s->open, NULL, &n, bound, (int)bound_n) == 1 &&
		  EVP_DecryptUpdate(s->open, out, &n, record + HEAD_BYTES, (int)n_bytes) == 1 &&
		  EVP_CIPHER_CTX_ctrl(s->open, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES,
				      record + HEAD_BYTES + n_bytes) == 1 &&
		  EVP_DecryptFinal_ex(s->open, out + n, &n) == 1;
	if (!ok) {
		ERR_clear_error();
	}
	return ok;
}

/* Copy a place and open the copy; what another worker writes there meanwhile makes it fail. */
static enum rc open_place(struct session_store *s, uint64_t place, enum session_store_kind kind,
			  const uint8_t *name, struct str bound, struct buf *out)
{
	uint8_t associated[BOUND_MAX + 64];
	const uint8_t *at = &s->shared->ring[place % RING_UNITS * UNIT];
	size_t room = (size_t)((RING_UNITS - place % RING_UNITS) * UNIT);
	uint32_t n_bytes;
	memcpy(&n_bytes, at, sizeof(n_bytes));
	if (n_bytes == 0 || n_bytes > SESSION_STORE_RECORD_MAX || n_bytes + OVERHEAD > room) {
		return RC_NOT_FOUND;
	}
	buf_clear(&s->scratch);
	uint8_t *copy = (uint8_t *)buf_reserve(&s->scratch, n_bytes + OVERHEAD);
	uint8_t *plain = (uint8_t *)buf_reserve(out, n_bytes);
	ASSERT(copy);
	if (!plain) {
		return RC_LIMIT;
	}
	memcpy(copy, at, n_bytes + OVERHEAD);
	size_t n = associate(associated, kind, name, place, bound);
	if (!decrypt(s, associated, n, copy, n_bytes, plain)) {
		mem_wipe(plain, n_bytes);
		return RC_NOT_FOUND;
	}
	buf_added(out, n_bytes);
	return RC_OK;
}

/* How far back a place lies; above RING_UNITS it was overwritten. */
static uint64_t age_of(const struct session_store *s, uint64_t place)
{
	return atomic_load_explicit(&s->shared->head, memory_order_relaxed) - place;
}

enum rc session_store_get(struct session_store *store, enum session_store_kind kind,
			  const uint8_t name[SESSION_STORE_NAME_BYTES], struct str bound, struct buf *out)
{
	_Atomic uint64_t *bucket = bucket_of(store, name);
	uint64_t tag = tag_of(kind, name);
	if (bound.n > BOUND_MAX) {
		return RC_NOT_FOUND;
	}
	for (size_t i = 0; i < WAYS; i++) {
		uint64_t entry = atomic_load_explicit(&bucket[i], memory_order_acquire);
		uint64_t place = (entry >> TAG_BITS) - 1;
		if (!entry || (entry & TAG_MASK) != tag || age_of(store, place) > RING_UNITS) {
			continue;
		}
		enum rc rc = open_place(store, place, kind, name, bound, out);
		if (rc != RC_NOT_FOUND) {
			return rc;
		}
	}
	return RC_NOT_FOUND;
}

bool session_store_has(const struct session_store *store, enum session_store_kind kind,
		       const uint8_t name[SESSION_STORE_NAME_BYTES])
{
	_Atomic uint64_t *bucket = bucket_of(store, name);
	uint64_t tag = tag_of(kind, name);
	for (size_t i = 0; i < WAYS; i++) {
		uint64_t entry = atomic_load_explicit(&bucket[i], memory_order_acquire);
		if (entry && (entry & TAG_MASK) == tag &&
		    age_of(store, (entry >> TAG_BITS) - 1) < RING_UNITS / 2) {
			return true;
		}
	}
	return false;
}
