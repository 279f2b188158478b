// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "unit_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "parse_value.h"

enum { UNTOUCHED = 12345 };

struct number_row {
	const char *text;
	uint64_t minimum, maximum;
	int result;
	uint64_t value;
};

static void check_sizes(const struct number_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = UNTOUCHED;
		int result = parse_size(rows[i].text, rows[i].minimum, rows[i].maximum,
					&value);

		if (result != rows[i].result || value != rows[i].value)
			fail_msg("parse_size('%s', %ju, %ju): %d, %ju; not %d, %ju",
				 rows[i].text, (uintmax_t)rows[i].minimum,
				 (uintmax_t)rows[i].maximum, result, (uintmax_t)value,
				 rows[i].result, (uintmax_t)rows[i].value);
	}
}

static void check_numbers(const struct number_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = UNTOUCHED;
		int result = parse_number(rows[i].text, rows[i].minimum, rows[i].maximum,
					  &value);

		if (result != rows[i].result || value != rows[i].value)
			fail_msg("parse_number('%s', %ju, %ju): %d, %ju; not %d, %ju",
				 rows[i].text, (uintmax_t)rows[i].minimum,
				 (uintmax_t)rows[i].maximum, result, (uintmax_t)value,
				 rows[i].result, (uintmax_t)rows[i].value);
	}
}

static void a_number_is_decimal_or_hexadecimal_after_0x(void **state)
{
	static const struct number_row rows[] = {
		{"0", 0, UINT64_MAX, 0, 0},
		{"7", 0, UINT64_MAX, 0, 7},
		{"4097", 0, UINT64_MAX, 0, 4097},
		{"0x1001", 0, UINT64_MAX, 0, 0x1001},
		{"0X1001", 0, UINT64_MAX, 0, 0x1001},
		{"0xabcdef", 0, UINT64_MAX, 0, 0xabcdef},
		{"0XABCDEF", 0, UINT64_MAX, 0, 0xabcdef},
		{"0x0", 0, UINT64_MAX, 0, 0},
	};

	(void)state;
	check_numbers(rows, COUNT_OF(rows));
}

static void a_size_may_have_a_unit(void **state)
{
	static const struct number_row rows[] = {
		{"0", 0, UINT64_MAX, 0, 0},
		{"672", 0, UINT64_MAX, 0, 672},
		{"0x2a0", 0, UINT64_MAX, 0, 672},
		{"0K", 0, UINT64_MAX, 0, 0},
		{"1K", 0, UINT64_MAX, 0, 1024},
		{"1k", 0, UINT64_MAX, 0, 1024},
		{"1M", 0, UINT64_MAX, 0, 1048576},
		{"1G", 0, UINT64_MAX, 0, 1073741824},
		{"64K", 65536, 1 << 30, 0, 65536},
		{"0x40K", 65536, 1 << 30, 0, 65536},
		{"010K", 0, UINT64_MAX, 0, 10240},
		{"000000000000000000000000000000000064K", 0, UINT64_MAX, 0, 65536},
		{"0x00000000000000000000000000000000040K", 0, UINT64_MAX, 0, 65536},
		{"18014398509481983K", 0, UINT64_MAX, 0, UINT64_MAX - 1023},
		{"17179869183G", 0, UINT64_MAX, 0, UINT64_MAX - 1073741823},
	};

	(void)state;
	check_sizes(rows, COUNT_OF(rows));
}

static void a_size_outside_the_range_is_erange(void **state)
{
	static const struct number_row rows[] = {
		{"63K", 65536, 1 << 30, -ERANGE, UNTOUCHED},
		{"1G", 65536, 1 << 30, 0, 1 << 30},
		{"1073741825", 65536, 1 << 30, -ERANGE, UNTOUCHED},
		{"1025M", 65536, 1 << 30, -ERANGE, UNTOUCHED},
		{"2G", 65536, 1 << 30, -ERANGE, UNTOUCHED},
		{"0K", 1, UINT64_MAX, -ERANGE, UNTOUCHED},
		/* 1 KiB, 1 MiB and 1 GiB more than 64 bits hold, and twice as much. */
		{"18014398509481984K", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"18014398509481985K", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"17592186044416M", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"17179869184G", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"17179869185G", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"36028797018963968K", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"18446744073709551616", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"99999999999999999999999999999999999999999K", 0, UINT64_MAX, -ERANGE,
		 UNTOUCHED},
	};

	(void)state;
	check_sizes(rows, COUNT_OF(rows));
}

static void what_is_not_a_size_is_einval(void **state)
{
	static const char *const texts[] = {
		"",    "K",    "M",    "G",   "0x",   "0xK", "1t",  "1kk", "1Kk",
		"1T",  "1KB",  "1KK",  "1KM", "K1",   "1 K", " 1K", "1K ", "-1K",
		"+1K", "1.5K", "1,5K", "1K1", "1e3K", "xK",  "µK",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct number_row row = {texts[i], 0, UINT64_MAX, -EINVAL, UNTOUCHED};

		check_sizes(&row, 1);
	}
}

static void a_leading_zero_is_never_octal(void **state)
{
	static const struct number_row rows[] = {
		{"010", 0, UINT64_MAX, 0, 10},	   {"00", 0, UINT64_MAX, 0, 0},
		{"08", 0, UINT64_MAX, 0, 8},	   {"0000000672", 0, UINT64_MAX, 0, 672},
		{"0x010", 0, UINT64_MAX, 0, 0x10},
	};

	(void)state;
	check_numbers(rows, COUNT_OF(rows));
}

static void what_is_not_a_number_is_einval(void **state)
{
	static const char *const texts[] = {
		"",	"0x",	 "0X",	 "x",	  "x1",	      "0xg",   "1.5",	" 1",
		"1 ",	"\t1",	 "1\n",	 "+1",	  "-1",	      "-0",    "+0",	"0x-1",
		"0x 1", "0x0x1", "1e3",	 "1a",	  "ff",	      "1,000", "1_000", "0b11",
		"1k",	"--1",	 "00x1", "1\xb2", "\xd9\xa1", ".",     ":",	"/",
		"0/",	"@",	 "0x@",	 "0x`",	  "0xG",      "9:",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct number_row row = {texts[i], 0, UINT64_MAX, -EINVAL, UNTOUCHED};

		check_numbers(&row, 1);
	}
}

static void a_number_outside_the_range_is_erange(void **state)
{
	static const struct number_row rows[] = {
		{"47", 48, 65535, -ERANGE, UNTOUCHED},
		{"48", 48, 65535, 0, 48},
		{"65535", 48, 65535, 0, 65535},
		{"65536", 48, 65535, -ERANGE, UNTOUCHED},
		{"0", 1, 1, -ERANGE, UNTOUCHED},
		{"1", 1, 1, 0, 1},
		{"2", 1, 1, -ERANGE, UNTOUCHED},
		{"0", 0, 0, 0, 0},
	};

	(void)state;
	check_numbers(rows, COUNT_OF(rows));
}

static void two_to_the_64th_overflows(void **state)
{
	static const struct number_row rows[] = {
		{"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"18446744073709551617", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"18446744073709552288", 0, UINT64_MAX, -ERANGE, UNTOUCHED}, /* + 672 */
		{"99999999999999999999999999", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"0xffffffffffffffff", 0, UINT64_MAX, 0, UINT64_MAX},
		{"0x10000000000000000", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"0x100000000000002a0", 0, 65535, -ERANGE, UNTOUCHED},
		{"000000000000000000000000000000000001", 0, UINT64_MAX, 0, 1},
		{"0x000000000000000000000000000000001", 0, UINT64_MAX, 0, 1},
	};

	(void)state;
	check_numbers(rows, COUNT_OF(rows));
}

static void garbage_after_an_overflow_is_still_einval(void **state)
{
	static const struct number_row rows[] = {
		{"99999999999999999999x", 0, UINT64_MAX, -EINVAL, UNTOUCHED},
		{"0x10000000000000000 ", 0, UINT64_MAX, -EINVAL, UNTOUCHED},
		{"70000k", 0, 65535, -EINVAL, UNTOUCHED},
	};

	(void)state;
	check_numbers(rows, COUNT_OF(rows));
}

static void every_16_bit_number_survives_printing_and_parsing(void **state)
{
	(void)state;
	for (unsigned int number = 0; number <= UINT16_MAX; number++) {
		char texts[5][16];

		snprintf(texts[0], 16, "%u", number);
		snprintf(texts[1], 16, "0x%x", number);
		snprintf(texts[2], 16, "0X%X", number);
		snprintf(texts[3], 16, "0x%04X", number);
		snprintf(texts[4], 16, "0%u", number);
		for (size_t i = 0; i < COUNT_OF(texts); i++) {
			struct number_row row = {texts[i], 0, UINT16_MAX, 0, number};

			check_numbers(&row, 1);
		}
	}
}

static void an_address_is_kept_little_endian(void **state)
{
	static const uint8_t expected[] = {0xAB, 0x89, 0x67, 0x45, 0x23, 0x01};
	static const char *const texts[] = {"01:23:45:67:89:AB", "01:23:45:67:89:ab",
					    "01:23:45:67:89:aB"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		bdaddr_t address = {{0}};

		assert_int_equal(parse_address(texts[i], &address), 0);
		assert_memory_equal(&address, expected, sizeof(expected));
	}
}

static const char *const bad_addresses[] = {
	"",
	"0",
	"01:23:45:67:89",
	"01:23:45:67:89:",
	"01:23:45:67:89:A",
	"01:23:45:67:89:G0",
	"01-23-45-67-89-AB",
	"0123456789AB",
	"1:23:45:67:89:AB:",
	" 1:23:45:67:89:AB",
	"+1:23:45:67:89:AB",
	"0x:23:45:67:89:AB",
	"01:23:45:67:89 AB",
	"hci0",
	":::::::::::::::::",
};

static void what_is_not_a_address_is_einval(void **state)
{
	static const char *const too_long[] = {
		"01:23:45:67:89:ABC", "01:23:45:67:89:AB ",
		"01:23:45:67:89:AB:", "01:23:45:67:89:AB:CD", "01:23:45:67:89:AB:0x1001"};
	static const bdaddr_t untouched = {{1, 2, 3, 4, 5, 6}};
	bdaddr_t address = untouched;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad_addresses); i++)
		assert_int_equal(parse_address(bad_addresses[i], &address), -EINVAL);
	for (size_t i = 0; i < COUNT_OF(too_long); i++)
		assert_int_equal(parse_address(too_long[i], &address), -EINVAL);
	assert_memory_equal(&address, &untouched, sizeof(address));
}

static void a_psm_is_odd_with_an_even_upper_byte(void **state)
{
	unsigned int valid = 0;

	(void)state;
	for (unsigned int psm = 0; psm <= UINT16_MAX; psm++) {
		bool expected = psm % 2 == 1 && (psm / 256) % 2 == 0;

		assert_int_equal(psm_is_valid(psm, false), expected);
		valid += expected;
	}
	assert_int_equal(valid, 65536 / 4);
	assert_true(psm_is_valid(0x0001, false));
	assert_true(psm_is_valid(0x1001, false));
	assert_true(psm_is_valid(0xFEFF, false));
	assert_false(psm_is_valid(0x1101, false));
	assert_false(psm_is_valid(0x8FFF, false));  /* named by the design */
	assert_false(psm_is_valid(0x11001, false)); /* 0x1001 in 16 bits */
	assert_false(psm_is_valid(UINT64_MAX, false));
}

static void a_psm_is_read_strictly(void **state)
{
	uint16_t psm = UNTOUCHED;

	(void)state;
	assert_int_equal(parse_psm("0", false, &psm), -ERANGE);
	assert_int_equal(parse_psm("0x1002", false, &psm), -ERANGE);
	assert_int_equal(parse_psm("0x1101", false, &psm), -ERANGE);
	assert_int_equal(parse_psm("0x11001", false, &psm), -ERANGE);
	assert_int_equal(parse_psm("18446744073709555713", false, &psm), -ERANGE);
	assert_int_equal(parse_psm("", false, &psm), -EINVAL);
	assert_int_equal(parse_psm("0x", false, &psm), -EINVAL);
	assert_int_equal(parse_psm("4097 ", false, &psm), -EINVAL);
	assert_int_equal(parse_psm("-4097", false, &psm), -EINVAL);
	assert_int_equal(psm, UNTOUCHED);
	assert_int_equal(parse_psm("4097", false, &psm), 0);
	assert_int_equal(psm, 0x1001);
	assert_int_equal(parse_psm("0x1003", false, &psm), 0);
	assert_int_equal(psm, 0x1003);
	assert_int_equal(parse_psm("04097", false, &psm), 0); /* not octal */
	assert_int_equal(psm, 4097);
}

static void a_destination_may_name_a_psm(void **state)
{
	static const uint8_t expected[] = {0xAB, 0x89, 0x67, 0x45, 0x23, 0x01};
	bdaddr_t address = {{0}};
	uint16_t psm = UNTOUCHED;
	bool has_psm = false;

	(void)state;
	assert_int_equal(parse_destination("01:23:45:67:89:AB:0x1001", false, &address,
					   &psm, &has_psm),
			 0);
	assert_true(has_psm);
	assert_int_equal(psm, 0x1001);
	assert_memory_equal(&address, expected, sizeof(expected));
	assert_int_equal(parse_destination("01:23:45:67:89:AB:4099", false, &address,
					   &psm, &has_psm),
			 0);
	assert_true(has_psm);
	assert_int_equal(psm, 4099);
}

static void a_destination_may_leave_the_psm_out(void **state)
{
	static const uint8_t expected[] = {0xAB, 0x89, 0x67, 0x45, 0x23, 0x01};
	bdaddr_t address = {{0}};
	uint16_t psm = UNTOUCHED;
	bool has_psm = true;

	(void)state;
	assert_int_equal(
		parse_destination("01:23:45:67:89:ab", false, &address, &psm, &has_psm),
		0);
	assert_false(has_psm);
	assert_int_equal(psm, UNTOUCHED);
	assert_memory_equal(&address, expected, sizeof(expected));
}

static void check_bad_destination(const char *text, int expected)
{
	static const bdaddr_t untouched = {{1, 2, 3, 4, 5, 6}};
	bdaddr_t address = untouched;
	uint16_t psm = UNTOUCHED;
	bool has_psm = true;
	int result = parse_destination(text, false, &address, &psm, &has_psm);

	if (result != expected)
		fail_msg("parse_destination('%s'): %d, not %d", text, result, expected);
	assert_memory_equal(&address, &untouched, sizeof(address));
	assert_int_equal(psm, UNTOUCHED);
	assert_true(has_psm);
}

static void a_bad_destination_leaves_all_results_untouched(void **state)
{
	static const char *const bad_psms[] = {
		"01:23:45:67:89:AB:",	    "01:23:45:67:89:AB:0",
		"01:23:45:67:89:AB:0x1002", "01:23:45:67:89:AB: 4097",
		"01:23:45:67:89:AB:4097 ",  "01:23:45:67:89:AB:+4097",
		"01:23:45:67:89:AB::4097",  "01:23:45:67:89:AB:0x11001",
		"01:23:45:67:89:AB:psm",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad_addresses); i++)
		check_bad_destination(bad_addresses[i], -EINVAL);
	check_bad_destination("01:23:45:67:89:ABC", -EINVAL);
	check_bad_destination("01:23:45:67:89:AB/4097", -EINVAL);
	check_bad_destination("01:23:45:67:89:AB 4097", -EINVAL);
	check_bad_destination("01:23:45:67:89:4097", -EINVAL);
	for (size_t i = 0; i < COUNT_OF(bad_psms); i++)
		check_bad_destination(bad_psms[i], -ERANGE);
}

/* --- seconds ------------------------------------------------------------------------ */

struct seconds_row {
	const char *text;
	unsigned int maximum;
	int result;
	unsigned int value;
};

static void check_seconds(const struct seconds_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned int value = UNTOUCHED;
		int result = parse_milliseconds(rows[i].text, rows[i].maximum, &value);

		if (result != rows[i].result || value != rows[i].value)
			fail_msg("parse_milliseconds('%s', %u): %d, %u; not %d, %u",
				 rows[i].text, rows[i].maximum, result, value,
				 rows[i].result, rows[i].value);
	}
}

static void seconds_may_have_three_digits_after_a_point(void **state)
{
	static const struct seconds_row rows[] = {
		{"0", 3600000, 0, 0},
		{"1", 3600000, 0, 1000},
		{"0.5", 3600000, 0, 500},
		{"0.25", 3600000, 0, 250},
		{"0.001", 3600000, 0, 1},
		{"1.020", 3600000, 0, 1020},
		{"12.3", 3600000, 0, 12300},
		{"010.010", 3600000, 0, 10010},
		{"3600", 3600000, 0, 3600000},
		{"3599.999", 3600000, 0, 3599999},
		{"3600.000", 3600000, 0, 3600000},
		{"1.5", 1500, 0, 1500},
		{"000000000000000000000000000000001.5", 1500, 0, 1500},
	};

	(void)state;
	check_seconds(rows, COUNT_OF(rows));
}

static void seconds_above_the_maximum_are_erange(void **state)
{
	static const struct seconds_row rows[] = {
		{"3600.001", 3600000, -ERANGE, UNTOUCHED},
		{"3601", 3600000, -ERANGE, UNTOUCHED},
		{"3601.0", 3600000, -ERANGE, UNTOUCHED},
		{"1.501", 1500, -ERANGE, UNTOUCHED},
		{"2", 1500, -ERANGE, UNTOUCHED},
		{"0.001", 0, -ERANGE, UNTOUCHED},
		/* Just above what 32 bits hold, as seconds and as milliseconds. */
		{"4294967296", UINT32_MAX, -ERANGE, UNTOUCHED},
		{"4294967.296", UINT32_MAX, -ERANGE, UNTOUCHED},
		{"4294967.295", UINT32_MAX, 0, UINT32_MAX},
		{"18446744073709551616", 3600000, -ERANGE, UNTOUCHED},
		{"18446744073709551616.5", 3600000, -ERANGE, UNTOUCHED},
	};

	(void)state;
	check_seconds(rows, COUNT_OF(rows));
}

static void what_are_not_seconds_is_einval(void **state)
{
	static const char *const texts[] = {"",
					    ".",
					    ".5",
					    "5.",
					    "1.2.3",
					    "1..2",
					    "1.0000",
					    "1.5s",
					    "1s",
					    "-1",
					    "-0.5",
					    "+1",
					    "1.-5",
					    "1.+5",
					    " 1",
					    "1 ",
					    "1. 5",
					    "1.5 ",
					    "1,5",
					    "1e3",
					    "1.e3",
					    "0x1",
					    "0X1",
					    "0x1.5",
					    "1.0x1",
					    "x",
					    "1.x",
					    "0.12a",
					    "inf",
					    "nan",
					    "1.\xff",
					    "1/2",
					    "1:30",
					    "0.1.",
					    "..",
					    "5.0000000000000000000000000000001",
					    "99999999999999999999x"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct seconds_row row = {texts[i], 3600000, -EINVAL, UNTOUCHED};

		check_seconds(&row, 1);
	}
}

static void every_millisecond_survives_printing_and_parsing(void **state)
{
	(void)state;
	for (unsigned int expected = 0; expected <= 12345; expected++) {
		unsigned int value = UNTOUCHED;
		char text[32];

		snprintf(text, sizeof(text), "%u.%03u", expected / 1000, expected % 1000);
		assert_int_equal(parse_milliseconds(text, 12345, &value), 0);
		assert_int_equal(value, expected);
	}
}

static void a_part_of_a_text_is_read_up_to_its_end(void **state)
{
	static const char text[] = "12..0x34:5";
	uint64_t value = UNTOUCHED;

	(void)state;
	assert_int_equal(parse_number_up_to(text, text + 2, 0, 99, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(parse_number_up_to(text + 4, text + 8, 0, 99, &value), 0);
	assert_int_equal(value, 0x34);
	assert_int_equal(parse_number_up_to(text, text + 3, 0, 99, &value), -EINVAL);
	assert_int_equal(parse_number_up_to(text, text, 0, 99, &value), -EINVAL);
	assert_int_equal(parse_number_up_to(text + 4, text + 6, 0, 99, &value), -EINVAL);
	assert_int_equal(parse_number_up_to(text, text + 2, 0, 11, &value), -ERANGE);
	assert_int_equal(value, 0x34);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_number_is_decimal_or_hexadecimal_after_0x),
		TEST(a_size_may_have_a_unit),
		TEST(a_size_outside_the_range_is_erange),
		TEST(what_is_not_a_size_is_einval),
		TEST(a_leading_zero_is_never_octal),
		TEST(what_is_not_a_number_is_einval),
		TEST(a_number_outside_the_range_is_erange),
		TEST(two_to_the_64th_overflows),
		TEST(garbage_after_an_overflow_is_still_einval),
		TEST(every_16_bit_number_survives_printing_and_parsing),
		TEST(seconds_may_have_three_digits_after_a_point),
		TEST(seconds_above_the_maximum_are_erange),
		TEST(what_are_not_seconds_is_einval),
		TEST(every_millisecond_survives_printing_and_parsing),
		TEST(a_part_of_a_text_is_read_up_to_its_end),
		TEST(an_address_is_kept_little_endian),
		TEST(what_is_not_a_address_is_einval),
		TEST(a_psm_is_odd_with_an_even_upper_byte),
		TEST(a_psm_is_read_strictly),
		TEST(a_destination_may_name_a_psm),
		TEST(a_destination_may_leave_the_psm_out),
		TEST(a_bad_destination_leaves_all_results_untouched),
	};

	return RUN_TESTS(tests);
}
