// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* Packets from an HCI socket, as --flush-timeout takes them. */
#include "harness.h"

#include "channel/flush_timeout.h"

enum { WRITE = 0x0c28, READ = 0x0c27, HANDLE = 0x002a };

/* A packet in memory that ends where it does. */
static enum flush_event parse(const uint8_t *data, size_t size, uint16_t opcode,
			      struct flush_answer *answer)
{
	unsigned char *packet = malloc(size ? size : 1);
	enum flush_event event;

	REQUIRE(packet, "no memory");
	memcpy(packet, data, size);
	event = flush_event_parse(packet, size, opcode, HANDLE, answer);
	free(packet);
	return event;
}

static void check(const uint8_t *data, size_t size, uint16_t opcode)
{
	struct flush_answer answer = {0xff, -2};
	enum flush_event event = parse(data, size, opcode, &answer);

	if (event == FLUSH_EVENT_OTHER)
		return;
	REQUIRE(size >= 5 && data[0] == 0x04 && 3U + data[2] <= size, "half an event");
	if (event == FLUSH_EVENT_FLUSHED) {
		REQUIRE(data[1] == 0x11, "event 0x%02x is no flush", data[1]);
		return;
	}
	REQUIRE(data[1] == 0x0e || data[1] == 0x0f, "event 0x%02x is no answer", data[1]);
	REQUIRE(answer.slots >= FLUSH_TIMEOUT_UNKNOWN && answer.slots <= UINT16_MAX,
		"%d slots", answer.slots);
	REQUIRE(data[1] == 0x0e || answer.status, "it has only begun");
}

/* A good answer with what the input says. */
static void check_answer(const uint8_t *data, size_t size)
{
	uint8_t packet[] = {0x04, 0x0e, 8, 1, 0x27, 0x0c, 0, HANDLE, 0, 0, 0};
	struct flush_answer answer;

	if (size < 3)
		return;
	packet[6] = data[0];
	packet[9] = data[1];
	packet[10] = data[2];
	REQUIRE(parse(packet, sizeof(packet), READ, &answer) == FLUSH_EVENT_ANSWER,
		"no answer");
	REQUIRE(answer.status == data[0] && answer.slots == (data[1] | data[2] << 8),
		"status %d, %d slots", answer.status, answer.slots);
	REQUIRE(parse(packet, sizeof(packet), WRITE, &answer) == FLUSH_EVENT_OTHER,
		"an answer to another command");
	REQUIRE(parse(packet, sizeof(packet) - 1, READ, &answer) == FLUSH_EVENT_OTHER,
		"an answer that is cut short");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size, WRITE);
	check(data, size, READ);
	check_answer(data, size);
	return 0;
}
