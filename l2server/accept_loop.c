// SPDX-License-Identifier: GPL-2.0-or-later
#include "accept_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "adapter.h"
#include "session.h"
#include "transfer_files.h"

struct server {
	const struct server_options *options;
	const struct report *report;
	const struct interruption *interruption;
	struct channel_config config; /* with the adapter found */
	struct channel listener;
	int output;
};

static enum exit_status tell_unready(const struct server *server, int error)
{
	return report_failure(server->report, STEP_OUTPUT, error,
			      "write to descriptor %d of --ready-fd",
			      server->options->ready_fd);
}

/* Tells who waits for it that clients can connect now. */
static enum exit_status tell_ready(const struct server *server)
{
	int fd = server->options->ready_fd;
	int error = 0;

	report_listening(server->report, &server->listener);
	if (fd < 0)
		return STATUS_OK;
	if (dprintf(fd, "%u\n", server->listener.psm) < 0)
		error = -errno;
	if (close(fd) < 0 && !error)
		error = -errno;
	return error ? tell_unready(server, error) : STATUS_OK;
}

static enum exit_status start_listening(struct server *server)
{
	const struct common_options *common = &server->options->common;
	enum failed_step step = STEP_ADAPTER;
	int error = adapter_find(common->adapter, &server->config.adapter);

	if (error)
		return report_failure(server->report, step, error, "use %s",
				      common->adapter ? common->adapter
						      : "a Bluetooth adapter");
	error = channel_listen(&server->config, &server->listener, &step);
	if (error)
		return report_failure(server->report, step, error,
				      "listen on %s, PSM 0x%04X (%u)",
				      common->adapter ? common->adapter : "any adapter",
				      server->config.psm, server->config.psm);
	return STATUS_OK;
}

static enum exit_status output_failure(const struct server *server, int error)
{
	const char *name = server->options->common.transfer.output_file;

	return report_failure(server->report, STEP_OUTPUT, error, "write %s",
			      name ? name : "standard output");
}

static enum exit_status open_output(struct server *server)
{
	const struct transfer_config *transfer = &server->options->common.transfer;
	int error;

	server->output = output_open(transfer->output_file, idle_deadline_ms(transfer),
				     server->interruption);
	error = server->output < 0 ? server->output : output_begin(server->output);
	return error ? output_failure(server, error) : STATUS_OK;
}

/* What is to be sent, opened anew for each client; -1: nothing, or *STATUS is set. */
static int open_input(const struct server *server, enum exit_status *status)
{
	const char *name = server->options->common.transfer.send_file;
	int fd = name ? input_open(name) : -1;

	*status = STATUS_OK;
	if (name && fd < 0) {
		*status = report_failure(server->report, STEP_INPUT, fd, "read %s", name);
		return -1;
	}
	return fd;
}

static void close_input(int fd)
{
	if (fd > STDIN_FILENO)
		close(fd);
}

/* Before anyone connects. */
static enum exit_status check_input(const struct server *server)
{
	const char *name = server->options->common.transfer.send_file;
	int error = name ? input_check(name) : 0;

	return error ? report_failure(server->report, STEP_INPUT, error, "read %s", name)
		     : STATUS_OK;
}

/* Lets in the peer that waits, until its channel is up. Returns 0 or -errno. */
static int open_channel(const struct server *server, struct channel *channel,
			enum failed_step *step)
{
	int events;
	int error;

	*step = STEP_CONNECT;
	error = channel_authorise(channel);
	if (error)
		return error;
	/* The kernel gives up by itself after 40 s. */
	events = wait_for(channel->fd, POLLOUT, WAIT_FOREVER, server->interruption);
	if (events < 0)
		return events;
	return channel_settle(channel, &server->config, step);
}

static enum exit_status serve(struct server *server, struct channel *channel)
{
	const struct transfer_config *transfer = &server->options->common.transfer;
	struct session session = {
		.config = transfer,
		.report = server->report,
		.interruption = server->interruption,
		.output = server->output,
		.ends_with_peer = !transfer->send_file,
		.other_end_waits = transfer->send_file,
	};
	char peer[ADDRESS_TEXT_SIZE];
	enum exit_status status;

	report_notice(server->report, "Accepted connection from %s",
		      address_text(&channel->peer, peer));
	session.input = open_input(server, &status);
	if (!status)
		status = session_run(&session, channel);
	close_input(session.input);
	return status;
}

enum served {
	SERVED_NOBODY, /* the peer went away, or a signal came */
	SERVED_CLIENT,
};

/*
 * Accepts and serves the client that waits. An output that cannot be written is found
 * before the client is let in: it is refused, and does not believe that its message
 * arrived. STATUS is that of the client, or of what keeps the server from serving any.
 */
static enum served serve_next(struct server *server, enum exit_status *status)
{
	struct channel channel;
	enum failed_step step;
	char peer[ADDRESS_TEXT_SIZE];
	int error = channel_accept(&server->listener, &channel);

	*status = STATUS_OK;
	if (error == -EAGAIN || error == -ECONNABORTED || error == -EINTR)
		return SERVED_NOBODY;
	if (error) {
		*status = report_failure(server->report, STEP_ACCEPT, error,
					 "accept a connection");
		return SERVED_CLIENT;
	}
	error = output_probe(server->output);
	if (error) {
		channel_close(&channel);
		*status = output_failure(server, error);
		return SERVED_CLIENT;
	}
	error = open_channel(server, &channel, &step);
	if (!error) {
		if (!server->options->keep_open)
			channel_close(&server->listener);
		*status = serve(server, &channel);
	} else if (error != -EINTR) {
		*status = report_failure(server->report, step, error,
					 "open a channel for %s (mode %s)",
					 address_text(&channel.peer, peer),
					 channel_mode_name(channel.mode));
	}
	channel_close(&channel);
	return error && step != STEP_MODE ? SERVED_NOBODY : SERVED_CLIENT;
}

static int wait_for_client(const struct server *server)
{
	unsigned int limit = server->options->accept_timeout_s;
	int64_t deadline = limit ? monotonic_ms() + (int64_t)limit * 1000 : WAIT_FOREVER;

	return wait_for(server->listener.fd, POLLIN, deadline, server->interruption);
}

static enum exit_status serve_clients(struct server *server)
{
	enum exit_status first_failure = STATUS_OK;

	for (;;) {
		enum exit_status status;
		int events = wait_for_client(server);

		if (events == 0) {
			report_error(server->report,
				     "no client came for %u s (--accept-timeout)",
				     server->options->accept_timeout_s);
			return first_failure ? first_failure : STATUS_TIMEOUT;
		}
		/* main() ends by the signal. */
		if (events < 0)
			return STATUS_LOCAL_FAILURE;
		if (serve_next(server, &status) == SERVED_NOBODY)
			continue;
		if (!server->options->keep_open || status == STATUS_LOCAL_FAILURE)
			return status;
		if (!first_failure)
			first_failure = status;
	}
}

enum exit_status accept_loop(const struct server_options *options,
			     const struct interruption *interruption)
{
	struct server server = {
		.options = options,
		.report = &options->common.report,
		.interruption = interruption,
		.config = options->common.channel,
		.listener = {.fd = -1},
		.output = -1,
	};
	enum exit_status status = check_input(&server);

	if (!status)
		status = start_listening(&server);
	if (!status)
		status = open_output(&server);
	if (!status)
		status = tell_ready(&server);
	if (!status)
		status = serve_clients(&server);
	channel_close(&server.listener);
	if (server.output >= 0) {
		int error = output_close(server.output);

		if (error)
			status = output_failure(&server, error);
	}
	return status;
}
