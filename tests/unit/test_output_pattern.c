// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "unit_test.h"

#include <string.h>

#include "output_pattern.h"

#define PEER   "01:23:45:67:89:AB"
#define DASHES "01-23-45-67-89-AB"

static void each_percent_sign_has_its_letter(void **state)
{
	static const struct {
		const char *pattern;
		bool valid;
		bool for_each;
	} rows[] = {
		{"", true, false},	    {"file", true, false},
		{"%a", true, true},	    {"%n", true, true},
		{"%%", true, false},	    {"folder/%a.%n", true, true},
		{"%%n", true, false},	    {"%%%n", true, true},
		{"%%%%", true, false},	    {"100%%.%a", true, true},
		{"%a%a%n%n%%", true, true}, {"%", false, false},
		{"file%", false, false},    {"%%%", false, false},
		{"%x", false, false},	    {"%A", false, false},
		{"%N", false, false},	    {"%5n", false, false},
		{"% n", false, false},	    {"%n%", false, false},
		{"%n%s", false, false},	    {"%s%n", false, false},
		{"%%%s", false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (output_pattern_is_valid(rows[i].pattern) != rows[i].valid)
			fail_msg("'%s'", rows[i].pattern);
		/* The question makes sense for a valid one alone. */
		if (rows[i].valid &&
		    output_pattern_is_for_each(rows[i].pattern) != rows[i].for_each)
			fail_msg("'%s' for each", rows[i].pattern);
	}
}

static void patterns_become_names(void **state)
{
	static const struct {
		const char *pattern;
		unsigned int number;
		const char *name;
	} rows[] = {
		{"", 1, ""},	      {"file", 1, "file"},
		{"%n", 1, "1"},	      {"%n", 4294967295U, "4294967295"},
		{"%a", 1, DASHES},    {"%%", 1, "%"},
		{"%%n", 1, "%n"},     {"%%%n", 2, "%2"},
		{"%n%n", 7, "77"},    {"in/%a.%n.data", 12, "in/" DASHES ".12.data"},
		{"100%%", 1, "100%"}, {"\xc3\xa9 %a", 1, "\xc3\xa9 " DASHES},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *name = output_pattern_expand(rows[i].pattern, PEER, rows[i].number);

		assert_non_null(name);
		assert_string_equal(name, rows[i].name);
		free(name);
	}
}

static void a_long_pattern_is_not_cut(void **state)
{
	enum { LENGTH = 20000 };
	char *pattern = malloc(LENGTH + 3);
	char *name;

	(void)state;
	assert_non_null(pattern);
	memset(pattern, 'x', LENGTH);
	strcpy(pattern + LENGTH, "%n");
	name = output_pattern_expand(pattern, PEER, 321);
	assert_non_null(name);
	assert_int_equal(strlen(name), LENGTH + 3);
	assert_string_equal(name + LENGTH, "321");
	free(name);
	free(pattern);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_percent_sign_has_its_letter),
		TEST(patterns_become_names),
		TEST(a_long_pattern_is_not_cut),
	};

	return RUN_TESTS(tests);
}
