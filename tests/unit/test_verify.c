// SPDX-License-Identifier: GPL-2.0-or-later
/* What --verify tells. */
#include "unit_test.h"

#include <string.h>

#include "caught_error.h"
#include "session/verify.h"

static const struct report normal = {.program = "prog", .verbosity = VERBOSITY_NORMAL};
static const struct report quiet = {.program = "prog", .verbosity = VERBOSITY_QUIET};

static struct verification verification;

static void start(const struct report *report)
{
	memset(&verification, 0, sizeof(verification));
	verification.report = report;
	catch_error();
}

/* SDU NUMBER comes, as it should be. */
static void look(uint32_t number, size_t length)
{
	static unsigned char data[65535];

	numbered_sdu_fill(data, length, number);
	verification_look(&verification, data, length);
}

static void expect_told(const char *expected)
{
	read_error();
	assert_string_equal(told, expected);
}

static void good_ones_are_told_at_the_end_alone(void **state)
{
	(void)state;
	start(&normal);
	for (uint32_t number = 0; number < 1000; number++)
		look(number, 672);
	assert_true(verification_end(&verification));
	expect_told("prog: verified 1000 SDUs: all are good\n");
	start(&quiet);
	look(0, 672);
	assert_true(verification_end(&verification));
	expect_told("");
}

/* A receiver that got nothing at all cannot say that something is missing. */
static void none_at_all_is_good(void **state)
{
	(void)state;
	start(&normal);
	assert_true(verification_end(&verification));
	expect_told("prog: verified 0 SDUs: all are good\n");
}

static void each_finding_is_a_line_with_its_numbers(void **state)
{
	static unsigned char data[100];

	(void)state;
	start(&quiet);
	look(0, 100);
	look(2, 100);
	look(10, 100);
	look(1, 100);
	look(10, 100);
	numbered_sdu_fill(data, 100, 11);
	data[99] = 0x0a;
	verification_look(&verification, data, 99);
	data[0] = 12;
	data[4] = 100;
	verification_look(&verification, data, 100);
	verification_look(&verification, data, 5);
	verification_look(&verification, data, 0);
	assert_false(verification_end(&verification));
	expect_told(
		"prog: SDU 1 is missing\n"
		"prog: SDUs 3 to 9 are missing\n"
		"prog: SDU 1 came after others: reordered\n"
		"prog: SDU 10 came again: repeated\n"
		"prog: SDU 11 is 99 bytes long and says 100\n"
		"prog: SDU 12 has 0x0a at byte 99 instead of 0x7f\n"
		"prog: an SDU of 5 bytes has no number: it is too short\n"
		"prog: an SDU of 0 bytes has no number: it is too short\n"
		"prog: verified 9 SDUs: 3 good, 7 missing, 1 reordered, 1 repeated, 4 "
		"wrong\n");
}

static void the_largest_numbers_are_told_whole(void **state)
{
	(void)state;
	start(&quiet);
	verification.check.next = UINT32_MAX - 2;
	look(UINT32_MAX, 6);
	assert_false(verification_end(&verification));
	expect_told(
		"prog: SDUs 4294967293 to 4294967294 are missing\n"
		"prog: verified 1 SDUs: 1 good, 2 missing, 0 reordered, 0 repeated, 0 "
		"wrong\n");
}

static size_t count_lines(void)
{
	size_t count = 0;

	for (const char *next = told; (next = strchr(next, '\n')); next++)
		count++;
	return count;
}

static void what_is_beyond_the_first_findings_is_counted(void **state)
{
	(void)state;
	start(&quiet);
	for (uint32_t i = 0; i < 10 * MOST_TOLD; i++)
		look(2 * i + 1, 6);
	assert_false(verification_end(&verification));
	read_error();
	assert_int_equal(count_lines(), MOST_TOLD + 2);
	assert_non_null(strstr(told,
			       "prog: SDU 98 is missing\n"
			       "prog: more is wrong, and only counted\n"
			       "prog: verified 500 SDUs: 500 good, 500 missing"));
}

static void as_many_findings_as_are_told_hide_nothing(void **state)
{
	(void)state;
	start(&quiet);
	for (uint32_t i = 0; i < MOST_TOLD; i++)
		look(2 * i + 1, 6);
	assert_false(verification_end(&verification));
	read_error();
	assert_int_equal(count_lines(), MOST_TOLD + 1);
	assert_null(strstr(told, "only counted"));
}

/* In a server with many, each line says whose it is. */
static void a_finding_names_its_connection(void **state)
{
	const struct report third = {.program = "prog",
				     .connection = 3,
				     .peer = "01:23:45:67:89:AB",
				     .verbosity = VERBOSITY_NORMAL};

	(void)state;
	start(&third);
	look(1, 6);
	verification_end(&verification);
	expect_told(
		"prog: 01:23:45:67:89:AB (3): SDU 0 is missing\n"
		"prog: 01:23:45:67:89:AB (3): verified 1 SDUs: 1 good, 1 missing, 0 "
		"reordered, 0 repeated, 0 wrong\n");
}

static void in_json_a_finding_is_an_object(void **state)
{
	const struct report json = {
		.program = "prog", .verbosity = VERBOSITY_QUIET, .json = true};

	(void)state;
	start(&json);
	look(2, 6);
	verification_look(&verification, (const unsigned char *)"", 0);
	verification_end(&verification);
	read_error();
	assert_int_equal(count_lines(), 3);
	assert_non_null(strstr(told, "\"finding\":\"missing\",\"first\":0,\"last\":1,"));
	assert_non_null(
		strstr(told, "\"finding\":\"no number\",\"first\":null,\"last\":null,"));
	assert_non_null(strstr(told, "\"sdus_missing\":2,"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(good_ones_are_told_at_the_end_alone),
		TEST(none_at_all_is_good),
		TEST(each_finding_is_a_line_with_its_numbers),
		TEST(the_largest_numbers_are_told_whole),
		TEST(what_is_beyond_the_first_findings_is_counted),
		TEST(as_many_findings_as_are_told_hide_nothing),
		TEST(a_finding_names_its_connection),
		TEST(in_json_a_finding_is_an_object),
	};

	return RUN_TESTS(tests);
}
