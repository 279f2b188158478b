// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "sdu_socket.h"

#include <errno.h>
#include <limits.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "event_loop.h"

/* Whether the last error of SOCKET, errno, is that of an orderly close. */
static bool is_orderly_close(int socket)
{
	int error = errno;
	bool orderly = error != EAGAIN && error != EINTR && error != ECOMM &&
		       sdu_socket_closed_by_peer(socket);

	errno = error;
	return orderly;
}

int sdu_socket_receive(int socket, unsigned char *room, size_t size,
		       struct received_sdu *sdus, unsigned int count)
{
	struct mmsghdr messages[MOST_SDUS_AT_ONCE];
	struct iovec vectors[MOST_SDUS_AT_ONCE];
	/* Large enough for a time stamp. */
	_Alignas(struct cmsghdr) char control[MOST_SDUS_AT_ONCE][CMSG_SPACE(16)];
	int received;

	for (unsigned int i = 0; i < count; i++) {
		vectors[i] = (struct iovec){room + i * size, size};
		messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &vectors[i],
			.msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = sizeof(control[i]),
		};
	}
	received = recvmmsg(socket, messages, count, MSG_DONTWAIT, NULL);
	if (received < 0 && is_orderly_close(socket)) {
		*sdus = (struct received_sdu){0};
		return 1;
	}
	for (int i = 0; i < received; i++) {
		struct msghdr *header = &messages[i].msg_hdr;
		struct cmsghdr *stamp = CMSG_FIRSTHDR(header);
		struct timeval time = {0};

		if (stamp && stamp->cmsg_len == CMSG_LEN(sizeof(time)))
			memcpy(&time, CMSG_DATA(stamp), sizeof(time));
		sdus[i].arrived_us = (int64_t)time.tv_sec * 1000000 + time.tv_usec;
		sdus[i].length = messages[i].msg_len;
		sdus[i].is_sdu = messages[i].msg_len > 0 || stamp;
		sdus[i].truncated = header->msg_flags & MSG_TRUNC;
	}
	return received;
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

int socket_send_buffer(int socket, uint32_t *bytes)
{
	return read_figure(socket, SK_MEMINFO_SNDBUF, bytes);
}

int socket_dropped_sdus(int socket, uint32_t *count)
{
	return read_figure(socket, SK_MEMINFO_DROPS, count);
}

int socket_take_error(int socket)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? 0 : error;
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
