/* SPDX-License-Identifier: Apache-2.0
 * Reading, writing and sealing what the Destination service keeps, whatever its kind. */
#include "service/destination/destination_row.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "http/etag.h"
#include "service/publish/change.h"
#include "service/publish/own_gateway.h"
#include "service/core/session.h"

#define PLACE_MAX 1024

static const struct {
	const char *kind; /* in the store */
	const char *seal; /* table that its seal is bound to: what it was called when it was first sealed */
	const char *noun; /* in sentences */
} kinds[] = {
	[DESTINATION_CONFIGURATION] = { "destination", "destination", "destination" },
	[DESTINATION_FRAGMENT] = { "fragment", "destination_fragment", "fragment" },
	[DESTINATION_CERTIFICATE] = { "certificate", "destination_certificate", "certificate" },
	[DESTINATION_TRUST] = { "trust", "destination_trust", "trust key pair" },
};

static enum destination_kind kind_of(const struct store_destination *row)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].kind, row->kind) == 0) {
			return (enum destination_kind)i;
		}
	}
	ASSERT(false); /* the store knows no other kinds */
	return DESTINATION_CONFIGURATION;
}

struct store_destination destination_row_key(const struct destination_at *at)
{
	return (struct store_destination){
		.tenant = at->tenant, .kind = kinds[at->kind].kind, .instance = at->instance, .name = at->name
	};
}

enum rc destination_row_not_found(const struct destination_at *at, struct err *reterr)
{
	char shown[DESTINATION_NAME_MAX + 1];
	if (at->kind != DESTINATION_FRAGMENT) {
		return err_set(reterr, RC_NOT_FOUND, "%s", DESTINATION_NOT_FOUND);
	}
	return err_set(reterr, RC_NOT_FOUND, "The fragment with the specified name '%s' was not found",
		       str_printable(str_of(at->name), shown, sizeof(shown)));
}

enum rc destination_row_invalid(struct err *reterr, const char *field, const char *text)
{
	(void)err_set(reterr, RC_INVALID, "%s", text);
	return err_field(reterr, field);
}

const struct destination_row *destination_row_find(struct session *session, const struct destination_at *at)
{
	const struct store_destination key = destination_row_key(at);
	return destination_memory_find(destination_memory_hold(session), &key);
}

enum rc destination_row_load(struct session *session, const struct destination_row *kept,
			     struct store_destination *owned, struct store_destination *ret,
			     struct err *reterr)
{
	*ret = kept->row;
	if (!kept->away) {
		return RC_OK;
	}
	TRY(session_check_store(session, reterr));
	TRY(store_destination_get(session->store, &kept->row, owned, reterr));
	*ret = *owned;
	return RC_OK;
}

enum rc destination_row_read(struct session *session, const struct destination_at *at,
			     struct store_destination *owned, struct store_destination *ret,
			     char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	const struct destination_row *kept = destination_row_find(session, at);
	if (!kept) {
		return destination_row_not_found(at, reterr);
	}
	if (ret_etag) {
		memcpy(ret_etag, kept->etag, DESTINATION_ETAG_SIZE);
	}
	return destination_row_load(session, kept, owned, ret, reterr);
}

static enum rc level_check(struct session *session, const struct store_destination *row, struct err *reterr)
{
	size_t n = 0;
	const char *noun = kinds[kind_of(row)].noun;
	if (destination_memory_find(destination_memory_hold(session), row)) {
		(void)err_set(reterr, RC_EXISTS, "Duplicate key: there is a %s named %s already.", noun,
			      row->name);
		return err_field(reterr, "Name");
	}
	(void)destination_memory_level(destination_memory_hold(session), row, &n);
	if (n >= DESTINATION_MAX) {
		return err_set(reterr, RC_LIMIT, "There are %d %ss already, which is the most.",
			       DESTINATION_MAX, noun);
	}
	return RC_OK;
}

/* A list is answered whole, so a level has a size of its own beside the number of its entries. */
static enum rc room_check(struct session *session, const struct store_destination *row, struct err *reterr)
{
	size_t n = 0, size = destination_memory_row_size(row);
	const struct destination_row *old = destination_memory_find(destination_memory_hold(session), row);
	const struct destination_row *const *rows =
		destination_memory_level(destination_memory_hold(session), row, &n);
	if (old && size <= old->size) {
		return RC_OK;
	}
	for (size_t i = 0; i < n; i++) {
		size += strcmp(rows[i]->row.name, row->name) == 0 ? 0 : rows[i]->size;
	}
	if (size <= DESTINATION_LEVEL_MAX) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_LIMIT, "All %ss of one level together have %zu MiB at most.",
		      kinds[kind_of(row)].noun, DESTINATION_LEVEL_MAX / 1024 / 1024);
	return err_fix(reterr, "Delete what is not used any more.");
}

struct written {
	const struct store_destination *row;
	char *etag; /* may be NULL */
};

static void remember(struct session *session, void *context)
{
	const struct written *written = context;
	const struct destination_row *kept =
		destination_memory_put(session->service->destinations, written->row);
	if (written->etag) {
		memcpy(written->etag, kept->etag, DESTINATION_ETAG_SIZE);
	}
}

enum rc destination_row_write(struct session *session, const struct store_destination *row, bool is_new,
			      char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	struct written written = { row, ret_etag };
	if (is_new) {
		TRY(level_check(session, row, reterr));
	}
	TRY(room_check(session, row, reterr));
	TRY(change_begin_local(&change, session, reterr));
	if (is_new) {
		TRY(store_destination_insert(session->store, row, reterr));
	} else {
		TRY(store_destination_update(session->store, row, reterr));
	}
	change_when_done(&change, remember, &written);
	return change_commit(&change, reterr);
}

static const char *place_of(const struct store_destination *row, struct buf *out)
{
	buf_printf(out, "%s/%s", row->instance, row->name);
	return buf_c(out);
}

enum rc destination_row_seal(struct session *session, const struct store_destination *row, struct str plain,
			     struct buf *out, struct err *reterr)
{
	AUTO_BUF(place, PLACE_MAX);
	return service_seal(session, row->tenant, kinds[kind_of(row)].seal, place_of(row, &place), plain, out,
			    reterr);
}

enum rc destination_row_unseal(struct session *session, const struct store_destination *row,
			       struct str sealed, struct buf *out, struct err *reterr)
{
	AUTO_BUF(place, PLACE_MAX);
	if (service_unseal(session, row->tenant, kinds[kind_of(row)].seal, place_of(row, &place), sealed, out,
			   NULL) == RC_OK) {
		return RC_OK;
	}
	return err_set(reterr, RC_BUG, "What is stored of %s cannot be opened: it is damaged or was changed.",
		       row->name);
}

static enum rc certificate_open(struct session *session, const struct store_destination *row,
				const struct value *configuration, struct value **ret, struct err *reterr)
{
	AUTO_BUF_SECRET(plain, DESTINATION_CERTIFICATE_MAX + 1);
	AUTO_BUF_SECRET(text, DESTINATION_CERTIFICATE_MAX * 2);
	TRY(destination_row_unseal(session, row, row->secrets, &plain, reterr));
	base64_encode(&text, buf_str(&plain));
	struct value *v = value_object();
	value_set_c(v, "Name", row->name);
	value_set_str(v, "Type", value_get_str(configuration, "Type"));
	value_set_str(v, "Content", buf_str(&text));
	*ret = v;
	return RC_OK;
}

enum rc destination_row_open(struct session *session, const struct store_destination *row, bool with_secrets,
			     struct value **ret, struct err *reterr)
{
	AUTO_VALUE *flat = NULL, *secret = NULL;
	AUTO_BUF_SECRET(plain, DESTINATION_JSON_MAX);
	const char *name;
	struct value *v;
	TRY(value_parse(&flat, str_of(row->configuration), DESTINATION_JSON_MAX, reterr));
	if (kind_of(row) == DESTINATION_CERTIFICATE) {
		return certificate_open(session, row, flat, ret, reterr);
	}
	if (with_secrets && row->secrets.n > 0) {
		TRY(destination_row_unseal(session, row, row->secrets, &plain, reterr));
		TRY(value_parse(&secret, buf_str(&plain), DESTINATION_JSON_MAX, reterr));
		for (size_t i = 0; value_member(secret, i, &name, &v); i++) {
			value_set(flat, name, value_ref(v));
		}
	}
	*ret = TAKE(flat);
	return RC_OK;
}

enum rc destination_row_match(const char *if_match, const char *etag, struct err *reterr)
{
	if (!if_match || http_etag_listed(str_of(if_match), etag, false)) {
		return RC_OK;
	}
	return err_set(reterr, RC_CONFLICT, "The configuration was changed meanwhile.");
}
