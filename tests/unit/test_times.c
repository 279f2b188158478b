// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "unit_test.h"

#include <math.h>
#include <stdlib.h>

#include "transfer/times.h"

enum { S = 1000000 };

static struct times times;

static void add(int64_t time_us)
{
	times_add(&times, time_us, 0);
}

static void assert_near(double got, double expected, double tolerance)
{
	if (!(fabs(got - expected) <= tolerance))
		fail_msg("%f, not %f", got, expected);
}

static void of_none_nothing_is_known(void **state)
{
	struct time_summary summary;

	(void)state;
	times = (struct times){0};
	summary = times_sum_up(&times);
	assert_true(isnan(summary.minimum) && isnan(summary.p90) &&
		    isnan(summary.jitter));
}

/* A sixteenth of each change, of either sign, as in RFC 3550's appendix A.8. */
static void jitter_follows_the_changes(void **state)
{
	(void)state;
	times = (struct times){0};
	times_add(&times, 1000, 0);
	times_add(&times, 1000, 1600);
	assert_near(times_sum_up(&times).jitter, 0.1, 1e-9);
	times_add(&times, 1000, -1700);
	assert_near(times_sum_up(&times).jitter, 0.2, 1e-9);
	for (int i = 0; i < 300; i++)
		times_add(&times, 1000, 0);
	assert_near(times_sum_up(&times).jitter, 0, 1e-6);
}

/* The lowest, a middle and the highest of those that are counted as one. */
static void one_time_is_all_of_them(void **state)
{
	static const int64_t rows[] = {123392, 123457, 123648, 123903};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		double expected = (double)rows[i] / 1000;
		struct time_summary summary;

		times = (struct times){0};
		add(rows[i]);
		summary = times_sum_up(&times);
		assert_near(summary.minimum, expected, 1e-9);
		assert_near(summary.average, expected, 1e-9);
		assert_near(summary.maximum, expected, 1e-9);
		assert_near(summary.deviation, 0, 1e-3);
		assert_near(summary.p50, expected, 1e-9);
		assert_near(summary.p99, expected, 1e-9);
	}
}

static void the_times_are_milliseconds(void **state)
{
	static const int64_t rows[] = {2000, 4000, 4000, 4000, 5000, 5000, 7000, 9000};
	struct time_summary summary;

	(void)state;
	times = (struct times){0};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		add(rows[i]);
	summary = times_sum_up(&times);
	assert_near(summary.minimum, 2, 1e-9);
	assert_near(summary.average, 5, 1e-9);
	assert_near(summary.maximum, 9, 1e-9);
	assert_near(summary.deviation, 2, 1e-6);
	assert_near(summary.p50, 4, 0.04);
	assert_near(summary.p99, 9, 0.09);
}

static void a_clock_that_stands_still_is_not_a_time(void **state)
{
	struct time_summary summary;

	(void)state;
	times = (struct times){0};
	add(0);
	add(0);
	summary = times_sum_up(&times);
	assert_near(summary.minimum, 0, 0);
	assert_near(summary.p50, 0, 0);
	assert_near(summary.maximum, 0, 0);
}

static int compare(const void *left, const void *right)
{
	int64_t difference = *(const int64_t *)left - *(const int64_t *)right;

	return (difference > 0) - (difference < 0);
}

/* Against the sorted times, from microseconds to hours. */
static void percentiles_are_good_to_one_percent(void **state)
{
	enum { COUNT = 1000 };
	static int64_t rows[COUNT];
	unsigned int seed = 1;

	(void)state;
	for (int64_t largest = 10; largest < (int64_t)20000 * S; largest *= 7) {
		struct time_summary summary;

		times = (struct times){0};
		for (size_t i = 0; i < COUNT; i++) {
			rows[i] = (int64_t)((double)rand_r(&seed) / RAND_MAX *
					    (double)largest);
			add(rows[i]);
		}
		qsort(rows, COUNT, sizeof(*rows), compare);
		summary = times_sum_up(&times);
		/* Nearest rank. */
		assert_near(summary.p50 * 1000, (double)rows[499],
			    (double)rows[499] / 100 + 1e-6);
		assert_near(summary.p90 * 1000, (double)rows[899],
			    (double)rows[899] / 100 + 1e-6);
		assert_near(summary.p99 * 1000, (double)rows[989],
			    (double)rows[989] / 100 + 1e-6);
		assert_near(summary.minimum * 1000, (double)rows[0], 1e-6);
		assert_near(summary.maximum * 1000, (double)rows[COUNT - 1], 1e-3);
	}
}

/* One class at a time, so that each border is met. */
static void every_time_is_good_to_one_percent(void **state)
{
	(void)state;
	for (int64_t time_us = 0; time_us < (int64_t)100000 * S;
	     time_us += time_us / 300 + 1) {
		struct time_summary summary;

		times = (struct times){0};
		add(time_us);
		add(time_us);
		add(time_us * 2);
		times.shortest = 0; /* otherwise it corrects what is too small */
		summary = times_sum_up(&times);
		assert_near(summary.p50 * 1000, (double)time_us,
			    (double)time_us / 100 + 1e-6);
	}
}

static void a_time_of_weeks_is_none_too_long(void **state)
{
	int64_t weeks = (int64_t)30 * 86400 * S;
	struct time_summary summary;

	(void)state;
	times = (struct times){0};
	add(5);
	add(weeks);
	summary = times_sum_up(&times);
	assert_near(summary.maximum, (double)weeks / 1000, 1);
	assert_true(summary.p99 > 1e6);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(of_none_nothing_is_known),
		TEST(jitter_follows_the_changes),
		TEST(one_time_is_all_of_them),
		TEST(the_times_are_milliseconds),
		TEST(a_clock_that_stands_still_is_not_a_time),
		TEST(percentiles_are_good_to_one_percent),
		TEST(every_time_is_good_to_one_percent),
		TEST(a_time_of_weeks_is_none_too_long),
	};

	return RUN_TESTS(tests);
}
