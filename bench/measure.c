/* SPDX-License-Identifier: Apache-2.0
 * CPU of a process tree from /proc/PID/task/TID/schedstat, and a calibration process beside it. */
#include "measure.h"

#include <dirent.h>
#include <openssl/sha.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <signal.h>
#include <unistd.h>

/* Share of the server's core that calibration takes: 0.2 ms of work every 10 ms. */
#define PAUSE_NS 10000000
#define HASHED_BYTES 4096
#define HASHES 40
#define CALLS 200

static struct calibration {
	uint64_t ns, units;
} *calibration;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;
	(void)clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t measure_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* Arithmetic and system calls, as a server has them; small enough to leave the server its caches. */
static void work(void)
{
	static unsigned char bytes[HASHED_BYTES];
	unsigned char digest[SHA256_DIGEST_LENGTH];
	for (int i = 0; i < HASHES; i++) {
		(void)SHA256(bytes, sizeof(bytes), digest);
		memcpy(bytes, digest, sizeof(digest));
	}
	for (int i = 0; i < CALLS; i++) {
		(void)syscall(SYS_getppid);
	}
}

static void calibrate(unsigned cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)sched_setaffinity(0, sizeof(set), &set);
	for (;;) {
		const struct timespec pause = { 0, PAUSE_NS };
		uint64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		work();
		calibration->ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - before;
		calibration->units++;
		(void)nanosleep(&pause, NULL);
	}
}

void measure_start(unsigned server_cpu)
{
	calibration =
		mmap(NULL, sizeof(*calibration), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (calibration == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	if (fork() == 0) {
		calibrate(server_cpu);
	}
}

static bool read_file(const char *path, char *out, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(out, 1, size - 1, file) : 0;
	out[n] = '\0';
	if (file) {
		(void)fclose(file);
	}
	return n > 0;
}

static uint64_t tree_ns(int pid);

static uint64_t children_ns(const char *text)
{
	uint64_t sum = 0;
	char *rest;
	for (long child = strtol(text, &rest, 10); rest != text; child = strtol(text, &rest, 10)) {
		sum += tree_ns((int)child);
		text = rest;
	}
	return sum;
}

/* First number of schedstat: time spent on the CPU [ns]. */
static uint64_t tree_ns(int pid)
{
	char path[320];
	char text[4096];
	uint64_t sum = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *folder = opendir(path);
	for (struct dirent *e = folder ? readdir(folder) : NULL; e; e = readdir(folder)) {
		if (e->d_name[0] == '.') {
			continue;
		}
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", pid, e->d_name);
		if (read_file(path, text, sizeof(text))) {
			sum += strtoull(text, NULL, 10);
		}
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%s/children", pid, e->d_name);
		if (read_file(path, text, sizeof(text))) {
			sum += children_ns(text);
		}
	}
	if (folder) {
		(void)closedir(folder);
	}
	return sum;
}

void measure_take(struct measure *ret, int tree)
{
	ret->server_ns = tree ? tree_ns(tree) : 0;
	ret->wall_ns = measure_now();
	ret->own_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	ret->calibration_ns = calibration->ns;
	ret->calibration_units = calibration->units;
}
