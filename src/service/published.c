/* SPDX-License-Identifier: Apache-2.0
 * The manager as a reader of its own registry: opened when first asked, then looked at anew each time. */
#include "service/published.h"

#include "base/memory.h"
#include "os/file.h"

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
