// SPDX-License-Identifier: GPL-2.0-or-later
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
};

enum {
	LONGEST_CONNECT_TIMEOUT_S = 3600,
	MOST_RETRIES = 1000000,
	MOST_REPEATS = 1000000,
};

static const struct poptOption client_table[] = {
	{"receive", 'r', POPT_ARG_NONE, NULL, OPTION_RECEIVE,
	 "also print what the server sends, until the server closes", NULL},
	{"connect-timeout", 'c', POPT_ARG_STRING, NULL, OPTION_CONNECT_TIMEOUT,
	 "give up connecting after so long, 1-3600 (default: 40)", "SEC"},
	{"retry", '\0', POPT_ARG_STRING, NULL, OPTION_RETRY,
	 "try to connect so many times more, a second apart (default: 0)", "COUNT"},
	{"hold", '\0', POPT_ARG_STRING, NULL, OPTION_HOLD,
	 "after sending, keep the channel open for so long, 0-86400 (default: 0)", "SEC"},
	{"repeat", '\0', POPT_ARG_STRING, NULL, OPTION_REPEAT,
	 "connect, send and close so many times, until one fails, 1-1000000 (default: 1)",
	 "COUNT"},
	{"ping", '\0', POPT_ARG_STRING, NULL, OPTION_PING,
	 "measure so many round trips with a server that echoes, 0: without end (default: "
	 "of 64 bytes, a second apart)",
	 "COUNT"},
	{"info", '\0', POPT_ARG_NONE, NULL, OPTION_INFO,
	 "tell the peer's L2CAP features and fixed channels, and do nothing else "
	 "(needs CAP_NET_RAW)",
	 NULL},
	{"no-channel", '\0', POPT_ARG_NONE, NULL, OPTION_NO_CHANNEL,
	 "set the --flush-timeout of the link that is there, and open no channel", NULL},
	POPT_TABLEEND,
};

static bool take(struct common_options *common, int option, char **argument)
{
	const char *text = *argument ? *argument : "";
	/* The common options are its first member. */
	struct client_options *options = (struct client_options *)common;
	struct transfer_config *transfer = &common->transfer;
	const struct report *report = &common->report;

	if (option != OPTION_CONNECT_TIMEOUT && option != OPTION_INFO &&
	    option != OPTION_NO_CHANNEL)
		options->common.channel_option = option_name(client_table, option);
	switch ((enum client_option)option) {
	case OPTION_RECEIVE:
		transfer->receive = true;
		return true;
	case OPTION_CONNECT_TIMEOUT:
		return take_number(report, "--connect-timeout", text, 1,
				   LONGEST_CONNECT_TIMEOUT_S,
				   &options->connect_timeout_s);
	case OPTION_RETRY:
		return take_number(report, "--retry", text, 0, MOST_RETRIES,
				   &options->retries);
	case OPTION_HOLD:
		return take_number(report, "--hold", text, 0, LONGEST_HOLD_S,
				   &transfer->hold_s);
	case OPTION_REPEAT:
		return take_number(report, "--repeat", text, 1, MOST_REPEATS,
				   &options->repeats);
	case OPTION_PING:
		return take_count(report, "--ping", text, &transfer->ping,
				  &transfer->ping_count);
	case OPTION_INFO:
		options->info = true;
		return true;
	case OPTION_NO_CHANNEL:
		options->no_channel = true;
		return true;
	}
	return false;
}

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
		      "--info and --no-channel exclude each other"),
		CLASH(options->info && tunes,
		      "--flush-timeout has no effect with --info"),
		CLASH(options->common.channel_option != NULL, other, .word = what),
		CLASH(options->no_channel && options->connect_timeout_s,
		      "--connect-timeout has no effect with --no-channel"),
		CLASH(options->no_channel && !tunes,
		      "--no-channel needs a --flush-timeout to set"),
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
	const char *without = transfer->ping ? "with --ping" : "without --receive";
	const struct option_clash clashes[] = {
		CLASH(has_message && file, "and a MESSAGE exclude each other",
		      .option = "--send", .value = file),
		CLASH(has_message && transfer->generate,
		      "--generate and a MESSAGE exclude each other"),
		CLASH(transfer->ping &&
			      (has_message || file || transfer->generate || receives),
		      "--ping excludes a MESSAGE, --send, --generate and --receive: it makes "
		      "what it sends"),
		CLASH(options->repeats > 1 && !has_message && !is_made && !is_file,
		      "--repeat needs what can be sent again: a MESSAGE, --send=FILE, "
		      "--generate or --ping"),
		CLASH(options->common.interval_given && has_message &&
			      options->repeats < 2,
		      "--interval has no effect: a MESSAGE is one SDU"),
		CLASH(receives && transfer->hold_s,
		      "--hold has no effect with --receive, which waits for the server to "
		      "close"),
		CLASH(!receives && transfer->output_file, "is never written %s",
		      .word = without, .option = "--output",
		      .value = transfer->output_file),
		CLASH(!receives && transfer->expected, "--expect has no effect %s",
		      .word = without),
		CLASH(!receives && transfer->verify, "--verify has no effect %s",
		      .word = without),
		CLASH(!receives && transfer->read_ahead != DEFAULT_READ_AHEAD,
		      "--buffer has no effect %s", .word = without),
		CLASH(!receives && transfer->format != FORMAT_RAW &&
			      (has_message || is_made),
		      "--format has no effect %s", .word = without),
	};

	return options_agree(&options->common.report, clashes,
			     sizeof(clashes) / sizeof(*clashes));
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
			    "--sdu-size: %zu bytes cannot come back with --mtu=%zu",
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
		usage_error(&options->common.report, "no BDADDR: whom to connect to?");
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

	return !options->message && !transfer->generate && !transfer->ping;
}

int client_options_parse(struct client_options *options, int argc, const char **argv,
			 enum exit_status *status)
{
	static const struct option_group client_options = {
		"Options of this program:", client_table, take, NULL};
	struct command_line line = {
		.own = &client_options,
		.common = &options->common,
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
		if (line.positional[0])
			options->common.report.peer =
				address_text(&options->peer, options->peer_text);
		if (options->info || options->common.transfer.sets_flush_timeout)
			common_options_need(&options->common, "cap_net_raw");
		/* The message outlives the command line. */
		options->message = line.positional[1];
		options->common.transfer.message = options->message;
		line.positional[1] = NULL;
	}
	command_line_free(&line);
	return stop;
}

int64_t connect_timeout_ms(const struct client_options *options)
{
	unsigned int seconds = options->connect_timeout_s ? options->connect_timeout_s
							  : DEFAULT_CONNECT_TIMEOUT_S;

	return (int64_t)seconds * 1000;
}

void client_options_free(struct client_options *options)
{
	free(options->message);
	common_options_free(&options->common);
}
