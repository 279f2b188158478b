// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "info_packet.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

enum {
	COMMAND_HEADER = L2CAP_CMD_HDR_SIZE,   /* code, identifier, length */
	RESPONSE_HEADER = L2CAP_INFO_RSP_SIZE, /* type, result */
	REJECTION_HEADER = L2CAP_CMD_REJ_SIZE, /* reason */
	MASK_BITS = 64,
};

/* --- bytes -------------------------------------------------------------------------- */

void information_request(unsigned char request[INFORMATION_REQUEST_SIZE],
			 enum information_type type, uint8_t identifier)
{
	request[0] = L2CAP_INFO_REQ;
	request[1] = identifier;
	bt_put_le16(L2CAP_INFO_REQ_SIZE, request + 2);
	bt_put_le16((uint16_t)type, request + COMMAND_HEADER);
}

/* Bytes of TYPE's value. */
static size_t value_size(enum information_type type)
{
	switch (type) {
	case INFORMATION_CONNECTIONLESS_MTU:
		return 2;
	case INFORMATION_FEATURES:
		return 4;
	case INFORMATION_FIXED_CHANNELS:
		return 8;
	}
	return 0;
}

static struct information_answer answer(enum information_outcome outcome, uint64_t value)
{
	return (struct information_answer){.outcome = outcome, .value = value};
}

/* A response's LENGTH bytes after its command header. What follows the value is left
 * to later versions of the specification. */
static struct information_answer parse_response(const unsigned char *data, size_t length,
						enum information_type type)
{
	size_t size = value_size(type);
	uint64_t value = 0;

	if (length < RESPONSE_HEADER || bt_get_le16(data) != (uint16_t)type)
		return answer(INFORMATION_MALFORMED, 0);
	if (bt_get_le16(data + 2) == L2CAP_IR_NOTSUPP)
		return answer(INFORMATION_NOT_SUPPORTED, 0);
	if (bt_get_le16(data + 2) != L2CAP_IR_SUCCESS || length - RESPONSE_HEADER < size)
		return answer(INFORMATION_MALFORMED, 0);
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)data[RESPONSE_HEADER + i] << (8 * i);
	return answer(INFORMATION_VALUE, value);
}

/* One command with LENGTH bytes after its header. */
static struct information_answer parse_command(const unsigned char *command,
					       size_t length, enum information_type type,
					       uint8_t identifier)
{
	if (command[1] != identifier)
		return answer(INFORMATION_NONE, 0);
	if (command[0] == L2CAP_INFO_RSP)
		return parse_response(command + COMMAND_HEADER, length, type);
	if (command[0] != L2CAP_COMMAND_REJ)
		return answer(INFORMATION_NONE, 0);
	return answer(length < REJECTION_HEADER ? INFORMATION_MALFORMED
						: INFORMATION_REJECTED,
		      0);
}

struct information_answer information_parse(const unsigned char *packet, size_t length,
					    enum information_type type,
					    uint8_t identifier)
{
	while (length >= COMMAND_HEADER) {
		size_t size = bt_get_le16(packet + 2);
		size_t room = length - COMMAND_HEADER;
		bool cut = size > room;
		struct information_answer found =
			parse_command(packet, cut ? room : size, type, identifier);

		if (found.outcome != INFORMATION_NONE)
			return cut ? answer(INFORMATION_MALFORMED, 0) : found;
		if (cut)
			break;
		packet += COMMAND_HEADER + size;
		length -= COMMAND_HEADER + size;
	}
	return answer(INFORMATION_NONE, 0);
}

/* --- words -------------------------------------------------------------------------- */

static const char *const features[MASK_BITS] = {
	[0] = "flow control mode",
	[1] = "retransmission mode",
	[2] = "bidirectional QoS",
	[3] = "enhanced retransmission mode",
	[4] = "streaming mode",
	[5] = "FCS option",
	[6] = "extended flow specification",
	[7] = "fixed channels",
	[8] = "extended window size",
	[9] = "unicast connectionless reception",
	[10] = "enhanced credit based flow control",
};

static const char *const fixed_channels[MASK_BITS] = {
	[0x01] = "signalling",
	[0x02] = "connectionless reception",
	[0x03] = "AMP manager",
	[0x04] = "ATT",
	[0x05] = "LE signalling",
	[0x06] = "security manager",
	[0x07] = "BR/EDR security manager",
	[0x3f] = "AMP test manager",
};

const char *information_name(enum information_type type)
{
	switch (type) {
	case INFORMATION_CONNECTIONLESS_MTU:
		return "connectionless MTU";
	case INFORMATION_FEATURES:
		return "extended features";
	case INFORMATION_FIXED_CHANNELS:
		return "fixed channels";
	}
	return "unknown";
}

struct words {
	char *text;
	size_t length;
};

static void add(struct words *words, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct words *words, const char *format, ...)
{
	va_list arguments;
	size_t room = INFORMATION_TEXT_SIZE - words->length;
	int length;

	va_start(arguments, format);
	length = vsnprintf(words->text + words->length, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		words->length += (size_t)length < room ? (size_t)length : room - 1;
}

/* After VALUE: the names of its bits, with their numbers where those are channels. */
static void add_bits(struct words *words, uint64_t value, const char *const names[],
		     bool with_numbers)
{
	const char *separator = ": ";

	for (unsigned int bit = 0; bit < MASK_BITS && value >> bit; bit++) {
		if (!(value >> bit & 1))
			continue;
		add(words, "%s", separator);
		if (with_numbers)
			add(words, "0x%02x %s", bit, names[bit] ? names[bit] : "unknown");
		else if (names[bit])
			add(words, "%s", names[bit]);
		else
			add(words, "unknown bit %u", bit);
		separator = ", ";
	}
	if (!value)
		add(words, ": none");
}

const char *information_text(enum information_type type, uint64_t value,
			     char text[INFORMATION_TEXT_SIZE])
{
	struct words words = {.text = text};

	text[0] = '\0';
	switch (type) {
	case INFORMATION_CONNECTIONLESS_MTU:
		add(&words, "%ju bytes", (uintmax_t)value);
		break;
	case INFORMATION_FEATURES:
		add(&words, "0x%08jx", (uintmax_t)value);
		add_bits(&words, value, features, false);
		break;
	case INFORMATION_FIXED_CHANNELS:
		add(&words, "0x%016jx", (uintmax_t)value);
		add_bits(&words, value, fixed_channels, true);
		break;
	}
	return text;
}
