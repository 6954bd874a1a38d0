/* SPDX-License-Identifier: Apache-2.0
 * The judge of chains on stdin and stdout, for tests/oracle.
 *
 * C HEX        a certificate; they are counted from 0
 * L HEX        a revocation list, likewise
 * R            forget all
 * G SECONDS ANCHORS SENT LISTS   judge: the moment, then numbers with commas between, "-" for none.
 *              Answers with the reason's code ("good" for none), whether it is anchored, the depth, the
 *              subject at fault and the detail. */
#include "base/encoding.h"
#include "base/memory.h"
#include "pki/chain/chain.h"

#include <stdio.h>
#include <stdlib.h>

struct known {
	struct cert_list certs;
	struct crl **lists;
	size_t n_lists;
};

static void forget(struct known *k)
{
	cert_list_fini(&k->certs);
	for (size_t i = 0; i < k->n_lists; i++) {
		crl_free(k->lists[i]);
	}
	mem_free(k->lists);
	*k = (struct known){ 0 };
}

static void fail(const char *why)
{
	(void)fprintf(stderr, "judge: %s\n", why);
	exit(1);
}

static void add(struct known *k, const char *line)
{
	AUTO_BUF(der, 65536);
	struct err err = { 0 };
	struct cert *c = NULL;
	for (const char *p = line + 2; hex_digit(p[0]) >= 0 && hex_digit(p[1]) >= 0; p += 2) {
		(void)buf_add_char(&der, (char)(hex_digit(p[0]) << 4 | hex_digit(p[1])));
	}
	if (line[0] == 'L') {
		k->lists = mem_resize(k->lists, k->n_lists + 1, sizeof(struct crl *));
		if (crl_new_der(&k->lists[k->n_lists++], buf_str(&der), &err) != RC_OK) {
			fail(err.text);
		}
		return;
	}
	if (cert_new_der(&c, buf_str(&der), &err) != RC_OK) {
		fail(err.text);
	}
	cert_list_add(&k->certs, c);
	cert_free(c);
}

/* The next number of a list, or false; both kinds of separator are gone over. */
static bool next(char **p, size_t *ret)
{
	if (**p < '0' || **p > '9') {
		return false;
	}
	*ret = strtoul(*p, p, 10);
	*p += **p == ',';
	return true;
}

static void skip(char **p)
{
	*p += **p == '-';
	*p += **p == ' ';
}

static void judge(struct known *k, char *p)
{
	size_t i = 0, n = 0;
	AUTO_CERT_LIST anchors = { 0 };
	AUTO_CERT_LIST sent = { 0 };
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	struct chain_verdict v;
	AUTO_FREE struct crl **lists = mem_array(k->n_lists + 1, sizeof(struct crl *));
	struct wall now = wall_from_seconds(strtol(p, &p, 10));
	skip(&p);
	while (next(&p, &i) && i < k->certs.n) {
		cert_list_add(&anchors, k->certs.items[i]);
	}
	skip(&p);
	while (next(&p, &i) && i < k->certs.n) {
		cert_list_add(&sent, k->certs.items[i]);
	}
	skip(&p);
	while (next(&p, &i) && i < k->n_lists && n < k->n_lists) {
		lists[n++] = k->lists[i];
	}
	if (trust_new(&trust, &anchors, lists, n, CRL_STALE_REFUSE, NULL) != RC_OK) {
		fail("no trust");
	}
	chain_judge(trust, &sent, now, CHAIN_CLIENT, &v);
	printf("%s\t%d\t%d\t%s\t%s\n", v.reason == REASON_NONE ? "good" : reason_info(v.reason)->code,
	       v.anchored, v.depth, v.at_subject, v.detail);
}

int main(void)
{
	struct known known = { 0 };
	char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, stdin) > 0) {
		if (line[0] == 'C' || line[0] == 'L') {
			add(&known, line);
		} else if (line[0] == 'R') {
			forget(&known);
		} else if (line[0] == 'G' && line[1] == ' ') {
			judge(&known, line + 2);
		}
		if (line[0] == 'G') {
			(void)fflush(stdout);
		}
	}
	forget(&known);
	free(line);
	return 0;
}
