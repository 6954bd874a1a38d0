/* SPDX-License-Identifier: Apache-2.0
 * Destinations and fragments: validated, their secrets told apart and sealed, written. */
#include "service/destination/destination.h"

#include "base/memory.h"
#include "service/publish/change.h"
#include "service/destination/destination_row.h"
#include "service/destination/destination_property.h"
#include "service/publish/own_gateway.h"

/* One property as text: clients read every value into a string. */
static enum rc property_take(struct value *out, const char *name, const struct value *v, struct err *reterr)
{
	size_t n = strlen(name);
	if (n == 0 || n > DESTINATION_NAME_MAX) {
		return destination_row_invalid(reterr, "", "A property has a name of 1 to 200 characters.");
	}
	if (value_is_string(v) && value_str(v).n <= DESTINATION_VALUE_MAX) {
		value_set_str(out, name, value_str(v));
	} else if (value_is_bool(v)) {
		value_set_c(out, name, value_to_bool(v, false) ? "true" : "false");
	} else if (value_is_int(v)) {
		AUTO_FREE char *text = mem_printf("%lld", (long long)value_to_int(v, 0));
		value_set_c(out, name, text);
	} else if (!value_is_null(v) && !value_is_object(v) && !value_is_array(v) && !value_is_string(v)) {
		AUTO_BUF(text, 64); /* a number with a fraction, as it is written in JSON */
		if (value_format(v, &text) != RC_OK) {
			return destination_row_invalid(reterr, name, "The number is too long.");
		}
		value_set_str(out, name, buf_str(&text));
	} else if (!value_is_null(v)) {
		return destination_row_invalid(
			reterr, name, "A property is a text, a number or true or false, of at most 16 KiB.");
	}
	return RC_OK;
}

static bool name_is_good(struct str name)
{
	return name.n > 0 && name.n <= DESTINATION_NAME_MAX && str_all_of(name, CHAR_LETTERS_DIGITS "_-");
}

static bool type_is_known(struct str type)
{
	return str_is(type, "HTTP") || str_is(type, "RFC") || str_is(type, "MAIL") || str_is(type, "LDAP") ||
	       str_is(type, "TCP");
}

static enum rc destination_check(const struct value *input, struct err *reterr)
{
	if (!name_is_good(value_get_str(input, "Name"))) {
		return destination_row_invalid(reterr, "Name",
					       "Name has 1 to 200 of the characters A-Z a-z 0-9 _ and -.");
	}
	if (!type_is_known(value_get_str(input, "Type"))) {
		return destination_row_invalid(reterr, "Type", "Type is HTTP, RFC, MAIL, LDAP or TCP.");
	}
	if (str_is(value_get_str(input, "Type"), "HTTP") && value_get_str(input, "URL").n == 0) {
		return destination_row_invalid(reterr, "URL", "A destination of type HTTP has a URL.");
	}
	return RC_OK;
}

static enum rc fragment_check(const struct value *input, struct err *reterr)
{
	if (!name_is_good(value_get_str(input, "FragmentName"))) {
		return destination_row_invalid(
			reterr, "FragmentName",
			"FragmentName has 1 to 200 of the characters A-Z a-z 0-9 _ and -.");
	}
	if (value_get(input, "Name") || value_get(input, "Type")) {
		return destination_row_invalid(reterr, value_get(input, "Name") ? "Name" : "Type",
					       "A fragment has neither Name nor Type.");
	}
	return RC_OK;
}

/* Check what comes and put its properties into two objects, those to seal apart. */
static enum rc configuration_split(enum destination_kind kind, const struct value *input, struct value *open,
				   struct value *secret, struct err *reterr)
{
	const char *name;
	struct value *v;
	bool fragment = kind == DESTINATION_FRAGMENT;
	if (!value_is_object(input)) {
		return destination_row_invalid(reterr, "",
					       fragment ? "A fragment is a JSON object."
							: "A destination is a JSON object.");
	}
	TRY(fragment ? fragment_check(input, reterr) : destination_check(input, reterr));
	if (value_count(input) > DESTINATION_PROPERTIES_MAX) {
		return destination_row_invalid(reterr, "", "There are at most 200 properties.");
	}
	for (size_t i = 0; value_member(input, i, &name, &v); i++) {
		if (strcmp(name, "$metadata") != 0) {
			TRY(property_take(destination_property_is_secret(name) ? secret : open, name, v,
					  reterr));
		}
	}
	return RC_OK;
}

/* What lies in the store of one, before it is written. */
struct draft {
	struct value *open, *secret;
	struct buf configuration, sealed;
	struct store_destination row; /* borrows from the above */
};

static void draft_fini(struct draft *d)
{
	value_free(d->open);
	value_free(d->secret);
	buf_fini(&d->configuration);
	buf_fini(&d->sealed);
}

static enum rc draft_init(struct draft *d, struct session *session, const struct destination_at *at,
			  const struct value *input, struct err *reterr)
{
	*d = (struct draft){ .open = value_object(),
			     .secret = value_object(),
			     .configuration = BUF(DESTINATION_JSON_MAX),
			     .sealed = BUF(DESTINATION_JSON_MAX) };
	AUTO_BUF_SECRET(plain, DESTINATION_JSON_MAX);
	TRY(configuration_split(at->kind, input, d->open, d->secret, reterr));
	if (value_format(d->open, &d->configuration) != RC_OK || value_format(d->secret, &plain) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "It is too large.");
	}
	d->row = destination_row_key(at);
	d->row.name = value_get_c(d->open, at->kind == DESTINATION_FRAGMENT ? "FragmentName" : "Name");
	d->row.configuration = buf_c(&d->configuration);
	d->row.labels = "[]";
	d->row.created = d->row.modified = wall_now();
	if (value_count(d->secret) == 0) {
		return RC_OK;
	}
	TRY(destination_row_seal(session, &d->row, buf_str(&plain), &d->sealed, reterr));
	d->row.secrets = buf_str(&d->sealed);
	return RC_OK;
}

enum rc service_destination_create(struct session *session, const struct destination_at *at,
				   const struct value *input, char ret_etag[DESTINATION_ETAG_SIZE],
				   struct err *reterr)
{
	AUTO(draft_fini) struct draft d = { 0 };
	TRY(draft_init(&d, session, at, input, reterr));
	return destination_row_write(session, &d.row, true, ret_etag, reterr);
}

enum rc service_destination_update(struct session *session, const struct destination_at *at,
				   const struct value *input, const char *if_match,
				   char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	AUTO(draft_fini) struct draft d = { 0 };
	TRY(draft_init(&d, session, at, input, reterr));
	const struct destination_at this = { at->kind, at->tenant, at->instance, d.row.name };
	const struct destination_row *old = destination_row_find(session, &this);
	if (!old) {
		return destination_row_not_found(&this, reterr);
	}
	TRY(destination_row_match(if_match, old->etag, reterr));
	d.row.created = old->row.created;
	d.row.labels = old->row.labels;
	return destination_row_write(session, &d.row, false, ret_etag, reterr);
}

enum rc service_destination_patch(struct session *session, const struct destination_at *at,
				  const struct value *input, const char *if_match,
				  char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	AUTO_VALUE *flat = NULL;
	const char *name = value_get_c(input, at->kind == DESTINATION_FRAGMENT ? "FragmentName" : "Name"),
		   *property;
	struct value *v;
	if (!name) {
		return destination_row_invalid(reterr, "Name", "Name says which one is changed.");
	}
	const struct destination_at this = { at->kind, at->tenant, at->instance, name };
	TRY(service_destination_get(session, &this, &flat, NULL, reterr));
	for (size_t i = 0; value_member(input, i, &property, &v); i++) {
		if (value_is_null(v)) {
			value_remove(flat, property);
		} else {
			value_set(flat, property, value_ref(v));
		}
	}
	return service_destination_update(session, &this, flat, if_match, ret_etag, reterr);
}

/* Each element's "$metadata". */
static void metadata_set(const struct destination_row *kept, struct value *flat)
{
	char time[WALL_TEXT_SIZE];
	struct value *metadata = value_object();
	value_set_c(metadata, "modification_time", wall_format(kept->row.modified, time));
	value_set_c(metadata, "etag", kept->etag);
	value_set(flat, "$metadata", metadata);
}

enum rc service_destination_list(struct session *session, const struct destination_at *at, struct value **ret,
				 struct err *reterr)
{
	const struct store_destination key = destination_row_key(at);
	AUTO_VALUE *all = value_array();
	size_t n = 0;
	const struct destination_row *const *rows =
		destination_memory_level(destination_memory_hold(session), &key, &n);
	for (size_t i = 0; i < n; i++) {
		AUTO(store_destination_fini) struct store_destination owned = { 0 };
		struct store_destination row;
		struct value *flat = NULL;
		TRY(destination_row_load(session, rows[i], &owned, &row, reterr));
		TRY(destination_row_open(session, &row, true, &flat, reterr));
		if (at->kind == DESTINATION_CONFIGURATION) {
			metadata_set(rows[i], flat);
		}
		value_append(all, flat);
	}
	*ret = TAKE(all);
	return RC_OK;
}

enum rc service_destination_get(struct session *session, const struct destination_at *at, struct value **ret,
				char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	AUTO(store_destination_fini) struct store_destination owned = { 0 };
	struct store_destination row;
	/* The SDK asks for the trust store that Find named. */
	if (at->kind == DESTINATION_CERTIFICATE && !*at->instance &&
	    strcmp(at->name, OWN_GATEWAY_TRUST_STORE) == 0 && !destination_row_find(session, at)) {
		if (ret_etag) {
			ret_etag[0] = '\0';
		}
		*ret = own_gateway_trust_store(session);
		return RC_OK;
	}
	TRY(destination_row_read(session, at, &owned, &row, ret_etag, reterr));
	return destination_row_open(session, &row, true, ret, reterr);
}

/* Who of this level takes client assertions from the one named, owned; NULL: nobody. */
static enum rc assertion_user_find(struct session *session, const struct destination_at *at, char **ret_user,
				   struct err *reterr)
{
	const struct store_destination key = destination_row_key(at);
	size_t n = 0;
	const struct destination_row *const *rows =
		destination_memory_level(destination_memory_hold(session), &key, &n);
	for (size_t i = 0; i < n && !*ret_user; i++) {
		AUTO(store_destination_fini) struct store_destination owned = { 0 };
		AUTO_VALUE *one = NULL;
		struct store_destination row;
		TRY(destination_row_load(session, rows[i], &owned, &row, reterr));
		TRY(destination_row_open(session, &row, false, &one, reterr));
		if (strcmp(row.name, at->name) != 0 &&
		    str_is(value_get_str(one, "clientAssertion.destinationName"), at->name)) {
			*ret_user = mem_strdup(row.name);
		}
	}
	return RC_OK;
}

static enum rc unused_check(struct session *session, const struct destination_at *at, struct err *reterr)
{
	AUTO_FREE char *user = NULL;
	if (at->kind != DESTINATION_CONFIGURATION) {
		return RC_OK;
	}
	TRY(assertion_user_find(session, at, &user, reterr));
	if (!user) {
		return RC_OK;
	}
	return err_set(reterr, RC_INVALID,
		       "Cannot perform operation on the destination '%s' because it is used as an assertion "
		       "provider for destination '%s'",
		       at->name, user);
}

static void forget(struct session *session, void *key)
{
	destination_memory_remove(session->service->destinations, key);
}

enum rc service_destination_delete(struct session *session, const struct destination_at *at,
				   struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	struct store_destination key = destination_row_key(at);
	if (!destination_row_find(session, at)) {
		return destination_row_not_found(at, reterr);
	}
	TRY(unused_check(session, at, reterr));
	TRY(change_begin_local(&change, session, reterr));
	TRY(store_destination_delete(session->store, &key, reterr));
	change_when_done(&change, forget, &key);
	return change_commit(&change, reterr);
}
