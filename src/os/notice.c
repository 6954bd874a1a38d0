/* SPDX-License-Identifier: Apache-2.0
 * Sends and receives one small struct, and a descriptor beside it. */
#include "os/notice.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * 4)]; /* room for more than the one allowed, so that a surplus is
						    seen and closed */
};

enum rc notice_pair(int ret_fds[2], struct err *reterr)
{
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
		return err_errno(reterr, "cannot make a pair of sockets");
	}
	ret_fds[0] = fds[0];
	ret_fds[1] = fds[1];
	return RC_OK;
}

enum rc notice_send(int fd, const struct notice *notice, int pass_fd, struct err *reterr)
{
	struct notice copy = *notice;
	struct iovec part = { .iov_base = &copy, .iov_len = sizeof(copy) };
	union control control = { .bytes = { 0 } };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	if (pass_fd >= 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&header);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pass_fd, sizeof(int));
	}
	ssize_t n;
	do {
		n = sendmsg(fd, &header, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(copy)) {
		return RC_OK;
	}
	if (errno == EAGAIN) {
		return RC_AGAIN;
	}
	if (errno == EPIPE || errno == ECONNRESET) {
		return err_set(reterr, RC_CLOSED, "the other process is gone");
	}
	return err_errno(reterr, "cannot send a message to another process");
}

/* The one descriptor that came along, -1 for none, -2 for several (all closed). */
static int take_descriptor(struct msghdr *header)
{
	int taken = -1;
	size_t n = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
			continue;
		}
		for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (n++ == 0) {
				taken = fd;
			} else {
				(void)close(fd);
			}
		}
	}
	if (n > 1) {
		(void)close(taken);
		return -2;
	}
	return taken;
}

enum rc notice_receive(int fd, struct notice *ret, int *ret_fd, struct err *reterr)
{
	struct notice notice;
	struct iovec part = { .iov_base = &notice, .iov_len = sizeof(notice) };
	union control control;
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	ssize_t n;
	do {
		n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN) {
		return RC_AGAIN;
	}
	if (n == 0 || (n < 0 && errno == ECONNRESET)) {
		return err_set(reterr, RC_CLOSED, "the other process is gone");
	}
	if (n < 0) {
		return err_errno(reterr, "cannot receive a message from another process");
	}
	int passed = take_descriptor(&header);
	if (n != (ssize_t)sizeof(notice) || header.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || passed == -2 ||
	    notice.kind == 0 || notice.kind >= NOTICE_KIND_END) {
		if (passed >= 0) {
			(void)close(passed);
		}
		return err_set(reterr, RC_PROTO, "a message from another process is not one of ours");
	}
	*ret = notice;
	*ret_fd = passed;
	return RC_OK;
}
