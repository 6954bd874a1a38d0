/* SPDX-License-Identifier: Apache-2.0
 * Certificates of destinations: files as they were uploaded, sealed, with a warning where clients will
 * stumble. */
#include "base/encoding.h"
#include "base/memory.h"
#include "container/container.h"
#include "container/form.h"
#include "container/kind.h"
#include "service/destination/destination.h"
#include "service/destination/destination_row.h"
#include "service/keystore/key_store_form.h"
#include "service/publish/own_gateway.h"

#define TYPE_MAX 64

static enum rc name_check(struct str name, struct err *reterr)
{
	enum container_kind kind;
	if (name.n == 0 || name.n > DESTINATION_NAME_MAX) {
		return destination_row_invalid(reterr, "Name", "Name has 1 to 200 characters.");
	}
	for (size_t i = 0; i < name.n; i++) {
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == '/' || name.p[i] == '\\' ||
		    name.p[i] == 0x7f) {
			return destination_row_invalid(reterr, "Name",
						       "Name is a file name without folders.");
		}
	}
	if (!container_kind_of_name(name, &kind)) {
		return destination_row_invalid(reterr, "Name",
					       "Name ends in .p12, .pfx, .jks, .pem, .cer, .crt or .der.");
	}
	return RC_OK;
}

static enum rc configuration_format(const struct value *input, const struct value *attributes,
				    struct buf *out)
{
	AUTO_VALUE *configuration = attributes ? value_copy(attributes) : value_object();
	struct str type = value_get_str(input, "Type");
	value_set_str(configuration, "Type", type.n > 0 && type.n <= TYPE_MAX ? type : STR("CERTIFICATE"));
	return value_format(configuration, out);
}

/* A row to write: a new one must not be there yet, one to replace must. */
static enum rc row_prepare(struct session *session, const struct destination_at *at,
			   const struct destination_certificate_put *how, struct store_destination *row,
			   struct err *reterr)
{
	const struct destination_row *old = destination_row_find(session, at);
	*row = destination_row_key(at);
	row->labels = old ? old->row.labels : "[]";
	row->modified = wall_now();
	row->created = old ? old->row.created : row->modified;
	if (!how->replace) {
		return RC_OK;
	}
	return old ? destination_row_match(how->if_match, old->etag, reterr)
		   : destination_row_not_found(at, reterr);
}

enum rc service_destination_certificate_put(struct session *session, const struct destination_at *at,
					    const struct value *input,
					    const struct destination_certificate_put *how,
					    char ret_etag[DESTINATION_ETAG_SIZE], char **ret_warning,
					    struct err *reterr)
{
	AUTO_BUF_SECRET(content, DESTINATION_CERTIFICATE_MAX);
	AUTO_BUF(sealed, DESTINATION_CERTIFICATE_MAX + 1024);
	AUTO_BUF(renewal, DESTINATION_JSON_MAX);
	AUTO_BUF(configuration, DESTINATION_JSON_MAX);
	struct str text = value_get_str(input, "Content");
	struct store_destination row;
	const struct destination_at this = { DESTINATION_CERTIFICATE, at->tenant, at->instance,
					     value_get_c(input, "Name") };
	TRY(name_check(value_get_str(input, "Name"), reterr));
	if (text.n == 0 || base64_decode(&content, text, true) != RC_OK || content.n == 0) {
		return destination_row_invalid(reterr, "Content",
					       "Content is the file as base64, at most 2 MiB of it.");
	}
	TRY(row_prepare(session, &this, how, &row, reterr));
	if (configuration_format(input, how->attributes, &configuration) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The attributes are too large.");
	}
	row.configuration = buf_c(&configuration);
	TRY(destination_row_seal(session, &row, buf_str(&content), &sealed, reterr));
	row.secrets = buf_str(&sealed);
	if (how->renewal.p) {
		TRY(destination_row_seal(session, &row, how->renewal, &renewal, reterr));
		row.renewal = buf_str(&renewal);
	}
	TRY(destination_row_write(session, &row, !how->replace, ret_etag, reterr));
	if (ret_warning) {
		*ret_warning = key_store_form_warning(str_of(this.name), buf_str(&content));
	}
	return RC_OK;
}
