/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a zero and a hang-up of an L2CAP socket mean. Works on any socket, so that the
 * transfer loop can be tested without Bluetooth.
 */
#ifndef L2_SDU_SOCKET_H
#define L2_SDU_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * recvmsg() for one SDU of at most SIZE bytes into ROOM, without waiting. Needs
 * SO_TIMESTAMP on the socket. *IS_SDU tells an empty SDU from the other zeros: each SDU
 * carries its time of arrival, which an end of the channel, and the 0 that a pending
 * error turns into (trap T1), do not. *TRUNCATED: the SDU was longer. -1 with errno.
 */
ssize_t sdu_socket_receive(int socket, void *room, size_t size, bool *is_sdu,
			   bool *truncated);

/* Whether the peer has closed in an orderly way: its disconnect request, and nothing
 * else, sets POLLRDHUP; a lost link does not (trap T13, shown by "a lost link is status 4
 * at both ends" in the laboratory). */
bool sdu_socket_closed_by_peer(int socket);

#endif
