// SPDX-License-Identifier: GPL-2.0-or-later
#include "options/command_line.h"
#include "options/option_values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options/channel_options.h"
#include "options/transfer_options.h"
#include "standard_files.h"

#ifndef L2_VERSION
#define L2_VERSION "unknown"
#endif

enum report_option {
	OPTION_VERBOSE = FIRST_REPORT_OPTION,
	OPTION_QUIET,
	OPTION_JSON,
	OPTION_VERSION,
	OPTION_CHECK,
};

static const struct poptOption report_table[] = {
	{"verbose", 'v', POPT_ARG_NONE, NULL, OPTION_VERBOSE, "tell what was negotiated",
	 NULL},
	{"quiet", 'q', POPT_ARG_NONE, NULL, OPTION_QUIET,
	 "tell errors alone, and the results that were asked for", NULL},
	{"json", '\0', POPT_ARG_NONE, NULL, OPTION_JSON,
	 "tell each event as a JSON object on a line", NULL},
	{"check", '\0', POPT_ARG_NONE, NULL, OPTION_CHECK,
	 "look whether this could work and how to mend what hinders it, and do nothing "
	 "else",
	 NULL},
	{"version", 'V', POPT_ARG_NONE, NULL, OPTION_VERSION, "print the version", NULL},
	POPT_TABLEEND,
};

/* Whether --json is on the command line: a mistake before it is to be reported as JSON,
 * too. One that is another option's value counts, until that has been read. */
static bool asks_for_json(int argc, const char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--json") == 0)
			return true;
	}
	return false;
}

static void tell_json(struct common_options *options, bool json)
{
	options->report.json = json;
	standard_files_tell_json(json);
}

/* Remembers one that is about a channel, or about the data that goes through it. */
static void note_channel_option(struct common_options *options, int option)
{
	const char *name = option_name(channel_options.table, option);

	if (!name)
		name = option_name(transfer_options.table, option);
	if (name && option != OPTION_ADAPTER && option != OPTION_IDLE_TIMEOUT &&
	    option != OPTION_FLUSH_TIMEOUT)
		options->channel_option = name;
}

static bool take_report_option(struct common_options *options, int option,
			       char **argument)
{
	(void)argument;
	if (option == OPTION_VERBOSE)
		options->report.verbosity = VERBOSITY_VERBOSE;
	else if (option == OPTION_QUIET)
		options->report.verbosity = VERBOSITY_QUIET;
	else if (option == OPTION_JSON)
		options->json = true;
	else if (option == OPTION_CHECK)
		options->check = true;
	return true;
}

static const struct option_group report_options = {"Report options:", report_table,
						   take_report_option, NULL};

/* In the order of the help. */
enum { GROUPS = 4 };

static void list_groups(const struct command_line *line,
			const struct option_group *groups[GROUPS])
{
	groups[0] = &channel_options;
	groups[1] = &transfer_options;
	groups[2] = line->own;
	groups[3] = &report_options;
}

static bool take_option(const struct command_line *line, int option, char **argument)
{
	const struct option_group *groups[GROUPS];
	int group = 0;

	list_groups(line, groups);
	while (!option_name(groups[group]->table, option))
		group++;
	return groups[group]->take(line->common, option, argument);
}

static bool check_together(const struct command_line *line)
{
	const struct option_group *groups[GROUPS];

	list_groups(line, groups);
	for (int i = 0; i < GROUPS; i++) {
		if (groups[i]->check && !groups[i]->check(line->common))
			return false;
	}
	return true;
}

/*
 * When the value of an option may be left out, popt takes the next word for it, whatever
 * that is. One that was not written after a '=' or right after the letter, and is no
 * value of the option, is the next word of the command line: "--le BDADDR".
 */
static void give_back(poptContext context, const char *const *argv, char **argument)
{
	const char *word[] = {*argument, NULL};
	bool stands_alone = false;

	uint8_t type;

	if (!*argument || channel_address_type_parse(*argument, &type) == 0)
		return;
	for (; *argv; argv++) {
		const char *equals = strchr(*argv, '=');

		stands_alone = stands_alone || strcmp(*argv, *argument) == 0;
		if (**argv == '-' && equals && strcmp(equals + 1, *argument) == 0)
			return;
	}
	if (!stands_alone)
		return;
	poptStuffArgs(context, word);
	free(*argument);
	*argument = NULL;
}

/* Takes each option until the end, or until one is wrong. */
static int take_options(struct command_line *line, poptContext context,
			const char *const *argv, enum exit_status *status)
{
	const struct report *report = &line->common->report;
	const char *word;
	int option;

	*status = STATUS_USAGE;
	while ((option = poptGetNextOpt(context)) > 0) {
		char *argument = poptGetOptArg(context);
		bool good;

		if (option == OPTION_VERSION) {
			printf("%s %s\n", report->program, L2_VERSION);
			free(argument);
			*status = STATUS_OK;
			return 1;
		}
		if (option == OPTION_LE)
			give_back(context, argv, &argument);
		good = take_option(line, option, &argument);
		free(argument);
		if (!good)
			return 1;
		note_channel_option(line->common, option);
	}
	if (option == -1) {
		tell_json(line->common, line->common->json);
		if (!line->common->json && isatty(STDERR_FILENO))
			line->common->report.progress_shown =
				&line->common->progress_shown;
		return !check_together(line);
	}
	word = poptBadOption(context, POPT_BADOPTION_NOALIAS);
	usage_error(report, "%.*s%s: %s", WORD_SHOWN, word, word_dots(word),
		    poptStrerror(option));
	return 1;
}

/* Copies the other arguments, which die with popt's context. */
static int take_positional(struct command_line *line, poptContext context,
			   enum exit_status *status)
{
	const struct report *report = &line->common->report;
	const char *argument;
	int count = 0;

	line->positional = calloc((size_t)line->positional_count + 1, sizeof(char *));
	while (line->positional && (argument = poptGetArg(context))) {
		if (count == line->positional_count) {
			wrong_value(report, "unexpected argument", argument, "%s", "");
			*status = STATUS_USAGE;
			return 1;
		}
		line->positional[count] = strdup(argument);
		if (!line->positional[count++])
			break;
	}
	if (!line->positional || (count && !line->positional[count - 1])) {
		*status =
			report_failure(report, STEP_MEMORY, ENOMEM, "keep the arguments");
		return 1;
	}
	return 0;
}

int command_line_parse(struct command_line *line, int argc, const char **argv,
		       enum exit_status *status)
{
	const struct option_group *groups[GROUPS];
	struct poptOption table[GROUPS + 2] = {[GROUPS] = POPT_AUTOHELP};
	poptContext context;
	int stop;

	list_groups(line, groups);
	for (int i = 0; i < GROUPS; i++)
		table[i] = (struct poptOption){.argInfo = POPT_ARG_INCLUDE_TABLE,
					       .arg = (void *)groups[i]->table,
					       .descrip = groups[i]->heading};
	/* Without configuration files: they may name programs to run. */
	context = poptGetContext(NULL, argc, argv, table, 0);
	if (!context) {
		*status = report_failure(&line->common->report, STEP_MEMORY, ENOMEM,
					 "read the command line");
		return 1;
	}
	poptSetOtherOptionHelp(context, line->arguments);
	tell_json(line->common, asks_for_json(argc, argv));
	stop = take_options(line, context, argv, status);
	if (!stop)
		stop = take_positional(line, context, status);
	poptFreeContext(context);
	return stop;
}

void command_line_free(struct command_line *line)
{
	for (int i = 0; line->positional && line->positional[i]; i++)
		free(line->positional[i]);
	free(line->positional);
	line->positional = NULL;
}
