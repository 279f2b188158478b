// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "accept_loop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channel/adapter.h"
#include "advertising.h"
#include "report/diagnostics.h"
#include "lost_clients.h"
#include "output_pattern.h"
#include "session/permission.h"
#include "served_client.h"
#include "session/session.h"
#include "session/session_files.h"
#include "session/connection_events.h"

/* By default: with them, those of one client do not starve the others. */
enum { BUDGET = 256 << 20 };

struct server {
	struct service service;
	const struct server_options *options;
	const struct report *report;
	struct interruption interruption; /* the program's, and what is blocked here */
	struct channel listener;
	struct lost_clients lost_clients;
	struct advertising advertising;
	struct event_source listening;
	struct event_loop loop;
	struct output output; /* for all clients, */
	uint64_t written;     /* of which so much was written when last looked at */
	struct served_client *clients;
	unsigned int active, accepted;
	bool accept_paused; /* no descriptors are left: until a client ends */
	int64_t accept_deadline_ms;
	bool served;		 /* a client, well or not */
	bool done;		 /* no one else is accepted */
	bool failed;		 /* nor served */
	bool told_budget;	 /* that it is used up, not long ago */
	bool lost;		 /* clients, of which no one else knows: what was served
				  * is whole all the same */
	enum exit_status status; /* the first that is not 0 */
};

/* --- starting ----------------------------------------------------------------------- */

static enum exit_status tell_unready(const struct server *server, int error)
{
	return report_failure(server->report, STEP_OUTPUT, error,
			      "write to descriptor %d of --ready-fd",
			      server->options->ready_fd);
}

/* Reports to the program that waits that clients can connect now. */
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
	enum failed_step step = STEP_SOCKET;
	struct channel_config *config = &server->service.config;
	enum exit_status status = find_adapter(common, &config->adapter);
	int error = 0;

	if (status)
		return status;
	if (config->lets_in_at_once) {
		error = lost_clients_open(&server->lost_clients, &server->interruption);
		config->arrivals_signal = lost_clients_signal();
	}
	if (!error)
		error = channel_listen(config, &server->listener, &step);
	if (error)
		return report_listen_failure(server->report, common->adapter, config->psm,
					     step, error);
	return STATUS_OK;
}

/* The one for all clients, before anyone connects. */
static enum exit_status open_output(struct server *server)
{
	const struct transfer_config *transfer = &server->options->common.transfer;
	const char *name = transfer->output_file;
	enum exit_status status;
	char *plain;

	if (server->options->exec)
		return STATUS_OK; /* each command is one */
	if (transfer->echo || transfer->discard) {
		output_attach(&server->output, -1, transfer->read_ahead);
		server->output.budget = &server->service.budget;
		server->service.output = &server->output;
		return STATUS_OK;
	}
	if (name && output_pattern_is_for_each(name))
		return STATUS_OK;
	plain = name ? output_pattern_expand(name, "", 0) : NULL;
	if (name && !plain)
		return report_failure(server->report, STEP_MEMORY, ENOMEM, "write %s",
				      name);
	status = session_open_output(server->report, transfer, plain, false,
				     idle_deadline_ms(transfer), &server->interruption,
				     &server->output);
	free(plain);
	/* With others to serve, waiting for the disk would hold them up. */
	server->output.syncs = !server->options->keep_open;
	server->service.output = &server->output;
	return status;
}

/* Before anyone connects. */
static enum exit_status check_input(const struct server *server)
{
	const char *name = server->options->common.transfer.send_file;

	return name ? session_check_input(server->report, name) : STATUS_OK;
}

/* Each client may take three descriptors, and the soft limit is often 1024. */
static void raise_descriptor_limit(struct server *server)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		server->service.most_files = limit.rlim_cur;
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* CAP_NET_BIND_SERVICE, and what root has besides, is not needed any more. Each client's
 * socket gets large buffers, and advertising is renewed. */
static enum exit_status drop_privileges(const struct server *server, bool listens)
{
	return session_drop_privileges(server->report, &server->options->common.transfer,
				       listens, server->options->exec != NULL);
}

static enum exit_status start(struct server *server)
{
	enum exit_status status = check_input(server);
	int error;

	if (!status)
		status = session_permission(&server->options->common.transfer,
					    server->report);
	/* Before anything of Bluetooth: what is wrong with a file is quicker mended. */
	if (!status)
		status = open_output(server);
	if (!status)
		status = start_listening(server);
	if (status)
		return status;
	error = event_loop_open(&server->loop, &server->interruption);
	if (error)
		return report_failure(server->report, STEP_MEMORY, error,
				      "wait for several descriptors");
	if (server->options->keep_open)
		raise_descriptor_limit(server);
	status = advertising_start(server->options, &server->advertising);
	if (!status)
		status = drop_privileges(server, true);
	return status ? status : tell_ready(server);
}

/* --- accepting ---------------------------------------------------------------------- */

static void restart_accept_timeout(struct server *server)
{
	unsigned int limit = server->options->accept_timeout_ms;

	server->accept_deadline_ms = limit ? monotonic_ms() + limit : WAIT_FOREVER;
}

static bool is_full(const struct server *server)
{
	unsigned int limit = server->options->max_clients;

	return limit && server->active >= limit;
}

static bool has_one_leaving(const struct server *server)
{
	const struct served_client *client = server->clients;

	while (client && !served_client_leaves(client))
		client = client->next;
	return client != NULL;
}

/* Without --keep-open one is accepted at a time, until one is served. A client that
 * connects while another one's place is about to be free waits for it: often it is the
 * same client again. */
static bool accepts(const struct server *server)
{
	return !server->done && server->listener.fd >= 0 && !server->accept_paused &&
	       (server->options->keep_open || !server->clients) &&
	       !(is_full(server) &&
		 (server->service.config.lets_in_at_once || has_one_leaving(server)));
}

static void keep_status(struct server *server, enum exit_status status)
{
	if (!server->status)
		server->status = status;
}

static void tell_lost_clients(struct server *server)
{
	struct lost_clients *lost = &server->lost_clients;
	uint64_t count = lost_clients_find(lost, &server->listener);

	if (count) {
		report_error(server->report, STATUS_DATA_LOST,
			     "%" PRIu64
			     " client%s connected and closed before being "
			     "accepted (--no-defer): the data sent is lost",
			     count, count == 1 ? "" : "s");
		server->lost = true;
	}
	if (lost->uncounted) {
		report_error(server->report, STATUS_DATA_LOST,
			     "clients may have connected and closed before they were "
			     "accepted (--no-defer): the kernel has no room to report "
			     "each ('ulimit -i')");
		server->lost = true;
		lost->uncounted = false;
	}
}

static void stop_listening(struct server *server)
{
	event_source_want(&server->loop, &server->listening, 0);
	event_source_want(&server->loop, &server->lost_clients.arrivals, 0);
	if (server->service.config.lets_in_at_once)
		lost_clients_send_away(&server->lost_clients, &server->listener);
	channel_close(&server->listener);
	tell_lost_clients(server);
	lost_clients_close(&server->lost_clients);
	keep_status(server, advertising_stop(server->options, &server->advertising));
	keep_status(server, drop_privileges(server, false));
}

static bool is_allowed(const struct server_options *options, const bdaddr_t *peer)
{
	for (unsigned int i = 0; i < options->allowed_count; i++) {
		if (bacmp(&options->allowed[i], peer) == 0)
			return true;
	}
	return options->allowed_count == 0;
}

/* Refuses the client, which still waits to be authorised, if it may not come in. */
static bool refuse(const struct server *server, struct channel *channel)
{
	char peer[ADDRESS_TEXT_SIZE];

	address_text(&channel->peer, peer);
	if (!is_allowed(server->options, &channel->peer))
		report_notice(server->report, "refused %s: it is not allowed (--allow)",
			      peer);
	else if (is_full(server))
		report_notice(server->report, "refused %s: %u %s there (--max-clients)",
			      peer, server->active,
			      server->active == 1 ? "client is" : "clients are");
	else
		return false;
	channel_close(channel);
	return true;
}

static void take_client(struct server *server, struct channel *channel)
{
	struct served_client *client = NULL;

	if (refuse(server, channel))
		return;
	client = served_client_start(&server->service, channel, ++server->accepted);
	if (!client) {
		report_failure(server->report, STEP_MEMORY, ENOMEM, "serve a client");
		channel_close(channel);
		return;
	}
	client->next = server->clients;
	server->clients = client;
	server->active++;
	advertising_connected(&server->advertising);
}

/* Takes all that wait. */
static void accept_clients(struct server *server)
{
	while (accepts(server)) {
		struct channel channel;
		int error = channel_accept(&server->listener, &channel);

		if (error == -EAGAIN)
			return;
		if (!error || error == -ECONNABORTED)
			lost_clients_count_accepted(&server->lost_clients, error != 0);
		if (error == -ECONNABORTED || error == -EINTR)
			continue;
		if ((error == -EMFILE || error == -ENFILE) && server->clients) {
			server->accept_paused = true;
			return;
		}
		if (error) {
			keep_status(server, report_failure(server->report, STEP_ACCEPT,
							   error, "accept a connection"));
			server->done = true;
			return;
		}
		take_client(server, &channel);
	}
}

/* --- serving ------------------------------------------------------------------------ */

/* What ends the server, and does not only concern this client. */
static bool is_fatal(const struct server *server, const struct served_client *client)
{
	const struct output *output = server->service.output;

	return !server->options->keep_open ||
	       (client->status == STATUS_LOCAL_FAILURE && output &&
		(output->error || output_probe(output)));
}

static void remove_client(struct server *server, struct served_client **link)
{
	struct served_client *client = *link;

	*link = client->next;
	server->active--;
	server->accept_paused = false;
	if (client->counts) {
		server->served = true;
		keep_status(server, client->status);
		server->done = server->done || is_fatal(server, client);
	}
	served_client_free(client);
	restart_accept_timeout(server);
}

/* Serves those for whom something happened; OUTPUT_MOVED: for those who wait for that,
 * too. Returns how long to wait for the next at most. */
static int64_t serve_clients(struct server *server, bool output_moved)
{
	struct served_client **link = &server->clients;
	bool interrupted = *server->interruption.signal;
	int64_t now_ms = server->loop.now_ms;
	int64_t due_ms = WAIT_FOREVER;

	while (*link) {
		struct served_client *client = *link;

		if (client->is_ready || client->due_ms <= now_ms || interrupted ||
		    (output_moved && served_client_watches_output(client)))
			served_client_serve(client, &server->loop);
		due_ms = client->due_ms < due_ms ? client->due_ms : due_ms;
		/* The one connection is up: no one else need wait for it. */
		if ((client->phase == CLIENT_SERVED || client->phase == CLIENT_LEFT) &&
		    !server->options->keep_open && server->listener.fd >= 0)
			stop_listening(server);
		if (client->phase == CLIENT_ENDED)
			remove_client(server, link);
		else
			link = &client->next;
	}
	if (due_ms == WAIT_FOREVER)
		return WAIT_FOREVER;
	return due_ms > now_ms ? due_ms - now_ms : 0;
}

static int64_t time_to_accept(const struct server *server)
{
	int64_t left;

	if (server->clients || server->accept_deadline_ms == WAIT_FOREVER)
		return WAIT_FOREVER;
	left = server->accept_deadline_ms - monotonic_ms();
	return left > 0 ? left : 0;
}

/* Writes what can be written for all; returns whether that changed something. */
static bool serve_output(struct server *server)
{
	uint64_t before = server->written;

	if (!server->service.output)
		return false;
	output_serve(&server->output);
	server->written = server->output.written;
	return server->written != before || server->output.error;
}

static void look_at_budget(struct server *server)
{
	struct output_budget *budget = &server->service.budget;

	if (budget->reached && !server->told_budget)
		report_notice(server->report,
			      "clients have to wait: %u MiB are kept for those that do "
			      "not read them",
			      BUDGET >> 20);
	server->told_budget = budget->reached ||
			      (server->told_budget && budget->used > budget->limit / 2);
	budget->reached = false;
}

static void look_at_accept_timeout(struct server *server)
{
	if (server->clients || server->done ||
	    monotonic_ms() < server->accept_deadline_ms)
		return;
	keep_status(server, report_error(server->report, STATUS_TIMEOUT,
					 "no client connected for %g s "
					 "(--accept-timeout)",
					 server->options->accept_timeout_ms / 1e3));
	server->done = true;
}

/* One turn: waits WAIT_MS at most, and serves. Returns how long the next may wait. */
static int64_t turn(struct server *server, int64_t wait_ms)
{
	int error = event_source_want(&server->loop, &server->listening,
				      accepts(server) ? EPOLLIN : 0);

	if (!error && server->lost_clients.arrivals.fd >= 0)
		error = event_source_want(&server->loop, &server->lost_clients.arrivals,
					  EPOLLIN);
	if (!error && server->service.output)
		error = output_prepare(&server->output, &server->loop);
	if (!error)
		error = report_prepare(&server->loop);
	if (!error)
		error = event_loop_wait(&server->loop, wait_ms);
	report_serve(server->report);
	if (error) {
		keep_status(server, report_failure(server->report, STEP_MEMORY, error,
						   "wait for events"));
		server->failed = true;
		return 0;
	}
	if (*server->interruption.signal)
		server->done = true;
	if (event_source_take(&server->listening))
		accept_clients(server);
	tell_lost_clients(server);
	wait_ms = serve_clients(server, serve_output(server));
	look_at_budget(server);
	look_at_accept_timeout(server);
	advertising_renew(server->report, &server->advertising);
	return wait_ms;
}

/* Until no client is served and none can come any more. */
static void serve(struct server *server)
{
	int64_t wait_ms = WAIT_FOREVER;

	restart_accept_timeout(server);
	while (!server->failed && (server->clients || !server->done)) {
		int64_t accept_ms = time_to_accept(server);
		int64_t advertising_ms = advertising_time(&server->advertising);

		if (accept_ms < wait_ms)
			wait_ms = accept_ms;
		wait_ms =
			turn(server, advertising_ms < wait_ms ? advertising_ms : wait_ms);
	}
}

static void close_server(struct server *server)
{
	bool whole = server->served && (server->options->keep_open || !server->status);

	while (server->clients)
		remove_client(server, &server->clients);
	if (server->listener.fd >= 0)
		stop_listening(server);
	if (!server->service.output)
		return;
	if (*server->interruption.signal && !server->options->keep_open)
		whole = false;
	if (server->output.error)
		whole = false;
	event_source_want(&server->loop, &server->output.source, 0);
	keep_status(server,
		    session_end_output(server->report, &server->output, whole, NULL));
}

enum exit_status accept_loop(const struct server_options *options,
			     const struct interruption *interruption)
{
	struct server server = {
		.service = {.options = options,
			    .interruption = &server.interruption,
			    .config = options->common.channel,
			    .budget = {.limit = BUDGET}},
		.options = options,
		.report = &options->common.report,
		.interruption = *interruption,
		.listener = {.fd = -1},
		.lost_clients = {.arrivals = {.fd = -1}},
		.loop = {.epoll = -1},
		.output = {.fd = -1},
	};

	server.service.config.sends = options->common.transfer.send_file ||
				      options->common.transfer.generate || options->exec;
	server.status = start(&server);
	server.listening = (struct event_source){.fd = server.listener.fd};
	if (!server.status)
		serve(&server);
	close_server(&server);
	lost_clients_close(&server.lost_clients);
	if (server.loop.epoll >= 0)
		diagnostics_leave(&server.loop);
	event_loop_close(&server.loop);
	return server.lost ? STATUS_DATA_LOST : server.status;
}
