// SPDX-License-Identifier: GPL-2.0-or-later
#include "sdu_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include "interruption.h"

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
