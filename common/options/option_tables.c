// SPDX-License-Identifier: GPL-2.0-or-later
#include "options/option_tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/adapter.h"
#include "options/channel_options.h"
#include "transfer/numbered_sdus.h"
#include "parse_value.h"
#include "standard_files.h"

#ifndef L2_VERSION
#define L2_VERSION "unknown"
#endif

enum common_option {
	OPTION_SEND = CHANNEL_OPTIONS_END,
	OPTION_OUTPUT,
	OPTION_FORMAT,
	OPTION_SDU_SIZE,
	OPTION_GENERATE,
	OPTION_VERIFY,
	OPTION_INTERVAL,
	OPTION_EXPECT,
	OPTION_BUFFER,
	OPTION_IDLE_TIMEOUT,
	OPTION_PROGRESS,
	OPTION_VERBOSE,
	OPTION_QUIET,
	OPTION_JSON,
	OPTION_VERSION,
	OPTION_CHECK,
};

/* What a double, and so every JSON reader, can count exactly. */
#define MOST_EXPECTED ((uint64_t)1 << 53)
/* From room for any SDU on; twice the largest still fits 32 bits. */
enum { SMALLEST_BUFFER = 64 << 10, LARGEST_BUFFER = 1 << 30 };

/* A day: longer than anyone waits, short enough for every clock. */
enum { LONGEST_TIMEOUT_S = 86400, LONGEST_INTERVAL_S = 3600 };

static const struct poptOption transfer_table[] = {
	{"send", 's', POPT_ARG_STRING, NULL, OPTION_SEND, "send FILE (-: standard input)",
	 "FILE"},
	{"output", 'o', POPT_ARG_STRING, NULL, OPTION_OUTPUT,
	 "print into FILE (default: -, standard output)", "FILE"},
	{"format", 'F', POPT_ARG_STRING, NULL, OPTION_FORMAT,
	 "raw, lines or hex; in the last two a line is an SDU, both ways (default: raw)",
	 "FORMAT"},
	{"sdu-size", 'b', POPT_ARG_STRING, NULL, OPTION_SDU_SIZE,
	 "size of the SDUs cut from a stream, 1-65535 (default: the outgoing MTU); for "
	 "those that are made also MIN..MAX[:STEP]",
	 "BYTES"},
	{"generate", '\0', POPT_ARG_STRING, NULL, OPTION_GENERATE,
	 "send so many numbered SDUs, as l2test does, 0: without end", "COUNT"},
	{"verify", '\0', POPT_ARG_NONE, NULL, OPTION_VERIFY,
	 "check the numbered SDUs that come: one missing or wrong is status 5", NULL},
	{"interval", '\0', POPT_ARG_STRING, NULL, OPTION_INTERVAL,
	 "pause between SDUs that are sent, 0-3600, such as 0.25 (default: 0)", "SEC"},
	{"expect", '\0', POPT_ARG_STRING, NULL, OPTION_EXPECT,
	 "how much is to be received: less is status 4, more is status 5", "BYTES"},
	{"buffer", '\0', POPT_ARG_STRING, NULL, OPTION_BUFFER,
	 "how much to read ahead of a slow consumer, 64K-1G (default: 64M)", "BYTES"},
	{"idle-timeout", 'w', POPT_ARG_STRING, NULL, OPTION_IDLE_TIMEOUT,
	 "give up when nothing moves for so long, 1-86400 (default: never)", "SEC"},
	{"progress", '\0', POPT_ARG_NONE, NULL, OPTION_PROGRESS,
	 "on a terminal, tell bytes, rate and time left (default: for files)", NULL},
	POPT_TABLEEND,
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

void common_options_init(struct common_options *options, const char *program)
{
	*options = (struct common_options){
		.channel = {.adapter = *BDADDR_ANY,
			    .address_type = BDADDR_BREDR,
			    .psm = DEFAULT_PSM,
			    .mtu = DEFAULT_MTU,
			    .tx_window = LARGEST_TX_WINDOW,
			    .max_transmit = DEFAULT_MAX_TRANSMIT,
			    .mode = MODE_AUTO},
		.transfer = {.read_ahead = DEFAULT_READ_AHEAD},
		.report = {.program = program, .verbosity = VERBOSITY_NORMAL},
	};
}

void common_options_free(struct common_options *options)
{
	free(options->adapter);
	free(options->transfer.send_file);
	free(options->transfer.output_file);
}

enum exit_status find_adapter(const struct common_options *options, bdaddr_t *address)
{
	int error = adapter_find(options->adapter, address);

	return error ? report_failure(&options->report, STEP_ADAPTER, error, "use %s",
				      options->adapter ? options->adapter
						       : "a Bluetooth adapter")
		     : STATUS_OK;
}

static bool take_format(struct common_options *options, const char *text)
{
	if (sdu_format_parse(text, &options->transfer.format) == 0)
		return true;
	return wrong_value(&options->report, "--format", text,
			   "is not raw, lines or hex");
}

static bool take_sdu_size(struct common_options *options, const char *text)
{
	if (sdu_sizes_parse(text, 1, LARGEST_MTU, &options->transfer.sdu_sizes) == 0)
		return true;
	return wrong_value(&options->report, "--sdu-size", text,
			   "is not a number from 1 to %d, or a row of them: MIN..MAX or "
			   "MIN..MAX:STEP",
			   LARGEST_MTU);
}

static bool take_interval(struct common_options *options, const char *text)
{
	if (parse_milliseconds(text, LONGEST_INTERVAL_S * 1000,
			       &options->transfer.interval_ms) == 0) {
		options->interval_given = true;
		return true;
	}
	return wrong_value(&options->report, "--interval", text,
			   "is not a number of seconds from 0 to %d, with up to three "
			   "digits behind a point",
			   LONGEST_INTERVAL_S);
}

/* Sets *ARGUMENT to NULL when it keeps it. */
static bool take_common(struct common_options *options, enum common_option option,
			char **argument)
{
	const char *text = *argument ? *argument : "";
	struct transfer_config *transfer = &options->transfer;
	const struct report *report = &options->report;
	uint64_t size = 0;

	switch (option) {
	case OPTION_SEND:
		return take_text(report, "--send", argument, &transfer->send_file);
	case OPTION_OUTPUT:
		return take_text(report, "--output", argument, &transfer->output_file);
	case OPTION_FORMAT:
		return take_format(options, text);
	case OPTION_SDU_SIZE:
		return take_sdu_size(options, text);
	case OPTION_GENERATE:
		return take_count(report, "--generate", text, &transfer->generate,
				  &transfer->generate_count);
	case OPTION_VERIFY:
		transfer->verify = true;
		return true;
	case OPTION_INTERVAL:
		return take_interval(options, text);
	case OPTION_EXPECT:
		return take_size(report, "--expect", text, 1, MOST_EXPECTED, "1 to 2^53",
				 &transfer->expected);
	case OPTION_BUFFER:
		if (!take_size(report, "--buffer", text, SMALLEST_BUFFER, LARGEST_BUFFER,
			       "64K to 1G", &size))
			return false;
		transfer->read_ahead = (size_t)size;
		return true;
	case OPTION_IDLE_TIMEOUT:
		return take_number(report, "--idle-timeout", text, 1, LONGEST_TIMEOUT_S,
				   &transfer->idle_timeout_s);
	case OPTION_PROGRESS:
		transfer->progress = true;
		return true;
	case OPTION_VERBOSE:
		options->report.verbosity = VERBOSITY_VERBOSE;
		return true;
	case OPTION_QUIET:
		options->report.verbosity = VERBOSITY_QUIET;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	case OPTION_CHECK:
		options->check = true;
		return true;
	case OPTION_VERSION:
		break; /* command_line_parse() */
	}
	return true;
}

/* What --sdu-size, --format and --generate are to each other. */
static bool check_made_sdus(const struct common_options *options)
{
	const struct transfer_config *transfer = &options->transfer;
	const struct sdu_sizes *sizes = &transfer->sdu_sizes;
	bool is_made = transfer->generate || transfer->ping;
	char least[24];
	const struct option_clash clashes[] = {
		CLASH(transfer->generate && transfer->send_file,
		      "and --generate exclude each other", .option = "--send",
		      .value = transfer->send_file),
		CLASH(transfer->generate && sizes->minimum &&
			      sizes->minimum < NUMBERED_HEADER,
		      "--sdu-size: %s is too small for --generate: number and length take 6 "
		      "bytes",
		      .word = least),
		CLASH(sizes->minimum != sizes->maximum && !is_made,
		      "--sdu-size: a row of sizes is for SDUs that are made (--generate or "
		      "--ping)"),
		CLASH(sizes->minimum && transfer->format != FORMAT_RAW && !is_made,
		      "--sdu-size has no effect with --format=%s, in which a line is an SDU",
		      .word = sdu_format_name(transfer->format)),
	};

	_Static_assert(NUMBERED_HEADER == 6, "the message above says so");
	snprintf(least, sizeof(least), "%zu", sizes->minimum);
	return options_agree(&options->report, clashes,
			     sizeof(clashes) / sizeof(*clashes));
}

/* Whether --json is on the command line: a mistake before it is to be told as JSON, too.
 * One that is another option's value counts, until that has been read. */
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

const char *option_name(const struct poptOption *table, int option)
{
	while (table->longName && table->val != option)
		table++;
	return table->longName;
}

/* Remembers one that is about a channel, or about the data that goes through it. */
static void note_channel_option(struct common_options *options, int option)
{
	const char *name = option_name(channel_option_table, option);

	if (!name)
		name = option_name(transfer_table, option);
	if (name && option != OPTION_ADAPTER && option != OPTION_IDLE_TIMEOUT &&
	    option != OPTION_FLUSH_TIMEOUT)
		options->channel_option = name;
}

/* Sets *ARGUMENT to NULL when it is kept. */
static bool take_option_of_table(const struct command_line *line, int option,
				 char **argument)
{
	if (option >= OPTION_OWN)
		return line->take_own(option, argument, line->own, &line->common->report);
	if (option >= CHANNEL_OPTIONS_END)
		return take_common(line->common, (enum common_option)option, argument);
	return take_channel_option(line->common, (enum channel_option)option, argument);
}

/*
 * When the value of an option may be left out, popt takes the next word for it, whatever
 * that is. One that was not written behind a '=' or right behind the letter, and is no
 * value of the option, is what comes next on the command line: "--le BDADDR".
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
		good = take_option_of_table(line, option, &argument);
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
		return !check_channel_options(line->common) ||
		       !check_made_sdus(line->common);
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
	const struct poptOption table[] = {
		{NULL, '\0', POPT_ARG_INCLUDE_TABLE, (void *)channel_option_table, 0,
		 "Channel options:", NULL},
		{NULL, '\0', POPT_ARG_INCLUDE_TABLE, (void *)transfer_table, 0,
		 "Transfer options:", NULL},
		{NULL, '\0', POPT_ARG_INCLUDE_TABLE, (void *)line->own_table, 0,
		 "Options of this program:", NULL},
		{NULL, '\0', POPT_ARG_INCLUDE_TABLE, (void *)report_table, 0,
		 "Report options:", NULL},
		POPT_AUTOHELP POPT_TABLEEND,
	};
	/* Without configuration files: they may name programs to run. */
	poptContext context = poptGetContext(NULL, argc, argv, table, 0);
	int stop;

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
