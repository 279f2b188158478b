// SPDX-License-Identifier: GPL-2.0-or-later
/* SDUs from text: what was printed in lines or hex comes back as it was. */
#include "unit_test.h"

#include <stdlib.h>
#include <string.h>

#include "transfer/output.h"
#include "source_fixture.h"

/* --- there and back ----------------------------------------------------------------- */

/* --- lines -------------------------------------------------------------------------- */

static void check_lines(enum sdu_format format, const char *text, size_t count,
			const char *const *expected)
{
	for (size_t piece = 1; piece <= 4; piece++) {
		struct sdus sdus = read_text(format, (const unsigned char *)text,
					     strlen(text), piece);
		size_t at = 0;

		if (sdus.count != count)
			fail_msg("%zu SDUs of '%s'", sdus.count, text);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(sdus.lengths[i], strlen(expected[i]));
			assert_memory_equal(sdus.bytes + at, expected[i],
					    strlen(expected[i]));
			at += sdus.lengths[i];
		}
		sdus_free(&sdus);
	}
}

static void a_line_is_an_sdu_also_the_last_without_its_end(void **state)
{
	(void)state;
	check_lines(FORMAT_LINES, "", 0, NULL);
	check_lines(FORMAT_LINES, "\n", 1, (const char *[]){""});
	check_lines(FORMAT_LINES, "a", 1, (const char *[]){"a"});
	check_lines(FORMAT_LINES, "a\n", 1, (const char *[]){"a"});
	check_lines(FORMAT_LINES, "a\nbc", 2, (const char *[]){"a", "bc"});
	check_lines(FORMAT_LINES, "a\nbc\n", 2, (const char *[]){"a", "bc"});
	check_lines(FORMAT_LINES, "\n\na\n\n", 4, (const char *[]){"", "", "a", ""});
	check_lines(FORMAT_LINES, " a \t\r\n\r", 2, (const char *[]){" a \t\r", "\r"});
}

static void a_line_of_hex_is_an_sdu_also_the_last_without_its_end(void **state)
{
	(void)state;
	check_lines(FORMAT_HEX, "", 0, NULL);
	check_lines(FORMAT_HEX, "\n", 1, (const char *[]){""});
	check_lines(FORMAT_HEX, "61", 1, (const char *[]){"a"});
	check_lines(FORMAT_HEX, "61\n6263", 2, (const char *[]){"a", "bc"});
	check_lines(FORMAT_HEX, "0a\n\n", 2, (const char *[]){"\n", ""});
}

static void spaces_and_carriage_returns_in_hex_do_not_count(void **state)
{
	(void)state;
	check_lines(FORMAT_HEX, "61 62\t63\r\n\r\n \n  6A6b\r", 4,
		    (const char *[]){"abc", "", "", "jk"});
}

static void a_line_waits_for_its_end(void **state)
{
	struct reader reader;

	(void)state;
	open_reader(&reader, FORMAT_LINES);
	feed(&reader, "abc", 3);
	sdu_source_pause(&reader.source, true);
	assert_false(sdu_source_has_sdu(&reader.source, true));
	feed(&reader, "d\ne", 3);
	assert_false(sdu_source_wants_input(&reader.source));
	expect_sdu(&reader.source, "abcd", 4);
	assert_false(sdu_source_has_sdu(&reader.source, true));
	assert_true(sdu_source_wants_input(&reader.source));
	feed(&reader, "\n", 1);
	expect_sdu(&reader.source, "e", 1);
	assert_false(sdu_source_is_empty(&reader.source)); /* more may come */
	feed_end(&reader);
	expect_end(&reader.source);
	close_reader(&reader);
}

/* --- wrong input -------------------------------------------------------------------- */

static void wrong_hex_reports_line_and_column_and_is_not_taken(void **state)
{
	static const struct {
		const char *text;
		size_t good; /* lines before it */
		size_t column;
	} rows[] = {
		{"x\n", 0, 1},		{"00\n0g\n", 1, 2},    {"00\n11\n2", 2, 2},
		{"\n\n\n12 3\n", 3, 5}, {"00\n 0x11\n", 1, 3}, {"00 11 zz 22\n", 0, 7},
		{"00\r\n1\r\n", 1, 2},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct reader reader;

		open_reader(&reader, FORMAT_HEX);
		feed(&reader, rows[i].text, strlen(rows[i].text));
		sdu_source_read(&reader.source);
		close_input(&reader);
		sdu_source_read(&reader.source);
		for (size_t k = 0; k < rows[i].good; k++) {
			struct iovec sdu;

			assert_int_equal(sdu_source_next(&reader.source, &sdu, 1), 1);
			sdu_source_sent(&reader.source, sdu.iov_len);
		}
		expect_fault(&reader.source, rows[i].good + 1, rows[i].column);
		assert_false(sdu_source_is_empty(&reader.source));
		close_reader(&reader);
	}
}

static void the_line_is_known_of_good_ones_as_well(void **state)
{
	struct reader reader;

	(void)state;
	open_reader(&reader, FORMAT_HEX);
	feed(&reader, "00\n11\n22\n", 9);
	for (uint64_t line = 1; line <= 3; line++) {
		assert_int_equal(reader.source.fault.line, line);
		expect_sdu(&reader.source,
			   line == 1   ? "\0"
			   : line == 2 ? "\x11"
				       : "\x22",
			   1);
		assert_int_equal(reader.source.fault.column, 0);
	}
	close_reader(&reader);
	open_reader(&reader, FORMAT_RAW);
	feed(&reader, "a\nb\n", 4);
	assert_int_equal(reader.source.fault.line, 0);
	close_reader(&reader);
}

static void check_endless_line(enum sdu_format format, char filling)
{
	static char block[65536];
	struct reader reader;
	size_t fed = 0;

	memset(block, filling, sizeof(block));
	open_reader(&reader, format);
	feed(&reader, filling == '0' ? "00\n" : "a\n", filling == '0' ? 3 : 2);
	expect_sdu(&reader.source, filling == '0' ? "\0" : "a", 1);
	while (sdu_source_wants_input(&reader.source)) {
		feed(&reader, block, sizeof(block));
		fed += sizeof(block);
		/* Any SDU fits, and no flood. */
		assert_true(fed <= 8 * SDU_ROOM);
	}
	assert_true(fed > 3 * (size_t)LONGEST_SDU);
	expect_fault(&reader.source, 2, 0);
	close_reader(&reader);
}

static void a_line_without_limit_is_refused_before_it_fills_the_memory(void **state)
{
	(void)state;
	check_endless_line(FORMAT_LINES, 'a');
	check_endless_line(FORMAT_HEX, '0');
}

/* As hex of SDUs of COUNT bytes, with DIGITS for each. */
static void feed_hex(struct reader *reader, const char *digits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		feed(reader, digits, strlen(digits));
	feed(reader, "\r\n", 2);
}

static void the_longest_sdu_in_spaced_hex_is_not_a_line_too_long(void **state)
{
	static unsigned char expected[LONGEST_SDU];
	struct reader reader;

	(void)state;
	memset(expected, 0xab, sizeof(expected));
	open_reader(&reader, FORMAT_HEX);
	feed_hex(&reader, "aB ", LONGEST_SDU);
	expect_sdu(&reader.source, expected, sizeof(expected));
	close_reader(&reader);
}

static void hex_of_more_than_any_sdu_is_a_line_too_long(void **state)
{
	struct reader reader;

	(void)state;
	open_reader(&reader, FORMAT_HEX);
	feed_hex(&reader, "00", SDU_ROOM + 1);
	expect_fault(&reader.source, 1, 0);
	close_reader(&reader);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_line_is_an_sdu_also_the_last_without_its_end),
		TEST(a_line_of_hex_is_an_sdu_also_the_last_without_its_end),
		TEST(spaces_and_carriage_returns_in_hex_do_not_count),
		TEST(a_line_waits_for_its_end),
		TEST(wrong_hex_reports_line_and_column_and_is_not_taken),
		TEST(the_line_is_known_of_good_ones_as_well),
		TEST(a_line_without_limit_is_refused_before_it_fills_the_memory),
		TEST(the_longest_sdu_in_spaced_hex_is_not_a_line_too_long),
		TEST(hex_of_more_than_any_sdu_is_a_line_too_long),
	};

	return RUN_TESTS(tests);
}
