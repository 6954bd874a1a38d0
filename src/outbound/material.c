/* SPDX-License-Identifier: Apache-2.0
 * Key stores and trust stores of a call. */
#include "outbound/material.h"

#include "base/encoding.h"
#include "container/container.h"
#include "container/format.h"
#include "os/file.h"
#include "pki/key.h"
#include "pki/paste.h"

#include <stdlib.h>

#define STORE_MAX ((size_t)4 * 1024 * 1024)
#define PEM_MAX ((size_t)1024 * 1024)
#define SYSTEM_ANCHORS "/etc/ssl/certs/ca-certificates.crt"

void outbound_material_init(struct outbound_material *m)
{
	*m = (struct outbound_material){ .anchors = BUF(PEM_MAX * 4),
					 .chain = BUF(PEM_MAX),
					 .key = BUF_SECRET(PEM_MAX) };
}

void outbound_material_fini(struct outbound_material *m)
{
	buf_fini(&m->anchors);
	buf_fini(&m->chain);
	buf_fini(&m->key);
}

static enum rc refuse(const struct value *request, enum reason reason, struct err *reterr)
{
	return reason_err(reterr, RC_INVALID, reason, value_get(request, "evidence"));
}

/* The key pair that a client would take: the first with a private key. */
static const struct container_entry *pair_of(const struct container *container)
{
	for (size_t i = 0; i < container->n; i++) {
		if (container->entries[i].key && container->entries[i].chain.n > 0) {
			return &container->entries[i];
		}
	}
	return NULL;
}

static enum rc take_pair(struct outbound_material *m, const struct container *container,
			 const struct value *request, struct err *reterr)
{
	AUTO_CERT_LIST sent = { 0 };
	const struct container_entry *entry = pair_of(container);
	if (!entry) {
		return refuse(request, REASON_P104, reterr);
	}
	if (!key_matches(entry->key, entry->chain.items[0])) {
		return refuse(request, REASON_P107, reterr);
	}
	container_sent(container, entry, &sent);
	TRY(key_format_pem(entry->key, STR_NONE, &m->key));
	for (size_t i = 0; i < sent.n; i++) {
		TRY(cert_format_pem(sent.items[i], &m->chain));
		m->weak |= cert_is_weak(sent.items[i]);
	}
	m->certificate = true;
	return RC_OK;
}

static enum rc open_pair(struct outbound_material *m, const struct value *request, struct err *reterr)
{
	AUTO_BUF_SECRET(bytes, STORE_MAX);
	AUTO(container_free_cleanup) struct container *container = NULL;
	struct err why = { 0 };
	if (!value_get_c(request, "container")) {
		return RC_OK;
	}
	if (base64_decode(&bytes, value_get_str(request, "container"), true) != RC_OK) {
		return refuse(request, REASON_P103, reterr);
	}
	enum rc rc = container_open(&container, buf_str(&bytes), value_get_str(request, "password"), &why);
	/* The file's own table names what is wrong with it, but for its password:
	 * that stands in the destination. */
	if (rc != RC_OK && strcmp(why.reason, "P101") == 0) {
		return refuse(request, REASON_D403, reterr);
	}
	if (rc != RC_OK && reterr) {
		*reterr = why;
	}
	return rc == RC_OK ? take_pair(m, container, request, reterr) : rc;
}

/* A destination's trust store, whatever it is: certificates, or a key store with them. */
static enum rc open_trust(struct outbound_material *m, const struct value *request, struct err *reterr)
{
	AUTO_BUF(bytes, STORE_MAX);
	AUTO_CERT_LIST list = { 0 };
	AUTO(container_free_cleanup) struct container *container = NULL;
	if (!value_get_c(request, "trust")) {
		return RC_OK;
	}
	if (base64_decode(&bytes, value_get_str(request, "trust"), true) != RC_OK) {
		return refuse(request, REASON_D424, reterr);
	}
	if (paste_certificates(&list, buf_str(&bytes), NULL) != RC_OK &&
	    container_open(&container, buf_str(&bytes), value_get_str(request, "trust_password"), NULL) !=
		    RC_OK) {
		return refuse(request, REASON_D424, reterr);
	}
	for (size_t i = 0; container && i < container->n; i++) {
		for (size_t c = 0; c < container->entries[i].chain.n; c++) {
			cert_list_add(&list, container->entries[i].chain.items[c]);
		}
	}
	if (list.n == 0) {
		return refuse(request, REASON_D424, reterr);
	}
	for (size_t i = 0; i < list.n; i++) {
		TRY(cert_format_pem(list.items[i], &m->anchors));
	}
	return RC_OK;
}

const char *outbound_system_anchors(void)
{
	const char *given = getenv("SSL_CERT_FILE"); /* lint: what every other client on this machine reads */
	return given && *given ? given : SYSTEM_ANCHORS;
}

static void add_system_anchors(struct outbound_material *m)
{
	(void)buf_add_char(&m->anchors, '\n');
	(void)!file_read(outbound_system_anchors(), PEM_MAX, &m->anchors, NULL);
	(void)buf_add_char(&m->anchors, '\n');
}

enum rc outbound_material_open(struct outbound_material *m, const struct value *request, struct err *reterr)
{
	TRY(open_pair(m, request, reterr));
	(void)buf_add(&m->anchors, value_get_str(request, "anchors"));
	if (value_get_bool(request, "system_anchors", false)) {
		add_system_anchors(m);
	}
	return value_get_bool(request, "trust_all", false) ? RC_OK : open_trust(m, request, reterr);
}
