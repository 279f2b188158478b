// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "unit_test.h"

#include <stdlib.h>
#include <string.h>

#include "transfer/numbered_sdus.h"

/* --- the pattern -------------------------------------------------------------------- */

static void check_filled(size_t length, uint32_t number, const void *expected)
{
	unsigned char *data = malloc(length + 1);

	assert_non_null(data);
	data[length] = 0xA5;
	numbered_sdu_fill(data, length, number);
	assert_memory_equal(data, expected, length);
	assert_int_equal(data[length], 0xA5);
	free(data);
}

/* As BlueZ's l2test sends them, written out by hand. */
static void number_and_length_are_little_endian_and_the_rest_is_7f(void **state)
{
	(void)state;
	check_filled(8, 0x01020304, "\x04\x03\x02\x01\x08\x00\x7f\x7f");
	check_filled(7, 0, "\x00\x00\x00\x00\x07\x00\x7f");
	check_filled(6, 0xfffffffe, "\xfe\xff\xff\xff\x06\x00");
}

static void an_sdu_without_room_for_the_header_has_its_beginning(void **state)
{
	static const char whole[] = "\x04\x03\x02\x01";

	(void)state;
	for (size_t length = 0; length <= 4; length++)
		check_filled(length, 0x01020304, whole);
	check_filled(5, 0x01020304, "\x04\x03\x02\x01\x05");
}

static void the_longest_sdu_is_filled_to_its_end(void **state)
{
	static unsigned char data[65535];

	(void)state;
	numbered_sdu_fill(data, sizeof(data), 1);
	assert_memory_equal(data, "\x01\x00\x00\x00\xff\xff", 6);
	for (size_t i = 6; i < sizeof(data); i++)
		assert_int_equal(data[i], 0x7f);
}

/* --- one SDU ------------------------------------------------------------------------ */

static struct numbered_check check;
static struct sdu_verdict verdicts[MOST_VERDICTS];

static void start(void)
{
	memset(&check, 0, sizeof(check));
}

/* SDU NUMBER of LENGTH bytes comes, as it should be. */
static size_t take(uint32_t number, size_t length)
{
	static unsigned char data[65536];

	assert_in_range(length, NUMBERED_HEADER, sizeof(data));
	numbered_sdu_fill(data, length, number);
	return numbered_check(&check, data, length, verdicts);
}

static void expect_verdict(size_t at, enum sdu_finding finding, uint32_t first,
			   uint32_t last)
{
	const struct sdu_verdict *verdict = &verdicts[at];

	if (verdict->finding != finding || verdict->first != first ||
	    verdict->last != last)
		fail_msg("finding %d of %u to %u, not %d of %u to %u",
			 (int)verdict->finding, verdict->first, verdict->last,
			 (int)finding, first, last);
}

static void expect_counts(uint64_t checked, uint64_t good, uint64_t missing,
			  uint64_t late, uint64_t repeated, uint64_t wrong)
{
	if (check.checked != checked || check.good != good || check.missing != missing ||
	    check.late != late || check.repeated != repeated || check.wrong != wrong)
		fail_msg(
			"%ju checked, %ju good, %ju missing, %ju late, %ju repeated, "
			"%ju wrong",
			(uintmax_t)check.checked, (uintmax_t)check.good,
			(uintmax_t)check.missing, (uintmax_t)check.late,
			(uintmax_t)check.repeated, (uintmax_t)check.wrong);
	assert_int_equal(numbered_check_is_good(&check),
			 !missing && !late && !repeated && !wrong);
}

static void all_in_order_is_good(void **state)
{
	(void)state;
	start();
	assert_true(numbered_check_is_good(&check));
	for (uint32_t number = 0; number < 1000; number++)
		assert_int_equal(take(number, NUMBERED_HEADER + number), 0);
	assert_int_equal(take(1000, 65535), 0);
	expect_counts(1001, 1001, 0, 0, 0, 0);
}

static void one_without_a_number_is_too_short(void **state)
{
	(void)state;
	start();
	for (size_t length = 0; length < NUMBERED_HEADER; length++) {
		assert_int_equal(numbered_check(&check,
						(const unsigned char *)"\0\0\0\0\5",
						length, verdicts),
				 1);
		expect_verdict(0, SDU_NO_NUMBER, 0, 0);
		assert_int_equal(verdicts[0].length, length);
	}
	/* It took no number from the others. */
	assert_int_equal(take(0, 6), 0);
	expect_counts(7, 1, 0, 0, 0, 6);
}

static void a_length_that_is_not_its_own_is_reported(void **state)
{
	unsigned char data[1000];

	(void)state;
	start();
	numbered_sdu_fill(data, sizeof(data), 0);
	/* Cut short on the way, as by an MTU. */
	assert_int_equal(numbered_check(&check, data, 672, verdicts), 1);
	expect_verdict(0, SDU_WRONG_LENGTH, 0, 0);
	assert_int_equal(verdicts[0].length, 672);
	assert_int_equal(verdicts[0].says, 1000);
	data[0] = 1;
	data[5] = 0xff;
	assert_int_equal(numbered_check(&check, data, 1000, verdicts), 1);
	assert_int_equal(verdicts[0].says, 0xffe8);
	expect_counts(2, 0, 0, 0, 0, 2);
}

static void the_first_wrong_byte_is_reported(void **state)
{
	unsigned char data[100];

	(void)state;
	for (size_t at = NUMBERED_HEADER; at < sizeof(data); at++) {
		start();
		numbered_sdu_fill(data, sizeof(data), 0);
		data[at] = 0x7e;
		data[sizeof(data) - 1] ^= 0x80;
		assert_int_equal(numbered_check(&check, data, sizeof(data), verdicts), 1);
		expect_verdict(0, SDU_WRONG_BYTE, 0, 0);
		assert_int_equal(verdicts[0].offset, at);
		assert_int_equal(verdicts[0].says,
				 at == sizeof(data) - 1 ? (0x7e ^ 0x80) : 0x7e);
		expect_counts(1, 0, 0, 0, 0, 1);
	}
}

static void all_that_is_wrong_with_one_is_reported(void **state)
{
	unsigned char data[100];

	(void)state;
	start();
	numbered_sdu_fill(data, sizeof(data), 3);
	data[50] = 0;
	assert_int_equal(numbered_check(&check, data, 99, verdicts), MOST_VERDICTS);
	expect_verdict(0, SDU_MISSING, 0, 2);
	expect_verdict(1, SDU_WRONG_LENGTH, 3, 0);
	expect_verdict(2, SDU_WRONG_BYTE, 3, 0);
	expect_counts(1, 0, 3, 0, 0, 1);
}

/* --- the order ---------------------------------------------------------------------- */

static void what_is_missing_is_reported_when_a_later_one_comes(void **state)
{
	(void)state;
	start();
	assert_int_equal(take(2, 6), 1);
	expect_verdict(0, SDU_MISSING, 0, 1);
	assert_int_equal(take(3, 6), 0);
	assert_int_equal(take(5, 6), 1);
	expect_verdict(0, SDU_MISSING, 4, 4);
	expect_counts(3, 3, 3, 0, 0, 0);
}

static void one_that_comes_later_is_reordered_and_no_longer_missing(void **state)
{
	(void)state;
	start();
	assert_int_equal(take(5, 6), 1);
	/* From the middle, the beginning and the end of the gap. */
	for (int i = 0; i < 5; i++) {
		static const uint32_t order[] = {2, 0, 4, 3, 1};

		assert_int_equal(take(order[i], 6), 1);
		expect_verdict(0, SDU_LATE, order[i], order[i]);
		expect_counts((uint64_t)i + 2, 1, 4 - (uint64_t)i, (uint64_t)i + 1, 0, 0);
	}
	assert_int_equal(check.gap_count, 0);
	assert_int_equal(take(6, 6), 0);
}

static void one_that_has_come_before_is_repeated(void **state)
{
	(void)state;
	start();
	take(0, 6);
	take(3, 6);
	assert_int_equal(take(3, 6), 1);
	expect_verdict(0, SDU_REPEATED, 3, 3);
	take(1, 6);
	for (uint32_t number = 0; number < 2; number++) {
		assert_int_equal(take(number, 6), 1);
		expect_verdict(0, SDU_REPEATED, number, number);
	}
	assert_int_equal(take(4, 6), 0);
	expect_counts(7, 3, 1, 1, 3, 0);
}

static void numbers_begin_again_after_the_last(void **state)
{
	(void)state;
	start();
	check.next = UINT32_MAX - 1;
	assert_int_equal(take(UINT32_MAX - 1, 6), 0);
	assert_int_equal(take(UINT32_MAX, 6), 0);
	assert_int_equal(take(0, 6), 0);
	assert_int_equal(take(UINT32_MAX, 6), 1);
	expect_verdict(0, SDU_REPEATED, UINT32_MAX, UINT32_MAX);
	expect_counts(4, 3, 0, 0, 1, 0);
}

static void a_gap_may_reach_over_the_last_number(void **state)
{
	(void)state;
	start();
	check.next = UINT32_MAX - 1;
	assert_int_equal(take(3, 6), 1);
	expect_verdict(0, SDU_MISSING, UINT32_MAX - 1, 2);
	expect_counts(1, 1, 5, 0, 0, 0);
	assert_int_equal(take(UINT32_MAX, 6), 1);
	expect_verdict(0, SDU_LATE, UINT32_MAX, UINT32_MAX);
	assert_int_equal(take(1, 6), 1);
	expect_verdict(0, SDU_LATE, 1, 1);
	assert_int_equal(take(1, 6), 1);
	expect_verdict(0, SDU_REPEATED, 1, 1);
	take(UINT32_MAX - 1, 6);
	take(0, 6);
	take(2, 6);
	expect_counts(7, 1, 0, 5, 1, 0);
	assert_int_equal(check.gap_count, 0);
}

static void of_too_many_gaps_the_oldest_is_missing_for_good(void **state)
{
	enum { GAPS = MOST_GAPS + 10 };

	(void)state;
	start();
	for (uint32_t i = 0; i < GAPS; i++)
		assert_int_equal(take(2 * i + 1, 6), 1);
	assert_int_equal(check.gap_count, MOST_GAPS);
	expect_counts(GAPS, GAPS, GAPS, 0, 0, 0);
	/* The first that is remembered. */
	assert_int_equal(take(20, 6), 1);
	expect_verdict(0, SDU_LATE, 20, 20);
	/* The last that is not, and the first of all. */
	assert_int_equal(take(18, 6), 1);
	assert_int_equal(take(0, 6), 1);
	expect_counts(GAPS + 3, GAPS, GAPS - 1, 1, 2, 0);
	assert_int_equal(take(2 * GAPS - 2, 6), 1);
	expect_verdict(0, SDU_LATE, 2 * GAPS - 2, 2 * GAPS - 2);
}

static void a_gap_that_cannot_be_divided_keeps_its_first_part(void **state)
{
	(void)state;
	start();
	for (uint32_t i = 0; i < MOST_GAPS; i++)
		take(10 * i + 9, 6); /* 9 are missing before each */
	assert_int_equal(check.gap_count, MOST_GAPS);
	assert_int_equal(take(4, 6), 1);
	expect_verdict(0, SDU_LATE, 4, 4);
	assert_int_equal(check.gap_count, MOST_GAPS);
	for (uint32_t number = 0; number < 4; number++) {
		assert_int_equal(take(number, 6), 1);
		expect_verdict(0, SDU_LATE, number, number);
	}
	/* 5 to 8 are missing for good; the other gaps are as before. */
	assert_int_equal(check.missing, 9 * MOST_GAPS - 5);
	assert_int_equal(take(10, 6), 1);
	expect_verdict(0, SDU_LATE, 10, 10);
}

/* Compared with a list of all numbers that came. */
static void whatever_the_order_the_counts_are_right(void **state)
{
	enum { NUMBERS = 3000, WINDOW = 40 };
	static bool came[NUMBERS];
	unsigned int seed = 1;
	uint64_t late = 0;
	uint64_t repeated = 0;
	uint32_t next = 0;

	(void)state;
	start();
	memset(came, 0, sizeof(came));
	for (int i = 0; i < 2 * NUMBERS && next < NUMBERS - WINDOW; i++) {
		int ahead = rand_r(&seed) % WINDOW - WINDOW + 3;
		uint32_t number =
			ahead < 0 && (uint32_t)-ahead > next ? 0 : next + (uint32_t)ahead;
		uint64_t missing = 0;
		size_t count = take(number, 6 + number % 50);

		assert_int_equal(count, number != next);
		if (number < next && came[number])
			repeated++;
		else if (number < next)
			late++;
		came[number] = true;
		if (number >= next)
			next = number + 1;
		for (uint32_t k = 0; k < next; k++)
			missing += !came[k];
		assert_int_equal(check.missing, missing);
		assert_int_equal(check.late, late);
		assert_int_equal(check.repeated, repeated);
	}
	assert_true(late > 100 && repeated > 100);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(number_and_length_are_little_endian_and_the_rest_is_7f),
		TEST(an_sdu_without_room_for_the_header_has_its_beginning),
		TEST(the_longest_sdu_is_filled_to_its_end),
		TEST(all_in_order_is_good),
		TEST(one_without_a_number_is_too_short),
		TEST(a_length_that_is_not_its_own_is_reported),
		TEST(the_first_wrong_byte_is_reported),
		TEST(all_that_is_wrong_with_one_is_reported),
		TEST(what_is_missing_is_reported_when_a_later_one_comes),
		TEST(one_that_comes_later_is_reordered_and_no_longer_missing),
		TEST(one_that_has_come_before_is_repeated),
		TEST(numbers_begin_again_after_the_last),
		TEST(a_gap_may_reach_over_the_last_number),
		TEST(of_too_many_gaps_the_oldest_is_missing_for_good),
		TEST(a_gap_that_cannot_be_divided_keeps_its_first_part),
		TEST(whatever_the_order_the_counts_are_right),
	};

	return RUN_TESTS(tests);
}
