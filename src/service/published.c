/* SPDX-License-Identifier: Apache-2.0
 * Opening the registry as a reader. */
#include "service/published.h"

#include "base/memory.h"
#include "os/file.h"

#include <fcntl.h>

enum rc published_init(struct published *ret, struct service *service, const char *tenant, struct err *reterr)
{
	AUTO_FREE char *path = mem_printf("%s/registry", service->state_dir);
	*ret = (struct published){ .dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	if (ret->dirfd < 0)
		return err_errno(reterr, "The registry cannot be opened");
	TRY(registry_reader_open(&ret->registry, ret->dirfd, reterr));
	ret->view = (struct view){ ret->registry, str_of(tenant) };
	return RC_OK;
}

void published_fini(struct published *published)
{
	registry_reader_close(published->registry);
	file_close(published->dirfd);
}
