// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * What the kernel does with several SDUs at once: it calls what sends or receives one,
 * for each. Tests that answer send() and recvmsg() have both answered through this.
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
		    struct timespec *timeout);

/* An error after the first SDU is dropped. */
int __wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	for (unsigned int i = 0; i < count; i++) {
		const struct iovec *sdu = messages[i].msg_hdr.msg_iov;
		ssize_t sent = __wrap_send(fd, sdu->iov_base, sdu->iov_len, flags);

		if (sent < 0)
			return i ? (int)i : -1;
		messages[i].msg_len = (unsigned int)sent;
	}
	return (int)count;
}

/* An error after the first SDU is the next call's, but for EAGAIN. */
int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
		    struct timespec *timeout)
{
	static int pending, pending_fd;

	(void)timeout;
	if (pending && pending_fd == fd) {
		errno = pending;
		pending = 0;
		return -1;
	}
	for (unsigned int i = 0; i < count; i++) {
		ssize_t received = __wrap_recvmsg(fd, &messages[i].msg_hdr, flags);

		if (received < 0 && i > 0 && errno != EAGAIN) {
			pending = errno;
			pending_fd = fd;
		}
		if (received < 0)
			return i ? (int)i : -1;
		messages[i].msg_len = (unsigned int)received;
	}
	return (int)count;
}
