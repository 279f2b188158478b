// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines that are refused. */
#include "unit_test.h"

#include <stdio.h>
#include <string.h>

#include "parsed_options.h"

struct refused_row {
	const char *argument;
	const char *option; /* how the message names it */
	const char *value;
	const char *range; /* words of what it may be */
};

static void check_refused(const struct refused_row *row)
{
	struct parsed parsed;

	PARSE(&parsed, row->argument);
	assert_refused(&parsed);
	assert_names(&parsed, row->option);
	assert_names(&parsed, row->value);
	assert_names(&parsed, row->range);
	forget(&parsed);
}

static void a_wrong_number_is_told_with_option_value_and_range(void **state)
{
	static const struct {
		const char *option, *lowest, *highest, *below, *above;
	} options[] = {
		{"--mtu", "48", "65535", "47", "65536"},
		{"--sdu-size", "1", "65535", "0", "65536"},
		{"--generate", "0 (without end)", "4294967295", "-0", "4294967296"},
		{"--idle-timeout", "1", "86400", "0", "86401"},
		{"--level", "3", "9", "2", "10"},
	};
	static const char *const wrong[] = {"",	  " 50", "50 ", "+5",
					    "-5", "5.0", "0x",	"5k",
					    "x",  "1e1", "5,",	"18446744073709551666"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		char range[64];

		snprintf(range, sizeof(range), "from %s to %s", options[i].lowest,
			 options[i].highest);
		for (size_t k = 0; k < COUNT_OF(wrong) + 2; k++) {
			const char *text = k < COUNT_OF(wrong)	? wrong[k]
					 : k == COUNT_OF(wrong) ? options[i].below
								: options[i].above;
			char argument[64];
			char value[64];

			snprintf(argument, sizeof(argument), "%s=%s", options[i].option,
				 text);
			snprintf(value, sizeof(value), "'%s'", text);
			check_refused(&(struct refused_row){argument, options[i].option,
							    value, range});
		}
	}
}

static void a_wrong_psm_is_told_with_what_a_psm_is(void **state)
{
	static const char *const wrong[] = {
		"",	   "2",	 "0x1002", "0x1101", "0x8FFF", "65535", "65536",
		"0x11001", "-1", " 1",	   "0x",     "psm",    "4097x", "1.0"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		char argument[64];
		char value[64];

		snprintf(argument, sizeof(argument), "--psm=%s", wrong[i]);
		snprintf(value, sizeof(value), "'%s'", wrong[i]);
		check_refused(&(struct refused_row){argument, "--psm", value,
						    "0x0001 to 0xFEFF"});
	}
}

static void a_wrong_name_is_told_with_the_right_ones(void **state)
{
	static const struct refused_row rows[] = {
		{"--mode=", "--mode", "''", "auto, basic, ertm, streaming or ecred"},
		{"--mode=ERTM", "--mode", "'ERTM'",
		 "auto, basic, ertm, streaming or ecred"},
		{"--mode=3", "--mode", "'3'", "auto, basic, ertm, streaming or ecred"},
		{"--adapter=", "--adapter", "''", "hciN"},
		{"--adapter=hci", "--adapter", "'hci'", "hciN"},
		{"--adapter=hci00", "--adapter", "'hci00'", "hciN"},
		{"--adapter=hci0x1", "--adapter", "'hci0x1'", "hciN"},
		{"--adapter=hci01", "--adapter", "'hci01'", "hciN"},
		{"--adapter=hci65536", "--adapter", "'hci65536'", "hciN"},
		{"--adapter=hci-1", "--adapter", "'hci-1'", "hciN"},
		{"--adapter=hci1 ", "--adapter", "'hci1 '", "hciN"},
		{"--adapter=eth0", "--adapter", "'eth0'", "hciN"},
		{"--adapter=01:23:45:67:89", "--adapter", "'01:23:45:67:89'", "hciN"},
		{"--adapter=01:23:45:67:89:AB:1", "--adapter", "'01:23:45:67:89:AB:1'",
		 "hciN"},
		{"--format=", "--format", "''", "raw, lines or hex"},
		{"--format=HEX", "--format", "'HEX'", "raw, lines or hex"},
		{"--format=line", "--format", "'line'", "raw, lines or hex"},
		{"--send=", "--send", "''", "empty"},
		{"--output=", "--output", "''", "empty"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_refused(&rows[i]);
}

static void a_wrong_row_of_sizes_is_told_with_its_form(void **state)
{
	static const char *const rows[] = {"0..5",   "5..4",  "1..65536", "1..", "..5",
					   "1..5:0", "1..5:", "1:5",	  "1-5"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char argument[64];
		char value[64];

		snprintf(argument, sizeof(argument), "--sdu-size=%s", rows[i]);
		snprintf(value, sizeof(value), "'%s'", rows[i]);
		check_refused(&(struct refused_row){argument, "--sdu-size", value,
						    "from 1 to 65535, or a row of them: "
						    "MIN..MAX or MIN..MAX:STEP"});
	}
}

static void a_wrong_interval_is_told_with_its_range(void **state)
{
	static const char *const rows[] = {"",	 "-1", "3600.001", "3601", "1.",
					   ".5", "1s", "0.0001",   "1e1",  "0x1"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char argument[64];
		char value[64];

		snprintf(argument, sizeof(argument), "--interval=%s", rows[i]);
		snprintf(value, sizeof(value), "'%s'", rows[i]);
		check_refused(&(struct refused_row){argument, "--interval", value,
						    "seconds from 0 to 3600, with up to "
						    "three digits behind a point"});
	}
}

/* What each alone may be, and together is nothing. */
static void what_is_made_excludes_what_is_read(void **state)
{
	static const struct {
		const char *first, *second, *told;
	} rows[] = {
		{"--generate=5", "--send=x", "--send: 'x' and --generate exclude each"},
		{"--send=x", "--generate=5", "--send: 'x' and --generate exclude each"},
		{"--generate=5", "--sdu-size=5", "--sdu-size: 5 is too small for --gen"},
		{"--generate=5", "--sdu-size=5..9", "--sdu-size: 5 is too small"},
		{"-v", "--sdu-size=1..9", "--sdu-size: a row of sizes is for SDUs that"},
		{"--format=hex", "--sdu-size=9",
		 "--sdu-size has no effect with --format=hex"},
		{"-b9", "--format=lines", "--sdu-size has no effect with --format=lines"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct parsed parsed;

		PARSE(&parsed, rows[i].first, rows[i].second);
		assert_refused(&parsed);
		assert_names(&parsed, rows[i].told);
		forget(&parsed);
	}
}

static void an_option_that_nobody_has_is_told(void **state)
{
	static const char *const rows[] = {"--no-such-option", "-Z", "--mtux=50"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct parsed parsed;

		PARSE(&parsed, rows[i]);
		assert_refused(&parsed);
		assert_names(&parsed, i == 1 ? "-Z" : i == 2 ? "--mtux" : rows[i]);
		forget(&parsed);
	}
}

static void an_option_without_its_argument_is_told(void **state)
{
	static const char *const rows[] = {"--mtu", "-m",	  "--send",
					   "-w",    "--level",	  "--format",
					   "-F",    "--generate", "--interval"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct parsed parsed;

		PARSE(&parsed, rows[i]);
		assert_refused(&parsed);
		assert_names(&parsed, rows[i]);
		forget(&parsed);
	}
}

static void a_flag_with_an_argument_is_told(void **state)
{
	static const char *const rows[] = {"--verbose=1", "--quiet=yes", "--shout=1",
					   "--verify=1", "--json=1"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct parsed parsed;
		char name[32];

		PARSE(&parsed, rows[i]);
		assert_refused(&parsed);
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(rows[i], "="), rows[i]);
		assert_names(&parsed, name);
		forget(&parsed);
	}
}

static void an_argument_too_many_is_told(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "first", "second", "third one");
	assert_refused(&parsed);
	assert_names(&parsed, "'third one'");
	forget(&parsed);
	parse_with(&parsed, 0, (const char *const[]){"stray", NULL});
	assert_refused(&parsed);
	assert_names(&parsed, "'stray'");
	forget(&parsed);
}

static void the_first_wrong_option_ends_it(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--mtu=1", "--sdu-size=0", "--shout");
	assert_refused(&parsed);
	assert_names(&parsed, "--mtu");
	assert_null(strstr(parsed.errors, "--sdu-size"));
	assert_int_equal(parsed.own.calls, 0);
	assert_int_equal(parsed.common.channel.mtu, 672);
	forget(&parsed);
}

/* A diagnostic is one line that starts with the program's name, whatever is in it. */
static void a_value_with_a_line_break_stays_on_its_line(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--mtu=1\n2");
	assert_refused(&parsed);
	forget(&parsed);
}

static void a_long_value_does_not_hide_the_range(void **state)
{
	struct parsed parsed;
	char argument[3000];

	(void)state;
	memset(argument, '9', sizeof(argument));
	memcpy(argument, "--mtu=", 6);
	argument[sizeof(argument) - 1] = '\0';
	PARSE(&parsed, argument);
	assert_refused(&parsed);
	assert_names(&parsed, "--mtu");
	assert_names(&parsed, "from 48 to 65535");
	forget(&parsed);
}

static void a_long_option_does_not_hide_what_is_wrong(void **state)
{
	struct parsed parsed;
	char option[3000];

	(void)state;
	memset(option, '-', sizeof(option));
	option[sizeof(option) - 1] = '\0';
	PARSE(&parsed, option);
	assert_refused(&parsed);
	assert_names(&parsed, "...: unknown option");
	forget(&parsed);
	memcpy(option, "--quiet=", 8);
	PARSE(&parsed, option);
	assert_refused(&parsed);
	assert_names(&parsed, "...: option does not take an argument");
	forget(&parsed);
}

static void a_lack_of_memory_is_not_called_a_wrong_command_line(void **state)
{
	(void)state;
	for (int left = 0; left < 4; left++) {
		struct parsed parsed;

		strdups_left = left;
		PARSE(&parsed, "--adapter=hci0", "--send=a", "--output=b", "c", "d");
		if (parsed.result) {
			assert_int_equal(parsed.status, STATUS_LOCAL_FAILURE);
			assert_names(&parsed, "Cannot allocate memory");
		} else {
			assert_string_equal(parsed.common.transfer.send_file, "a");
			assert_string_equal(parsed.line.positional[1], "d");
		}
		strdups_left = -1;
		forget(&parsed);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_wrong_number_is_told_with_option_value_and_range),
		TEST(a_wrong_psm_is_told_with_what_a_psm_is),
		TEST(a_wrong_name_is_told_with_the_right_ones),
		TEST(a_wrong_row_of_sizes_is_told_with_its_form),
		TEST(a_wrong_interval_is_told_with_its_range),
		TEST(what_is_made_excludes_what_is_read),
		TEST(an_option_that_nobody_has_is_told),
		TEST(an_option_without_its_argument_is_told),
		TEST(a_flag_with_an_argument_is_told),
		TEST(an_argument_too_many_is_told),
		TEST(the_first_wrong_option_ends_it),
		TEST(a_value_with_a_line_break_stays_on_its_line),
		TEST(a_long_value_does_not_hide_the_range),
		TEST(a_long_option_does_not_hide_what_is_wrong),
		TEST(a_lack_of_memory_is_not_called_a_wrong_command_line),
	};

	return RUN_TESTS(tests);
}
