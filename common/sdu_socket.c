// SPDX-License-Identifier: GPL-2.0-or-later
#include "sdu_socket.h"

#include <errno.h>
#include <limits.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>

#include "event_loop.h"

ssize_t sdu_socket_receive(int socket, void *room, size_t size, bool *is_sdu,
			   bool *truncated)
{
	union {
		struct cmsghdr header;
		char room[256];
	} control;
	struct iovec vector = {.iov_base = room, .iov_len = size};
	struct msghdr message = {.msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t length = recvmsg(socket, &message, MSG_DONTWAIT);

	*is_sdu = length > 0 || (length == 0 && CMSG_FIRSTHDR(&message));
	*truncated = message.msg_flags & MSG_TRUNC;
	return length;
}

bool sdu_socket_closed_by_peer(int socket)
{
	return poll_now(socket, POLLRDHUP) & POLLRDHUP;
}

static int read_figure(int socket, int which, uint32_t *figure)
{
	uint32_t memory[SK_MEMINFO_VARS] = {0};
	socklen_t size = sizeof(memory);

	if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0)
		return -errno;
	*figure = memory[which];
	return 0;
}

int socket_unsent_memory(int socket, uint32_t *bytes)
{
	return read_figure(socket, SK_MEMINFO_WMEM_ALLOC, bytes);
}

int socket_dropped_sdus(int socket, uint32_t *count)
{
	return read_figure(socket, SK_MEMINFO_DROPS, count);
}

bool socket_may_be_busy(int socket)
{
	uint32_t figures[SK_MEMINFO_VARS];
	socklen_t size = sizeof(figures);

	return getsockopt(socket, SOL_SOCKET, SO_MEMINFO, figures, &size) == 0 &&
	       size >= (SK_MEMINFO_DROPS + 1) * sizeof(*figures) &&
	       figures[SK_MEMINFO_DROPS] > 0 &&
	       figures[SK_MEMINFO_RMEM_ALLOC] > figures[SK_MEMINFO_RCVBUF] / 2;
}

static long grow(int socket, int option, int force_option, size_t bytes)
{
	int before;
	int now;
	/* The kernel doubles what is asked for, and reports the double. */
	int wanted = bytes / 2 < INT_MAX / 2 ? (int)(bytes / 2) : INT_MAX / 2;
	socklen_t size = sizeof(now);

	if (getsockopt(socket, SOL_SOCKET, option, &before, &size) < 0)
		return -errno;
	if ((size_t)before >= bytes)
		return before;
	if (setsockopt(socket, SOL_SOCKET, force_option, &wanted, sizeof(wanted)) < 0 &&
	    setsockopt(socket, SOL_SOCKET, option, &wanted, sizeof(wanted)) < 0)
		return -errno;
	if (getsockopt(socket, SOL_SOCKET, option, &now, &size) < 0)
		return -errno;
	return now;
}

long socket_grow_send_buffer(int socket, size_t bytes)
{
	return grow(socket, SO_SNDBUF, SO_SNDBUFFORCE, bytes);
}

long socket_grow_receive_buffer(int socket, size_t bytes)
{
	return grow(socket, SO_RCVBUF, SO_RCVBUFFORCE, bytes);
}
