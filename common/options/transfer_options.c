// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "options/transfer_options.h"
#include "options/option_values.h"

#include <stdio.h>

#include "transfer/numbered_sdus.h"

enum transfer_option {
	OPTION_SEND = OPTION_PROGRESS + 1,
	OPTION_OUTPUT,
	OPTION_FORMAT,
	OPTION_SDU_SIZE,
	OPTION_GENERATE,
	OPTION_VERIFY,
	OPTION_INTERVAL,
	OPTION_TIME,
	OPTION_EXPECT,
	OPTION_BUFFER,
};

/* What a double, and so every JSON reader, can count exactly. */
#define MOST_EXPECTED ((uint64_t)1 << 53)
/* From room for any SDU on; twice the largest still fits 32 bits. */
enum { SMALLEST_BUFFER = 64 << 10, LARGEST_BUFFER = 1 << 30 };

enum { LONGEST_INTERVAL_MS = 3600000, SHORTEST_PERIOD_MS = 10 };

static const struct poptOption data_table[] = {
	{"send", 's', POPT_ARG_STRING, NULL, OPTION_SEND, "send FILE (-: standard input)",
	 "FILE"},
	{"output", 'o', POPT_ARG_STRING, NULL, OPTION_OUTPUT,
	 "write received data to FILE", "FILE"},
	{"format", 'F', POPT_ARG_STRING, NULL, OPTION_FORMAT,
	 "raw; in lines and hex, each line is an SDU", "FORMAT"},
	{"sdu-size", 'b', POPT_ARG_STRING, NULL, OPTION_SDU_SIZE,
	 "cut a stream into SDUs of BYTES", "BYTES"},
	{"expect", '\0', POPT_ARG_STRING, NULL, OPTION_EXPECT,
	 "exit with 4 if fewer arrive, with 5 if more", "BYTES"},
	{"idle-timeout", 'w', POPT_ARG_STRING, NULL, OPTION_IDLE_TIMEOUT,
	 "give up when nothing moves for SEC seconds", "SEC"},
	POPT_TABLEEND,
};

static const struct poptOption testing_table[] = {
	{"generate", '\0', POPT_ARG_STRING, NULL, OPTION_GENERATE,
	 "send COUNT numbered SDUs (0: unlimited)", "COUNT"},
	{"verify", '\0', POPT_ARG_NONE, NULL, OPTION_VERIFY,
	 "check that numbered SDUs arrive in order", NULL},
	{"interval", '\0', POPT_ARG_STRING, NULL, OPTION_INTERVAL,
	 "pause for SEC seconds between SDUs", "SEC"},
	{"time", '\0', POPT_ARG_STRING, NULL, OPTION_TIME,
	 "stop sending after SEC seconds", "SEC"},
	POPT_TABLEEND,
};

static const struct poptOption tuning_table[] = {
	{"buffer", '\0', POPT_ARG_STRING, NULL, OPTION_BUFFER,
	 "data to keep for a slow reader (default: 64M)", "BYTES"},
	POPT_TABLEEND,
};

static const struct poptOption reporting_table[] = {
	{"progress", '\0', POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL, NULL, OPTION_PROGRESS,
	 "show progress; SEC: a line each period", "SEC"},
	POPT_TABLEEND,
};

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
			   "is not a number from 1 to %d, or a row of them: MIN..MAX "
			   "or "
			   "MIN..MAX:STEP",
			   LARGEST_MTU);
}

/* Sets *ARGUMENT to NULL when it keeps it. */
static bool take(struct common_options *options, int option, char **argument)
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
		options->interval_given = true;
		return take_seconds(report, "--interval", text, 0, LONGEST_INTERVAL_MS,
				    &transfer->interval_ms);
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
		return take_seconds(report, "--idle-timeout", text, SHORTEST_WAIT_MS,
				    LONGEST_WAIT_MS, &transfer->idle_timeout_ms);
	case OPTION_TIME:
		return take_seconds(report, "--time", text, SHORTEST_WAIT_MS,
				    LONGEST_WAIT_MS, &transfer->time_ms);
	case OPTION_PROGRESS:
		transfer->progress = true;
		return !*argument ||
		       take_seconds(report, "--progress", text, SHORTEST_PERIOD_MS,
				    LONGEST_WAIT_MS, &transfer->progress_ms);
	default:
		break;
	}
	return false;
}

/* What --sdu-size, --format and --generate are to each other. */
static bool check(struct common_options *options)
{
	const struct transfer_config *transfer = &options->transfer;
	const struct sdu_sizes *sizes = &transfer->sdu_sizes;
	bool is_made = transfer->generate || transfer->ping;
	char least[24];
	const struct option_clash clashes[] = {
		CLASH(transfer->generate && transfer->send_file,
		      "--send and --generate cannot be used together"),
		CLASH(transfer->generate && sizes->minimum &&
			      sizes->minimum < NUMBERED_HEADER,
		      "--sdu-size: %s is too small for --generate: number and length "
		      "take 6 "
		      "bytes",
		      .word = least),
		CLASH(sizes->minimum != sizes->maximum && !is_made,
		      "--sdu-size: a row of sizes is for SDUs that are made "
		      "(--generate or "
		      "--ping)"),
		CLASH(sizes->minimum && transfer->format != FORMAT_RAW && !is_made,
		      "--sdu-size has no effect with --format=%s, in which a line is "
		      "an SDU",
		      .word = sdu_format_name(transfer->format)),
	};

	_Static_assert(NUMBERED_HEADER == 6, "the message above says so");
	snprintf(least, sizeof(least), "%zu", sizes->minimum);
	return options_agree(&options->report, clashes,
			     sizeof(clashes) / sizeof(*clashes));
}

const struct option_group transfer_options = {{[HEADING_DATA] = data_table,
					       [HEADING_TESTING] = testing_table,
					       [HEADING_TUNING] = tuning_table,
					       [HEADING_REPORTING] = reporting_table},
					      take,
					      check};
