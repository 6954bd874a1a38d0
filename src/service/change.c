/* SPDX-License-Identifier: Apache-2.0
 * One change: a transaction of the store and what of it is published, both or neither. */
#include "service/change.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "log/log.h"
#include "pki/paste.h"
#include "service/publish.h"
#include "store/publication.h"

#define MAX_CHAIN_PEM ((size_t)256 * 1024)
#define MAX_NAME 32

enum rc change_begin(struct change *ret, struct session *session, struct err *reterr)
{
	if (session->stale) {
		TRY(service_publish_all(session, reterr));
	}
	TRY(store_transaction_begin(&ret->transaction, session->store, reterr));
	ret->session = session;
	return RC_OK;
}

enum rc change_begin_local(struct change *ret, struct session *session, struct err *reterr)
{
	TRY(store_transaction_begin(&ret->transaction, session->store, reterr));
	ret->session = session;
	ret->is_local = true;
	return RC_OK;
}

struct registry_batch *change_batch(struct change *change)
{
	if (!change->batch) {
		change->batch = registry_batch_new();
	}
	return change->batch;
}

void change_when_done(struct change *change, change_done_fn fn, void *context)
{
	ASSERT(change->n_done < CHANGE_DONE_MAX);
	change->done[change->n_done++] = (struct change_done){ fn, context };
}

void change_note_committed(struct change *change)
{
	struct service *service = change->session->service;
	service->changes++;
	service->generation += change->batch && registry_batch_moves_identity(change->batch);
	for (size_t i = 0; i < change->n_done; i++) {
		change->done[i].fn(change->session, change->done[i].context);
	}
}

static bool is_published(const struct change *change)
{
	return change->batch && !registry_batch_is_empty(change->batch);
}

/* What gateways judge nothing by needs no stamp: the registry is of this store all the same. */
static enum rc count(struct change *change, struct err *reterr)
{
	AUTO(store_publication_fini) struct store_publication row = { 0 };
	struct store *store = change->session->store;
	ASSERT(!change->is_local || !is_published(change));
	if (is_published(change)) {
		TRY(store_publication_next(store, reterr));
		TRY(publish_stamp(change, reterr));
	} else {
		TRY(store_publication_count(store, reterr));
	}
	TRY(store_publication_get(store, &row, reterr));
	change->number = row.changes;
	return RC_OK;
}

static enum rc apply(struct change *change, struct err *reterr)
{
	struct session *session = change->session;
	enum rc rc = is_published(change) ? registry_writer_apply(session->registry, change->batch, reterr)
					  : RC_OK;
	if (rc != RC_OK) {
		session->stale = true;
		log_event(LOG_ERROR, "registry_behind",
			  "text=\"a change is stored but not published; it is tried again\"");
	}
	return rc;
}

enum rc change_commit(struct change *change, struct err *reterr)
{
	TRY(count(change, reterr));
	TRY(store_transaction_commit(&change->transaction, reterr));
	change_note_committed(change);
	enum rc rc = apply(change, reterr);
	change->session = NULL;
	return rc;
}

void change_end(struct change *change)
{
	store_transaction_end(&change->transaction);
	registry_batch_free(change->batch);
	change->batch = NULL;
	change->session = NULL;
}

char *chain_format_pem(const struct cert_list *chain)
{
	AUTO_BUF(out, MAX_CHAIN_PEM);
	for (size_t i = 0; i < chain->n; i++) {
		if (cert_format_pem(chain->items[i], &out) != RC_OK) {
			break;
		}
	}
	return buf_take(&out);
}

enum rc chain_parse_pem(const char *pem, struct cert_list *ret, struct err *reterr)
{
	AUTO_CERT_LIST chain = { 0 };
	/* A list of its own: the limit is one of a chain, and callers collect the chains of a whole keystore. */
	TRY(paste_certificates(&chain, str_of(pem), reterr));
	for (size_t i = 0; i < chain.n; i++)
		cert_list_add(ret, chain.items[i]);
	return RC_OK;
}

char *cert_pem(const struct cert *c)
{
	AUTO_BUF(out, MAX_CHAIN_PEM);
	return cert_format_pem(c, &out) == RC_OK ? buf_take(&out) : mem_strdup("");
}

void value_set_wall(struct value *object, const char *name, struct wall w)
{
	char text[WALL_TEXT_SIZE];
	value_set_c(object, name, w.us ? wall_format(w, text) : NULL);
}

static enum rc invalid(struct err *reterr, const char *field, const char *text)
{
	(void)err_set(reterr, RC_INVALID, "%s %s", field, text);
	return err_field(reterr, field);
}

enum rc input_text(const struct value *input, const char *name, size_t max, const char **ret,
		   struct err *reterr)
{
	struct str s = value_get_str(input, name);
	if (!s.p || s.n == 0) {
		return invalid(reterr, name, "is missing.");
	}
	if (s.n > max) {
		(void)err_set(reterr, RC_LIMIT, "%s is longer than %zu bytes.", name, max);
		return err_field(reterr, name);
	}
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f) {
			return invalid(reterr, name, "holds a control character.");
		}
	}
	*ret = s.p;
	return RC_OK;
}

enum rc input_int(const struct value *input, const char *name, int64_t least, int64_t most, int64_t otherwise,
		  int64_t *ret, struct err *reterr)
{
	const struct value *v = value_get(input, name);
	uint64_t digits = 0;
	int64_t i = otherwise;
	if (value_is_int(v)) {
		i = value_to_int(v, 0);
	} else if (value_is_string(v) && str_parse_uint(value_str(v), INT64_MAX, &digits) == RC_OK) {
		i = (int64_t)digits;
	} else if (v && !value_is_null(v)) {
		return invalid(reterr, name, "is no whole number.");
	}
	if (i < least || i > most) {
		(void)err_set(reterr, RC_INVALID, "%s has to be between %lld and %lld.", name,
			      (long long)least, (long long)most);
		return err_field(reterr, name);
	}
	*ret = i;
	return RC_OK;
}

enum rc input_name(const struct value *input, const char **ret, struct err *reterr)
{
	const char *name = NULL;
	TRY(input_text(input, "name", 1024, &name, reterr));
	if (strlen(name) > MAX_NAME ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") !=
		    strlen(name)) {
		return invalid(reterr, "name", "has to be 1 to 32 of A-Z a-z 0-9 . _ and -.");
	}
	*ret = name;
	return RC_OK;
}

enum rc input_id(const struct value *input, char ret[RANDOM_UUID_SIZE], struct err *reterr)
{
	struct str id = value_get_str(input, "id");
	if (!id.p) {
		(void)random_uuid(ret);
		return RC_OK;
	}
	bool good = id.n == RANDOM_UUID_SIZE - 1;
	for (size_t i = 0; good && i < id.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		good = dash ? id.p[i] == '-' : strchr("0123456789abcdef", id.p[i]) != NULL;
	}
	if (!good) {
		return invalid(reterr, "id", "has to be a UUID in lower case.");
	}
	memcpy(ret, id.p, RANDOM_UUID_SIZE);
	return RC_OK;
}

enum rc input_bytes(const struct value *input, const char *name, size_t max, struct buf *out,
		    struct err *reterr)
{
	struct str text = value_get_str(input, name);
	if (!text.p || text.n == 0) {
		return invalid(reterr, name, "is missing.");
	}
	if (text.n > max / 3 * 4 + 4096) {
		(void)err_set(reterr, RC_LIMIT, "%s is larger than %zu bytes.", name, max);
		return err_field(reterr, name);
	}
	if (str_find_str(text, STR("-----BEGIN")) == text.n && base64_decode(out, text, true) == RC_OK) {
		return RC_OK;
	}
	buf_clear(out);
	if (!buf_add(out, text)) {
		(void)err_set(reterr, RC_LIMIT, "%s is larger than %zu bytes.", name, max);
		return err_field(reterr, name);
	}
	return RC_OK;
}

enum rc input_known(const struct value *object, const char *const *known, size_t n_known,
		    const char *sentence, struct err *reterr)
{
	const char *name = NULL;
	struct value *member = NULL;
	for (size_t i = 0; value_member(object, i, &name, &member); i++) {
		bool found = false;
		for (size_t k = 0; k < n_known; k++)
			found |= strcmp(name, known[k]) == 0;
		if (!found) {
			char shown[64];
			(void)err_set(reterr, RC_INVALID, "The parameter %s is not known; there are %s.",
				      str_printable(str_of(name), shown, sizeof(shown)), sentence);
			return err_field(reterr, "parameters");
		}
	}
	return RC_OK;
}
