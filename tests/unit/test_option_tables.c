// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "option_tables.h"

enum { OPTION_SHOUT = OPTION_OWN, OPTION_LEVEL, MOST_ARGUMENTS = 16 };

struct own_options {
	bool shout;
	unsigned int level;
	int calls;
};

static const struct poptOption own_table[] = {
	{"shout", 'x', POPT_ARG_NONE, NULL, OPTION_SHOUT, "a flag", NULL},
	{"level", 'y', POPT_ARG_STRING, NULL, OPTION_LEVEL, "a number", "N"},
	POPT_TABLEEND,
};

static bool take_own(int option, const char *text, void *data,
		     const struct report *report)
{
	struct own_options *own = data;

	own->calls++;
	if (option == OPTION_SHOUT) {
		assert_string_equal(text, "");
		own->shout = true;
		return true;
	}
	assert_int_equal(option, OPTION_LEVEL);
	return take_number(report, "--level", text, 3, 9, &own->level);
}

static int strdups_left = -1; /* until one fails; -1: none does */

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
	return strdups_left-- == 0 ? NULL : __real_strdup(text);
}

struct parsed {
	struct common_options common;
	struct own_options own;
	struct command_line line;
	enum exit_status status;
	int result;
	char errors[4096]; /* what came on standard error */
	char output[4096]; /* and on standard output */
};

/* Catches what is written to FD from here on; returns what it was. */
static int catch_output(int fd)
{
	int kept = dup(fd);
	int caught = memfd_create("caught", MFD_CLOEXEC);

	assert_true(kept >= 0 && caught >= 0);
	assert_int_equal(dup2(caught, fd), fd);
	close(caught);
	return kept;
}

static void read_caught(int fd, int kept, char *text, size_t size)
{
	ssize_t length = pread(fd, text, size - 1, 0);

	assert_true(length >= 0);
	text[length] = '\0';
	dup2(kept, fd);
	close(kept);
}

/* Parses ARGUMENTS, up to a NULL, of a program called "prog" that takes at most
 * POSITIONAL_COUNT other arguments. */
static void parse_with(struct parsed *parsed, int positional_count,
		       const char *const *arguments)
{
	const char *argv[MOST_ARGUMENTS + 1] = {"prog"};
	int argc = 1;
	int kept_error;
	int kept_output;

	while (arguments[argc - 1]) {
		assert_true(argc < MOST_ARGUMENTS);
		argv[argc] = arguments[argc - 1];
		argc++;
	}
	memset(parsed, 0, sizeof(*parsed));
	common_options_init(&parsed->common, "prog");
	parsed->line = (struct command_line){
		.own_table = own_table,
		.take_own = take_own,
		.own = &parsed->own,
		.common = &parsed->common,
		.arguments = "[OPTION...]",
		.positional_count = positional_count,
	};
	parsed->status = (enum exit_status)77;
	fflush(stdout);
	kept_error = catch_output(STDERR_FILENO);
	kept_output = catch_output(STDOUT_FILENO);
	parsed->result = command_line_parse(&parsed->line, argc, argv, &parsed->status);
	fflush(stdout);
	read_caught(STDERR_FILENO, kept_error, parsed->errors, sizeof(parsed->errors));
	read_caught(STDOUT_FILENO, kept_output, parsed->output, sizeof(parsed->output));
}

#define PARSE(parsed, ...) parse_with(parsed, 2, (const char *const[]){__VA_ARGS__, NULL})

static void forget(struct parsed *parsed)
{
	command_line_free(&parsed->line);
	common_options_free(&parsed->common);
}

static void assert_taken(const struct parsed *parsed)
{
	if (parsed->result)
		fail_msg("refused: %s", parsed->errors);
	assert_string_equal(parsed->errors, "");
	assert_string_equal(parsed->output, "");
}

/* A usage error, of lines that all start with the program's name. */
static void assert_refused(const struct parsed *parsed)
{
	assert_int_equal(parsed->result, 1);
	assert_int_equal(parsed->status, STATUS_USAGE);
	assert_string_equal(parsed->output, "");
	for (const char *line = parsed->errors; *line; line = strchr(line, '\n') + 1) {
		if (strncmp(line, "prog: ", 6) != 0 || !strchr(line, '\n'))
			fail_msg("no line of its own: %s", parsed->errors);
	}
	assert_non_null(strstr(parsed->errors, "try 'prog --help'"));
}

static void assert_names(const struct parsed *parsed, const char *text)
{
	if (!strstr(parsed->errors, text))
		fail_msg("'%s' is not in: %s", text, parsed->errors);
}

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
	assert_int_equal(parsed.common.transfer.sdu_size, 0);
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
	assert_int_equal(parsed->common.transfer.sdu_size, 100);
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
		"--mtu=48",	    "--mtu=65535",	  "--sdu-size=1",
		"--sdu-size=65535", "--idle-timeout=1",	  "--idle-timeout=86400",
		"--psm=1",	    "--psm=0xFEFF",	  "--level=3",
		"--level=9",	    "--mtu=0x30",	  "--mtu=00048",
		"--adapter=hci0",   "--adapter=hci10",	  "--mode=auto",
		"--mode=basic",	    "--mode=streaming",	  "--send=-",
		"--output=-",	    "--adapter=hci65535",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct parsed parsed;

		PARSE(&parsed, rows[i]);
		assert_taken(&parsed);
		forget(&parsed);
	}
}

/* A server has the kernel pick a PSM; a client must name one. */
static void psm_0_is_taken_where_it_may_be(void **state)
{
	static const char *const argv[] = {"prog", "--psm=0", NULL};
	struct common_options common;
	struct command_line line = {.own_table = own_table,
				    .take_own = take_own,
				    .common = &common,
				    .arguments = ""};
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

/* --- what is refused ---------------------------------------------------------------- */

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
		{"--mode=", "--mode", "''", "auto, basic, ertm or streaming"},
		{"--mode=ERTM", "--mode", "'ERTM'", "auto, basic, ertm or streaming"},
		{"--mode=3", "--mode", "'3'", "auto, basic, ertm or streaming"},
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
		{"--send=", "--send", "''", "empty"},
		{"--output=", "--output", "''", "empty"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_refused(&rows[i]);
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
	static const char *const rows[] = {"--mtu", "-m", "--send", "-w", "--level"};

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
	static const char *const rows[] = {"--verbose=1", "--quiet=yes", "--shout=1"};

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
		"--adapter=", "--psm=",	     "--mtu=",		"--mode=",   "--send=",
		"--output=",  "--sdu-size=", "--idle-timeout=", "--verbose", "--quiet",
		"--version",  "--help",	     "--usage",		"--shout",   "--level="};
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
		struct command_line line = {.own_table = own_table,
					    .take_own = take_own,
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
		TEST(psm_0_is_taken_where_it_may_be),
		TEST(a_number_with_a_leading_zero_is_decimal),
		TEST(a_wrong_number_is_told_with_option_value_and_range),
		TEST(a_wrong_psm_is_told_with_what_a_psm_is),
		TEST(a_wrong_name_is_told_with_the_right_ones),
		TEST(an_option_that_nobody_has_is_told),
		TEST(an_option_without_its_argument_is_told),
		TEST(a_flag_with_an_argument_is_told),
		TEST(an_argument_too_many_is_told),
		TEST(the_first_wrong_option_ends_it),
		TEST(a_value_with_a_line_break_stays_on_its_line),
		TEST(a_long_value_does_not_hide_the_range),
		TEST(a_long_option_does_not_hide_what_is_wrong),
		TEST(a_lack_of_memory_is_not_called_a_wrong_command_line),
		TEST(the_version_is_printed_and_nothing_else_done),
		TEST(the_help_names_every_option),
	};

	return RUN_TESTS(tests);
}
