/* SPDX-License-Identifier: Apache-2.0
 * The receiver behind the servers of a benchmark: plain HTTP/1.1, keep-alive, as little work as possible.
 *
 * Usage: bench_upstream     prints its port, then serves until it is ended.
 * GET /BYTES is answered with so many bytes, everything else with 2;
 * a body with Content-Length is read and dropped. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define IN_SIZE 16384
#define ANSWER_MAX 1048576

struct connection {
	int fd;
	size_t n;      /* of in */
	uint64_t body; /* [bytes] of a request's body still to come */
	size_t answer_head_n, answer_n, sent;
	char answer_head[256];
	char in[IN_SIZE + 1];
};

static char filler[ANSWER_MAX];
static int epoll;

static void check(bool good, const char *what)
{
	if (!good) {
		perror(what);
		exit(1);
	}
}

static void end(struct connection *c)
{
	(void)close(c->fd);
	free(c);
}

static void watch(struct connection *c, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = c };
	check(epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event) == 0, "epoll_ctl");
}

/* False: the socket is full, or the connection is gone. */
static bool send_answer(struct connection *c)
{
	while (c->sent < c->answer_head_n + c->answer_n) {
		bool in_head = c->sent < c->answer_head_n;
		struct iovec parts[2] = { { c->answer_head + c->sent, c->answer_head_n - c->sent },
					  { filler, c->answer_n } };
		if (!in_head) {
			parts[0].iov_len = 0;
			parts[1].iov_len = c->answer_n - (c->sent - c->answer_head_n);
		}
		struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
		ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL);
		if (n < 0) {
			return false;
		}
		c->sent += (size_t)n;
	}
	c->answer_head_n = c->answer_n = c->sent = 0;
	return true;
}

static void begin_answer(struct connection *c, const char *head)
{
	uint64_t size = strncmp(head, "GET /", 5) == 0 ? strtoul(head + 5, NULL, 10) : 0;
	size = size == 0 ? 2 : size > ANSWER_MAX ? ANSWER_MAX : size;
	c->answer_n = (size_t)size;
	c->answer_head_n = (size_t)snprintf(c->answer_head, sizeof(c->answer_head),
					    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
					    "Content-Length: %zu\r\n\r\n",
					    c->answer_n);
}

/* Take what has arrived; true once a request is whole and its answer begun. */
static bool take(struct connection *c)
{
	if (c->body == 0) {
		c->in[c->n] = '\0';
		char *end_of_head = strstr(c->in, "\r\n\r\n");
		if (!end_of_head) {
			return false;
		}
		const char *length = strcasestr(c->in, "\r\ncontent-length:");
		uint64_t body = length && length < end_of_head ? strtoul(length + 17, NULL, 10) : 0;
		size_t after = c->n - (size_t)(end_of_head + 4 - c->in);
		begin_answer(c, c->in);
		memmove(c->in, end_of_head + 4, after);
		c->n = after;
		c->body = body;
		if (body == 0) {
			return true;
		}
	}
	size_t part = c->n < c->body ? c->n : (size_t)c->body;
	c->body -= part;
	c->n -= part;
	memmove(c->in, c->in + part, c->n);
	return c->body == 0;
}

static void run(struct connection *c, uint32_t events)
{
	if (c->answer_head_n && (events & EPOLLOUT)) {
		if (!send_answer(c)) {
			if (errno != EAGAIN) {
				end(c);
			}
			return;
		}
		watch(c, EPOLLIN);
	}
	ssize_t n = recv(c->fd, c->in + c->n, IN_SIZE - c->n, 0);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN) {
			end(c);
		}
		return;
	}
	c->n += (size_t)n;
	if (!take(c)) {
		return;
	}
	if (!send_answer(c)) {
		if (errno != EAGAIN) {
			end(c);
		} else {
			watch(c, EPOLLOUT);
		}
	}
}

static void accept_one(int listener)
{
	int one = 1;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		return;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	struct connection *c = calloc(1, sizeof(*c));
	check(c, "memory");
	c->fd = fd;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1024) == 0 &&
		      getsockname(listener, (struct sockaddr *)&address, &size) == 0,
	      "listen");
	memset(filler, 'x', sizeof(filler));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	check(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0, "epoll_ctl");
	(void)printf("%u\n", ntohs(address.sin_port));
	(void)fflush(stdout);
	for (;;) {
		struct epoll_event events[64];
		int n = epoll_wait(epoll, events, 64, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr) {
				run(events[i].data.ptr, events[i].events);
			} else {
				accept_one(listener);
			}
		}
	}
}
