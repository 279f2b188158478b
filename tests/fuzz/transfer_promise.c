// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer_promise.h"

#include "harness.h"

#include <errno.h>

#include "reference_sdus.h"
#include "transfer_world.h"

enum { CROSSING_MS = 100 }; /* as in transfer.c */

enum kind kind;
struct owner owner;

static struct reference_sdus text; /* of the input, in a format */

/* What is to be written. */
static unsigned char expected[3 * MOST_BYTES];
static size_t expected_length;

static size_t numbered_size; /* of the next numbered SDU */

static struct {
	uint64_t sent, sent_bytes, received, received_bytes;
} observed;

void promise_start(void)
{
	expected_length = 0;
	memset(&observed, 0, sizeof(observed));
	owner = (struct owner){0};
	numbered_size = setup.send.plan.sizes.minimum;
	if (kind == TEXT)
		reference_read(&text, setup.send.plan.format, world.input,
			       world.input_size);
}

void promise_end(void)
{
	if (kind == TEXT)
		reference_free(&text);
}

size_t put_length(size_t number)
{
	return number % 7 == 3 ? 0 : number * 37 % 300;
}

unsigned char put_byte(size_t number, size_t at)
{
	return (unsigned char)(number * 11 + at * 3 + 7);
}

/* --- what is sent ------------------------------------------------------------------- */

static unsigned char numbered_byte(uint64_t number, size_t length, size_t at)
{
	if (at < 4)
		return (unsigned char)(number >> 8 * at);
	return at < 6 ? (unsigned char)(length >> 8 * (at - 4)) : 0x7f;
}

static size_t delivered_length(size_t number)
{
	return world.lengths[number] < setup.most_received ? world.lengths[number]
							   : setup.most_received;
}

/* Whether there is an SDU to be sent after those that were, how long it is, and its
 * bytes. That of a stream may be shorter. */
static bool has_next(void)
{
	switch (kind) {
	case MESSAGE:
		return world.sdus_sent == 0;
	case RAW:
		return world.sent < world.read;
	case TEXT:
		return world.sdus_sent < text.count &&
		       text.sdus[world.sdus_sent].text_end <= world.read;
	case NUMBERED:
		return setup.send.plan.count == 0 ||
		       world.sdus_sent < setup.send.plan.count;
	case ECHO:
		return world.sdus_sent < world.taken;
	case QUEUED:
		return world.sdus_sent < owner.put;
	case NOTHING:
		break;
	}
	return false;
}

static size_t next_length(void)
{
	size_t number = (size_t)world.sdus_sent;

	switch (kind) {
	case MESSAGE:
		return setup.send.plan.message_length;
	case RAW:
		return setup.send.plan.sdu_size;
	case TEXT:
		return text.sdus[number].length;
	case NUMBERED:
		return numbered_size;
	case ECHO:
		return delivered_length(number);
	case QUEUED:
		return put_length(number);
	case NOTHING:
		break;
	}
	return 0;
}

static unsigned char next_byte(size_t length, size_t at)
{
	size_t number = (size_t)world.sdus_sent;

	switch (kind) {
	case MESSAGE:
		return ((const unsigned char *)setup.send.plan.message)[at];
	case RAW:
		return world.input[world.sent + at];
	case TEXT:
		return text.bytes[text.sdus[number].at + at];
	case NUMBERED:
		return numbered_byte(number, length, at);
	case ECHO:
		return sdu_byte(number, at);
	case QUEUED:
		return put_byte(number, at);
	case NOTHING:
		break;
	}
	return 0;
}

void check_sdu(const unsigned char *data, size_t length)
{
	REQUIRE(has_next(), "SDU %ju, of %zu bytes, is none", (uintmax_t)world.sdus_sent,
		length);
	if (kind == RAW) {
		REQUIRE(length > 0 && length <= setup.send.plan.sdu_size &&
				world.sent + length <= world.read,
			"an SDU of %zu bytes", length);
		REQUIRE(!setup.send.plan.fill_sdus ||
				length == setup.send.plan.sdu_size ||
				(world.input_ended && world.sent + length == world.read),
			"%zu bytes do not fill an SDU", length);
	} else {
		REQUIRE(length == next_length(), "SDU %ju has %zu bytes, not %zu",
			(uintmax_t)world.sdus_sent, length, next_length());
	}
	for (size_t i = 0; i < length; i++)
		REQUIRE(data[i] == next_byte(length, i), "byte %zu of SDU %ju", i,
			(uintmax_t)world.sdus_sent);
}

/* An SDU that is due is waited for: its time, or room in the send buffer. */
void check_wait(bool forever)
{
	bool for_room = world.is_watched[0] && (world.watched[0].events & EPOLLOUT);

	REQUIRE(!forever || for_room || transfer.phase >= TRANSFER_DRAINING ||
			transfer.sender.phase == SENDER_SETTLING ||
			!sdu_source_has_sdu(&transfer.sender.source, true),
		"an SDU waits for ever");
}

static bool all_was_sent(void)
{
	switch (kind) {
	case RAW:
		return world.input_ended && world.sent == world.input_size;
	case TEXT:
		return world.input_ended && !text.is_faulty && !has_next();
	case QUEUED:
		return owner.ended && !has_next();
	case NUMBERED:
		return setup.send.plan.count && !has_next();
	case MESSAGE:
	case ECHO:
	case NOTHING:
		break;
	}
	return !has_next();
}

/* --- what comes --------------------------------------------------------------------- */

void note_delivered(size_t number, const unsigned char *data, size_t length)
{
	unsigned char *room = expected + expected_length;

	(void)number;
	if (output.fd < 0)
		return;
	REQUIRE(expected_length + 2 * SDU_ROOM + 1 <= sizeof(expected), "no room");
	expected_length += reference_print(output.format, room, data, length);
	if (output.format == FORMAT_RAW && output.separate_sdus &&
	    (length == 0 || data[length - 1] != '\n'))
		expected[expected_length++] = '\n';
}

void check_written(const unsigned char *bytes, size_t length)
{
	REQUIRE(length > 0 && world.written + length <= expected_length,
		"%zu bytes more than came", length);
	REQUIRE(memcmp(bytes, expected + world.written, length) == 0,
		"other bytes than came, behind %zu", world.written);
}

static void observe_sent(void *unused, size_t length)
{
	(void)unused;
	numbered_size += setup.send.plan.sizes.step;
	if (numbered_size > setup.send.plan.sizes.maximum)
		numbered_size = setup.send.plan.sizes.minimum;
	observed.sent++;
	observed.sent_bytes += length;
	/* Several go at once: check_sums() has the equation. */
	REQUIRE(observed.sent <= world.sdus_sent && observed.sent_bytes <= world.sent,
		"%ju SDUs were seen going", (uintmax_t)observed.sent);
}

static void observe_received(void *unused, const unsigned char *data, size_t length,
			     int64_t arrived_us)
{
	size_t number = observed.received++;

	(void)unused;
	observed.received_bytes += length;
	REQUIRE(length == delivered_length(number) &&
			(length == 0 ||
			 (data[0] == sdu_byte(number, 0) &&
			  data[length - 1] == sdu_byte(number, length - 1))),
		"SDU %zu looks like another one", number);
}

struct sdu_observer observer = {.sent = observe_sent, .received = observe_received};

/* --- the end ------------------------------------------------------------------------ */

static void check_sums(void)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < world.taken; i++)
		bytes += delivered_length(i);
	REQUIRE(result.sdus_received == world.taken && result.bytes_received == bytes,
		"%ju SDUs, %ju bytes received", (uintmax_t)result.sdus_received,
		(uintmax_t)result.bytes_received);
	REQUIRE(result.sdus_sent == world.sdus_sent && result.bytes_sent == world.sent,
		"%ju SDUs, %ju bytes sent", (uintmax_t)result.sdus_sent,
		(uintmax_t)result.bytes_sent);
	REQUIRE(observed.sent == result.sdus_sent &&
			observed.sent_bytes == result.bytes_sent &&
			observed.received == result.sdus_received &&
			observed.received_bytes == result.bytes_received,
		"not all was seen");
	REQUIRE(result.bytes_unwritten == expected_length - world.written,
		"%ju bytes unwritten, not %zu", (uintmax_t)result.bytes_unwritten,
		expected_length - world.written);
}

/* What may not have happened before an end that the user is told is a success. */
static void check_success(void)
{
	REQUIRE(all_was_sent(), "success, but %ju SDUs, %ju bytes were sent",
		(uintmax_t)world.sdus_sent, (uintmax_t)world.sent);
	REQUIRE(world.written == expected_length, "success, but not all is written");
	REQUIRE(!world.truncated && !world.write_error && !world.read_error &&
			!world.too_long && !world.no_time_stamps,
		"success after a failure");
	REQUIRE(!setup.expected || result.bytes_received <= setup.expected,
		"success, but too much came");
	/* The link may have broken since: closing the channel says so. */
	if (result.end == TRANSFER_SENT) {
		REQUIRE(world.unsent == 0 || world.sdus_sent == 0 || world.closed,
			"sent, but %u bytes are in the send buffer", world.unsent);
		return;
	}
	REQUIRE(world.closed && world.taken == world.arrived, "not all was received");
	REQUIRE(!world.lost_unsent, "the peer closed before it had all");
	REQUIRE(!setup.counts_drops || !world.dropped || world.blind,
		"success, but %u SDUs were dropped", world.dropped);
	REQUIRE(setup.is_acknowledged || world.sdus_sent == 0 || world.answered ||
			now_ms() - world.sent_ms >= CROSSING_MS,
		"what was sent may have crossed the close");
}

/* Why an SDU cannot be sent, and which one. */
static bool has_reason_to_refuse(void)
{
	size_t length = result.failed_sdu_length;

	REQUIRE(has_next() && (kind == RAW ? length <= setup.send.plan.sdu_size
					   : length == next_length()),
		"no SDU of %zu bytes was to be sent", length);
	REQUIRE(result.fault.column == 0 &&
			result.fault.line == (kind == TEXT ? world.sdus_sent + 1 : 0),
		"line %ju, column %zu", (uintmax_t)result.fault.line,
		result.fault.column);
	if (result.error == EMSGSIZE)
		return world.too_long || length > setup.send.most_sdu;
	if (result.error == EINVAL)
		return length < setup.send.least_sdu;
	return result.error == ENOBUFS && (world.blocked_when_empty > 1 || world.blind);
}

static bool is_fault_of_input(void)
{
	return kind == TEXT && text.is_faulty && world.sdus_sent == text.count &&
	       world.read >= text.fault_end && result.fault.line == text.line &&
	       result.fault.column == text.column;
}

/* Each failure that is reported has a reason. */
static bool has_reason(void)
{
	switch (result.end) {
	case TRANSFER_SENT:
	case TRANSFER_PEER_CLOSED:
		return true;
	case TRANSFER_PEER_CLOSED_EARLY:
		return world.closed;
	case TRANSFER_LOST:
		return world.broken || world.no_time_stamps;
	case TRANSFER_SEND_FAILED:
		return has_reason_to_refuse();
	case TRANSFER_INPUT_FAILED:
		return world.read_error == result.error;
	case TRANSFER_INPUT_MALFORMED:
		return is_fault_of_input();
	case TRANSFER_OUTPUT_FAILED:
		return world.write_error == result.error;
	case TRANSFER_TRUNCATED:
		return world.truncated;
	case TRANSFER_DROPPED:
		return setup.counts_drops && world.dropped > 0;
	case TRANSFER_TOO_MUCH:
		return setup.expected && result.bytes_received > setup.expected;
	case TRANSFER_IDLE:
		return setup.idle_ms != WAIT_FOREVER;
	case TRANSFER_INTERRUPTED:
		return world.signal != 0;
	case TRANSFER_NO_MEMORY:
		return world.no_memory;
	}
	return false;
}

static void check_idleness(bool paused)
{
	int64_t moved_ms = world.moved_ms;

	if (paused && world.sdus_sent &&
	    world.sent_ms + setup.send.interval_ms > moved_ms)
		moved_ms = world.sent_ms + setup.send.interval_ms;
	REQUIRE(now_ms() - moved_ms >= setup.idle_ms,
		"it is not idle, but moved %jd ms ago", (intmax_t)(now_ms() - moved_ms));
}

void check_result(bool paused)
{
	check_sums();
	REQUIRE(has_reason(), "end %d, error %d", (int)result.end, result.error);
	/* What is queued on a channel that ended is received; and it is written, but
	 * where the output or the user's patience is the reason. */
	if ((result.end == TRANSFER_PEER_CLOSED_EARLY || result.end == TRANSFER_LOST) &&
	    !world.no_time_stamps)
		REQUIRE(world.taken == world.arrived, "%zu SDUs are left on the socket",
			world.arrived - world.taken);
	if (result.end != TRANSFER_OUTPUT_FAILED && result.end != TRANSFER_INTERRUPTED &&
	    result.end != TRANSFER_IDLE && result.end != TRANSFER_DROPPED)
		REQUIRE(world.written == expected_length, "not all is written");
	if (result.end == TRANSFER_IDLE)
		check_idleness(paused);
	if (result.end <= TRANSFER_PEER_CLOSED)
		check_success();
}
