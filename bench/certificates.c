/* SPDX-License-Identifier: Apache-2.0
 * Makes the throw-away certificates of a benchmark: for RSA and for P-256 a root, an issuing CA, a server and
 * clients.
 *
 * Usage: bench_certificates FOLDER COUNT
 * FOLDER/rsa and FOLDER/ec get root.pem, ca.pem, server.pem (key, leaf, CA), client.key and clients.pem:
 * COUNT leaves of one key, which differ in subject and serial number.
 * One key serves them all, because making 5,000 RSA keys takes minutes and nothing that is measured looks at
 * a public key of another connection. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DAYS 365
#define PATH_SIZE 4096

struct party {
	EVP_PKEY *key;
	X509 *certificate;
};

static void check(bool good, const char *what)
{
	if (!good) {
		(void)fprintf(stderr, "bench_certificates: cannot %s\n", what);
		exit(1);
	}
}

static EVP_PKEY *make_key(bool rsa)
{
	EVP_PKEY *key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	check(key, "make a key");
	return key;
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *text)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &context, nid, text);
	check(extension && X509_add_ext(certificate, extension, -1), "add an extension");
	X509_EXTENSION_free(extension);
}

static void set_name(X509 *certificate, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	check(X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)"DE", -1, -1, 0) &&
		      X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Benchmark",
						 -1, -1, 0) &&
		      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common_name,
						 -1, -1, 0),
	      "name a certificate");
}

/* issuer NULL: self-signed. usage NULL: a CA. */
static X509 *make_certificate(EVP_PKEY *key, const char *name, long serial, const struct party *issuer,
			      const char *usage)
{
	X509 *c = X509_new();
	check(c && X509_set_version(c, 2) && ASN1_INTEGER_set(X509_get_serialNumber(c), serial) &&
		      X509_gmtime_adj(X509_getm_notBefore(c), -3600) &&
		      X509_gmtime_adj(X509_getm_notAfter(c), (long)DAYS * 86400) && X509_set_pubkey(c, key),
	      "fill a certificate");
	set_name(c, name);
	check(X509_set_issuer_name(c, X509_get_subject_name(issuer ? issuer->certificate : c)),
	      "name an issuer");
	X509 *above = issuer ? issuer->certificate : c;
	add_extension(c, above, NID_basic_constraints, usage ? "critical,CA:FALSE" : "critical,CA:TRUE");
	add_extension(c, above, NID_key_usage,
		      usage ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign");
	add_extension(c, above, NID_subject_key_identifier, "hash");
	if (issuer) {
		add_extension(c, above, NID_authority_key_identifier, "keyid");
	}
	if (usage) {
		add_extension(c, above, NID_ext_key_usage, usage);
	}
	if (usage && strcmp(usage, "serverAuth") == 0) {
		add_extension(c, above, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
	}
	check(X509_sign(c, issuer ? issuer->key : key, EVP_sha256()), "sign a certificate");
	return c;
}

static FILE *create(const char *folder, const char *name)
{
	char path[PATH_SIZE];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	check(file, "write a file");
	return file;
}

static void write_certificate(const char *folder, const char *name, X509 *certificate)
{
	FILE *file = create(folder, name);
	check(PEM_write_X509(file, certificate) && fclose(file) == 0, "write a certificate");
}

static void write_server(const char *folder, const struct party *ca)
{
	EVP_PKEY *key = make_key(EVP_PKEY_get_base_id(ca->key) == EVP_PKEY_RSA);
	X509 *leaf = make_certificate(key, "localhost", 3, ca, "serverAuth");
	FILE *file = create(folder, "server.pem");
	check(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) && PEM_write_X509(file, leaf) &&
		      PEM_write_X509(file, ca->certificate) && fclose(file) == 0,
	      "write the server's key pair");
	X509_free(leaf);
	EVP_PKEY_free(key);
}

static void write_clients(const char *folder, const struct party *ca, long count)
{
	EVP_PKEY *key = make_key(EVP_PKEY_get_base_id(ca->key) == EVP_PKEY_RSA);
	FILE *file = create(folder, "client.key");
	check(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) && fclose(file) == 0,
	      "write the clients' key");
	file = create(folder, "clients.pem");
	for (long i = 0; i < count; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "client-%05ld", i);
		X509 *leaf = make_certificate(key, name, 1000 + i, ca, "clientAuth");
		check(PEM_write_X509(file, leaf), "write a client's certificate");
		X509_free(leaf);
	}
	check(fclose(file) == 0, "write the clients' certificates");
	EVP_PKEY_free(key);
}

static void make_kind(const char *base, const char *kind, long count)
{
	char folder[PATH_SIZE];
	bool rsa = strcmp(kind, "rsa") == 0;
	struct party root = { .key = make_key(rsa) };
	struct party ca = { .key = make_key(rsa) };
	(void)snprintf(folder, sizeof(folder), "%s/%s", base, kind);
	(void)mkdir(folder, 0700);
	root.certificate = make_certificate(root.key, rsa ? "Root RSA" : "Root P-256", 1, NULL, NULL);
	ca.certificate =
		make_certificate(ca.key, rsa ? "Issuing CA RSA" : "Issuing CA P-256", 2, &root, NULL);
	write_certificate(folder, "root.pem", root.certificate);
	write_certificate(folder, "ca.pem", ca.certificate);
	write_server(folder, &ca);
	write_clients(folder, &ca, count);
	X509_free(root.certificate);
	X509_free(ca.certificate);
	EVP_PKEY_free(root.key);
	EVP_PKEY_free(ca.key);
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
	if (count < 1 || count > 100000) {
		(void)fprintf(stderr, "usage: bench_certificates FOLDER COUNT\n");
		return 2;
	}
	make_kind(argv[1], "rsa", count);
	make_kind(argv[1], "ec", count);
	return 0;
}
