/* SPDX-License-Identifier: Apache-2.0
 * How each of the people is made. */
#include "unit/gateway/parties.h"

#include "base/memory.h"
#include "unit/pki/house.h"

#define PARTIES_MAX 256

/* How one is made. What the authority refuses to make is made well, and edited and signed anew then. */
struct recipe {
	const char *name;
	const char *issuer; /* NULL: itself */
	const char *subject;
	enum authority_usage usage;
	int from, days; /* of its validity, from now [days] */
	void (*edit)(X509 *);
	const char *signer; /* whose key signs what was edited; NULL: the issuer's */
	const char *host;   /* DNS name; NULL: none */
	const char *via;    /* whose chain is sent along; NULL: the issuer's, "": none */
	const char
		*like; /* an edited copy of another one, with its key; then nothing above counts but edit */
	bool sha1;     /* of such a copy: signed with it */
};

static void no_ca(X509 *x)
{
	put(x, NID_basic_constraints, "critical,CA:FALSE");
	drop(x, NID_key_usage);
}

static void not_example(X509 *x)
{
	put(x, NID_name_constraints, "critical,excluded;DNS:example.com");
}

static void nothing_below(X509 *x)
{
	put(x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
}

static void expired(X509 *x)
{
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), -86400));
}

#define CLIENT(text) .issuer = "ca", .subject = text ",O=Example", .usage = AUTHORITY_CLIENT, .days = 30
#define LEVEL(text, above) \
	{ \
		"level-" text, above, "CN=Level " text, AUTHORITY_CA, .days = 80 \
	}

static const struct recipe RECIPES[] = {
	{ "root", NULL, "CN=Root,O=Department", AUTHORITY_CA, -10, 100 },
	{ "ca", "root", "CN=Issuing,O=Department", AUTHORITY_CA, -10, 90 },
	{ "server", "ca", "CN=localhost", AUTHORITY_SERVER, .days = 30, .host = "localhost" },
	{ "good", CLIENT("CN=good") },
	{ "good-alone", .like = "good", .via = "" },
	{ "unknown", CLIENT("CN=unknown") },
	/* Of the names of good. */
	{ "renewed", CLIENT("CN=good") },
	{ "older", CLIENT("CN=good"), .from = -5 },
	{ "other-ca", "root", "CN=Issuing,O=Department", AUTHORITY_CA, .days = 90 },
	{ "imitator", "other-ca", "CN=good,O=Example", AUTHORITY_CLIENT, .days = 30 },
	/* Something is wrong with the leaf. */
	{ "expired", CLIENT("CN=expired"), .from = -40 },
	{ "early", CLIENT("CN=early"), .from = 5 },
	{ "server-only", "ca", "CN=serveronly,O=Example", AUTHORITY_SERVER, .days = 30, .host = "localhost" },
	{ "no-signature", CLIENT("CN=cipher"), .edit = encipherment_only },
	{ "revoked", CLIENT("CN=revoked") },
	{ "forged", CLIENT("CN=forged"), .signer = "root" },
	{ "weak", .like = "unknown", .sha1 = true },
	{ "critical", CLIENT("CN=critical"), .edit = unknown_critical },
	/* Of another house. */
	{ "foreign-root", NULL, "CN=Foreign Root", AUTHORITY_CA, .days = 100 },
	{ "foreign-ca", "foreign-root", "CN=Foreign CA", AUTHORITY_CA, .days = 90 },
	{ "foreign", "foreign-ca", "CN=foreign", AUTHORITY_CLIENT, .days = 30 },
	{ "lonely", .like = "foreign", .via = "" },
	/* Something is wrong above it. */
	{ "root-narrow", .like = "root", .edit = nothing_below },
	{ "ca-expired", .like = "ca", .edit = expired },
	{ "below-expired", CLIENT("CN=below"), .via = "ca-expired" },
	{ "ca-no-ca", .like = "ca", .edit = no_ca },
	{ "below-no-ca", CLIENT("CN=below"), .via = "ca-no-ca" },
	{ "ca-servers", .like = "ca", .edit = servers_only },
	{ "below-servers", CLIENT("CN=below"), .via = "ca-servers" },
	{ "ca-constrained", .like = "ca", .edit = not_example },
	{ "below-constrained", CLIENT("CN=below"), .host = "www.example.com", .via = "ca-constrained" },
	{ "below-twin", "twin-0", "CN=of a twin", AUTHORITY_CLIENT, .days = 30, .edit = no_key_ids,
	  .via = "" },
	LEVEL("1", "root"),
	LEVEL("2", "level-1"),
	LEVEL("3", "level-2"),
	LEVEL("4", "level-3"),
	LEVEL("5", "level-4"),
	LEVEL("6", "level-5"),
	LEVEL("7", "level-6"),
	LEVEL("8", "level-7"),
	LEVEL("9", "level-8"),
	{ "deep", "level-9", "CN=deep", AUTHORITY_CLIENT, .days = 30 },
};

static struct party parties[PARTIES_MAX];
static size_t n_parties;

static const struct recipe *find_recipe(const char *name)
{
	static const struct recipe twin = {
		.subject = "CN=Twin", .usage = AUTHORITY_CA, .days = 90, .edit = no_key_ids
	};
	if (strncmp(name, "twin-", 5) == 0) {
		return &twin;
	}
	for (size_t i = 0; i < ARRAY_SIZE(RECIPES); i++) {
		if (strcmp(RECIPES[i].name, name) == 0) {
			return &RECIPES[i];
		}
	}
	fail_msg("nobody is called %s", name);
	return NULL;
}

static struct cert *issue(const struct recipe *r, const struct key *key, const struct party *issuer)
{
	AUTO_FREE char *host = mem_printf("DNS:%s", r->host ? r->host : "");
	const char *sans[] = { host, "IP:127.0.0.1" };
	struct authority_order order = { .subject = str_of(r->subject),
					 .sans = sans,
					 .n_sans = r->host ? ARRAY_SIZE(sans) : 0,
					 .usage = r->usage,
					 .path_length = -1,
					 .not_before = { wall_now().us + DAYS(r->from) - 60 * US_PER_SECOND },
					 .days = r->days };
	struct cert *ret = NULL;
	struct err err = { 0 };
	if (authority_issue(&ret, &order, key, issuer ? issuer->chain.items[0] : NULL,
			    issuer ? issuer->key : NULL, &err) != RC_OK) {
		fail_msg("%s: %s", r->name, err.text);
	}
	return ret;
}

static void add_chain(struct party *p, const struct cert_list *above)
{
	for (size_t i = 0; i < above->n; i++) {
		cert_list_add(&p->chain, above->items[i]);
	}
}

/* An edited copy of another one; its chain is that of the original, unless it says otherwise. */
static void make_like(const struct recipe *r, struct party *p)
{
	const struct party *original = party_get(r->like);
	const struct cert *first = original->chain.items[0];
	const struct key *signer = party_issuer(original)->key;
	bool edited = r->edit || r->sha1;
	AUTO_CERT *c = altered(first, edited ? signer : NULL, r->sha1 ? EVP_sha1() : EVP_sha256(), r->edit);
	p->key = key_ref(original->key);
	cert_list_add(&p->chain, c);
	for (size_t i = 1; i < original->chain.n && !r->via; i++) {
		cert_list_add(&p->chain, original->chain.items[i]);
	}
}

static void make(const struct recipe *r, struct party *p)
{
	const struct party *issuer = r->issuer ? party_get(r->issuer) : NULL;
	assert_int_equal(key_generate(&p->key, "p-256", NULL), RC_OK);
	AUTO_CERT *made = issue(r, p->key, issuer);
	const struct key *signer = r->signer ? party_get(r->signer)->key : issuer ? issuer->key : p->key;
	AUTO_CERT *c = altered(made, signer, EVP_sha256(), r->edit);
	bool edited = r->edit || r->signer;
	cert_list_add(&p->chain, edited ? c : made);
	if (!r->via && issuer) {
		add_chain(p, &issuer->chain);
	} else if (r->via && r->via[0]) {
		add_chain(p, &party_get(r->via)->chain);
	}
}

const struct party *party_get(const char *name)
{
	for (size_t i = 0; i < n_parties; i++) {
		if (strcmp(parties[i].name, name) == 0) {
			return &parties[i];
		}
	}
	const struct recipe *r = find_recipe(name);
	struct party made = { .name = mem_strdup(name) };
	if (r->like) {
		make_like(r, &made);
	} else {
		make(r, &made);
	}
	ASSERT(n_parties < PARTIES_MAX);
	parties[n_parties] = made;
	return &parties[n_parties++];
}

const struct party *party_issuer(const struct party *party)
{
	const struct recipe *r = find_recipe(party->name);
	while (r->like) {
		r = find_recipe(r->like);
	}
	return r->issuer ? party_get(r->issuer) : party;
}

void parties_free(void)
{
	while (n_parties > 0) {
		struct party *p = &parties[--n_parties];
		cert_list_fini(&p->chain);
		key_free(p->key);
		mem_free(p->name);
	}
}
