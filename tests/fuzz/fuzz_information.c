// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* Signalling packets from a peer, as --info takes them. */
#include "harness.h"

#include <stdbool.h>

#include "info_packet.h"

static const enum information_type types[] = {
	INFORMATION_CONNECTIONLESS_MTU, INFORMATION_FEATURES, INFORMATION_FIXED_CHANNELS};

/* A packet in memory that ends where it does. */
static struct information_answer parse(const uint8_t *data, size_t size,
				       enum information_type type, uint8_t identifier)
{
	unsigned char *packet = malloc(size ? size : 1);
	struct information_answer answer;

	REQUIRE(packet, "no memory");
	memcpy(packet, data, size);
	answer = information_parse(packet, size, type, identifier);
	free(packet);
	return answer;
}

static uint64_t largest(enum information_type type)
{
	if (type == INFORMATION_CONNECTIONLESS_MTU)
		return UINT16_MAX;
	return type == INFORMATION_FEATURES ? UINT32_MAX : UINT64_MAX;
}

/* Whether a command with CODE and IDENTIFIER starts somewhere in the packet. */
static bool has_command(const uint8_t *data, size_t size, uint8_t code,
			uint8_t identifier)
{
	for (size_t i = 0; i + 4 <= size; i++) {
		if (data[i] == code && data[i + 1] == identifier)
			return true;
	}
	return false;
}

static void check_text(enum information_type type, uint64_t value)
{
	char text[INFORMATION_TEXT_SIZE];
	size_t length;

	memset(text, 'x', sizeof(text));
	REQUIRE(information_text(type, value, text) == text, "another text");
	length = strnlen(text, sizeof(text));
	REQUIRE(length > 0 && length < sizeof(text) - 1, "a text of %zu bytes", length);
	if (type == INFORMATION_CONNECTIONLESS_MTU)
		REQUIRE(strtoull(text, NULL, 10) == value, "%s", text);
	else
		REQUIRE(strtoull(text, NULL, 16) == value, "%s", text);
}

static void check(const uint8_t *data, size_t size, enum information_type type,
		  uint8_t identifier)
{
	struct information_answer answer = parse(data, size, type, identifier);
	bool responded = has_command(data, size, 0x0b, identifier);
	bool rejected = has_command(data, size, 0x01, identifier);

	REQUIRE(answer.value <= largest(type), "a value of too many bits");
	switch (answer.outcome) {
	case INFORMATION_VALUE:
		REQUIRE(responded, "a value without a response");
		check_text(type, answer.value);
		break;
	case INFORMATION_NOT_SUPPORTED:
		REQUIRE(responded && !answer.value, "not supported, but not said so");
		break;
	case INFORMATION_REJECTED:
		REQUIRE(rejected && !answer.value, "rejected, but not said so");
		break;
	case INFORMATION_MALFORMED:
		REQUIRE((responded || rejected) && !answer.value, "no answer is bad");
		break;
	case INFORMATION_NONE:
		REQUIRE(!answer.value, "nothing has a value");
		break;
	}
}

/* A good answer after a command for others, whose bytes are the input's. */
static void check_behind(const uint8_t *data, size_t size, enum information_type type)
{
	size_t value_size = type == INFORMATION_CONNECTIONLESS_MTU ? 2
			  : type == INFORMATION_FEATURES	   ? 4
								   : 8;
	uint8_t packet[4 + 255 + 16];
	uint64_t expected = 0;
	size_t length = size > 255 ? 255 : size;
	struct information_answer answer;
	uint8_t *response = packet + 4 + length;

	memset(packet, 0, sizeof(packet));
	packet[0] = 0x09;
	packet[1] = 7;
	packet[2] = (uint8_t)length;
	memcpy(packet + 4, data, length);
	response[0] = 0x0b;
	response[1] = 200;
	response[2] = (uint8_t)(4 + value_size);
	response[4] = (uint8_t)type;
	for (size_t i = 0; i < value_size && i < length; i++) {
		response[8 + i] = data[i];
		expected |= (uint64_t)data[i] << (8 * i);
	}
	answer = parse(packet, 4 + length + 8 + value_size, type, 200);
	REQUIRE(answer.outcome == INFORMATION_VALUE && answer.value == expected,
		"outcome %d, value %jx", (int)answer.outcome, (uintmax_t)answer.value);
	answer = parse(packet, 4 + length + 8 + value_size - 1, type, 200);
	REQUIRE(answer.outcome == INFORMATION_MALFORMED, "outcome %d of one cut short",
		(int)answer.outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		check(data, size, types[i], 200);
		check(data, size, types[i], size > 1 ? data[1] : 0);
		check_behind(data, size, types[i]);
	}
	return 0;
}
