// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "unit_test.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "caught_error.h"
#include "report/field.h"
#include "report/report.h"

static const struct report report = {.program = "prog", .verbosity = VERBOSITY_NORMAL};

static void check_told(const char *text, const char *expected)
{
	catch_error();
	report_error(&report, STATUS_LOCAL_FAILURE, "%s", text);
	read_error();
	assert_string_equal(told, expected);
}

static void text_is_reported_as_it_is(void **state)
{
	(void)state;
	check_told("plain", "prog: plain\n");
	check_told("", "prog: \n");
	check_told("100% \\x0A", "prog: 100% \\x0A\n");
	check_told("gr\xc3\xbc\xc3\x9f \xc2\xa0", "prog: gr\xc3\xbc\xc3\x9f \xc2\xa0\n");
	check_told("\xff\xc2", "prog: \xff\xc2\n");
}

static void control_characters_are_reported_as_numbers(void **state)
{
	(void)state;
	check_told("a\nb\x1b[2J\x7f", "prog: a\\x0Ab\\x1B[2J\\x7F\n");
	check_told(
		"\xc2\x9b"
		"2J",
		"prog: \\xC2\\x9B2J\n");
	check_told("\xc2\xc2\x80\xc2\x9f\xc2\n",
		   "prog: \xc2\\xC2\\x80\\xC2\\x9F\xc2\\x0A\n");
}

static void a_line_says_which_connection_it_is_about(void **state)
{
	struct report about = report;

	(void)state;
	about.peer = "01:23:45:67:89:AB";
	about.connection = 3;
	catch_error();
	report_error(&about, STATUS_DATA_LOST, "lost %d", 5);
	report_notice(&about, "closed");
	report_event(&about, VERBOSITY_VERBOSE, "detail", FIELDS(field_null("x")),
		     "not told");
	report_failure(&about, STEP_INPUT, EISDIR, "read it");
	read_error();
	assert_string_equal(
		told,
		"prog: 01:23:45:67:89:AB (3): lost 5\n"
		"prog: 01:23:45:67:89:AB (3): closed\n"
		"prog: 01:23:45:67:89:AB (3): cannot read it: Is a directory\n");
}

/* The reason comes last: a file name, however it looks, must not push it out. */
static void the_longest_name_does_not_hide_the_reason(void **state)
{
	char name[PATH_MAX];

	(void)state;
	memset(name, '\n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	catch_error();
	report_failure(&report, STEP_INPUT, EISDIR, "open %s", name);
	read_error();
	assert_int_equal(strspn(told + strlen("prog: cannot open "), "\\x0A"),
			 4 * (PATH_MAX - 1));
	assert_non_null(strstr(told, ": Is a directory\n"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(text_is_reported_as_it_is),
		TEST(control_characters_are_reported_as_numbers),
		TEST(a_line_says_which_connection_it_is_about),
		TEST(the_longest_name_does_not_hide_the_reason),
	};

	return RUN_TESTS(tests);
}
