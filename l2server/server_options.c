// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "server_options.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "options/command_line.h"
#include "options/option_values.h"
#include "output_pattern.h"
#include "parse_value.h"

enum server_option {
	OPTION_KEEP_OPEN = FIRST_OWN_OPTION,
	OPTION_ACCEPT_TIMEOUT,
	OPTION_READY_FD,
	OPTION_MAX_CLIENTS,
	OPTION_ECHO,
	OPTION_DISCARD,
	OPTION_HOLD,
	OPTION_ALLOW,
	OPTION_ADVERTISE,
	OPTION_EXEC,
	OPTION_NO_DEFER,
	OPTION_CENTRAL,
};

/* 0 to 2 are the standard files, which have their own use. */
enum {
	LOWEST_READY_FD = 3,
	HIGHEST_READY_FD = 1048576,
	MOST_CLIENTS = 65535,
};

static const struct poptOption data_table[] = {
	{"hold", '\0', POPT_ARG_STRING, NULL, OPTION_HOLD,
	 "after sending, stay connected for SEC seconds", "SEC"},
	POPT_TABLEEND,
};

static const struct poptOption clients_table[] = {
	{"keep-open", 'k', POPT_ARG_NONE, NULL, OPTION_KEEP_OPEN,
	 "serve many clients, until interrupted", NULL},
	{"max-clients", '\0', POPT_ARG_STRING, NULL, OPTION_MAX_CLIENTS,
	 "refuse more than N clients at once", "N"},
	{"allow", '\0', POPT_ARG_STRING, NULL, OPTION_ALLOW,
	 "accept only this client (may be repeated)", "BDADDR"},
	{"exec", 'e', POPT_ARG_STRING, NULL, OPTION_EXEC,
	 "connect each client to a new COMMAND", "COMMAND"},
	{"accept-timeout", '\0', POPT_ARG_STRING, NULL, OPTION_ACCEPT_TIMEOUT,
	 "give up when no client comes for SEC seconds", "SEC"},
	{"ready-fd", '\0', POPT_ARG_STRING, NULL, OPTION_READY_FD,
	 "write the PSM to descriptor N when listening", "N"},
	{"advertise", '\0', POPT_ARG_NONE, NULL, OPTION_ADVERTISE,
	 "LE: advertise while the server runs", NULL},
	{"no-defer", '\0', POPT_ARG_NONE, NULL, OPTION_NO_DEFER,
	 "LE: let channels last longer than 40 s", NULL},
	{"central", '\0', POPT_ARG_NONE, NULL, OPTION_CENTRAL,
	 "ask for the central role on links of clients", NULL},
	POPT_TABLEEND,
};

static const struct poptOption testing_table[] = {
	{"echo", '\0', POPT_ARG_NONE, NULL, OPTION_ECHO, "send each SDU back", NULL},
	{"discard", '\0', POPT_ARG_NONE, NULL, OPTION_DISCARD, "discard received data",
	 NULL},
	POPT_TABLEEND,
};

static bool take_ready_fd(struct server_options *options, const char *text,
			  const struct report *report)
{
	unsigned int number;
	int flags;

	if (!take_number(report, "--ready-fd", text, LOWEST_READY_FD, HIGHEST_READY_FD,
			 &number))
		return false;
	/* Before any socket is opened: the number can only be one that was handed in. */
	flags = fcntl((int)number, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return wrong_value(report, "--ready-fd", text,
				   "is not a descriptor that is open for writing");
	options->ready_fd = (int)number;
	return true;
}

static bool take_allowed(struct server_options *options, const char *text,
			 const struct report *report)
{
	bdaddr_t address;

	if (parse_address(text, &address) || bacmp(&address, BDADDR_ANY) == 0)
		return wrong_value(report, "--allow", text,
				   "is not a Bluetooth address like 01:23:45:67:89:AB");
	if (options->allowed_count == MOST_ALLOWED)
		return wrong_value(report, "--allow", text,
				   "is one too many: %d are allowed", MOST_ALLOWED);
	options->allowed[options->allowed_count++] = address;
	return true;
}

static bool take_command(struct server_options *options, char **argument,
			 const struct report *report)
{
	if (!*argument || !**argument)
		return wrong_value(report, "--exec", "", "is not a command for sh");
	return take_text(report, "--exec", argument, &options->exec);
}

/* The common options are its first member. */
static struct server_options *of_server(struct common_options *common)
{
	return (struct server_options *)common;
}

static bool take(struct common_options *common, int option, char **argument)
{
	const char *text = *argument ? *argument : "";
	struct server_options *options = of_server(common);
	const struct report *report = &common->report;

	switch ((enum server_option)option) {
	case OPTION_KEEP_OPEN:
		options->keep_open = true;
		return true;
	case OPTION_ACCEPT_TIMEOUT:
		return take_seconds(report, "--accept-timeout", text, SHORTEST_WAIT_MS,
				    LONGEST_WAIT_MS, &options->accept_timeout_ms);
	case OPTION_MAX_CLIENTS:
		return take_number(report, "--max-clients", text, 1, MOST_CLIENTS,
				   &options->max_clients);
	case OPTION_ECHO:
		options->common.transfer.echo = true;
		return true;
	case OPTION_DISCARD:
		options->common.transfer.discard = true;
		return true;
	case OPTION_HOLD:
		return take_seconds(report, "--hold", text, 0, LONGEST_WAIT_MS,
				    &options->common.transfer.hold_ms);
	case OPTION_ALLOW:
		return take_allowed(options, text, report);
	case OPTION_ADVERTISE:
		options->advertise = true;
		return true;
	case OPTION_EXEC:
		return take_command(options, argument, report);
	case OPTION_NO_DEFER:
		options->common.channel.lets_in_at_once = true;
		return true;
	case OPTION_CENTRAL:
		options->common.channel.central = true;
		return true;
	case OPTION_READY_FD:
		return take_ready_fd(options, text, report);
	}
	return false;
}

/* What only makes sense, or does not, together. Received data goes to one place; what is
 * sent comes from one; with a command, both are its. Who is refused before the channel
 * opens must be deferred until then: who asks for enhanced channels never is
 * (channel_config.h). */
static bool check(struct common_options *common)
{
	const struct server_options *options = of_server(common);
	const struct transfer_config *transfer = &options->common.transfer;
	const struct channel_config *channel = &options->common.channel;
	bool le = channel_is_le(channel);
	bool sends = transfer->send_file || transfer->generate || options->exec;
	bool is_unprinted = transfer->echo || transfer->discard;
	const char *unprinted = transfer->echo ? "--echo" : "--discard";
	const char *output = transfer->output_file;
	const char *of_command = transfer->send_file ? "--send"
			       : transfer->generate  ? "--generate"
			       : output		     ? "--output"
			       : is_unprinted	     ? unprinted
						     : NULL;
	const struct option_clash clashes[] = {
		CLASH(options->advertise && !le, "--advertise requires --le"),
		CLASH(channel->lets_in_at_once && !le, "--no-defer requires --le"),
		CLASH((channel->lets_in_at_once || channel->mode == MODE_ECRED) &&
			      options->allowed_count,
		      "%s and --allow cannot be used together: the channel opens "
		      "before a client can be refused",
		      .word = channel->lets_in_at_once ? "--no-defer" : "--mode=ecred"),
		CLASH(options->max_clients && !options->keep_open,
		      "--max-clients requires --keep-open"),
		CLASH(options->keep_open && transfer->progress && !transfer->progress_ms,
		      "--progress and --keep-open cannot be used together: it shows "
		      "one transfer; --progress=SEC prints lines for each"),
		CLASH(options->keep_open && transfer->send_file &&
			      strcmp(transfer->send_file, "-") == 0,
		      "can go to one client only: not with --keep-open",
		      .option = "--send", .value = transfer->send_file),
		CLASH(output && !output_pattern_is_valid(output),
		      "has a %% that is not %%a (the peer's address), %%n (the "
		      "connection's "
		      "number) or %%%%",
		      .option = "--output", .value = output),
		CLASH(options->exec && of_command,
		      "--exec and %s cannot be used "
		      "together",
		      .word = of_command),
		CLASH(transfer->echo && transfer->discard,
		      "--echo and --discard cannot be used together"),
		CLASH(transfer->echo && sends,
		      "--echo cannot be used with --send or "
		      "--generate"),
		CLASH(is_unprinted && output, "is never written with %s",
		      .word = unprinted, .option = "--output", .value = output),
		CLASH(is_unprinted && transfer->format != FORMAT_RAW &&
			      !transfer->send_file,
		      "--format has no effect with %s", .word = unprinted),
		CLASH(transfer->interval_ms && !sends && !transfer->echo,
		      "--interval has no effect: nothing is sent without --send, "
		      "--generate, "
		      "--echo or --exec"),
		CLASH(transfer->time_ms && (!sends || options->exec),
		      "--time requires --send or --generate"),
		CLASH(transfer->hold_ms && !sends,
		      "--hold has no effect: nothing is sent without --send, "
		      "--generate or "
		      "--exec"),
	};

	return options_agree(&options->common.report, clashes,
			     sizeof(clashes) / sizeof(*clashes));
}

/* Each command is a process or more. */
static void limit_commands(struct server_options *options)
{
	enum { MOST_COMMANDS = 64 };

	if (options->exec && options->keep_open && !options->max_clients)
		options->max_clients = MOST_COMMANDS;
}

static void list_capabilities(struct common_options *options, bool advertises)
{
	const struct channel_config *channel = &options->channel;

	if (channel->psm &&
	    channel->psm < (channel_is_le(channel) ? DEFAULT_LE_PSM : DEFAULT_PSM))
		common_options_need(options, "cap_net_bind_service");
	if (options->transfer.sets_flush_timeout)
		common_options_need(options, "cap_net_raw");
	if (advertises)
		common_options_need(options, "cap_net_admin");
}

int server_options_parse(struct server_options *options, int argc, const char **argv,
			 enum exit_status *status)
{
	static const struct option_group server_options = {
		{[HEADING_DATA] = data_table,
		 [HEADING_PEERS] = clients_table,
		 [HEADING_TESTING] = testing_table},
		take,
		check};
	struct command_line line = {
		.own = &server_options,
		.common = &options->common,
		.purpose =
			"l2server: accept a Bluetooth L2CAP connection and print "
			"what "
			"it sends",
		.examples =
			"  l2server                       print what one client "
			"sends\n"
			"  l2server -k -o 'inbox/%a'      many clients, a file for "
			"each\n",
		.peers = "Clients:",
		.arguments = "[OPTION...]",
		.positional_count = 0,
	};
	int stop;

	*options = (struct server_options){.ready_fd = -1};
	common_options_init(&options->common, "l2server");
	options->common.psm_may_be_zero = true;
	stop = command_line_parse(&line, argc, argv, status);
	if (!stop) {
		limit_commands(options);
		list_capabilities(&options->common, options->advertise);
		if (options->common.channel.mode == MODE_ECRED)
			options->common.channel.lets_in_at_once = true;
	}
	command_line_free(&line);
	return stop;
}

void server_options_free(struct server_options *options)
{
	free(options->exec);
	common_options_free(&options->common);
}
