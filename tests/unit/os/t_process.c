/* SPDX-License-Identifier: Apache-2.0
 * Children get what they are given, and a sandbox takes it away. */
#include "os/file.h"
#include "os/process.h"
#include "os/sandbox.h"
#include "unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int exit_of(pid_t pid)
{
	int status = -1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
		continue;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_child_has_its_descriptors_and_no_others(void **state)
{
	int out[2], leak[2];
	pid_t pid = 0;
	AUTO_BUF(text, 1000);
	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(leak), 0);
	/* Descriptor 4 before 3: none may overwrite the other on its way. */
	const int fds[] = { STDERR_FILENO, out[1] };
	const char *const argv[] = { "/bin/sh", "-c", "ls /proc/self/fd | tr '\\n' ' ' >&4; echo $GIVEN >&4",
				     NULL };
	const char *const env[] = { "GIVEN=yes", NULL };
	assert_int_equal(process_spawn(argv, env, fds, 2, &pid, NULL), RC_OK);
	(void)close(out[1]);
	assert_int_equal(file_read_fd(out[0], 1000, &text, NULL), RC_OK);
	assert_int_equal(exit_of(pid), 0);
	assert_true(strstr(buf_c(&text), "yes\n") != NULL);
	/* 0 to 4 and the folder that ls reads. */
	assert_true(str_starts_with(buf_str(&text), STR("0 1 2 3 4 5 yes")));
	(void)close(out[0]);
	(void)close(leak[0]);
	(void)close(leak[1]);
}

static void a_program_that_is_not_there_is_told(void **state)
{
	const char *const argv[] = { "/nonexistent/program", NULL };
	struct err err = { 0 };
	pid_t pid = 0;
	assert_int_equal(process_spawn(argv, NULL, NULL, 0, &pid, &err), RC_IO);
	assert_int_equal(err.native, ENOENT);
	assert_int_equal(process_reap(&pid, &(int){ 0 }), RC_NOT_FOUND);
}

/* In a child, for what is given up does not come back. Returns 0 when all holds, else which did not. */
static int inside(enum sandbox_process process, int folder)
{
	struct sandbox_options options = { .files_max = 64, .writable_fds = &folder, .n_writable_fds = 1 };
	const char *parts = "";
	if (sandbox_enter(process, &options, &parts, NULL) != RC_OK) {
		return 1;
	}
	if (fork() != -1 || errno != EPERM) {
		return 2;
	}
	if (execl("/bin/true", "true", (char *)NULL) != -1 || errno != EPERM) {
		return 3;
	}
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if ((fd >= 0) != (process == SANDBOX_GATEWAY)) {
		return 4;
	}
	if (!strstr(parts, "landlock")) {
		return 0;
	}
	if (open("/proc/self/status", O_RDONLY) != -1 ||
	    open("/tmp/postern-test-outside", O_CREAT | O_WRONLY, 0600) != -1) {
		return 5;
	}
	return openat(folder, "inside", O_CREAT | O_WRONLY, 0600) >= 0 ? 0 : 6;
}

static void a_sandbox_takes_programs_network_and_files_away(void **state)
{
	static const enum sandbox_process processes[] = { SANDBOX_GATEWAY, SANDBOX_JOB };
	for (size_t i = 0; i < 2; i++) {
		char path[] = "/tmp/postern-XXXXXX";
		assert_non_null(mkdtemp(path));
		int folder = open(path, O_RDONLY | O_DIRECTORY);
		pid_t pid = fork();
		if (pid == 0) {
			_exit(inside(processes[i], folder));
		}
		assert_int_equal(exit_of(pid), 0);
		(void)unlinkat(folder, "inside", 0);
		(void)close(folder);
		(void)rmdir(path);
	}
}

RUN_TESTS(TEST(a_child_has_its_descriptors_and_no_others), TEST(a_program_that_is_not_there_is_told),
	  TEST(a_sandbox_takes_programs_network_and_files_away))
