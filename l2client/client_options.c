// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "client_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/adapter.h"
#include "options/command_line.h"
#include "options/option_values.h"
#include "parse_value.h"

enum client_option {
	OPTION_RECEIVE = FIRST_OWN_OPTION,
	OPTION_CONNECT_TIMEOUT,
	OPTION_RETRY,
	OPTION_HOLD,
	OPTION_REPEAT,
	OPTION_PING,
	OPTION_INFO,
	OPTION_NO_CHANNEL,
	OPTION_NO_INPUT,
};

#define DEFAULT_PING_COUNT "4"

enum {
	LONGEST_CONNECT_TIMEOUT_MS = 3600000,
	MOST_RETRIES = 1000000,
	MOST_REPEATS = 1000000,
};

static const struct poptOption data_table[] = {
	{"receive", 'r', POPT_ARG_NONE, NULL, OPTION_RECEIVE,
	 "also print what the server sends", NULL},
	{"no-input", 'n', POPT_ARG_NONE, NULL, OPTION_NO_INPUT,
	 "do not read standard input", NULL},
	{"hold", '\0', POPT_ARG_STRING, NULL, OPTION_HOLD,
	 "after sending, stay connected for SEC seconds", "SEC"},
	POPT_TABLEEND,
};

static const struct poptOption connecting_table[] = {
	{"connect-timeout", 'c', POPT_ARG_STRING, NULL, OPTION_CONNECT_TIMEOUT,
	 "give up connecting after SEC (default: 40)", "SEC"},
	{"retry", '\0', POPT_ARG_STRING, NULL, OPTION_RETRY,
	 "after a failure, try COUNT times more", "COUNT"},
	{"repeat", '\0', POPT_ARG_STRING, NULL, OPTION_REPEAT,
	 "connect, send and close COUNT times", "COUNT"},
	POPT_TABLEEND,
};

static const struct poptOption testing_table[] = {
	{"ping", '\0', POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL, NULL, OPTION_PING,
	 "measure round trips to l2server --echo", "COUNT"},
	{"info", '\0', POPT_ARG_NONE, NULL, OPTION_INFO,
	 "print the L2CAP features of the peer", NULL},
	POPT_TABLEEND,
};

static const struct poptOption tuning_table[] = {
	{"no-channel", '\0', POPT_ARG_NONE, NULL, OPTION_NO_CHANNEL,
	 "only set --flush-timeout, of an existing link", NULL},
	POPT_TABLEEND,
};

static const struct option_group client_options;

static bool take(struct common_options *common, int option, char **argument)
{
	const char *text = *argument ? *argument : "";
	/* The common options are its first member. */
	struct client_options *options = (struct client_options *)common;
	struct transfer_config *transfer = &common->transfer;
	const struct report *report = &common->report;

	if (option != OPTION_CONNECT_TIMEOUT && option != OPTION_INFO &&
	    option != OPTION_NO_CHANNEL)
		options->common.channel_option = option_name(&client_options, option);
	switch ((enum client_option)option) {
	case OPTION_RECEIVE:
		transfer->receive = true;
		return true;
	case OPTION_CONNECT_TIMEOUT:
		return take_seconds(report, "--connect-timeout", text, SHORTEST_WAIT_MS,
				    LONGEST_CONNECT_TIMEOUT_MS,
				    &options->connect_timeout_ms);
	case OPTION_RETRY:
		return take_number(report, "--retry", text, 0, MOST_RETRIES,
				   &options->retries);
	case OPTION_HOLD:
		return take_seconds(report, "--hold", text, 0, LONGEST_WAIT_MS,
				    &transfer->hold_ms);
	case OPTION_REPEAT:
		return take_number(report, "--repeat", text, 1, MOST_REPEATS,
				   &options->repeats);
	case OPTION_PING:
		return take_count(report, "--ping", *argument ? text : DEFAULT_PING_COUNT,
				  &transfer->ping, &transfer->ping_count);
	case OPTION_INFO:
		options->info = true;
		return true;
	case OPTION_NO_CHANNEL:
		options->no_channel = true;
		return true;
	case OPTION_NO_INPUT:
		options->no_input = true;
		return true;
	}
	return false;
}

static const struct option_group client_options = {{[HEADING_DATA] = data_table,
						    [HEADING_PEERS] = connecting_table,
						    [HEADING_TESTING] = testing_table,
						    [HEADING_TUNING] = tuning_table},
						   take,
						   NULL};

static bool take_destination(struct client_options *options, const char *text)
{
	const struct report *report = &options->common.report;
	struct channel_config *channel = &options->common.channel;
	bool has_psm;
	uint16_t psm = 0;
	bool le = channel_is_le(channel);
	int error = parse_destination(text, le, &options->peer, &psm, &has_psm);

	if (error == -ERANGE)
		return wrong_value(report, "BDADDR:PSM", text,
				   "does not end in a PSM%s: %s", le ? " of LE" : "",
				   psm_rule(le));
	if (error || bacmp(&options->peer, BDADDR_ANY) == 0)
		return wrong_value(report, "BDADDR[:PSM]", text,
				   "is not an address, with or without a PSM, like "
				   "01:23:45:67:89:AB:0x1001");
	if (has_psm && options->common.psm_given && psm != channel->psm)
		return wrong_value(report, "BDADDR:PSM", text,
				   "and --psm=0x%04X name different PSMs", channel->psm);
	if (has_psm)
		channel->psm = psm;
	return true;
}

/* --info and --no-channel open no channel and move no data. */
static bool check_without_channel(const struct client_options *options,
				  const char *message)
{
	bool tunes = options->common.transfer.sets_flush_timeout;
	const char *what = options->info ? "--info" : "--no-channel";
	char other[80];
	const struct option_clash clashes[] = {
		CLASH(message != NULL, "is never sent with %s", .word = what,
		      .option = "MESSAGE", .value = message),
		CLASH(options->info && options->no_channel,
		      "--info and --no-channel cannot be used together"),
		CLASH(options->info && tunes,
		      "--flush-timeout has no effect with --info"),
		CLASH(options->common.channel_option != NULL, other, .word = what),
		CLASH(options->no_channel && options->connect_timeout_ms,
		      "--connect-timeout has no effect with --no-channel"),
		CLASH(options->no_channel && !tunes,
		      "--no-channel requires --flush-timeout"),
	};

	snprintf(other, sizeof(other), "--%s has no effect with %%s",
		 options->common.channel_option ? options->common.channel_option : "");
	return options_agree(&options->common.report, clashes,
			     sizeof(clashes) / sizeof(*clashes));
}

/* What is sent comes from one place; and some options are about what is received. */
static bool check_directions(const struct client_options *options, bool has_message)
{
	const struct transfer_config *transfer = &options->common.transfer;
	const char *file = transfer->send_file;
	bool is_made = transfer->generate || transfer->ping;
	bool is_file = file && strcmp(file, "-") != 0;
	bool receives = transfer->receive;
	const char *without =
		transfer->ping ? "has no effect with --ping" : "requires --receive";
	const struct option_clash clashes[] = {
		CLASH(has_message && file,
		      "--send and a MESSAGE cannot be used together"),
		CLASH(has_message && transfer->generate,
		      "--generate and a MESSAGE cannot be used together"),
		CLASH(transfer->ping &&
			      (has_message || file || transfer->generate || receives),
		      "--ping cannot be used with a MESSAGE, --send, --generate or "
		      "--receive"),
		CLASH(options->no_input && file && !is_file,
		      "--no-input and --send=- cannot be used together"),
		CLASH(options->repeats > 1 && !has_message && !is_made && !is_file,
		      "--repeat needs what can be sent again: a MESSAGE, --send=FILE, "
		      "--generate or --ping"),
		CLASH(options->common.interval_given && has_message &&
			      options->repeats < 2,
		      "--interval has no effect: a MESSAGE is one SDU"),
		CLASH(transfer->time_ms && has_message,
		      "--time has no effect: a MESSAGE is one SDU"),
		CLASH(transfer->time_ms && options->no_input && !is_made && !is_file,
		      "--time has no effect: nothing is sent with --no-input"),
		CLASH(receives && transfer->hold_ms,
		      "--hold has no effect with --receive, which waits for the server "
		      "to "
		      "close"),
		CLASH(!receives && transfer->output_file, "--output %s", .word = without),
		CLASH(!receives && transfer->expected, "--expect %s", .word = without),
		CLASH(!receives && transfer->verify, "--verify %s", .word = without),
		CLASH(!receives && transfer->read_ahead != DEFAULT_READ_AHEAD,
		      "--buffer %s", .word = without),
		CLASH(!receives && transfer->format != FORMAT_RAW &&
			      (has_message || is_made),
		      "--format %s", .word = without),
	};

	return options_agree(&options->common.report, clashes,
			     sizeof(clashes) / sizeof(*clashes));
}

/* A second argument that looks like a PSM. */
static void warn_of_number(const struct client_options *options, const char *address,
			   const char *message)
{
	uint16_t psm;

	if (strlen(address) < sizeof(options->peer_text) && !options->common.psm_given &&
	    parse_psm(message, channel_is_le(&options->common.channel), &psm) == 0)
		report_notice(&options->common.report,
			      "'%s' is sent as a message; to connect to PSM %s: "
			      "'l2client "
			      "%s:%s'",
			      message, message, address, message);
}

/* The answers come back over this end's MTU. */
static bool check_ping(struct client_options *options)
{
	struct transfer_config *transfer = &options->common.transfer;
	size_t mtu = options->common.channel.mtu;
	size_t size = mtu < DEFAULT_PING_SIZE ? mtu : DEFAULT_PING_SIZE;

	if (!transfer->ping)
		return true;
	if (!transfer->sdu_sizes.minimum)
		transfer->sdu_sizes = (struct sdu_sizes){size, size, 1};
	if (transfer->sdu_sizes.maximum > mtu) {
		usage_error(&options->common.report,
			    "--sdu-size: an answer of %zu bytes does not fit --mtu=%zu",
			    transfer->sdu_sizes.maximum, mtu);
		return false;
	}
	if (!options->common.interval_given)
		transfer->interval_ms = DEFAULT_PING_INTERVAL_MS;
	return true;
}

/* Looks at what only makes sense, or does not, together. */
static bool check_together(struct client_options *options, char **positional)
{
	bool has_message = positional[0] && positional[1];

	/* This machine can be looked at without a peer. */
	if (!positional[0] && !options->common.check) {
		report_error_with_hint(&options->common.report, STATUS_USAGE,
				       "usage: l2client [OPTION...] BDADDR[:PSM] "
				       "[MESSAGE]",
				       "missing address");
		return false;
	}
	if (positional[0] && !take_destination(options, positional[0]))
		return false;
	if (options->info || options->no_channel)
		return check_without_channel(options, positional[1]);
	return check_directions(options, has_message) && check_ping(options);
}

bool client_reads_input(const struct client_options *options)
{
	const struct transfer_config *transfer = &options->common.transfer;

	return !options->message && !options->no_input && !transfer->generate &&
	       !transfer->ping;
}

int client_options_parse(struct client_options *options, int argc, const char **argv,
			 enum exit_status *status)
{
	struct command_line line = {
		.own = &client_options,
		.common = &options->common,
		.purpose =
			"l2client: connect to a Bluetooth L2CAP server and send a "
			"message or a stream",
		.examples =
			"  l2client 01:23:45:67:89:AB 'hello!!'      send a "
			"message\n"
			"  tar c d | l2client 01:23:45:67:89:AB      send a "
			"stream\n",
		.peers = "Connecting:",
		.arguments = "[OPTION...] BDADDR[:PSM] [MESSAGE]",
		.positional_count = 2,
	};
	int stop;

	*options = (struct client_options){.repeats = 1};
	common_options_init(&options->common, "l2client");
	stop = command_line_parse(&line, argc, argv, status);
	if (!stop && !check_together(options, line.positional)) {
		*status = STATUS_USAGE;
		stop = 1;
	}
	if (!stop) {
		/* The message outlives the command line. */
		options->message = line.positional[1];
		options->common.transfer.message = options->message;
		line.positional[1] = NULL;
		if (options->message)
			warn_of_number(options, line.positional[0], options->message);
		if (line.positional[0])
			options->common.report.peer =
				address_text(&options->peer, options->peer_text);
		snprintf(options->common.hint_words.psm,
			 sizeof(options->common.hint_words.psm), "0x%04X",
			 options->common.channel.psm);
		if (options->info || options->common.transfer.sets_flush_timeout)
			common_options_need(&options->common, "cap_net_raw");
	}
	command_line_free(&line);
	return stop;
}

int64_t connect_limit_ms(const struct client_options *options)
{
	return options->connect_timeout_ms ? options->connect_timeout_ms
					   : DEFAULT_CONNECT_TIMEOUT_MS;
}

void client_options_free(struct client_options *options)
{
	free(options->message);
	common_options_free(&options->common);
}
