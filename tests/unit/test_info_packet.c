// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* Information requests and their answers, byte by byte. */
#include "unit_test.h"

#include <stdlib.h>
#include <string.h>

#include "info_packet.h"

enum { IDENTIFIER = 200 };

/* Parses BYTES in memory that ends where they do. */
static struct information_answer parse(const void *bytes, size_t length,
				       enum information_type type)
{
	unsigned char *packet = malloc(length ? length : 1);
	struct information_answer answer;

	assert_non_null(packet);
	memcpy(packet, bytes, length);
	answer = information_parse(packet, length, type, IDENTIFIER);
	free(packet);
	return answer;
}

#define PARSE(type, ...)                                                                 \
	parse((const unsigned char[]){__VA_ARGS__},                                      \
	      sizeof((const unsigned char[]){__VA_ARGS__}), type)

#define ASSERT_OUTCOME(wanted, ...)                                                      \
	assert_int_equal(PARSE(__VA_ARGS__).outcome, INFORMATION_##wanted)

#define MTU	 INFORMATION_CONNECTIONLESS_MTU
#define FEATURES INFORMATION_FEATURES
#define CHANNELS INFORMATION_FIXED_CHANNELS

/* As btmon shows Linux's own. */
static void a_request_is_the_command_of_the_specification(void **state)
{
	static const unsigned char expected[] = {0x0a, 0xc9, 0x02, 0x00, 0x03, 0x00};
	unsigned char request[INFORMATION_REQUEST_SIZE];

	(void)state;
	information_request(request, INFORMATION_FIXED_CHANNELS, 0xc9);
	assert_memory_equal(request, expected, sizeof(expected));
}

/* Recorded from Linux 6.12, but for the MTU, which it does not support. */
static void each_value_is_taken_from_its_response(void **state)
{
	struct information_answer answer;

	(void)state;
	answer = PARSE(FEATURES, 0x0b, 0xc8, 8, 0, 2, 0, 0, 0, 0xb8, 0x02, 0, 0);
	assert_int_equal(answer.outcome, INFORMATION_VALUE);
	assert_int_equal(answer.value, 0x2b8);
	answer = PARSE(CHANNELS, 0x0b, 0xc8, 12, 0, 3, 0, 0, 0, 0x06, 0, 0, 0, 0, 0, 0,
		       0x80);
	assert_int_equal(answer.outcome, INFORMATION_VALUE);
	assert_true(answer.value == 0x8000000000000006);
	answer = PARSE(MTU, 0x0b, 0xc8, 6, 0, 1, 0, 0, 0, 0xa0, 0x02);
	assert_int_equal(answer.outcome, INFORMATION_VALUE);
	assert_int_equal(answer.value, 672);
}

static void what_the_peer_does_not_support_is_told_apart_from_what_it_does_not_know(
	void **state)
{
	(void)state;
	ASSERT_OUTCOME(NOT_SUPPORTED, MTU, 0x0b, 0xc8, 4, 0, 1, 0, 1, 0);
	ASSERT_OUTCOME(REJECTED, MTU, 0x01, 0xc8, 2, 0, 0, 0);
	ASSERT_OUTCOME(REJECTED, MTU, 0x01, 0xc8, 6, 0, 2, 0, 1, 0, 1, 0);
}

static void what_is_for_others_is_not_a_answer(void **state)
{
	(void)state;
	/* The kernel's own, a request of the peer, another command, an echo. */
	ASSERT_OUTCOME(NONE, FEATURES, 0x0b, 0x01, 8, 0, 2, 0, 0, 0, 0xb8, 2, 0, 0);
	ASSERT_OUTCOME(NONE, FEATURES, 0x0a, 0xc8, 2, 0, 2, 0);
	ASSERT_OUTCOME(NONE, FEATURES, 0x01, 0x07, 2, 0, 0, 0);
	ASSERT_OUTCOME(NONE, FEATURES, 0x03, 0xc8, 8, 0, 0, 0, 0x40, 0, 2, 0, 0, 0);
	ASSERT_OUTCOME(NONE, FEATURES, 0x09, 0xc8, 0, 0);
	/* Too short to say whose it is. */
	ASSERT_OUTCOME(NONE, FEATURES, 0x0b, 0xc8, 8);
	assert_int_equal(parse("", 0, FEATURES).outcome, INFORMATION_NONE);
}

static void an_answer_after_other_commands_of_its_packet_is_found(void **state)
{
	struct information_answer answer;

	(void)state;
	answer = PARSE(FEATURES, 0x09, 0x05, 2, 0, 'h', 'i', 0x0b, 0x01, 4, 0, 3, 0, 1, 0,
		       0x0b, 0xc8, 8, 0, 2, 0, 0, 0, 0x28, 0, 0, 0);
	assert_int_equal(answer.outcome, INFORMATION_VALUE);
	assert_int_equal(answer.value, 0x28);
	/* One whose length runs over the end hides what may come after it. */
	ASSERT_OUTCOME(NONE, FEATURES, 0x09, 0x05, 0xff, 0, 0x0b, 0xc8, 8, 0, 2, 0, 0, 0,
		       0x28, 0, 0, 0);
}

static void an_answer_that_is_not_as_it_must_be_is_malformed(void **state)
{
	(void)state;
	/* Cut off: by the packet's end, and by its own length. */
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x0b, 0xc8, 8, 0, 2, 0, 0, 0, 0xb8, 2, 0);
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x0b, 0xc8, 7, 0, 2, 0, 0, 0, 0xb8, 2, 0);
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x0b, 0xc8, 4, 0, 2, 0, 0, 0);
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x0b, 0xc8, 3, 0, 2, 0, 1);
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x0b, 0xc8, 0, 0);
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x0b, 0xc8, 4, 0);
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x0b, 0xc8, 8, 0, 2, 0, 1, 0);
	ASSERT_OUTCOME(MALFORMED, CHANNELS, 0x0b, 0xc8, 8, 0, 3, 0, 0, 0, 6, 0, 0, 0);
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x01, 0xc8, 1, 0, 0);
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x01, 0xc8, 0, 0);
	/* About something else, and a result that does not exist. */
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x0b, 0xc8, 8, 0, 3, 0, 0, 0, 0xb8, 2, 0, 0);
	ASSERT_OUTCOME(MALFORMED, FEATURES, 0x0b, 0xc8, 8, 0, 2, 0, 2, 0, 0xb8, 2, 0, 0);
}

static void a_longer_value_of_a_later_specification_is_taken(void **state)
{
	struct information_answer answer;

	(void)state;
	answer = PARSE(FEATURES, 0x0b, 0xc8, 9, 0, 2, 0, 0, 0, 0xb8, 0x02, 0, 0, 0xff);
	assert_int_equal(answer.outcome, INFORMATION_VALUE);
	assert_int_equal(answer.value, 0x2b8);
}

static void every_bit_is_reported_by_name_or_by_number(void **state)
{
	char text[INFORMATION_TEXT_SIZE];

	(void)state;
	assert_string_equal(
		information_text(FEATURES, 0x7ff, text),
		"0x000007ff: flow control mode, retransmission mode, bidirectional QoS, "
		"enhanced retransmission mode, streaming mode, FCS option, "
		"extended flow specification, fixed channels, extended window size, "
		"unicast connectionless reception, enhanced credit based flow control");
	assert_string_equal(information_text(FEATURES, 0x80000000, text),
			    "0x80000000: unknown bit 31");
	assert_string_equal(information_text(FEATURES, 0, text), "0x00000000: none");
	assert_string_equal(
		information_text(CHANNELS, 0x80000000000000fe, text),
		"0x80000000000000fe: 0x01 signalling, 0x02 connectionless reception, "
		"0x03 AMP manager, 0x04 ATT, 0x05 LE signalling, 0x06 security manager, "
		"0x07 BR/EDR security manager, 0x3f AMP test manager");
	assert_string_equal(information_text(CHANNELS, 0x100, text),
			    "0x0000000000000100: 0x08 unknown");
	assert_string_equal(information_text(MTU, 65535, text), "65535 bytes");
}

static void all_bits_at_once_fit(void **state)
{
	char text[INFORMATION_TEXT_SIZE];
	static const char end[] = "0x3f AMP test manager";

	(void)state;
	information_text(CHANNELS, UINT64_MAX, text);
	assert_string_equal(text + strlen(text) - strlen(end), end);
	information_text(FEATURES, UINT32_MAX, text);
	assert_non_null(strstr(text, "unknown bit 31"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_request_is_the_command_of_the_specification),
		TEST(each_value_is_taken_from_its_response),
		TEST(what_the_peer_does_not_support_is_told_apart_from_what_it_does_not_know),
		TEST(what_is_for_others_is_not_a_answer),
		TEST(an_answer_after_other_commands_of_its_packet_is_found),
		TEST(an_answer_that_is_not_as_it_must_be_is_malformed),
		TEST(a_longer_value_of_a_later_specification_is_taken),
		TEST(every_bit_is_reported_by_name_or_by_number),
		TEST(all_bits_at_once_fit),
	};

	return RUN_TESTS(tests);
}
