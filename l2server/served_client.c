// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "served_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "channel/adapter.h"
#include "output_pattern.h"
#include "report/signal_name.h"
#include "session/session_files.h"
#include "session/connection_events.h"

enum {
	WATCH_TICK_MS = 100,
	EXEC_GRACE_MS = 10000, /* for a command, before each of two signals */
};

static bool has_own_output(const struct served_client *client)
{
	return client->output == &client->own_output;
}

/* Ends it without a session; the peer sees its channel close, or a refusal. */
static void give_up(struct served_client *client, bool counts, enum exit_status status)
{
	channel_close(&client->channel);
	client->phase = CLIENT_ENDED;
	client->counts = counts;
	client->status = status;
}

static bool runs_command(const struct served_client *client)
{
	return client->service->options->exec != NULL;
}

/* --- authorising -------------------------------------------------------------------- */

static enum exit_status open_input(struct served_client *client)
{
	const char *name = client->service->options->common.transfer.send_file;

	return name ? session_open_input(&client->report, name, &client->input)
		    : STATUS_OK;
}

static enum exit_status open_own_output(struct served_client *client)
{
	const struct transfer_config *config = &client->service->options->common.transfer;
	char *name =
		output_pattern_expand(config->output_file, client->peer, client->number);
	enum exit_status status;

	if (!name)
		return report_failure(&client->report, STEP_MEMORY, ENOMEM, "write %s",
				      config->output_file);
	/* Others wait to be served: no waiting for the reader of a named pipe. */
	status = session_open_output(&client->report, config, name, true, monotonic_ms(),
				     client->service->interruption, &client->own_output);
	free(name);
	client->own_output.budget = &client->service->budget;
	client->output = &client->own_output;
	return status;
}

static enum exit_status open_output(struct served_client *client)
{
	const struct transfer_config *config = &client->service->options->common.transfer;
	enum exit_status status = STATUS_OK;

	client->output = client->service->output;
	if (client->output && client->output->fd < 0)
		return STATUS_OK; /* nothing is printed */
	if (!client->output)
		status = open_own_output(client);
	return status ? status
		      : session_probe_output(&client->report, config, client->output);
}

/* Both ends of its data are the command's. */
static enum exit_status open_command(struct served_client *client)
{
	const struct server_options *options = client->service->options;
	int to;
	int error = served_command_open(&client->command, client->service->most_files,
					EXEC_GRACE_MS, &to, &client->input);

	if (error)
		return report_failure(&client->report, STEP_MEMORY, error,
				      "open pipes for --exec");
	output_attach(&client->own_output, to, options->common.transfer.read_ahead);
	client->own_output.reader_may_leave = true;
	client->own_output.budget = &client->service->budget;
	client->own_output.format = options->common.transfer.format;
	client->output = &client->own_output;
	return STATUS_OK;
}

static enum exit_status open_files(struct served_client *client)
{
	enum exit_status status;

	if (runs_command(client))
		return open_command(client);
	status = open_input(client);
	return status ? status : open_output(client);
}

static void fail_opening(struct served_client *client, enum failed_step step, int error)
{
	/* One that went away before its channel was up does not count. */
	give_up(client, step == STEP_MODE,
		report_failure(&client->report, step, error,
			       "open a channel for %s (mode %s)", client->peer,
			       channel_mode_name(client->channel.mode)));
}

static void let_in(struct served_client *client)
{
	enum exit_status status = open_files(client);
	int error;

	if (status) {
		give_up(client, true, status);
		return;
	}
	error = channel_authorise(&client->channel, &client->service->config);
	if (error)
		fail_opening(client, error == -EPROTO ? STEP_MODE : STEP_CONNECT, error);
	client->opening = (struct event_source){.fd = client->channel.fd};
}

struct served_client *served_client_start(struct service *service,
					  const struct channel *channel,
					  unsigned int number)
{
	struct served_client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->service = service;
	client->channel = *channel;
	client->number = number;
	client->input = -1;
	client->own_output.fd = -1;
	client->command.input = client->command.output = client->command.process.fd = -1;
	client->report = service->options->common.report;
	client->report.peer = address_text(&channel->peer, client->peer);
	/* There is one terminal for all. */
	if (service->options->keep_open)
		client->report.progress_shown = NULL;
	client->report.connection = service->options->keep_open ? number : 0;
	let_in(client);
	return client;
}

/* --- the session -------------------------------------------------------------------- */

static void start_command(struct served_client *client)
{
	int error = served_command_start(&client->command, client->service->options->exec,
					 &client->channel, client->peer, client->number);

	if (error)
		give_up(client, true,
			report_failure(&client->report, STEP_COMMAND, error,
				       "run /bin/sh for --exec"));
}

static void start_session(struct served_client *client)
{
	const struct transfer_config *config = &client->service->options->common.transfer;
	bool sends = config->send_file || config->generate || runs_command(client);

	const struct session_setup setup = {
		.config = config,
		.report = &client->report,
		.interruption = client->service->interruption,
		.channel = &client->channel,
		.input = client->input,
		.output = client->output,
		.ends_output = has_own_output(client),
		.ends_with_peer = !sends,
		.other_end_waits = sends,
		.answers = runs_command(client),
	};

	report_accepted(&client->service->options->common.report, &client->channel.peer,
			client->number);
	if (runs_command(client))
		start_command(client);
	if (client->phase == CLIENT_ENDED)
		return;
	client->session = session_start(&setup);
	if (client->session)
		client->phase = CLIENT_SERVED;
	else
		give_up(client, true, STATUS_LOCAL_FAILURE);
}

/* A channel that was deferred says by POLLOUT that it is up; the kernel gives up by
 * itself after 40 s. One that opened at once is up, and is not writable while its peer
 * gives no credits. */
static bool is_up(struct served_client *client)
{
	uint32_t events = event_source_take(&client->opening);

	client->channel.seen_up = client->service->config.lets_in_at_once ||
				  (events && !(events & EPOLLHUP));
	return client->service->config.lets_in_at_once || events;
}

static void serve_opening(struct served_client *client, struct event_loop *loop)
{
	enum failed_step step;
	int error;

	if (*client->service->interruption->signal) {
		event_source_want(loop, &client->opening, 0);
		give_up(client, false, STATUS_LOCAL_FAILURE);
		return;
	}
	if (!is_up(client))
		return;
	event_source_want(loop, &client->opening, 0);
	error = channel_settle(&client->channel, &client->service->config, &step);
	if (error)
		fail_opening(client, step, error);
	else
		start_session(client);
}

static void end_session(struct served_client *client, struct event_loop *loop)
{
	uint64_t unread = client->own_output.unread;

	client->counts = true;
	if (has_own_output(client))
		event_source_want(loop, &client->own_output.source, 0);
	client->status = session_finish(client->session);
	if (client->channel.wrong_mode && !client->status)
		client->status = report_failure(
			&client->report, STEP_MODE, EPROTO,
			"use mode %s with %s: it is %s",
			channel_mode_name((int)client->service->config.mode),
			client->peer, channel_mode_name(client->channel.mode));
	if (client->channel.cut_off && !client->status)
		client->status = report_error(
			&client->report, STATUS_CONNECTION_LOST,
			"the channel was closed as this machine was too busy to "
			"configure it in time: more may have been sent");
	client->phase = CLIENT_ENDED;
	if (!runs_command(client))
		return;
	if (unread)
		report_notice(&client->report,
			      "the command left %ju bytes or more unread: they are "
			      "thrown away",
			      (uintmax_t)unread);
	client->phase = CLIENT_LEFT;
	served_command_drain(&client->command, client->input);
	served_command_expect_end(&client->command, monotonic_ms());
}

/* --- the command -------------------------------------------------------------------- */

static void keep_status(struct served_client *client, enum exit_status status)
{
	if (!client->status)
		client->status = status;
}

static void end_command(struct served_client *client, struct event_loop *loop)
{
	struct served_command *command = &client->command;
	uintmax_t unsent;

	served_command_reap(command, loop);
	client->phase = CLIENT_ENDED;
	unsent = command->rest_bytes + session_bytes_unsent(client->session);
	if (unsent)
		keep_status(client,
			    report_error(&client->report, STATUS_CONNECTION_LOST,
					 "%ju bytes that the command wrote are not sent: "
					 "the channel was closed",
					 unsent));
	keep_status(client,
		    report_command(&client->report, command->exit_code, command->killed));
}

/* When the channel is no more, a command that still reads has time. */
static void watch_command(struct served_client *client)
{
	int64_t moved_ms = client->own_output.moved_ms;

	if (!session_channel_is_over(client->session))
		return;
	if (!client->over_ms)
		client->over_ms = monotonic_ms();
	served_command_expect_end(&client->command, moved_ms > client->over_ms
							    ? moved_ms
							    : client->over_ms);
}

static void serve_command(struct served_client *client, struct event_loop *loop)
{
	int signal;

	if (client->phase == CLIENT_SERVED)
		watch_command(client);
	if (*client->service->interruption->signal)
		served_command_hang_up(&client->command);
	signal = served_command_serve(&client->command);
	if (signal)
		report_notice(&client->report, "sending %s to the command",
			      signal_name(signal));
	if (client->phase == CLIENT_LEFT && client->command.ended)
		end_command(client, loop);
}

static int64_t prepare_command(struct served_client *client, struct event_loop *loop,
			       int64_t wait_ms)
{
	int64_t command_ms = client->phase == CLIENT_ENDED
				   ? WAIT_FOREVER
				   : served_command_prepare(&client->command, loop);

	if (command_ms < wait_ms)
		wait_ms = command_ms;
	/* For watch_command(): no event reports the end of a channel that is not read. */
	if (client->phase == CLIENT_SERVED && !output_has_room(&client->own_output) &&
	    wait_ms > WATCH_TICK_MS)
		wait_ms = WATCH_TICK_MS;
	return wait_ms;
}

/* --- serving ------------------------------------------------------------------------ */

/* Waits for the next event; returns for how long at most. */
static int64_t prepare(struct served_client *client, struct event_loop *loop)
{
	int64_t wait_ms = WAIT_FOREVER;

	if (client->phase == CLIENT_OPENING) {
		int error = event_source_want(loop, &client->opening, EPOLLOUT);

		if (error)
			fail_opening(client, STEP_MEMORY, error);
	} else if (client->phase == CLIENT_SERVED) {
		wait_ms = session_prepare(client->session, loop);
		if (has_own_output(client)) {
			output_prepare(client->output, loop);
			if (event_source_is_always_ready(&client->output->source))
				wait_ms = 0;
		}
	}
	return runs_command(client) ? prepare_command(client, loop, wait_ms) : wait_ms;
}

static void serve(struct served_client *client, struct event_loop *loop)
{
	if (client->phase == CLIENT_OPENING)
		serve_opening(client, loop);
	if (client->phase == CLIENT_SERVED) {
		if (has_own_output(client))
			output_serve(client->output);
		session_serve(client->session, loop);
		if (session_is_over(client->session))
			end_session(client, loop);
	}
	if (runs_command(client) &&
	    (client->phase == CLIENT_SERVED || client->phase == CLIENT_LEFT))
		serve_command(client, loop);
}

void served_client_serve(struct served_client *client, struct event_loop *loop)
{
	int64_t wait_ms;

	client->is_ready = false;
	loop->mark = &client->is_ready;
	serve(client, loop);
	wait_ms = prepare(client, loop);
	loop->mark = NULL;
	client->due_ms = wait_ms == WAIT_FOREVER ? WAIT_FOREVER : loop->now_ms + wait_ms;
}

bool served_client_leaves(const struct served_client *client)
{
	return client->phase == CLIENT_LEFT || (client->phase == CLIENT_SERVED &&
						session_channel_is_over(client->session));
}

bool served_client_watches_output(const struct served_client *client)
{
	return client->phase == CLIENT_SERVED && !has_own_output(client) &&
	       session_waits_for_output(client->session);
}

void served_client_free(struct served_client *client)
{
	channel_close(&client->channel);
	if (has_own_output(client))
		output_close(client->output, false, NULL);
	served_command_free(&client->command);
	session_free(client->session);
	if (client->input > STDIN_FILENO)
		close(client->input);
	free(client);
}
