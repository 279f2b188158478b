// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "unit_test.h"

#include <errno.h>
#include <string.h>

#include "transfer/sdu_sizes.h"

static const struct sdu_sizes untouched = {7, 77, 777};

static void check_parsed(const char *text, int result, struct sdu_sizes expected)
{
	struct sdu_sizes sizes = untouched;
	int got = sdu_sizes_parse(text, 1, 65535, &sizes);

	if (got != result || memcmp(&sizes, &expected, sizeof(sizes)) != 0)
		fail_msg("'%s': %d, %zu to %zu by %zu", text, got, sizes.minimum,
			 sizes.maximum, sizes.step);
}

static void a_size_only_is_a_row_of_one(void **state)
{
	(void)state;
	check_parsed("1", 0, (struct sdu_sizes){1, 1, 1});
	check_parsed("672", 0, (struct sdu_sizes){672, 672, 1});
	check_parsed("65535", 0, (struct sdu_sizes){65535, 65535, 1});
	check_parsed("0x2a0", 0, (struct sdu_sizes){672, 672, 1});
	check_parsed("010", 0, (struct sdu_sizes){10, 10, 1});
}

static void a_row_has_two_ends_and_perhaps_a_step(void **state)
{
	(void)state;
	check_parsed("1..672", 0, (struct sdu_sizes){1, 672, 1});
	check_parsed("1..65535", 0, (struct sdu_sizes){1, 65535, 1});
	check_parsed("5..5", 0, (struct sdu_sizes){5, 5, 1});
	check_parsed("5..5:7", 0, (struct sdu_sizes){5, 5, 7});
	check_parsed("1..672:10", 0, (struct sdu_sizes){1, 672, 10});
	check_parsed("0x10..0x20:0x4", 0, (struct sdu_sizes){16, 32, 4});
	check_parsed("1..2:65535", 0, (struct sdu_sizes){1, 2, 65535});
}

static void leading_zeros_do_not_count(void **state)
{
	(void)state;
	check_parsed("00000000000000000000000000000000000000000000000672", 0,
		     (struct sdu_sizes){672, 672, 1});
	check_parsed(
		"0000000000000000000000000000000000000001.."
		"0000000000000000000000000000000000000000009:"
		"0x0000000000000000000000000000000000000000000004",
		0, (struct sdu_sizes){1, 9, 4});
}

static void what_is_not_a_row_is_einval(void **state)
{
	static const char *const texts[] = {
		"",	    "..",    "1..",   "..1",	 "1...2",   "1..2..3", "1..2:",
		"1..2:3:4", "1:2",   ":",     ":1",	 ":1..2",   "1:..2",   "1:2..3",
		"1.2",	    "1,2",   "1-2",   " 1",	 "1 ",	    "1 ..2",   "1.. 2",
		"1..2: 3",  "-1",    "+1",    "1..-2",	 "1..2:-1", "1K",      "1..2K",
		"0x",	    "0x..1", "1..0x", "1..2:0x", "x",	    "1..x",    "1..2:x",
		"1..2;3",   ".. ..", "1...",  "1....2"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		check_parsed(texts[i], -EINVAL, untouched);
}

static void a_number_out_of_range_is_erange(void **state)
{
	static const char *const texts[] = {"0",
					    "65536",
					    "18446744073709551617",
					    "99999999999999999999999999999999999999999",
					    "0..5",
					    "1..65536",
					    "2..1",
					    "65535..1",
					    "1..2:0",
					    "1..2:65536",
					    "1..2:18446744073709551617"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		check_parsed(texts[i], -ERANGE, untouched);
}

static void the_range_is_the_callers(void **state)
{
	struct sdu_sizes sizes = untouched;

	(void)state;
	assert_int_equal(sdu_sizes_parse("0..9", 0, 9, &sizes), 0);
	assert_int_equal(sdu_sizes_parse("6..9", 6, 9, &sizes), 0);
	assert_int_equal(sdu_sizes_parse("5..9", 6, 9, &sizes), -ERANGE);
	assert_int_equal(sdu_sizes_parse("6..10", 6, 9, &sizes), -ERANGE);
}

static void check_row(struct sdu_sizes sizes, const size_t *expected, size_t count)
{
	for (uint64_t number = 0; number < 4 * count; number++)
		assert_int_equal(sdu_sizes_of(&sizes, number), expected[number % count]);
}

static void sizes_go_up_to_the_maximum_and_begin_again(void **state)
{
	(void)state;
	check_row((struct sdu_sizes){672, 672, 1}, (const size_t[]){672}, 1);
	check_row((struct sdu_sizes){3, 6, 1}, (const size_t[]){3, 4, 5, 6}, 4);
	check_row((struct sdu_sizes){1, 7, 3}, (const size_t[]){1, 4, 7}, 3);
	check_row((struct sdu_sizes){1, 6, 3}, (const size_t[]){1, 4}, 2);
	check_row((struct sdu_sizes){5, 9, 100}, (const size_t[]){5}, 1);
	check_row((struct sdu_sizes){0, 1, 1}, (const size_t[]){0, 1}, 2);
}

static void every_number_has_a_size(void **state)
{
	const struct sdu_sizes all = {1, 65535, 1};

	(void)state;
	assert_int_equal(sdu_sizes_of(&all, 65534), 65535);
	assert_int_equal(sdu_sizes_of(&all, 65535), 1);
	assert_int_equal(sdu_sizes_of(&all, (uint64_t)1 << 32),
			 ((uint64_t)1 << 32) % 65535 + 1);
	assert_int_equal(sdu_sizes_of(&all, UINT64_MAX), UINT64_MAX % 65535 + 1);
}

static void the_largest_is_the_last_of_the_row(void **state)
{
	(void)state;
	assert_int_equal(sdu_sizes_largest(&(struct sdu_sizes){5, 5, 1}), 5);
	assert_int_equal(sdu_sizes_largest(&(struct sdu_sizes){1, 2000, 49}), 1961);
	assert_int_equal(sdu_sizes_largest(&(struct sdu_sizes){1, 50, 49}), 50);
	assert_int_equal(sdu_sizes_largest(&(struct sdu_sizes){1, 49, 49}), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_size_only_is_a_row_of_one),
		TEST(a_row_has_two_ends_and_perhaps_a_step),
		TEST(leading_zeros_do_not_count),
		TEST(what_is_not_a_row_is_einval),
		TEST(a_number_out_of_range_is_erange),
		TEST(the_range_is_the_callers),
		TEST(sizes_go_up_to_the_maximum_and_begin_again),
		TEST(every_number_has_a_size),
		TEST(the_largest_is_the_last_of_the_row),
	};

	return RUN_TESTS(tests);
}
