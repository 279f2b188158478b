// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "options/command_line.h"
#include "options/option_values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options/channel_options.h"
#include "options/transfer_options.h"
#include "parse_value.h"
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
	OPTION_HELP,
	OPTION_USAGE,
};

static const struct poptOption testing_table[] = {
	{"check", '\0', POPT_ARG_NONE, NULL, OPTION_CHECK,
	 "only report problems and how to fix them", NULL},
	POPT_TABLEEND,
};

static const struct poptOption reporting_table[] = {
	{"verbose", 'v', POPT_ARG_NONE, NULL, OPTION_VERBOSE, "print what was negotiated",
	 NULL},
	{"quiet", 'q', POPT_ARG_NONE, NULL, OPTION_QUIET, "print only errors and results",
	 NULL},
	{"json", '\0', POPT_ARG_NONE, NULL, OPTION_JSON,
	 "print events as JSON, one on a line", NULL},
	{"version", 'V', POPT_ARG_NONE, NULL, OPTION_VERSION, "print the version", NULL},
	{"help", 'h', POPT_ARG_NONE, NULL, OPTION_HELP, "print this help", NULL},
	{NULL, '?', POPT_ARG_NONE | POPT_ARGFLAG_DOC_HIDDEN, NULL, OPTION_HELP, NULL,
	 NULL},
	{"usage", '\0', POPT_ARG_NONE, NULL, OPTION_USAGE, "print the options in brief",
	 NULL},
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
	const char *name = option_name(&channel_options, option);

	if (!name)
		name = option_name(&transfer_options, option);
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

static const struct option_group report_options = {
	{[HEADING_TESTING] = testing_table, [HEADING_REPORTING] = reporting_table},
	take_report_option,
	NULL};

/* In the order of the help, below each heading. */
enum { GROUPS = 4, MOST_ROWS = 24 };

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
	while (!option_name(groups[group], option))
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

/* What popt gets: a table for each heading, with the rows of all groups. */
struct tables {
	struct poptOption rows[HEADINGS * MOST_ROWS]; /* of all, each with an empty row at
						       * its end */
	size_t count;
	struct poptOption all[HEADINGS + 1];
};

static void add_rows(struct tables *tables, const struct poptOption *row)
{
	while (row && (row->longName || row->shortName))
		tables->rows[tables->count++] = *row++;
}

static void fill_tables(const struct command_line *line, struct tables *tables)
{
	const char *const headings[] = {"Connection:", "Data:",	  line->peers,
					"Testing:",    "Tuning:", "Reporting:"};
	const struct option_group *groups[GROUPS];

	list_groups(line, groups);
	*tables = (struct tables){.count = 0};
	for (int heading = 0; heading < HEADINGS; heading++) {
		tables->all[heading] =
			(struct poptOption){.argInfo = POPT_ARG_INCLUDE_TABLE,
					    .arg = &tables->rows[tables->count],
					    .descrip = headings[heading]};
		for (int i = 0; i < GROUPS; i++)
			add_rows(tables, groups[i]->tables[heading]);
		tables->count++;
	}
}

/* Whether WORD may be the value of OPTION, which may be left out. */
static bool is_value(int option, const char *word)
{
	uint64_t number;
	uint8_t type;

	if (option == OPTION_PROGRESS)
		return false;
	return option == OPTION_LE ? channel_address_type_parse(word, &type) == 0
				   : parse_number(word, 0, UINT64_MAX, &number) == 0;
}

/*
 * When the value of an option may be left out, popt takes the next word for it, whatever
 * that is. One that was not written after a '=', and is no value of the option, is the
 * next word of the command line: "--le BDADDR".
 */
static void give_back(poptContext context, int option, const char *const *argv,
		      char **argument)
{
	const char *word[] = {*argument, NULL};
	bool stands_alone = false;

	if (!*argument || is_value(option, *argument))
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

static const struct poptOption *row_of(const struct tables *tables, int option)
{
	const struct poptOption *row = tables->rows;

	while (row->val != option)
		row++;
	return row;
}

/* "--quiet=yes", which popt before 1.19 takes for "--quiet"; NULL: there is none. */
static const char *unwanted_value(const struct poptOption *row, const char *const *argv)
{
	size_t length = strlen(row->longName);

	for (; *argv && strcmp(*argv, "--") != 0; argv++) {
		if (strncmp(*argv, "--", 2) == 0 &&
		    strncmp(*argv + 2, row->longName, length) == 0 &&
		    (*argv)[2 + length] == '=')
			return *argv;
	}
	return NULL;
}

static bool is_short_option(const struct tables *tables, char letter)
{
	for (size_t i = 0; i < tables->count; i++) {
		if (tables->rows[i].shortName == letter)
			return true;
	}
	return false;
}

/* What popt found wrong with WORD, of several letters or not. */
static void tell_bad_option(const struct command_line *line, const struct tables *tables,
			    const char *word, int error)
{
	const struct report *report = &line->common->report;
	const char *letter = word + 1;

	if (error != POPT_ERROR_BADOPT) {
		usage_error(report, "%.*s%s: %s", WORD_SHOWN, word, word_dots(word),
			    poptStrerror(error));
		return;
	}
	while (*letter && is_short_option(tables, *letter))
		letter++;
	if (word[0] == '-' && word[1] != '-' && word[1] && word[2] && *letter)
		usage_error(report, "unknown option -%c (in %.*s%s)", *letter, WORD_SHOWN,
			    word, word_dots(word));
	else
		usage_error(report, "unknown option %.*s%s", WORD_SHOWN, word,
			    word_dots(word));
}

static void print_help(const struct command_line *line, poptContext context)
{
	printf("%s\n\n%s\n", line->purpose, line->examples);
	poptPrintHelp(context, stdout, 0);
	printf("\nExit status: 0 all delivered, 1 local failure, 2 usage, 3 no "
	       "connection,\n"
	       "4 connection lost, 5 data lost, 6 timeout. See %s(1).\n",
	       line->common->report.program);
}

/* Whether OPTION only prints something about the program. */
static bool print_about(const struct command_line *line, poptContext context, int option)
{
	if (option == OPTION_VERSION)
		printf("%s %s\n", line->common->report.program, L2_VERSION);
	else if (option == OPTION_HELP)
		print_help(line, context);
	else if (option == OPTION_USAGE)
		poptPrintUsage(context, stdout, 0);
	else
		return false;
	return true;
}

/* Takes each option until the end, or until one is wrong. */
static int take_options(struct command_line *line, poptContext context,
			const struct tables *tables, const char *const *argv,
			enum exit_status *status)
{
	int option;

	*status = STATUS_USAGE;
	while ((option = poptGetNextOpt(context)) > 0) {
		const struct poptOption *row = row_of(tables, option);
		char *argument = poptGetOptArg(context);
		const char *unwanted = (row->argInfo & POPT_ARG_MASK) == POPT_ARG_NONE
					     ? unwanted_value(row, argv)
					     : NULL;
		bool good;

		if (unwanted) {
			usage_error(&line->common->report,
				    "%.*s%s: option does not take an argument",
				    WORD_SHOWN, unwanted, word_dots(unwanted));
			return 1;
		}
		if (print_about(line, context, option)) {
			free(argument);
			*status = STATUS_OK;
			return 1;
		}
		if (row->argInfo & POPT_ARGFLAG_OPTIONAL)
			give_back(context, option, argv, &argument);
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
	tell_bad_option(line, tables, poptBadOption(context, POPT_BADOPTION_NOALIAS),
			option);
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
	struct tables tables;
	poptContext context;
	int stop;

	fill_tables(line, &tables);
	/* Without configuration files: they may name programs to run. */
	context = poptGetContext(NULL, argc, argv, tables.all, 0);
	if (!context) {
		*status = report_failure(&line->common->report, STEP_MEMORY, ENOMEM,
					 "read the command line");
		return 1;
	}
	poptSetOtherOptionHelp(context, line->arguments);
	tell_json(line->common, asks_for_json(argc, argv));
	stop = take_options(line, context, &tables, argv, status);
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
