/* SPDX-License-Identifier: Apache-2.0
 * One record of the registry as bytes, and the terms it is found by. */
#include "registry/record.h"

#include "base/hash.h"
#include "model/dn.h"

#include <stddef.h>

uint64_t registry_hash_term(enum registry_kind kind, struct str tenant, struct str term, bool is_key)
{
	uint64_t seed = (uint64_t)kind * 2 + (is_key ? 1 : 0);
	uint64_t hash = hash_bytes(term.p, term.n, hash_bytes(tenant.p, tenant.n, seed));
	return hash ? hash : 1; /* 0 marks a free slot */
}

/* Name of a kind for logs: "anchor". */
static const char *kind_name(enum registry_kind kind)
{
	static const char *const names[REGISTRY_KIND_COUNT] = {
		"tenant",    "anchor",     "crl",          "service_key",     "instance", "endpoint",
		"token_key", "server_key", "receiver_key", "user_credential", "setting",
	};
	return (unsigned)kind < REGISTRY_KIND_COUNT ? names[kind] : "unknown";
}

void registry_term_certificate(struct str sha256, struct buf *out)
{
	(void)buf_add(out, STR("cert:"));
	(void)buf_add(out, sha256);
}

void registry_term_dn(struct str subject, struct str issuer, struct buf *out)
{
	AUTO_BUF(names, SIZE_MAX);
	dn_canonical(subject, &names);
	(void)buf_add_char(&names, '\0');
	dn_canonical(issuer, &names);
	uint64_t high = hash_bytes(names.p, names.n, 1);
	uint64_t low = hash_bytes(names.p, names.n, 2);
	(void)buf_printf(out, "dn:%016llx%016llx", (unsigned long long)high, (unsigned long long)low);
}

void registry_term_client(struct str client_id, struct buf *out)
{
	(void)buf_add(out, STR("client:"));
	(void)buf_add(out, client_id);
}

void registry_term_address(struct str address_key, struct buf *out)
{
	(void)buf_add(out, STR("address:"));
	(void)buf_add(out, address_key);
}

void registry_format_associated(enum registry_kind kind, struct str tenant, struct str key, struct buf *out)
{
	(void)buf_printf(out, "registry:%s:%zu:", kind_name(kind), tenant.n);
	(void)buf_add(out, tenant);
	(void)buf_add_char(out, ':');
	(void)buf_add(out, key);
}

/* Sizes of the parts after the head; 0 where a part does not keep to its limits. */
static size_t parts_size(const struct registry_entry_head *head)
{
	size_t size = (size_t)head->tenant_size + head->key_size + head->value_size;
	bool good = head->n_terms <= REGISTRY_MAX_TERMS && head->tenant_size <= REGISTRY_MAX_TENANT &&
		    head->key_size <= REGISTRY_MAX_KEY && head->value_size <= REGISTRY_MAX_VALUE;
	for (size_t i = 0; good && i < head->n_terms; i++) {
		good = head->term_size[i] <= REGISTRY_MAX_TERM;
		size += head->term_size[i];
	}
	return good ? size : SIZE_MAX / 2;
}

static size_t padded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static enum rc check_record(enum registry_entry entry, const struct registry_record *record,
			    struct err *reterr)
{
	if (entry == REGISTRY_ENTRY_COMMIT) {
		return RC_OK;
	}
	if ((unsigned)record->kind >= REGISTRY_KIND_COUNT) {
		(void)err_set(reterr, RC_INVALID, "There is no such kind of registry record.");
		return err_field(reterr, "kind");
	}
	if (record->tenant.n > REGISTRY_MAX_TENANT) {
		(void)err_set(reterr, RC_INVALID, "The tenant's name is too long for the registry.");
		return err_field(reterr, "tenant");
	}
	if (record->key.n == 0 || record->key.n > REGISTRY_MAX_KEY) {
		(void)err_set(reterr, RC_INVALID, "The key of a registry record is empty or too long.");
		return err_field(reterr, "key");
	}
	if (record->value.n > REGISTRY_MAX_VALUE) {
		(void)err_set(reterr, RC_INVALID, "The value of a registry record is too long.");
		return err_field(reterr, "value");
	}
	for (size_t i = 0; i < record->n_terms; i++) {
		if (record->n_terms > REGISTRY_MAX_TERMS || record->terms[i].n > REGISTRY_MAX_TERM) {
			(void)err_set(reterr, RC_INVALID,
				      "A term of a registry record is too long, or one too many.");
			return err_field(reterr, "terms");
		}
	}
	return RC_OK;
}

enum rc registry_entry_format(enum registry_entry entry, const struct registry_record *record,
			      uint64_t second, struct buf *out, struct err *reterr)
{
	static const char zeroes[8];
	struct registry_entry_head head = { .entry = (uint8_t)entry, .second = second };
	TRY(check_record(entry, record, reterr));
	head.version = record->version;
	if (entry != REGISTRY_ENTRY_COMMIT) {
		head.kind = (uint8_t)record->kind;
		head.tenant_size = (uint8_t)record->tenant.n;
		head.key_size = (uint16_t)record->key.n;
	}
	if (entry == REGISTRY_ENTRY_PUT) {
		head.value_size = (uint32_t)record->value.n;
		head.n_terms = (uint8_t)record->n_terms;
		for (size_t i = 0; i < record->n_terms; i++) {
			head.term_size[i] = (uint16_t)record->terms[i].n;
		}
	}
	size_t used = sizeof(head) + parts_size(&head);
	size_t size = padded(used);
	head.size = (uint32_t)size;
	char *to = buf_reserve(out, size);
	if (!to) {
		return err_set(reterr, RC_LIMIT, "The registry's transaction is too large.");
	}
	/* Appended piece by piece behind the head; the checksum is filled in last. */
	size_t at = out->n;
	(void)buf_add(out, str_from(&head, sizeof(head)));
	(void)buf_add(out, str_first(record->tenant, head.tenant_size));
	(void)buf_add(out, str_first(record->key, head.key_size));
	for (size_t i = 0; i < head.n_terms; i++) {
		(void)buf_add(out, record->terms[i]);
	}
	(void)buf_add(out, str_first(record->value, head.value_size));
	(void)buf_add(out, str_from(zeroes, size - used));
	head.checksum = hash_bytes(out->p + at + sizeof(head.checksum), size - sizeof(head.checksum), 0);
	memcpy(out->p + at, &head, sizeof(head));
	return RC_OK;
}

void registry_entries_set_version(char *entries, size_t n, uint64_t version)
{
	struct registry_entry_head head;
	for (size_t at = 0; at < n; at += head.size) {
		memcpy(&head, entries + at, sizeof(head));
		head.version = version;
		memcpy(entries + at, &head, sizeof(head));
		head.checksum = hash_bytes(entries + at + sizeof(head.checksum),
					   head.size - sizeof(head.checksum), 0);
		memcpy(entries + at, &head, sizeof(head));
	}
}

static struct str take_part(struct str *rest, size_t n)
{
	struct str part = str_first(*rest, n);
	*rest = str_skip(*rest, n);
	return part;
}

enum rc registry_entry_parse(struct str bytes, enum registry_entry *ret_entry,
			     struct registry_record *ret_record, uint64_t *ret_second, size_t *ret_size,
			     struct err *reterr)
{
	struct registry_entry_head head;
	if (bytes.n < sizeof(head)) {
		return err_set(reterr, RC_INVALID, "The registry is damaged: an entry is cut off.");
	}
	memcpy(&head, bytes.p, sizeof(head));
	if (head.size < sizeof(head) || head.size % 8 != 0 || head.size > bytes.n) {
		return err_set(reterr, RC_INVALID, "The registry is damaged: an entry's size is wrong.");
	}
	if (hash_bytes(bytes.p + sizeof(head.checksum), head.size - sizeof(head.checksum), 0) !=
	    head.checksum) {
		return err_set(reterr, RC_INVALID, "The registry is damaged: a checksum does not hold.");
	}
	if (head.entry < REGISTRY_ENTRY_PUT || head.entry > REGISTRY_ENTRY_COMMIT ||
	    head.kind >= REGISTRY_KIND_COUNT || padded(sizeof(head) + parts_size(&head)) != head.size) {
		return err_set(reterr, RC_INVALID, "The registry is damaged: an entry does not add up.");
	}
	struct str rest = str_from(bytes.p + sizeof(head), head.size - sizeof(head));
	*ret_entry = (enum registry_entry)head.entry;
	*ret_record = (struct registry_record){ .kind = (enum registry_kind)head.kind,
						.n_terms = head.n_terms,
						.version = head.version };
	ret_record->tenant = take_part(&rest, head.tenant_size);
	ret_record->key = take_part(&rest, head.key_size);
	for (size_t i = 0; i < head.n_terms; i++) {
		ret_record->terms[i] = take_part(&rest, head.term_size[i]);
	}
	ret_record->value = take_part(&rest, head.value_size);
	*ret_second = head.second;
	*ret_size = head.size;
	return RC_OK;
}
