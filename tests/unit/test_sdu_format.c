// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "transfer/sdu_format.h"

enum { LONGEST_SDU = 65535 };

/* --- names -------------------------------------------------------------------------- */

static void each_format_is_found_by_its_name(void **state)
{
	static const char *const names[] = {
		[FORMAT_RAW] = "raw", [FORMAT_LINES] = "lines", [FORMAT_HEX] = "hex"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		enum sdu_format format = (enum sdu_format)77;

		assert_int_equal(sdu_format_parse(names[i], &format), 0);
		assert_int_equal(format, i);
		assert_string_equal(sdu_format_name(format), names[i]);
	}
}

static void another_name_is_einval(void **state)
{
	static const char *const names[] = {"",	    "Raw", "HEX", "he",	  "hexx",  "line",
					    "raw ", "0",   "2",	  " hex", "lines,"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		enum sdu_format format = FORMAT_LINES;

		assert_int_equal(sdu_format_parse(names[i], &format), -EINVAL);
		assert_int_equal(format, FORMAT_LINES);
	}
}

/* --- printing ----------------------------------------------------------------------- */

/* Prints the SDU in exactly the room that the header asks for, so that a sanitizer sees
 * a byte after it. The caller frees the text. */
static unsigned char *print(enum sdu_format format, const void *sdu, size_t length,
			    size_t *text_length)
{
	size_t room = sdu_format_text_size(format, length);
	unsigned char *text = malloc(room + 1);

	assert_non_null(text);
	assert_true(room >= length);
	text[room] = 0xA5;
	memcpy(text, sdu, length);
	*text_length = sdu_format_print(format, text, length);
	assert_in_range(*text_length, 0, room);
	assert_int_equal(text[room], 0xA5);
	return text;
}

static void check_printed(enum sdu_format format, const void *sdu, size_t length,
			  const char *expected, size_t expected_length)
{
	size_t text_length;
	unsigned char *text = print(format, sdu, length, &text_length);

	assert_int_equal(text_length, expected_length);
	assert_memory_equal(text, expected, expected_length);
	free(text);
}

static void raw_is_the_bytes_as_they_are(void **state)
{
	(void)state;
	check_printed(FORMAT_RAW, "", 0, "", 0);
	check_printed(FORMAT_RAW, "a\n\0\xff", 4, "a\n\0\xff", 4);
}

static void in_lines_an_sdu_is_a_line(void **state)
{
	(void)state;
	check_printed(FORMAT_LINES, "", 0, "\n", 1);
	check_printed(FORMAT_LINES, "hello", 5, "hello\n", 6);
	check_printed(FORMAT_LINES, "a\0\r\xff", 4, "a\0\r\xff\n", 5);
	check_printed(FORMAT_LINES, "end\n", 4, "end\n\n", 5);
}

static void in_hex_a_byte_is_two_small_digits(void **state)
{
	unsigned char sdu[256];
	char expected[2 * 256 + 2];

	(void)state;
	check_printed(FORMAT_HEX, "", 0, "\n", 1);
	check_printed(FORMAT_HEX, "\x00\x0a\xf0\xff", 4, "000af0ff\n", 9);
	for (int i = 0; i < 256; i++) {
		sdu[i] = (unsigned char)i;
		snprintf(expected + (size_t)2 * (size_t)i, 4, "%02x\n", (unsigned int)i);
	}
	check_printed(FORMAT_HEX, sdu, sizeof(sdu), expected, 513);
}

/* --- hexadecimal -------------------------------------------------------------------- */

struct decoded {
	int result;
	size_t count, column;
	unsigned char *bytes; /* with room for SIZE */
};

/* The text is not followed by anything that can be read. */
static struct decoded decode(const void *text, size_t length, size_t size)
{
	struct decoded decoded = {.column = 777, .bytes = malloc(size ? size : 1)};
	unsigned char *copy = malloc(length ? length : 1);

	assert_non_null(decoded.bytes);
	assert_non_null(copy);
	memcpy(copy, text, length);
	decoded.result = hex_decode(copy, length, decoded.bytes, size, &decoded.count,
				    &decoded.column);
	free(copy);
	return decoded;
}

static void check_decoded(const char *text, const void *expected, size_t length)
{
	struct decoded decoded = decode(text, strlen(text), length);

	if (decoded.result || decoded.count != length)
		fail_msg("'%s': %d, %zu bytes, column %zu", text, decoded.result,
			 decoded.count, decoded.column);
	assert_memory_equal(decoded.bytes, expected, length);
	free(decoded.bytes);
}

static void pairs_of_digits_are_bytes(void **state)
{
	(void)state;
	check_decoded("", "", 0);
	check_decoded("00", "\x00", 1);
	check_decoded("0123456789abcdef", "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
	check_decoded("ABCDEF", "\xab\xcd\xef", 3);
	check_decoded("aBcD", "\xab\xcd", 2);
}

static void spaces_may_stand_between_pairs(void **state)
{
	(void)state;
	check_decoded(" ", "", 0);
	check_decoded("\r", "", 0);
	check_decoded(" \t\r", "", 0);
	check_decoded(" 01", "\x01", 1);
	check_decoded("01 ", "\x01", 1);
	check_decoded("01\r", "\x01", 1);
	check_decoded("\t01  02\t\t03 \r", "\x01\x02\x03", 3);
	check_decoded("0102 03", "\x01\x02\x03", 3);
}

static void check_wrong(const void *text, size_t length, size_t column)
{
	struct decoded decoded = decode(text, length, 100);

	if (decoded.result != -EINVAL || decoded.column != column)
		fail_msg("'%s': %d, column %zu, not %zu", (const char *)text,
			 decoded.result, decoded.column, column);
	free(decoded.bytes);
}

static void what_is_wrong_is_reported_by_its_column(void **state)
{
	static const struct {
		const char *text;
		size_t column;
	} rows[] = {
		{"g", 1},    {"0", 2},	    {"0g", 2},	    {"00g", 3},	   {"00 0", 5},
		{"000", 4},  {"0 0", 2},    {"0\t", 2},	    {"0\r", 2},	   {"00,11", 3},
		{"0x00", 2}, {"00:11", 3},  {"-1", 1},	    {"+1", 1},	   {"\v00", 1},
		{"00\f", 3}, {"\"00\"", 1}, {"  00  z", 7}, {"00\n11", 3}, {"0\n", 2},
		{"\xc2", 1}, {"/0", 1},	    {":0", 1},	    {"@0", 1},	   {"`0", 1},
		{"G0", 1},   {"0G", 2},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_wrong(rows[i].text, strlen(rows[i].text), rows[i].column);
	check_wrong("00\0", 3, 3);
	check_wrong("0\0", 2, 2);
}

static int value_of(unsigned int character)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *found = character ? strchr(digits, (int)character) : NULL;
	int value = found ? (int)(found - digits) : -1;

	return value < 16 ? value : value - 6;
}

static void any_two_characters_are_a_pair_or_are_refused(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 65536; i++) {
		const unsigned char text[2] = {(unsigned char)(i >> 8), (unsigned char)i};
		int high = value_of(text[0]);
		int low = value_of(text[1]);
		struct decoded decoded = decode(text, 2, 2);

		if (high >= 0 && low >= 0) {
			assert_int_equal(decoded.result, 0);
			assert_int_equal(decoded.count, 1);
			assert_int_equal(decoded.bytes[0], high * 16 + low);
		} else if (strchr(" \t\r", text[0]) && strchr(" \t\r", text[1]) &&
			   text[0] && text[1]) {
			assert_int_equal(decoded.result, 0);
			assert_int_equal(decoded.count, 0);
		} else {
			assert_int_equal(decoded.result, -EINVAL);
			assert_in_range(decoded.column, 1, 3);
		}
		free(decoded.bytes);
	}
}

static void as_many_bytes_as_there_is_room_for_are_taken(void **state)
{
	struct decoded decoded;

	(void)state;
	check_decoded("01 02 03 ", "\x01\x02\x03", 3);
	decoded = decode("01 02 03", 8, 2);
	assert_int_equal(decoded.result, -EMSGSIZE);
	assert_int_equal(decoded.column, 7);
	free(decoded.bytes);
	decoded = decode("00", 2, 0);
	assert_int_equal(decoded.result, -EMSGSIZE);
	assert_int_equal(decoded.column, 1);
	free(decoded.bytes);
	decoded = decode(" \r", 2, 0);
	assert_int_equal(decoded.result, 0);
	free(decoded.bytes);
}

static void any_sdu_survives_the_way_to_hex_and_back(void **state)
{
	static const size_t lengths[] = {0, 1, 2, 47, 671, 672, 4096, 65531, LONGEST_SDU};
	unsigned int seed = 1;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		size_t length =
			i < COUNT_OF(lengths) ? lengths[i] : (size_t)rand_r(&seed) % 2000;
		unsigned char *sdu = malloc(length + 1);
		size_t text_length;
		unsigned char *text;
		struct decoded decoded;

		assert_non_null(sdu);
		for (size_t k = 0; k < length; k++)
			sdu[k] = (unsigned char)(rand_r(&seed) >> 7);
		text = print(FORMAT_HEX, sdu, length, &text_length);
		assert_int_equal(text_length, 2 * length + 1);
		assert_int_equal(text[text_length - 1], '\n');
		assert_null(memchr(text, '\n', text_length - 1));
		decoded = decode(text, text_length - 1, length);
		assert_int_equal(decoded.result, 0);
		assert_int_equal(decoded.count, length);
		assert_memory_equal(decoded.bytes, sdu, length);
		free(decoded.bytes);
		free(text);
		free(sdu);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_format_is_found_by_its_name),
		TEST(another_name_is_einval),
		TEST(raw_is_the_bytes_as_they_are),
		TEST(in_lines_an_sdu_is_a_line),
		TEST(in_hex_a_byte_is_two_small_digits),
		TEST(pairs_of_digits_are_bytes),
		TEST(spaces_may_stand_between_pairs),
		TEST(what_is_wrong_is_reported_by_its_column),
		TEST(any_two_characters_are_a_pair_or_are_refused),
		TEST(as_many_bytes_as_there_is_room_for_are_taken),
		TEST(any_sdu_survives_the_way_to_hex_and_back),
	};

	return RUN_TESTS(tests);
}
