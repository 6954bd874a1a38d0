/* SPDX-License-Identifier: Apache-2.0
 * The manager as a reader of its own registry: opened when first asked, then looked at anew each time. */
#include "service/published.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "os/file.h"
#include "pki/key.h"

#include <fcntl.h>

struct published {
	int dirfd;
	struct registry_reader *registry;
};

void published_free(struct published *published)
{
	if (!published)
		return;
	registry_reader_close(published->registry);
	file_close(published->dirfd);
	mem_free(published);
}

static enum rc published_open(struct session *session, struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/registry", session->service->state_dir);
	struct published *p = mem_alloc(sizeof(*p));
	p->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rc rc = p->dirfd < 0 ? err_errno(reterr, "The registry cannot be opened")
				  : registry_reader_open(&p->registry, p->dirfd, reterr);
	if (rc != RC_OK)
		published_free(p);
	else
		session->published = p;
	return rc;
}

enum rc published_view(struct session *session, const char *tenant, struct view *ret, struct err *reterr)
{
	if (!session->published)
		TRY(published_open(session, reterr));
	struct registry_reader *registry = session->published->registry;
	TRY(registry_refresh(registry, NULL, NULL, reterr));
	*ret = (struct view){ registry, str_of(tenant) };
	return RC_OK;
}

/* {"chain","key"} as publish.c seals it. */
static enum rc server_key_open(struct session *session, const struct registry_record *record,
			       struct value **ret, struct err *reterr)
{
	AUTO_BUF(associated, 1024);
	AUTO_BUF_SECRET(plain, REGISTRY_MAX_VALUE);
	registry_format_associated(record->kind, record->tenant, record->key, &associated);
	TRY(seal_open(&session->service->worker_seal, record->value, buf_str(&associated), &plain, reterr));
	return value_parse(ret, buf_str(&plain), REGISTRY_MAX_VALUE, reterr);
}

enum rc published_server_key(struct session *session, const char *kind, struct cert_list *chain,
			     struct key **ret_key, struct err *reterr)
{
	struct view view;
	struct registry_record record;
	AUTO_VALUE *v = NULL;
	AUTO_BUF_SECRET(key, KEY_MAX_BYTES);
	TRY(published_view(session, SERVICE_TENANT_DEFAULT, &view, reterr));
	if (!registry_get(view.registry, REGISTRY_SERVER_KEY, STR(""), str_of(kind), &record))
		return err_set(reterr, RC_NOT_FOUND, "No server certificate is published.");
	TRY(server_key_open(session, &record, &v, reterr));
	const struct value *ders = value_get(v, "chain");
	for (size_t i = 0; i < value_count(ders); i++) {
		AUTO_BUF(der, CERT_MAX_BYTES);
		AUTO(cert_free_cleanup) struct cert *c = NULL;
		TRY(base64_decode(&der, value_str(value_at(ders, i)), false));
		TRY(cert_new_der(&c, buf_str(&der), reterr));
		cert_list_add(chain, c);
	}
	TRY(base64_decode(&key, value_get_str(v, "key"), false));
	return key_new_der(ret_key, buf_str(&key), reterr);
}
