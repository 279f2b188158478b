/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much the kernel keeps for a socket. Works on any socket, so that the transfer
 * loop can be tested without Bluetooth.
 */
#ifndef L2_SOCKET_MEMORY_H
#define L2_SOCKET_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes of send buffer still taken: data that has not been handed to the controller, or
 * in ERTM not been acknowledged by the peer. 0 means that all was taken (trap T9).
 * From SO_MEMINFO: SIOCOUTQ reports free space on Bluetooth sockets. 0 or -errno.
 */
int socket_unsent_memory(int socket, uint32_t *bytes);

/* How many SDUs the kernel dropped on arrival: exact in basic mode and streaming (trap
 * T3); without meaning where flow control brings them again. 0 or -errno. */
int socket_dropped_sdus(int socket, uint32_t *count);

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
