// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "unit_test.h"

#include <errno.h>
#include <string.h>

#include "channel/channel_config.h"

static void each_mode_name_and_its_value_go_both_ways(void **state)
{
	static const struct {
		const char *name;
		enum channel_mode mode;
	} rows[] = {
		{"auto", MODE_AUTO},	       {"basic", MODE_BASIC}, {"ertm", MODE_ERTM},
		{"streaming", MODE_STREAMING}, {"ecred", MODE_ECRED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum channel_mode mode = (enum channel_mode)77;

		assert_int_equal(channel_mode_parse(rows[i].name, &mode), 0);
		assert_int_equal(mode, rows[i].mode);
		assert_string_equal(channel_mode_name((int)rows[i].mode), rows[i].name);
	}
}

static void a_mode_is_the_number_that_the_kernel_uses(void **state)
{
	(void)state;
	assert_string_equal(channel_mode_name(0x00), "basic");
	assert_string_equal(channel_mode_name(0x03), "ertm");
	assert_string_equal(channel_mode_name(0x04), "streaming");
	assert_string_equal(channel_mode_name(0x80), "le");
	assert_string_equal(channel_mode_name(0x81), "ecred");
}

static void a_name_that_is_not_a_mode_is_einval(void **state)
{
	static const char *const names[] = {
		"",  "ERTM", "Basic",	"ertm ",  " ertm",	"ert", "ertmx",
		"0", "3",    "unknown", "stream", "streamingg", "le"};
	enum channel_mode mode = (enum channel_mode)77;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(channel_mode_parse(names[i], &mode), -EINVAL);
	assert_int_equal(mode, 77);
}

static void every_other_number_is_unknown(void **state)
{
	(void)state;
	for (int mode = -300; mode <= 300; mode++) {
		bool known = mode == -1 || mode == 0 || mode == 3 || mode == 4 ||
			     mode == 0x80 || mode == 0x81;

		assert_int_equal(strcmp(channel_mode_name(mode), "unknown") != 0, known);
	}
}

static void the_defaults_are_those_of_the_manual(void **state)
{
	(void)state;
	assert_int_equal(DEFAULT_PSM, 0x1001);
	assert_int_equal(DEFAULT_MTU, 672);
	assert_int_equal(SMALLEST_MTU, 48);
	assert_int_equal(LARGEST_MTU, 65535);
	assert_int_equal(LARGEST_BASIC_SDU, 65531);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_mode_name_and_its_value_go_both_ways),
		TEST(a_mode_is_the_number_that_the_kernel_uses),
		TEST(a_name_that_is_not_a_mode_is_einval),
		TEST(every_other_number_is_unknown),
		TEST(the_defaults_are_those_of_the_manual),
	};

	return RUN_TESTS(tests);
}
