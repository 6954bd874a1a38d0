/* SPDX-License-Identifier: Apache-2.0
 * From attributes or a CSR to a certificate of Postern's CA in the store of destinations;
 * and from there to the next one. */
#include "service/destination/destination_generate.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "container/container.h"
#include "container/form.h"
#include "container/kind.h"
#include "container/format.h"
#include "log/log.h"
#include "pki/chain/chain_pem.h"
#include "pki/request.h"
#include "service/authority/authority.h"
#include "service/publish/change.h"
#include "service/destination/destination.h"
#include "service/destination/destination_row.h"
#include "service/key/key_renewal.h"

#include <time.h>

#define CN_MAX 64
#define DAYS_MAX 3650
#define DAY_S INT64_C(86400)
#define CSR_MAX ((size_t)64 * 1024)
#define DEFAULT_UNIT "DAYS"
#define DEFAULT_DAYS 365

bool destination_generate_is(const struct value *input)
{
	return value_get(input, "Attributes") != NULL;
}

bool destination_generate_needs_key(const struct value *input)
{
	return value_get_str(value_get(input, "Attributes"), "CSR").n == 0;
}

int destination_generate_days(struct str unit, int64_t n, struct wall now)
{
	time_t start = (time_t)wall_seconds(now);
	struct tm at;
	if (n < 1 || n > DAYS_MAX || !gmtime_r(&start, &at)) {
		return 0;
	}
	if (str_is(unit, "DAYS")) {
		at.tm_mday += (int)n;
	} else if (str_is(unit, "MONTHS")) {
		at.tm_mon += (int)n;
	} else if (str_is(unit, "YEARS")) {
		at.tm_year += (int)n;
	} else {
		return 0;
	}
	int64_t days = ((int64_t)timegm(&at) - (int64_t)start) / DAY_S;
	return days <= DAYS_MAX + 3 ? (int)days : 0;
}

int64_t destination_generate_margin(struct str unit, int64_t n)
{
	if (str_is(unit, "YEARS") || (str_is(unit, "MONTHS") && n >= 6)) {
		return 30 * DAY_S;
	}
	if (str_is(unit, "MONTHS")) {
		return n == 1 ? 3 * DAY_S : 7 * DAY_S;
	}
	static const struct {
		int64_t up_to, margin;
	} of_days[] = { { 1, DAY_S / 2 }, { 14, DAY_S }, { 31, 3 * DAY_S }, { 154, 7 * DAY_S } };
	for (size_t i = 0; i < ARRAY_SIZE(of_days); i++) {
		if (n <= of_days[i].up_to) {
			return of_days[i].margin;
		}
	}
	return 30 * DAY_S;
}

/* An input that was checked; borrowed from it. */
struct order {
	const char *name;
	struct str cn, csr, unit, password;
	int64_t n;
	int days;
	bool renews;
	enum container_kind kind;
};

static enum rc validity_read(const struct value *attributes, struct wall now, struct order *ret,
			     struct err *reterr)
{
	const struct value *validity = value_get(attributes, "Validity");
	ret->unit = validity ? value_get_str(validity, "TimeUnit") : STR(DEFAULT_UNIT);
	ret->n = validity ? value_get_int(validity, "Value", 0) : DEFAULT_DAYS;
	ret->days = destination_generate_days(ret->unit, ret->n, now);
	if (ret->days > 0) {
		return RC_OK;
	}
	return destination_row_invalid(reterr, "Attributes.Validity",
				       "Validity is {\"TimeUnit\": \"DAYS\", \"MONTHS\" or \"YEARS\", "
				       "\"Value\": n}, from 1 day to 10 years.");
}

static enum rc form_check(struct order *order, struct err *reterr)
{
	if (!container_kind_of_name(str_of(order->name), &order->kind) || order->kind == CONTAINER_DER ||
	    order->kind == CONTAINER_PKCS7 || str_ends_with(str_of(order->name), STR(".cer")) ||
	    str_ends_with(str_of(order->name), STR(".crt"))) {
		return destination_row_invalid(
			reterr, "Name",
			"The name of a generated certificate ends in .pem, .p12, .pfx or .jks.");
	}
	if (order->csr.n > 0 && order->kind != CONTAINER_PEM) {
		return destination_row_invalid(reterr, "Name", "A CSR gives a .pem only.");
	}
	if (order->csr.n > 0 && order->password.n > 0) {
		return destination_row_invalid(reterr, "Attributes.Password",
					       "With a CSR there is no key to protect.");
	}
	if (order->kind != CONTAINER_PEM && order->password.n == 0) {
		return destination_row_invalid(reterr, "Attributes.Password",
					       "A generated key store needs a Password.");
	}
	if (order->password.n > DESTINATION_PASSWORD_MAX) {
		return destination_row_invalid(reterr, "Attributes.Password",
					       "Password has at most 128 bytes.");
	}
	return RC_OK;
}

static enum rc order_read(const struct value *input, struct wall now, struct order *ret, struct err *reterr)
{
	const struct value *attributes = value_get(input, "Attributes");
	struct str name = value_get_str(input, "Name"), cn = value_get_str(attributes, "CN");
	if (!value_is_object(attributes)) {
		return destination_row_invalid(reterr, "Attributes", "Attributes is an object.");
	}
	if (name.n == 0 || name.n > DESTINATION_NAME_MAX) {
		return destination_row_invalid(reterr, "Name", "Name has 1 to 200 characters.");
	}
	*ret = (struct order){ .name = value_get_c(input, "Name"),
			       .cn = cn.n > 0 ? cn : str_first(name, CN_MAX),
			       .csr = value_get_str(attributes, "CSR"),
			       .password = value_get_str(attributes, "Password"),
			       .renews = value_get_bool(attributes, "AutomaticRenew", false) };
	if (ret->cn.n > CN_MAX) {
		return destination_row_invalid(reterr, "Attributes.CN", "CN has at most 64 characters.");
	}
	TRY(validity_read(attributes, now, ret, reterr));
	return form_check(ret, reterr);
}

/* The CN's value in an RFC 2253 name: what has a meaning there is escaped. */
static char *subject_of(struct str cn)
{
	AUTO_BUF(out, CN_MAX * 2 + 16);
	buf_add_c(&out, "CN=");
	for (size_t i = 0; i < cn.n; i++) {
		if (strchr(",+\"\\<>;=#", cn.p[i]) || ((i == 0 || i + 1 == cn.n) && cn.p[i] == ' ')) {
			buf_add_char(&out, '\\');
		}
		buf_add_char(&out, cn.p[i]);
	}
	return buf_take(&out);
}

static enum rc request_read(struct str csr, struct request **ret, struct err *reterr)
{
	AUTO_BUF(text, CSR_MAX);
	if (csr.n == 0) {
		return RC_OK;
	}
	if (base64_decode(&text, csr, true) != RC_OK || request_parse(ret, buf_str(&text), reterr) != RC_OK) {
		return destination_row_invalid(
			reterr, "Attributes.CSR",
			"CSR is a certificate signing request in PEM, as base64, signed by its own key.");
	}
	return RC_OK;
}

/* Leaf, issuing, root for the key or the CSR. */
static enum rc chain_issue(struct session *session, const char *tenant, const struct order *order,
			   const struct key *key, struct cert_list *ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(request_free_cleanup) struct request *request = NULL;
	AUTO_FREE char *subject = subject_of(order->cn);
	TRY(request_read(order->csr, &request, reterr));
	const struct service_authority_order wish = {
		.request = request, .subject = str_of(subject), .usage = "client", .days = order->days
	};
	TRY(change_begin(&change, session, reterr));
	TRY(service_authority_issue_chain(session, tenant, &wish, key, ret, reterr));
	return change_commit(&change, reterr);
}

static enum rc pem_format(const struct order *order, const struct key *key, const struct cert_list *chain,
			  struct buf *out, struct err *reterr)
{
	AUTO_FREE char *pem = chain_pem_format(chain);
	struct str password = order->password.n > 0 ? order->password : STR_NONE;
	if ((key && key_format_pem(key, password, out) != RC_OK) || !buf_add_c(out, pem)) {
		return err_set(reterr, RC_BUG, "The certificate cannot be written.");
	}
	return RC_OK;
}

/* The file as its name says. */
static enum rc file_format(const struct order *order, struct key *key, const struct cert_list *chain,
			   struct buf *out, struct err *reterr)
{
	if (order->kind == CONTAINER_PEM) {
		return pem_format(order, key, chain, out, reterr);
	}
	AUTO_FREE char *alias = str_dup(order->cn);
	AUTO(container_free_cleanup) struct container *container = container_new(order->kind);
	struct container_entry *entry = container_add(container, alias);
	entry->key = key_ref(key);
	for (size_t i = 0; i < chain->n; i++) {
		cert_list_add(&entry->chain, chain->items[i]);
	}
	return container_write(container, order->kind, order->password, false, out, reterr);
}

static struct value *validity_value(const struct order *order)
{
	struct value *validity = value_object();
	value_set_str(validity, "TimeUnit", order->unit);
	value_set_int(validity, "Value", order->n);
	return validity;
}

/* What stands beside the file: what people may know, and what renewing needs. */
static struct value *attributes_make(const struct order *order, const struct cert_list *chain)
{
	AUTO_FREE char *pem = chain_pem_format(chain);
	struct value *v = value_object(), *attributes = value_object();
	value_set(v, "Attributes", attributes);
	value_set_str(attributes, "CN", order->cn);
	value_set(attributes, "Validity", validity_value(order));
	value_set_bool(attributes, "AutomaticRenew", order->renews);
	value_set_wall(v, "not_after", cert_not_after(chain->items[0]));
	value_set_c(v, "chain", pem);
	return v;
}

static enum rc renewal_format(const struct order *order, struct buf *out)
{
	AUTO_VALUE *renewal = value_object();
	value_set_str(renewal, "CSR", order->csr.n > 0 ? order->csr : STR(""));
	value_set_str(renewal, "Password", order->password.n > 0 ? order->password : STR(""));
	return value_format(renewal, out);
}

static enum rc generate(struct session *session, const struct destination_at *at, const struct order *order,
			struct key *key, struct str type, bool replace, struct cert_list *chain,
			char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	AUTO_VALUE *input = value_object(), *attributes = NULL;
	AUTO_BUF_SECRET(file, DESTINATION_CERTIFICATE_MAX);
	AUTO_BUF_SECRET(renewal, CSR_MAX * 2);
	TRY(chain_issue(session, at->tenant, order, key, chain, reterr));
	TRY(file_format(order, key, chain, &file, reterr));
	attributes = attributes_make(order, chain);
	if (renewal_format(order, &renewal) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The attributes are too large.");
	}
	value_set_c(input, "Name", order->name);
	value_set_str(input, "Type", type);
	value_set_base64(input, "Content", buf_str(&file));
	const struct destination_certificate_put how = { .replace = replace,
							 .attributes = attributes,
							 .renewal = buf_str(&renewal) };
	return service_destination_certificate_put(session, at, input, &how, ret_etag, NULL, reterr);
}

enum rc service_destination_generate_check(struct session *session, const struct destination_at *at,
					   const struct value *input, bool replace, struct err *reterr)
{
	struct order order;
	AUTO(request_free_cleanup) struct request *request = NULL;
	TRY(order_read(input, wall_now(), &order, reterr));
	TRY(request_read(order.csr, &request, reterr));
	const struct destination_at this = { DESTINATION_CERTIFICATE, at->tenant, at->instance, order.name };
	bool there = destination_row_find(session, &this) != NULL;
	if (replace && !there) {
		return destination_row_not_found(&this, reterr);
	}
	if (replace || !there) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_EXISTS, "Duplicate key: there is a certificate named %s already.",
		      order.name);
	return err_field(reterr, "Name");
}

enum rc service_destination_generate(struct session *session, const struct destination_at *at,
				     const struct value *input, struct key *key, bool replace,
				     struct wall now, char ret_etag[DESTINATION_ETAG_SIZE],
				     struct err *reterr)
{
	struct order order;
	AUTO_CERT_LIST chain = { 0 };
	TRY(order_read(input, now, &order, reterr));
	return generate(session, at, &order, key, value_get_str(input, "Type"), replace, &chain, ret_etag,
			reterr);
}

void destination_generate_due_fini(struct destination_generate_due *due)
{
	mem_free(due->tenant);
	mem_free(due->instance);
	mem_free(due->name);
	*due = (struct destination_generate_due){ 0 };
}

static bool is_due(const struct value *configuration, struct wall now)
{
	const struct value *attributes = value_get(configuration, "Attributes");
	const struct value *validity = value_get(attributes, "Validity");
	struct wall end;
	if (!value_get_bool(attributes, "AutomaticRenew", false) ||
	    wall_parse(value_get_str(configuration, "not_after"), &end) != RC_OK) {
		return false;
	}
	int64_t margin = destination_generate_margin(value_get_str(validity, "TimeUnit"),
						     value_get_int(validity, "Value", 0));
	return wall_seconds(now) >= wall_seconds(end) - margin;
}

/* The attributes of a generated one: only those have something to renew with. Owned; NULL otherwise. */
static struct value *generated_open(struct session *session, const struct destination_row *kept,
				    struct store_destination *owned, struct store_destination *ret_row)
{
	struct value *configuration = NULL;
	if (strcmp(kept->row.kind, "certificate") != 0 ||
	    destination_row_load(session, kept, owned, ret_row, NULL) != RC_OK || !ret_row->renewal.p ||
	    value_parse(&configuration, str_of(ret_row->configuration), DESTINATION_JSON_MAX, NULL) !=
		    RC_OK) {
		return NULL;
	}
	return configuration;
}

/* What renewing needs, out of its seal; owned. */
static enum rc renewal_open(struct session *session, const struct store_destination *row, struct value **ret,
			    struct err *reterr)
{
	AUTO_BUF_SECRET(plain, CSR_MAX * 2);
	TRY(destination_row_unseal(session, row, row->renewal, &plain, reterr));
	return value_parse(ret, buf_str(&plain), CSR_MAX * 2, reterr);
}

bool service_destination_due(struct session *session, struct wall now, size_t i,
			     struct destination_generate_due *ret)
{
	size_t n = 0;
	const struct destination_row *const *rows =
		destination_memory_all(destination_memory_hold(session), &n);
	for (size_t k = 0; k < n; k++) {
		AUTO(store_destination_fini) struct store_destination owned = { 0 };
		AUTO_VALUE *renewal = NULL;
		struct store_destination row;
		AUTO_VALUE *configuration = generated_open(session, rows[k], &owned, &row);
		if (!configuration || !is_due(configuration, now) ||
		    renewal_open(session, &row, &renewal, NULL) != RC_OK || i-- > 0) {
			continue;
		}
		*ret = (struct destination_generate_due){ .tenant = mem_strdup(row.tenant),
							  .instance = mem_strdup(row.instance),
							  .name = mem_strdup(row.name),
							  .needs_key = value_get_str(renewal, "CSR").n == 0 };
		return true;
	}
	return false;
}

/* The order that made the one that is due. */
static struct value *order_again(const struct destination_generate_due *due,
				 const struct value *configuration, const struct value *renewal)
{
	static const char *const secret[] = { "CSR", "Password" };
	struct value *input = value_object(),
		     *attributes = value_copy(value_get(configuration, "Attributes"));
	value_set_c(input, "Name", due->name);
	value_set_str(input, "Type", value_get_str(configuration, "Type"));
	value_set(input, "Attributes", attributes);
	for (size_t i = 0; i < ARRAY_SIZE(secret); i++) {
		if (value_get_str(renewal, secret[i]).n > 0) {
			value_set_str(attributes, secret[i], value_get_str(renewal, secret[i]));
		}
	}
	return input;
}

/* Calls go on: the service key that holds the certificate before gets the new one beside it. */
static void service_key_follow(struct session *session, const char *tenant, const char *before,
			       const struct cert_list *chain)
{
	AUTO_CERT_LIST old = { 0 };
	struct err err = { 0 };
	if (chain_pem_parse(before, &old, &err) == RC_OK &&
	    service_key_follow_renewal(session, tenant, old.items[0], chain, &err) == RC_OK) {
		return;
	}
	if (err.code != RC_NOT_FOUND) {
		log_err(LOG_ERROR, "service_key_not_renewed", &err);
	}
}

enum rc service_destination_renew(struct session *session, const struct destination_generate_due *due,
				  struct key *key, struct wall now, struct err *reterr)
{
	const struct destination_at at = { DESTINATION_CERTIFICATE, due->tenant, due->instance, due->name };
	AUTO(store_destination_fini) struct store_destination owned = { 0 };
	AUTO_CERT_LIST chain = { 0 };
	AUTO_VALUE *renewal = NULL, *input = NULL;
	struct store_destination row;
	struct order order;
	const struct destination_row *kept = destination_row_find(session, &at);
	AUTO_VALUE *configuration = kept ? generated_open(session, kept, &owned, &row) : NULL;
	if (!configuration) {
		return destination_row_not_found(&at, reterr);
	}
	TRY(renewal_open(session, &row, &renewal, reterr));
	input = order_again(due, configuration, renewal);
	TRY(order_read(input, now, &order, reterr));
	TRY(generate(session, &at, &order, key, value_get_str(input, "Type"), true, &chain, NULL, reterr));
	service_key_follow(session, due->tenant, value_get_c(configuration, "chain"), &chain);
	return RC_OK;
}

char *service_destination_generated_chain(struct session *session, const struct destination_at *at)
{
	AUTO(store_destination_fini) struct store_destination owned = { 0 };
	struct store_destination row;
	const struct destination_row *kept = destination_row_find(session, at);
	AUTO_VALUE *configuration = kept ? generated_open(session, kept, &owned, &row) : NULL;
	return mem_strdup(value_get_c(configuration, "chain"));
}
