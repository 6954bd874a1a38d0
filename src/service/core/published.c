/* SPDX-License-Identifier: Apache-2.0
 * The manager as a reader of its own registry: opened when first asked, then looked at anew each time. */
#include "service/core/published.h"

#include "base/memory.h"
#include "os/file.h"
#include "view/view_sealed.h"

#include <fcntl.h>

struct published {
	int dirfd;
	struct registry_reader *registry;
};

void published_free(struct published *published)
{
	if (!published) {
		return;
	}
	registry_reader_close(published->registry);
	file_close(published->dirfd);
	mem_free(published);
}

static enum rc published_open(struct session *session, struct err *reterr)
{
	AUTO_FREE char *path = service_path(session, "registry");
	struct published *p = mem_alloc(sizeof(*p));
	p->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rc rc = p->dirfd < 0 ? err_errno(reterr, "The registry cannot be opened")
				  : registry_reader_open(&p->registry, p->dirfd, reterr);
	if (rc != RC_OK) {
		published_free(p);
	} else {
		session->published = p;
	}
	return rc;
}

enum rc published_view(struct session *session, const char *tenant, struct view *ret, struct err *reterr)
{
	if (!session->published) {
		TRY(published_open(session, reterr));
	}
	struct registry_reader *registry = session->published->registry;
	TRY(registry_refresh(registry, NULL, NULL, reterr));
	*ret = (struct view){ registry, str_of(tenant) };
	return RC_OK;
}

enum rc published_server_key(struct session *session, const char *kind, struct cert_list *chain,
			     struct key **ret_key, struct err *reterr)
{
	struct view view;
	struct registry_record record;
	TRY(published_view(session, SERVICE_TENANT_DEFAULT, &view, reterr));
	if (!registry_get(view.registry, REGISTRY_SERVER_KEY, STR(""), str_of(kind), &record)) {
		return err_set(reterr, RC_NOT_FOUND, "No server certificate is published.");
	}
	return view_key_pair(&session->service->worker_seal, &record, chain, ret_key, reterr);
}
