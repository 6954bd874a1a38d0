/* SPDX-License-Identifier: Apache-2.0
 * The load client of the benchmark: one measurement of one server, as one line of JSON.
 *
 * It takes the server's CPU time itself, at the very instants between which it counts operations.
 * Started with --mode idle it opens its connections, prints "ready" and holds them until its input ends. */
#include "client.h"
#include "measure.h"

#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A run with a number of operations gives up after so long [s]. */
#define PATIENCE 60
#define NS 1e9

struct run {
	struct client_options client;
	double warm_up, seconds;
	uint64_t operations; /* 0: seconds count */
	int tree;
	unsigned server_cpu;
};

static const char usage[] =
	"usage: bench_load --port N --client FOLDER --path PATH [options]\n"
	"  --mode full|resumed|keep-alive|idle   --tls 12|13   --server rsa|ec\n"
	"  --first N --leaves N      which of the client certificates; each connection takes the next\n"
	"  --body N  --answer N      bytes sent, bytes that must come\n"
	"  --connections N           open at a time\n"
	"  --rate N                  operations due a second; without it as many as possible\n"
	"  --warm-up S --seconds S | --operations N\n"
	"  --tree PID --server-cpu N the server whose CPU time is taken\n";

static const struct option long_options[] = {
	{ "port", required_argument, NULL, 'p' },        { "client", required_argument, NULL, 'c' },
	{ "path", required_argument, NULL, 'u' },        { "mode", required_argument, NULL, 'm' },
	{ "tls", required_argument, NULL, 't' },         { "server", required_argument, NULL, 's' },
	{ "first", required_argument, NULL, 'f' },       { "leaves", required_argument, NULL, 'l' },
	{ "body", required_argument, NULL, 'b' },        { "answer", required_argument, NULL, 'a' },
	{ "connections", required_argument, NULL, 'n' }, { "rate", required_argument, NULL, 'r' },
	{ "warm-up", required_argument, NULL, 'w' },     { "seconds", required_argument, NULL, 'd' },
	{ "operations", required_argument, NULL, 'o' },  { "tree", required_argument, NULL, 'T' },
	{ "server-cpu", required_argument, NULL, 'C' },  { NULL, 0, NULL, 0 },
};

static enum client_mode mode_of(const char *name)
{
	return strcmp(name, "full") == 0      ? CLIENT_FULL
	       : strcmp(name, "resumed") == 0 ? CLIENT_RESUMED
	       : strcmp(name, "idle") == 0    ? CLIENT_IDLE
					      : CLIENT_KEEP_ALIVE;
}

static bool read_option(struct run *run, int option, const char *text)
{
	struct client_options *o = &run->client;
	double number = strtod(text, NULL);
	size_t count = (size_t)strtoul(text, NULL, 10);
	switch (option) {
	case 'p': o->port = (int)number; break;
	case 'c': o->client = text; break;
	case 'u': o->path = text; break;
	case 'm': o->mode = mode_of(text); break;
	case 't': o->tls = (int)number; break;
	case 's': o->ec_server = strcmp(text, "ec") == 0; break;
	case 'f': o->first_leaf = count; break;
	case 'l': o->n_leaves = count; break;
	case 'b': o->body = count; break;
	case 'a': o->answer = count; break;
	case 'n': o->connections = count; break;
	case 'r': o->rate = number; break;
	case 'w': run->warm_up = number; break;
	case 'd': run->seconds = number; break;
	case 'o': run->operations = count; break;
	case 'T': run->tree = (int)number; break;
	case 'C': run->server_cpu = (unsigned)count; break;
	default: return false;
	}
	return true;
}

static uint64_t after(double seconds)
{
	return measure_now() + (uint64_t)(seconds * NS);
}

static void print_histogram(const char *name, const struct histogram *h)
{
	(void)printf(",\"%s_us\":{\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f}", name,
		     (double)histogram_at(h, 0.5) / 1e3, (double)histogram_at(h, 0.99) / 1e3,
		     (double)histogram_at(h, 0.999) / 1e3);
}

static void report(const struct client_count *count, const struct measure *a, const struct measure *b)
{
	double seconds = (double)(b->wall_ns - a->wall_ns) / NS;
	uint64_t units = b->calibration_units - a->calibration_units;
	(void)printf(
		"{\"operations\":%llu,\"failed\":%llu,\"not_resumed\":%llu,\"let_go\":%llu,\"seconds\":%.4f",
		(unsigned long long)count->operations, (unsigned long long)count->failed,
		(unsigned long long)count->not_resumed, (unsigned long long)count->let_go, seconds);
	(void)printf(",\"server_us\":%.1f,\"load_us\":%.1f,\"calibration_us\":%.3f",
		     (double)(b->server_ns - a->server_ns) / 1e3, (double)(b->own_ns - a->own_ns) / 1e3,
		     units ? (double)(b->calibration_ns - a->calibration_ns) / 1e3 / (double)units : 0.0);
	print_histogram("latency", &count->latency);
	print_histogram("lag", &count->lag);
	(void)printf(",\"algorithms\":\"%s\",\"first_failure\":\"", count->algorithms);
	for (const char *p = count->first_failure; *p; p++) {
		(void)putchar(*p < ' ' || *p == '"' || *p == '\\' ? ' ' : *p);
	}
	(void)printf("\"}\n");
}

static void measure_run(struct client_load *load, const struct run *run)
{
	struct measure before, behind;
	client_load_run(load, after(run->warm_up), 0);
	client_load_reset(load);
	if (run->client.rate > 0) {
		/* Once more at the pace that is measured, so that the first moment is like all others. */
		client_load_run(load, after(run->warm_up / 2), 0);
		client_load_reset(load);
	}
	measure_take(&before, run->tree);
	client_load_run(load, after(run->operations ? PATIENCE : run->seconds), run->operations);
	measure_take(&behind, run->tree);
	report(client_load_count(load), &before, &behind);
}

static int hold_idle(struct client_load *load, size_t connections)
{
	char byte;
	uint64_t until = after(PATIENCE);
	while (measure_now() < until && client_load_idle(load) < connections &&
	       client_load_count(load)->failed == 0) {
		client_load_run(load, after(0.05), 0);
	}
	if (client_load_idle(load) < connections) {
		(void)fprintf(stderr, "bench_load: %zu of %zu connections are open: %s\n",
			      client_load_idle(load), connections, client_load_count(load)->first_failure);
		return 1;
	}
	(void)printf("ready\n");
	(void)fflush(stdout);
	return read(STDIN_FILENO, &byte, 1) > 0;
}

int main(int argc, char **argv)
{
	struct run run = { .client = { .tls = 13, .n_leaves = 1, .connections = 1 },
			   .warm_up = 0.2,
			   .seconds = 1 };
	int option;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (!read_option(&run, option, optarg ? optarg : "")) {
			(void)fputs(usage, stderr);
			return 2;
		}
	}
	if (!run.client.port || !run.client.client || !run.client.path || run.client.n_leaves == 0) {
		(void)fputs(usage, stderr);
		return 2;
	}
	struct rlimit limit = { 65536, 65536 };
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	(void)sigaction(SIGPIPE, &ignore, NULL);
	measure_start(run.server_cpu);
	struct client_load *load = client_load_new(&run.client);
	client_load_start(load);
	if (run.client.mode == CLIENT_IDLE) {
		return hold_idle(load, run.client.connections);
	}
	measure_run(load, &run);
	return 0;
}
