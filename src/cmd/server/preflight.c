/* SPDX-License-Identifier: Apache-2.0
 * Whether a server could start with settings: the files that they name, looked at before anything is handed
 * over. */
#include "cmd/server/preflight.h"

#include "base/memory.h"
#include "os/file.h"
#include "service/core/service.h"

#include <unistd.h>

static enum rc is_missing(const struct settings *settings, const char *path, struct err *reterr)
{
	bool named = *settings_text(settings, SETTING_master_key_file);
	AUTO_FREE char *store = mem_printf("%s/postern.db", settings->state_dir);
	/* A first start makes it, where it is named too. */
	if (access(store, F_OK) != 0) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_NOT_FOUND,
		      "The master key %s is missing, and the store in %s was sealed with one.", path,
		      settings->state_dir);
	(void)err_fix(reterr, "%s",
		      named ? "Name the file that holds it: master_key_file = FILE"
			    : "Put the master key back in place");
	return err_field(reterr, setting_rows[SETTING_master_key_file].name);
}

static enum rc check_running(const struct seal_key *master, const char *path, int fd, struct err *reterr)
{
	AUTO_BUF_SECRET(running, SEAL_KEY_BYTES);
	struct seal_key fresh;
	TRY(file_read_sealed(fd, SEAL_KEY_BYTES, &running, reterr));
	service_master_derive(master, &fresh);
	bool same = running.n == SEAL_KEY_BYTES && mem_equal_secret(running.p, fresh.b, SEAL_KEY_BYTES);
	mem_wipe(&fresh, sizeof(fresh));
	if (same) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_DENIED, "The master key %s is not the one that sealed the store.", path);
	return err_field(reterr, setting_rows[SETTING_master_key_file].name);
}

enum rc preflight(const struct settings *settings, int running_fd, struct err *reterr)
{
	const char *set = settings_text(settings, SETTING_master_key_file);
	AUTO_FREE char *path = set[0] ? mem_strdup(set) : mem_printf("%s/master.key", settings->state_dir);
	struct seal_key master = { 0 };
	enum rc rc = service_master_read(path, &master, reterr);
	if (rc == RC_NOT_FOUND) {
		return is_missing(settings, path, reterr);
	}
	if (rc == RC_OK && running_fd >= 0) {
		rc = check_running(&master, path, running_fd, reterr);
	}
	mem_wipe(&master, sizeof(master));
	return rc;
}
