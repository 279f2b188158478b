// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "responder.h"

#include <errno.h>
#include <string.h>

#include "packet.h"
#include "parse_value.h"

/* Bluetooth Core Specification 5.4, volume 3, part A, section 4 */
enum code {
	COMMAND_REJECT = 0x01,
	CONNECTION_REQUEST = 0x02,
	CONNECTION_RESPONSE = 0x03,
	CONFIGURATION_REQUEST = 0x04,
	CONFIGURATION_RESPONSE = 0x05,
	DISCONNECTION_REQUEST = 0x06,
	DISCONNECTION_RESPONSE = 0x07,
	ECHO_REQUEST = 0x08,
	ECHO_RESPONSE = 0x09,
	INFORMATION_REQUEST = 0x0a,
	INFORMATION_RESPONSE = 0x0b,
	PARAMETER_UPDATE_REQUEST = 0x12,
	PARAMETER_UPDATE_RESPONSE = 0x13,
	LE_CONNECTION_REQUEST = 0x14,
	LE_CONNECTION_RESPONSE = 0x15,
	FLOW_CONTROL_CREDIT = 0x16,
};

enum {
	HEADER = 4, /* of a frame, and of a command: a length is in the last, the first
		       two */
	SIGNALLING_CID = 1,
	LE_SIGNALLING_CID = 5,
	PSM = 0x1001,
	LE_PSM = 0x0080,
	OUR_CID = 0x40,
	OUR_MTU = 672,
	OUR_MPS = 247,
	OPTION_RFC = 0x04,
	FEATURE_ERTM = 0x08,
	CREDITS = 1000,
	TOO_LONG = 1000, /* for a host whose MTU is 672 */
};

static const struct {
	const char *name;
	enum way way;
	bool has_number;
} ways[] = {
	{"none", WAY_NONE, false},
	{"plain", WAY_PLAIN, false},
	{"silent", WAY_SILENT, false},
	{"rejects", WAY_REJECTS, false},
	{"refuses", WAY_REFUSES, true},
	{"hangs-up", WAY_HANGS_UP, false},
	{"hangs-up-after", WAY_HANGS_UP_AFTER, true},
	{"proposes-basic", WAY_PROPOSES, false},
	{"credits", WAY_CREDITS, true},
	{"too-long", WAY_TOO_LONG, false},
	{"too-many-credits", WAY_TOO_MANY_CREDITS, false},
	{"bad-options", WAY_BAD_OPTIONS, false},
	{"no-close", WAY_NO_CLOSE, false},
	{"speaks", WAY_SPEAKS, true},
	{"mute", WAY_MUTE, false},
};

int responder_parse(struct responder *responder, char *const words[])
{
	uint64_t number = 0;

	for (size_t i = 0; words[0] && i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(words[0], ways[i].name) != 0)
			continue;
		if (ways[i].has_number != (words[1] != NULL) ||
		    (words[1] && parse_number(words[1], 1, 65535, &number) != 0))
			return -EINVAL;
		*responder = (struct responder){.way = ways[i].way,
						.number = (unsigned)number,
						.send = responder->send,
						.owner = responder->owner};
		return 0;
	}
	return -EINVAL;
}

/* --- what it sends --------------------------------------------------------------------
 */

static void send_command(struct responder *responder, enum code code, uint8_t ident,
			 const uint8_t *data, size_t length)
{
	uint8_t frame[2 * HEADER + 64];

	if (length > 64)
		length = 64;
	write_le16(frame, (unsigned)(HEADER + length));
	write_le16(frame + 2, responder->signalling_cid);
	frame[4] = (uint8_t)code;
	frame[5] = ident;
	write_le16(frame + 6, (unsigned)length);
	memcpy(frame + 8, data, length);
	responder->send(responder->owner, frame, (size_t)2 * HEADER + length);
}

/* Each of the FIELDS takes two bytes. */
static void send_fields(struct responder *responder, enum code code, uint8_t ident,
			size_t count, const uint16_t fields[])
{
	uint8_t data[16];

	for (size_t i = 0; i < count; i++)
		write_le16(data + 2 * i, fields[i]);
	send_command(responder, code, ident, data, 2 * count);
}

static void hang_up(struct responder *responder)
{
	const uint16_t fields[] = {responder->host_cid, OUR_CID};
	send_fields(responder, DISCONNECTION_REQUEST, 0x77, 2, fields);
}

static void send_too_long(struct responder *responder)
{
	uint8_t frame[HEADER + TOO_LONG] = {0};
	bool le = responder->signalling_cid == LE_SIGNALLING_CID;
	size_t length = le ? 100 : TOO_LONG;

	write_le16(frame, (unsigned)length);
	write_le16(frame + 2, responder->host_cid);
	if (le) /* the length of the SDU, of which more would have to come */
		write_le16(frame + HEADER, TOO_LONG);
	responder->send(responder->owner, frame, HEADER + length);
}

/* Of five bytes each. */
static void speak(struct responder *responder)
{
	static const uint8_t word[] = {'h', 'e', 'l', 'l', 'o'};
	bool le = responder->signalling_cid == LE_SIGNALLING_CID;
	uint8_t frame[HEADER + 7] = {0};
	size_t start = le ? HEADER + 2 : HEADER;

	write_le16(frame, le ? 7 : 5);
	write_le16(frame + 2, responder->host_cid);
	write_le16(frame + HEADER, 5); /* the SDU's length, over LE */
	memcpy(frame + start, word, sizeof(word));
	for (unsigned i = 0; i < responder->number; i++)
		responder->send(responder->owner, frame, start + 5);
	hang_up(responder);
}

static void opened(struct responder *responder)
{
	if (responder->way == WAY_SPEAKS)
		speak(responder);
	if (responder->way == WAY_HANGS_UP)
		hang_up(responder);
	if (responder->way == WAY_TOO_LONG)
		send_too_long(responder);
}

static void give_credits(struct responder *responder, unsigned credits)
{
	const uint16_t fields[] = {OUR_CID, (uint16_t)credits};
	send_fields(responder, FLOW_CONTROL_CREDIT, 0x78, 2, fields);
}

/* --- what it answers ------------------------------------------------------------------
 */

/* A host whose peer has no ERTM asks for basic mode by itself. */
static void answer_information(struct responder *responder, uint8_t ident, uint16_t type)
{
	uint16_t fields[6] = {type, type == 2 || type == 3 ? 0 : 1};
	size_t count = type == 2 ? 4 : type == 3 ? 6 : 2;

	if (type == 2)
		fields[2] = 0x80 | (responder->way == WAY_PROPOSES ? FEATURE_ERTM : 0);
	if (type == 3)
		fields[2] = 0x02;
	send_fields(responder, INFORMATION_RESPONSE, ident, count, fields);
}

static void answer_connection(struct responder *responder, uint8_t ident,
			      const uint8_t *data)
{
	bool refuses = responder->way == WAY_REFUSES;
	const uint16_t fields[] = {refuses ? 0 : OUR_CID, read_le16(data + 2),
				   refuses ? (uint16_t)responder->number : 0, 0};
	const uint16_t request[] = {read_le16(data + 2), 0};

	send_fields(responder, CONNECTION_RESPONSE, ident, 4, fields);
	if (refuses)
		return;
	responder->host_cid = read_le16(data + 2);
	responder->configured = responder->data_frames = 0;
	responder->proposed = false;
	send_fields(responder, CONFIGURATION_REQUEST, 0x79, 2, request);
}

static void answer_le_connection(struct responder *responder, uint8_t ident,
				 const uint8_t *data)
{
	bool refuses = responder->way == WAY_REFUSES;
	uint16_t credits =
		responder->way == WAY_CREDITS ? (uint16_t)responder->number : CREDITS;
	const uint16_t fields[] = {refuses ? 0 : OUR_CID, OUR_MTU, OUR_MPS, credits,
				   refuses ? (uint16_t)responder->number : 0};

	send_fields(responder, LE_CONNECTION_RESPONSE, ident, 5, fields);
	if (refuses)
		return;
	responder->host_cid = read_le16(data + 2);
	responder->data_frames = 0;
	opened(responder);
}

static bool has_mode(const uint8_t *options, size_t length)
{
	for (size_t place = 0; place + 2 <= length; place += 2u + options[place + 1])
		if (options[place] == OPTION_RFC && place + 2 < length &&
		    options[place + 2] != 0)
			return true;
	return false;
}

static void note_configured(struct responder *responder)
{
	if (++responder->configured == 2)
		opened(responder);
}

static void answer_configuration(struct responder *responder, uint8_t ident,
				 const uint8_t *data, size_t length)
{
	uint8_t answer[6 + 11] = {0};
	size_t answered = 6;
	bool agreed = true;

	write_le16(answer, responder->host_cid);
	if (responder->way == WAY_PROPOSES && !responder->proposed &&
	    has_mode(data + 4, length - 4)) {
		/* "Unacceptable parameters", and what would be: basic mode */
		answer[4] = 1;
		answer[6] = OPTION_RFC;
		answer[7] = 9;
		answered = sizeof(answer);
		responder->proposed = true;
		agreed = false;
	} else if (responder->way == WAY_BAD_OPTIONS) {
		answer[6] = OPTION_RFC;
		answer[7] = 9;
		answered = 9;
	}
	send_command(responder, CONFIGURATION_RESPONSE, ident, answer, answered);
	if (agreed)
		note_configured(responder);
}

/* The host's answer to our call. */
static void take_connection(struct responder *responder, const uint8_t *data)
{
	const uint16_t request[] = {read_le16(data), 0};

	if (read_le16(data + 4) != 0)
		return; /* pending, or refused */
	responder->host_cid = read_le16(data);
	responder->configured = responder->data_frames = 0;
	if (responder->way == WAY_HANGS_UP)
		hang_up(responder); /* before it is configured */
	else if (responder->way != WAY_MUTE)
		send_fields(responder, CONFIGURATION_REQUEST, 0x79, 2, request);
}

static void take_le_connection(struct responder *responder, const uint8_t *data)
{
	if (read_le16(data + 8) != 0)
		return;
	responder->host_cid = read_le16(data);
	responder->data_frames = 0;
	opened(responder);
	if (responder->way == WAY_TOO_MANY_CREDITS)
		give_credits(responder, 65535);
}

void responder_call(struct responder *responder, bool le)
{
	const uint16_t fields[] = {PSM, OUR_CID};
	const uint16_t le_fields[] = {LE_PSM, OUR_CID, OUR_MTU, OUR_MPS, CREDITS};

	responder->signalling_cid = le ? LE_SIGNALLING_CID : SIGNALLING_CID;
	responder->length = 0;
	if (le)
		send_fields(responder, LE_CONNECTION_REQUEST, 0x70, 5, le_fields);
	else
		send_fields(responder, CONNECTION_REQUEST, 0x70, 2, fields);
}

static void answer_disconnection(struct responder *responder, uint8_t ident,
				 const uint8_t *data)
{
	if (responder->way != WAY_NO_CLOSE)
		send_command(responder, DISCONNECTION_RESPONSE, ident, data, 4);
	responder->host_cid = 0;
}

static void take_command(struct responder *responder, enum code code, uint8_t ident,
			 const uint8_t *data, size_t length)
{
	static const uint8_t zeros[2]; /* not understood, or accepted */

	if (code == FLOW_CONTROL_CREDIT || code == DISCONNECTION_RESPONSE)
		return;
	if (responder->way == WAY_REJECTS)
		length = 0; /* nothing below takes it */
	if (code == INFORMATION_REQUEST && length >= 2) {
		answer_information(responder, ident, read_le16(data));
	} else if (code == CONNECTION_REQUEST && length >= 4) {
		answer_connection(responder, ident, data);
	} else if (code == LE_CONNECTION_REQUEST && length >= 10) {
		answer_le_connection(responder, ident, data);
	} else if (code == CONNECTION_RESPONSE && length >= 8) {
		take_connection(responder, data);
	} else if (code == LE_CONNECTION_RESPONSE && length >= 10) {
		take_le_connection(responder, data);
	} else if (code == CONFIGURATION_REQUEST && responder->way == WAY_MUTE) {
		return;
	} else if (code == CONFIGURATION_REQUEST && length >= 4) {
		answer_configuration(responder, ident, data, length);
	} else if (code == CONFIGURATION_RESPONSE && length >= 6) {
		note_configured(responder);
	} else if (code == DISCONNECTION_REQUEST && length >= 4) {
		answer_disconnection(responder, ident, data);
	} else if (code == ECHO_REQUEST && length > 0) {
		send_command(responder, ECHO_RESPONSE, ident, data, length);
	} else if (code == PARAMETER_UPDATE_REQUEST && length >= 8) {
		send_command(responder, PARAMETER_UPDATE_RESPONSE, ident, zeros, 2);
	} else {
		send_command(responder, COMMAND_REJECT, ident, zeros, 2);
	}
}

/* Over BR/EDR there may be several in one frame. */
static void take_commands(struct responder *responder, const uint8_t *bytes,
			  size_t length)
{
	while (length >= HEADER) {
		size_t data = read_le16(bytes + 2);
		if (HEADER + data > length)
			return;
		take_command(responder, bytes[0], bytes[1], bytes + HEADER, data);
		bytes += HEADER + data;
		length -= HEADER + data;
	}
}

static void take_data(struct responder *responder)
{
	responder->data_frames++;
	if (responder->way == WAY_HANGS_UP_AFTER &&
	    responder->data_frames == responder->number)
		hang_up(responder);
	if (responder->signalling_cid == LE_SIGNALLING_CID)
		give_credits(responder,
			     responder->way == WAY_TOO_MANY_CREDITS ? 65535 : 1);
}

static void take_frame(struct responder *responder)
{
	uint16_t cid = read_le16(responder->frame + 2);

	if (cid == 1 || cid == LE_SIGNALLING_CID) {
		responder->signalling_cid = cid;
		take_commands(responder, responder->frame + HEADER,
			      responder->length - HEADER);
	} else if (cid == OUR_CID && responder->host_cid) {
		take_data(responder);
	}
}

void responder_take(struct responder *responder, bool starts, const uint8_t *bytes,
		    size_t length)
{
	if (responder->way == WAY_SILENT)
		return;
	if (starts)
		responder->length = 0;
	if (length > sizeof(responder->frame) - responder->length)
		length = sizeof(responder->frame) - responder->length;
	memcpy(responder->frame + responder->length, bytes, length);
	responder->length += length;
	if (responder->length >= HEADER &&
	    responder->length == (size_t)HEADER + read_le16(responder->frame))
		take_frame(responder);
}
