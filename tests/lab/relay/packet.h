/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * H4 packets, as they pass between host and controller: a type, a header with a length,
 * the rest. And a queue of them.
 */
#ifndef RELAY_PACKET_H
#define RELAY_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum packet_type {
	PACKET_COMMAND = 0x01,
	PACKET_ACL = 0x02,
	PACKET_SCO = 0x03,
	PACKET_EVENT = 0x04,
	PACKET_ISO = 0x05,
	PACKET_VHCI = 0xff, /* of /dev/vhci alone: see host.h */
};

#define PACKET_LONGEST	       (1 + 4 + 65535)
#define EVENT_COMMAND_COMPLETE 0x0e

#define ACL_HEADER_LENGTH 5 /* type, handle and flags, length */

static inline uint16_t read_le16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline void write_le16(uint8_t *bytes, unsigned value)
{
	bytes[0] = (uint8_t)value;
	bytes[1] = (uint8_t)(value >> 8);
}

/* How long the packet is of which COUNT bytes are there; 0 when its header is not whole,
 * -1 when it is of no known type. */
long packet_length(const uint8_t *bytes, size_t count);

/* Called with each packet, which it may change. */
typedef void packet_taker(void *taker, uint8_t *bytes, size_t length);

/* What has arrived on a socket or a port, where packets come in pieces and several at a
 * time. Zero-initialise it. */
struct packet_stream {
	uint8_t bytes[PACKET_LONGEST];
	size_t length;
};

/* Reads once from FD, and has each packet taken that is whole. Returns 0 or a negative
 * errno: -EPIPE at the end, -EPROTO at what is no packet. */
int packet_stream_take(struct packet_stream *stream, int fd, packet_taker *take,
		       void *taker);

/* Of an ACL packet. */
uint16_t acl_handle(const uint8_t *bytes);
bool acl_starts_frame(const uint8_t *bytes); /* false: goes on with the frame before */
bool acl_is_flushable(const uint8_t *bytes); /* of one that starts a frame */
size_t acl_payload(size_t length);

/* Whether the L2CAP frame that this ACL packet starts is on a fixed channel: signalling
 * and the like, as opposed to a user's data. */
bool acl_is_signalling(const uint8_t *bytes, size_t length);

struct packet {
	struct packet *next;
	int64_t arrived; /* monotonic, in ns */
	int64_t frame;	 /* see flush.h */
	size_t length;
	uint8_t bytes[];
};

/* First in, first out; zero-initialise it. */
struct packet_queue {
	struct packet *first;
	unsigned count;
};

/* Queues a copy, and returns it; ends the program when memory is short. */
struct packet *packet_queue_add(struct packet_queue *queue, const uint8_t *bytes,
				size_t length, int64_t arrived);

/* Takes a packet out, wherever it is; the caller frees it. */
void packet_queue_take(struct packet_queue *queue, struct packet *packet);

/* Frees the ACL packets of HANDLE, or all packets when it is negative. */
void packet_queue_purge(struct packet_queue *queue, int handle);

#endif
