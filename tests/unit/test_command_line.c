// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines that are taken. */
#include "unit_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "parsed_options.h"

/* --- what is taken ------------------------------------------------------------------ */

static void without_options_the_defaults_hold(void **state)
{
	struct parsed parsed;

	(void)state;
	parse_with(&parsed, 0, (const char *const[]){NULL});
	assert_taken(&parsed);
	assert_int_equal(parsed.common.channel.psm, 0x1001);
	assert_false(parsed.common.psm_given);
	assert_int_equal(parsed.common.channel.mtu, 672);
	assert_int_equal(parsed.common.channel.mode, MODE_AUTO);
	assert_null(parsed.common.adapter);
	assert_null(parsed.common.transfer.message);
	assert_null(parsed.common.transfer.send_file);
	assert_null(parsed.common.transfer.output_file);
	assert_int_equal(parsed.common.transfer.sdu_sizes.minimum, 0);
	assert_int_equal(parsed.common.transfer.format, FORMAT_RAW);
	assert_int_equal(parsed.common.transfer.interval_ms, 0);
	assert_false(parsed.common.interval_given);
	assert_false(parsed.common.transfer.generate);
	assert_false(parsed.common.transfer.verify);
	assert_false(parsed.common.report.json);
	assert_int_equal(parsed.common.transfer.idle_timeout_s, 0);
	assert_int_equal(parsed.common.transfer.read_ahead, 64 << 20);
	assert_int_equal(parsed.common.report.verbosity, VERBOSITY_NORMAL);
	assert_non_null(parsed.line.positional);
	assert_null(parsed.line.positional[0]);
	assert_int_equal(parsed.own.calls, 0);
	forget(&parsed);
}

static void check_all_options(struct parsed *parsed)
{
	assert_taken(parsed);
	assert_string_equal(parsed->common.adapter, "hci1");
	assert_int_equal(parsed->common.channel.psm, 0x1003);
	assert_true(parsed->common.psm_given);
	assert_int_equal(parsed->common.channel.mtu, 1000);
	assert_int_equal(parsed->common.channel.mode, MODE_ERTM);
	assert_string_equal(parsed->common.transfer.send_file, "in");
	assert_string_equal(parsed->common.transfer.output_file, "out");
	assert_int_equal(parsed->common.transfer.sdu_sizes.minimum, 100);
	assert_int_equal(parsed->common.transfer.idle_timeout_s, 5);
	assert_int_equal(parsed->common.report.verbosity, VERBOSITY_VERBOSE);
	forget(parsed);
}

static void each_option_has_a_long_and_a_short_name(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--adapter=hci1", "--psm=0x1003", "--mtu=1000", "--mode=ertm",
	      "--send=in", "--output=out", "--sdu-size=100", "--idle-timeout=5",
	      "--verbose");
	check_all_options(&parsed);
	PARSE(&parsed, "-ihci1", "-p0x1003", "-m1000", "-Mertm", "-sin", "-oout", "-b100",
	      "-w5", "-v");
	check_all_options(&parsed);
	PARSE(&parsed, "--adapter", "hci1", "-p", "4099", "--mtu", "0x3E8", "-M", "ertm",
	      "-vsin", "-o", "out", "-b", "0x64", "-w5");
	check_all_options(&parsed);
}

/* Also of a mistake before it, as popt has not seen it by then; but not behind --. */
static void json_tells_mistakes_as_json_wherever_it_stands(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--mtu=1", "--json");
	assert_int_equal(parsed.status, STATUS_USAGE);
	assert_memory_equal(parsed.errors, "{\"program\":\"prog\",", 18);
	forget(&parsed);
	PARSE(&parsed, "--json", "--fcs=off", "--mode=basic");
	assert_int_equal(parsed.status, STATUS_USAGE);
	assert_memory_equal(parsed.errors, "{\"program\":\"prog\",", 18);
	forget(&parsed);
	PARSE(&parsed, "--mtu=1", "--", "--json");
	assert_memory_equal(parsed.errors, "prog: --mtu: ", 13);
	forget(&parsed);
}

static void json_as_a_value_is_no_option(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--send", "--json");
	assert_int_equal(parsed.result, 0);
	assert_false(parsed.common.report.json);
	assert_string_equal(parsed.common.transfer.send_file, "--json");
	forget(&parsed);
	PARSE(&parsed, "--json", "--quiet");
	assert_int_equal(parsed.result, 0);
	assert_true(parsed.common.report.json);
	assert_int_equal(parsed.common.report.verbosity, VERBOSITY_QUIET);
	forget(&parsed);
}

static void quiet_tells_errors_alone(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "-q");
	assert_taken(&parsed);
	assert_int_equal(parsed.common.report.verbosity, VERBOSITY_QUIET);
	forget(&parsed);
}

static void the_last_of_an_option_counts(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "-o", "a", "-o", "b", "-p1", "-p3", "-ihci0",
	      "-i01:23:45:67:89:AB");
	assert_taken(&parsed);
	assert_string_equal(parsed.common.transfer.output_file, "b");
	assert_int_equal(parsed.common.channel.psm, 3);
	assert_string_equal(parsed.common.adapter, "01:23:45:67:89:AB");
	forget(&parsed);
}

static void options_of_the_program_go_to_the_program(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--shout", "--level=3", "-y", "9");
	assert_taken(&parsed);
	assert_true(parsed.own.shout);
	assert_int_equal(parsed.own.level, 9);
	assert_int_equal(parsed.own.calls, 3);
	forget(&parsed);
}

static void other_arguments_are_kept_in_order(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "first", "-v", "");
	assert_taken(&parsed);
	assert_string_equal(parsed.line.positional[0], "first");
	assert_string_equal(parsed.line.positional[1], "");
	assert_null(parsed.line.positional[2]);
	forget(&parsed);
	assert_null(parsed.line.positional);
}

static void behind_two_dashes_nothing_is_an_option(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--", "--mtu=1", "-v");
	assert_taken(&parsed);
	assert_string_equal(parsed.line.positional[0], "--mtu=1");
	assert_string_equal(parsed.line.positional[1], "-v");
	assert_int_equal(parsed.common.report.verbosity, VERBOSITY_NORMAL);
	forget(&parsed);
}

static void the_limits_of_each_number_are_taken(void **state)
{
	static const char *const rows[] = {
		"--mtu=48",	    "--mtu=65535",
		"--sdu-size=1",	    "--sdu-size=65535",
		"--idle-timeout=1", "--idle-timeout=86400",
		"--psm=1",	    "--psm=0xFEFF",
		"--level=3",	    "--level=9",
		"--mtu=0x30",	    "--mtu=00048",
		"--adapter=hci0",   "--adapter=hci10",
		"--mode=auto",	    "--mode=basic",
		"--mode=streaming", "--send=-",
		"--output=-",	    "--adapter=hci65535",
		"--format=raw",	    "--interval=0",
		"--interval=3600",  "--interval=3599.999",
		"--interval=0.001", "--generate=4294967295",
		"--generate=0x10",  "--sdu-size=5..5",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct parsed parsed;

		PARSE(&parsed, rows[i]);
		assert_taken(&parsed);
		forget(&parsed);
	}
}

static void formats_and_what_is_made_are_taken(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--format=hex", "--interval=0.25", "--verify", "--json");
	assert_taken(&parsed);
	assert_int_equal(parsed.common.transfer.format, FORMAT_HEX);
	assert_int_equal(parsed.common.transfer.interval_ms, 250);
	assert_true(parsed.common.interval_given);
	assert_true(parsed.common.transfer.verify);
	assert_true(parsed.common.report.json);
	forget(&parsed);
	PARSE(&parsed, "-Flines", "--send=x");
	assert_taken(&parsed);
	assert_int_equal(parsed.common.transfer.format, FORMAT_LINES);
	assert_false(parsed.common.report.json);
	forget(&parsed);
	PARSE(&parsed, "--generate=0", "--sdu-size=6..672:3");
	assert_taken(&parsed);
	assert_true(parsed.common.transfer.generate);
	assert_int_equal(parsed.common.transfer.generate_count, 0);
	assert_int_equal(parsed.common.transfer.sdu_sizes.minimum, 6);
	assert_int_equal(parsed.common.transfer.sdu_sizes.maximum, 672);
	assert_int_equal(parsed.common.transfer.sdu_sizes.step, 3);
	forget(&parsed);
}

/* A server has the kernel pick a PSM; a client must name one. */
static void psm_0_is_taken_where_it_may_be(void **state)
{
	static const char *const argv[] = {"prog", "--psm=0", NULL};
	struct common_options common;
	struct command_line line = {
		.own = &own_group, .common = &common, .arguments = ""};
	enum exit_status status;
	struct parsed parsed;

	(void)state;
	common_options_init(&common, "prog");
	common.psm_may_be_zero = true;
	assert_int_equal(
		command_line_parse(&line, 2, (const char **)(uintptr_t)argv, &status), 0);
	assert_int_equal(common.channel.psm, 0);
	assert_true(common.psm_given);
	command_line_free(&line);
	common_options_free(&common);
	PARSE(&parsed, "--psm=0");
	assert_refused(&parsed);
	assert_names(&parsed, "'0'");
	assert_names(&parsed, "0x0001 to 0xFEFF");
	forget(&parsed);
}

static void a_number_with_a_leading_zero_is_decimal(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--mtu=0100");
	assert_taken(&parsed);
	assert_int_equal(parsed.common.channel.mtu, 100);
	forget(&parsed);
}

/* --- what only prints --------------------------------------------------------------- */

static void the_version_is_printed_and_nothing_else_done(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--version", "--mtu=1");
	assert_int_equal(parsed.result, 1);
	assert_int_equal(parsed.status, STATUS_OK);
	assert_string_equal(parsed.output, "prog " L2_VERSION "\n");
	assert_string_equal(parsed.errors, "");
	forget(&parsed);
}

/* popt ends the program itself. */
static void the_help_names_every_option(void **state)
{
	static const char *const names[] = {
		"--format=",	   "--generate=", "--verify",  "--interval=",
		"--json",	   "--adapter=",  "--psm=",    "--mtu=",
		"--mode=",	   "--send=",	  "--output=", "--sdu-size=",
		"--idle-timeout=", "--verbose",	  "--quiet",   "--version",
		"--help",	   "--usage",	  "--shout",   "--level="};
	char help[8192];
	size_t length = 0;
	ssize_t count;
	int ends[2];
	int status;
	pid_t child;

	(void)state;
	fflush(stdout);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const char *argv[] = {"prog", "--help", NULL};
		struct common_options common;
		struct command_line line = {.own = &own_group,
					    .common = &common,
					    .arguments = "[OPTION...] WHAT"};
		enum exit_status unused;

		dup2(ends[1], STDOUT_FILENO);
		common_options_init(&common, "prog");
		command_line_parse(&line, 2, argv, &unused);
		_exit(99); /* not reached */
	}
	close(ends[1]);
	while ((count = read(ends[0], help + length, sizeof(help) - 1 - length)) > 0)
		length += (size_t)count;
	help[length] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_non_null(strstr(help, "[OPTION...] WHAT"));
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (!strstr(help, names[i]))
			fail_msg("%s is not in: %s", names[i], help);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(without_options_the_defaults_hold),
		TEST(each_option_has_a_long_and_a_short_name),
		TEST(json_tells_mistakes_as_json_wherever_it_stands),
		TEST(json_as_a_value_is_no_option),
		TEST(quiet_tells_errors_alone),
		TEST(the_last_of_an_option_counts),
		TEST(options_of_the_program_go_to_the_program),
		TEST(other_arguments_are_kept_in_order),
		TEST(behind_two_dashes_nothing_is_an_option),
		TEST(the_limits_of_each_number_are_taken),
		TEST(formats_and_what_is_made_are_taken),
		TEST(psm_0_is_taken_where_it_may_be),
		TEST(a_number_with_a_leading_zero_is_decimal),
		TEST(the_version_is_printed_and_nothing_else_done),
		TEST(the_help_names_every_option),
	};

	return RUN_TESTS(tests);
}
