/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * A socket of SDUs: what a zero and a hang-up mean, and what the kernel keeps for it.
 * Works on any socket, so that the transfer can be tested without Bluetooth.
 */
#ifndef L2_SDU_SOCKET_H
#define L2_SDU_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* To send, or to receive, before others have their turn. */
enum { MOST_SDUS_AT_ONCE = 64 };

struct received_sdu {
	size_t length;
	bool is_sdu;	    /* false: a 0 that is none */
	bool truncated;	    /* the SDU was longer than its room */
	int64_t arrived_us; /* at this machine, on its real-time clock */
};

/*
 * Receives up to COUNT (MOST_SDUS_AT_ONCE) SDUs without waiting, of at most SIZE bytes
 * each, the first into ROOM, the next SIZE bytes behind it, and so on. Needs SO_TIMESTAMP
 * on the socket: each SDU carries its time of arrival, by which an empty one differs from
 * the other zeros, an end of the channel and a pending error (trap T1). Returns how many
 * came, or -1 with errno. Linux reports an error that comes after an SDU with the next
 * call. It also makes the error of an orderly close an errno here, which it makes a 0 for
 * recvmsg(): it is a 0 here, too.
 */
int sdu_socket_receive(int socket, unsigned char *room, size_t size,
		       struct received_sdu *sdus, unsigned int count);

/* Whether the peer has closed in an orderly way: its disconnect request, and nothing
 * else, sets POLLRDHUP; a lost link does not (trap T13, shown by "a lost link is status 4
 * at both ends" in the laboratory). */
bool sdu_socket_closed_by_peer(int socket);

/*
 * Bytes of send buffer still taken: data that has not been handed to the controller, or
 * in ERTM not been acknowledged by the peer. 0 means that all was delivered (trap T9).
 * From SO_MEMINFO: SIOCOUTQ reports free space on Bluetooth sockets. 0 or -errno.
 */
int socket_unsent_memory(int socket, uint32_t *bytes);

/* Bytes of send buffer that there are, in the same accounting. 0 or -errno. */
int socket_send_buffer(int socket, uint32_t *bytes);

/* How many SDUs the kernel dropped on arrival: exact in basic mode and streaming (trap
 * T3); without meaning where flow control brings them again. 0 or -errno. */
int socket_dropped_sdus(int socket, uint32_t *count);

/* The error that a receive would report next, a positive errno, and takes it away; 0:
 * none. */
int socket_take_error(int socket);

/* In ERTM: whether the receive buffer was full, so that the peer was told to wait, and
 * has not been read down to its half since, which would let it go on (trap T22). */
bool socket_may_be_busy(int socket);

/*
 * Asks for room of at least BYTES in the send (receive) buffer, beyond the system's
 * limit when the privilege is there, up to it otherwise. Never makes it smaller.
 * Returns the room that there is now, in the kernel's accounting, or -errno.
 */
long socket_grow_send_buffer(int socket, size_t bytes);
long socket_grow_receive_buffer(int socket, size_t bytes);

#endif
