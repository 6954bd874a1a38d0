/* SPDX-License-Identifier: Apache-2.0
 * Takes away from a process what it never needs, so that a flaw in it cannot. */
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* No process of a server does these. */
static const char *const NEVER[] = {
	"acct",
	"add_key",
	"bpf",
	"chroot",
	"delete_module",
	"finit_module",
	"init_module",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"ioperm",
	"iopl",
	"kcmp",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"lookup_dcookie",
	"mount",
	"mount_setattr",
	"move_mount",
	"name_to_handle_at",
	"open_by_handle_at",
	"open_tree",
	"perf_event_open",
	"personality",
	"pidfd_getfd",
	"pivot_root",
	"process_vm_readv",
	"process_vm_writev",
	"ptrace",
	"quotactl",
	"reboot",
	"request_key",
	"setdomainname",
	"setgid",
	"setgroups",
	"sethostname",
	"setns",
	"setregid",
	"setresgid",
	"setresuid",
	"setreuid",
	"settimeofday",
	"setuid",
	"swapoff",
	"swapon",
	"syslog",
	"umount2",
	"unshare",
	"userfaultfd",
	"vhangup",
	"fsopen",
	"fsmount",
	"fsconfig",
	"fspick",
	"clock_settime",
	"adjtimex",
};
/* Gateways and jobs start no programs, and signal nobody. */
static const char *const NO_PROGRAMS[] = { "execve", "execveat",         "fork", "vfork", "kill",
					   "tkill",  "pidfd_send_signal" };
/* A job that reads files has no network. */
static const char *const NO_NETWORK[] = { "socket", "connect", "bind", "listen", "accept", "accept4" };

#define FILES_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILES_WRITE \
	(FILES_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE)
/* All rights of the first version; each later kernel knows them. */
#define FILES_ALL ((uint64_t)(LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* Resolver, trust store, and what libc loads for the first. */
static const char *const NETWORK_FILES[] = {
	"/etc", "/usr", "/lib", "/lib64", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager"
};

static bool has_network(enum sandbox_process process)
{
	return process == SANDBOX_GATEWAY || process == SANDBOX_JOB_NETWORK;
}

static bool deny(scmp_filter_ctx filter, const char *const names[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		/* A name unknown to the library does not exist for this kernel's programs either. */
		if (number == __NR_SCMP_ERROR || number < 0) {
			continue;
		}
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0) != 0) {
			return false;
		}
	}
	return true;
}

/* Threads yes, processes no. clone3 hides its flags from a filter: libc falls back to clone on ENOSYS. */
static bool deny_processes(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0;
}

static enum rc filter_calls(enum sandbox_process process, struct err *reterr)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool ok = filter && deny(filter, NEVER, sizeof(NEVER) / sizeof(*NEVER));
	if (ok && process != SANDBOX_MANAGER) {
		ok = deny(filter, NO_PROGRAMS, sizeof(NO_PROGRAMS) / sizeof(*NO_PROGRAMS)) &&
		     deny_processes(filter);
	}
	if (ok && process == SANDBOX_JOB) {
		ok = deny(filter, NO_NETWORK, sizeof(NO_NETWORK) / sizeof(*NO_NETWORK));
	}
	int rc = ok ? seccomp_load(filter) : -ENOMEM;
	seccomp_release(filter);
	if (rc == 0) {
		return RC_OK;
	}
	errno = -rc;
	return err_errno(reterr, "cannot load the filter of system calls");
}

static enum rc set_limit(int which, uint64_t value, struct err *reterr)
{
	struct rlimit limit;
	/* __rlimit_resource_t is an enumeration in glibc's headers. */
	if (getrlimit((__rlimit_resource_t)which, &limit) != 0) {
		return err_errno(reterr, "cannot read a resource limit");
	}
	if (limit.rlim_max > value) {
		limit.rlim_max = value;
	}
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit((__rlimit_resource_t)which, &limit) != 0) {
		return err_errno(reterr, "cannot set a resource limit");
	}
	return RC_OK;
}

static enum rc limit_resources(const struct sandbox_options *options, struct err *reterr)
{
	TRY(set_limit(RLIMIT_CORE, 0, reterr));
	if (options->memory_max) {
		TRY(set_limit(RLIMIT_AS, options->memory_max, reterr));
	}
	if (options->cpu_seconds_max) {
		TRY(set_limit(RLIMIT_CPU, options->cpu_seconds_max, reterr));
	}
	if (options->files_max) {
		TRY(set_limit(RLIMIT_NOFILE, options->files_max, reterr));
	}
	return RC_OK;
}

/* A file has no rights of folders. */
static bool allow(int rules, int folder, uint64_t rights)
{
	struct stat there;
	if (fstat(folder, &there) == 0 && !S_ISDIR(there.st_mode)) {
		rights &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
	}
	struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = folder };
	return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static bool allow_all(int rules, enum sandbox_process process, const struct sandbox_options *options)
{
	bool ok = true;
	for (size_t i = 0; i < options->n_writable_fds && ok; i++) {
		ok = allow(rules, options->writable_fds[i], FILES_WRITE);
	}
	for (size_t i = 0; i < options->n_readable_fds && ok; i++) {
		ok = allow(rules, options->readable_fds[i], FILES_READ);
	}
	for (size_t i = 0; has_network(process) && i < sizeof(NETWORK_FILES) / sizeof(*NETWORK_FILES) && ok;
	     i++) {
		int folder = open(NETWORK_FILES[i], O_PATH | O_CLOEXEC);
		if (folder < 0) {
			continue;
		}
		ok = allow(rules, folder, FILES_READ);
		(void)close(folder);
	}
	return ok;
}

/* RC_UNSUPPORTED: this kernel has no Landlock, or it is switched off. */
static enum rc close_files(enum sandbox_process process, const struct sandbox_options *options,
			   struct err *reterr)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = FILES_ALL };
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
		return RC_UNSUPPORTED;
	}
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rules < 0) {
		return err_errno(reterr, "cannot make the rules for files");
	}
	enum rc rc = allow_all(rules, process, options) && syscall(SYS_landlock_restrict_self, rules, 0) == 0
			     ? RC_OK
			     : err_errno(reterr, "cannot restrict files");
	(void)close(rules);
	return rc;
}

enum rc sandbox_enter(enum sandbox_process process, const struct sandbox_options *options,
		      const char **ret_parts, struct err *reterr)
{
	enum rc files = RC_UNSUPPORTED;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		return err_errno(reterr, "cannot give up new privileges");
	}
	TRY(limit_resources(options, reterr));
	if (process != SANDBOX_MANAGER && !options->with_files) {
		files = close_files(process, options, reterr);
		if (files != RC_OK && files != RC_UNSUPPORTED) {
			return files;
		}
	}
	TRY(filter_calls(process, reterr));
	if (ret_parts) {
		*ret_parts = files == RC_OK ? "no_new_privs,rlimits,seccomp,landlock"
					    : "no_new_privs,rlimits,seccomp";
	}
	return RC_OK;
}
