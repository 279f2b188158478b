// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* Round trips, on a clock of the test's own. */
#include "unit_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "transfer/numbered_sdus.h"
#include "transfer/round_trips.h"

enum { PATIENCE_US = 10000000, S = 1000000 };

static struct round_trips trips;
static unsigned char sdu[65536];

static void start(uint64_t count, size_t minimum, size_t maximum)
{
	memset(&trips, 0, sizeof(trips));
	trips.count = count;
	trips.sizes = (struct sdu_sizes){minimum, maximum, 1};
}

/* Makes the next one, and sends it at NOW_US. */
static void send_next(int64_t now_us)
{
	assert_true(round_trips_is_due(&trips, now_us));
	round_trips_make(&trips, sdu);
	round_trips_sent(&trips, now_us);
}

/* What the far end sends back for NUMBER; how long it took when it is an answer. */
static int64_t take(uint64_t number, int64_t now_us, enum round_trip_answer expected)
{
	size_t length = sdu_sizes_of(&trips.sizes, number);
	uint64_t answered = UINT64_MAX;
	int64_t time_us = -1;

	numbered_sdu_fill(sdu, length, (uint32_t)number);
	assert_int_equal(
		round_trips_take(&trips, sdu, length, now_us, &answered, &time_us),
		expected);
	if (expected != PING_WRONG)
		assert_int_equal(answered, number);
	return time_us;
}

/* --- when the next one is due ------------------------------------------------------- */

static void the_first_is_due_at_once(void **state)
{
	(void)state;
	start(1, 64, 64);
	assert_true(round_trips_is_due(&trips, 0));
	assert_true(round_trips_is_due(&trips, 123456789));
}

static void the_next_is_due_when_the_last_was_answered(void **state)
{
	(void)state;
	start(3, 64, 64);
	send_next(0);
	assert_false(round_trips_is_due(&trips, 1));
	take(0, 1, PING_ANSWERED);
	assert_true(round_trips_is_due(&trips, 1));
}

/* The transfer sends it when there is room and the interval is over. */
static void none_is_due_while_one_waits_to_be_sent(void **state)
{
	(void)state;
	start(3, 64, 64);
	round_trips_make(&trips, sdu);
	assert_false(round_trips_is_due(&trips, 100 * S));
	round_trips_sent(&trips, 100 * S);
	assert_false(round_trips_is_due(&trips, 100 * S));
}

static void one_that_is_not_answered_is_overdue_after_a_second(void **state)
{
	(void)state;
	start(3, 64, 64);
	send_next(5 * S);
	assert_false(round_trips_is_due(&trips, 6 * S - 1));
	assert_true(round_trips_is_due(&trips, 6 * S));
	send_next(6 * S);
	/* That the one before is answered now makes no difference. */
	assert_int_equal(take(0, 6 * S + 1, PING_ANSWERED), S + 1);
	assert_false(round_trips_is_due(&trips, 6 * S + 1));
	assert_true(round_trips_is_due(&trips, 7 * S));
}

static void none_is_due_after_the_last(void **state)
{
	(void)state;
	start(2, 64, 64);
	send_next(0);
	take(0, 1, PING_ANSWERED);
	send_next(1);
	take(1, 2, PING_ANSWERED);
	assert_false(round_trips_is_due(&trips, 100 * S));
}

static void a_count_of_0_is_without_limit(void **state)
{
	(void)state;
	start(0, 64, 64);
	for (uint64_t number = 0; number < 10000; number++) {
		send_next((int64_t)number);
		take(number, (int64_t)number, PING_ANSWERED);
		assert_false(round_trips_is_over(&trips, 1000 * S, 0));
	}
	assert_int_equal(trips.answered, 10000);
}

static void they_have_the_sizes_of_the_row(void **state)
{
	(void)state;
	start(0, 1, 3);
	for (uint32_t number = 0; number < 7; number++) {
		assert_int_equal(round_trips_make(&trips, sdu), number % 3 + 1);
		assert_int_equal(sdu[0], number);
		round_trips_sent(&trips, 0);
	}
	start(0, 65535, 65535);
	assert_int_equal(round_trips_make(&trips, sdu), 65535);
	assert_memory_equal(sdu, "\0\0\0\0\xff\xff\x7f", 7);
}

/* --- when all is over --------------------------------------------------------------- */

static void all_is_over_when_the_last_is_answered(void **state)
{
	(void)state;
	start(2, 64, 64);
	assert_false(round_trips_is_over(&trips, 0, PATIENCE_US));
	send_next(0);
	take(0, 0, PING_ANSWERED);
	assert_false(round_trips_is_over(&trips, 100 * S, PATIENCE_US));
	round_trips_make(&trips, sdu);
	/* Made, but not sent. */
	assert_false(round_trips_is_over(&trips, 100 * S, PATIENCE_US));
	round_trips_sent(&trips, 100 * S);
	assert_false(round_trips_is_over(&trips, 100 * S, PATIENCE_US));
	take(1, 100 * S, PING_ANSWERED);
	assert_true(round_trips_is_over(&trips, 100 * S, PATIENCE_US));
}

static void missing_answers_are_waited_for_no_longer_than_patience(void **state)
{
	(void)state;
	start(2, 64, 64);
	send_next(0);
	send_next(1 * S);
	take(1, 1 * S + 5, PING_ANSWERED);
	assert_false(round_trips_is_over(&trips, S + PATIENCE_US - 1, PATIENCE_US));
	assert_true(round_trips_is_over(&trips, S + PATIENCE_US, PATIENCE_US));
	assert_int_equal(round_trips_lost(&trips), 1);
	/* The answer may still come. */
	take(0, 9 * S, PING_ANSWERED);
	assert_true(round_trips_is_over(&trips, 9 * S, PATIENCE_US));
	assert_int_equal(round_trips_lost(&trips), 0);
}

/* --- answers ------------------------------------------------------------------------ */

static void an_answer_reports_which_and_how_long(void **state)
{
	(void)state;
	start(0, 64, 64);
	send_next(1000);
	send_next(2 * S);
	send_next(4 * S);
	assert_int_equal(take(1, 4 * S + 7, PING_ANSWERED), 2 * S + 7);
	assert_int_equal(take(0, 5 * S, PING_ANSWERED), 5 * S - 1000);
	assert_int_equal(take(2, 5 * S, PING_ANSWERED), S);
	assert_int_equal(trips.answered, 3);
}

static void the_right_bytes_once_more_are_repeated(void **state)
{
	(void)state;
	start(0, 64, 64);
	send_next(0);
	take(0, 1, PING_ANSWERED);
	take(0, 2, PING_REPEATED);
	take(0, 3, PING_REPEATED);
	assert_int_equal(trips.repeated, 2);
	assert_int_equal(trips.answered, 1);
	assert_int_equal(round_trips_lost(&trips), 0);
}

/* The oldest are forgotten after a minute without an answer. */
static void an_answer_to_one_that_is_forgotten_is_repeated(void **state)
{
	(void)state;
	start(0, 64, 64);
	for (int64_t number = 0; number < 3 * MOST_UNANSWERED; number++)
		send_next(number * S);
	assert_int_equal(trips.unanswered_count, MOST_UNANSWERED);
	take(0, 1000 * S, PING_REPEATED);
	take(2 * MOST_UNANSWERED - 1, 1000 * S, PING_REPEATED);
	take(2 * MOST_UNANSWERED, 1000 * S, PING_ANSWERED);
	assert_int_equal(trips.repeated, 2);
	assert_int_equal(trips.wrong, 0);
	assert_int_equal(round_trips_lost(&trips), 3 * MOST_UNANSWERED - 1);
}

static void check_wrong(const void *data, size_t length)
{
	uint64_t wrong = trips.wrong;
	uint64_t number;
	int64_t time_us;

	assert_int_equal(round_trips_take(&trips, data, length, 1, &number, &time_us),
			 PING_WRONG);
	assert_int_equal(trips.wrong, wrong + 1);
	assert_int_equal(trips.answered, 0);
}

static void other_bytes_than_were_sent_are_wrong(void **state)
{
	(void)state;
	start(0, 64, 64);
	check_wrong("", 0); /* nothing was sent */
	send_next(0);
	for (size_t at = 0; at < 64; at++) {
		numbered_sdu_fill(sdu, 64, 0);
		sdu[at] ^= 1;
		check_wrong(sdu, 64);
	}
	numbered_sdu_fill(sdu, 65, 0);
	check_wrong(sdu, 63);
	check_wrong(sdu, 65);
	check_wrong("", 0);
	take(0, 1, PING_ANSWERED);
}

static void one_that_will_be_sent_later_is_wrong(void **state)
{
	(void)state;
	start(0, 64, 64);
	send_next(0);
	take(1, 1, PING_WRONG);
	send_next(S);
	take(1, S, PING_ANSWERED);
}

/* Of one byte, 256 look alike: the youngest that is not answered is meant. */
static void a_short_answer_is_for_the_youngest_that_looks_like_it(void **state)
{
	uint64_t number;
	int64_t time_us;

	(void)state;
	start(0, 1, 1);
	for (uint64_t i = 0; i < 256; i++) {
		send_next((int64_t)i * S);
		if (i != 255)
			take(i, (int64_t)i * S, PING_ANSWERED);
	}
	/* 255 is lost. */
	for (uint64_t i = 256; i < 512; i++) {
		send_next((int64_t)i * S);
		sdu[0] = (unsigned char)i;
		assert_int_equal(round_trips_take(&trips, sdu, 1, (int64_t)i * S + 5,
						  &number, &time_us),
				 PING_ANSWERED);
		assert_int_equal(number, i);
		assert_int_equal(time_us, 5);
	}
	assert_int_equal(round_trips_lost(&trips), 1);
}

static void numbers_above_32_bits_are_reported_apart(void **state)
{
	uint64_t big = ((uint64_t)1 << 32) + 5;

	(void)state;
	start(0, 64, 64);
	trips.made = trips.sent = big;
	trips.last_is_answered = true;
	send_next(0);
	assert_int_equal(trips.sent, big + 1);
	take(big, 1, PING_ANSWERED);
	take(big, 2, PING_REPEATED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_first_is_due_at_once),
		TEST(the_next_is_due_when_the_last_was_answered),
		TEST(none_is_due_while_one_waits_to_be_sent),
		TEST(one_that_is_not_answered_is_overdue_after_a_second),
		TEST(none_is_due_after_the_last),
		TEST(a_count_of_0_is_without_limit),
		TEST(they_have_the_sizes_of_the_row),
		TEST(all_is_over_when_the_last_is_answered),
		TEST(missing_answers_are_waited_for_no_longer_than_patience),
		TEST(an_answer_reports_which_and_how_long),
		TEST(the_right_bytes_once_more_are_repeated),
		TEST(an_answer_to_one_that_is_forgotten_is_repeated),
		TEST(other_bytes_than_were_sent_are_wrong),
		TEST(one_that_will_be_sent_later_is_wrong),
		TEST(a_short_answer_is_for_the_youngest_that_looks_like_it),
		TEST(numbers_above_32_bits_are_reported_apart),
	};

	return RUN_TESTS(tests);
}
