// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit_test.h"

#include <math.h>
#include <string.h>

#include "report/json_line.h"

static struct json_line line;

static void write_fields(const struct field *fields)
{
	json_line_start(&line);
	for (; fields->name; fields++)
		json_line_add(&line, fields);
	json_line_end(&line);
	assert_true(line.length <= JSON_LINE_SIZE);
}

static void check_line(const struct field *fields, const char *expected)
{
	write_fields(fields);
	if (line.length != strlen(expected) ||
	    memcmp(line.text, expected, line.length) != 0)
		fail_msg("%.*s instead of %s", (int)line.length, line.text, expected);
}

static void check_text(const char *text, const char *expected)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "{\"t\":\"%s\"}\n", expected);
	check_line(FIELDS(field_text("t", text)), whole);
}

static void check_real(double real, const char *expected)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "{\"r\":%s}\n", expected);
	check_line(FIELDS(field_real("r", real)), whole);
}

static void members_follow_one_another(void **state)
{
	(void)state;
	json_line_start(&line);
	json_line_end(&line);
	assert_memory_equal(line.text, "{}\n", 3);
	check_line(FIELDS(field_null("a"), field_flag("b", true), field_flag("c", false),
			  field_count("d", 0), field_text("e", ""),
			  field_text("f", NULL)),
		   "{\"a\":null,\"b\":true,\"c\":false,\"d\":0,\"e\":\"\",\"f\":null}\n");
}

static void counts_are_whole(void **state)
{
	(void)state;
	check_line(FIELDS(field_count("n", UINT64_MAX)),
		   "{\"n\":18446744073709551615}\n");
	check_line(FIELDS(field_known("n", 7)), "{\"n\":7}\n");
	check_line(FIELDS(field_known("n", 0)), "{\"n\":0}\n");
	check_line(FIELDS(field_known("n", -1)), "{\"n\":null}\n");
}

static void numbers_are_always_valid(void **state)
{
	(void)state;
	check_real(0, "0.000000");
	check_real(0.0000006, "0.000001");
	check_real(1.5, "1.500000");
	check_real(-2.25, "-2.250000");
	check_real(0.9999999, "1.000000");
	check_real(1700000000.123456, "1700000000.123456");
	check_real(4e9, "4000000000");
	check_real(1e15, "1000000000000000");
	check_real((double)NAN, "null");
	check_real((double)INFINITY, "null");
	check_real(-(double)INFINITY, "null");
	/* The longest one: 309 digits, and no exponent or point. */
	write_fields(FIELDS(field_real("r", -1.7976931348623157e308)));
	assert_int_equal(line.length, strlen("{\"r\":-}\n") + 309);
	assert_int_equal(strspn(line.text + strlen("{\"r\":-"), "0123456789"), 309);
}

static void quotes_and_backslashes_are_escaped(void **state)
{
	(void)state;
	check_text("say \"hi\"", "say \\\"hi\\\"");
	check_text("C:\\new", "C:\\\\new");
	check_text("\\\"", "\\\\\\\"");
	check_text("a/b", "a/b");
}

static void nothing_ends_the_line_or_steers_a_terminal(void **state)
{
	(void)state;
	check_text("a\nb\r\tc", "a\\u000Ab\\u000D\\u0009c");
	check_text("\x01\x1b[2J\x1f\x7f", "\\u0001\\u001B[2J\\u001F\\u007F");
	check_text(
		"\xc2\x80\xc2\x9b"
		"2J\xc2\x9f",
		"\\u0080\\u009B2J\\u009F");
	check_text("\xc2\xa0", "\xc2\xa0");
	check_text("\xe2\x80\xa8 \xe2\x80\xa9", "\\u2028 \\u2029");
	check_text("\xe2\x80\xa7\xe2\x80\xaa", "\xe2\x80\xa7\xe2\x80\xaa");
}

static void every_control_character_is_escaped(void **state)
{
	(void)state;
	for (unsigned int code = 1; code < ' '; code++) {
		char text[] = {(char)code, '\0'};
		char expected[16];

		snprintf(expected, sizeof(expected), "\\u%04X", code);
		check_text(text, expected);
	}
}

#define BAD "\xef\xbf\xbd"

static void utf8_passes_to_its_limits(void **state)
{
	static const char *const rows[] = {
		"\xc2\xa0",	    "\xdf\xbf",		"\xe0\xa0\x80",
		"\xed\x9f\xbf",	    "\xee\x80\x80",	"\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "gr\xc3\xbc\xc3\x9f",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_text(rows[i], rows[i]);
}

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"\x80", BAD},		       /* nothing to continue */
		{"\xbf-", BAD "-"},	       /* nor here */
		{"\xc2", BAD},		       /* cut short by the end */
		{"\xc2-", BAD "-"},	       /* by another character */
		{"\xe2\x82", BAD BAD},	       /* after two */
		{"\xf0\x9f\x98", BAD BAD BAD}, /* after three */
		{"\xf0\x9f\x98-", BAD BAD BAD "-"},
		{"\xc0\x80", BAD BAD},	       /* overlong NUL */
		{"\xc1\xbf", BAD BAD},	       /* overlong DEL */
		{"\xe0\x80\x8a", BAD BAD BAD}, /* overlong line break */
		{"\xe0\x9f\xbf", BAD BAD BAD}, /* the last overlong of three */
		{"\xf0\x8f\xbf\xbf", BAD BAD BAD BAD},
		{"\xed\xa0\x80", BAD BAD BAD},	       /* the first surrogate */
		{"\xed\xbf\xbf", BAD BAD BAD},	       /* the last */
		{"\xf4\x90\x80\x80", BAD BAD BAD BAD}, /* above U+10FFFF */
		{"\xf5\x80\x80\x80", BAD BAD BAD BAD},
		{"\xff\xfe", BAD BAD},
		{"\xe2\x80\xc2\xa0", BAD BAD "\xc2\xa0"}, /* a good one follows at once */
		{"\xc2\"", BAD "\\\""}, /* and does not swallow a quote */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_text(rows[i].text, rows[i].expected);
}

/* TIMES UNIT, in memory that ends after it. */
static char *repeated(const char *unit, size_t times)
{
	size_t length = strlen(unit);
	char *text = malloc(length * times + 1);

	assert_non_null(text);
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * length, unit, length);
	text[length * times] = '\0';
	return text;
}

/* Whatever its characters take, a text that is too long is cut between two of them, and
 * what follows has no room or is whole. */
static void a_text_that_is_too_long_is_cut(void **state)
{
	static const char *const units[] = {
		"x", "\n", "\"", "\xff", "\xf0\x9f\x98\x80", "\xe2\x82\xac", "\xc3\xbc"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		char *text = repeated(units[i], JSON_LINE_SIZE);
		static const char end[] = "\xe2\x80\xa6\"}\n";
		size_t behind = sizeof(end) - 1;

		write_fields(FIELDS(field_text("t", text), field_count("status", 5),
				    field_text("hint", "none")));
		assert_true(line.length > JSON_LINE_SIZE - 16);
		assert_memory_equal(line.text + line.length - behind, end, behind);
		free(text);
	}
}

/* With every length up to the end of the room: a member is whole, cut or not there. */
static void what_does_not_fit_is_left_out_whole(void **state)
{
	static const struct field last[] = {
		{.name = "status", .type = FIELD_COUNT, .count = 123456},
		{.name = "flag", .type = FIELD_FLAG, .flag = true},
		{.name = "none", .type = FIELD_NULL},
		{.name = "real", .type = FIELD_REAL, .real = 1234.5},
	};
	static const char *const texts[] = {"\"status\":123456", "\"flag\":true",
					    "\"none\":null", "\"real\":1234.500000"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(last); i++) {
		for (size_t room = 0; room < 32; room++) {
			char *text = repeated("x", JSON_LINE_SIZE - 16 - room);
			char tail[64];

			write_fields(FIELDS(field_text("t", text), last[i]));
			snprintf(tail, sizeof(tail), "x\",%s}\n", texts[i]);
			if (memcmp(line.text + line.length - strlen(tail), tail,
				   strlen(tail)) != 0)
				assert_memory_equal(line.text + line.length - 4, "x\"}\n",
						    4);
			free(text);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(members_follow_one_another),
		TEST(counts_are_whole),
		TEST(numbers_are_always_valid),
		TEST(quotes_and_backslashes_are_escaped),
		TEST(nothing_ends_the_line_or_steers_a_terminal),
		TEST(every_control_character_is_escaped),
		TEST(utf8_passes_to_its_limits),
		TEST(bytes_that_are_not_utf8_are_replaced),
		TEST(a_text_that_is_too_long_is_cut),
		TEST(what_does_not_fit_is_left_out_whole),
	};

	return RUN_TESTS(tests);
}
