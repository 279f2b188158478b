// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "packet.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_DATA_CHANNEL 0x0040

long packet_length(const uint8_t *bytes, size_t count)
{
	static const struct {
		size_t header;
		size_t length_at;
		bool wide;
	} shapes[] = {
		[PACKET_COMMAND] = {4, 3, false}, [PACKET_ACL] = {5, 3, true},
		[PACKET_SCO] = {4, 3, false},	  [PACKET_EVENT] = {3, 2, false},
		[PACKET_ISO] = {5, 3, true},
	};
	if (count == 0)
		return 0;
	if (bytes[0] == PACKET_VHCI)
		return 4;
	if (bytes[0] >= sizeof(shapes) / sizeof(*shapes) || shapes[bytes[0]].header == 0)
		return -1;
	if (count < shapes[bytes[0]].header)
		return 0;
	const uint8_t *field = bytes + shapes[bytes[0]].length_at;
	return (long)shapes[bytes[0]].header +
	       (shapes[bytes[0]].wide ? read_le16(field) : field[0]);
}

int packet_stream_take(struct packet_stream *stream, int fd, packet_taker *take,
		       void *taker)
{
	size_t taken = 0;
	long length;
	ssize_t count = read(fd, stream->bytes + stream->length,
			     sizeof(stream->bytes) - stream->length);

	if (count == 0)
		return -EPIPE;
	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	stream->length += (size_t)count;
	while ((length = packet_length(stream->bytes + taken, stream->length - taken)) >
		       0 &&
	       (size_t)length <= stream->length - taken) {
		take(taker, stream->bytes + taken, (size_t)length);
		taken += (size_t)length;
	}
	stream->length -= taken;
	memmove(stream->bytes, stream->bytes + taken, stream->length);
	return length < 0 ? -EPROTO : 0;
}

uint16_t acl_handle(const uint8_t *bytes)
{
	return read_le16(bytes + 1) & 0x0fff;
}

bool acl_starts_frame(const uint8_t *bytes)
{
	return (read_le16(bytes + 1) >> 12 & 0x3) != 0x1;
}

bool acl_is_flushable(const uint8_t *bytes)
{
	return (read_le16(bytes + 1) >> 12 & 0x3) == 0x2;
}

size_t acl_payload(size_t length)
{
	return length - ACL_HEADER_LENGTH;
}

bool acl_is_signalling(const uint8_t *bytes, size_t length)
{
	/* A basic L2CAP header: length, channel. */
	return length < ACL_HEADER_LENGTH + 4 ||
	       read_le16(bytes + ACL_HEADER_LENGTH + 2) < FIRST_DATA_CHANNEL;
}

struct packet *packet_queue_add(struct packet_queue *queue, const uint8_t *bytes,
				size_t length, int64_t arrived)
{
	struct packet *packet = malloc(sizeof(*packet) + length);
	if (!packet)
		err(1, "no memory for a packet");
	packet->next = NULL;
	packet->arrived = arrived;
	packet->frame = 0;
	packet->length = length;
	memcpy(packet->bytes, bytes, length);

	/* Controllers hold few packets: no need to remember the end. */
	struct packet **end = &queue->first;
	while (*end)
		end = &(*end)->next;
	*end = packet;
	queue->count++;
	return packet;
}

void packet_queue_take(struct packet_queue *queue, struct packet *packet)
{
	struct packet **place = &queue->first;
	while (*place != packet)
		place = &(*place)->next;
	*place = packet->next;
	queue->count--;
}

void packet_queue_purge(struct packet_queue *queue, int handle)
{
	struct packet *next;
	for (struct packet *packet = queue->first; packet; packet = next) {
		next = packet->next;
		if (handle >= 0 && (packet->bytes[0] != PACKET_ACL ||
				    acl_handle(packet->bytes) != handle))
			continue;
		packet_queue_take(queue, packet);
		free(packet);
	}
}
