// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "flush.h"

#include "link.h"
#include "packet.h"

#define COMMAND_READ_FLUSH_TIMEOUT  0x0c27
#define COMMAND_WRITE_FLUSH_TIMEOUT 0x0c28

#define STATUS_UNKNOWN_CONNECTION 0x02
#define STATUS_INVALID_PARAMETERS 0x12

#define SLOT	   625000 /* ns */
#define MOST_SLOTS 0x07ff

void flush_note_arrival(struct flush *flush, struct packet *packet)
{
	if (acl_starts_frame(packet->bytes))
		flush->frame = acl_is_flushable(packet->bytes) ? packet->arrived : 0;
	packet->frame = flush->frame;
}

int64_t flush_deadline(const struct flush *flush, const struct packet *packet)
{
	if (packet->frame == 0)
		return FLUSH_NEVER;
	/* Whatever the timeout is by now: nobody can do anything with half a frame. */
	if (packet->frame == flush->flushed)
		return packet->frame;
	return flush->timeout > 0 ? packet->frame + flush->timeout * (int64_t)SLOT
				  : FLUSH_NEVER;
}

bool flush_note_flushed(struct flush *flush, const struct packet *packet)
{
	bool is_first = packet->frame != flush->flushed;
	flush->flushed = packet->frame;
	return is_first;
}

/* Of BR/EDR alone: LE flushes nothing. */
static struct link *find_link(struct link *links, uint16_t handle)
{
	struct link *link = link_find(links, handle);
	bool is_there = link && link->type != LINK_TYPE_LE &&
			(link->state == LINK_UP || link->state == LINK_SILENT);
	return is_there ? link : NULL;
}

static uint8_t write_timeout(struct link *link, const struct flush_faults *faults,
			     uint16_t slots)
{
	if (faults->refused_write != 0)
		return faults->refused_write;
	if (!link)
		return STATUS_UNKNOWN_CONNECTION;
	if (slots > MOST_SLOTS)
		return STATUS_INVALID_PARAMETERS;
	if (!faults->pretends)
		link->flush.timeout = slots;
	return 0;
}

static uint8_t read_timeout(const struct link *link, const struct flush_faults *faults)
{
	if (faults->refused_read != 0)
		return faults->refused_read;
	return link ? 0 : STATUS_UNKNOWN_CONNECTION;
}

/* Command Complete, with room for one more command. */
static size_t make_answer(uint8_t *answer, uint16_t code, uint8_t status, uint16_t handle)
{
	answer[0] = PACKET_EVENT;
	answer[1] = EVENT_COMMAND_COMPLETE;
	answer[2] = 6;
	answer[3] = 1;
	write_le16(answer + 4, code);
	answer[6] = status;
	write_le16(answer + 7, handle);
	return 9;
}

size_t flush_obey(struct link *links, const struct flush_faults *faults,
		  const uint8_t *command, size_t length,
		  uint8_t answer[FLUSH_ANSWER_LONGEST])
{
	uint16_t code = read_le16(command + 1);
	uint16_t handle = length >= 6 ? read_le16(command + 4) : 0;
	struct link *link = find_link(links, handle);

	if (code == COMMAND_WRITE_FLUSH_TIMEOUT) {
		uint8_t status = STATUS_INVALID_PARAMETERS;
		if (length == 8)
			status = write_timeout(link, faults, read_le16(command + 6));
		return make_answer(answer, code, status, handle);
	}
	if (code == COMMAND_READ_FLUSH_TIMEOUT) {
		uint8_t status = STATUS_INVALID_PARAMETERS;
		if (length == 6)
			status = read_timeout(link, faults);
		size_t answered = make_answer(answer, code, status, handle);
		write_le16(answer + answered, status == 0 ? link->flush.timeout : 0);
		answer[2] += 2;
		return answered + 2;
	}
	return 0;
}
