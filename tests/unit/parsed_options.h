/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line of a program that has two options of its own, and what comes of it. A
 * test that uses this wraps strdup(). */
#ifndef L2_PARSED_OPTIONS_H
#define L2_PARSED_OPTIONS_H

#include "unit_test.h"

#include <string.h>
#include <sys/mman.h>

#include "options/command_line.h"
#include "options/option_values.h"

enum { OPTION_SHOUT = FIRST_OWN_OPTION, OPTION_LEVEL, MOST_ARGUMENTS = 16 };

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

struct parsed {
	struct common_options common;
	struct own_options own;
	struct command_line line;
	enum exit_status status;
	int result;
	char errors[4096]; /* what came on standard error */
	char output[4096]; /* and on standard output */
};

static inline bool take_own(struct common_options *common, int option, char **argument)
{
	struct own_options *own = &((struct parsed *)common)->own;
	const struct report *report = &common->report;

	own->calls++;
	if (option == OPTION_SHOUT) {
		assert_null(*argument);
		own->shout = true;
		return true;
	}
	assert_int_equal(option, OPTION_LEVEL);
	return take_number(report, "--level", *argument ? *argument : "", 3, 9,
			   &own->level);
}

static const struct option_group own_group = {"Options of this program:", own_table,
					      take_own, NULL};

static int strdups_left = -1; /* until one fails; -1: none does */

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
	return strdups_left-- == 0 ? NULL : __real_strdup(text);
}

/* Catches what is written to FD from here on; returns what it was. */
static inline int catch_output(int fd)
{
	int kept = dup(fd);
	int caught = memfd_create("caught", MFD_CLOEXEC);

	assert_true(kept >= 0 && caught >= 0);
	assert_int_equal(dup2(caught, fd), fd);
	close(caught);
	return kept;
}

static inline void read_caught(int fd, int kept, char *text, size_t size)
{
	ssize_t length = pread(fd, text, size - 1, 0);

	assert_true(length >= 0);
	text[length] = '\0';
	dup2(kept, fd);
	close(kept);
}

/* Parses ARGUMENTS, up to a NULL, of a program called "prog" that takes at most
 * POSITIONAL_COUNT other arguments. */
static inline void parse_with(struct parsed *parsed, int positional_count,
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
		.own = &own_group,
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

static inline void forget(struct parsed *parsed)
{
	command_line_free(&parsed->line);
	common_options_free(&parsed->common);
}

static inline void assert_taken(const struct parsed *parsed)
{
	if (parsed->result)
		fail_msg("refused: %s", parsed->errors);
	assert_string_equal(parsed->errors, "");
	assert_string_equal(parsed->output, "");
}

/* A usage error, of lines that all start with the program's name. */
static inline void assert_refused(const struct parsed *parsed)
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

static inline void assert_names(const struct parsed *parsed, const char *text)
{
	if (!strstr(parsed->errors, text))
		fail_msg("'%s' is not in: %s", text, parsed->errors);
}

#endif
